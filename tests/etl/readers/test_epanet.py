"""EPANET networks through the reader: SI units, feet and metres told apart, what is refused."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from cim.city import CityProfile
from cim.errors import BadSource, MissingCrs, MissingSource
from cim.etl.readers.epanet import READER
from cim.manifest import SourceSpec

CITY = CityProfile("x", "x", "x", "EPSG:26916", "NAVD88", -30.0)
METRES = """
[JUNCTIONS]
;id elevation demand
 J1 100 10
 J2 90 2.5
 J3 80 0
 J4 85 0
[RESERVOIRS]
 R1 130
[TANKS]
 T1 110 3 1 5 20 0
[PIPES]
;id start end length diameter roughness minor status
 P1 J1 J2 1000 300 100 0.5 Open
 P2 J2 J3 510 150 90 0 Closed
 P3 T1 J1 500 200 100 0 CV
 P4 J4 T1 500 200 100 0 Open
[PUMPS]
 U1 R1 J1 POWER 15
[VALVES]
 V1 J3 J4 200 PRV 40 0
[DEMANDS]
 J1 3
 J1 1
[OPTIONS]
 Units CMH
 Headloss H-W
 Demand Multiplier 2
[COORDINATES]
 J1 500000 4000000
 J2 501000 4000000
 J3 501000 4000500
 J4 500500 4000500
 R1 499500 4000000
 T1 500000 4000500
[VERTICES]
 P2 501100 4000000
 P2 501100 4000500
[TAGS]
 LINK P1 old
