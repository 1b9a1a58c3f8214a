"""Pressures and flows from the database against EPANET's own run of the file that was loaded; hand-worked cases."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cim.analytics.network.hydraulics.assumptions import load_assumptions
from cim.analytics.network.hydraulics.pressures import pressures
from cim.analytics.network.hydraulics.water_reading import read_water_model
from cim.etl.load import LoadOptions, load_city
from cim.manifest import read_manifest
from cim.store import Store
from cim.viewer import LOCAL

_spec = importlib.util.spec_from_file_location("real_cities", Path(__file__).parents[2] / "real_cities.py")
real_cities = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(real_cities)

ASSUMED = load_assumptions().water
SCHEMATIC = "+proj=tmerc +lat_0=38 +lon_0=-87 +x_0=0 +y_0=0 +datum=NAD83 +to_meter={}"


@pytest.fixture(scope="module", params=["Net3", "Net6", "ky4"])
def loaded(request, cluster, tmp_path_factory):
    """Name of a network of WNTR's, the city that it was loaded into, and a folder."""
    name, folder = request.param, tmp_path_factory.mktemp(request.param)
    slug = f"test_hy_{name.lower()}"
    path = real_cities.ky4(folder, slug) if name == "ky4" else real_cities.net3(folder, slug)
    if name == "Net6":
        text = path.read_text().replace(str(real_cities.wntr_network("Net3")), str(real_cities.wntr_network("Net6")))
        path.write_text(text.replace("+to_meter=300", "+to_meter=30"))
    manifest = read_manifest(path)
    list(load_city(cluster, manifest, folder / "data", LoadOptions()))
    with Store.open(cluster, slug) as store:
        yield name, store, folder
    cluster.drop_database(manifest.profile.database)


def epanets_own(name: str, folder: Path) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Heads, supplies and flows of EPANET's run of the file: base demands, first states, no patterns, no controls."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from wntr.network import WaterNetworkModel
        from wntr.sim import EpanetSimulator

        network = WaterNetworkModel(str(real_cities.wntr_network(name)))
        for control in list(network.control_name_list):
            network.remove_control(control)
        for _, pattern in network.patterns():
            pattern.multipliers = [1.0]
        network.options.time.duration = 0
        network.options.hydraulic.accuracy = 1e-6
        network.options.hydraulic.trials = 500
        network.options.hydraulic.demand_model = "PDA"
        network.options.hydraulic.minimum_pressure = ASSUMED.least_pressure_m
        network.options.hydraulic.required_pressure = ASSUMED.required_pressure_m
        found = EpanetSimulator(network).run_sim(file_prefix=str(folder / "own"), version=2.2)
    first = found.node["head"].index[0]
    return found.node["head"].loc[first], found.node["demand"].loc[first], found.link["flowrate"].loc[first]


def by_key(store: Store, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows by feature id, by their keys in the file instead."""
    query = "SELECT feature_id, source_key FROM city.feature WHERE feature_id = ANY(%(ids)s)"
    keys = {row["feature_id"]: row["source_key"] for row in store.rows(LOCAL, query, {"ids": rows.index.tolist()})}
    return rows.rename(index=keys)


def test_the_database_answers_as_epanet_does_on_the_file(loaded) -> None:
    name, store, folder = loaded
    _, model = read_water_model(store, LOCAL, folder / "graphs", ASSUMED)
    found = pressures(model, ASSUMED)
    head, supply, flow = epanets_own(name, folder)
    nodes, segments = by_key(store, found.nodes), by_key(store, found.segments)
    known = nodes[nodes["reason"].isna()]
    assert len(known) > 0.9 * len(head)
    np.testing.assert_allclose(known["head_m"], head[known.index], atol=2e-3)
    carried = segments[segments["reason"].isna()]
    assert len(carried) > 0.9 * len(flow)
    np.testing.assert_allclose(carried["flow_m3s"], flow[carried.index], rtol=1e-3, atol=2e-5)
    junctions = nodes[nodes["demand_m3s"] > 0]
    np.testing.assert_allclose(junctions["supplied_m3s"], supply[junctions.index], rtol=1e-4, atol=1e-7)
