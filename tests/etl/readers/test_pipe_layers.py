"""Pipes of drawn layers: columns by option or title, nodes where lines end, heights from wherever they are told."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim.city import CityProfile
from cim.errors import BadSource, MissingCrs, MissingSource
from cim.etl.readers.pipe_layers import READER
from cim.etl.readers.pipe_layers_nodes import made_nodes, nearest_points
from cim.manifest import SourceSpec

CITY = CityProfile("x", "x", "x", "EPSG:4545", "1985", -36.0)
E0, N0 = 500_000.0, 3_270_000.0


def line(*points):
    """Return a line of offsets from the corner."""
    return shapely.LineString([(E0 + x, N0 + y, *z) for x, y, *z in points])


def layer(shapes, crs="EPSG:4545", **columns):
    return geopandas.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


@pytest.fixture
def read(tmp_path):
    """Write layers to a GeoPackage and read them."""

    def run(layers, offset=0.0, crs=None, name="pipes.gpkg", **options):
        path = tmp_path / name
        for at, (title, frame) in enumerate(layers.items()):
            frame.to_file(path, layer=title, mode="a" if at else "w")
        found = list(READER.read(SourceSpec("s", "pipe_layers", path, crs, offset, options=options), CITY))
        return {batch.theme: batch for batch in found}

    return run


def by_key(batch):
    return batch.frame.set_index("source_key")


def rejects(found):
    return [(item.record, item.code, item.severity) for batch in found.values() for item in batch.rejects]


THREE = [line((0, 0, 10), (100, 0, 9)), line((100.03, 0, 9), (200, 0, 8)), line((100, 0.02, 9), (100, 50, 9))]


def test_nodes_are_made_where_lines_end_and_no_line_is_moved(read):
    found = read({"pipes": layer(THREE, DN=[300, 200, 100], no=["a", "b", "c"])}, network="water",
                 columns={"diameter_mm": "DN", "key": "no"})  # fmt: skip
    nodes, segments = by_key(found["pipe_node"]), by_key(found["pipe_segment"])
    assert sorted(nodes.index) == [
        "500000.000,3270000.000", "500100.000,3270000.000", "500100.000,3270050.000", "500200.000,3270000.000",
    ]  # fmt: skip
    assert segments["end_node_key"]["a"] == segments["start_node_key"]["b"] == segments["start_node_key"]["c"]
    for shape, drawn in zip(segments["geom"], THREE, strict=True):
        assert shapely.equals_exact(shape, drawn)
        assert np.array_equal(*(shapely.get_coordinates(item, include_z=True) for item in (shape, drawn)))
    assert segments["diameter_mm"].tolist() == [300, 200, 100]
    assert segments.loc["a", "length_m"] == pytest.approx(np.hypot(100, 1))
    assert rejects(found) == []
    apart = read({"pipes": layer(THREE, no=["a", "b", "c"])}, network="water", snap_m=0.01)
    assert len(apart["pipe_node"].frame) == 6


def test_a_line_that_stands_twice_is_refused_also_the_other_way_round(read):
    """As in a survey's tables; of another size, key, course or height it is another line."""
    bend = [(0, 0, 10), (50, 20, 10), (100, 0, 9)]
    shapes = [line(bend[0], bend[2]), line((100.01, 0, 9), bend[0]), line(*bend), line(*bend[::-1]),
              line((0, 0, 8), (100, 0, 7)), line(bend[0], (50, -20, 10), bend[2]), line(bend[0], bend[2])]  # fmt: skip
    sizes = [300, 300, 300, 300, 300, 300, 200]
    found = read({"pipes": layer(shapes, DN=sizes)}, network="water", columns={"diameter_mm": "DN"})
    refused = [(label, code) for label, code, severity in rejects(found) if severity == "error"]
    assert refused == [("pipes!2", "line.repeated"), ("pipes!4", "line.repeated")]
    remarked = [label for label, code, _ in rejects(found) if code == "line.parallel"]
    assert remarked == ["pipes!3", "pipes!5", "pipes!6", "pipes!7"]
    flat = [shapely.force_2d(item) for item in shapes[:2]]
    options = {"z_is": "axis", "columns": {"diameter_mm": "DN"}}
    depths = {"起点埋深": [1.0, 1.0], "终点埋深": [1.0, 1.0], "DN": sizes[:2]}
    points = layer([shapely.Point(E0, N0), shapely.Point(E0 + 100, N0)], 地面高程=[12.0, 11.0])
    found = read({"pipes": layer(flat, **depths), "wells": points}, network="water", lines="pipes", points="wells",
                 **options)  # fmt: skip
    assert [code for _, code, severity in rejects(found) if severity == "error"] == ["line.repeated"]
    keyed = layer(shapes[:2], DN=sizes[:2], no=["a", "b"])
    found = read({"pipes": keyed}, network="water", columns={"diameter_mm": "DN", "key": "no"})
    assert [code for _, code, severity in rejects(found) if severity == "error"] == []


