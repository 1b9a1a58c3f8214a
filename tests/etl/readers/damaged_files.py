"""Small sound files of every kind, and ways to damage them: for the tests, and for `scripts/soak_damage.py`."""

from __future__ import annotations

import gzip
import importlib.util
import io
import random
import re
import time
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import geopandas
import laspy
import numpy as np
import osmium
import pandas as pd
import pyproj
import rasterio
import shapely
from osmium.osm.mutable import Node, Way
from rasterio.transform import from_origin

from cim.city import CityProfile
from cim.errors import CimError
from cim.etl.checks import check
from cim.etl.readers import readers
from cim.manifest import SourceSpec
from cim.survey_forms import forms

_spec = importlib.util.spec_from_file_location("copc_files", Path(__file__).parent / "copc_files.py")
assert _spec is not None
assert _spec.loader is not None
copc_files = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(copc_files)

CITY = CityProfile("x", "x", "x", "EPSG:4545", "1985", -36.0)
EAST, NORTH = 500_000.0, 3_270_000.0
SECONDS, MEGABYTES = 10.0, 1024
"""Longer, or with more memory, no small file may be read."""
DATA = Path(__file__).parents[2] / "data" / "citygml"


def forget_peak() -> int:
    """Have the system count this process's peak memory anew, whatever other tests took; return what it holds, kB."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return status_kb("VmRSS")


def status_kb(name: str) -> int:
    """Return a figure of this process's memory."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


EPANET = """[JUNCTIONS]
 J1 10 1.5
 J2 12 0.5
[RESERVOIRS]
 R1 50
[TANKS]
 T1 40 3 1 5 10 0
[PIPES]
 P1 R1 J1 100 300 120 0 Open
 P2 J1 J2 80 200 120 0 CV
[PUMPS]
 U1 J2 T1 HEAD C1
[VALVES]
 V1 J1 J2 200 PRV 30 0
[CURVES]
 C1 100 50
[OPTIONS]
 Units LPS
[COORDINATES]
 J1 500000 3270000
 J2 500100 3270000
 R1 500000 3270100
 T1 500200 3270000
[VERTICES]
 P1 500010 3270050
[END]
"""
SWMM = """[OPTIONS]
FLOW_UNITS CMS
[SUBCATCHMENTS]
S1 R1 J1 2 40 100 0.5 0
[JUNCTIONS]
J1 100 3 0 0 0
[OUTFALLS]
O1 97 FREE NO
[CONDUITS]
C1 J1 O1 100 0.013 0 0 0 0
[ORIFICES]
R1 J1 O1 SIDE 0.3 0.65 NO 0
[XSECTIONS]
C1 CIRCULAR 0.6 0 0 0 1
R1 RECT_CLOSED 0.3 0.4 0 0 1
[COORDINATES]
J1 500000 3270000
O1 500100 3270000
[POLYGONS]
S1 500000 3270000
S1 500100 3270000
S1 500100 3270200
"""
REGISTER = "key,kind,name,capacity,x,y,z,备注\n" + "".join(
    f"f{at},school,第{at}小学,{at}00,{EAST + at},{NORTH},200.5,好\n" for at in range(6)
)
POINTS = "物探点号,X,Y,地面高程,特征,附属物,井深,探测日期\n" + "".join(
    f"A{at},{NORTH},{EAST + 30 * at},200,三通,阀门,1.5,2021-05-03\n" for at in range(4)
)
LINES = "起点点号,终点点号,起点埋深,终点埋深,管径,材质,埋设类型,压力,流向,建设年代\n" + "".join(
    f"A{at},A{at + 1},1.0,1.1,300,PE,直埋,0.4,0,1999\n" for at in range(3)
)


def houses(path: Path) -> None:
    rows = {"id": list("abcd"), "height": [6.0, 9.5, 30.0, 3.0], "name": ["甲", "乙", None, "d"]}
    shapes = [shapely.box(EAST + 20 * at, NORTH, EAST + 20 * at + 10, NORTH + 9) for at in range(4)]
    frame = geopandas.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4545")
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".geojson":
        frame.to_crs(4490).to_file(path)
    else:
        frame.to_file(path)


