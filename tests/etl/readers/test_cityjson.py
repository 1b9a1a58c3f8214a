"""CityJSON through the reader: what comes out, in which coordinates, and what is refused."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from cim.city import CityProfile
from cim.errors import BadCrs, BadSource, MissingCrs, MissingSource
from cim.etl.readers.cityjson import READER
from cim.manifest import SourceSpec

RD = CityProfile("delft", "代尔夫特", "Delft", "EPSG:28992", "NAP", 43.0)
UTM = CityProfile("x", "x", "x", "EPSG:26916", "NAVD88", -30.0)
ORIGIN = [85000.0, 447000.0, 0.0]
BOX = [[x, y, z] for z in (0, 3000) for x, y in ((0, 0), (10000, 0), (10000, 5000), (0, 5000))]
SHELL = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
KINDS = [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}]


def solid(lod="1", boundaries=None, **more):
    return {"type": "Solid", "lod": lod, "boundaries": [SHELL] if boundaries is None else boundaries, **more}


def labelled(lod="2.2", **more):
    return solid(lod, semantics={"surfaces": KINDS, "values": [[0, 1, 2, 2, 2, 2]]}, **more)


def document(objects, vertices=None, **more):
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001] * 3, "translate": ORIGIN},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"},
        "CityObjects": objects,
        "vertices": BOX if vertices is None else vertices,
        **more,
    }


def sequence(*features, **more):
    lines = [document({}, [], **more), *features]
    return "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)


def feature(objects, vertices=None, **more):
    return {"type": "CityJSONFeature", "id": next(iter(objects)), "CityObjects": objects,
            "vertices": BOX if vertices is None else vertices, **more}  # fmt: skip


def building(*geometry, **more):
    return {"type": "Building", "geometry": list(geometry), **more}


@pytest.fixture
def read(tmp_path):
    """Write a document or text to a file and read it; the file's name tells nothing."""

    def run(content, city=RD, crs=None, offset=0.0, **options):
        path = tmp_path / "city"
        text = content if isinstance(content, str | bytes) else json.dumps(content)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(READER.read(SourceSpec("s", "cityjson", path, crs, offset, options=options), city))

    return run


def only(batches):
    assert len(batches) == 1
    return batches[0]


def polygons(lod_row):
    """Coordinates of each polygon of a row of a *_lod frame, closed rings."""
    shape = shapely.from_wkb(lod_row["geom"])
    assert shapely.get_srid(shape) == 28992
    return [[shapely.get_coordinates(ring, include_z=True) for ring in [p.exterior, *p.interiors]] for p in shape.geoms]


# --- what comes out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["whole", "pretty", "sequence", "crlf sequence"])
def test_one_building_in_each_form_of_file(read, form):
    objects = {"b1": building(solid(), labelled(), attributes={"yearOfConstruction": 1990})}
    text = {
        "whole": json.dumps(document(objects)),
        "pretty": json.dumps(document(objects), indent=1),
        "sequence": sequence(feature(objects)),
        "crlf sequence": sequence(feature(objects)).replace("\n", "\r\n") + "\r\n\r\n",
    }[form]
    batch = only(read(text))
    assert batch.theme == "building"
    assert batch.rejects == []
    assert (batch.crs, batch.pipeline, batch.accuracy_m) == ("EPSG:7415", None, 0.0)
    row = batch.frame.iloc[0]
    assert (row["source_key"], row["object_type"], row["parent_key"]) == ("b1", "Building", None)
    assert row["built_year"] == 1990
    assert json.loads(row["attributes"]) == {"yearOfConstruction": 1990}
    assert row["geom"].equals(shapely.MultiPolygon([shapely.box(85000, 447000, 85010, 447005)]))
    lods = batch.details["building_lod"]
    assert lods[["parent", "lod", "ordinal", "geometry_type"]].to_numpy().tolist() == [
        [0, "1", 0, "Solid"],
        [0, "2.2", 0, "Solid"],
    ]
    assert lods["surface"][0] is None
    assert lods["surface"][1].tolist() == [1, 3, 2, 2, 2, 2]


def test_coordinates_are_exact_and_rings_closed(read):
    batch = only(read(document({"b1": building(solid())})))
    found = polygons(batch.details["building_lod"].iloc[0])
    steps = np.array(BOX) * 0.001 + ORIGIN
    for surface, rings in zip(SHELL, found, strict=True):
        expected = steps[[*surface[0], surface[0][0]]]
        assert np.array_equal(rings[0], expected)


