"""Footprints into PostGIS: `cim load` against `geopandas.to_postgis` and `ogr2ogr`, one file into one server, in turns.

The file holds the real building outlines of Las Palmas (OpenStreetMap) in CIM_REAL_DATA, repeated side by side with
keys of their own and made-up heights::

    CIM_REAL_DATA=... python benchmarks/footprints_vs_to_postgis.py --footprints 200000 --rounds 3

Eight ways are measured, each in a process of its own, start of the interpreter included:

`cim load`
    everything: checks, identity, digests, footprint, web-mercator copy, foot and top of the block (LoD1), all indexes
    and foreign keys.
`to_postgis`
    `read_file` and `to_postgis`: one table with the outlines and columns, and its spatial index. No checks.
`to_postgis, same geometries`
    as before, and the web-mercator copies as one more table.
`to_postgis, same rows`
    as before, and from these tables by SQL into the city's own, so that the same rows stand there in the end: features
    and versions, under the same keys and indexes, which stand all the while (a load takes them away and makes them anew
    at the end). Still without checks, a digest only of the text.
`to_postgis, and blocks`
    as before, and the blocks (computed by us) as surfaces in `city.building_lod`, without which nothing but `cim` can
    show them in space.
`ogr2ogr`, `ogr2ogr, same rows`
    GDAL's own program with PG_USE_COPY, as one table; and two tables, brought into the city's own by the same SQL.
`copy_frame`
    our way of writing alone: `to_postgis`'s one table by our reader and binary COPY, with its spatial index.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pyogrio
import shapely
from private_server import Run, run, server
from sqlalchemy import Engine, create_engine, text

from cim.city import create_city
from cim.cluster import Cluster
from cim.copying import copy_batch
from cim.etl.extrusion import extruded
from cim.etl.vector_file import open_layer
from cim.etl.vector_places import geometries
from cim.etl.wkb import wkb
from cim.manifest import SourceSpec, read_manifest
from cim.settings import Settings
from cim.tables import Column, Table

CRS = 32628
MANIFEST = """
[city]
slug = "bench_footprints"
name_zh = "基准"
name_en = "Benchmark"
crs = "EPSG:32628"
vertical_datum = "sea level"
ellipsoid_offset_m = 43.0
[[source]]
name = "houses"
kind = "footprints"
path = "houses.gpkg"
[source.options]
columns = {key = "house", height = "tall", storeys = "floors", usage = "use", built_year = "year"}
"""
TYPES = {"house": "text", "tall": "double precision", "floors": "bigint", "use": "text", "year": "bigint"}
TABLE = Table(
    "public",
    "plain",
    {name: Column(name, "plain", kind, True) for name, kind in {**TYPES, "geometry": "geometry"}.items()},
)


INTO_THE_CITY = (
    "INSERT INTO run.source (name, kind) VALUES ('houses', 'footprints')",
    "INSERT INTO run.load (source_id, status, path, software_version, published_at) "
    "SELECT source_id, 'published', 'houses.gpkg', '0', now() FROM run.source",
    "INSERT INTO city.feature (theme, source_id, source_key) "
    "SELECT 'building', source_id, house FROM plain, run.source ORDER BY house",
    "ANALYZE plain, mercator, city.feature (feature_id, source_key)",
    "INSERT INTO city.building (feature_id, load_id, usage, storeys_above, height_m, built_year, block_base_m, "
    "block_top_m, geom, geom_3857, content_hash) "
    "SELECT f.feature_id, l.load_id, p.use, p.floors, p.tall, p.year, 0, p.tall, ST_Multi(p.geometry), "
    "ST_Multi(m.geometry), decode(md5(concat_ws('|', p.use, p.floors, p.tall, p.year)), 'hex') "
    "FROM plain p JOIN mercator m USING (house) JOIN city.feature f ON f.source_key = p.house CROSS JOIN run.load l "
    "ORDER BY f.feature_id",
    "DROP TABLE plain, mercator",
)
BLOCKS = (
    "INSERT INTO city.building_lod (version_id, lod, geometry_type, geom, surface) "
    "SELECT v.version_id, '1', 'Solid', b.geometry, translate(b.surface, '[]', '{}')::smallint[] "
    "FROM blocks b JOIN city.feature f ON f.source_key = b.house JOIN city.building v USING (feature_id)",
    "DROP TABLE blocks",
)
"""What makes the city's rows of the tables that `to_postgis` or `ogr2ogr` has written."""


