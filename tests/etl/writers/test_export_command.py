"""`cim export` as a person calls it: what it says and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pyogrio
import pytest

from cim.__main__ import main
from cim.etl.writers import writers


@pytest.fixture
def run(sample_cluster, run_root, worker_name, monkeypatch, capsys):
    """Call the command on the sample city; return exit code, output and errors."""
    monkeypatch.setenv("CIM_DATA_DIR", str(run_root / f"{worker_name}-sample"))
    monkeypatch.delenv("CIM_CITY", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main.main(["export", *arguments], prog_name="cim")
        out = capsys.readouterr()
        return int(left.value.code or 0), out.out, out.err

    return call


def test_it_says_what_is_written_and_what_is_left_out(run, tmp_path):
    path = tmp_path / "nodes.gpkg"
    command = ("sample", "--theme", "pipe_node", "--format", "geopackage", "--out", str(path))
    code, said, _ = run(*command)
    assert code == 0
    count = len(pyogrio.read_dataframe(path, read_geometry=False))
    assert f"pipe_node: {count} written" in said
    code, said, _ = run(*command, "--clearance", "0")
    assert code == 0
    left = len(pyogrio.read_dataframe(path, read_geometry=False))
    assert f"pipe_node: {count - left} left out: classified above clearance 0" in said
    assert left < count


def test_cityjson_in_another_crs_has_degrees(run, tmp_path):
    path = tmp_path / "c.city.jsonl"
    code, said, errors = run("sample", "--format", "cityjsonseq", "--crs", "EPSG:4490", "--out", str(path))
    assert code == 0, errors
    header, first, *_ = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    scale, origin = header["transform"]["scale"], header["transform"]["translate"]
    place = [at * step + start for at, step, start in zip(first["vertices"][0], scale, origin, strict=True)]
    assert 106 < place[0] < 107
    assert 29 < place[1] < 30
    told = json.loads(path.with_name("c.city.jsonl.json").read_text(encoding="utf-8"))
    assert told["synthetic"] is True
    assert "(synthetic)" in header["metadata"]["title"]
    assert "building" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--format", "dwg"), "format='dwg'"),
        (("--format", "geopackage"), "no theme is given"),
        (("--format", "geojson", "--theme", "building", "--bbox", "1,2,3"), "bbox='1,2,3'"),
        (("--format", "geojson", "--theme", "building", "--as-of", "yesterday"), "as-of='yesterday'"),
        (("--format", "geojson", "--theme", "service_connection", "--bbox", "1,2,3,4"), "has no places"),
        (("--format", "flatgeobuf", "--theme", "building", "--theme", "tree"), "holds one theme"),
        (("--format", "epanet", "--theme", "building"), "cannot hold theme 'building'"),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_line(run, tmp_path, arguments, message):
    code, _, errors = run("sample", *arguments, "--out", str(tmp_path / "out"))
    assert code == 1
    assert message in errors
    assert len(errors.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


FORMATS = {"geopackage": ".gpkg", "flatgeobuf": ".fgb", "geojson": ".geojson", "geoparquet": ".parquet",
           "cityjsonseq": ".city.jsonl", "survey": ".xlsx", "survey-csv": "", "epanet": ".inp"}  # fmt: skip


def asked(name, folder):
    """What is asked for, and the file."""
    path = Path(folder) / f"out{FORMATS[name]}"
    theme = () if name in ("cityjsonseq", "survey", "survey-csv", "epanet") else ("--theme", "building")
    return ("sample", "--format", name, *theme, "--out", str(path)), path


@pytest.mark.parametrize("name", FORMATS)
def test_the_file_that_was_asked_for_is_named_where_it_cannot_be_written(run, tmp_path, name):
    (tmp_path / "file").write_text("no folder")
    # Nobody, not even root, can write into /proc.
    for folder in (tmp_path / "gone", tmp_path / "file", Path("/proc")):
        command, path = asked(name, folder)
        code, _, errors = run(*command)
        assert code == 1
        assert len(errors.strip().splitlines()) == 1
        assert errors.startswith(f"cim: {path} cannot be written (")
        assert ".part" not in errors
    assert "there is no folder" in run(*asked(name, tmp_path / "gone")[0])[2]
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_disk_that_fills_leaves_nothing_behind(run, tmp_path, no_room, name):
    command, path = asked(name, tmp_path)
    with no_room(16_384):
        code, _, errors = run(*command)
    assert code == 1
    assert errors.startswith(f"cim: {path} cannot be written (")
    assert ".part" not in errors
    assert not list(tmp_path.iterdir())


def test_a_name_as_long_as_a_geopackage_may_have(run, tmp_path):
    path = tmp_path / f"{'n' * 240}.gpkg"
    code, _, errors = run("sample", "--theme", "tree", "--format", "geopackage", "--out", str(path))
    assert code == 0, errors
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


def test_every_format_is_told():
    command = main.get_command(None, "export")
    (told,) = [option.help for option in command.params if option.name == "name"]
    assert sorted(told.removeprefix("Format: ").removesuffix(".").split(", ")) == sorted(writers())
