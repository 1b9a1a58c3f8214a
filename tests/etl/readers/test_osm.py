"""OpenStreetMap: the table of tags, areas and streets of a file made here, and counts of real extracts."""

from __future__ import annotations

import csv
import random
from collections import Counter
from importlib import resources

import numpy as np
import osmium
import pytest
import shapely
from osmium.osm.mutable import Node, Relation, Way

from cim.city import CityProfile
from cim.errors import BadSource, CimError, MissingSource
from cim.etl.readers.osm import READER
from cim.etl.readers.osm_tags import tag_table
from cim.etl.readers.osm_values import length_m, number, year
from cim.layers.titles import value_title
from cim.manifest import SourceSpec

CITY = CityProfile("x", "x", "x", "EPSG:32648", "1985", -36.0)
STEP = 0.001
"""Degrees between the nodes of the grid."""


def square(first):
    """Return the node numbers of a closed way."""
    return [first, first + 1, first + 11, first + 10, first]


@pytest.fixture
def read(tmp_path):
    """Write nodes on a grid (node 10 r + c at column c, row r) with ways and relations, and read them."""

    def run(ways=(), relations=(), nodes=None, attribution="© OpenStreetMap contributors", **options):
        path = tmp_path / "town.osm.pbf"
        path.unlink(missing_ok=True)
        with osmium.SimpleWriter(str(path)) as writer:
            for at in range(1, 100):
                place = (106.5 + at % 10 * STEP, 29.5 + at // 10 * STEP)
                writer.add_node(Node(id=at, location=place, tags=(nodes or {}).get(at, {}), version=1))
            for at, (refs, tags) in enumerate(ways, 1):
                writer.add_way(Way(id=at, nodes=refs, tags=tags, version=1))
            for at, (members, tags) in enumerate(relations, 1):
                writer.add_relation(Relation(id=at, members=members, tags=tags, version=1))
        source = SourceSpec("osm", "osm", path, attribution=attribution, options=options)
        found = list(READER.read(source, CITY))
        return {batch.theme: batch for batch in found}

    return run


def by_key(batch):
    return batch.frame.set_index("source_key")


def test_buildings_say_what_osm_says(read):
    tags = {"building": "apartments", "height": "40 ft", "building:levels": "4", "start_date": "1987-05",
            "addr:street": "Minzu", "addr:housenumber": "3", "roof:shape": "skillion"}  # fmt: skip
    found = read([(square(1), tags), (square(5), {"building": "yes", "building:levels": "2.5", "height": "tall"})])
    houses = by_key(found["building"])
    assert houses["usage"].to_dict() == {"w1": "residential", "w2": None}
    assert houses.loc["w1", "height_m"] == pytest.approx(12.192)
    assert houses.loc["w1", ["storeys_above", "built_year", "address", "roof_type"]].tolist() == [
        4, 1987, "Minzu 3", "shed",
    ]  # fmt: skip
    # Storeys give a block its height, never the building.
    assert houses.loc["w2", ["height_m", "storeys_above"]].tolist() == [None, 2.5]
    assert houses["block_top_m"].tolist() == pytest.approx([12.192, 7.5])
    assert houses.loc["w1", "attributes"] == tags
    assert [(item.record, item.code, item.severity) for item in found["building"].rejects] == [
        ("way 2", "value.unreadable", "warning")
    ]
    assert found["building"].frame.index.tolist() == ["way 1", "way 2"]
    assert found["building"].crs == "EPSG:4326"


def test_a_multipolygon_keeps_its_courtyard(read):
    outer, inner = [1, 4, 34, 31, 1], [12, 13, 23, 22, 12]
    members = [("w", 1, "outer"), ("w", 2, "inner")]
    found = read([(outer, {}), (inner, {})], [(members, {"type": "multipolygon", "building": "school"})])
    house = by_key(found["building"]).loc["r1"]
    assert house["usage"] == "school"
    assert shapely.get_num_interior_rings(house["geom"]) == 1
    assert house["geom"].area == pytest.approx(8 * 96.9 * 110.9, rel=0.01)


def test_one_object_may_be_of_two_themes(read):
    found = read([(square(1), {"building": "yes", "amenity": "hospital", "name": "H"})], ground_m=205.0)
    place = by_key(found["facility"]).loc["w1"]
    assert (place["kind"], place["name"]) == ("hospital", "H")
    assert shapely.get_z(place["geom"]) == 205
    assert by_key(found["building"]).loc["w1", "geom"].contains(place["geom"])


def test_what_cannot_be_drawn_is_told(read):
    ways = [
        ([1, 2, 12], {"building": "yes"}),
        ([1, 2, 12, 500, 1], {"landuse": "residential"}),
        ([1, 12, 2, 11, 1], {"building": "yes"}),
    ]
    relations = [([("w", 9, "outer")], {"type": "multipolygon", "leisure": "park"}),
                 ([("w", 1, "")], {"type": "site", "amenity": "school"})]  # fmt: skip
    found = read(ways, relations)
    rejects = {item.record: item.code for batch in found.values() for item in batch.rejects}
    assert rejects == {
        "way 1": "geometry.not_closed",
        "way 2": "geometry.incomplete",
        "relation 1": "geometry.incomplete",
        "relation 2": "geometry.not_closed",
    }
    # A way that crosses itself is not lost in silence, as osmium would have it: the checks see it.
    assert not by_key(found["building"]).loc["w3", "geom"].is_valid


def test_streets_are_cut_where_they_meet(read):
    ways = [
        ([1, 2, 3, 4], {"highway": "residential", "lanes": "2", "width": "7 m", "sidewalk": "both"}),
        ([13, 3, 23], {"highway": "primary", "oneway": "-1"}),
        ([12, 2], {"highway": "steps", "layer": "1", "bridge": "yes"}),
        ([30, 31, 32], {"highway": "footway", "area": "yes"}),
    ]
    found = read(ways, ground_m=200.0)
    nodes, edges = by_key(found["road_node"]), by_key(found["road_edge"])
    assert nodes["kind"].to_dict() == {
        "n1": "end", "n2": "junction", "n3": "junction", "n4": "end", "n12": "end", "n13": "end", "n23": "end",
    }  # fmt: skip
    assert nodes["level"].to_dict() == dict.fromkeys(["n1", "n2", "n3", "n4", "n13", "n23"], 0) | {"n12": 1}
    ends = edges[["start_node_key", "end_node_key"]].agg("-".join, axis=1).to_dict()
    assert ends == {
        "w1/1-2": "n1-n2", "w1/2-3": "n2-n3", "w1/3-4": "n3-n4", "w2/23-3": "n23-n3", "w2/3-13": "n3-n13",
        "w3/12-2": "n12-n2",
    }  # fmt: skip
    assert edges.loc["w1/1-2", ["road_class", "lanes", "width_m", "sidewalk", "oneway"]].tolist() == [
        "local", 2, 7.0, True, False,
    ]  # fmt: skip
    assert edges.loc["w2/3-13", ["road_class", "oneway", "drivable"]].tolist() == ["arterial", True, True]
    assert edges.loc["w3/12-2", ["steps", "drivable", "walkable", "level", "bridge"]].tolist() == [
        True, False, True, 1, True,
    ]  # fmt: skip
    for _, edge in edges.iterrows():
        line = shapely.get_coordinates(edge["geom"], include_z=True)
        for at, end in ((0, "start"), (-1, "end")):
            place = shapely.get_coordinates(nodes.loc[edge[f"{end}_node_key"], "geom"], include_z=True)[0]
            assert line[at] == pytest.approx(place, abs=1e-6)


def test_a_street_at_the_edge_of_the_extract_keeps_what_is_there(read):
    ways = [([1, 2, 3, 500, 501], {"highway": "residential"}), ([2, 12], {"highway": "path"})]
    found = read([*ways, ([600, 601], {"highway": "residential"})])
    assert by_key(found["road_edge"]).index.tolist() == ["w1/1-2", "w2/2-12"]
    assert [(item.record, item.severity) for item in found["road_edge"].rejects] == [
        ("way 1", "warning"), ("way 3", "error"),
    ]  # fmt: skip


def test_options(read, tmp_path):
    ways = [(square(1), {"building": "yes"}), ([1, 2], {"highway": "residential"})]
    assert set(read(ways, themes=["building"])) == {"building"}
    with pytest.raises(BadSource, match=r"options\.themes = 'building': give a list of building, facility"):
        read(ways, themes="building")
    header = "theme,key,value,shape,code,drivable,walkable,note\n"
    (tmp_path / "own.csv").write_text(header + "facility,building,*,place,kiosk,,,\n", encoding="utf-8")
    assert by_key(read(ways, tags_file="own.csv")["facility"])["kind"].to_dict() == {"w1": "kiosk"}
    (tmp_path / "own.csv").write_text(header + "facility,building,*,place,,,,\n", encoding="utf-8")
    with pytest.raises(BadSource, match=r"own\.csv: line 2: facility without a code"):
        read(ways, tags_file="own.csv")
    with pytest.raises(BadSource, match=r"tags_file .* cannot be read \(FileNotFoundError\)"):
        read(ways, tags_file="none.csv")


def test_the_licence_wants_a_name(read):
    found = read([(square(1), {"building": "yes"})], attribution=None)
    assert [item.code for item in found["building"].rejects] == ["source.attribution"]


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 300, b"\0\0\0\x0d\n\tOSMHeader\x18\xff\xff"])
def test_what_is_no_osm_data_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "town.osm.pbf"
    path.write_bytes(content)
    source = SourceSpec("osm", "osm", path)
    with pytest.raises(BadSource) as error:
        list(READER.read(source, CITY))
    assert "\n" not in str(error.value)
    with pytest.raises(MissingSource):
        list(READER.read(SourceSpec("osm", "osm", tmp_path / "none.pbf"), CITY))


