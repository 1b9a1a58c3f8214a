"""CityJSONSeq 2.0: buildings and other city objects, a line a feature, with every level of detail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson
import pyproj
import shapely
from psycopg import sql

from cim.etl.export import Export, FileWriter
from cim.etl.export_place import BadExport
from cim.etl.writers.cityjson_blocks import block_rows
from cim.etl.writers.cityjson_bodies import body, thread_geometries
from cim.etl.writers.cityjson_boundaries import Corners, nested, surfaces
from cim.etl.writers.cityjson_grid import Grid, OffGrid, micrometre_grid, millimetre_grid, projected_grid
from cim.etl.writers.cityjson_looks import Library, semantics
from cim.tables import Table

_FEATURES = 100
"""Features at a time: of 3DBAG's, 3 MB of geometry."""

Row = Mapping[str, Any]

_ROOTS = sql.SQL(
    "SELECT v.feature_id FROM {inside} AS v WHERE v.parent_id IS NULL OR NOT EXISTS ("
    "SELECT FROM {anywhere} AS p WHERE p.feature_id = v.parent_id AND p.object_type <> 'CityObjectGroup') "
    # Groups first: their members refer to them.
    "ORDER BY v.object_type <> 'CityObjectGroup', v.feature_id"
)
_FAMILIES = sql.SQL(
    "WITH RECURSIVE tree AS (SELECT root, root AS feature_id FROM unnest(%(roots)s::bigint[]) AS root "
    "UNION SELECT t.root, c.feature_id FROM tree t "
    "JOIN {anywhere} AS p ON p.feature_id = t.feature_id AND p.object_type <> 'CityObjectGroup' "
    "JOIN {anywhere} AS c ON c.parent_id = t.feature_id) "
    "SELECT t.root, v.*, p.source_key AS parent_key FROM tree t JOIN {anywhere} AS v ON v.feature_id = t.feature_id "
    "LEFT JOIN city.feature p ON p.feature_id = v.parent_id ORDER BY t.root, v.feature_id"
)
_GEOMETRIES = sql.SQL(
    "SELECT version_id, lod, geometry_type, ST_AsBinary(geom) AS geom, solid, shell, surface, semantic, semantics, "
    "appearance FROM {lods} WHERE version_id = ANY(%(versions)s) ORDER BY version_id, lod_id"
)
_VERTEX = {
    "building": sql.SQL(
        "SELECT ST_AsBinary(coalesce(ST_PointN(ST_ExteriorRing(ST_GeometryN(l.geom, 1)), 1), "
        "ST_Force3DZ(ST_PointN(ST_ExteriorRing(ST_GeometryN(b.geom, 1)), 1), b.block_base_m))) AS geom "
        "FROM {relation} AS r JOIN city.building b USING (version_id) LEFT JOIN {lods} l USING (version_id) "
        "WHERE l.geom IS NOT NULL OR (b.block_base_m IS NOT NULL AND b.geom IS NOT NULL) LIMIT 1"
    ),
    "city_object": sql.SQL(
        "SELECT ST_AsBinary(ST_PointN(ST_ExteriorRing(ST_GeometryN(l.geom, 1)), 1)) AS geom "
        "FROM {lods} l JOIN {relation} AS r ON r.version_id = l.version_id LIMIT 1"
    ),
}
_REPEATED = sql.SQL(
    "SELECT source_key FROM ({keys}) AS k GROUP BY source_key HAVING count(*) > 1 ORDER BY source_key LIMIT 1"
)


def write(export: Export, path: Path) -> Counter[str]:
    """Write buildings and city objects, groups before their members, parts with their buildings."""
    _refuse_repeated(export)
    first = _first_vertex(export)
    grids = [millimetre_grid(first), micrometre_grid(first)]
    if not export.same_crs:
        grids = [projected_grid(first, degrees=pyproj.CRS.from_user_input(export.crs).is_geographic)]
    for grid in grids:
        try:
            return _write(export, path, grid)
        except OffGrid:
            continue
    raise BadExport(f"{path.name} cannot be written", "its places are on no grid; tell the makers")


def _write(export: Export, path: Path, grid: Grid) -> Counter[str]:
    """Write the whole file on one grid."""
    written: Counter[str] = Counter()
    with path.open("wb") as file:
        _line(file, _header(export, grid))
        for theme in export.themes:
            for feature in _features(export, export.table(theme), grid):
                _line(file, feature)
                written[theme] += len(feature["CityObjects"])
    return written


def _line(file: IO[bytes], item: Any) -> None:
    """Write one line."""
    file.write(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE))


def _refuse_repeated(export: Export) -> None:
    """Refuse to give one id to two objects."""
    keys = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT source_key FROM {relation} AS r").format(
            relation=export.selection.relation(export.table(theme))
        )
        for theme in export.themes
    )
    for row in export.rows(_REPEATED.format(keys=keys)):
        raise BadExport(f"id {row['source_key']!r} stands in two sources", "export one source at a time with --source")


