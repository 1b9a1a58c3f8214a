"""Pipes back to survey tables and EPANET files: unchanged when loaded again, and WNTR simulates them."""

from __future__ import annotations

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