[END]
"""


@pytest.fixture
def read(tmp_path):
    """Write a model to a file and read it."""

    def run(text, crs="EPSG:26916", city=CITY, offset=0.0, **options):
        path = tmp_path / "network.inp"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        found = list(READER.read(SourceSpec("s", "epanet", path, crs, offset, options=options), city))
        return {batch.theme: batch for batch in found}

    return run


def test_nodes_and_links_in_si_units(read):
    found = read(METRES)
    assert list(found) == ["pipe_node", "pipe_segment", "pipe_device"]
    nodes = found["pipe_node"].frame.set_index("source_key")
    junctions = dict.fromkeys(["J1", "J2", "J3", "J4"], "junction")
    assert nodes["kind"].to_dict() == junctions | {"R1": "source", "T1": "tank"}
    assert nodes.index[nodes["is_source"]].tolist() == ["R1", "T1"]
    points = shapely.get_coordinates(nodes["geom"].to_numpy(), include_z=True)
    assert points.tolist()[0] == [500000, 4000000, 100]
    assert points[:, 2].tolist() == [100, 90, 80, 85, 130, 110]
    # Demands of [DEMANDS] replace that of [JUNCTIONS]; the multiplier of [OPTIONS] counts. CMH to m3/s.
    assert nodes.loc["J1", "base_demand_m3s"] == pytest.approx(2 * (3 + 1) / 3600)
    assert nodes.loc["T1", "attributes"] == {
        "init_level": 3.0, "min_level": 1.0, "max_level": 5.0, "diameter": 20.0, "min_vol": 0.0,
    }  # fmt: skip
    links = found["pipe_segment"].frame.set_index("source_key")
    assert links["kind"].to_dict() == {f"P{n}": "pipe" for n in (1, 2, 3, 4)} | {"U1": "pump", "V1": "valve"}
    assert links["length_m"].tolist()[:4] == [1000, 510, 500, 500]
    assert links.loc["U1", "length_m"] == pytest.approx(np.hypot(500, 30))
    assert links.loc["P1", ["diameter_mm", "outer_height_mm", "diameter_basis", "roughness"]].tolist() == [
        pytest.approx(300), pytest.approx(300), "inner", 100,
    ]  # fmt: skip
    assert links.index[links["state"] == "closed"].tolist() == ["P2"]
    assert set(links["state"]) == {"closed", "in_use"}
    assert links.loc["P1", "attributes"] == {"minor_loss": 0.5, "tag": "old"}
    assert links.loc["P1", ["start_node_key", "end_node_key"]].tolist() == ["J1", "J2"]
    assert found["pipe_node"].frame.index.tolist()[0] == "[JUNCTIONS] J1"
    assert [item for batch in found.values() for item in batch.rejects] == []


def test_option_says_whether_tanks_feed(read):
    nodes = read(METRES, tanks_feed=False)["pipe_node"].frame
    assert nodes["source_key"][nodes["is_source"]].tolist() == ["R1"]
    with pytest.raises(BadSource, match=r"options.tanks_feed = 'no': give true or false"):
        read(METRES, tanks_feed="no")


def test_vertices_lie_on_the_way_down(read):
    links = read(METRES)["pipe_segment"].frame.set_index("source_key")
    line = shapely.get_coordinates(links.loc["P2", "geom"], include_z=True)
    # 100 m aside, 500 m along, 100 m back: 10 m of fall in proportion.
    assert line == pytest.approx(
        np.array(
            [
                [501000, 4000000, 90],
                [501100, 4000000, 90 - 10 * 100 / 700],
                [501100, 4000500, 90 - 10 * 600 / 700],
                [501000, 4000500, 80],
            ]
        )
    )


def test_devices_sit_in_the_middle_of_their_links(read):
    devices = read(METRES)["pipe_device"].frame.set_index("source_key")
    assert devices["kind"].to_dict() == {"P3": "check_valve", "U1": "pump", "V1": "valve"}
    assert devices["segment_key"].to_dict() == {key: key for key in ("P3", "U1", "V1")}
    assert devices["state"].to_dict() == {"P3": "open", "U1": "on", "V1": "open"}
    assert devices.loc["V1", "setting"] == pytest.approx(40)
    assert devices.loc["V1", "attributes"] == {"valve_type": "PRV"}
    assert devices.loc["U1", "attributes"]["power"] == pytest.approx(15_000)
    assert shapely.get_coordinates(devices.loc["U1", "geom"], include_z=True).tolist() == [[499750, 4000000, 115]]


def test_option_lays_the_axis_below_the_model_s_elevations(read):
    nodes = read(METRES, depth_m=1.5, offset=10.0)["pipe_node"].frame.set_index("source_key")
    assert shapely.get_z(nodes.loc["J1", "geom"]) == 108.5
    assert nodes.loc["J1", "ground_level_m"] == 110.0
    with pytest.raises(BadSource, match=r"options.depth_m = 'deep': give metres"):
        read(METRES, depth_m="deep")


def redrawn(text, place):
    """Draw the network elsewhere: `place` turns an easting and a northing into other coordinates."""
    lines, inside = [], False
    for line in text.splitlines():
        inside = line.strip() in ("[COORDINATES]", "[VERTICES]") or (inside and not line.startswith("["))
        words = line.split()
        if inside and len(words) == 3:
            words[1:] = map(repr, place(float(words[1]), float(words[2])))
        lines.append(" ".join(words))
    return "\n".join(lines)


def test_feet_in_a_crs_in_metres_are_refused(read):
    # Near the origin of a grid feet stay inside its zone: only the lengths tell.
    feet = redrawn(METRES, lambda x, y: ((x - 500_000) / 0.3048, (y - 4_000_000) / 0.3048))
    crs = "+proj=tmerc +lat_0=36 +lon_0=-87 +x_0=0 +y_0=0 +datum=NAD83 +units=m"
    with pytest.raises(BadSource, match=r"coordinates are in feet, but .* is in metres .*: give the CRS in feet"):
        read(feet, crs=crs)
    right = read(feet, crs=crs.replace("units=m", "units=ft"))
    assert right["pipe_node"].rejects == []


def test_metres_in_a_crs_in_feet_are_refused(read):
    crs = "+proj=tmerc +lat_0=36 +lon_0=-87 +x_0=500000 +y_0=4000000 +datum=NAD83 +units=us-ft"
    with pytest.raises(BadSource, match=r"coordinates are in metres, but .* is in feet .*: give the CRS in metres"):
        read(METRES, crs=crs)


def test_us_feet_come_into_metres(read):
    to_feet = pyproj.Transformer.from_crs("EPSG:26916", "EPSG:3089", always_xy=True)
    found = read(redrawn(METRES, lambda x, y: to_feet.transform(x + 220_000, y + 200_000)), crs="EPSG:3089")
    points = shapely.get_coordinates(found["pipe_node"].frame["geom"].to_numpy(), include_z=True)
    assert points[0] == pytest.approx([720_000, 4_200_000, 100], abs=1e-3)
    assert found["pipe_node"].crs == "EPSG:3089"
    assert found["pipe_node"].pipeline is not None


def test_schematic_drawing_is_remarked_on(read):
    lengths = METRES.replace(" 1000 300", " 9000 300").replace(" 510 150", " 9000 150").replace(" 500 200", " 9000 200")
    found = read(lengths)
    assert [(item.code, item.severity) for item in found["pipe_node"].rejects] == [("line.scale", "warning")]


def test_nodes_without_coordinates_are_refused_with_their_links(read):
    found = read(METRES.replace(" J3 501000 4000500\n", ""))
    assert [(item.record, item.code) for item in found["pipe_node"].rejects] == [("[JUNCTIONS] J3", "geometry.missing")]
    assert [(item.record, item.code) for item in found["pipe_segment"].rejects] == [
        ("[PIPES] P2", "reference.unknown_point"),
        ("[VALVES] V1", "reference.unknown_point"),
    ]
    assert found["pipe_segment"].frame["source_key"].tolist() == ["P1", "P3", "P4", "U1"]


def test_link_between_two_nodes_at_one_place_is_kept(read):
    found = read(METRES.replace("J4 500500 4000500", "J4 501000 4000500").replace("J4 85 0", "J4 80 0"))
    links = found["pipe_segment"].frame.set_index("source_key")
    assert shapely.get_coordinates(links.loc["V1", "geom"], include_z=True)[:, 2] == pytest.approx([80, 80.001])
    assert shapely.get_coordinates(found["pipe_device"].frame["geom"].iloc[-1]).tolist() == [[501000, 4000500]]


def test_what_the_model_says_beyond_the_network_is_told_with_its_count(read):
    more = """