def pipes(path: Path) -> None:
    shapes = [shapely.LineString([(EAST + 50 * at, NORTH, 10), (EAST + 50 * at + 50, NORTH, 9.5)]) for at in range(4)]
    frame = geopandas.GeoDataFrame({"ID": list("abcd"), "DN": [300, 200, 100, 50]}, geometry=shapes, crs="EPSG:4545")
    frame.to_file(path, layer="pipes")


def extract(path: Path) -> None:
    # Not compressed: what is damaged shall be what is read, not what is unpacked.
    form = osmium.io.File(str(path), "pbf,pbf_compression=none" if path.suffix == ".pbf" else "osm")
    with osmium.SimpleWriter(form, overwrite=True) as writer:
        for at in range(1, 30):
            place = (108.0 + at % 10 * 0.001, 29.55 + at // 10 * 0.001)
            writer.add_node(Node(id=at, location=place, version=1, tags={"natural": "tree"} if at == 29 else {}))
        ways = [([1, 2, 12, 11, 1], {"building": "yes", "height": "12"}), ([1, 3, 5], {"highway": "residential"}),
                ([20, 21, 24, 20], {"leisure": "park"}), ([3, 13, 23], {"highway": "steps"})]  # fmt: skip
        for at, (refs, tags) in enumerate(ways, 1):
            writer.add_way(Way(id=at, nodes=refs, tags=tags, version=1))


def terrain(path: Path) -> None:
    values = np.arange(300, dtype=np.float32).reshape(15, 20)
    profile = {"driver": "GTiff", "crs": "EPSG:4545", "transform": from_origin(EAST, NORTH, 5, 5), "nodata": -9999}
    with rasterio.open(path, "w", count=1, dtype="float32", height=15, width=20, **profile) as dataset:
        dataset.write(values[None])


def points() -> laspy.LasData:
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = [0.001] * 3, [EAST, NORTH, 0.0]
    header.add_crs(pyproj.CRS("EPSG:4545"))
    points = laspy.LasData(header)
    rng = np.random.default_rng(1)
    points.x, points.y, points.z = EAST + rng.random(200), NORTH + rng.random(200), 200 + rng.random(200)
    return points


def scan(path: Path) -> None:
    points().write(path)


def octree(path: Path) -> None:
    copc_files.write_copc(path, points())


def workbook(path: Path) -> None:
    with pd.ExcelWriter(path, engine="xlsxwriter") as book:
        for name, text in (("JS管点表", POINTS), ("JS管线表", LINES)):
            rows = [line.split(",") for line in text.splitlines()]
            pd.DataFrame(rows[1:], columns=rows[0]).to_excel(book, sheet_name=name, index=False)


def survey_form(path: Path) -> None:
    seen = {"key": "B1", "structure": "无", "stairwell": "严重", "pipes": 3, "day": "2026-03-04", "by": "李工"}
    with pd.ExcelWriter(path, engine="xlsxwriter") as book:
        for name in ("住宅", "满意度"):
            columns = forms()[name].columns
            row = {column.title: [seen.get(column.name) if name == "住宅" else 3] for column in columns}
            pd.DataFrame(row).to_excel(book, sheet_name=name, index=False)


def copied(name: str) -> Callable[[Path], None]:
    return lambda path: path.write_bytes((DATA / name).read_bytes()) and None


def written(text: str, encoding: str = "utf-8") -> Callable[[Path], None]:
    return lambda path: path.write_bytes(text.encode(encoding)) and None


def packed(name: str) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(gzip.compress((DATA / name).read_bytes())) and None


@dataclass(frozen=True)
class Case:
    """A small sound file of a kind, and which of its parts is damaged."""

    kind: str
    file: str
    write: Callable[[Path], None]
    options: dict = field(default_factory=dict)
    crs: str | None = None
    part: str | None = None

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.part or self.file}"


