"""Every question asked of real networks: a water model, and drainage models whose data hold little."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import pytest
from PIL import Image

from cim.analytics.network.bursts.burst import burst
from cim.analytics.network.bursts.files import burst_pdf, burst_xlsx
from cim.analytics.network.bursts.report import burst_report
from cim.analytics.network.reading import network_graph
from cim.analytics.network.sections.profile import profile
from cim.analytics.network.sections.profile_sheet import profile_sheet
from cim.analytics.network.sections.section import line_across, section
from cim.analytics.network.sections.section_sheet import section_sheet
from cim.analytics.network.topology import topology
from cim.analytics.network.traces.trace import KINDS, TraceQuestion, trace
from cim.etl.load import LoadOptions, load_city
from cim.manifest import read_manifest
from cim.sheets import written
from cim.store import Store
from cim.viewer import LOCAL

_spec = importlib.util.spec_from_file_location("real_cities", Path(__file__).parents[2] / "real_cities.py")
real_cities = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(real_cities)

STORM = """
[city]
slug = "test_storm"
name_zh = "排水模型"
name_en = "Drainage model"
crs = "EPSG:26918"
vertical_datum = "NAVD88"
ellipsoid_offset_m = -33.0
[[source]]
name = "storm"
kind = "swmm"
path = '{path}'
crs = "+proj=tmerc +lat_0=40 +lon_0=-75 +x_0=838000 +y_0=340000 +datum=NAD83 +units=us-ft"
[source.options]
network = "storm"
"""


@pytest.fixture
def opened(cluster, tmp_path):
    """Load a city and open it; it is dropped at the end."""
    stores = []

    def load(path: Path) -> Store:
        manifest = read_manifest(path)
        assert len(list(load_city(cluster, manifest, tmp_path / "data", LoadOptions()))) == 1
        stores.append(Store.open(cluster, manifest.profile.slug))
        return stores[-1]

    yield load
    for store in stores:
        name = store.city.database
        store.close()
        cluster.drop_database(name)


def asked_everything(store, network, folder):
    """Ask every kind of trace from the middle of the network; return the longest path to a source or an outfall."""
    graph = network_graph(store, LOCAL, network, folder / "graphs")
    nodes = graph.node_id.tolist()
    start, other = nodes[len(nodes) // 2], nodes[len(nodes) // 3]
    for kind in KINDS:
        starts = [start, other] if kind == "common" else [start]
        found = trace(store, LOCAL, TraceQuestion(kind, starts, [other]), folder / "graphs")
        assert found.kind == kind
        assert len(found.nodes) == len(found.distance_m)
    kind = "outfall" if graph.gravity else "source"
    ways = [trace(store, LOCAL, TraceQuestion(kind, [node]), folder / "graphs") for node in nodes[:15]]
    return graph, max(ways, key=lambda found: len(found.segments))


def drawn(store, way, folder):
    """Draw the profile of a way and a section across its middle; return what each left out."""
    levels = profile(store, LOCAL, [way.nodes[0], way.nodes[-1]], folder)
    cut = section(store, LOCAL, line_across(store, LOCAL, way.segments[len(way.segments) // 2], 30), folder)
    assert b"long profile" in written(profile_sheet(levels, store.city, "en"), "svg")
    picture = Image.open(io.BytesIO(written(section_sheet(cut, store.city, "en"), "png")))
    assert picture.size[0] > 500
    assert len(picture.reduce(4).getcolors(1 << 24)) > 3
    return set(levels.left_out), set(cut.left_out)


def test_a_water_model(opened, tmp_path) -> None:
    """ky4: elevations instead of depths, no valves in its data, no terrain."""
    store = opened(real_cities.ky4(tmp_path, "test_ky4"))
    graph, way = asked_everything(store, "water", tmp_path)
    assert len(way.segments) > 5
    left_out, cut = drawn(store, way, tmp_path)
    assert left_out == {"manhole_without_ground", "no_terrain", "pipe_depth_not_surveyed"}
    assert {"no_terrain_section", "pipe_depth_not_surveyed"} <= cut
    report = burst_report(store, LOCAL, burst(store, LOCAL, way.segments[0], tmp_path / "graphs"))
    assert burst_pdf(report, "en").startswith(b"%PDF")
    assert burst_xlsx(report).startswith(b"PK")
    found = topology(graph, samples=50)
    assert (found.sampled, len(found.nodes)) == (50, len(graph.node_id))


def test_a_drainage_model(opened, tmp_path, real_data) -> None:
    """A weir without size, junctions without ground."""
    path = tmp_path / "city.toml"
    model = real_data / "pipelines" / "model_full_features_network_xy.inp"
    path.write_text(STORM.format(path=model), encoding="utf-8")
    store = opened(path)
    _, way = asked_everything(store, "storm", tmp_path)
    assert way.places[0]["sink"]
    left_out, _ = drawn(store, way, tmp_path)
    assert left_out == {"manhole_without_ground", "no_terrain", "pipe_without_size"}
    found = trace(store, LOCAL, TraceQuestion("spill", [way.nodes[0]]), tmp_path / "graphs")
    assert found.minutes[-1] == pytest.approx(15, abs=5)
    assert found.left_out["segment_velocity_assumed"]["count"] == 1