def test_columns_are_known_by_their_usual_titles(read):
    pipes = layer([line((0, 0, 10), (9, 0, 10))], 管线编号=["P1"], 管径=["DN300"], 材质=["球墨铸铁"], 管线类别=["JS"],
                  建设年代=["1999"], 备忘=["x"])  # fmt: skip
    segment = by_key(read({"pipes": pipes})["pipe_segment"]).loc["P1"]
    assert segment[["network", "material", "diameter_mm", "installed_year", "class_code"]].tolist() == [
        "water", "ductile_iron", 300, 1999, "JS",
    ]  # fmt: skip
    assert segment["attributes"] == {"备忘": "x"}


def test_drawn_heights_may_be_of_the_crown_or_the_invert(read):
    pipes = {"pipes": layer([line((0, 0, 10), (5, 5, 9.7), (9, 0, 9))], no=["a"], 材质=["PE"], 管径=["De400"])}
    for z_is, shift in (("axis", 0.0), ("crown", -0.2), ("invert", 0.1764)):
        segment = by_key(read(pipes, network="gas", z_is=z_is, columns={"key": "no"}, offset=2.0)["pipe_segment"])
        z = shapely.get_coordinates(segment["geom"]["a"], include_z=True)[:, 2]
        assert z == pytest.approx(np.array([12, 11.7, 11]) + shift, abs=1e-6)
        assert segment.loc["a", ["depth_reference", "start_level_m", "end_level_m"]].tolist() == [z_is, 12, 11]


def test_flat_lines_get_their_heights_from_depths_below_points(read):
    pipes = layer([line((0, 0), (60, 0), (60, 80))], no=["a"], 起点埋深=[2.0], 终点埋深=[2.5], 管径=["600"])
    points = layer([shapely.Point(E0 + 0.04, N0), shapely.Point(E0 + 60, N0 + 80)], 物探点号=["W1", "W2"],
                   地面高程=[100.0, 99.0], 附属物=["检修井", "阀门"])  # fmt: skip
    found = read({"pipes": pipes, "wells": points}, lines="pipes", points="wells", network="sewage",
                 columns={"key": "no"})  # fmt: skip
    segment = by_key(found["pipe_segment"]).loc["a"]
    assert segment[["start_node_key", "end_node_key", "depth_reference"]].tolist() == ["W1", "W2", "invert"]
    z = shapely.get_coordinates(segment["geom"], include_z=True)[:, 2]
    # The vertex lies 60 m of 140 m on the way; the axis is 0.3 m above the invert.
    assert z == pytest.approx([98.3, 98.3 - 1.5 * 60 / 140, 96.8])
    nodes = by_key(found["pipe_node"])
    assert nodes["kind"].to_dict() == {"W1": "manhole", "W2": "valve"}
    assert nodes["ground_level_m"].to_dict() == {"W1": 100.0, "W2": 99.0}
    assert by_key(found["pipe_device"])["node_key"].to_dict() == {"W2": "W2"}


