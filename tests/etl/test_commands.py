"""`cim load`, `cim loads`, `cim rejects`, `cim cities` as a user meets them."""

from __future__ import annotations

import json
import re

import pytest

from cim.etl.report import LoadReport
from cim.etl.reporting import tell
from cim.progress import CONSOLE


def test_a_day_with_a_city(run, house_town, houses):
    house_town.write_layer("houses.gpkg", houses.assign(id=["a", "b", "c", "c"], height=[6.0, None, 30.0, 3.0]))
    said = run("load", house_town.write()).stderr
    assert "source  load  added  changed  removed  unchanged  rejected  seconds" in said
    assert "houses     1      3        0        0          0         1" in said
    slug = house_town.slug
    assert f"houses: 1 refused: key.repeated 1 (cim rejects {slug} --load 1)" in said
    assert f"houses: 1 kept with a remark: building.no_height 1 (cim rejects {slug} --load 1)" in said
    assert "as it was" in run("load", house_town.folder).stderr

    lines = run("rejects").stdout.splitlines()
    assert lines == [
        "error key.repeated houses.gpkg record 4 key 'c' stands a second time: give each record a key of its own, or "
        "name another key column",
        "warning building.no_height houses.gpkg record 2 has no height: give a height or storeys; kept as a footprint "
        "without a block",
    ]
    (line,) = run("rejects", slug, "--code", "key.repeated", "--json").stdout.splitlines()
    assert json.loads(line)["original"]["source_key"] == "c"
    assert run("rejects", "--source", "nobody").stdout == ""
    table = house_town.folder / "rejects.xlsx"
    run("rejects", "--export", table)
    assert run("rejects", "--repair", table).stdout == f"{table}: no refused record is mended there: nothing offered\n"
    assert run("rejects", "--load", 2).stdout == ""

    house_town.write_layer("houses.gpkg", houses)
    run("load", house_town.folder)
    assert run("rejects").stdout == ""  # of the newest load of each source
    assert len(run("rejects", "--load", 1).stdout.splitlines()) == 2

    first, second = run("loads").stdout.splitlines()[1:]
    assert first.split()[:3] == ["2", "houses", "published"]
    assert second.split()[:3] == ["1", "houses", "published"]
    assert len(run("loads", "--limit", 1).stdout.splitlines()) == 2

    assert run("load", house_town.folder, "--undo", 2).stdout == (
        "load 2 of houses is undone: what stood before it stands again\n"
    )
    assert sorted(house_town.by_key("building")) == ["a", "b", "c"]
    assert "load 2 cannot be undone: no published load" in run("load", house_town.folder, "--undo", 2, code=1).stderr

    (line,) = [item for item in run("cities").stdout.splitlines() if item.startswith(f"{slug} ")]
    assert "Test town (synthetic)" in line
    assert "EPSG:4545" in line
    # Where the city is, in degrees: four houses on the meridian of 108.
    assert re.search(r" 108\.000 29\.5\d\d 108\.001 29\.5\d\d ", line)


def test_crs_from_the_command_line(run, house_town, houses):
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        house_town.write_layer("houses.gpkg", houses, crs=None)
    assert "has no CRS" in run("load", house_town.write(), code=1).stderr
    run("load", house_town.folder, "--crs", "EPSG:4545")
    assert len(house_town.by_key("building")) == 4


def test_strict_and_again_and_source(run, house_town, houses):
    run("load", house_town.write(), "--source", "houses")
    assert "houses     1" in run("load", house_town.folder).stderr
    assert "houses     2      0        0        0          4" in run("load", house_town.folder, "--again").stderr
    house_town.write_layer("houses.gpkg", houses.assign(id=["a", "b", "c", "c"]))
    assert "1 of 4 records are refused" in run("load", house_town.folder, "--strict", code=1).stderr


def events(result):
    return [json.loads(line) for line in result.stderr.splitlines()]


def test_machines_are_told_in_json(run, house_town, houses, tmp_path):
    house_town.write_layer("houses.gpkg", houses.assign(id=["a", "b", "c", "c"]))
    started, *_, published = events(run("load", house_town.write(), "--log-json"))
    assert (started["event"], started["source"]) == ("started", "houses")
    assert (published["event"], published["load"], published["refused"]) == ("published", 1, {"key.repeated": 1})
    assert published["counts"] == {
        "added": 3,
        "changed": 0,
        "removed": 0,
        "unchanged": 0,
        "records": 4,
        "rejected": 1,
        "mended": 0,
    }
    (unchanged,) = events(run("load", house_town.folder, "--log-json"))
    assert (unchanged["event"], unchanged["source"], unchanged["load"]) == ("unchanged", "houses", 1)
    (failed,) = events(run("load", tmp_path / "nowhere", "--log-json", code=1))
    assert failed["event"] == "failed"
    assert "no such file" in failed["message"]
    (house_town.folder / "houses.gpkg").write_bytes(b"no vector file")
    started, failed = events(run("load", house_town.folder, "--log-json", code=1))
    assert (started["event"], failed["event"], failed["source"]) == ("started", "failed", "houses")
    assert "Traceback" not in failed["message"]
    house_town.write_layer("more.gpkg", houses)
    house_town.source("more", "footprints", "more.gpkg", options={"columns": {"key": "id"}})
    assert "not tried any more: more" in run("load", house_town.write(), code=1).stderr


def test_a_manifest_of_another_name_is_checked_as_it_is_loaded(run, house_town):
    path = house_town.write().rename(house_town.folder / "north.toml")
    assert "houses: 4 records, 0 refused" in run("check", path).stdout
    assert "houses     1" in run("load", path).stderr


def test_a_long_name_leaves_room_for_the_seconds():
    reports = [LoadReport("n" * 70, 12, "published")]
    with CONSOLE.capture() as told:
        tell(reports, "town")
    assert "seconds" in told.get()


def test_undone_unlisted_and_retired_sources_are_told_of(run, house_town, houses):
    run("load", house_town.write())
    house_town.write_layer("houses.gpkg", houses.assign(name="bad"))
    run("load", house_town.folder)
    run("load", house_town.folder, "--undo", 2)
    assert "undone, not loaded again; use --again" in run("load", house_town.folder).stderr
    house_town.sources.clear()
    said = run("load", house_town.write()).stderr
    assert "houses: city.toml does not list it; its features are shown as load 1 left them" in said
    assert run("load", house_town.folder, "--retire", "houses").stdout == (
        "houses is retired: load 3 closed its 4 features; --undo brings them back\n"
    )
    assert run("load", house_town.folder).stderr == ""


def test_a_state_secret_is_refused_unless_the_deployment_is_isolated(run, house_town, monkeypatch):
    house_town.sources[0] |= {"secrecy": "机密", "data_grade": "核心", "classification": 2}
    assert "state secrets are not loaded" in run("load", house_town.write(), code=1).stderr
    monkeypatch.setenv("CIM_ISOLATED", "1")
    run("load", house_town.folder)
    assert house_town.rows("SELECT secrecy, data_grade FROM run.load") == [{"secrecy": "机密", "data_grade": "核心"}]


def test_a_city_that_is_not_there(run):
    said = run("loads", "atlantis", code=1).stderr
    assert said.startswith("cim: no city 'atlantis' is loaded (loaded: ")


def test_a_manifest_that_is_not_there(run, tmp_path):
    said = run("load", tmp_path / "nowhere", code=1).stderr
    assert "no such file" in said
