"""Pipes back to survey tables and EPANET files: unchanged when loaded again, and WNTR simulates them."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import warnings
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from cim.manifest import read_manifest

_spec = importlib.util.spec_from_file_location("real_cities", Path(__file__).parents[2] / "real_cities.py")
real_cities = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(real_cities)


@pytest.fixture(autouse=True)
def small_portions(monkeypatch):
    """Networks come in several portions, as large ones do."""
    monkeypatch.setattr("cim.etl.writers.pipe_rows.PORTION", 90)


def simulated(path):
    """Pressures that EPANET finds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import wntr

        network = wntr.network.WaterNetworkModel(str(path))
        return network, wntr.sim.EpanetSimulator(network).run_sim(file_prefix=str(path.with_name("simulated"))).node[
            "pressure"
        ]


@pytest.mark.parametrize("make", [real_cities.ky4, real_cities.net3])
def test_networks_of_wntr_come_back_unchanged_and_run(loaded, slug, tmp_path, make):
    city = loaded(make(tmp_path, slug))
    report = city.export("epanet", "out.inp")
    assert not report.notes
    network, pressure = simulated(tmp_path / "out.inp")
    assert (network.num_nodes, network.num_links) == (report.written["pipe_node"], report.written["pipe_segment"])
    assert pressure.notna().all().all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import wntr

        original = wntr.network.WaterNetworkModel(str(real_cities.wntr_network(make.__name__.replace("net", "Net"))))
    lengths = [sum(pipe.length for _, pipe in model.pipes()) for model in (original, network)]
    assert lengths[0] == pytest.approx(lengths[1], rel=1e-9)
    city.export("survey-csv", "survey")
    points = (tmp_path / "survey" / "JS管点表.csv").read_text(encoding="utf-8-sig").splitlines()
    # Pump 10 of Net3 is no device on node 10: a model's valves and pumps are links.
    assert not {"阀门口径", "开关状态", "可否操作"} & set(points[0].split(","))
    crs = city.manifest.profile.crs
    assert city.again(make.__name__, "epanet", "out.inp", crs=crs)[:3] == (0, 0, 0)


@pytest.fixture(scope="module")
def sample(cluster, load_manifest, sample_dir, tmp_path_factory):
    """The sample city's pipes, loaded anew so that a test may load into them."""
    manifest = read_manifest(sample_dir / "city.toml")
    sources = tuple(item for item in manifest.sources if item.kind == "pipe_survey")
    profile = replace(manifest.profile, slug="survey_back")
    yield load_manifest(replace(manifest, profile=profile, sources=sources), tmp_path_factory.mktemp("out"))
    cluster.drop_database(profile.database)


@pytest.mark.parametrize(("name", "file"), [("survey", "out.xlsx"), ("survey-csv", "out")])
def test_surveys_come_back_unchanged(sample, name, file):
    for source in sample.manifest.sources:
        target = f"{source.name}-{file}"
        report = sample.export(name, target, sources=(source.name,))
        assert report.written["pipe_segment"] > 0
        crs = source.crs or sample.manifest.profile.crs
        again = sample.again(source.name, "pipe_survey", target, crs=crs, options=source.options)
        assert again[:3] == (0, 0, 0), (source.name, again)


VALVES = """SELECT f.source_key, d.number, d.diameter_mm, d.chamber, d.state, d.operable, d.last_operated_on
    FROM city.pipe_device_current d JOIN city.feature f USING (feature_id) JOIN run.source s USING (source_id)
    WHERE s.name = 'pipes-water' AND d.kind = 'valve' ORDER BY d.feature_id"""


