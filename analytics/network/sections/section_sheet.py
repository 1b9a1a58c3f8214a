"""A cross-section drawn to scale: ground and what stands on it above, pipes below, a table of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cim.analytics.network.sections.frame import (
    MARGIN_MM,
    TITLE_MM,
    Plot,
    draw_notes,
    draw_title,
    fitting_scale,
    level_bar,
    level_range,
    notes_height,
    notes_of,
    shade,
    tint,
)
from cim.analytics.network.sections.section import Section
from cim.analytics.network.sections.table import COLUMN_MM, HEAD_MM, KINK_MM, Row, draw_table, spread, table_height
from cim.analytics.network.sheet_words import city_title, material_title, network_title, said_always, word
from cim.city import CityProfile
from cim.drawing import pipe_colours
from cim.sheets import Sheet, Stroke
from cim.sheets.fonts import text_width

_WIDEST_MM = 360.0
_GROUND = Stroke(0.4, "#7a5230")
_EARTH = "#f8f3ea"
_ABOVE_MM = 13.0
_PIPE_MM = 5.0  # between the columns of the table

# What stands on the ground, millimetres of the sheet above it.
_HOUSE_MM = 7.0
_CARRIAGEWAY_MM = 2.0
_ROAD_EDGE_MM = 3.0
_KERB_MM = 1.2
_RED_LINE_MM = (-4.0, 9.0)
_EDGE, _DIMENSION = Stroke(0.25, "#444444"), Stroke(0.13, "#444444")
_KERB, _RED_LINE = Stroke(0.5, "#444444"), Stroke(0.3, "#c00000", (2, 0.8))
_HOUSE = "#e3e3e3"

# Names stand above what they name, in the first of three lines that is free.
_NAME_MM = 2.3
_NAME_BASE_MM = {"building": 3.5, "road": 4.5}
_HIGH_NAME_MM = 11.0
"""Base of the names of kerbs and red lines: above the road's edge and the houses."""
_NAME_LINES, _NAME_STEP_MM, _NAME_APART_MM, _NAME_GAP_MM = 3, 3.2, 2.9, 1.0


def section_sheet(found: Section, city: CityProfile, language: str = "zh", scale: int | None = None) -> Sheet:
    """Draw a cross-section, at the same scale both ways.

    Parameters
    ----------
    found
        The section.
    city
        Its city.
    language
        zh or en.
    scale
        1 : n; None means the largest that fits an A3 sheet.
    """
    scale = scale or fitting_scale(found.length_m, _WIDEST_MM)
    levels = level_range(_levels(found), 0.4)
    metre = 1000 / scale
    left, width = MARGIN_MM + HEAD_MM, found.length_m * metre
    places = [left + 4 + cut["offset_m"] * metre for cut in found.cuts]
    columns = spread(places, max(COLUMN_MM, _PIPE_MM), left + 3, left + 5 + width)
    rows = _rows(found, language)
    notes = notes_of(found.left_out, language, said_always(city, language))
    bottom = MARGIN_MM + notes_height(notes) + table_height(rows, columns) + KINK_MM
    top = bottom + (levels[1] - levels[0]) * metre
    right = max([left + 8 + width, *(column + 4 for column in columns[-1:])])
    title = word("section", language)
    subtitle = _subtitle(found, city, language, scale)
    least = max(text_width(each, 2.8) for each in [*subtitle, *notes]) + 2 * MARGIN_MM + 10
    sheet = Sheet(max(right + MARGIN_MM, least), top + _ABOVE_MM + TITLE_MM + MARGIN_MM, title)
    plot = Plot(
        sheet,
        lambda offset: left + 4 + offset * metre,
        lambda level: bottom + (level - levels[0]) * metre,
        bottom,
        top,
        language,
    )
    _earth(plot, found)
    level_bar(sheet, left, right, bottom, levels, scale)
    _beside(plot, found)
    _pipes(plot, found)
    draw_table(sheet, rows, places, columns, (MARGIN_MM, right, bottom))
    draw_title(sheet, title, subtitle)
    draw_notes(sheet, word("notes", language), notes)
    return sheet


def _levels(found: Section) -> list[float]:
    """Return all levels that are drawn; zero where there is none."""
    levels = [level for _, level in found.ground]
    for cut in found.cuts:
        if cut["axis_m"] is not None:
            half = (cut["height_m"] or 0) / 2
            levels += [cut["axis_m"] - half, cut["axis_m"] + half]
    return levels or [0.0]


def _subtitle(found: Section, city: CityProfile, language: str, scale: int) -> list[str]:
    ends = " – ".join(f"{x:.6f}°, {y:.6f}°" for x, y in (found.line[0], found.line[-1]))
    length = f"{word('length', language)} {found.length_m:.2f} m"
    return [f"{city_title(city, language)}    {length}    {word('scale', language)} 1:{scale}", ends]


def _rows(found: Section, language: str) -> list[Row]:
    """Return the rows of the table."""
    cuts = found.cuts
    spans = [(place, place + 1) for place in range(len(cuts) - 1)]
    return [
        Row(word("pipe", language), [_name(cut, language) for cut in cuts]),
        Row(word("code", language), [cut["key"] or "–" for cut in cuts]),
        Row(word("size", language), [cut["size"] or word("unknown", language) for cut in cuts]),
        Row(
            word("material", language),
            [material_title(cut["material"], language) or word("unknown", language) for cut in cuts],
        ),
        Row(word("crown", language), [_number(cut["crown_m"], 3) for cut in cuts]),
        Row(word("depth", language), [_number(cut["depth_m"]) for cut in cuts]),
        Row(word("offset", language), [_number(cut["offset_m"]) for cut in cuts]),
        Row(word("spacing", language), [_number(cut["spacing_m"]) for cut in cuts[:-1]], flat=True, spans=spans),
    ]