def test_heights_take_the_offset_and_the_unit(read):
    feet = document({"b1": building(labelled(), attributes={"h_maaiveld": 100.0})})
    feet["transform"]["translate"] = [500000.0, 4000000.0, 0.0]
    # NAD83 / UTM 16N + NAVD88 height (ftUS): metres on the ground, US feet upwards.
    batch = only(read(feet, city=UTM, crs="EPSG:26916+6360", offset=2.0))
    z = shapely.get_coordinates(shapely.from_wkb(batch.details["building_lod"]["geom"][0]), include_z=True)[:, 2]
    assert z.max() == pytest.approx(3 * 1200 / 3937 + 2.0)
    assert batch.frame["ground_min_m"].iloc[0] == pytest.approx(100 * 1200 / 3937 + 2.0)


def test_levels_come_from_the_finest_geometry_and_yield_to_attributes(read):
    low = [[x, y, z // 2] for x, y, z in BOX]
    flat = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3]]]}
    shifted = [[[[i + 8 for i in ring] for ring in surface] for surface in SHELL]]
    objects = {
        "shown": building(flat, solid("1.2", shifted), labelled("2.2")),
        "told": building(labelled(), attributes={"measuredHeight": 7.5, "ground_min_m": -1, "ground_max_m": 4.5}),
        "flat": building(flat),
    }
    frame = only(read(document(objects, BOX + low))).frame.set_index("source_key")
    assert frame.loc["shown", ["ground_min_m", "ground_max_m", "height_m"]].tolist() == [0.0, 0.0, 3.0]
    assert frame.loc["told", ["ground_min_m", "ground_max_m", "height_m"]].tolist() == [-1.0, 4.5, 7.5]
    assert frame.loc["flat", "ground_min_m"] == 0.0
    assert frame.loc["flat", ["ground_max_m", "height_m"]].isna().all()


@pytest.mark.parametrize(
    ("kind", "boundaries", "shell", "solid_of"),
    [
        ("MultiSurface", SHELL, None, None),
        ("CompositeSurface", SHELL, None, None),
        ("Solid", [SHELL, SHELL[:2]], [0] * 6 + [1] * 2, None),
        ("MultiSolid", [[SHELL], [SHELL[:3], SHELL[3:4]]], [0] * 9 + [1], [0] * 6 + [1] * 4),
        ("CompositeSolid", [[SHELL], [SHELL[:1]]], None, [0] * 6 + [1]),
    ],
)
def test_every_geometry_type_keeps_its_shells_and_solids(read, kind, boundaries, shell, solid_of):
    geometry = {"type": kind, "lod": "2", "boundaries": boundaries}
    row = only(read(document({"b": building(geometry)}))).details["building_lod"].iloc[0]
    assert row["geometry_type"] == kind
    assert (None if row["shell"] is None else row["shell"].tolist()) == shell
    assert (None if row["solid"] is None else row["solid"].tolist()) == solid_of
    flat = boundaries
    while not isinstance(flat[0][0][0], int):
        flat = [surface for part in flat for surface in part]
    assert len(polygons(row)) == len(flat)


def test_holes_stay_holes(read):
    inner = [[2000, 1000, 0], [4000, 1000, 0], [4000, 3000, 0], [2000, 3000, 0]]
    roof = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3], [8, 9, 10, 11]]]}
    batch = only(read(document({"b": building(roof)}, BOX + inner)))
    assert batch.frame["geom"].iloc[0].area == pytest.approx(50 - 4)
    assert [len(rings) for rings in polygons(batch.details["building_lod"].iloc[0])] == [2]


