"""A survey of many pipe segments into PostGIS: read, checked by default and loaded by `cim load`, asked in 120 s.

The survey is made up: tables (管点表, 管线表) of four networks, each a comb of streets whose pipes run 20 m from point
to point and fall with the ground, as CSV or as a workbook. It is written line by line, so that its size costs no
memory. `--parts` measures the parts and the limits, too::

    python benchmarks/pipe_survey.py --segments 1000000 --parts
    python benchmarks/pipe_survey.py --segments 1000000 --form xlsx
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import pipe_survey_parts
import xlsxwriter
from private_server import Run, run, server

from cim.city import create_city
from cim.cluster import Cluster
from cim.manifest import read_manifest
from cim.settings import Settings

STEP_M = 20.0
SLOPE = 0.003
ROW = 500
"""Points of a street."""
MANIFEST = """
[city]
slug = "bench_pipes"
name_zh = "基准"
name_en = "Benchmark"
crs = "EPSG:4545"
vertical_datum = "1985"
ellipsoid_offset_m = -36.0
synthetic = true
[[source]]
name = "survey"
kind = "pipe_survey"
path = "{path}"
crs = "EPSG:4545"
"""


@dataclass(frozen=True)
class Network:
    """What the tables of one network say everywhere."""

    prefix: str
    """Of the tables' names."""
    code: str
    """Of its points."""
    depth_m: float
    """Of its pipes, as the standard measures it: crown under pressure, invert of a sewer."""
    size: str
    """Diameter, mm."""
    material: str
    """Material."""


NETWORKS = (
    Network("给水", "JS", 1.2, "300", "球墨铸铁"),
    Network("雨水", "YS", 2.5, "600", "砼"),
    Network("污水", "WS", 3.0, "400", "砼"),
    Network("燃气", "RQ", 1.0, "200", "PE"),
)


def points(network: Network, count: int, shift_m: float) -> Iterator[str]:
    """Yield the lines of a point table."""
    yield "物探点号,X,Y,地面高程,特征,附属物,权属单位"
    for number in range(count):
        street, at = divmod(number, ROW)
        ground = 300.0 - SLOPE * STEP_M * at + 0.5 * street / ROW
        north, east = 3_270_000.0 + STEP_M * street + shift_m, 500_000.0 + STEP_M * at + shift_m
        what = ",窨井" if at % 3 == 0 else "直线点,"
        yield f"{network.code}{number},{north:.3f},{east:.3f},{ground:.3f},{what},市政"


def segments(network: Network, count: int, nodes: int) -> Iterator[str]:
    """Yield the lines of a line table."""
    yield "起点点号,终点点号,起点埋深,终点埋深,管径,材质,埋设类型,建设年代,权属单位,道路名称"
    made = 0
    for number in range(nodes):
        street, at = divmod(number, ROW)
        ends = [number + 1] if at + 1 < ROW else []
        # The first points of the streets hang together, so that the network is one.
        ends += [number + ROW] if at == 0 else []
        for end in ends:
            if end < nodes and made < count:
                made += 1
                ditch = f"{network.depth_m:.2f},{network.depth_m:.2f},{network.size},{network.material},直埋"
                yield f"{network.code}{number},{network.code}{end},{ditch},{1990 + street % 30},市政,第{street}街"


def tables(count: int) -> Iterator[tuple[str, Iterator[str]]]:
    """Yield the names and lines of all tables, as many segments as asked for shared by the networks."""
    each = ceil(count / len(NETWORKS))
    for order, network in enumerate(NETWORKS):
        yield f"{network.prefix}管点表", points(network, each + 1, 1.5 * order)
        yield f"{network.prefix}管线表", segments(network, each, each + 1)


def write_survey(folder: Path, count: int, form: str = "csv") -> Path:
    """Write a survey as a folder of CSV files or as a workbook; return which."""
    if form == "xlsx":
        with xlsxwriter.Workbook(folder / "survey.xlsx", {"constant_memory": True}) as book:
            for name, lines in tables(count):
                write_sheet(book.add_worksheet(name), lines)
        return folder / "survey.xlsx"
    (folder / "survey").mkdir()
    for name, lines in tables(count):
        with (folder / "survey" / f"{name}.csv").open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    return folder / "survey"


def write_sheet(sheet: xlsxwriter.worksheet.Worksheet, lines: Iterable[str]) -> None:
    """Write lines as rows of a sheet, numbers as numbers."""
    for at, line in enumerate(lines):
        for column, cell in enumerate(line.split(",")):
            try:
                sheet.write_number(at, column, float(cell))
            except ValueError:
                sheet.write_string(at, column, cell)


def load(cluster: Cluster, settings: Settings, folder: Path, command: list[str]) -> Run:
    """Load into a database made before."""
    cluster.drop_database("cim_bench_pipes")
    create_city(cluster, read_manifest(folder).profile)
    return run([*command, str(folder)], {"CIM_DATA_DIR": str(settings.data_dir)}, settings.data_dir / "pg")


def main() -> None:
    """Write, load, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=100_000)
    parser.add_argument("--form", choices=("csv", "xlsx"), default="csv")
    parser.add_argument("--parts", action="store_true", help="measure the parts and the limits, too")
    told = parser.parse_args()
    with server() as (cluster, settings, folder):
        began = time.perf_counter()
        path = write_survey(folder, told.segments, told.form)
        (folder / "city.toml").write_text(MANIFEST.format(path=path.name), encoding="utf-8")
        print(f"{told.segments} segments written in {time.perf_counter() - began:.1f} s", flush=True)
        taken = load(cluster, settings, folder, [sys.executable, "-m", "cim", "load"])
        with cluster.admin("cim_bench_pipes") as admin:
            (kept,) = admin.execute("SELECT count(*) FROM city.pipe_segment_current").fetchone()
            remarks = admin.execute("SELECT code, count(*) FROM run.reject GROUP BY 1 ORDER BY 2 DESC").fetchall()
        print(
            f"  cim load {taken.seconds:.1f} s, {kept} segments, {kept / taken.seconds:.0f}/s, "
            f"cpu {taken.cpu:.1f} s + server {taken.server_cpu:.1f} s, peak {taken.peak_mb:.0f} MB; "
            f"load average {os.getloadavg()[0]:.1f}; told: {dict(remarks)}",
            flush=True,
        )
        if told.parts:
            pipe_survey_parts.reading_parts(folder)
            pipe_survey_parts.copy_seconds(cluster, "cim_bench_pipes")
            load(cluster, settings, folder, [sys.executable, pipe_survey_parts.__file__])
            print((folder / "parts.txt").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