def _first_vertex(export: Export) -> Any:
    """Return a vertex in the export's CRS, from which the file's origin is taken."""
    for theme in export.themes:
        names = {"lods": _lods(theme), "relation": export.selection.relation(export.table(theme))}
        query = _VERTEX[theme].format(**names)
        for row in export.rows(query):
            point = shapely.from_wkb(row["geom"])
            return export.outward(shapely.get_coordinates(point, include_z=True))[0]
    return np.zeros(3)


def _lods(theme: str) -> sql.Identifier:
    """Return the table of a theme's geometries."""
    return sql.Identifier("city", f"{theme}_lod")


def _header(export: Export, grid: Grid) -> dict[str, Any]:
    """Return the first line."""
    told = export.metadata
    named = [item for source in told["sources"] for item in (source["attribution"], source["licence"]) if item]
    title = f"{told['name_en']}: {', '.join(told['themes'])}" + (" (synthetic)" if told["synthetic"] else "")
    metadata: dict[str, Any] = {
        "title": "; ".join([title, *dict.fromkeys(named)]),
        "referenceDate": told["exported_at"][:10],
    }
    if export.crs and export.crs.startswith("EPSG:"):
        code = export.crs.removeprefix("EPSG:")
        metadata["referenceSystem"] = f"https://www.opengis.net/def/crs/EPSG/0/{code}"
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": grid.scale, "translate": grid.origin},
        "metadata": metadata,
        "CityObjects": {},
        "vertices": [],
    }


@dataclass(frozen=True)
class _Place:
    """Where a feature's vertices and looks are gathered."""

    corners: Corners
    library: Library


def _features(export: Export, table: Table, grid: Grid) -> Iterator[dict[str, Any]]:
    """Yield features in batches of roots."""
    relations = {
        "inside": export.selection.relation(table),
        "anywhere": export.selection.relation(table, anywhere=True),
    }
    for roots in export.stream(_ROOTS.format(**relations), _FEATURES):
        wanted = [row["feature_id"] for row in roots]
        members: dict[int, list[Row]] = {root: [] for root in wanted}
        for row in export.rows(_FAMILIES.format(anywhere=relations["anywhere"]), roots=wanted):
            members[row["root"]].append(row)
        yield from _batch(export, table, grid, members)


def _batch(export: Export, table: Table, grid: Grid, families: Mapping[int, Sequence[Row]]) -> Iterator[dict[str, Any]]:
    """Yield the features of a batch."""
    places = {root: _Place(Corners(), Library()) for root in families}
    owner = {row["version_id"]: places[root] for root, family in families.items() for row in family}
    geometries = _geometries(export, table, grid, owner, families.values())

    def steps(line: Any) -> Any:
        return grid.steps(export.outward(np.array(line, dtype=np.float64).reshape(-1, 3)))

    for root, family in families.items():
        place, objects = places[root], {}
        children: dict[int | None, list[str]] = {}
        for row in family:
            children.setdefault(row["parent_id"], []).append(row["source_key"])
        for row in family:
            said, threads = body(row, table, children.get(row["feature_id"], []))
            mine = geometries.get(row["version_id"], []) + thread_geometries(threads, place.corners, steps)
            objects[row["source_key"]] = said | ({"geometry": mine} if mine else {})
        top = next((row["source_key"] for row in family if row["feature_id"] == root), None)
        if top is None:
            continue
        feature = {"type": "CityJSONFeature", "id": top, "CityObjects": objects, "vertices": place.corners.points}
        looks = place.library.appearance()
        yield feature | ({"appearance": looks} if looks else {})


def _geometries(
    export: Export, table: Table, grid: Grid, owner: Mapping[int, _Place], families: Iterable[Sequence[Row]]
) -> dict[int, list[dict[str, Any]]]:
    """Return the geometries of each version of a batch, in the order in which they were loaded."""
    rows = export.rows(_GEOMETRIES.format(lods=_lods(table.name)), versions=list(owner))
    if table.name == "building":
        rows += block_rows(chain.from_iterable(families), {row["version_id"] for row in rows})
    out: dict[int, list[dict[str, Any]]] = {}
    if not rows:
        return out
    shapes = shapely.from_wkb([row["geom"] for row in rows]).tolist()
    steps = grid.steps(export.outward(shapely.get_coordinates(shapes, include_z=True)))
    found = surfaces(shapes, steps, [owner[row["version_id"]].corners for row in rows])
    for row, polygons in zip(rows, found, strict=True):
        geometry: dict[str, Any] = {
            "type": row["geometry_type"],
            "lod": row["lod"],
            "boundaries": nested(row["geometry_type"], polygons, row["shell"], row["solid"]),
        }
        meaning = semantics(row)
        if meaning is not None:
            geometry["semantics"] = meaning
        owner[row["version_id"]].library.dress(row, geometry)
        out.setdefault(row["version_id"], []).append(geometry)
    return out


WRITER = FileWriter(
    name="cityjsonseq",
    title="CityJSONSeq 2.0: buildings and city objects with every level of detail",
    write=write,
    themes=("building", "city_object"),
    usual=("building", "city_object"),
    sidecar=True,
)