def test_what_points_without_a_device_tell_of_one_is_kept(read):
    points = layer([shapely.Point(E0, N0), shapely.Point(E0 + 60, N0)], 物探点号=["W1", "W2"], 附属物=["怪阀", "阀门"],
                   公称直径=[300.0, 200.0], 设备编号=["E-1", "E-2"], NO=["J-1", "J-2"])  # fmt: skip
    lines = [line((0, 0, 9), (60, 0, 9)), line((60, 0, 9), (90, 0, 9))]  # the last ends at no point
    found = read({"pipes": layer(lines, no=["a", "b"]), "wells": points}, lines="pipes", points="wells",
                 network="water", columns={"key": "no"}, point_columns={"device_chamber": "NO"})  # fmt: skip
    said = by_key(found["pipe_node"])["attributes"].dropna().to_dict()
    assert said == {"W1": {"公称直径": "300", "设备编号": "E-1", "NO": "J-1"}}
    device = by_key(found["pipe_device"])
    assert device.loc["W2", ["number", "diameter_mm", "chamber"]].tolist() == ["E-2", 200.0, "J-2"]
    assert ("wells!1", "device.missing", "warning") in rejects(found)


def test_an_end_without_a_point_gets_a_node_and_is_told(read):
    points = layer([shapely.Point(E0, N0)], no=["P"])
    found = read({"pipes": layer(THREE[:1], no=["a"]), "points": points}, lines="pipes", points="points",
                 network="gas", columns={"key": "no"}, point_columns={"key": "no"})  # fmt: skip
    assert by_key(found["pipe_segment"]).loc["a", ["start_node_key", "end_node_key"]].tolist() == [
        "P", "500100.000,3270000.000",
    ]  # fmt: skip
    assert rejects(found) == [("pipes!1", "line.end_without_point", "warning")]


def test_what_cannot_be_a_pipe_is_refused(read):
    shapes = [
        line((0, 0), (9, 0)),
        shapely.MultiLineString([line((0, 0, 1), (5, 0, 1)), line((5, 0, 1), (9, 0, 1))]),
        shapely.MultiLineString([line((0, 0, 1), (5, 0, 1)), line((6, 0, 1), (9, 0, 1))]),
        None,
        line((0, 5, 1), (5, 5, 1), (0, 5, 1)),
    ]
    found = read({"pipes": layer(shapes, no=list("abcde"))}, network="gas", columns={"key": "no"})
    refused = {item.record: item.original for batch in found.values() for item in batch.rejects}
    assert refused["pipes!5"]["source_key"] == "e"
    assert refused["pipes!5"]["shape"].equals(shapes[4])
    assert by_key(found["pipe_segment"]).index.tolist() == ["b"]
    assert sorted(rejects(found)) == [
        ("pipes!1", "depth.missing", "error"),
        ("pipes!3", "geometry.wrong_type", "error"),
        ("pipes!4", "geometry.missing", "error"),
        ("pipes!5", "line.self_loop", "error"),
    ]


