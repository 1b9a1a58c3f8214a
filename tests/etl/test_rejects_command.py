"""`cim rejects` and `cim quality` as a user meets them: which loads they tell of, and where they write."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from cim.__main__ import main


@pytest.fixture
def run(house_town, monkeypatch):
    monkeypatch.setenv("CIM_DATA_DIR", str(house_town.cluster.status().data.parent))
    monkeypatch.setenv("CIM_CITY", house_town.slug)

    def run(*arguments, code=0):
        result = CliRunner().invoke(main, [str(item) for item in arguments])
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def faulty(run, house_town, houses):
    """A town of whose four houses one is refused, by load 1."""
    house_town.write_layer("houses.gpkg", houses.assign(id=["a", "b", "c", "c"]))
    run("load", house_town.write())
    return house_town


def test_what_stands_is_listed_though_a_newer_load_failed_or_was_undone(run, faulty, houses):
    asked = run("rejects")
    assert asked.stdout.count("key.repeated") == 1
    assert asked.stderr == ""

    faulty.write_layer("houses.gpkg", houses.assign(id=["a", "a", "a", "a"]))
    run("load", faulty.folder, code=1)
    asked = run("rejects")
    assert asked.stdout.count("key.repeated") == 1
    assert asked.stderr == f"houses: load 2 failed, load 1 stands (cim rejects {faulty.slug} --load 2)\n"
    shown = run("rejects", "--load", 2)
    assert (shown.stdout.count("key.repeated"), shown.stderr) == (3, "")

    faulty.write_layer("houses.gpkg", houses.assign(height=[6.0, None, None, 3.0]))
    run("load", faulty.folder)
    assert run("rejects").stdout.count("building.no_height") == 2
    assert run("rejects").stderr == "", "a load that failed before the one that stands is past"
    run("load", faulty.folder, "--undo", 3)
    asked = run("rejects", "--export", faulty.folder / "rejects.xlsx")
    assert asked.stdout.endswith("rejects.xlsx: 1 rejects\n")
    assert asked.stderr == f"houses: load 3 was undone, load 1 stands (cim rejects {faulty.slug} --load 3)\n"
    assert run("rejects", "--source", "nobody").stderr == ""


def test_a_source_of_which_nothing_stands_is_told_of(run, faulty):
    run("load", faulty.folder, "--undo", 1)
    asked = run("rejects")
    assert asked.stdout == ""
    told = f"houses: load 1 was undone, none of this source stands (cim rejects {faulty.slug} --load 1)\n"
    assert asked.stderr == told
