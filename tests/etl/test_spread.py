"""Several processes, or a Dask cluster, load what one process loads; a load without checks is known as such."""

from __future__ import annotations

import copy
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
import shapely

from cim.city import CityProfile
from cim.errors import BadCrs, BadSource, SchedulerError
from cim.etl.readers import cityjson_document, cityjson_lines
from cim.etl.readers.cityjson import READER
from cim.executor import run_all
from cim.manifest import SourceSpec

from .conftest import EAST, NORTH
from .loaded_rows import contents

RING = [(0, 0), (6000, 0), (6000, 4000), (0, 4000)]
FACES = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
SEMANTICS = {"surfaces": [{"type": "GroundSurface"}, {"type": "WallSurface"}], "values": [[0, 1, 1, 1, 1, 1]]}


def header(crs=4545, east=EAST):
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001] * 3, "translate": [east, NORTH, 0.0]},
        "metadata": {"referenceSystem": f"https://www.opengis.net/def/crs/EPSG/0/{crs}"},
        "CityObjects": {},
        "vertices": [],
    }


def house(number):
    vertices = [[x + 20_000 * number, y, z] for z in (0, 3000 + number) for x, y in RING]
    solid = {"type": "Solid", "lod": "2.2", "boundaries": [FACES], "semantics": SEMANTICS}
    objects = {
        f"h{number}": {"type": "Building", "attributes": {"storeys": number}, "children": [f"h{number}-0"]},
        f"h{number}-0": {"type": "BuildingPart", "parents": [f"h{number}"], "geometry": [solid]},
    }
    if number % 3 == 0:
        objects[f"t{number}"] = {"type": "SolitaryVegetationObject", "geometry": [solid]}
    return {"type": "CityJSONFeature", "id": f"h{number}", "CityObjects": objects, "vertices": vertices}


def lines():
    """A sequence with what may stand in one: blank and broken lines, a building that stands twice, a second header."""
    first = [json.dumps(house(number)) for number in range(8)]
    second = [json.dumps(house(number)) for number in (8, 9, 3, 10)]
    return [json.dumps(header()), *first, "", '{"type": "CityJSONFeature"', json.dumps(header(east=EAST + 7)), *second]


@pytest.fixture
def short_parts(monkeypatch):
    """Cut sequences into parts of three features."""
    monkeypatch.setattr(cityjson_lines, "batch_limits", lambda path: (3, 8_000_000))


@pytest.fixture
def sequence_town(town):
    """A town whose one source is a sequence."""
    (town.folder / "houses.city.jsonl").write_text("\n".join(lines()), encoding="utf-8")
    town.source("houses", "cityjson", "houses.city.jsonl")
    return town


