"""Several processes load the footprints that one process loads, whatever the format: rows, remarks, counts, errors."""

from __future__ import annotations

import os
import pickle
import sqlite3
import time
from contextlib import closing
from dataclasses import asdict

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from cim.city import CityProfile
from cim.errors import BadSource
from cim.etl import spread, staging
from cim.etl.readers.footprints import READER
from cim.etl.runs import fail_load
from cim.etl.told_once import told_once
from cim.manifest import SourceSpec

from .conftest import CRS, EAST, NORTH, Town
from .loaded_rows import contents

CITY = CityProfile("x", "测", "x", CRS, "1985", -36.0)
COLUMNS = {"key": "id", "height": "height", "name": "title"}
COUNT = 45
FORMATS = ["fgb", "indexed.fgb", "gpkg", "gaps.gpkg", "shp", "parquet", "geojson"]


@pytest.fixture(autouse=True)
def short_batches(monkeypatch):
    """Read eight features at a time."""
    monkeypatch.setattr("cim.etl.vector_file._BATCH", 8)


def footprints():
    """Squares, some with a fault: an outline that crosses itself, none at all, no height, a key that stands twice."""
    number = np.arange(COUNT)
    shapes = np.array([Town.square(int(item) % 9, int(item) // 9) for item in number], dtype=object)
    x, y = EAST + 300, NORTH
    shapes[20] = shapely.Polygon([(x, y), (x + 9, y + 9), (x + 9, y), (x, y + 9)])
    shapes[30] = None
    shapes[31] = shapely.box(x + 40, y, x + 50, y + 10) - shapely.box(x + 42, y + 2, x + 44, y + 4)
    ids = np.array([f"h{item}" for item in number], dtype=object)
    ids[40] = "h3"
    # In the first batch nothing has a height: that no ground is told is remarked on in a later one.
    heights = np.where((number < 8) | (number % 7 == 0), np.nan, 3.0 + number)
    columns = {"id": ids, "height": heights, "title": [f"楼{item}" for item in number], "year": 1950 + number}
    return geopandas.GeoDataFrame(pd.DataFrame(columns), geometry=shapes, crs=CRS)


def write(folder, name, frame=None):
    """Write the footprints in a format."""
    frame = footprints() if frame is None else frame
    if name == "indexed.fgb":
        frame = frame[frame.geometry.notna()]  # no others can be written
    path = folder / f"houses.{name}"
    path.unlink(missing_ok=True)
    if name == "parquet":
        frame.to_parquet(path, row_group_size=13)
    elif name == "geojson":
        frame.to_crs("EPSG:4490").to_file(path)
    elif name == "shp":
        frame.to_file(path, encoding="gbk")
        path.with_suffix(".cpg").unlink()
    else:
        frame.to_file(path, **({"SPATIAL_INDEX": "NO"} if name in {"fgb", "gaps.gpkg"} else {}))
    if name == "gaps.gpkg":
        with closing(sqlite3.connect(path)) as file, file:
            file.execute('UPDATE "houses.gaps" SET fid = fid + 1000 WHERE fid > 21')
    return path


def describe(town, path, **options):
    town.source("houses", "footprints", str(path), options={"columns": COLUMNS, **options})


@pytest.fixture
def two_towns(town, new_town, tmp_path):
    """A town for one process and one for several, whose sources are the same."""
    (tmp_path / "alone").mkdir()
    with new_town(tmp_path / "alone") as alone:
        alone.sources = town.sources
        yield alone, town


def both(towns, path, spread_by=None, **options):
    """Load a file into both towns; return the two reports."""
    alone, town = towns
    describe(town, path, **options.pop("options", {}))
    alone.sources = town.sources
    many = town.load(**(spread_by or {"workers": 2}), **options)["houses"]
    return alone.load(workers=1, **options)["houses"], many


def assert_equal(towns, one, many):
    for found, wanted in zip(contents(towns[1]), contents(towns[0]), strict=True):
        assert found == wanted
    counts = [{**asdict(report.outcome), "closed": None, "looked_up_at": None} for report in (one, many)]
    assert counts[0] == counts[1]
    assert (one.tally.errors, one.tally.warnings) == (many.tally.errors, many.tally.warnings)


@pytest.mark.parametrize(
    ("name", "options"),
    [*((name, {}) for name in FORMATS), *((name, {"where": "year > 1960"}) for name in FORMATS if name != "parquet")],
)
def test_parts_make_the_batches_of_one_process(tmp_path, name, options):
    source = SourceSpec("s", "footprints", write(tmp_path, name), options={"columns": COLUMNS, **options})
    whole = list(READER.read(source, CITY))
    parts = [pickle.loads(pickle.dumps(part)) for part in READER.parts(source, CITY)]  # noqa: S301 - our own
    cut = list(told_once(batch for part in parts for batch in part.read(source, CITY)))
    assert len(parts) == len(cut) == len(whole) >= 5
    for found, wanted in zip(cut, whole, strict=True):
        pd.testing.assert_frame_equal(found.frame.drop(columns="geom"), wanted.frame.drop(columns="geom"))
        assert shapely.to_wkb(found.frame["geom"]).tolist() == shapely.to_wkb(wanted.frame["geom"]).tolist()
        assert found.rejects == wanted.rejects
        for field in ("theme", "records_in", "crs", "pipeline", "accuracy_m"):
            assert getattr(found, field) == getattr(wanted, field)
    told = [at for at, batch in enumerate(cut) for item in batch.rejects if item.code == "building.no_ground"]
    assert told == ([0] if name == "indexed.fgb" or options else [1])


@pytest.mark.parametrize("name", FORMATS)
def test_the_result_is_that_of_one_process(two_towns, tmp_path, name):
    one, many = both(two_towns, write(tmp_path, name))
    assert_equal(two_towns, one, many)
    missing = {} if name == "indexed.fgb" else {"geometry.missing": 1}
    assert one.tally.errors == {"geometry.self_intersection": 1, "key.repeated": 1, **missing}
    assert one.tally.warnings == {"building.no_height": 13, "building.no_ground": 1}
    assert one.outcome.records_in == COUNT - (not missing)


def test_the_result_of_a_cluster_is_that_of_one_process(two_towns, tmp_path, scheduler):
    assert_equal(two_towns, *both(two_towns, write(tmp_path, "fgb"), {"cluster": scheduler}))


def test_a_later_load_by_several_processes_knows_what_stands(two_towns, tmp_path):
    path = write(tmp_path, "gpkg")
    both(two_towns, path, {"workers": 1})
    changed = footprints()
    changed.loc[[5, 9], "height"] = 77.0
    changed.loc[12, "geometry"] = shapely.affinity.translate(changed.geometry[12], 0.5)
    changed = pd.concat([changed.drop(index=[15, 16]), changed.iloc[[1]].assign(id="new")])
    one, many = both(two_towns, write(tmp_path, "gpkg", changed))
    assert_equal(two_towns, one, many)
    assert [many.outcome.total(what) for what in ("added", "changed", "removed")] == [1, 3, 2]


def test_records_without_keys_are_known_by_what_they_are(two_towns, tmp_path):
    path = write(tmp_path, "fgb", pd.concat([footprints().drop(columns="id")] * 2))
    one, many = both(two_towns, path, options={"columns": {"height": "height"}})
    assert_equal(two_towns, one, many)
    assert one.outcome.kept == 2 * (COUNT - 2)


def test_what_only_the_whole_shows_is_found(two_towns, tmp_path):
    frame = footprints()
    frame.loc[44, "geometry"] = shapely.affinity.translate(frame.geometry[1], 2)
    one, many = both(two_towns, write(tmp_path, "fgb", frame), checks="thorough")
    assert_equal(two_towns, one, many)
    assert one.tally.warnings["building.overlap"] == 1


def test_heights_are_measured_alike(two_towns, tmp_path):
    profile = {"driver": "GTiff", "crs": CRS, "count": 1, "width": 200, "height": 120, "dtype": "float64"}
    place = from_origin(EAST - 10, NORTH + 110, 1, 1)
    values = np.random.default_rng(1).uniform(210, 240, (1, 120, 200))
    for name, cells in (("dsm", values), ("dem", values * 0 + 200.5)):
        with rasterio.open(tmp_path / f"{name}.tif", "w", transform=place, **profile) as file:
            file.write(cells)
    heights = {"dsm": "dsm.tif", "dem": "dem.tif"}
    one, many = both(two_towns, write(tmp_path, "gpkg"), options={"heights": heights})
    assert_equal(two_towns, one, many)
    measured = [row for row in contents(two_towns[1])[0]["building"] if "height_measured" in row["attributes"]]
    assert len(measured) == 13
    assert one.tally.warnings["building.no_height"] == 0


@pytest.mark.parametrize("extent", [[107.0, 30.0, 107.1, 30.1], [106.9, 29.4, 108.0, 29.7]])
def test_a_file_that_lies_elsewhere_is_refused_alike(two_towns, tmp_path, extent):
    for town in two_towns:
        town.city["extent"] = extent
    path = write(tmp_path, "fgb")
    describe(two_towns[1], path)
    two_towns[0].sources = two_towns[1].sources
    said = []
    for town, workers in zip(two_towns, (1, 2), strict=True):
        with pytest.raises(BadSource, match="records lie outside the city") as found:
            town.load(workers=workers)
        said.append(str(found.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("name", ["fgb", "shp", "gpkg", "parquet"])
def test_a_damaged_file_is_refused_as_by_one_process(two_towns, tmp_path, name):
    path = write(tmp_path, name, pd.concat([footprints()] * 20, ignore_index=True))
    whole = path.read_bytes()
    if name == "parquet":  # what is written last tells where all the rest is
        whole = whole[:2000] + bytes(3000) + whole[5000:]
    path.write_bytes(whole if name == "parquet" else whole[: len(whole) * 3 // 5])
    describe(two_towns[1], path)
    two_towns[0].sources = two_towns[1].sources
    said = []
    for town, workers in zip(two_towns, (1, 2), strict=True):
        with pytest.raises(BadSource, match=rf"houses\.{name}: ") as found:
            town.load(workers=workers)
        said.append(str(found.value))
        assert town.one("SELECT count(*) FROM city.building") == 0
    assert said[0] == said[1]


def test_what_a_part_refuses_is_said_as_one_process_says_it(two_towns, tmp_path):
    (tmp_path / "scan.laz").write_bytes(b"LASF" + bytes(400))
    describe(two_towns[1], write(tmp_path, "fgb"), heights={"scan": "scan.laz"})
    two_towns[0].sources = two_towns[1].sources
    said = []
    for town, workers in zip(two_towns, (1, 2), strict=True):
        with pytest.raises(BadSource, match=r"scan\.laz: ") as found:
            town.load(workers=workers)
        said.append(str(found.value))
    assert said[0] == said[1]


class CutOff(BaseException):
    """Stands for the end of the process: nothing is tidied up after it."""


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1)])
def test_a_load_is_taken_up_by_more_or_fewer_processes(two_towns, tmp_path, monkeypatch, before, after):
    alone, town = two_towns
    describe(town, write(tmp_path, "gpkg"))
    alone.sources = town.sources
    read = []

    def cut_off(event, _source, _records):
        read.append(event)
        if read.count("read") == 4:
            deadline = time.monotonic() + 60
            while town.one("SELECT (staged->>'batches')::int FROM run.load") != 4 and time.monotonic() < deadline:
                time.sleep(0.01)
            raise CutOff

    monkeypatch.setattr("cim.etl.load.fail_load", lambda *_: True)
    with pytest.raises(CutOff):
        town.load(workers=before, listener=cut_off)
    monkeypatch.setattr("cim.etl.load.fail_load", fail_load)
    checked = []
    check = staging.checked
    monkeypatch.setattr(staging, "checked", lambda batch, *a, **k: checked.append(batch) or check(batch, *a, **k))
    many = town.load(workers=after, resume=True)["houses"]
    assert len(checked) == 2
    monkeypatch.undo()
    monkeypatch.setattr("cim.etl.vector_file._BATCH", 8)
    assert_equal(two_towns, alone.load(workers=1)["houses"], many)


def test_mended_records_take_the_place_of_what_a_part_refused(two_towns, tmp_path):
    path = write(tmp_path, "fgb")
    both(two_towns, path)
    for town in two_towns:
        with town.connect() as connection:
            connection.execute(
                "INSERT INTO run.repair (source_id, theme, record, reject_id, source_key, values, file, sha256) "
                "SELECT 1, theme, record, reject_id, source_key, original || jsonb_build_object('geom', %s::text), "
                "'f', 's' FROM run.reject WHERE code = 'geometry.self_intersection'",
                (Town.square(30).wkt,),
            )
    one, many = both(two_towns, path, again=True)
    assert_equal(two_towns, one, many)
    assert (many.outcome.mended_records, many.outcome.total("added"), many.outcome.total("removed")) == (1, 1, 0)


@pytest.mark.parametrize(
    ("name", "size", "options", "processors", "workers"),
    [
        ("a.fgb", 90e6, {}, 3, 3),
        ("a.GPKG", 90e6, {}, 3, 3),
        ("a.parquet", 90e6, {}, 3, 3),
        ("a.fgb", 9e6, {}, 3, 1),
        ("a.fgb", 90e6, {}, 2, 1),
        ("a.geojson", 90e6, {}, 3, 1),
        ("a.geojson", 9e6, {"heights": {}}, 2, 2),
        ("a.fgb", 7e6, {"heights": {}}, 3, 1),
    ],
)
def test_several_processes_are_started_for_files_that_are_worth_it(
    tmp_path, monkeypatch, name, size, options, processors, workers
):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)))
    source = SourceSpec("s", "footprints", tmp_path / name, options=options)
    with spread.ready(None, None, [(source, int(size))], CITY) as workforce:
        assert workforce.workers == workers