def survey(path: Path) -> None:
    path.mkdir()
    (path / "JS管点表.csv").write_text(POINTS, encoding="gb18030")
    (path / "JS管线表.csv").write_text(LINES, encoding="gb18030")


CASES = [
    Case("cityjson", "city.jsonl", written(
        '{"type":"CityJSON","version":"2.0","transform":{"scale":[0.001,0.001,0.001],"translate":[500000,3270000,200]},'
        '"metadata":{"referenceSystem":"EPSG:4545"},"CityObjects":{},"vertices":[]}\n'
        '{"type":"CityJSONFeature","id":"b","CityObjects":{"b":{"type":"Building","geometry":[{"type":"MultiSurface",'
        '"lod":"1","boundaries":[[[0,1,2,3]]]}]}},"vertices":[[0,0,0],[9000,0,0],[9000,9000,0],[0,9000,0]]}\n')),
    Case("citygml", "city.gml", copied("themes_2_0.gml")),
    Case("citygml", "city.gml.gz", packed("spaces_3_0.gml")),
    Case("citygml_network", "network.gml", copied("network_iur.gml")),
    *(Case("footprints", f"houses.{ending}", houses) for ending in ("gpkg", "geojson", "fgb", "parquet")),
    *(Case("footprints", "houses.shp", houses, part=f"houses.{ending}") for ending in ("shp", "dbf")),
    Case("pipe_layers", "pipes.gpkg", pipes, {"network": "gas", "columns": {"key": "ID", "diameter_mm": "DN"}}),
    Case("osm", "town.osm.pbf", extract),
    Case("osm", "town.osm", extract),
    Case("pipe_survey", "survey.xlsx", workbook, crs="EPSG:4545"),
    Case("pipe_survey", "survey", survey, crs="EPSG:4545", part="survey/JS管点表.csv"),
    Case("pipe_survey", "survey", survey, crs="EPSG:4545", part="survey/JS管线表.csv"),
    Case("register", "facility.csv", written(REGISTER), crs="EPSG:4545"),
    Case("register", "facility.csv", written(REGISTER, "gb18030"), {"theme": "facility"}, "EPSG:4545"),
    Case("register", "pipes.gpkg", pipes, {"theme": "pipe_segment", "columns": {"key": "ID", "diameter_mm": "DN"},
                                           "values": {"network": "gas"}}),
    Case("epanet", "model.inp", written(EPANET), crs="EPSG:4545"),
    Case("swmm", "model.inp", written(SWMM), {"network": "storm"}, "EPSG:4545"),
    Case("raster", "dem.tif", terrain),
    Case("scan", "scan.laz", scan),
    Case("scan", "scan.las", scan),
    Case("scan", "scan.copc.laz", octree),
    Case("survey_forms", "forms.xlsx", survey_form),
]  # fmt: skip
SHARE = {kind: sum(case.kind == kind for case in CASES) for kind in {case.kind for case in CASES}}
"""How many of the files each kind of reader has, which share its damages among them."""
assert set(SHARE) == set(readers())
WORDS = re.compile(rb"[^\s,\"<>=]+")
ODD = [b"", b"0", b"-1", b"1e400", b"nan", b"x", b"99999999999999999999", b"\x00", b"\xff\xfe", b"\n", b",", b'"', b"<",
       "约1.2".encode(), "\u3000".encode(), b"[PIPES]", b"1e-320", b"/", b"' OR 1"]  # fmt: skip
PLAIN = [word for word in ODD if not any(mark in word for mark in (b"\x00", b"\xff", b"\n", b",", b'"', b"<"))]


def overwritten(text: bytearray, at: int, span: int, rng: random.Random) -> None:
    for place in range(at, min(at + span, len(text))):
        text[place] = rng.choice((0, 255, 128, 127, 1, rng.randrange(256)))


def flipped(text: bytearray, at: int, span: int, rng: random.Random) -> None:
    text[at] ^= 1 << rng.randrange(8)


def removed(text: bytearray, at: int, span: int, rng: random.Random) -> None:
    del text[at : len(text) if rng.random() < 0.3 else at + span]


