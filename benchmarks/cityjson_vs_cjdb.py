"""CityJSONSeq into PostGIS: `cim load` against cjdb, the same file into the same server, in pairs.

The buildings are those of the three 3DBAG tiles of CIM_REAL_DATA, repeated side by side with new ids, in files of
2,000: cjdb sends each file to the server as one statement, for whose 20,000 buildings the server needs more than 10 GB.
Set up cjdb once with benchmarks/cjdb_environment.sh, then::

    CIM_REAL_DATA=... python benchmarks/cityjson_vs_cjdb.py --buildings 2000 20000 --pairs 1
    CIM_REAL_DATA=... python benchmarks/cityjson_vs_cjdb.py --buildings 6000 --ways cim one unchecked unchecked-one
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from private_server import Run, run, server

from cim.city import create_city
from cim.cluster import Cluster
from cim.manifest import read_manifest
from cim.settings import Settings

TILES = ("3dbag_5908_99b.city.jsonl", "3dbag_901_52b.city.jsonl", "3dbag_5870_54b_ext.city.jsonl")
CJDB = Path(__file__).parent / ".envs" / "cjdb" / "bin" / "cjdb"
PIECE = 2000
"""Most buildings in a file."""
SHIFT = 1_000_000
"""Millimetres that each repetition lies east of the one before."""
WAYS = {
    "cim": (),
    "one": ("--workers", "1"),
    "unchecked": ("--checks", "none"),
    "unchecked-one": ("--checks", "none", "--workers", "1"),
}
"""Ways to load, with the options of `cim load` for each."""
MANIFEST = """
[city]
slug = "bench"
name_zh = "基准"
name_en = "Benchmark"
crs = "EPSG:28992"
vertical_datum = "NAP"
ellipsoid_offset_m = 43.3
[[source]]
name = "bag"
kind = "cityjson"
path = '{path}'
"""


def features(folder: Path) -> Iterator[tuple[dict[str, Any], list[int]]]:
    """Yield the features of all tiles once, with the offset of their tile's origin from the first's, millimetres."""
    first: list[float] = []
    for tile in TILES:
        header, *lines = [line for line in (folder / tile).read_bytes().splitlines() if line.strip()]
        origin = orjson.loads(header)["transform"]["translate"]
        first = first or origin
        offset = [round((a - b) * 1000) for a, b in zip(origin, first, strict=True)]
        for line in lines:
            yield orjson.loads(line), offset


def write_copies(folder: Path, target: Path, buildings: int, piece: int) -> None:
    """Write as many buildings as asked for, those of the tiles over and over with ids of their own."""
    header = orjson.loads((folder / TILES[0]).read_bytes().splitlines()[0])
    header.pop("extensions", None)
    tiles = list(features(folder))
    target.mkdir()
    for first in range(0, buildings, piece):
        with (target / f"{first:07d}.city.jsonl").open("wb") as file:
            file.write(orjson.dumps(header) + b"\n")
            for number in range(first, min(first + piece, buildings)):
                feature, offset = tiles[number % len(tiles)]
                file.write(orjson.dumps(_copy(feature, offset, number // len(tiles))) + b"\n")


def _copy(feature: Mapping[str, Any], offset: Sequence[int], repetition: int) -> dict[str, Any]:
    """Return a feature in another place with other ids."""
    end = f"~{repetition}"
    objects = {}
    for key, body in feature["CityObjects"].items():
        kin = {name: [other + end for other in body[name]] for name in ("children", "parents") if name in body}
        # One tile has a type that no version of CityJSON knows; cjdb stores it, so do we, but it is no fair test.
        kind = "Building" if body["type"] == "BuildingZ" else body["type"]
        objects[key + end] = {**body, **kin, "type": kind}
    east, north, up = offset
    vertices = [[x + east + repetition * SHIFT, y + north, z + up] for x, y, z in feature["vertices"]]
    return {"type": "CityJSONFeature", "id": next(iter(objects)), "CityObjects": objects, "vertices": vertices}


def ours(cluster: Cluster, settings: Settings, folder: Path, options: Sequence[str]) -> Run:
    """Load with `cim load` into a database made before."""
    cluster.drop_database("cim_bench")
    create_city(cluster, read_manifest(folder).profile)
    command = [sys.executable, "-m", "cim", "load", str(folder / "city.toml"), *options]
    return run(command, {"CIM_DATA_DIR": str(settings.data_dir)}, settings.data_dir / "pg")


def theirs(cluster: Cluster, settings: Settings, path: Path) -> Run:
    """Load with cjdb into a database made before."""
    cluster.drop_database("cim_bench_cjdb")
    cluster.create_database("cim_bench_cjdb")
    sockets = cluster.status().sockets
    command = [str(CJDB), "import", "-H", "", "-U", "cim_owner", "-d", "cim_bench_cjdb", "-f", str(path)]
    return run(command, {"PGHOST": str(sockets), "PGPASSWORD": "unused"}, settings.data_dir / "pg")


def show(name: str, buildings: int, taken: Run) -> None:
    """Print one run."""
    print(
        f"  {name:13} {taken.seconds:8.1f} s {buildings / taken.seconds:8.0f} buildings/s  "
        f"cpu {taken.cpu:7.1f} s + server {taken.server_cpu:6.1f} s  "
        f"peak {taken.peak_mb:5.0f} MB, server {taken.server_mb:5.0f} MB",
        flush=True,
    )


def ratios_of(
    ways: Sequence[str], pairs: int, buildings: int, place: tuple[Cluster, Settings, Path, Path]
) -> dict[str, list[tuple[float, float]]]:
    """Load turn about, and return how many times as long cjdb takes, by the clock and by processor time."""
    cluster, settings, folder, path = place
    ratios: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(pairs):
        mine = {name: ours(cluster, settings, folder, WAYS[name]) for name in ways}
        other = theirs(cluster, settings, path)
        for name, taken in (mine | {"cjdb": other}).items():
            show(name, buildings, taken)
        for name, taken in mine.items():
            work = (other.cpu + other.server_cpu) / (taken.cpu + taken.server_cpu)
            ratios[name].append((other.seconds / taken.seconds, work))
    return ratios


def main() -> None:
    """Compare the two at each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buildings", type=int, nargs="+", default=[2000])
    parser.add_argument("--pairs", type=int, default=3, help="runs of both at each size")
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=["cim"])
    parser.add_argument("--piece", type=int, default=PIECE, help="most buildings in a file")
    told = parser.parse_args()
    if not CJDB.exists():
        sys.exit("no cjdb: run benchmarks/cjdb_environment.sh first")
    source = Path(os.environ["CIM_REAL_DATA"]) / "citymodels"
    with server() as (cluster, settings, folder):
        for buildings in told.buildings:
            path = folder / str(buildings)
            write_copies(source, path, buildings, told.piece)
            (folder / "city.toml").write_text(MANIFEST.format(path=path), encoding="utf-8")
            size = sum(file.stat().st_size for file in path.iterdir())
            print(f"{buildings} buildings, {size / 1e6:.0f} MB in {len(list(path.iterdir()))} file(s)", flush=True)
            for name, ratios in ratios_of(told.ways, told.pairs, buildings, (cluster, settings, folder, path)).items():
                wall, cpu = (statistics.median(pair) for pair in zip(*ratios, strict=True))
                print(
                    f"  {name} is {wall:.1f} times as fast; all processors together work {cpu:.1f} times less",
                    flush=True,
                )


if __name__ == "__main__":
    main()
