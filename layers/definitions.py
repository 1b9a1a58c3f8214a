"""What layers can exist: `catalogue.yaml` read and checked against the tables of `cim.tables`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

from cim.drawing import pipe_colours
from cim.layers.titles import Title, value_title
from cim.tables import TABLES, THEMES

Kind = Literal["tiles3d", "vector", "terrain"]


@dataclass(frozen=True)
class Condition:
    """Which rows of a theme a layer shows."""

    column: str
    """Column of the theme, or of the findings."""
    test: Literal["in", "not_in", "prefix"]
    """How the values are compared."""
    values: tuple[Any, ...]
    """Values; one of them suffices (`in`, `prefix`), or none may hold (`not_in`)."""


@dataclass(frozen=True)
class Property:
    """What a vector tile and a page of features say of each feature."""

    name: str
    """Name in the tile and page."""
    column: str
    """Column it comes from."""
    first: int | None = None
    """Take so many leading characters, e.g. the class of a land-use code."""


@dataclass(frozen=True)
class Findings:
    """Results of an analysis that a layer draws on its features."""

    table: str
    """Table of schema `result`; its newest runs are shown."""
    feature: str
    """Column that names the feature."""
    place: str | None = None
    """Column of the place that is drawn instead of the feature; None: the feature itself."""
    also: str | None = None
    """Another table of results, joined by the columns `by`, whose columns can be shown too."""
    by: tuple[str, ...] = ()
    """What joins `also`."""
    first: str | None = None
    """Of several rows of a feature only the one with the least of this column; None: there is one, or all are drawn."""
    newest: bool = False
    """Only the newest run of all, where runs on several subjects would lie over one another."""

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns of the results."""
        tables = [self.table, *([self.also] if self.also else [])]
        return frozenset(name for table in tables for name in TABLES[f"result.{table}"].columns)


@dataclass(frozen=True)
class Group:
    """One of the six data classes of CJJ/T 315-2022, 4.3."""

    name: str
    """Name in addresses and code."""
    title: Title
    """What it is called."""


@dataclass(frozen=True)
class Definition:
    """A layer as the catalogue's data describes it, whether or not the city has data for it."""

    name: str
    """Name in addresses."""
    title: Title
    """What it is called."""
    group: str
    """Name of its group."""
    kind: Kind
    """How it reaches the viewer."""
    theme: str | None = None
    """Theme whose current versions it shows; None: terrain."""
    where: tuple[Condition, ...] = ()
    """All of them hold for every feature shown."""
    properties: tuple[Property, ...] = ()
    """Beside `feature_id`."""
    findings: Findings | None = None
    """Results drawn on the features, where it is a layer of results."""
    each: str | None = None
    """`indicator`: one such layer for each indicator that the city has results of."""
    style: Mapping[str, Any] | None = None
    """How a viewer draws it."""
    visible: bool = False
    """Shown before a user says otherwise."""
    underground: bool = False
    """Lies below the ground."""
    minzoom: int = 0
    """Vector tiles above this level are empty."""
    note: Title | None = None
    """What must be said wherever the legend is shown."""
    order: str | None = None
    """Column by which features are drawn, the largest value on top; None: as they come."""


@cache
def groups() -> tuple[Group, ...]:
    """Return the six data classes, in the order of the standard."""
    return tuple(Group(entry["name"], Title(*entry["title"])) for entry in _data()["groups"])


@cache
def definitions() -> tuple[Definition, ...]:
    """Return every layer that the catalogue's data describes, in its order."""
    return tuple(definition for entry in _data()["layers"] for definition in _definitions(entry))


@cache
def _data() -> dict[str, Any]:
    text = (resources.files("cim.layers") / "catalogue.yaml").read_text(encoding="utf-8")
    told: dict[str, Any] = yaml.safe_load(text)
    return told


def _definitions(entry: dict[str, Any]) -> Iterator[Definition]:
    """Yield one definition, or one for each network where the entry says so."""
    if entry.get("each") != "network":
        yield _definition(entry, {})
        return
    for network, colour in pipe_colours().items():
        words = {"network": network, "zh": colour.title_zh, "en": colour.title_en.capitalize(), "color": colour.hex}
        yield _definition(entry, words)


def _definition(entry: dict[str, Any], words: Mapping[str, str]) -> Definition:
    theme = entry.get("theme")
    findings = _findings(entry["findings"]) if "findings" in entry else None
    definition = Definition(
        name=entry["name"].format(**words),
        title=Title(*(text.format(**words) if words else text for text in entry["title"])),
        group=entry["group"],
        kind=entry.get("kind", "vector"),
        theme=theme,
        where=tuple(_condition(column, told, words) for column, told in entry.get("where", {}).items()),
        properties=tuple(_property(told) for told in entry.get("properties", ())),
        findings=findings,
        each="indicator" if entry.get("each") == "indicator" else None,
        style=_style(entry, words),
        visible=entry.get("visible", False),
        underground=entry.get("underground", False),
        minzoom=entry.get("minzoom", 0),
        note=Title(*entry["note"]) if "note" in entry else None,
        order=entry.get("order"),
    )
    _check(definition)
    return definition


def _findings(told: Mapping[str, Any]) -> Findings:
    return Findings(**{**told, "by": tuple(told.get("by", ()))})


def _condition(column: str, told: Any, words: Mapping[str, str]) -> Condition:
    if isinstance(told, str):
        told = told.format(**words)
    if not isinstance(told, dict):
        return Condition(column, "in", tuple(told) if isinstance(told, list) else (told,))
    ((test, values),) = told.items()
    return Condition(column, test, tuple(values) if isinstance(values, list) else (values,))


def _property(told: str | dict[str, Any]) -> Property:
    return Property(told, told) if isinstance(told, str) else Property(**told)


def _style(entry: dict[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """Return the style with its classes spelt out: colours of networks, titles of values."""
    style: dict[str, Any] = dict(entry.get("style", {}))
    if "color" in style and words:
        style["color"] = style["color"].format(**words)
    by = style.get("by")
    if by is None:
        return style
    classes = _network_classes() if by["classes"] == "networks" else by["classes"]
    labelled = [_labelled(entry["theme"], by["property"], one) for one in classes]
    return style | {"by": {"property": by["property"], "classes": labelled}}


def _network_classes() -> list[dict[str, Any]]:
    return [
        {"value": name, "color": colour.hex, "label": [colour.title_zh, colour.title_en.capitalize()]}
        for name, colour in pipe_colours().items()
    ]


def _labelled(theme: str, name: str, told: dict[str, Any]) -> dict[str, Any]:
    """Return a class with labels: those it gives, or the titles of its value."""
    pair = told.get("label")
    title = Title(*pair) if pair else value_title(theme, name, told.get("value"))
    if title is None:
        raise ValueError(f"catalogue.yaml: class {told} of {theme}.{name} has no label and its value no title")
    plain = {key: value for key, value in told.items() if key != "label"}
    return plain | {"label_zh": title.zh, "label_en": title.en}


def _check(definition: Definition) -> None:
    """Refuse an entry that names a group, theme or column that does not exist."""
    if definition.group not in {group.name for group in groups()}:
        raise ValueError(f"catalogue.yaml: {definition.name}: no group {definition.group!r}")
    if definition.theme is None:
        return
    known = set(THEMES[definition.theme].columns.keys())
    if definition.findings:
        known |= definition.findings.columns
    named = {item.column for item in definition.properties} | {item.column for item in definition.where}
    named |= {definition.order} if definition.order else set()
    if named - known:
        raise ValueError(f"catalogue.yaml: {definition.name}: {definition.theme} has no {sorted(named - known)}")