def test_template_is_turned_scaled_and_put_in_its_place(read):
    templates = {
        "vertices-templates": [[9, 9, 9], [0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 2]],
        "templates": [
            {"type": "MultiSurface", "lod": "3", "boundaries": [[[1, 2, 3]], [[1, 3, 4]]],
             "semantics": {"surfaces": [{"type": "+Leaf", "colour": "green"}], "values": [0, None]}},
        ],
    }  # fmt: skip
    # A quarter turn to the left, twice as large, one metre up.
    matrix = [0, -2, 0, 0, 2, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 1]
    instance = {"type": "GeometryInstance", "template": 0, "boundaries": [2], "transformationMatrix": matrix}
    objects = {"tree": {"type": "SolitaryVegetationObject", "geometry": [instance]}}
    batch = only(read(document(objects, **{"geometry-templates": templates})))
    assert batch.theme == "city_object"
    row = batch.details["city_object_lod"].iloc[0]
    assert (row["lod"], row["geometry_type"]) == ("3", "MultiSurface")
    corner = np.array([85010.0, 447005.0, 0.0])
    expected = np.array([[0, 0, 1], [0, 2, 1], [-2, 2, 1], [0, 0, 1]]) + corner
    assert np.allclose(polygons(row)[0][0], expected, atol=1e-9, rtol=0)
    assert row["surface"].tolist() == [9, 0]
    assert row["semantic"].tolist() == [0, -1]
    assert json.loads(row["semantics"]) == [{"type": "+Leaf", "colour": "green"}]
    assert json.loads(row["appearance"])["instance"] == {"template": 0, "transformationMatrix": matrix}


def test_lines_and_points_are_kept_with_their_heights(read):
    objects = {
        "cable": {"type": "+Cable", "geometry": [{"type": "MultiLineString", "lod": "1", "boundaries": [[0, 1, 6]]}]},
        "lamp": {"type": "CityFurniture", "geometry": [{"type": "MultiPoint", "lod": "0", "boundaries": [4, 5]}]},
    }
    batch = only(read(document(objects)))
    frame = batch.frame.set_index("source_key")
    assert frame.loc["cable", "geom"].equals(
        shapely.MultiLineString([[(85000, 447000), (85010, 447000), (85010, 447005)]])
    )
    assert frame.loc["lamp", "geom"].equals(shapely.MultiPoint([(85000, 447000), (85010, 447000)]))
    kept = json.loads(frame.loc["cable", "attributes"])["lines_and_points"]
    assert kept == [
        {"type": "MultiLineString", "lod": "1",
         "coordinates": [[[85000.0, 447000.0, 0.0], [85010.0, 447000.0, 0.0], [85010.0, 447005.0, 3.0]]]}
    ]  # fmt: skip
    assert len(batch.details["city_object_lod"]) == 0


def test_semantics_with_nulls_and_details(read):
    window = {"type": "Window", "parent": 2, "glass": "double"}
    part = {"surfaces": [*KINDS, window], "values": [[0, 1, None, 2, 2, 3], None]}
    row = only(read(document({"b": building(solid("3", [SHELL, SHELL[:2]], semantics=part))})))
    row = row.details["building_lod"].iloc[0]
    assert row["surface"].tolist() == [1, 3, 0, 2, 2, 7, 0, 0]
    assert row["semantic"].tolist() == [0, 1, -1, 2, 2, 3, -1, -1]
    assert json.loads(row["semantics"])[3] == window


@pytest.mark.parametrize("values", [[[0, 1, 2]], [[0, 1, 2, 2, 2, 9]], [0, 1, 2, 2, 2, 2], "none", [["x"] * 6]])
def test_semantics_that_do_not_fit_are_left_out_and_told(read, values):
    batch = only(read(document({"b": building(solid(semantics={"surfaces": KINDS, "values": values}))})))
    assert batch.details["building_lod"]["surface"].tolist() == [None]
    assert [(item.code, item.severity) for item in batch.rejects] == [("geometry.semantics", "warning")]


def test_appearance_stands_on_its_own(read):
    library = {
        "materials": [{"name": "unused"}, {"name": "brick"}],
        "textures": [{"type": "PNG", "image": "a.png"}],
        "vertices-texture": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]],
    }
    boundaries = [[[0, 1, 2]], [[0, 2, 3]]]
    geometry = {
        "type": "MultiSurface", "lod": "2", "boundaries": boundaries,
        "material": {"irradiation": {"values": [1, None]}, "winter": {"value": 1}},
        "texture": {"summer": {"values": [[[0, 0, 1, 2]], [[None]]]}},
    }  # fmt: skip
    row = only(read(document({"b": building(geometry)}, appearance=library))).details["building_lod"].iloc[0]
    assert json.loads(row["appearance"]) == {
        "material": {"irradiation": [0, -1], "winter": [0, 0]},
        "materials": [{"name": "brick"}],
        "texture": {"summer": {"image": [0, -1], "uv": [[[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]], [[]]]}},
        "textures": [{"type": "PNG", "image": "a.png"}],
    }