def write_file(source: Path, folder: Path, count: int) -> None:
    """Write as many footprints as asked for."""
    pbf = next((source / "urban" / "laspalmas").glob("*.osm.pbf"))
    where = "building IS NOT NULL"
    real = pyogrio.read_dataframe(pbf, layer="multipolygons", where=where, columns=["building"], on_invalid="ignore")
    outlines = real.to_crs(CRS).geometry
    outlines = outlines[outlines.is_valid & ~outlines.is_empty & outlines.notna()].to_numpy()
    number = np.arange(count)
    repetition = number // len(outlines)
    shapes = outlines[number % len(outlines)]
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    points[:, 0] += repetition[owner] * 40_000.0
    columns = {
        "house": [f"ES.GC.35016.{item:09d}" for item in number],
        "tall": 3.0 + number % 47 * 0.7,
        "floors": 1 + number % 16,
        "use": np.array(["residential", "commercial", "office", "public"])[number % 4],
        "year": 1900 + number % 125,
    }
    frame = geopandas.GeoDataFrame(columns, geometry=shapely.set_coordinates(shapes.copy(), points), crs=CRS)
    frame.to_file(folder / "houses.gpkg", layer="houses")
    (folder / "city.toml").write_text(MANIFEST, encoding="utf-8")


def to_postgis(file: Path, url: str) -> None:
    """Read and write as geopandas does."""
    engine = create_engine(url)
    geopandas.read_file(file).to_postgis("plain", engine, if_exists="replace")


def to_postgis_same(file: Path, url: str) -> None:
    """Write what we also write, as geopandas does."""
    _write_same(file, create_engine(url))


def to_postgis_rows(file: Path, url: str) -> None:
    """Write the same, and bring it into the city's tables."""
    engine = create_engine(url)
    _write_same(file, engine)
    _into_the_city(engine, INTO_THE_CITY)


def to_postgis_blocks(file: Path, url: str) -> None:
    """Write the same, and blocks as surfaces."""
    to_postgis_rows(file, url)
    frame = geopandas.read_file(file)
    blocks = extruded(frame.geometry.to_numpy(), np.zeros(len(frame)), frame["tall"].to_numpy())
    shapes = shapely.from_wkb(blocks["geom"].to_numpy(dtype=object))
    lod = geopandas.GeoDataFrame({"parent": blocks["parent"].astype("int64")}, geometry=shapes, crs=CRS)
    lod["house"] = frame["house"].to_numpy()[lod["parent"]]
    lod["surface"] = [str(list(item)) for item in blocks["surface"]]
    engine = create_engine(url)
    lod.to_postgis("blocks", engine, if_exists="replace")
    _into_the_city(engine, BLOCKS)


def ogr2ogr(file: Path, url: str) -> None:
    """Write one table as GDAL's program does."""
    _translate(file, url, "plain")


def ogr2ogr_rows(file: Path, url: str) -> None:
    """Write outlines and web-mercator copies, and bring them into the city's tables."""
    _translate(file, url, "plain")
    _translate(file, url, "mercator", "-select", "house", "-t_srs", "EPSG:3857")
    _into_the_city(create_engine(url), INTO_THE_CITY)


def _translate(file: Path, url: str, table: str, *options: str) -> None:
    target = "PG:" + url.replace("postgresql+psycopg", "postgresql")
    names = ("-nln", f"public.{table}", "-lco", "GEOMETRY_NAME=geometry", "-nlt", "MULTIPOLYGON", *options)
    subprocess.run(["ogr2ogr", "--config", "PG_USE_COPY", "YES", "-f", "PostgreSQL", target, file, *names], check=True)


def _into_the_city(engine: Engine, statements: Iterable[str]) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _write_same(file: Path, engine: Engine) -> None:
    frame = geopandas.read_file(file)
    frame.to_postgis("plain", engine, if_exists="replace")
    frame[["house", "geometry"]].to_crs(3857).to_postgis("mercator", engine, if_exists="replace")


