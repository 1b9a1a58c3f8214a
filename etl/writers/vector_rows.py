"""Features of a theme as Arrow batches: its columns, what it refers to by key, its attributes, geometry as WKB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely
from psycopg import sql

from cim.copying import arrow_type
from cim.etl.checks import OWN_COLUMNS, reference_key
from cim.etl.export import Export
from cim.tables import Column, Table

GEOMETRY = "geom"
"""Name of the geometry column."""
ATTRIBUTES = "attributes"
"""Column with the JSON of attributes that have no column of their own."""

_AT_ONCE = 10_000
_MOST_ATTRIBUTES = 300
"""Attributes beyond these share the column `attributes`."""
_OWN = OWN_COLUMNS | {ATTRIBUTES, GEOMETRY}
_TYPES = {"string": pa.string(), "boolean": pa.bool_()}
_ORDER = sql.SQL(" ORDER BY v.feature_id")


@dataclass(frozen=True)
class Plan:
    """Columns of one theme's file."""

    table: Table
    """The theme's table."""
    columns: Sequence[Column]
    """Columns that have values."""
    attributes: Mapping[str, pa.DataType]
    """Attributes with a column of their own."""
    rest: bool
    """Whether there are others."""

    @property
    def schema(self) -> pa.Schema:
        """Schema of the batches."""
        fields = [pa.field("source_key", pa.string()), pa.field("feature_id", pa.int64())]
        for column in self.columns:
            keyed = column.references
            fields.append(pa.field(_name(column), pa.string() if keyed else arrow_type(column)))
        fields += [pa.field(name, kind) for name, kind in self.attributes.items()]
        fields += [pa.field(ATTRIBUTES, pa.string())] if self.rest else []
        return pa.schema([*fields, pa.field(GEOMETRY, pa.binary())] if GEOMETRY in self.table.columns else fields)


def _name(column: Column) -> str:
    """Return the name of a column in the file: what a feature refers to is given by key."""
    return reference_key(column) if column.references else column.name


def plan(export: Export, theme: str) -> Plan:
    """Look at a theme's features, and return the columns that they need."""
    table = export.table(theme)
    columns = [column for column in table.columns.values() if column.name not in _OWN]
    used = sql.SQL("SELECT {used} FROM {relation} AS r").format(
        used=sql.SQL(", ").join(sql.SQL("count({0}) AS {0}").format(sql.Identifier(column.name)) for column in columns),
        relation=export.selection.relation(table),
    )
    (counts,) = export.rows(used)
    columns = [column for column in columns if counts[column.name]]
    taken = {"source_key", "feature_id", ATTRIBUTES, GEOMETRY, *(item.name for item in table.columns.values())}
    attributes, rest = _attributes(export, table, taken | {_name(item) for item in table.columns.values()})
    return Plan(table, columns, attributes, rest)


def _attributes(export: Export, table: Table, taken: set[str]) -> tuple[dict[str, pa.DataType], bool]:
    """Return the attributes that are all of one plain type, and whether there are others."""
    query = sql.SQL(
        "SELECT a.key, jsonb_typeof(a.value) AS kind, bool_and(a.value::text ~ '^-?\\d{{1,15}}$') AS whole "
        "FROM {relation} AS r, jsonb_each(r.attributes) AS a GROUP BY 1, 2 ORDER BY 1"
    ).format(relation=export.selection.relation(table))
    kinds: dict[str, list[pa.DataType | None]] = {}
    for row in export.rows(query):
        number = pa.int64() if row["whole"] else pa.float64()
        kinds.setdefault(row["key"], []).append(number if row["kind"] == "number" else _TYPES.get(row["kind"]))
    folded = [name.lower() for name in kinds]
    plain: dict[str, pa.DataType] = {}
    for name, found in kinds.items():
        alone = name.lower() not in taken and folded.count(name.lower()) == 1 and name.strip() == name != ""
        kind = found[0]
        if alone and len(found) == 1 and kind is not None and len(plain) < _MOST_ATTRIBUTES:
            plain[name] = kind
    return plain, len(plain) < len(kinds)


def batches(export: Export, planned: Plan) -> Iterator[pa.RecordBatch]:
    """Yield the features of a theme, geometry in the export's CRS."""
    for rows in export.stream(_query(export, planned), _AT_ONCE):
        yield _batch(export, planned, rows)


def _query(export: Export, planned: Plan) -> sql.Composed:
    """Return the query of a theme's features."""
    picked: list[sql.Composable] = []
    joins: list[sql.Composable] = []
    for number, column in enumerate(planned.columns):
        if column.references:
            other = sql.Identifier(f"r{number}")
            picked.append(sql.SQL("{}.source_key AS {}").format(other, sql.Identifier(_name(column))))
            joins.append(
                sql.SQL("LEFT JOIN city.feature {0} ON {0}.feature_id = v.{1}").format(
                    other, sql.Identifier(column.name)
                )
            )
        else:
            picked.append(sql.SQL("v.{}").format(sql.Identifier(column.name)))
    if planned.attributes or planned.rest:
        picked.append(sql.SQL("v.attributes AS {}").format(sql.Identifier(_SAID)))
    if GEOMETRY in planned.table.columns:
        picked.append(sql.SQL("ST_AsBinary(v.geom) AS geom"))
    return sql.SQL("SELECT v.source_key, v.feature_id, {picked} FROM {relation} AS v {joins}{order}").format(
        picked=sql.SQL(", ").join(picked),
        relation=export.selection.relation(planned.table),
        joins=sql.SQL(" ").join(joins),
        order=_ORDER,
    )


_SAID = "all attributes"
"""What no attribute or column is called."""


def _batch(export: Export, planned: Plan, rows: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
    """Return rows as an Arrow batch."""
    arrays = []
    for field in planned.schema:
        if field.name == GEOMETRY:
            arrays.append(pa.array(_placed(export, [row[GEOMETRY] for row in rows]), pa.binary()))
        elif field.name == ATTRIBUTES and planned.rest:
            arrays.append(pa.array([_rest(planned, row[_SAID]) for row in rows], pa.string()))
        elif field.name in planned.attributes:
            said = [(row[_SAID] or {}).get(field.name) for row in rows]
            arrays.append(pa.array(said, field.type))
        else:
            arrays.append(pa.array([row[field.name] for row in rows], field.type))
    return pa.record_batch(arrays, schema=planned.schema)


def _rest(planned: Plan, said: Mapping[str, Any] | None) -> str | None:
    """Return the JSON of the attributes that have no column of their own."""
    rest = {name: value for name, value in (said or {}).items() if name not in planned.attributes}
    return orjson.dumps(rest, option=orjson.OPT_SORT_KEYS).decode() if rest else None


def _placed(export: Export, wkb: Sequence[bytes | None]) -> list[bytes | None]:
    """Bring geometries into the export's CRS."""
    if export.same_crs:
        return list(wkb)
    shapes = shapely.from_wkb(np.array(wkb, dtype=object))
    solid = shapely.has_z(shapes)
    for mask, heights in ((~solid, False), (solid, True)):
        if mask.any():
            points = export.outward(shapely.get_coordinates(shapes[mask], include_z=heights))
            shapes[mask] = shapely.set_coordinates(shapes[mask], points)
    return list(shapely.to_wkb(shapes, flavor="iso"))