def test_appearance_that_points_nowhere_is_left_out_and_told(read):
    geometry = solid(material={"x": {"value": 3}})
    batch = only(read(document({"b": building(geometry)}, appearance={"materials": []})))
    assert batch.details["building_lod"]["appearance"].tolist() == [None]
    assert [item.code for item in batch.rejects] == ["geometry.appearance"]


# --- who is who -----------------------------------------------------------------------------------------------------


def test_parts_follow_their_building_and_give_it_footprint_and_height(read):
    far = [[x + 10000, y, z * 2] for x, y, z in BOX]
    other = [[[[i + 8 for i in ring] for ring in surface] for surface in SHELL]]
    objects = {
        "p1": {"type": "BuildingPart", "parents": ["b"], "geometry": [labelled()]},
        "chimney": {"type": "BuildingInstallation", "parents": ["p2"], "geometry": [solid("2", other)]},
        "p2": {"type": "BuildingPart", "parents": ["b"], "geometry": [solid("2", other)]},
        "b": {"type": "Building", "children": ["p1", "p2"]},
    }
    batch = only(read(document(objects, BOX + far)))
    frame = batch.frame
    assert frame["source_key"].tolist() == ["b", "p1", "p2", "chimney"]
    assert frame["parent_key"].tolist() == [None, "b", "b", "p2"]
    whole = frame.iloc[0]
    assert whole["geom"].equals(shapely.MultiPolygon([shapely.box(85000, 447000, 85020, 447005)]))
    assert whole["height_m"] == 6.0
    assert batch.details["building_lod"]["parent"].tolist() == [1, 2, 3]


def test_other_types_are_city_objects_and_groups_are_no_parents_of_buildings(read):
    surface = {"type": "MultiSurface", "lod": "1", "boundaries": [[[0, 1, 2, 3]]]}
    objects = {
        "group": {"type": "CityObjectGroup", "children": ["b", "bridge"]},
        "b": building(solid(), parents=["group"]),
        "bridge": {"type": "Bridge", "geometry": [surface], "parents": ["group"]},
        "pier": {"type": "BridgePart", "geometry": [surface], "parents": ["bridge"]},
        "wall": {"type": "GenericCityObject", "geometry": [{**surface, "boundaries": [[[0, 1, 5, 4]]]}]},
    }
    batches = {batch.theme: batch for batch in read(document(objects))}
    buildings = batches["building"].frame
    assert buildings["parent_key"].tolist() == [None]
    assert json.loads(buildings["attributes"].iloc[0]) == {"parents": ["group"]}
    others = batches["city_object"].frame.set_index("source_key")
    assert others["parent_key"].to_dict() == {"group": None, "bridge": "group", "pier": "bridge", "wall": None}
    assert others.loc["wall", "geom"].equals(shapely.LineString([(85000, 447000), (85010, 447000)]))
    assert others.loc["group", "geom"] is None
    assert json.loads(others.loc["group", "attributes"]) == {"children": ["b", "bridge"]}


def test_part_whose_building_is_not_there_is_told_by_its_own_id(read):
    objects = {
        "part": {"type": "BuildingPart", "parents": ["nobody"], "geometry": [solid()]},
        "b": building(solid(), parents=["a group in another file"]),
    }
    batch = only(read(document(objects)))
    assert [(item.record, item.code, item.source_key, item.severity) for item in batch.rejects] == [
        ("part", "reference.unresolved", "part", "warning")
    ]
    assert batch.frame["parent_key"].tolist() == [None, None]
    assert json.loads(batch.frame["attributes"].iloc[0]) == {"parents": ["nobody"]}


def test_extension_type_with_building_parts_is_a_building(read):
    objects = {
        "n": {"type": "+NoisyBuilding", "children": ["p"], "+noise": {"day": 60}},
        "p": {"type": "BuildingPart", "parents": ["n"], "geometry": [solid()]},
        "x": {"type": "+Kiosk", "geometry": [solid()]},
    }
    batches = {batch.theme: batch.frame for batch in read(document(objects))}
    assert batches["building"]["object_type"].tolist() == ["+NoisyBuilding", "BuildingPart"]
    assert json.loads(batches["building"]["attributes"].iloc[0]) == {"+noise": {"day": 60}}
    assert batches["city_object"]["object_type"].tolist() == ["+Kiosk"]