def test_what_is_known_of_valves_goes_out_and_comes_back(sample):
    """A company corrects an exported survey: one valve is shut, one stuck, of one nothing is known any more."""
    crs, (shut, stuck, unknown, *others) = sample.manifest.profile.crs, sample.rows(VALVES)
    assert all(others[0][1:6])
    sample.export("survey-csv", "valves", sources=("pipes-water",))
    table = sample.folder / "valves" / "JS管点表.csv"
    points = pd.read_csv(table, encoding="utf-8-sig", dtype=str).set_index("物探点号")
    points.loc[shut[0], ["开关状态", "阀门口径", "最近操作日期"]] = "关", "250.5", "2026-01-31"
    points.loc[stuck[0], ["可否操作", "阀门编号"]] = "卡死", "007"
    points.loc[unknown[0], ["阀门编号", "阀门口径", "阀门井编号", "开关状态", "可否操作", "最近操作日期"]] = None
    points.to_csv(table, encoding="utf-8-sig")
    assert sample.again("pipes-water", "pipe_survey", "valves", crs=crs)[:3] == (0, 3, 0)
    told = [
        (*shut[:2], 250.5, shut[3], "closed", True, dt.date(2026, 1, 31)),
        (stuck[0], "007", *stuck[2:5], False, stuck[6]),
        (unknown[0], *(None,) * 6),
        *others,
    ]
    assert sample.rows(VALVES) == told
    sample.export("survey", "valves.xlsx", sources=("pipes-water",))
    assert sample.again("pipes-water", "pipe_survey", "valves.xlsx", crs=crs)[:3] == (0, 0, 0)
    assert sample.rows(VALVES) == told


PLAIN = """SELECT f.source_key, n.attributes FROM city.pipe_node_current n JOIN city.feature f USING (feature_id)
    JOIN run.source s USING (source_id) WHERE s.name = 'pipes-water' AND n.attributes::text LIKE '%%E-1%%'"""


@pytest.mark.parametrize(
    "titles", [("公称直径", "井室编号", "设备编号"), ("阀门口径", "阀门井编号", "阀门编号")], ids=["others", "ours"]
)
def test_what_a_point_without_a_device_tells_of_one_goes_out_and_comes_back(sample, titles):
    """Under the titles that the file has, be they those by which an export tells of the valves."""
    crs, valves = sample.manifest.profile.crs, sample.rows(VALVES)
    files = (f"plain-{titles[0]}", f"back-{titles[0]}")
    sample.export("survey-csv", files[0], sources=("pipes-water",))
    table = sample.folder / files[0] / "JS管点表.csv"
    points = pd.read_csv(table, encoding="utf-8-sig", dtype=str)
    points = points.drop(columns=["公称直径", "井室编号", "设备编号"], errors="ignore")  # of the round before
    # The chambers and numbers of the valves stand in the same columns.
    points = points.rename(columns=dict(zip(("阀门口径", "阀门井编号", "阀门编号"), titles, strict=True)))
    bare = points.index[points[["附属物", "备注"]].isna().all(axis=1)][0]
    points.loc[bare, list(titles)] = "300", "J-1", "E-1"
    points.to_csv(table, encoding="utf-8-sig", index=False)
    told = [(points.loc[bare, "物探点号"], dict(zip(titles, ("300", "J-1", "E-1"), strict=True)))]
    assert sample.again("pipes-water", "pipe_survey", files[0], crs=crs)[:3] == (0, 1, 0)
    assert (sample.rows(PLAIN), sample.rows(VALVES)) == (told, valves)
    sample.export("survey-csv", files[1], sources=("pipes-water",))
    assert sample.again("pipes-water", "pipe_survey", files[1], crs=crs)[:3] == (0, 0, 0)
    assert (sample.rows(PLAIN), sample.rows(VALVES)) == (told, valves)


def test_a_survey_becomes_a_model(sample):
    report = sample.export("epanet", "water.inp", networks=("water",))
    told = json.loads((sample.folder / "water.inp.json").read_text(encoding="utf-8"))
    assert any("roughness coefficients are assumed" in note for note in told["notes"])
    assert "(synthetic)" in (sample.folder / "water.inp").read_text(encoding="utf-8").splitlines()[1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import wntr

        network = wntr.network.WaterNetworkModel(str(sample.folder / "water.inp"))
    assert network.num_links == report.written["pipe_segment"]


def test_a_model_becomes_a_survey(loaded, slug, tmp_path):
    city = loaded(real_cities.ky4(tmp_path, slug))
    report = city.export("survey", "ky4.xlsx")
    points = pd.read_excel(tmp_path / "ky4.xlsx", sheet_name="JS管点表", engine="openpyxl", dtype={"物探点号": str})
    assert len(points) == report.written["pipe_node"]
    assert (points["X"] > points["Y"]).all()