@pytest.mark.parametrize("seed", range(12))
def test_damaged_files_end_in_batches_or_one_line(read, tmp_path, seed):
    tags = {"building": "yes", "height": "12"}
    read([(square(1), tags), ([1, 2, 3], {"highway": "residential"})])
    plain = tmp_path / "town.osm"
    with osmium.SimpleWriter(str(plain), overwrite=True) as writer:
        for item in osmium.FileProcessor(str(tmp_path / "town.osm.pbf")):
            writer.add(item)
    chance = random.Random(seed)
    content = bytearray(plain.read_bytes())
    for _ in range(4):
        at = chance.randrange(len(content))
        content[at : at + chance.randint(0, 9)] = chance.choice(
            [b"", b"251", b"<", b"nan", bytes([chance.randrange(256)])]
        )
    plain.write_bytes(content)
    said = ""
    try:
        list(READER.read(SourceSpec("osm", "osm", plain), CITY))
    except CimError as error:
        said = str(error)
    assert "\n" not in said


def test_a_coordinate_that_is_none_refuses_the_file(tmp_path):
    path = tmp_path / "town.osm"
    path.write_text('<osm version="0.6"><node id="1" version="1" lat="29.5" lon="251x"/></osm>', encoding="utf-8")
    with pytest.raises(BadSource, match="is not readable as OSM data"):
        list(READER.read(SourceSpec("osm", "osm", path), CITY))