def test_circle_of_parents_ends(read):
    objects = {
        "a": {"type": "BuildingPart", "parents": ["b"], "geometry": [solid()]},
        "b": {"type": "BuildingPart", "parents": ["a"], "geometry": [solid()]},
    }
    assert sorted(only(read(document(objects))).frame["source_key"]) == ["a", "b"]


# --- footprints -----------------------------------------------------------------------------------------------------


def test_footprint_prefers_lod_0_then_ground_surfaces_then_what_faces_down(read):
    lod0 = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2]]]}
    cases = {
        "lod 0": building(labelled(), lod0),
        "ground": building(
            solid("1", [SHELL[1:]]), solid("2", semantics={"surfaces": KINDS, "values": [[0, 1, 2, 2, 2, 2]]})
        ),
        "down": building(solid("1")),
        "open below": building(solid("1", [SHELL[1:]])),
        "inside out": building(solid("1", [[[ring[::-1] for ring in surface] for surface in SHELL]])),
    }
    frame = only(read(document(cases))).frame.set_index("source_key")
    assert {key: shape.area for key, shape in frame["geom"].items()} == pytest.approx(
        {"lod 0": 25, "ground": 50, "down": 50, "open below": 50, "inside out": 50}
    )


def test_footprint_that_crosses_itself_is_mended_and_told(read):
    bow = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 2, 1, 3]]]}
    batch = only(read(document({"b": building(bow)})))
    assert shapely.is_valid(batch.frame["geom"].iloc[0])
    assert batch.frame["geom"].iloc[0].area == pytest.approx(25)
    assert [(item.code, item.severity) for item in batch.rejects] == [("geometry.repaired_footprint", "warning")]
    ring = polygons(batch.details["building_lod"].iloc[0])[0][0]
    assert ring[:, 0].tolist() == [85000, 85010, 85010, 85000, 85000]


# --- attributes -----------------------------------------------------------------------------------------------------