@pytest.mark.parametrize(("size", "most"), [(200_000_000, 500), (1000, 250)])
def test_batches_of_a_large_sequence_are_smaller(tmp_path, monkeypatch, size, most):
    monkeypatch.setattr(cityjson_document, "LARGE_BYTES", size)
    path = tmp_path / "houses.jsonl"
    path.write_text("\n".join(map(json.dumps, [header(), *map(house, range(600))])), encoding="utf-8")
    counts = [most] * (600 // most) + [600 % most]
    assert [len(chunk.features) for chunk in cityjson_document.chunks(path)] == counts
    assert [len(lines.chunk().features) for lines in cityjson_lines.cut(path)] == counts


def test_parts_hold_what_one_process_reads(tmp_path, short_parts):
    path = tmp_path / "houses.jsonl"
    path.write_text("\n".join(lines()), encoding="utf-8")
    source, city = SourceSpec("s", "cityjson", path), CityProfile("x", "x", "x", "EPSG:4545", "1985", 0.0)
    whole = [row for batch in READER.read(source, city) for row in batch.frame.itertuples()]
    parts = list(READER.parts(source, city))
    cut = [row for part in parts for batch in part.read(source, city) for row in batch.frame.itertuples()]
    assert len(parts) == 5
    assert sorted(map(repr, cut)) == sorted(map(repr, whole))


@pytest.mark.parametrize("way", ["processes", "size", "cluster"])
def test_the_result_is_that_of_one_process(way, sequence_town, new_town, tmp_path, short_parts, monkeypatch, request):
    (tmp_path / "alone").mkdir()
    spread = {"workers": 2} if way == "processes" else {}
    if way == "cluster":
        spread = {"cluster": request.getfixturevalue("scheduler")}
    with new_town(tmp_path / "alone") as alone:
        alone.sources = [{**sequence_town.sources[0], "path": str(sequence_town.folder / "houses.city.jsonl")}]
        one = alone.load()["houses"]
        if way == "size":  # of a source that is large enough, unasked
            monkeypatch.setattr("cim.etl.spread.WORTH_IT_BYTES", 0)
        many = sequence_town.load(**spread)["houses"]
        assert (many.outcome.kept, many.tally.errors) == (one.outcome.kept, one.tally.errors)
        # The digest of a part includes its parent's id.
        for found, wanted in zip(contents(sequence_town, "content_hash"), contents(alone, "content_hash"), strict=True):
            assert found == wanted
    assert one.outcome.kept == 11 * 2 + 4
    assert set(one.tally.errors) == {"json.broken", "key.repeated"}


def test_a_command_reads_in_copies_of_itself(sequence_town, new_town, tmp_path):
    (tmp_path / "alone").mkdir()
    sequence_town.write()
    variables = {**os.environ, "CIM_DATA_DIR": str(sequence_town.cluster.status().data.parent)}
    command = [sys.executable, "-m", "cim", "load", str(sequence_town.folder), "--workers", "2"]
    subprocess.run(command, env=variables, check=True, capture_output=True)
    with new_town(tmp_path / "alone") as alone:
        alone.sources = [{**sequence_town.sources[0], "path": str(sequence_town.folder / "houses.city.jsonl")}]
        alone.load()
        assert contents(sequence_town, "content_hash") == contents(alone, "content_hash")


def test_what_a_worker_refuses_is_said_as_one_process_says_it(sequence_town, short_parts):
    path = sequence_town.folder / "houses.city.jsonl"
    path.write_text("\n".join([*lines(), json.dumps(header(crs=4546)), json.dumps(house(20))]), encoding="utf-8")
    with pytest.raises(BadCrs, match="differs from 'EPSG:4545' of what was read before it"):
        sequence_town.load(workers=2)
    assert sequence_town.one("SELECT count(*) FROM city.building") == 0


def test_a_cluster_keeps_order_and_hands_errors_over(scheduler):
    assert list(run_all(math.factorial, range(9), cluster=scheduler)) == [math.factorial(n) for n in range(9)]
    with pytest.raises(ValueError, match="factorial"):
        list(run_all(math.factorial, [3, -1], cluster=scheduler))


def test_a_cluster_takes_large_items_without_a_word(scheduler):
    assert list(run_all(len, [bytes(12_000_000)], cluster=scheduler)) == [12_000_000]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "127.0.0.1:8786", "tcp://127.0.0.1:x"])
def test_a_cluster_that_does_not_answer_is_told(address):
    with pytest.raises(SchedulerError, match="leave --cluster out"):
        list(run_all(math.factorial, [1], cluster=address))


def test_an_error_comes_whole_out_of_a_process():
    error = copy.copy(BadSource(Path("file.json"), "is cut off", "fetch it again"))
    assert (error.what, str(error)) == ("is cut off", "file.json: is cut off: fetch it again")
    assert isinstance(error, BadSource)


def test_a_load_without_checks_takes_shapes_as_they_come_and_is_known_as_such(house_town, houses):
    x, y = EAST, NORTH
    bow = shapely.Polygon([(x, y), (x + 9, y + 9), (x + 9, y), (x, y + 9)])
    house_town.write_layer("houses.gpkg", houses.assign(geom=[bow, *houses.geom[1:]]))
    report = house_town.load(checks="none")["houses"]
    assert (report.outcome.kept, report.outcome.rejected) == (4, 0)
    assert house_town.one("SELECT parameters ->> 'checks' FROM run.load") == "none"
    again = house_town.load()["houses"]
    assert (again.status, again.outcome.rejected) == ("published", 1)


def test_mended_records_take_the_place_of_what_a_worker_read(sequence_town, short_parts):
    sequence_town.load()
    with sequence_town.connect() as connection:
        connection.execute(
            "INSERT INTO run.repair (source_id, theme, record, reject_id, source_key, values, file, sha256) "
            "SELECT 1, theme, record, reject_id, source_key, "
            "original || jsonb_build_object('source_key', 'h3b'), 'f', 's' "
            "FROM run.reject WHERE code = 'key.repeated' AND source_key = 'h3'"
        )
    report = sequence_town.load(again=True, workers=2)["houses"]
    assert (report.outcome.mended_records, report.outcome.total("added"), report.outcome.total("removed")) == (1, 1, 0)
    found = sequence_town.by_key("building")
    first, second = (shapely.from_wkb(found[key]["geom"]) for key in ("h3", "h3b"))
    assert second.bounds[0] - first.bounds[0] == 7.0  # the second header's origin
    assert found["h3b"]["attributes"] == found["h3"]["attributes"]
