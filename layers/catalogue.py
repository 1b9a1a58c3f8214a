"""What layers a city has: those of `catalogue.yaml` for which it holds data that the viewer may see."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import sql

from cim.errors import UnknownLayer
from cim.layers.definitions import Condition, Definition, Kind, definitions, groups
from cim.layers.mercator import degrees_of_box
from cim.layers.queries import query
from cim.layers.selection import property_value, selection
from cim.layers.titles import Title, value_title
from cim.store import Store
from cim.viewer import Viewer

URLS = {
    "tiles3d": "/tiles/3d/{name}/tileset.json",
    "vector": "/tiles/vector/{name}/{{z}}/{{x}}/{{y}}.mvt",
    "terrain": "/tiles/terrain",
}
"""Where each kind of layer is served; a viewer adds layer.json to the terrain's."""

MAXZOOM = 16
"""Deepest level of vector tiles: a unit of such a tile is 0.15 m."""

_MAPPED = ("community", "compound", "block", "subdistrict", "district", "city")
"""Which level of units an indicator is mapped on, the first choice first."""


@dataclass(frozen=True)
class Layer:
    """A layer that a viewer can switch on."""

    name: str
    """Name in addresses."""
    title_zh: str
    """Title in Chinese."""
    title_en: str
    """Title in English."""
    group: str
    """Data class of CJJ/T 315 that it belongs to."""
    kind: Kind
    """tiles3d, vector or terrain."""
    url: str
    """Where its tiles are; `{z}/{x}/{y}` for vector tiles."""
    visible: bool
    """Shown before a user says otherwise."""
    underground: bool
    """Lies below the ground."""
    style: dict[str, Any]
    """How a viewer draws it."""
    legend: tuple[dict[str, str], ...]
    """Entries label_zh, label_en and color, of the classes that occur."""
    note_zh: str | None
    """What must be said with the legend, in Chinese; None where nothing must, or the legend's one entry says it."""
    note_en: str | None
    """The same in English."""
    bounds: tuple[float, float, float, float] | None
    """West, south, east, north, degrees."""
    minzoom: int
    """Vector tiles above this level are empty."""
    maxzoom: int
    """Deepest level that says anything new."""
    synthetic: bool
    """Shows made-up data."""
    theme: str | None
    """Theme of the features that it shows."""
    count: int | None
    """Features in it; None for terrain."""


@dataclass(frozen=True)
class _Content:
    """What a layer holds."""

    count: int
    bounds: tuple[float, float, float, float] | None
    classes: frozenset[Any]


@dataclass(frozen=True)
class _Catalogue:
    state: tuple[Any, ...]
    layers: tuple[Layer, ...]
    definitions: dict[str, Definition]


_kept: WeakKeyDictionary[Store, dict[tuple[Any, ...], _Catalogue]] = WeakKeyDictionary()
_lock = threading.Lock()


def catalogue(store: Store, viewer: Viewer) -> list[Layer]:
    """Return the layers for which the city has data that the viewer may see, in drawing order."""
    return list(_catalogue(store, viewer).layers)


def grouped(store: Store, viewer: Viewer) -> list[dict[str, Any]]:
    """Return the six data classes of CJJ/T 315, each with its layers; a class without data has none."""
    layers = _catalogue(store, viewer).layers
    return [
        {
            "name": group.name,
            "title_zh": group.title.zh,
            "title_en": group.title.en,
            "layers": [asdict(layer) for layer in layers if layer.group == group.name],
        }
        for group in groups()
    ]


def layer_definition(store: Store, viewer: Viewer, name: str) -> tuple[Definition, tuple[Any, ...]]:
    """Return the definition of a layer that the city has, and the state in which it has it.

    Raises
    ------
    UnknownLayer
        The city has no such layer, or none of its features is shown to the viewer.
    """
    known = _catalogue(store, viewer)
    if name not in known.definitions:
        raise UnknownLayer(name)
    return known.definitions[name], known.state


def _state(store: Store, viewer: Viewer) -> tuple[Any, ...]:
    """Return what every answer about layers depends on: data version, newest analysis, newest build, clearance."""
    (row,) = store.rows(viewer, query("layer_state"))
    return row["data_version"], row["analysed"], row["built"], viewer.clearance


def _catalogue(store: Store, viewer: Viewer) -> _Catalogue:
    """Return the catalogue of the present state, made once for each clearance."""
    now = _state(store, viewer)
    with _lock:
        kept = _kept.setdefault(store, {})
        if now in kept:
            return kept[now]
    made = _made(store, viewer, now)
    with _lock:
        for old in [key for key in kept if key[:3] != now[:3]]:
            del kept[old]
        kept[now] = made
    return made