def test_attributes_fill_columns_and_all_originals_stay(read):
    said = {
        "function": "1010", "usage": "shop", "roofType": "1030", "storeysAboveGround": 12, "storeysBelowGround": "2",
        "dateOfConstruction": "1987-05-01", "households": 40.0, "name": "甲楼", "structure": "frame",
        "compound_key": "C-7", "ville": {"nested": [1, None]}, "b3_extra": 1.5,
    }  # fmt: skip
    address = [{"ThoroughfareName": "Oude Delft", "ThoroughfareNumber": "12", "LocalityName": "Delft"}]
    batch = only(read(document({"b": building(solid(), attributes=said, address=address)})))
    row = batch.frame.iloc[0].to_dict()
    expected = {
        "usage": "shop", "roof_type": "gabled", "storeys_above": 12, "storeys_below": 2, "built_year": 1987,
        "households": 40, "name": "甲楼", "structure": "frame", "compound_key": "C-7", "address": "Oude Delft 12 Delft",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert json.loads(row["attributes"]) == {**said, "address": address}
    assert batch.rejects == []


def test_codes_stand_in_where_the_use_is_not_given_in_words(read):
    said = {
        "function only": {"function": ["1010"]},
        "both": {"function": "1010", "usage": "Office"},
        "odd": {"usage": "77"},
    }
    batch = only(read(document({key: building(solid(), attributes=value) for key, value in said.items()})))
    assert batch.frame["usage"].tolist()[:2] == ["residential", "office"]
    assert batch.frame["usage"].isna().tolist() == [False, False, True]


def test_option_names_columns_of_the_city_s_own_attributes(read):
    objects = {"b": building(solid(), attributes={"bouwjaar": "1931", "yearOfConstruction": 1900, "klasse": "kantoor"})}
    batch = only(read(document(objects), attributes={"bouwjaar": "built_year", "klasse": "usage"}))
    assert batch.frame["built_year"].tolist() == [1931]
    assert batch.frame["usage"].tolist() == ["kantoor"]


def test_option_with_an_unknown_column_is_refused(read):
    with pytest.raises(BadSource, match=r"no column 'bild_year' for 'bouwjaar': give one of .*built_year"):
        read(document({"b": building(solid())}), attributes={"bouwjaar": "bild_year"})


def test_text_in_a_number_column_is_told_and_kept(read):
    wrong = {"storeysAboveGround": "many", "households": 2.5, "yearOfConstruction": "ca. 1900"}
    right = {"storeysAboveGround": 3, "households": None, "yearOfConstruction": "1900"}
    objects = {"b1": building(solid(), attributes=wrong), "b2": building(solid(), attributes=right)}
    batch = only(read(document(objects)))
    frame = batch.frame.set_index("source_key")
    assert frame.loc["b1", ["storeys_above", "households", "built_year"]].isna().all()
    assert frame.loc["b2", ["storeys_above", "built_year"]].tolist() == [3, 1900]
    told = {(item.record, item.code, item.severity) for item in batch.rejects}
    assert told == {("b1", f"value.not_{kind}", "warning") for kind in ("a_number", "whole", "a_year")}
    assert json.loads(frame.loc["b1", "attributes"])["storeysAboveGround"] == "many"


def test_nul_characters_become_visible(read):
    batch = only(read(document({"b": building(solid(), attributes={"a\0": ["x\0y"]})})))
    assert json.loads(batch.frame["attributes"].iloc[0]) == {"a␀": ["x␀y"]}


# --- what is refused ------------------------------------------------------------------------------------------------

BROKEN = {
    "geometry.dangling_vertex": building(solid(boundaries=[[[[0, 1, 99]]]])),
    "geometry.malformed": building(solid(boundaries=[[[["a", 1, 2]]]])),
    "geometry.missing": building(),
    "object.no_type": {"geometry": [solid()]},
    "geometry.type": building({"type": "Blob", "lod": "1", "boundaries": []}),
    "object.wrong_member": {"type": "Building", "geometry": "none"},
    "object.not_an_object": ["Building"],
}


@pytest.mark.parametrize("form", ["whole", "sequence"])
@pytest.mark.parametrize("code", BROKEN)
def test_broken_object_is_refused_and_its_neighbours_kept(read, code, form):
    objects = {"good1": building(solid()), "bad": BROKEN[code], "good2": building(labelled())}
    content = document(objects) if form == "whole" else sequence(*(feature({k: v}) for k, v in objects.items()))
    batch = only(read(content))
    assert batch.frame["source_key"].tolist() == ["good1", "good2"]
    assert batch.details["building_lod"]["parent"].tolist() == [0, 1]
    assert [(item.code, item.source_key, item.severity) for item in batch.rejects] == [(code, "bad", "error")]
    assert batch.rejects[0].record == ("bad" if form == "whole" else "line 3")


@pytest.mark.parametrize(
    "boundaries", [[[[[0, 1, -1]]]], [[[[0, 1, 2.5]]]], [[[[0, 1, 1e300]]]], [[[0, 1, 2]]], None, 5, {"a": 1}]
)
def test_no_shape_of_boundaries_breaks_the_reader(read, boundaries):
    objects = {"good": building(solid()), "bad": building({"type": "Solid", "lod": "1", "boundaries": boundaries})}
    batch = only(read(document(objects)))
    assert batch.frame["source_key"].tolist() == ["good"]
    assert [item.severity for item in batch.rejects] == ["error"]


@pytest.mark.parametrize("lod", [None, "", True, [1]])
def test_geometry_without_level_of_detail_is_refused(read, lod):
    batch = only(read(document({"good": building(solid()), "bad": building(solid(lod))})))
    assert [item.source_key for item in batch.rejects] == ["bad"]
    assert "has no lod" in batch.rejects[0].reason


def test_degenerate_polygons_are_dropped_with_their_semantics(read):
    shell = [*SHELL[:2], [[0, 1]], [[0, 0]], *SHELL[2:], []]
    semantics = {"surfaces": KINDS, "values": [[0, 1, 1, 1, 2, 2, 2, 2, 1]]}
    batch = only(read(document({"b": building(solid("2", [shell], semantics=semantics))})))
    row = batch.details["building_lod"].iloc[0]
    assert len(polygons(row)) == 6
    assert row["surface"].tolist() == [1, 3, 2, 2, 2, 2]
    assert [(item.code, item.severity) for item in batch.rejects] == [("geometry.degenerate_polygon", "warning")]


def test_closing_points_are_taken_off(read):
    shell = [[[*ring, ring[0]] for ring in surface] for surface in SHELL]
    batch = only(read(document({"b": building(solid("2", [shell]))})))
    assert [len(rings[0]) for rings in polygons(batch.details["building_lod"].iloc[0])] == [5] * 6


def test_broken_lines_of_a_sequence_are_refused_one_by_one(read):
    good = [feature({key: building(solid())}) for key in ("b1", "b2")]
    vertices = feature({"b3": building(solid())}, [[0, 0], [1, 1, 1]])
    text = sequence(good[0], '{"type": "CityJSONFeature", "CityObj', '{"type": "Feature"}', "[1]", vertices, good[1])
    batch = only(read(text))
    assert batch.frame["source_key"].tolist() == ["b1", "b2"]
    assert batch.frame.index.tolist() == ["line 2", "line 7"]
    found = [(item.record, item.code) for item in batch.rejects]
    assert found == [
        ("line 3", "json.broken"),
        ("line 4", "feature.malformed"),
        ("line 5", "feature.malformed"),
        ("line 6", "feature.vertices"),
    ]


def test_file_of_rejects_only_still_tells_them(read):
    batch = only(read(sequence("{broken")))
    assert len(batch.frame) == 0
    assert [item.code for item in batch.rejects] == ["json.broken"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (json.dumps(document({"b": building(solid())}))[:-40], "is not whole JSON .*: the file may be cut off"),
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("not json", "is not whole JSON"),
        (b"\xff\xfe\x00", "is not whole JSON"),
        ('{"type": "FeatureCollection", "features": []}', "begins with 'FeatureCollection'"),
        ("[]", "begins with 'list'"),
        (json.dumps(feature({"b": building(solid())})) + "\n{}", "begins with 'CityJSONFeature'.*its first line"),
        (json.dumps({**document({}), "version": "0.9"}), "CityJSON version '0.9': convert"),
        (json.dumps({**document({}), "transform": {"scale": [1]}}), "transform is malformed"),
        (json.dumps({**document({}), "CityObjects": None}), "has no CityObjects"),
        (json.dumps(document({"b": building(solid())}, ["x"])), "vertices are not lists of three numbers"),
        (json.dumps(document({}, **{"geometry-templates": {"templates": [{}]}})), "geometry-templates are malformed"),
    ],
)
def test_what_is_no_city_json_is_refused_in_one_line(read, text, said):
    with pytest.raises(BadSource, match=said) as error:
        read(text)
    assert "\n" not in str(error.value)


