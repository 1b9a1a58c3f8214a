"""Every question asked of real networks: a water model, and drainage models whose data hold little."""

from __future__ import annotations

import datetime as dt
import importlib.util
import io
from pathlib import Path

import pytest
import shapely
import yaml
from PIL import Image

from cim.analytics.network.bursts.burst import Burst, burst
from cim.analytics.network.bursts.files import burst_pdf, burst_xlsx
from cim.analytics.network.bursts.report import burst_report
from cim.analytics.network.clearance.listing import Listed
from cim.analytics.network.clearance.within import Part, clearance_within
from cim.analytics.network.criticality import Criticality, criticality
from cim.analytics.network.digs.area import Dig
from cim.analytics.network.digs.excavation import Excavation, excavation
from cim.analytics.network.gas.leak import gas_leak
from cim.analytics.network.gas.occupied import occupied_gas
from cim.analytics.network.hydraulics.drainage import DrainQuestion
from cim.analytics.network.hydraulics.listing import Told
from cim.analytics.network.hydraulics.solving import Solve, solved
from cim.analytics.network.hydraulics.water import WaterQuestion
from cim.analytics.network.reading import loaded_networks, network_graph
from cim.analytics.network.renewal.keeping import Budget
from cim.analytics.network.renewal.proposal import proposed_plan
from cim.analytics.network.risk.listing import Listed as Scored
from cim.analytics.network.risk.scoring import WhatIf, scored_risk
from cim.analytics.network.sections.profile import profile
from cim.analytics.network.sections.profile_sheet import profile_sheet
from cim.analytics.network.sections.section import Section, line_across, section
from cim.analytics.network.sections.section_sheet import section_sheet
from cim.analytics.network.topology import Topology, topology
from cim.analytics.network.traces.trace import KINDS, TraceQuestion, trace
from cim.errors import CimError
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


def outcomes(store, network, folder):
    """Ask every other question; return by name how much each found and left out, or what it said instead."""
    graphs = folder / "graphs"
    graph = network_graph(store, LOCAL, network, graphs)
    segment = int(graph.segment_id[0])
    (at,) = store.rows(LOCAL, PLACE, {"segment": segment})
    area = shapely.Point(at["x"], at["y"]).buffer(8, quad_segs=4)
    mains = Solve(WaterQuestion(network, source_head_m=60.0), limit=1)
    storm = Solve(storm=DrainQuestion(network, return_years=1, duration_min=30), limit=1)
    questions = {
        "isolation": lambda: burst(store, LOCAL, segment, graphs),
        "excavation": lambda: excavation(store, LOCAL, Dig(area, 2.0, dt.date(2026, 1, 1))),
        "section": lambda: section(store, LOCAL, line_across(store, LOCAL, segment, 20), folder),
        "clearance": lambda: clearance_within(store, LOCAL, Part()),
        "criticality": lambda: criticality(graph),
        "topology": lambda: topology(graph, samples=20),
        "hydraulics": lambda: solved(store, LOCAL, graphs, storm if graph.gravity else mains),
        "risk": lambda: scored_risk(store, LOCAL, graphs, WhatIf(limit=5)),
        "plan": lambda: proposed_plan(store, LOCAL, Budget(1e6)),
        "gas": lambda: gas_leak(store, LOCAL, segment, graphs),
        "buildings on gas": lambda: occupied_gas(store, LOCAL),
    }
    return {name: outcome(question) for name, question in questions.items()}


FOUND = {
    Burst: lambda found: {"segments": len(found.isolated["segments"])},
    Excavation: lambda found: {"pipes": len(found.pipes), "manholes": len(found.manholes)},
    Section: lambda found: {"cuts": len(found.cuts)},
    Listed: lambda found: {"pairs": sum(row["pairs"] for row in found.tally)},
    Criticality: lambda found: {"parts": len(found.components), "bridges": int(found.segments["bridge"].sum())},
    Topology: lambda found: {"nodes": len(found.nodes)},
    Told: lambda found: {name: found.figures[name] for name in ("nodes", "manholes") if name in found.figures},
    Scored: lambda found: {"segments": len(found.segments)},
}
"""What each answer found, in figures that its data settle."""


def outcome(question):
    """Ask a question; return what it found and left out, or its refusal."""
    try:
        found = question()
    except CimError as error:
        return {"refused": f"{type(error).__name__}: {error}"}
    told = getattr(found, "left_out", {})
    counts = {code: entry if isinstance(entry, int) else entry["count"] for code, entry in told.items()}
    left_out = {code: count for code, count in sorted(counts.items()) if count}
    return FOUND[type(found)](found) | ({"left_out": left_out} if left_out else {})


PLACE = """
SELECT ST_X(ST_StartPoint(geom)) AS x, ST_Y(ST_StartPoint(geom)) AS y
FROM city.pipe_segment_current WHERE feature_id = %(segment)s
"""
EXPECTED = yaml.safe_load((Path(__file__).parent / "real_networks.yaml").read_text(encoding="utf-8"))
"""By file and network, what each question finds there and leaves out; `always` holds for all."""


def assert_told(store, network, folder, file) -> None:
    """Each question finds just what the file's data allow, or says just why it cannot."""
    expected = EXPECTED["always"] | EXPECTED[file][network]
    assert outcomes(store, network, folder) == expected, f"{file}, {network}"


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
    assert_told(store, "water", tmp_path, "ky4.inp")


def test_a_drainage_model(opened, tmp_path, real_data) -> None:
    """A weir, a pump beside a pipe, junctions without ground."""
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
    assert_told(store, "storm", tmp_path, model.name)


MISSOURI = "+proj=tmerc +lat_0=36.1666666666667 +lon_0=-94.5 +k=0.999941176 +x_0=850000 +datum=NAD83 +units=us-ft"
OWN_FEET = "+proj=tmerc +lat_0=39 +lon_0=-105 +datum=NAD83 +units=ft"
AXIS = "axis_level_m = 160.0"
FILES = {
    "model_state_plane.inp": ("EPSG:26915", "swmm", MISSOURI, 'network = "storm"'),
    "test_inlet_drains.inp": ("EPSG:26913", "swmm", OWN_FEET, 'network = "storm"'),
    "nagaoka_08EE752_unf_10169_sewer_op.gml": ("EPSG:6676", "citygml_network", None, AXIS),
    "09LD283_unf_10170_op.gml": ("EPSG:6677", "citygml_network", None, AXIS),
    "takeshiba_53393680_unf_6697_op.gml": ("EPSG:6677", "citygml_network", None, AXIS),
}
"""CRS of the city, kind, CRS of the file, option."""


@pytest.mark.parametrize("name", FILES)
def test_each_file_answers_what_its_data_allows(opened, tmp_path, real_data, name) -> None:
    crs, kind, own, option = FILES[name]
    city = {"slug": "test_real", "name_zh": "实例", "name_en": "Real", "crs": crs, "vertical_datum": "own"}
    source = {"name": "pipes", "kind": kind, "path": str(real_data / "pipelines" / name)} | (
        {"crs": own} if own else {}
    )
    lines = ["[city]", *(f"{key} = '{value}'" for key, value in city.items()), "ellipsoid_offset_m = 0.0", "[[source]]"]
    lines += [*(f"{key} = '{value}'" for key, value in source.items()), "[source.options]", option]
    (tmp_path / "city.toml").write_text("\n".join(lines), encoding="utf-8")
    store = opened(tmp_path / "city.toml")
    networks = loaded_networks(store, LOCAL)
    assert set(networks) == set(EXPECTED[name])
    for network in networks:
        asked_everything(store, network, tmp_path)
        assert_told(store, network, tmp_path, name)
