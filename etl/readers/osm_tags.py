"""What OpenStreetMap's tags mean here: the table `osm_tags.csv`, or a city's own in its place."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from cim.errors import BadSource

THEMES = ("building", "facility", "green_space", "land_use", "tree", "road_edge")
SHAPES = ("area", "place", "node", "line", "none")
"""`place`: a node, or a point inside an area; `none`: an exception that belongs to no theme."""
_COLUMNS = ("theme", "key", "value", "shape", "code", "drivable", "walkable", "note")


@dataclass(frozen=True)
class Rule:
    """What one tag means."""

    theme: str
    """Theme of the record."""
    key: str
    """Key of the tag."""
    value: str
    """Its value, or `*` for any."""
    shape: str
    """What it must be drawn as: one of `SHAPES`."""
    code: str | None
    """Use, kind, class or code in the theme; None: not told."""
    drivable: bool = True
    """Whether streets of this kind are for vehicles."""
    walkable: bool = True
    """Whether they are for people on foot."""


@dataclass(frozen=True)
class TagTable:
    """All rules; of each theme the first that fits a record's tags counts."""

    rules: Mapping[str, Mapping[str, Mapping[str, tuple[int, Rule]]]]
    """By theme, key and value, each with its place in the table."""

    def keys(self, themes: Iterable[str]) -> tuple[str, ...]:
        """Return the keys that matter for some themes."""
        return tuple(sorted({key for theme in themes for key in self.rules.get(theme, ())}))

    def meanings(self, tags: Mapping[str, str], themes: Iterable[str]) -> list[Rule]:
        """Return what a record is: at most one rule of each theme."""
        found = (self._meaning(tags, self.rules.get(theme, {})) for theme in themes)
        return [rule for rule in found if rule is not None and rule.shape != "none"]

    def _meaning(self, tags: Mapping[str, str], by_key: Mapping[str, Mapping[str, tuple[int, Rule]]]) -> Rule | None:
        """Return the rule of one theme; a value by name comes before `*`, wherever it stands."""
        named, wild = [], []
        for key in by_key.keys() & tags.keys():
            by_value = by_key[key]
            if tags[key] in by_value:
                named.append(by_value[tags[key]])
            elif "*" in by_value:
                wild.append(by_value["*"])
        return min(named or wild, key=lambda item: item[0])[1] if named or wild else None


def tag_table(path: Path | None, source: Path) -> TagTable:
    """Read a table of tags.

    Parameters
    ----------
    path
        CSV file of a city's own; None: the table that comes with the reader.
    source
        The file to be read, for messages.

    Raises
    ------
    BadSource
        The table cannot be read, or says something impossible.
    """
    if path is None:
        text = (resources.files("cim.etl.readers") / "osm_tags.csv").read_text(encoding="utf-8")
    else:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            what = f"options.tags_file {str(path)!r} cannot be read ({type(error).__name__})"
            raise BadSource(source, what, "give a CSV file in UTF-8 with the columns of osm_tags.csv") from error
    rules: dict[str, dict[str, dict[str, tuple[int, Rule]]]] = defaultdict(lambda: defaultdict(dict))
    for number, row in enumerate(csv.DictReader(text.splitlines()), 2):
        rule = _rule(row, number, path or Path("osm_tags.csv"))
        rules[rule.theme][rule.key].setdefault(rule.value, (number, rule))
    return TagTable(rules)


def _rule(row: Mapping[str | None, str | None], number: int, path: Path) -> Rule:
    """Return the rule of one line."""
    cell = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    if cell["theme"] not in THEMES or cell["shape"] not in SHAPES or not cell["key"] or not cell["value"]:
        what = f"line {number}: theme {cell['theme']!r}, key {cell['key']!r}, value {cell['value']!r}"
        remedy = f"give a theme of {', '.join(THEMES)}, a key, a value and a shape of {', '.join(SHAPES)}"
        raise BadSource(path, f"{what}, shape {cell['shape']!r}", remedy)
    needs_code = cell["theme"] in ("facility", "green_space", "land_use", "road_edge") and cell["shape"] != "none"
    if needs_code and not cell["code"]:
        raise BadSource(path, f"line {number}: {cell['theme']} without a code", "say which kind it is in column code")
    flags = cell["drivable"] != "no", cell["walkable"] != "no"
    return Rule(cell["theme"], cell["key"], cell["value"], cell["shape"], cell["code"] or None, *flags)