def test_lengths_and_years():
    assert [length_m(text) for text in ("12", "12.5 m", "3,5", "300cm")] == [12, 12.5, 3.5, 3]
    assert length_m("5'6\"") == pytest.approx(1.6764)
    assert length_m("10'") == pytest.approx(3.048)
    assert [length_m(text) for text in ("tall", "-3", "1e9", "")] == [None] * 4
    assert [number(text) for text in ("2.5", "2;3", "-1")] == [2.5, None, None]
    assert [year(text) for text in ("1987", "1987-05-03", "C19", "before 1900", "")] == [1987, 1987, None, None, None]


def test_every_code_of_the_table_has_a_title():
    text = (resources.files("cim.etl.readers") / "osm_tags.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["code"]]
    column = {"building": "usage", "facility": "kind", "green_space": "kind", "road_edge": "road_class"}
    codes = {(row["theme"], row["code"]) for row in rows if row["theme"] in column}
    assert [code for code in sorted(codes) if value_title(code[0], column[code[0]], code[1]) is None] == []


REAL = {"helsinki/Helsinki.osm.pbf": "EPSG:3067", "laspalmas/example_las_palmas_2023_osm_20230221.osm.pbf": None}


@pytest.mark.parametrize("name", REAL)
def test_real_extracts_are_counted_otherwise_too(real_data, name):
    """An independent count by plain handlers: what it finds is kept or refused, nothing else."""
    path = real_data / "urban" / name
    seen = _independent_count(path)
    city = CityProfile("x", "x", "x", REAL[name] or "EPSG:32628", "d", 0.0)
    kept, refused, streets = Counter(), Counter(), set()
    for batch in READER.read(SourceSpec("osm", "osm", path, attribution="© OpenStreetMap contributors"), city):
        errors = [item for item in batch.rejects if item.severity == "error"]
        if batch.theme == "road_edge":
            streets |= set(batch.frame.index) | {item.record for item in errors}
        elif batch.theme != "road_node":
            kept[batch.theme] += len(batch.frame)
            refused[batch.theme] += len(errors)
    assert len(streets) == seen["streets"]
    assert kept["tree"] == seen["trees"]
    assert kept["building"] + refused["building"] >= seen["buildings"] > 0.95 * kept["building"]
    assert {theme: count for theme, count in kept.items() if not count} == {}


def _independent_count(path):
    """Count by tags alone, without areas, places or our table."""
    table = tag_table(None, path)
    streets = set(table.rules["road_edge"]["highway"])
    seen = Counter()

    class Counting(osmium.SimpleHandler):
        def node(self, node):
            seen["trees"] += node.tags.get("natural") == "tree"

        def way(self, way):
            building = way.tags.get("building")
            seen["buildings"] += building is not None and building not in ("no", "entrance")
            seen["streets"] += way.tags.get("highway") in streets and way.tags.get("area") != "yes"

        def relation(self, relation):
            building = relation.tags.get("building")
            seen["buildings"] += relation.tags.get("type") == "multipolygon" and building not in (None, "no")

    Counting().apply_file(str(path))
    return seen


def test_a_real_extract_agrees_with_gdal(real_data):
    """GDAL's own OSM driver assembles the areas; it calls a building what has the tag."""
    import pyogrio

    path = real_data / "urban" / "laspalmas" / "example_las_palmas_2023_osm_20230221.osm.pbf"
    theirs = pyogrio.read_dataframe(
        path,
        layer="multipolygons",
        where="building IS NOT NULL",
        columns=["osm_id", "osm_way_id", "building"],
        on_invalid="ignore",
    )
    city = CityProfile("x", "x", "x", "EPSG:32628", "d", 0.0)
    source = SourceSpec("osm", "osm", path, attribution="© OpenStreetMap", options={"themes": ["building"]})
    ours = {key: shape for batch in READER.read(source, city)
            for key, shape in zip(batch.frame["source_key"], batch.frame["geom"], strict=True)}  # fmt: skip
    keys = [
        f"w{way}" if isinstance(way, str) else f"r{whole}"
        for way, whole in zip(theirs["osm_way_id"], theirs["osm_id"], strict=True)
    ]
    both = [(ours[key], place) for key, place in zip(keys, theirs.to_crs("EPSG:32628").geometry, strict=True)
            if key in ours]  # fmt: skip
    assert len(both) > 0.995 * len(keys)
    assert len(both) > 0.995 * len(ours)
    mine, gdal = (np.array(column, dtype=object) for column in zip(*both, strict=True))
    assert np.abs(shapely.area(mine) - shapely.area(gdal)).max() < 0.01
