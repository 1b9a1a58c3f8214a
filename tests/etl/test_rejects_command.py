"""`cim rejects` and `cim quality` as a user meets them: which loads they tell of, and where they write."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas
import pandas as pd
import psycopg
import pytest

from cim.etl import rejects_export
from cim.etl.export_place import BadExport, in_place


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


@pytest.mark.parametrize(
    ("command", "option", "ending"),
    [("rejects", "--export", ".xlsx"), ("rejects", "--export", ".gpkg"), ("quality", "--out", ".html")],
)
@pytest.mark.usefixtures("faulty")
def test_the_file_that_cannot_be_written_is_named_in_a_line(run, tmp_path, no_room, command, option, ending):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    # Nobody, not even root, can write into /proc.
    for folder in (tmp_path / "gone", tmp_path / "file", Path("/proc")):
        path = folder / f"x{ending}"
        (line,) = run(command, option, path, code=1).stderr.splitlines()
        assert line.startswith(f"cim: {path} cannot be written (")
        assert ".part" not in line
    before = sorted(tmp_path.iterdir())
    with no_room(512):
        (line,) = run(command, option, tmp_path / f"x{ending}", code=1).stderr.splitlines()
    assert line.startswith(f"cim: {tmp_path / 'x'}{ending} cannot be written (")
    assert ".part" not in line
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("ending", [".xlsx", ".gpkg"])
@pytest.mark.usefixtures("faulty")
def test_a_folder_is_no_place_for_rejects(run, tmp_path, ending):
    path = tmp_path / f"x{ending}"
    path.mkdir()
    assert run("rejects", "--export", path, code=1).stderr == f"cim: {path} is a folder: give the name of a file\n"
    assert path.is_dir()
    assert run("quality", "--out", path, code=2).stderr.endswith("is a directory.\n")


def test_what_the_city_is_read_from_is_not_written_over(run, faulty):
    source = faulty.folder / "houses.gpkg"
    before = source.read_bytes()
    link = faulty.folder / "link.gpkg"
    link.symlink_to(source)
    for path in (source, link):
        (line,) = run("rejects", "--export", path, code=1).stderr.splitlines()
        assert line == f"cim: {path} is what source 'houses' is read from: give another name"
    assert source.read_bytes() == before

    folder = faulty.folder / "more"
    folder.mkdir()
    with psycopg.connect(faulty.cluster.conninfo(f"cim_{faulty.slug}")) as connection:
        connection.execute("UPDATE run.load SET path = %s", (str(folder),))
    inside = folder / "rejects.xlsx"
    assert "is what source 'houses' is read from" in run("rejects", "--export", inside, code=1).stderr
    assert not inside.exists()


@pytest.mark.parametrize("ending", [".xlsx", ".gpkg"])
@pytest.mark.usefixtures("faulty")
def test_an_older_export_is_written_over_and_nothing_else(run, houses, tmp_path, ending):
    path = tmp_path / f"r{ending}"
    placed = geopandas.GeoDataFrame(houses, geometry="geom", crs="EPSG:4545")
    others = [lambda: path.write_bytes(b"a letter"), lambda: path.write_bytes(b"")]
    others.append(lambda: houses.to_excel(path) if ending == ".xlsx" else placed.to_file(path))
    for write in others:
        path.unlink(missing_ok=True)
        write()
        before = path.read_bytes()
        (line,) = run("rejects", "--export", path, code=1).stderr.splitlines()
        assert line == f"cim: {path} is there already, and no export of rejects: give another name, or remove it"
        assert path.read_bytes() == before
    path.unlink()
    # An export of no rejects is one, too.
    for asked, told in ((("--code", "none"), 0), ((), 1), (("--code", "none"), 0)):
        said = run("rejects", *asked, "--export", path).stdout
        assert said == f"{path}: {told} rejects\n"
        frame = pd.read_excel(path, engine="calamine") if ending == ".xlsx" else geopandas.read_file(path)
        assert len(frame) == told
        assert frame.columns[0] == "reject_id"
    assert "nothing offered" in run("rejects", "--repair", path).stdout
    assert [item for item in tmp_path.iterdir() if item.name.startswith(".part")] == []


@pytest.fixture
def nobody(tmp_path):
    """A folder that who asks may not enter."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0)
    own = os.geteuid()
    if own == 0:
        os.seteuid(65534)
    yield folder
    os.seteuid(own)


def test_a_folder_that_may_not_be_entered_is_told_of(nobody):
    path = nobody / "r.xlsx"
    with pytest.raises(BadExport) as told, in_place(path):
        pytest.fail("nothing can be written there")
    assert str(told.value) == f"{path} cannot be written (Permission denied): see to the disk and its rights"


@pytest.mark.usefixtures("faulty")
def test_more_rejects_than_a_sheet_holds_are_refused(run, tmp_path, monkeypatch):
    monkeypatch.setattr(rejects_export, "_MOST_ROWS", 0)
    path = tmp_path / "r.xlsx"
    assert "a sheet holds 0 rows; write a .gpkg" in run("rejects", "--export", path, code=1).stderr
    assert not path.exists()
    run("rejects", "--export", tmp_path / "r.gpkg")