def copied(file: Path, url: str) -> None:
    """Write the same one table by our reader and binary COPY."""
    conninfo = url.replace("postgresql+psycopg", "postgresql")
    names = list(TABLE.columns)
    with psycopg.connect(conninfo) as connection, open_layer(SourceSpec("x", "footprints", file)) as layer:
        connection.execute("DROP TABLE IF EXISTS plain")
        connection.execute(
            "CREATE TABLE plain (house text, tall float8, floors bigint, use text, year bigint, "
            "geometry geometry(MultiPolygon, 32628))"
        )
        for rows in layer.batches:
            arrays: list[Any] = [
                rows[name].cast(pa.string()) if name in {"house", "use"} else rows[name] for name in names[:-1]
            ]
            shapes = wkb(geometries(rows, layer.geometry_column), "MULTIPOLYGON", 2)
            copy_batch(connection, TABLE, pa.record_batch([*arrays, shapes], names=names))
        connection.execute("CREATE INDEX ON plain USING gist (geometry)")


WAYS: dict[str, Callable[[Path, str], None] | None] = {
    "cim load": None,
    "to_postgis": to_postgis,
    "to_postgis, same geometries": to_postgis_same,
    "to_postgis, same rows": to_postgis_rows,
    "to_postgis, and blocks": to_postgis_blocks,
    "copy_frame": copied,
    "ogr2ogr": ogr2ogr,
    "ogr2ogr, same rows": ogr2ogr_rows,
}


def measure(way: str, cluster: Cluster, settings: Settings, folder: Path) -> Run:
    """Run one way into a fresh database."""
    cluster.drop_database("cim_bench_footprints")
    create_city(cluster, read_manifest(folder).profile)
    with cluster.admin("cim_bench_footprints") as admin:
        admin.execute("GRANT CREATE ON SCHEMA public TO cim_owner")
        admin.execute("CHECKPOINT")
    if WAYS[way] is None:
        command = [sys.executable, "-m", "cim", "load", str(folder)]
    else:
        url = cluster.url("cim_bench_footprints")
        command = [sys.executable, __file__, "--way", way, "--url", url, "--file", str(folder / "houses.gpkg")]
    return run(command, {"CIM_DATA_DIR": str(settings.data_dir)}, settings.data_dir / "pg")


def main() -> None:
    """Measure all ways in turns and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--footprints", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--way", choices=list(WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    work = WAYS.get(given.way or "")
    if work is not None:
        work(given.file, given.url)
        return
    runs: dict[str, list[Run]] = {way: [] for way in WAYS}
    with server() as (cluster, settings, folder):
        write_file(Path(os.environ["CIM_REAL_DATA"]), folder, given.footprints)
        for _ in range(given.rounds):
            for way, done in runs.items():
                done.append(measure(way, cluster, settings, folder))
    report(runs, given.footprints)


def report(runs: dict[str, list[Run]], count: int) -> None:
    """Print medians, and how `cim load` compares in each pair."""
    rows = []
    for way, done in runs.items():
        seconds = statistics.median(item.seconds for item in done)
        ours, served = (statistics.median(getattr(item, name) for item in done) for name in ("cpu", "server_cpu"))
        peak = max(item.peak_mb for item in done)
        rows.append((way, seconds, count / seconds, ours, served, ours + served, peak))
    columns = ["way", "wall s", "a second", "client CPU s", "server CPU s", "CPU s", "peak MB"]
    print(pd.DataFrame(rows, columns=columns).round(1).to_string(index=False))
    compared = [("cim load", way) for way in WAYS if way.startswith(("to_postgis", "ogr2ogr"))]
    compared += [("copy_frame", "to_postgis")]
    for ours, theirs in compared:
        pairs = list(zip(runs[theirs], runs[ours], strict=True))
        wall = statistics.median(a.seconds / b.seconds for a, b in pairs)
        cpu = statistics.median((a.cpu + a.server_cpu) / (b.cpu + b.server_cpu) for a, b in pairs)
        print(f"{ours} against {theirs}: {wall:.2f} by the clock, {cpu:.2f} by processor time")


if __name__ == "__main__":
    main()