def repeated(text: bytearray, at: int, span: int, rng: random.Random) -> None:
    text[at:at] = text[at : at + span]


def moved(text: bytearray, at: int, span: int, rng: random.Random) -> None:
    other = rng.randrange(len(text))
    text[at : at + span] = text[other : other + span]


def reworded(text: bytearray, at: int, span: int, rng: random.Random, odd: list[bytes] = ODD) -> None:
    """Binary files have words too: names, versions, the text of a CRS."""
    if words := list(WORDS.finditer(bytes(text[at : at + 400]))):
        word = rng.choice(words)
        new = rng.choice(odd) if rng.random() < 0.7 else rng.choice(words)[0]
        text[at + word.start() : at + word.end()] = new


def misvalued(text: bytearray, at: int, span: int, rng: random.Random) -> None:
    """Put another value in the place of one, so that what can be parsed still can."""
    if b"\0" in text:
        (flipped if rng.random() < 0.5 else overwritten)(text, at, min(span, 8), rng)
    else:
        reworded(text, at, span, rng, PLAIN)


def damaged(whole: bytes, rng: random.Random) -> bytes:
    """Change bytes, or words, in up to four places; of what is packed mostly the content: all would end unpacking."""
    if rng.random() < 0.7:
        if whole.startswith(b"PK"):
            return damaged_member(whole, rng)
        if whole.startswith(b"\x1f\x8b"):
            return gzip.compress(changed(gzip.decompress(whole), rng), 1)
    return changed(whole, rng)


def changed(whole: bytes, rng: random.Random) -> bytes:
    """Change bytes, or words, in up to four places; values only in every second file, or few would be read on."""
    text = bytearray(whole)
    gently = rng.random() < 0.5
    for _ in range(rng.randint(1, 4)):
        if text:
            ways, weights = (overwritten, flipped, removed, repeated, moved, reworded), (6, 2, 3, 2, 1, 6)
            way = misvalued if gently else rng.choices(ways, weights)[0]
            way(text, rng.randrange(len(text)), 1 << rng.randrange(8), rng)
    return bytes(text)


def damaged_member(whole: bytes, rng: random.Random) -> bytes:
    """Change a file within a ZIP archive, such as a workbook's sheet."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(whole)) as sound,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, True, 1) as archive,
    ):
        names = sound.namelist()
        bad = rng.choice([name for name in names if "sheet" in name.lower() or "shared" in name.lower()] or names)
        bad = bad if rng.random() < 0.8 else rng.choice(names)
        for name in names:
            archive.writestr(name, changed(sound.read(name), rng) if name == bad else sound.read(name))
    return out.getvalue()


def read(case, path):
    """Read and check to the end; return what is kept, or the line that refuses the file."""
    kept = 0
    try:
        for batch in readers()[case.kind].read(SourceSpec("s", case.kind, path, case.crs, options=case.options), CITY):
            kept += len(check(batch, CITY)[0])
    except CimError as error:
        return str(error)
    return kept


@dataclass(frozen=True)
class Trial:
    """How one damaged file was met."""

    found: int | str
    """Records kept, or the line that refuses the file."""
    seconds: float
    megabytes: float
    """Memory taken beyond what was held before."""

    @property
    def fault(self) -> str | None:
        """What is wrong with that; None: nothing."""
        if self.seconds >= SECONDS:
            return f"{self.seconds:.1f} s"
        if self.megabytes >= MEGABYTES:
            return f"{self.megabytes:.0f} MB"
        return f"more than a line: {self.found!r}" if isinstance(self.found, str) and "\n" in self.found else None


def trial(case: Case, folder: Path, whole: bytes, seed: int) -> Trial:
    """Damage the part of a case's file that it names, and read it."""
    (folder / (case.part or case.file)).write_bytes(damaged(whole, random.Random(seed)))
    held = forget_peak()
    began = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = read(case, folder / case.file)
    return Trial(found, time.monotonic() - began, (status_kb("VmHWM") - held) / 1024)
