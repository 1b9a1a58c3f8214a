"""Laser scans: counts and bounds as laspy has them, tiles, and what is refused."""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path

import laspy
import numpy as np
import pyproj
import pytest

from cim.city import CityProfile
from cim.errors import BadSource, MissingCrs
from cim.etl.inspecting.inspection import inspect_file
from cim.etl.readers import scan_points
from cim.etl.readers.scan import READER
from cim.manifest import SourceSpec

_spec = importlib.util.spec_from_file_location("copc_files", Path(__file__).parent / "copc_files.py")
assert _spec is not None
assert _spec.loader is not None
copc_files = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(copc_files)
CITY = CityProfile("t", "测", "T", "EPSG:32616", "NAVD88", -32.0)


def write(path, x, y, z, classes=None, crs="EPSG:32616"):
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = [0.001] * 3, [float(np.min(x)), float(np.min(y)), 0.0]
    if crs:
        header.add_crs(pyproj.CRS.from_user_input(crs))
    points = laspy.LasData(header)
    points.x, points.y, points.z = x, y, z
    if classes is not None:
        points.classification = classes
    points.write(path)
    return path


@pytest.fixture
def scan(tmp_path):
    rng = np.random.default_rng(7)
    x, y = 627_000 + 100 * rng.random(500), 4_323_600 + 50 * rng.random(500)
    x[:2], y[:2] = (627_000, 627_100), (4_323_600, 4_323_650)
    return write(tmp_path / "scan.laz", x, y, 200 + 20 * rng.random(500), np.arange(500) % 3)


def read(path, city=CITY, **fields):
    found = READER.read(SourceSpec("scan", "scan", path, **fields), city)
    return [(batch, *batch.frame.to_dict("records")) for batch in found]


def test_a_real_scan_as_laspy_has_it(real_data, monkeypatch):
    path = real_data / "lidar" / "codem_pc.laz"
    monkeypatch.setattr(scan_points, "PORTION", 50_000)
    ((batch, record),) = read(path)
    points = laspy.read(path)
    assert record["points"] == len(points) == 222_224
    assert (record["lowest_m"], record["highest_m"]) == (points.z.min(), points.z.max())
    assert record["attributes"]["points_by_class"] == {"0": 222_224}
    assert record["geom"].bounds == pytest.approx((points.x.min(), points.y.min(), points.x.max(), points.y.max()))
    assert (record["crs"], record["format"], record["source_key"]) == ("EPSG:32616", "laz", "scan")
    assert list(batch.files.values()) == [path]


def test_an_octree_is_read_as_the_same_points(real_data, tmp_path):
    """COPC: each node is a chunk of its own length; laspy's reader of nodes is the second opinion."""
    plain = laspy.convert(laspy.read(real_data / "lidar" / "codem_pc.laz"), point_format_id=6, file_version="1.4")
    path = copc_files.write_copc(tmp_path / "scan.copc.laz", plain)
    with laspy.CopcReader.open(str(path)) as nodes:
        assert 0 < len(nodes.query(level=0)) < len(nodes.query()) == len(plain)
    ((_, record),) = read(path)
    assert (record["format"], record["points"], record["crs"]) == ("copc", len(plain), "EPSG:32616")
    assert (record["lowest_m"], record["highest_m"]) == (plain.z.min(), plain.z.max())
    found = inspect_file(path).found
    assert (found.format, found.problems, found.layers[0].count) == ("COPC scan", (), len(plain))


def test_classes_density_and_heights(scan):
    ((_, record),) = read(scan, height_offset_m=0.5)
    assert record["classes"] == "0, 1, 2"
    assert record["density"] == pytest.approx(0.1)
    points = laspy.read(scan)
    assert record["lowest_m"] == pytest.approx(points.z.min() + 0.5)


def test_tiles_of_a_folder_become_records_of_their_own(scan, tmp_path, town):
    tiles = tmp_path / "tiles"
    tiles.mkdir()
    for name in ("a.laz", "b.laz"):
        (tiles / name).write_bytes(scan.read_bytes())
    town.source("scans", "scan", "tiles", crs="EPSG:4545")
    report = town.load()["scans"]
    assert report.outcome.kept == 2
    rows = town.by_key("scan_asset")
    assert sorted(rows) == ["a.laz", "b.laz"]
    kept = town.folder / "data" / "scan" / rows["a.laz"]["file"]
    assert kept.read_bytes() == scan.read_bytes()


def test_what_is_no_scan_is_refused_in_a_line(scan, tmp_path):
    half = tmp_path / "half.laz"
    half.write_bytes(scan.read_bytes()[:-2_000])
    text = tmp_path / "text.las"
    text.write_text("no points here")
    for path in (half, text):
        with pytest.raises(BadSource, match=path.name):
            read(path)
    bare = write(tmp_path / "bare.las", np.array([0.0, 1]), np.array([0.0, 1]), np.zeros(2), crs=None)
    with pytest.raises(MissingCrs):
        read(bare)


def chunk_table(data):
    """Place of the number of chunks of a LAZ file."""
    points_at = struct.unpack_from("<I", data, 96)[0]
    return struct.unpack_from("<q", data, points_at)[0] + 4


# What the libraries believe: each of these made them reserve gigabytes, or count for minutes.
IMPOSSIBLE = {
    "records": (lambda data: 100, "<I", 2**31, "2147483648 records where there is no room"),
    "bytes of a point": (lambda data: 105, "<H", 65_535, "a point has 65535 bytes"),
    "extended records": (lambda data: 243, "<I", 2**31, "2147483648 extended records beyond the end"),
    "chunks": (chunk_table, "<I", 2**31, "2147483648 chunks, more than the file can hold"),
    "points of a chunk": (lambda data: data.find(b"laszip encoded") + 64, "<I", 2**31 - 9, "points in one chunk"),
    "bytes of a layer": (
        lambda data: struct.unpack_from("<I", data, 96)[0] + 8 + 30 + 8, "<I", 2**31, "layers are longer than the chunk"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_a_header_that_counts_more_than_there_is_is_not_believed(scan, tmp_path, name):
    place, form, value, said = IMPOSSIBLE[name]
    data = bytearray(scan.read_bytes())
    struct.pack_into(form, data, place(data), value)
    path = tmp_path / "bad.laz"
    path.write_bytes(data)
    with pytest.raises(BadSource, match=said):
        read(path)


def test_a_scan_whose_place_cannot_be_is_refused_in_a_line(scan, tmp_path):
    data = bytearray(scan.read_bytes())
    struct.pack_into("<d", data, 179, 1e300)
    path = tmp_path / "far.laz"
    path.write_bytes(data)
    with pytest.raises(BadSource, match=r"far\.laz: lies where its CRS cannot be brought"):
        read(path, crs="EPSG:32617")