def test_missing_file_and_empty_folder_are_refused(tmp_path):
    with pytest.raises(MissingSource):
        list(READER.read(SourceSpec("s", "cityjson", tmp_path / "none.city.json"), RD))
    with pytest.raises(BadSource, match="holds no CityJSON file"):
        list(READER.read(SourceSpec("s", "cityjson", tmp_path), RD))


# --- coordinate reference systems -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "urn:ogc:def:crs:EPSG::7415",
        "urn:ogc:def:crs:EPSG:9.9.1:7415",
        "http://www.opengis.net/def/crs/EPSG/0/7415",
        "https://www.opengis.net/def/crs/EPSG/0/7415",
        "EPSG:7415",
        "epsg:7415",
    ],
)
def test_every_way_to_name_a_crs(read, name):
    body = document({"b": building(solid())}, metadata={"referenceSystem": name})
    assert only(read(body)).crs == "EPSG:7415"


@pytest.mark.parametrize("metadata", [{}, {"referenceSystem": None}, {"referenceSystem": " "}, None])
def test_file_without_crs_is_refused_until_one_is_given(read, metadata):
    body = document({"b": building(solid())}, metadata=metadata)
    with pytest.raises(MissingCrs, match=r'has no CRS: give one with crs = "EPSG:…" in city.toml or --crs'):
        read(body)
    batch = only(read(body, crs="EPSG:28992"))
    assert batch.crs == "EPSG:28992"
    assert len(batch.frame) == 1


def test_unknown_crs_is_refused(read):
    with pytest.raises(BadCrs, match="is not known to PROJ"):
        read(document({"b": building(solid())}, metadata={"referenceSystem": "EPSG:999999"}))