def _made(store: Store, viewer: Viewer, now: tuple[Any, ...]) -> _Catalogue:
    built = {row["layer"]: row for row in store.rows(viewer, query("shown_builds"))}
    made_up = {row["theme"] for row in store.rows(viewer, query("synthetic_themes"))}
    found: list[tuple[Layer, Definition]] = []
    for definition in _existing(store, viewer, set(built)):
        synthetic = store.city.synthetic or (definition.theme or "raster_asset") in made_up
        if definition.theme is None:
            found.append((_terrain(definition, built[definition.name]["details"] or {}, synthetic), definition))
            continue
        content = _content(store, viewer, definition)
        if content.count:
            found.append((_layer(definition, content, synthetic), definition))
    by_name = {layer.name: definition for layer, definition in found}
    return _Catalogue(now, tuple(layer for layer, _ in found), by_name)


def _existing(store: Store, viewer: Viewer, built: set[str]) -> Iterator[Definition]:
    """Yield the definitions that can have data: built ones where they are built, indicators where there are results."""
    for definition in definitions():
        if definition.each == "indicator":
            yield from _indicators(store, viewer, definition)
        elif definition.kind == "vector" or definition.name in built:
            yield definition


def _indicators(store: Store, viewer: Viewer, pattern: Definition) -> Iterator[Definition]:
    """Yield a layer for each indicator: of the communities, or of the smallest units that have results of it."""
    by_code: dict[str, dict[str, Any]] = {}
    for row in store.rows(viewer, query("examined")):
        known = by_code.setdefault(row["code"], row)
        if _MAPPED.index(row["level"]) < _MAPPED.index(known["level"]):
            by_code[row["code"]] = row
    for code, row in by_code.items():
        declared, level = row["declared"] or {}, value_title("admin_unit", "level", row["level"])
        zh, en = declared.get("title_zh") or code, declared.get("title_en") or code
        yield replace(
            pattern,
            name=f"{pattern.name}-{code}",
            title=Title(
                pattern.title.zh.format(zh=zh, level=level.zh if level else row["level"]),
                pattern.title.en.format(en=en, level=level.en.lower() if level else row["level"]),
            ),
            # Of the newest examination alone: those of other years would lie over it.
            where=(
                Condition("code", "in", (code,)),
                Condition("level", "in", (row["level"],)),
                Condition("run_id", "in", (row["run_id"],)),
            ),
        )


def _content(store: Store, viewer: Viewer, definition: Definition) -> _Content:
    chosen = selection(definition)
    by = (definition.style or {}).get("by") or {"property": None, "classes": ()}
    drawn = next((item for item in definition.properties if item.name == by["property"]), None)
    exact = any("value" in one for one in by["classes"])
    text = query("layer_content").format(
        **{"class": property_value(definition, drawn) if drawn and exact else sql.NULL},
        mercator=chosen.mercator,
        rows=chosen.rows,
        condition=chosen.condition,
    )
    rows = store.rows(viewer, text, chosen.parameters)
    return _Content(
        count=sum(row["count"] for row in rows),
        bounds=degrees_of_box(rows),
        classes=frozenset(row["class"] for row in rows),
    )


def _layer(definition: Definition, content: _Content, synthetic: bool) -> Layer:
    note = definition.note if (definition.style or {}).get("by") else None
    return Layer(
        name=definition.name,
        title_zh=definition.title.zh,
        title_en=definition.title.en,
        group=definition.group,
        kind=definition.kind,
        url=URLS[definition.kind].format(name=definition.name),
        visible=definition.visible,
        underground=definition.underground,
        style=dict(definition.style or {}),
        legend=_legend(definition, content.classes),
        note_zh=note.zh if note else None,
        note_en=note.en if note else None,
        bounds=content.bounds,
        minzoom=definition.minzoom,
        maxzoom=MAXZOOM if definition.kind == "vector" else 0,
        synthetic=synthetic,
        theme=definition.theme,
        count=content.count,
    )


def _terrain(definition: Definition, details: dict[str, Any], synthetic: bool) -> Layer:
    bounds = details.get("bounds")
    content = _Content(0, tuple(bounds) if bounds else None, frozenset())
    layer = _layer(definition, content, synthetic)
    return replace(layer, maxzoom=details.get("maxzoom", 0), count=None)


def _legend(definition: Definition, occurring: frozenset[Any]) -> tuple[dict[str, str], ...]:
    """Return an entry for each class that occurs, or one for the layer where it has no classes."""
    style = definition.style or {}
    by = style.get("by")
    title = {"label_zh": definition.title.zh, "label_en": definition.title.en, "color": style.get("color", "#9aa7b2")}
    if definition.note:
        title |= {"label_zh": definition.note.zh, "label_en": definition.note.en}
    if by is None:
        return (title,)
    return tuple(
        {key: one[key] for key in ("label_zh", "label_en", "color")}
        for one in by["classes"]
        if "max" in one or one["value"] in occurring
    )
