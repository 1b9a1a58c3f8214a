"""`cim check` on the sample: every planted fault is found, and none is invented on the clean copy."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from cim.errors import BadSource
from cim.etl.check_command import check
from cim.etl.checking import check_manifest
from cim.manifest import read_manifest

FOUND_BY = {
    "pipe.clearance_vertical": "line.clash",
    "point.orphan": "point.orphan",
    "line.adverse_fall": "line.adverse_fall",
    "reference.unknown_point": "reference.unknown_point",
    "key.repeated": "key.repeated",
    "value.not_a_number": "value.not_a_number",
    "geometry.self_intersection": "geometry.self_intersection",
    "building.no_height": "building.no_height",
    "line.diameter_shrinks": "line.diameter_shrinks",
    "level.mismatch": "level.mismatch",
    "line.no_pressure": "line.no_pressure",
    "building.off_terrain": "building.off_terrain",
}
"""Code of a planted fault -> code of the check that finds it; the norm's clearance is an analysis, that two pipes all
but touch is a check."""

CONSEQUENCES = {("value.not_a_number", "point.branches")}
"""A fault -> what else it makes: the line that is refused is missing at its tee."""


def found(folder) -> list[tuple[str, str, str | None]]:
    """Return file, code and key of everything that the checks find."""
    reports = check_manifest(read_manifest(folder))
    assert [report.failure for report in reports if report.failure] == []
    return [
        (report.source.path.relative_to(folder).as_posix(), item.code, item.source_key)
        for report in reports
        for item in report.rejects
    ]


def test_every_planted_fault_is_found_and_nothing_else(planted):
    wanted = {(one["file"], FOUND_BY[one["code"]], one["record"]) for one in planted.faults}
    seen = found(planted.folder)
    assert wanted - set(seen) == set()
    rest = [item for item in seen if item not in wanted]
    causes = {(one["file"], one["code"]): one["record"] for one in planted.faults}
    for file, code, key in rest:
        (cause,) = [causes[file, why] for why, what in CONSEQUENCES if what == code and (file, why) in causes]
        assert key in cause.split("-"), "a consequence is at an end of the line that caused it"
    assert len(rest) == 1


def test_nothing_is_invented_on_the_clean_copy(clean):
    assert found(clean.folder) == []


def test_the_command_counts_and_fails(planted):
    manifest = str(planted.folder / "city.toml")
    done = CliRunner().invoke(check, [manifest, "--source", "pipes-power", "--source", "pipes-heat", "--lang", "zh"])
    assert done.exit_code == 1, done.output
    assert "error   key.repeated 1: 编号重复" in done.output
    assert "pipes-heat: " in done.output
    assert "checked 2 sources" in done.output
    done = CliRunner().invoke(check, [manifest, "--source", "pipes-heat"])
    assert done.exit_code == 0, done.output


def test_findings_as_json_name_place_and_both_languages(planted):
    done = CliRunner().invoke(check, [str(planted.folder), "--source", "pipes-sewage", "--json"])
    (fall,) = [item for item in map(json.loads, done.output.splitlines()) if item["code"] == "line.adverse_fall"]
    assert (fall["severity"], fall["theme"], fall["file"]) == ("warning", "pipe_segment", "WS.xlsx")
    assert fall["reason_zh"].startswith("重力管逆坡")
    assert "rises by" in fall["reason"]


def test_one_file_is_checked_by_itself(planted):
    file = str(planted.folder / "footprints_extra.gpkg")
    crs = planted.manifest["city"]["crs"]
    done = CliRunner().invoke(check, [file, "--crs", crs])
    assert done.exit_code == 1, done.output
    assert "geometry.self_intersection 1" in done.output


def test_a_file_whose_name_tells_nothing_wants_a_kind(tmp_path):
    (tmp_path / "data.bin").write_bytes(b"?")
    with pytest.raises(BadSource, match="does not tell what it is: give --kind"):
        CliRunner().invoke(check, [str(tmp_path / "data.bin")], catch_exceptions=False)