def test_manifest_overrides_the_file(read):
    body = document({"b": building(solid())}, metadata={"referenceSystem": "EPSG:999999"})
    assert only(read(body, crs="EPSG:28992")).crs == "EPSG:28992"


def test_coordinates_outside_the_crs_are_refused(read):
    with pytest.raises(BadCrs, match="is not used where the points would lie"):
        read(document({"b": building(solid())}), crs="EPSG:26916", city=UTM)


def test_degrees_come_in_the_order_of_the_authority(read):
    chongqing = CityProfile("cq", "重庆", "Chongqing", "EPSG:4545", "1985", -36.0)
    degrees = [[29_560_000 + y, 106_560_000 + x, z] for x, y, z in BOX]
    body = document({"b": building(solid())}, degrees)
    body["transform"] = {"scale": [1e-6, 1e-6, 0.001], "translate": [0, 0, 0]}
    batch = only(read(body, city=chongqing, crs="EPSG:4480"))
    to_grid = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4545", always_xy=True)
    corner = to_grid.transform(106.56, 29.56)
    corners = shapely.get_coordinates(batch.frame["geom"].iloc[0])
    assert np.linalg.norm(corners - corner, axis=1).min() < 0.001
    with pytest.raises(BadSource, match='set axis_order = "north_east"'):
        read(body, city=chongqing, crs="EPSG:4480", axis_order="east_north")
    with pytest.raises(BadSource, match='give "east_north" or "north_east"'):
        read(body, city=chongqing, crs="EPSG:4480", axis_order="yx")


def test_projected_coordinates_with_the_northing_first_need_a_word(read):
    swapped = [[y, x, z] for x, y, z in BOX]
    body = document({"b": building(solid())}, swapped)
    body["transform"]["translate"] = [ORIGIN[1], ORIGIN[0], 0.0]
    with pytest.raises(BadSource, match='set axis_order = "north_east"'):
        read(body)
    batch = only(read(body, axis_order="north_east"))
    assert batch.frame["geom"].iloc[0].equals(shapely.MultiPolygon([shapely.box(85000, 447000, 85010, 447005)]))


def test_further_header_begins_a_document_with_its_own_transform(read):
    head = document({}, [])
    head["transform"] = {"scale": [0.001] * 3, "translate": [85100.0, 447000.0, 5.0]}
    first, second = (feature({key: building(solid())}) for key in ("b1", "b2"))
    batches = read(sequence(first, head, second))
    west = [batch.frame["geom"].iloc[0].bounds[0] for batch in batches]
    assert west == [85000.0, 85100.0]
    other = copy.deepcopy(head)
    other["metadata"]["referenceSystem"] = "EPSG:31370"
    with pytest.raises(BadCrs, match="differs from 'EPSG:7415' of what was read before it"):
        read(sequence(first, other, second))


def test_folder_of_tiles_is_one_source(tmp_path):
    for number in (1, 2):
        (tmp_path / f"tile{number}.city.json").write_text(json.dumps(document({f"b{number}": building(solid())})))
    (tmp_path / "readme.txt").write_text("about these tiles")
    batches = list(READER.read(SourceSpec("s", "cityjson", tmp_path), RD))
    assert [batch.frame["source_key"].tolist() for batch in batches] == [["b1"], ["b2"]]


def test_version_1_0_without_transform_and_with_numbers_for_levels(read):
    real = (np.array(BOX) * 0.001 + ORIGIN).tolist()
    body = document({"b": building(labelled(2.2), solid(1))}, real, version="1.0")
    del body["transform"]
    batch = only(read(body))
    assert batch.details["building_lod"]["lod"].tolist() == ["2.2", "1"]
    assert batch.frame["geom"].iloc[0].bounds == (85000.0, 447000.0, 85010.0, 447005.0)


def test_long_sequence_comes_in_batches_that_hold_little(tmp_path):
    path = Path(tmp_path / "many.city.jsonl")
    path.write_text(sequence(*(feature({f"b{number}": building(solid())}) for number in range(1234))))
    sizes = [len(batch.frame) for batch in READER.read(SourceSpec("s", "cityjson", path), RD)]
    assert sum(sizes) == 1234
    assert max(sizes) <= 500
