"""Files of every kind, damaged at random in bytes or words: rejects or one line, never a traceback, hang or flood."""

from __future__ import annotations

import faulthandler
import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cim.etl.checking import check_manifest
from cim.etl.checks import check
from cim.etl.readers import readers
from cim.manifest import Manifest, SourceSpec

_spec = importlib.util.spec_from_file_location("damaged_files", Path(__file__).parent / "damaged_files.py")
files = sys.modules["damaged_files"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(files)

# `make soak` makes ten thousand of each reader: scripts/soak_damage.py.
EACH_READER = 40


@pytest.fixture(scope="module", params=files.CASES, ids=lambda case: case.name)
def sound(request, tmp_path_factory):
    """A sound file, and the bytes of the part that is damaged."""
    case = request.param
    folder = tmp_path_factory.mktemp("sound")
    case.write(folder / case.file)
    return case, folder, (folder / (case.part or case.file)).read_bytes()


def test_the_sound_file_is_read(sound):
    case, folder, _ = sound
    assert files.read(case, folder / case.file) > 0


def test_a_damaged_file(sound):
    case, folder, whole = sound

    @given(seed=st.integers(0, 2**48))
    @settings(max_examples=EACH_READER // files.SHARE[case.kind], deadline=None)
    def one(seed):
        assert files.trial(case, folder, whole, seed).fault is None

    # What hangs in a library's own code cannot be interrupted: the run ends, and tells where.
    faulthandler.dump_traceback_later(600 + EACH_READER, exit=True)
    try:
        one()
    finally:
        faulthandler.cancel_dump_traceback_later()


def test_a_name_cut_in_the_middle_of_a_character_shows_that_and_loses_nothing_else(tmp_path):
    """A Shapefile's columns count bytes."""
    path = tmp_path / "houses.shp"
    files.houses(path)
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace("甲".encode(), "甲".encode()[:2] + b" "))
    path.with_suffix(".cpg").write_text("UTF-8")
    (batch,) = readers()["footprints"].read(SourceSpec("s", "footprints", path), files.CITY)
    records, rejects = check(batch, files.CITY)
    assert [item for item in rejects if item.severity == "error"] == []
    assert records.columns["name"].to_pylist()[:2] == ["\ufffd", "乙"]
    (report,) = check_manifest(Manifest(path, files.CITY, (SourceSpec("s", "footprints", path),)))
    assert [(item.code, item.record, item.reason) for item in report.rejects if item.code == "value.illegible"] == [
        ("value.illegible", "1", "name holds a character that could not be read: '\ufffd'")
    ]


@pytest.mark.parametrize(
    ("kind", "file", "text", "said"),
    [
        ("register", "facility.csv", "key,kind,x,y,z\na,school,1,500000,3270000,5\n", "line 2 has 6 cells"),
        ("pipe_layers", "pipes.gpkg", "no database", "cannot be read as a vector file"),
        (
            "epanet",
            "m.inp",
            files.EPANET.replace(" P1 R1 J1 100 300 120 0 Open", " P1 R1 J1 100 300 120 0 Open x x"),
            "EPANET",
        ),
    ],
)
def test_damage_that_was_met_is_one_line(tmp_path, kind, file, text, said):
    (tmp_path / file).write_text(text)
    options = {"network": "gas"} if kind == "pipe_layers" else {}
    found = files.read(files.Case(kind, file, files.houses, options, "EPSG:4545"), tmp_path / file)
    assert isinstance(found, str)
    assert said in found
    assert "\n" not in found