def test_a_pipe_of_no_network_is_refused(read):
    found = read({"pipes": layer(THREE[:2], 管线类别=["JS", None])})
    assert rejects(found) == [("pipes!2", "network.unknown", "error")]
    assert found["pipe_node"].frame["network"].tolist() == ["water"] * 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"snap_m": 50}, "options.snap_m = 50: give metres from 0 to 5"),
        ({"z_is": "top"}, "options.z_is = 'top': give one of axis, crown, invert"),
        ({"network": "beer"}, "options.network = 'beer'"),
        ({"columns": {"size": "DN"}}, "there is no field 'size': give one of .*diameter_mm"),
        ({"columns": {"diameter_mm": "NO"}}, r"has no column 'NO' \(for diameter_mm\): it has DN"),
        ({"lines": "none"}, "has no layer 'none'"),
        ({"points": "none"}, "has no layer 'none'"),
    ],
)
def test_options_that_cannot_be_used(read, options, said):
    with pytest.raises(BadSource, match=said):
        read({"pipes": layer(THREE, DN=[1, 2, 3])}, **{"network": "gas", **options})


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_which_layer_holds_the_lines_must_be_clear(read, tmp_path):
    with pytest.raises(BadSource, match=r"has several layers of lines .*: name it with lines = "):
        read({"a": layer(THREE, no=[1, 2, 3]), "b": layer(THREE, no=[1, 2, 3])}, network="gas")
    points = layer([shapely.Point(E0, N0)], no=["P"])
    found = read({"a": points, "b": layer(THREE, no=[1, 2, 3])}, network="gas", name="two.gpkg")
    assert len(found["pipe_segment"].frame) == 3
    with pytest.raises(BadSource, match="has no layer of lines"):
        read({"a": points}, network="gas", name="points.gpkg")
    with pytest.raises(MissingSource):
        list(READER.read(SourceSpec("s", "pipe_layers", tmp_path / "none.gpkg"), CITY))
    with pytest.raises(MissingCrs):
        read({"a": layer(THREE, crs=None, no=[1, 2, 3])}, network="gas", name="bare.gpkg")


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=30), st.sampled_from([0, 1, 2]))
def test_ends_share_a_node_when_a_chain_of_short_steps_joins_them(ends, snap):
    places = np.array(ends, dtype=np.float64)
    found = made_nodes(places, float(snap))
    groups = [{at} for at in range(len(ends))]
    for one in range(len(ends)):
        for other in range(one):
            if np.hypot(*(places[one] - places[other])) <= snap:
                joined = next(group for group in groups if one in group)
                second = next(group for group in groups if other in group)
                if joined is not second:
                    groups.remove(second)
                    joined |= second
    theirs = {frozenset(np.flatnonzero(found.of_end == node).tolist()) for node in range(len(found.keys))}
    assert theirs == set(map(frozenset, groups))
    for node, place in enumerate(found.places):
        assert any(np.array_equal(place, places[end]) for end in np.flatnonzero(found.of_end == node))


def test_ends_beyond_the_world_do_not_trip_the_others():
    ends = np.array([[0.0, 0.0], [0.0, 0.0005], [1e300, 5.0], [-1e308, 1e308]])
    made = made_nodes(ends, 0.001)
    assert made.of_end[0] == made.of_end[1]
    assert len(made.keys) == 3
    assert nearest_points(ends, np.array([[0.0, 0.0], [1e300, 1e300]]), 0.001).tolist()[:2] == [0, 0]


def test_a_folder_of_shapefiles_in_gbk(tmp_path):
    """As a gas company hands them over: lines and points beside one another, and no `.cpg`."""
    pipes = layer([line((0, 0, 10), (9, 0, 10))], 管线编号=["P1"], 材质=["球墨铸铁"], 管线类别=["JS"], 备忘=["解放碑"])
    points = layer([shapely.Point(E0, N0, 10)], 物探点号=["JS1"], 附属物=["阀门"])
    for name, frame in (("JSLINE", pipes), ("JSPOINT", points)):
        frame.to_file(tmp_path / f"{name}.shp", encoding="gbk")
        (tmp_path / f"{name}.cpg").unlink()
    options = {"lines": "JSLINE", "points": "JSPOINT"}
    found = {
        batch.theme: batch for batch in READER.read(SourceSpec("s", "pipe_layers", tmp_path, options=options), CITY)
    }
    segment = by_key(found["pipe_segment"]).loc["P1"]
    assert (segment["material"], segment["attributes"]) == ("ductile_iron", {"备忘": "解放碑"})
    assert found["pipe_device"].frame["kind"].tolist() == ["valve"]
