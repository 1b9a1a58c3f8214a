"""Every planted fault is in its file, and a clean city has none."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

KINDS = {
    "pipe.clearance_vertical", "point.orphan", "line.adverse_fall", "reference.unknown_point", "key.repeated",
    "value.not_a_number", "geometry.self_intersection", "building.no_height", "level.mismatch", "line.no_pressure",
}  # fmt: skip


def fault(city, code: str, file: str) -> dict:
    return next(one for one in city.faults if one["code"] == code and one["file"] == file)


def test_every_kind_is_planted(planted) -> None:
    assert {one["code"] for one in planted.faults} == KINDS
    assert all(set(one) == {"code", "kind", "file", "record", "what"} for one in planted.faults)
    assert all((planted.folder / one["file"]).exists() for one in planted.faults)


def test_orphan_manhole(planted) -> None:
    key = fault(planted, "point.orphan", "pipes/WS.xlsx")["record"]
    points, lines = planted.pipes["sewage"]
    ends = set(lines["起点点号"]) | set(lines["终点点号"])
    assert set(points["物探点号"]) - ends == {key}


def test_reversed_sewer(planted) -> None:
    key = fault(planted, "line.adverse_fall", "pipes/WS.xlsx")["record"]
    lines = planted.pipes["sewage"][1]
    rising = lines[lines["终点高程"] > lines["起点高程"]]
    assert rising["管线编号"].tolist() == [key]
    # Its number stays, so what was seen in it still finds it.
    assert key == f"{rising['终点点号'].iloc[0]}-{rising['起点点号'].iloc[0]}"


def test_pipe_to_a_point_that_does_not_exist(planted) -> None:
    key = fault(planted, "reference.unknown_point", "pipes/JS.xlsx")["record"]
    points, lines = planted.pipes["water"]
    known = lines["起点点号"].isin(points["物探点号"]) & lines["终点点号"].isin(points["物探点号"])
    assert lines.loc[~known, "管线编号"].tolist() == [key]


def test_duplicate_survey_number(planted) -> None:
    key = fault(planted, "key.repeated", "pipes/DL.xlsx")["record"]
    points = planted.pipes["power"][0]
    twice = points[points["物探点号"].duplicated(keep=False)]
    assert set(twice["物探点号"]) == {key}
    assert twice["X"].max() - twice["X"].min() == pytest.approx(2.0)


def test_text_in_a_number_column(planted) -> None:
    key = fault(planted, "value.not_a_number", "pipes/TX.xlsx")["record"]
    lines = planted.pipes["telecom"][1]
    wrong = pd.to_numeric(lines["起点埋深"], errors="coerce").isna()
    assert lines.loc[wrong, "管线编号"].tolist() == [key]


@pytest.mark.parametrize("theme", ["land_use", "green_space"])
def test_invalid_polygons(planted, theme: str) -> None:
    key = fault(planted, "geometry.self_intersection", f"registers/{theme}.gpkg")["record"]
    frame = planted.register(theme)
    assert frame.loc[~frame.is_valid, "source_key"].tolist() == [key]


def test_kiosks(planted) -> None:
    kiosks = gpd.read_file(planted.folder / "footprints_extra.gpkg", layer="footprints")
    bare = kiosks[kiosks["height_m"].isna() & kiosks["storeys_above"].isna()]
    assert bare["source_key"].tolist() == [fault(planted, "building.no_height", "footprints_extra.gpkg")["record"]]
    twisted = fault(planted, "geometry.self_intersection", "footprints_extra.gpkg")["record"]
    assert kiosks.loc[~kiosks.is_valid, "source_key"].tolist() == [twisted]


def test_a_clean_city_has_none(clean) -> None:
    assert clean.faults == []
    kiosks = gpd.read_file(clean.folder / "footprints_extra.gpkg", layer="footprints")
    assert kiosks.is_valid.all()
    assert (kiosks["height_m"].notna() | kiosks["storeys_above"].notna()).all()
    for points, lines in clean.pipes.values():
        assert points["物探点号"].is_unique
        assert pd.to_numeric(lines["起点埋深"], errors="coerce").notna().all()


def test_faults_change_nothing_else(planted, clean_district) -> None:
    for name in ("buildings.city.jsonl", "terrain.tif", "pipes/YS.xlsx", "pipes/RL.xlsx"):
        assert (clean_district.folder / name).read_bytes() == (planted.folder / name).read_bytes()


def test_a_depth_that_contradicts_the_levels(planted) -> None:
    key = fault(planted, "level.mismatch", "pipes/JS.xlsx")["record"]
    points, lines = planted.pipes["water"]
    ground = points.set_index("物探点号")["地面高程"]
    there = lines[lines["起点点号"].isin(ground.index)]
    gap = there["起点点号"].map(ground) - there["起点埋深"] - there["起点高程"]
    assert there.loc[gap.abs() > 0.05, "管线编号"].tolist() == [key]
    assert gap[there["管线编号"] == key].item() == pytest.approx(0.37, abs=0.01)


def test_a_gas_pipe_without_a_pressure(planted) -> None:
    key = fault(planted, "line.no_pressure", "pipes/RQ.xlsx")["record"]
    lines = planted.pipes["gas"][1]
    assert lines.loc[lines["压力"].isna(), "管线编号"].tolist() == [key]
