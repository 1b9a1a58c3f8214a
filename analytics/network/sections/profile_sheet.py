"""A long profile drawn: ground, pipes, manholes and crossings above, a table below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby, pairwise
from typing import Any

from cim.analytics.network.sections.frame import (
    MARGIN_MM,
    SCALES,
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
from cim.analytics.network.sections.grade import drawn_grade
from cim.analytics.network.sections.profile import Profile
from cim.analytics.network.sections.table import COLUMN_MM, HEAD_MM, KINK_MM, Row, draw_table, spread, table_height
from cim.analytics.network.sheet_words import city_title, material_title, network_title, said_always, word
from cim.city import CityProfile
from cim.drawing import pipe_colours
from cim.sheets import Sheet, Stroke
from cim.sheets.fonts import text_width

_SCALES = [scale for scale in SCALES if scale >= 100]
_SHORT_MM = 370.0  # of a short path: an A3 sheet
_PIPE_MM = 16.0  # what a pipe's words would like
_LONGEST_MM = 1000.0
_HIGHEST_MM = 150.0
_GROUND = Stroke(0.4, "#7a5230")
_EARTH = "#f8f3ea"
_HEAD = Stroke(0.35, "#1f6fd6", (4, 1.2))
_WATER_SIGN = Stroke(0.18, _HEAD.colour)
_LABEL = 2.2
_LABEL_MM = 3.2
_WELLS = frozenset({"manhole", "gully", "outfall", "treatment_plant", "tank", "well", "pump"})


def profile_sheet(
    found: Profile, city: CityProfile, language: str = "zh", scales: tuple[int | None, int | None] = (None, None)
) -> Sheet:
    """Draw a long profile.

    Parameters
    ----------
    found
        The profile.
    city
        Its city.
    language
        zh or en.
    scales
        Horizontal and vertical scale, 1 : n; None means the largest that fits a sheet of a metre.
    """
    wanted = min(max(_SHORT_MM, _PIPE_MM * len(found.pipes)), _LONGEST_MM)
    across = scales[0] or fitting_scale(found.length_m, wanted, _SCALES)
    others = _levels(found)
    grade = drawn_grade(found.stations, others)
    levels = level_range([*others, *(head for stretch in grade for _, head in stretch)])
    down = scales[1] or fitting_scale(levels[1] - levels[0], _HIGHEST_MM, _SCALES)
    left, width = MARGIN_MM + HEAD_MM, found.length_m * 1000 / across
    places = [left + 4 + station["chainage_m"] * 1000 / across for station in found.stations]
    columns = spread(places, COLUMN_MM, left + 3, left + 5 + width)
    rows = _rows(found, language)
    notes = notes_of(found.left_out, language, [*said_always(city, language), *_run_note(found, language)])
    labels = [_label(crossing, language) for crossing in found.crossings]
    bottom = MARGIN_MM + notes_height(notes) + table_height(rows, columns) + KINK_MM
    top = bottom + (levels[1] - levels[0]) * 1000 / down
    above = max((text_width(label, _LABEL) for label in labels), default=0.0) + (9 if labels else 0)
    right = max(columns[-1] + 4, left + 8 + width)
    title = f"{network_title(found.network, language)}{'' if language == 'zh' else ' '}{word('profile', language)}"
    title = title[0].upper() + title[1:]
    subtitle = _subtitle(found, city, language, across, down)
    least = max(text_width(each, 2.8) for each in subtitle) + 2 * MARGIN_MM + 10
    sheet = Sheet(max(right + MARGIN_MM, least), top + above + TITLE_MM + MARGIN_MM, title)
    plot = Plot(
        sheet,
        lambda chainage: left + 4 + chainage * 1000 / across,
        lambda level: bottom + (level - levels[0]) * 1000 / down,
        bottom,
        top,
        language,
    )
    _earth(plot, found)
    level_bar(sheet, left, right, bottom, levels, down)
    _pipes(plot, found)
    _manholes(plot, found)
    _grade(plot, grade)
    _crossings(plot, found, labels, (left, right))
    draw_table(sheet, rows, places, columns, (MARGIN_MM, right, bottom))
    draw_title(sheet, title, subtitle)
    draw_notes(sheet, word("notes", language), notes)
    return sheet


def _levels(found: Profile) -> list[float]:
    """Return all levels that are drawn; zero where there is none."""
    levels = [level for _, level in found.ground]
    levels += [level for pipe in found.pipes for _, level in [*pipe["axis"], *pipe["invert"], *pipe["crown"]]]
    for row in found.crossings:
        if row["axis_m"] is not None:
            half = (row["height_m"] or 0) / 2
            levels += [row["axis_m"] - half, row["axis_m"] + half]
    return levels or [0.0]


def _run_note(found: Profile, language: str) -> list[str]:
    """Say where the heads come from."""
    if found.hydraulics is None:
        return []
    separator, run = ("：" if language == "zh" else ": "), found.hydraulics
    then, last = ("，", "；") if language == "zh" else (", ", "; ")
    told = word(run["kind"], language).format(run=run["run_id"])
    when = f"{run['finished_at']:%Y-%m-%d %H:%M}"
    return [f"{word('head', language)}{separator}{told}{then}{when}{last}{word('computed', language)}"]


def _subtitle(found: Profile, city: CityProfile, language: str, across: int, down: int) -> list[str]:
    ends = f"{found.stations[0]['key']} – {found.stations[-1]['key']}"
    scales = f"{word('horizontal', language)} 1:{across}  {word('vertical', language)} 1:{down}"
    return [f"{ends}    {word('length', language)} {found.length_m:.2f} m    {scales}", city_title(city, language)]


def _rows(found: Profile, language: str) -> list[Row]:
    """Return the rows of the table."""
    stations = found.stations
    spans = [(place, place + 1) for place in range(len(found.pipes))]
    stretches = [_stretch(pipe) for pipe in found.pipes]
    materials, at = [], 0
    for material, alike in groupby(found.pipes, key=lambda pipe: pipe["material"]):
        count = len(list(alike))
        materials.append((material_title(material, language) or word("unknown", language), (at, at + count)))
        at += count
    return [
        Row(word("ground", language), [_number(station["ground_m"]) for station in stations]),
        Row(word("invert", language), [_inverts(station) for station in stations]),
        Row(word("crown", language), [_number(station["crown_m"]) for station in stations]),
        Row(word("cover", language), [_number(station["cover_m"], 2) for station in stations]),
        *_heads(found, language),
        Row(word("stretch", language), stretches, flat=True, spans=spans),
        Row(
            word("material", language),
            [name for name, _ in materials],
            flat=True,
            spans=[span for _, span in materials],
        ),
        Row(word("chainage", language), [chainage(station["chainage_m"]) for station in stations]),
        Row(word("node", language), [station["key"] or "–" for station in stations]),
    ]


def _heads(found: Profile, language: str) -> list[Row]:
    """Return the row of hydraulic heads, where any was computed."""
    heads = [station["head_m"] for station in found.stations]
    told = any(head is not None for head in heads)
    return [Row(word("head", language), [_number(head) for head in heads])] if told else []


def chainage(metres: float) -> str:
    """Return a chainage as roads and pipes are marked: K1+234.56."""
    return f"K{int(metres // 1000)}+{metres % 1000:06.2f}"


def _stretch(pipe: Mapping[str, Any]) -> str:
    known = pipe["slope_permille"] is not None and pipe["axis"]
    slope = f"{pipe['slope_permille']:.1f}‰" if known else "?"
    if slope.startswith("-"):  # up along the path
        slope = f"({slope})"
    return f"{pipe['size'] or '?'}–{slope}–{pipe['length_m']:.2f}"


def _number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _inverts(station: Mapping[str, Any]) -> str:
    """Return the invert, or both where a pipe falls into the manhole."""
    came, goes = station["invert_in_m"], station["invert_out_m"]
    if came is None or goes is None or abs(came - goes) < 0.005:
        return _number(came if goes is None else goes)
    return f"{came:.3f} / {goes:.3f}"


def _earth(plot: Plot, found: Profile) -> None:
    """Draw the ground line and the earth below it."""
    if len(found.ground) < 2:
        return
    line = [(plot.x(at), plot.y(level)) for at, level in found.ground]
    plot.sheet.area([*line, (line[-1][0], plot.bottom), (line[0][0], plot.bottom)], _EARTH, layer="EARTH")
    plot.sheet.line(*line, stroke=_GROUND, layer="GROUND")


def _pipes(plot: Plot, found: Profile) -> None:
    """Draw each pipe from invert to crown; one whose depth was not surveyed with broken lines."""
    colour = pipe_colours()[found.network].hex
    for pipe in found.pipes:
        invert, crown = ([(plot.x(at), plot.y(level)) for at, level in pipe[name]] for name in ("invert", "crown"))
        dash = () if pipe["surveyed"] else (2.0, 1.0)
        if not invert or not crown:
            axis = [(plot.x(at), plot.y(level)) for at, level in pipe["axis"]]
            if axis:
                plot.sheet.line(*axis, stroke=Stroke(0.35, shade(colour), (4, 1, 0.5, 1)), layer="PIPE")
            continue
        plot.sheet.area([*crown, *reversed(invert)], tint(colour), layer="PIPE")
        plot.sheet.line(*crown, stroke=Stroke(0.25, shade(colour), dash), layer="PIPE")
        plot.sheet.line(*invert, stroke=Stroke(0.5, shade(colour), dash), layer="PIPE")


def _manholes(plot: Plot, found: Profile) -> None:
    """Draw manholes as shafts, other nodes as lines down to the table."""
    ground = dict.fromkeys(range(len(found.stations)), 0.0)
    for place, station in enumerate(found.stations):
        x = plot.x(station["chainage_m"])
        floor = [level for name in ("invert_in_m", "invert_out_m") if (level := station[name]) is not None]
        low = plot.y(min(floor)) if floor else plot.bottom
        plot.sheet.line((x, low), (x, plot.bottom), stroke=Stroke(0.08, "#999999"), layer="MANHOLE")
        if station["ground_m"] is None or not floor:
            continue
        ground[place] = plot.y(station["ground_m"])
        if station["kind"] in _WELLS:
            plot.sheet.box(x - 0.6, low, 1.2, ground[place] - low, fill="#ffffff", stroke=Stroke(0.18), layer="MANHOLE")
            plot.sheet.line((x - 1.1, ground[place]), (x + 1.1, ground[place]), stroke=Stroke(0.5), layer="MANHOLE")
        else:
            plot.sheet.line((x, low), (x, ground[place]), stroke=Stroke(0.13, "#555555", (1, 0.6)), layer="MANHOLE")


def _grade(plot: Plot, stretches: list[list[tuple[float, float]]]) -> None:
    """Draw the hydraulic grade line, and say what it is where there is most room."""
    for stretch in stretches:
        line = [(plot.x(at), plot.y(head)) for at, head in stretch]
        plot.sheet.line(*line, stroke=_HEAD, layer="HEAD")
    steps = [pair for stretch in stretches for pair in pairwise(stretch)]
    if steps:
        (start, level), (end, other) = max(steps, key=lambda step: step[1][0] - step[0][0])
        x, y = plot.x((start + end) / 2), plot.y((level + other) / 2)
        plot.sheet.line((x, y), (x - 1, y + 1.7), (x + 1, y + 1.7), (x, y), stroke=_WATER_SIGN, layer="HEAD")
        told = word("grade", plot.language)
        plot.sheet.text(x, y + 3, told, size=2.0, colour=_HEAD.colour, anchor="middle", layer="HEAD")


def _label(crossing: Mapping[str, Any], language: str) -> str:
    """Return what stands at a crossing: network, size, the level of the side that faces the profile, clear distance."""
    parts = [network_title(crossing["network"], language), crossing["size"] or ""]
    side, name = ("bottom", "invert_m") if crossing["above"] else ("top", "crown_m")
    parts.append(f"{word(side, language)} {_number(crossing[name], 2)}")
    if crossing["clear_m"] is not None:
        parts.append(f"{word('clear', language)} {crossing['clear_m']:.2f}")
    if crossing["state"] in ("abandoned", "closed"):
        parts.append(word(crossing["state"], language))
    return " ".join(part for part in parts if part)


def _crossings(plot: Plot, found: Profile, labels: list[str], edges: tuple[float, float]) -> None:
    """Draw the pipes that cross, and lead from each to its label above the ground."""
    places = [plot.x(crossing["chainage_m"]) for crossing in found.crossings]
    columns = spread(places, _LABEL_MM, edges[0] + 3, edges[1] - 3)
    per_metre = {"width": plot.x(1) - plot.x(0), "height": plot.y(1) - plot.y(0)}
    for crossing, label, x, column in zip(found.crossings, labels, places, columns, strict=True):
        colour = pipe_colours()[crossing["network"]].hex
        leader = Stroke(0.1, shade(colour))
        if crossing["axis_m"] is not None:
            y = plot.y(crossing["axis_m"])
            size = [max((crossing[f"{name}_m"] or 0) * per_metre[name], 0.7) for name in ("width", "height")]
            plot.sheet.line((x, y), (x, plot.top + 1), (column, plot.top + 5), stroke=leader, layer="CROSSING")
            draw = plot.sheet.ellipse if crossing["round"] else _middle_box(plot.sheet)
            draw(x, y, *size, fill=tint(colour, 0.7), stroke=Stroke(0.2, shade(colour)), layer="CROSSING")
        plot.sheet.text(column, plot.top + 6, label, size=_LABEL, angle=90, colour=shade(colour), layer="CROSSING")


def _middle_box(sheet: Sheet) -> Callable[..., None]:
    """Return a way to draw a rectangle by its middle."""

    def box(x: float, y: float, width: float, height: float, **more: Any) -> None:
        sheet.box(x - width / 2, y - height / 2, width, height, **more)

    return box
