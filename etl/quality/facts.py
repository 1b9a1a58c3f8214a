"""What a quality report tells, read from the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, cast

import numpy as np
import psycopg
import shapely
from psycopg import sql
from psycopg.rows import dict_row

from cim.city import PROFILE_QUERY, CityProfile
from cim.errors import BadSetting
from cim.etl.checks.register import Check, register
from cim.etl.rejects_rows import Row, reject_rows, shapes_of
from cim.tables import THEMES

Connection = psycopg.Connection[Any]
Box = tuple[float, float, float, float]

MOST_SHAPES = 12_000
"""Shapes drawn grey in a map: more are not told apart on paper, and make the page heavy."""
_FINEST = 1500
"""Steps across a map: what is finer is not drawn."""


@dataclass(frozen=True)
class CodeCount:
    """How often one check spoke."""

    code: str
    """Its code."""
    severity: str
    """error or warning."""
    count: int
    """Records."""
    check: Check | None
    """The check in the register."""
    example: Row
    """First reject."""


@dataclass(frozen=True)
class FileCount:
    """How many faults one file has."""

    file: str
    """File, or sheet."""
    errors: int
    """Records refused."""
    warnings: int
    """Records remarked on."""


@dataclass(frozen=True)
class Drawing:
    """Shapes of a map, city CRS."""

    box: Box
    """West, south, east, north, metres."""
    outline: Sequence[Any]
    """Outlines of the city's units."""
    around: Sequence[Any]
    """Footprints, for orientation."""
    own: Sequence[Any]
    """What the load brought."""
    faults: Sequence[tuple[str, Any]]
    """Severity and point of each fault that has a place."""
    unplaced: int
    """Faults without a place."""


@dataclass(frozen=True)
class LoadFacts:
    """One load."""

    load: Row
    """Its row of `run.load`, with `source` and `kind`."""
    codes: Sequence[CodeCount]
    """Counts by code, errors first, the most frequent first."""
    files: Sequence[FileCount]
    """Counts by file, the worst first."""
    drawing: Drawing | None
    """Its map; None where nothing has a place."""

    @property
    def errors(self) -> int:
        """Records refused."""
        return sum(item.count for item in self.codes if item.severity == "error")

    @property
    def warnings(self) -> int:
        """Remarks."""
        return sum(item.count for item in self.codes if item.severity == "warning")


def city_of(connection: Connection) -> CityProfile:
    """Return the city."""
    row = connection.cursor(row_factory=dict_row).execute(PROFILE_QUERY).fetchone()
    return CityProfile(**(row or {}))


def load_facts(connection: Connection, load_id: int | None) -> list[LoadFacts]:
    """Return the facts of a load, or of the newest load of each source.

    Raises
    ------
    BadSetting
        There is no such load.
    """
    text = (resources.files("cim.etl") / "sql" / "quality_loads.sql").read_text(encoding="utf-8")
    cursor = connection.cursor(row_factory=dict_row)
    loads = cursor.execute(sql.SQL(cast("Any", text)), {"load": load_id}).fetchall()
    if not loads:
        raise BadSetting("--load", load_id or "", "cim loads shows the loads that there are")
    return [_facts(connection, load) for load in loads]


def _facts(connection: Connection, load: Row) -> LoadFacts:
    rows = reject_rows(connection, load_id=load["load_id"])
    return LoadFacts(load, _codes(rows), file_counts(rows), _drawing(connection, load, rows))


def _codes(rows: Sequence[Row]) -> list[CodeCount]:
    """Count rejects by severity and code."""
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        first.setdefault((row["severity"], row["code"]), row)
    counts = Counter((row["severity"], row["code"]) for row in rows)
    found = [
        CodeCount(code, severity, count, register().get(code), first[severity, code])
        for (severity, code), count in counts.items()
    ]
    return sorted(found, key=lambda item: (item.severity, -item.count, item.code))