[PATTERNS]
 day 1 1 2
 day 2 1
 night 0.5
[CURVES]
 lift 10 40
 eff 10 75
[CONTROLS]
 LINK P1 CLOSED AT TIME 5
 LINK P2 OPEN IF NODE T1 BELOW 2
[RULES]
 RULE one
 IF TANK T1 LEVEL > 4
 THEN PUMP U1 STATUS = CLOSED
[COORDINATES]
"""
    text = METRES.replace("U1 R1 J1 POWER 15", "U1 R1 J1 HEAD lift").replace("[COORDINATES]\n", more.lstrip())
    found = {one.record: one for one in read(text)["pipe_node"].rejects}
    assert {one.code for one in found.values()} == {"model.section_left_out"}
    assert {one.severity for one in found.values()} == {"warning"}
    # The curve of the pump is kept with it.
    assert {record: one.reason for record, one in found.items()} == {
        "[PATTERNS]": "2 patterns of demand over time are not kept",
        "[CONTROLS]": "2 controls are not kept",
        "[RULES]": "one entry of rules of control is not kept",
        "[CURVES]": "one entry of curves other than of pumps' heads is not kept",
    }
    assert found["[PATTERNS]"].reason_zh == "时变模式 2 项未保留"
    assert not read(METRES)["pipe_node"].rejects


def test_crs_must_be_given(read):
    with pytest.raises(MissingCrs, match="has no CRS"):
        read(METRES, crs=None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no node"),
        ("hello\nworld", "is not readable as EPANET input"),
        (b"\x00\xff\xfe" * 50, "is not readable as EPANET input"),
        (METRES.replace("J1 100 10", "J1 high 10"), "is not readable as EPANET input"),
        (METRES.replace("P1 J1 J2", "P1 J1 J9"), "is not readable as EPANET input"),
        (METRES[:300], "is not readable as EPANET input"),
    ],
)
def test_what_is_no_model_is_refused_in_one_line(read, text, said):
    with pytest.raises(BadSource, match=said) as error:
        read(text)
    assert "\n" not in str(error.value)


def test_missing_file():
    with pytest.raises(MissingSource):
        list(READER.read(SourceSpec("s", "epanet", Path("none.inp"), "EPSG:26916"), CITY))


def test_wntr_is_not_imported_before_it_is_needed():
    code = "import sys, cim.etl.readers as r; assert 'epanet' in r.readers(); sys.exit('wntr' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", ["Net3", "Net6", "ky10"])
def test_wntr_s_own_networks_lose_nothing(read, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import wntr
    path = Path(wntr.__file__).parent / "library" / "networks" / f"{name}.inp"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = wntr.network.WaterNetworkModel(str(path))
    # Drawn without a scale, or in feet far from any zone: a grid of our own that is wide enough to hold them.
    grid = "+proj=tmerc +lat_0=38 +lon_0=-87 +x_0=0 +y_0=0 +datum=NAD83 +to_meter=0.01"
    found = read(path.read_bytes(), crs=grid)
    assert sorted(found["pipe_node"].frame["source_key"]) == sorted(network.node_name_list)
    assert sorted(found["pipe_segment"].frame["source_key"]) == sorted(network.link_name_list)
    count = network.num_pumps + network.num_valves + sum(pipe.check_valve for _, pipe in network.pipes())
    assert len(found["pipe_device"].frame) == count