def _name(cut: Mapping[str, Any], language: str) -> str:
    """Return the network, its code, and what is special of the state."""
    code = f" {cut['code']}" if cut["code"] else ""
    state = f" ({word(cut['state'], language)})" if cut["state"] in ("abandoned", "closed") else ""
    return f"{network_title(cut['network'], language)}{code}{state}"


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _earth(plot: Plot, found: Section) -> None:
    """Draw the ground line and the earth below it."""
    if len(found.ground) < 2:
        return
    line = [(plot.x(at), plot.y(level)) for at, level in found.ground]
    plot.sheet.area([*line, (line[-1][0], plot.bottom), (line[0][0], plot.bottom)], _EARTH, layer="EARTH")
    plot.sheet.line(*line, stroke=_GROUND, layer="GROUND")
    # Short strokes below the line, as the ground is drawn.
    step, at = 3.0, line[0][0] + 2
    while at < line[-1][0] - 1:
        y = plot.y(_ground_at(found, (at - plot.x(0)) / plot.metre))
        plot.sheet.line((at, y), (at - 1.0, y - 1.2), stroke=Stroke(0.1, _GROUND.colour), layer="GROUND")
        at += step


def _ground_at(found: Section, offset: float) -> float:
    """Return the ground's level at an offset."""
    before = max((point for point in found.ground if point[0] <= offset), default=found.ground[0])
    after = min((point for point in found.ground if point[0] >= offset), default=found.ground[-1])
    share = 0.0 if after[0] == before[0] else (offset - before[0]) / (after[0] - before[0])
    return before[1] + share * (after[1] - before[1])


def _beside(plot: Plot, found: Section) -> None:
    """Draw carriageways, kerbs, red lines and buildings; each word only where it fits."""
    taken: list[tuple[float, float, float]] = []
    for each in found.beside:
        ends = plot.x(each["from_m"]), plot.x(each["to_m"])
        y = _highest(plot, found, each)
        if each["kind"] == "building":
            width = ends[1] - ends[0]
            plot.sheet.box(ends[0], y, width, _HOUSE_MM, fill=_HOUSE, stroke=Stroke(0.25), layer="BUILDING")
        elif each["kind"] == "road":
            for x, at in zip(ends, (each["from_m"], each["to_m"]), strict=True):
                foot = plot.y(_ground_at(found, at)) if found.ground else y
                plot.sheet.line((x, foot), (x, y + _ROAD_EDGE_MM), stroke=_EDGE, layer="ROAD")
            across = y + _CARRIAGEWAY_MM
            plot.sheet.line((ends[0], across), (ends[1], across), stroke=_DIMENSION, layer="ROAD")
        else:
            red = each["kind"] == "red_line"
            below, above = _RED_LINE_MM if red else (0.0, _KERB_MM)
            stroke = _RED_LINE if red else _KERB
            plot.sheet.line((ends[0], y + below), (ends[0], y + above), stroke=stroke, layer="KERB")
        _name_it(plot, each, (ends[0] + ends[1]) / 2, y, taken)


def _highest(plot: Plot, found: Section, each: Mapping[str, Any]) -> float:
    """Return where the highest ground below a thing is drawn."""
    ends = [_ground_at(found, each[name]) for name in ("from_m", "to_m")] if found.ground else []
    levels = [level for at, level in found.ground if each["from_m"] <= at <= each["to_m"]]
    return plot.y(max([*ends, *levels])) if ends else plot.top


def _name_it(plot: Plot, each: Mapping[str, Any], x: float, y: float, taken: list[tuple[float, float, float]]) -> None:
    """Write what a thing is called above it, in the first of three lines that is free."""
    text = word(each["kind"], plot.language)
    if each["name"]:
        text = f"{text} {each['name']}"
    half = text_width(text, _NAME_MM) / 2
    x = max(x, plot.x(0) + half)
    base = y + _NAME_BASE_MM.get(each["kind"], _HIGH_NAME_MM)
    for line in range(_NAME_LINES):
        place = base + _NAME_STEP_MM * line
        clear = (
            abs(place - other) > _NAME_APART_MM or x + half < first or x - half > last for first, last, other in taken
        )
        if all(clear):
            taken.append((x - half - _NAME_GAP_MM, x + half + _NAME_GAP_MM, place))
            plot.sheet.text(x, place, text, size=_NAME_MM, anchor="middle", colour="#333333", layer="NAMES")
            return


def _pipes(plot: Plot, found: Section) -> None:
    """Draw each pipe as the line cuts it, and a line down to the table."""
    for cut in found.cuts:
        x = plot.x(cut["offset_m"])
        colour = pipe_colours()[cut["network"]].hex
        level = plot.bottom if cut["axis_m"] is None else plot.y(cut["axis_m"])
        plot.sheet.line((x, level), (x, plot.bottom), stroke=Stroke(0.08, shade(colour)), layer="PIPE")
        if cut["axis_m"] is None:
            continue
        size = [max((cut[name] or 0) * plot.metre, 0.6) for name in ("cut_width_m", "height_m")]
        dash: Sequence[float] = () if cut["surveyed"] and cut["state"] == "in_use" else (0.8, 0.5)
        stroke = Stroke(0.25, shade(colour), tuple(dash))
        fill = "#ffffff" if cut["state"] == "abandoned" else tint(colour, 0.6)
        if cut["round"]:
            plot.sheet.ellipse(x, level, *size, fill=fill, stroke=stroke, layer="PIPE")
        else:
            plot.sheet.box(x - size[0] / 2, level - size[1] / 2, *size, fill=fill, stroke=stroke, layer="PIPE")
