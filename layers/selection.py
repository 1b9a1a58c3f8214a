"""The rows behind a layer, as parts of a statement: names quoted, values bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import sql

from cim.layers.definitions import Condition, Definition, Findings, Property
from cim.tables import THEMES


@dataclass(frozen=True)
class Selection:
    """FROM, WHERE and columns of a layer; the theme's current versions are `t`, the findings `f`."""

    rows: sql.Composable
    """What stands after FROM."""
    condition: sql.Composable
    """What stands after WHERE; TRUE where the layer shows the whole theme."""
    properties: sql.Composable
    """Columns of a tile, beside the id, each followed by a comma."""
    shape: sql.Composable
    """Geometry in the city's CRS."""
    mercator: sql.Composable
    """Geometry in web mercator: stored of features, transformed of places of results."""
    placed: bool
    """Drawn are places of results, which are indexed in the city's CRS."""
    order: sql.Composable
    """ORDER BY of the drawing, or nothing."""
    parameters: dict[str, Any]
    """Values bound to the condition."""


def selection(definition: Definition) -> Selection:
    """Return the rows that a layer of a theme shows.

    Parameters
    ----------
    definition
        A layer that has a theme with geometry.
    """
    theme = str(definition.theme)
    parameters = {f"where_{number}": list(item.values) for number, item in enumerate(definition.where)}
    tests = [_test(definition, number, item) for number, item in enumerate(definition.where)]
    place = definition.findings.place if definition.findings else None
    shape = sql.Identifier("f", place) if place else sql.Identifier("t", "geom")
    return Selection(
        rows=_rows(definition, theme),
        condition=sql.SQL(" AND ").join(tests) if tests else sql.SQL("TRUE"),
        properties=sql.SQL("").join(_property(definition, item) for item in definition.properties),
        shape=shape,
        mercator=sql.SQL("ST_Force2D(ST_Transform({}, 3857))").format(shape) if place else sql.SQL("t.geom_3857"),
        placed=place is not None,
        order=_order(definition),
        parameters=parameters,
    )


def property_value(definition: Definition, item: Property) -> sql.Composable:
    """Return the expression of a property; a day is told as text, since tiles know no dates."""
    value = _column(definition, item.column)
    if item.first is not None:
        return sql.SQL("left({}, {})").format(value, sql.Literal(item.first))
    if _type(definition, item.column) == "date":
        return sql.SQL("{}::text").format(value)
    return value


def _rows(definition: Definition, theme: str) -> sql.Composable:
    view = sql.Identifier("city", f"{theme}_current")
    if definition.findings is None:
        return sql.SQL("{} t").format(view)
    return sql.SQL("{} f JOIN {} t ON t.feature_id = f.{}").format(
        _found(definition.findings), view, sql.Identifier(definition.findings.feature)
    )


def _found(findings: Findings) -> sql.Composable:
    """Return the rows of the results."""
    latest = sql.Identifier("result", f"{findings.table}_latest")
    if not (findings.also or findings.first or findings.newest):
        return latest
    parts = [sql.SQL("SELECT * FROM {}").format(latest)]
    if findings.first:
        one = sql.Identifier(findings.feature)
        parts = [sql.SQL("SELECT DISTINCT ON ({}) * FROM {}").format(one, latest)]
    if findings.also:
        also, by = sql.Identifier("result", f"{findings.also}_latest"), map(sql.Identifier, findings.by)
        parts.append(sql.SQL("JOIN {} USING ({})").format(also, sql.SQL(", ").join(by)))
    if findings.newest:
        parts.append(sql.SQL("WHERE run_id = (SELECT max(run_id) FROM {})").format(latest))
    if findings.first:
        parts.append(sql.SQL("ORDER BY {}, {}").format(one, sql.Identifier(findings.first)))
    return sql.SQL("({})").format(sql.SQL(" ").join(parts))


def _order(definition: Definition) -> sql.Composable:
    if definition.order is None:
        return sql.SQL("")
    return sql.SQL("ORDER BY {}").format(_column(definition, definition.order))


def _test(definition: Definition, number: int, item: Condition) -> sql.Composable:
    text = {
        "in": sql.SQL("{} = ANY({})"),
        "not_in": sql.SQL("{} <> ALL({})"),
        "prefix": sql.SQL("{} ^@ ANY({})"),
    }[item.test]
    return text.format(_column(definition, item.column), sql.Placeholder(f"where_{number}"))


def _property(definition: Definition, item: Property) -> sql.Composable:
    return sql.SQL("{} AS {}, ").format(property_value(definition, item), sql.Identifier(item.name))


def _column(definition: Definition, column: str) -> sql.Composable:
    of_theme = column in THEMES[str(definition.theme)].columns
    # What an analysis found goes first: the grade of a result, not that of a feature.
    found = definition.findings is not None and column in definition.findings.columns
    return sql.Identifier("f" if found or not of_theme else "t", column)


def _type(definition: Definition, column: str) -> str | None:
    known = THEMES[str(definition.theme)].columns
    return known[column].type if column in known else None
