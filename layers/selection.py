"""The rows behind a layer, as parts of a statement: names quoted, values bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import sql

from cim.layers.definitions import Condition, Definition, Property
from cim.tables import TABLES, THEMES


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
    """Geometry in web mercator: stored, or transformed where the theme stores none."""
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
    return Selection(
        rows=_rows(definition, theme),
        condition=sql.SQL(" AND ").join(tests) if tests else sql.SQL("TRUE"),
        properties=sql.SQL("").join(_property(definition, item) for item in definition.properties),
        shape=sql.SQL("t.geom"),
        mercator=sql.SQL("t.geom_3857"),
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
        sql.Identifier("result", f"{definition.findings.table}_latest"),
        view,
        sql.Identifier(definition.findings.feature),
    )


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
    found = definition.findings is not None and column in TABLES[f"result.{definition.findings.table}"].columns
    return sql.Identifier("f" if found or not of_theme else "t", column)


def _type(definition: Definition, column: str) -> str | None:
    known = THEMES[str(definition.theme)].columns
    return known[column].type if column in known else None