def file_counts(rows: Sequence[Row]) -> list[FileCount]:
    """Count rejects by file, and by sheet where the record names one."""
    errors: Counter[str] = Counter()
    warnings: Counter[str] = Counter()
    for row in rows:
        sheet, mark, _ = str(row["record"]).partition("!")
        (errors if row["severity"] == "error" else warnings)[f"{row['file']} · {sheet}" if mark else row["file"]] += 1
    names = {*errors, *warnings}
    found = [FileCount(name, errors[name], warnings[name]) for name in names]
    return sorted(found, key=lambda item: (-item.errors, -item.warnings, item.file))


def _drawing(connection: Connection, load: Row, rows: Sequence[Row]) -> Drawing | None:
    """Gather the shapes of a load's map."""
    shapes = shapes_of(connection, rows)
    faults = []
    for row, shape in zip(rows, shapes, strict=True):
        if row["place_x"] is not None:
            faults.append((row["severity"], shapely.Point(row["place_x"], row["place_y"])))
        elif shape is not None:
            faults.append((row["severity"], shapely.centroid(shape)))
    box = _box(connection, load, [point for _, point in faults])
    if box is None:
        return None
    step = max(box[2] - box[0], box[3] - box[1]) / _FINEST
    own = [shape for theme in _themes(connection, load) for shape in _own(connection, load, theme, step)]
    around = [] if load["kind"] == "raster" else _shapes(connection, "building", box, step)
    return Drawing(box, _shapes(connection, "admin_unit", box, step), around, own, faults, len(rows) - len(faults))


def _themes(connection: Connection, load: Row) -> list[str]:
    """Return the themes that a load spoke of."""
    query = "SELECT theme FROM run.load_extent WHERE load_id = %s ORDER BY theme"
    found = [row[0] for row in connection.execute(query, (load["load_id"],))]
    return [theme for theme in found if theme in THEMES and "geom" in THEMES[theme].columns]


def _box(connection: Connection, load: Row, points: Sequence[Any]) -> Box | None:
    """Return the extent of a load's source and of its faults, with a margin."""
    boxes = []
    for theme in _themes(connection, load):
        query = sql.SQL(
            "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(v.geom) AS e "
            "FROM city.{} v JOIN city.feature f USING (feature_id) WHERE f.source_id = %s) x WHERE e IS NOT NULL"
        )
        boxes += connection.execute(query.format(sql.Identifier(theme)), (load["source_id"],)).fetchall()
    boxes += [point.bounds for point in points]
    if not boxes:
        return None
    sides = np.array(boxes, dtype=np.float64)
    west, south = sides[:, :2].min(axis=0)
    east, north = sides[:, 2:].max(axis=0)
    margin = max(0.04 * max(east - west, north - south), 20.0)
    return float(west - margin), float(south - margin), float(east + margin), float(north + margin)


def _own(connection: Connection, load: Row, theme: str, step: float) -> list[Any]:
    """Return the shapes that a load's source has at present."""
    query = sql.SQL(
        "SELECT ST_AsBinary(ST_Force2D(ST_Simplify(v.geom, %s, true))) FROM city.{} v "
        "JOIN city.feature f USING (feature_id) "
        "WHERE f.source_id = %s AND v.geom IS NOT NULL ORDER BY v.version_id LIMIT %s"
    ).format(sql.Identifier(theme))
    return _drawn(connection.execute(query, (step, load["source_id"], MOST_SHAPES)).fetchall())


def _shapes(connection: Connection, theme: str, box: Box, step: float) -> list[Any]:
    """Return current shapes of a theme in a box."""
    query = sql.SQL(
        "SELECT ST_AsBinary(ST_Force2D(ST_Simplify(geom, %s, true))) FROM city.{} "
        "WHERE geom && ST_SetSRID(ST_MakeEnvelope(%s, %s, %s, %s), ST_SRID(geom)) LIMIT %s"
    ).format(sql.Identifier(f"{theme}_current"))
    return _drawn(connection.execute(query, (step, *box, MOST_SHAPES)).fetchall())


def _drawn(rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Return geometries of WKB, without what simplification left nothing of."""
    return [shapely.from_wkb(bytes(row[0])) for row in rows if row[0] is not None]
