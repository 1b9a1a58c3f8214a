"""Rejects as the database holds them, with their texts in two languages and the shape that each is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import psycopg
import shapely
from psycopg import sql
from psycopg.rows import dict_row

from cim.etl.checks.register import register
from cim.etl.statements import statement
from cim.tables import THEMES

Row = dict[str, Any]
Connection = psycopg.Connection[Any]

ORIGINAL = "original."
"""How the columns of the original record begin, in files of rejects."""
ROW_ENDS = ("start_node_key", "end_node_key")
"""What the original of a refused line tells beside its row's cells, so that it can be drawn."""
GEOMETRY = "geometry"
"""Column of a sheet that holds the shape as WKT."""


def reject_rows(
    connection: Connection, *, load_id: int | None = None, source: str | None = None, code: str | None = None
) -> list[Row]:
    """Return rejects of a load, or of the load of each source that stands, with both languages' texts filled in."""
    parameters = {"load": load_id, "source": source, "code": code}
    rows = connection.cursor(row_factory=dict_row).execute(statement("reject_rows"), parameters).fetchall()
    for row in rows:
        known = register().get(row["code"])
        row["reason_zh"] = row["reason_zh"] or (known.what.zh if known else None)
        row["remedy_zh"] = known.remedy.zh if known else None
    return rows


def loads_in_vain(connection: Connection, source: str | None = None) -> list[Row]:
    """Return the newest load that failed or was undone of each source where it is newer than the one that stands.

    Each with `source`, `load_id`, `status`, and `standing`: the load that stands; None where none does.
    """
    return connection.cursor(row_factory=dict_row).execute(statement("loads_in_vain"), {"source": source}).fetchall()


def shapes_of(connection: Connection, rows: Sequence[Row]) -> list[shapely.Geometry | None]:
    """Return the shape that each reject is about, in the city's CRS.

    That is the refused record's own, as far as it can be drawn; else the feature's that stands under the record's key;
    else the place that the check named; of a refused pipe the points at its ends.
    """
    stored = _features(connection, rows)
    ends = _ends(connection, rows)
    return [_shape(row, stored, ends) for row in rows]


def _shape(row: Row, stored: dict[tuple[int, str, str], Any], ends: dict[tuple[int, str], Any]) -> Any:
    """Return one reject's shape."""
    own = drawn((row["original"] or {}).get("geom"))
    if own is not None:
        return own
    found = stored.get((row["source_id"], row["theme"], row["source_key"]))
    if found is not None:
        return found
    if row["place_x"] is not None:
        return shapely.Point(row["place_x"], row["place_y"])
    original = row["original"] or {}
    keys = [str(original.get(name)) for name in ("start_node_key", "end_node_key")]
    points = [ends[row["source_id"], key] for key in keys if (row["source_id"], key) in ends]
    return None if not points else points[0] if len(points) == 1 else shapely.LineString(points)


def drawn(text: object) -> shapely.Geometry | None:
    """Return the geometry that a text of WKT draws; None where it draws none with finite coordinates."""
    if not isinstance(text, str):
        return None
    with suppress(shapely.errors.GEOSException):
        shape = shapely.from_wkt(text)
        if shape is not None and not shape.is_empty and all(abs(number) < 1e8 for number in shape.bounds):
            return shape
    return None


def _features(connection: Connection, rows: Sequence[Row]) -> dict[tuple[int, str, str], Any]:
    """Return the shapes of the features that rejects are about, by source, theme and key."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["theme"] in THEMES and "geom" in THEMES[row["theme"]].columns and row["source_key"]:
            wanted[row["theme"]].add(row["source_key"])
    return {key: shape for theme, keys in wanted.items() for key, shape in _stored(connection, theme, keys)}


def _ends(connection: Connection, rows: Sequence[Row]) -> dict[tuple[int, str], Any]:
    """Return the places of the points that refused pipes name, by source and key."""
    names = ("start_node_key", "end_node_key")
    keys = {(row["original"] or {}).get(name) for row in rows for name in names if row["theme"] == "pipe_segment"}
    found = _stored(connection, "pipe_node", {str(key) for key in keys if key})
    return {(source, key): shape for (source, _, key), shape in found}


def _stored(connection: Connection, theme: str, keys: set[str]) -> Iterator[tuple[tuple[int, str, str], Any]]:
    """Yield source, theme and key with the shape of the newest version."""
    query = sql.SQL(
        "SELECT DISTINCT ON (f.source_id, f.source_key) f.source_id, f.source_key, ST_AsBinary(v.geom) FROM city.{} v "
        "JOIN city.feature f USING (feature_id) WHERE f.source_key = ANY(%s) AND v.geom IS NOT NULL "
        "ORDER BY f.source_id, f.source_key, v.version_id DESC"
    ).format(sql.Identifier(theme))
    for source, key, body in connection.execute(query, (list(keys),)):
        yield (source, theme, key), shapely.from_wkb(bytes(body))
