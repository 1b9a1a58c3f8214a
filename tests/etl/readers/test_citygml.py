"""CityGML through the reader: every theme of version 2, spaces and boundaries of version 3, CRSs and their order."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import numpy as np
import pytest
import shapely

from cim.city import CityProfile
from cim.errors import BadSource
from cim.etl.readers import citygml_tin, find
from cim.etl.readers.citygml_crs import normal_name
from cim.manifest import SourceSpec

DATA = Path(__file__).parents[2] / "data" / "citygml"
CITY = CityProfile("x", "x", "x", "EPSG:4545", "1985", -36.0)
JAPAN = CityProfile("x", "x", "x", "EPSG:6677", "TP", 37.0)
EAST, NORTH = 500_000.0, 3_270_000.0


def read(path, city=CITY, crs=None, offset=0.0, **options):
    return list(find("citygml").read(SourceSpec("s", "citygml", path, crs, offset, options=options), city))


@pytest.fixture(scope="module")
def themes():
    """The synthetic file of version 2.0."""
    return read(DATA / "themes_2_0.gml")


@pytest.fixture(scope="module")
def spaces():
    """The synthetic file of version 3.0."""
    return read(DATA / "spaces_3_0.gml")


def rows(batches, theme):
    """Rows of a theme by key, as dicts, attributes read."""
    out = {}
    for batch in batches:
        if batch.theme == theme:
            for row in batch.frame.to_dict("records"):
                out[row["source_key"]] = {**row, "attributes": json.loads(row["attributes"])}
    return out


def lods(batches, theme, key):
    """Rows of the geometries of one object, by level."""
    out = {}
    for batch in batches:
        if batch.theme == theme:
            detail = batch.details[f"{theme}_lod"]
            place = batch.frame["source_key"].tolist().index(key)
            for row in detail[detail["parent"] == place].to_dict("records"):
                out[row["lod"]] = row
    return out


def heights(row):
    return shapely.get_coordinates(shapely.from_wkb(row["geom"]), include_z=True)[:, 2]


def synthetic(body, version="2.0", srs="http://www.opengis.net/def/crs/EPSG/0/4545"):
    """A city model around members."""
    uri = "http://www.opengis.net/citygml"
    names = {"bldg": "building", "gen": "generics", "dem": "relief", "app": "appearance"}
    given = " ".join(f'xmlns:{prefix}="{uri}/{name}/{version}"' for prefix, name in names.items())
    envelope = f'<gml:boundedBy><gml:Envelope srsName="{srs}"/></gml:boundedBy>' if srs else ""
    return (
        f'<core:CityModel xmlns:core="{uri}/{version}" xmlns:gml="http://www.opengis.net/gml" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" {given}>{envelope}{body}</core:CityModel>'
    )


def polygon(*points, name=""):
    """A polygon, north first."""
    text = " ".join(f"{NORTH + y} {EAST + x} {z}" for x, y, z in (*points, points[0]))
    identity = f' gml:id="{name}"' if name else ""
    ring = f"<gml:LinearRing><gml:posList>{text}</gml:posList></gml:LinearRing>"
    return f"<gml:Polygon{identity}><gml:exterior>{ring}</gml:exterior></gml:Polygon>"


SQUARE = polygon((0, 0, 1), (5, 0, 1), (5, 5, 1), (0, 5, 1))


def building(key, *members, more=""):
    """A building with a LoD 1 surface."""
    inner = "".join(
        member if member.startswith("<gml:surfaceMember") else f"<gml:surfaceMember>{member}</gml:surfaceMember>"
        for member in members
    )
    shape = f"<bldg:lod1MultiSurface><gml:MultiSurface>{inner}</gml:MultiSurface></bldg:lod1MultiSurface>"
    identity = f' gml:id="{key}"' if key else ""
    return f"<core:cityObjectMember><bldg:Building{identity}>{more}{shape}</bldg:Building></core:cityObjectMember>"


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


# --- version 2 ------------------------------------------------------------------------------------------------------


def test_every_theme_of_version_2_arrives_with_its_parts(themes):
    buildings, others = rows(themes, "building"), rows(themes, "city_object")
    assert {key: (row["object_type"], row["parent_key"]) for key, row in buildings.items()} == {
        "b1": ("Building", None),
        "b1-balcony": ("BuildingInstallation", "b1"),
        "b1-room": ("BuildingRoom", "b1"),
        "b1-part": ("BuildingPart", "b1"),
        "b2": ("Building", None),
    }
    assert {key: (row["object_type"], row["parent_key"]) for key, row in others.items()} == {
        "br1": ("Bridge", None),
        "br1-pier": ("BridgeConstructiveElement", "br1"),
        "tu1": ("Tunnel", None),
        "tu1-space": ("TunnelHollowSpace", "tu1"),
        "ro1": ("Road", None),
        "ra1": ("Railway", None),
        "t1": ("SolitaryVegetationObject", None),
        "t2": ("SolitaryVegetationObject", None),
        "pc1": ("PlantCover", None),
        "w1": ("WaterBody", None),
        "lu1": ("LandUse", None),
        "cf1": ("CityFurniture", None),
        "re1": ("ReliefFeature", None),
        "re1-tin": ("TINRelief", "re1"),
        "go1": ("GenericCityObject", None),
        "gr1": ("CityObjectGroup", None),
    }
    assert [reject for batch in themes for reject in batch.rejects] == []
    assert others["gr1"]["attributes"]["children"] == ["b1", "b2"]


def test_attributes_of_all_kinds_are_kept_with_units_and_code_lists(themes):
    row = rows(themes, "building")["b1"]
    kept = row["attributes"]
    assert (kept["class"], kept["class_codeSpace"]) == ("1000", "http://example.org/codelists/class")
    assert kept["function"] == ["1000", "1120"]
    assert (kept["measuredHeight"], kept["measuredHeight_uom"]) == (6.5, "#m")
    assert (kept["owner"], kept["households"], kept["share"], kept["surveyed"]) == ("city", 12, 0.5, "2024-05-01")
    assert (kept["area"], kept["area_uom"]) == (80.5, "m2")
    assert kept["energy"] == {"class": "B", "demand": 1200, "demand_uom": "kWh"}
    assert kept["externalReference"] == [{"informationSystem": "http://example.org/cadastre", "name": "C-17"}]
    assert kept["address"][0]["LocalityName"] == "两江"
    assert kept["uro:buildingDetailAttribute"] == {
        "type": "BuildingDetailAttribute",
        "totalFloorArea": 160.5,
        "totalFloorArea_uom": "m2",
        "buildingStructureType": "604",
        "buildingStructureType_codeSpace": "../../codelists/Building_BuildingStructureType.xml",
    }
    assert kept["lines_and_points"][0]["coordinates"][0][1] == [EAST + 10, NORTH, 200.0]
    names = ["built_year", "storeys_above", "storeys_below", "height_m", "roof_type", "usage", "name", "floor_area_m2"]
    assert [row[name] for name in names] == [1987, 2, 1, 6.5, "gabled", "school", "Hall", 160.5]
    assert (row["structure"], row["households"], row["address"]) == (
        "steel",
        12,
        "River Road 7 401120 两江 China",
    )


def test_heights_in_feet_become_metres_and_marks_of_the_unknown_no_values(themes):
    buildings = rows(themes, "building")
    part = buildings["b1-part"]
    assert part["height_m"] == pytest.approx(3.048)
    assert (part["attributes"]["measuredHeight_raw"], part["attributes"]["measuredHeight_raw_uom"]) == (10, "ft")
    unknown = buildings["b2"]
    assert np.isnan(unknown["storeys_above"])
    assert unknown["attributes"]["storeysAboveGround_raw"] == 9999
    assert np.isnan(unknown["height_m"])


def test_a_solid_that_shares_polygons_has_their_semantics_and_looks(themes):
    found = lods(themes, "building", "b1")
    solid = found["2"]
    assert solid["geometry_type"] == "Solid"
    assert solid["surface"].tolist() == [1, 3, 2, 2, 2, 2]
    assert json.loads(solid["semantics"])[1] == {"type": "RoofSurface", "name": "main roof", "id": "s-r"}
    looks = json.loads(solid["appearance"])
    assert looks["material"] == {"summer": [-1, -1, 0, 0, -1, -1]}
    assert looks["materials"][0]["diffuseColor"] == [0.8, 0.2, 0.1]
    assert looks["texture"]["photo"]["image"] == [-1, 0, -1, -1, -1, -1]
    assert looks["texture"]["photo"]["uv"][1] == [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]]
    assert looks["textures"] == [{"image": "appearance/roof.jpg", "type": "JPG", "wrapMode": "none"}]
    # The window's polygon is in no solid: it stands by itself.
    assert (found["3"]["geometry_type"], found["3"]["surface"].tolist()) == ("MultiSurface", [7])
    assert sorted(found) == ["0", "0.2", "1", "2", "3"]


def test_footprint_is_not_the_roof_edge_and_holes_stay(themes):
    buildings = rows(themes, "building")
    assert buildings["b1"]["geom"].equals(shapely.MultiPolygon([shapely.box(EAST, NORTH, EAST + 10, NORTH + 8)]))
    assert buildings["b2"]["geom"].area == 400 - 25


def test_templates_are_put_in_place_whatever_member_holds_them(themes):
    for key, east in (("t1", 100), ("t2", 110)):
        row = lods(themes, "city_object", key)["2"]
        points = shapely.get_coordinates(shapely.from_wkb(row["geom"]), include_z=True)
        # Two metres east and west, four north and south (the matrix doubles both), five high.
        assert points.min(axis=0).tolist() == [EAST + east - 2, NORTH + 10 - 4, 200]
        assert points.max(axis=0).tolist() == [EAST + east + 2, NORTH + 10 + 4, 205]
    told = rows(themes, "city_object")["t2"]["attributes"]["implicitGeometry"]
    assert (told["template"], told["lod"]) == ("tree-shape", "2")


def test_template_in_degrees_is_placed_in_metres(tmp_path):
    text = (DATA / "themes_2_0.gml").read_text(encoding="utf-8").replace("EPSG/0/4545", "EPSG/0/4490")

    def degrees(found):
        numbers = list(map(float, found[1].split()))
        if numbers[0] < 1e6:
            return found[0]
        moved = [29.5 + (n - NORTH) / 111000 if i % 3 == 0 else 108 + (n - EAST) / 97000 if i % 3 == 1 else n
                 for i, n in enumerate(numbers)]  # fmt: skip
        return f">{' '.join(map(str, moved))}</gml:pos"

    text = re.sub(r">([\d. ]+)</gml:pos", degrees, text)
    row = lods(read(written(tmp_path / "x.gml", text)), "city_object", "t1")["2"]
    points = shapely.get_coordinates(shapely.from_wkb(row["geom"]), include_z=True)
    assert np.ptp(points, axis=0) == pytest.approx([4, 8, 5], abs=1e-6)


def test_shared_polygon_of_another_member_and_a_surface_turned_round(themes):
    row = lods(themes, "city_object", "go1")["1"]
    first, second = shapely.from_wkb(row["geom"]).geoms
    assert row["geometry_type"] == "CompositeSurface"
    assert (first.area, len(first.interiors)) == (375, 1)
    assert not shapely.is_ccw(second.exterior)


def test_surfaces_of_roads_water_and_terrain(themes):
    road = lods(themes, "city_object", "ro1")["2"]
    assert [item["type"] for item in json.loads(road["semantics"])] == ["TrafficArea", "AuxiliaryTrafficArea"]
    assert json.loads(lods(themes, "city_object", "w1")["2"]["semantics"]) == [{"type": "WaterSurface"}]
    assert len(shapely.from_wkb(lods(themes, "city_object", "re1-tin")["2"]["geom"]).geoms) == 2
    assert lods(themes, "city_object", "pc1")["1"]["solid"].tolist() == [0] * 6 + [1] * 6
    assert rows(themes, "city_object")["cf1"]["geom"].geom_type == "MultiPoint"


def test_ground_of_a_building_with_footprint_and_roof_edge_only(tmp_path):
    shape = "<gml:MultiSurface><gml:surfaceMember>{}</gml:surfaceMember></gml:MultiSurface>"
    flat = f"<bldg:lod0FootPrint>{shape}</bldg:lod0FootPrint>"
    edge = flat.format(polygon((0, 0, 9), (5, 0, 9), (5, 5, 9), (0, 5, 9))).replace("FootPrint", "RoofEdge")
    text = "".join(
        f'<core:cityObjectMember><bldg:Building gml:id="{key}">{body}</bldg:Building></core:cityObjectMember>'
        for key, body in {
            "both": flat.format(SQUARE) + edge,
            "edge": edge,
        }.items()
    )  # fmt: skip
    found = rows(read(written(tmp_path / "x.gml", synthetic(text))), "building")
    assert (found["both"]["ground_min_m"], found["both"]["height_m"]) == (1, 8)
    assert np.isnan(found["edge"]["ground_min_m"])
    assert found["edge"]["geom"].area == 25


# --- version 3 ------------------------------------------------------------------------------------------------------


def test_spaces_and_boundaries_of_version_3(spaces):
    buildings, others = rows(spaces, "building"), rows(spaces, "city_object")
    assert {key: row["parent_key"] for key, row in buildings.items()} == {
        "v3-b1": None,
        "v3-b1-part": "v3-b1",
        "v3-b1-room": "v3-b1",
    }
    assert {key: (row["object_type"], row["parent_key"]) for key, row in others.items()} == {
        "v3-ro1": ("Road", None),
        "v3-ro1-s": ("TransportSection", "v3-ro1"),
        "v3-ro1-t": ("TrafficSpace", "v3-ro1-s"),
        "v3-t1": ("SolitaryVegetationObject", None),
        "v3-lu1": ("LandUse", None),
        "v3-gr": ("CityObjectGroup", None),
    }
    row = buildings["v3-b1"]
    assert (row["height_m"], row["built_year"], row["storeys_above"], row["roof_type"]) == (6.25, 1999, 3, "hipped")
    assert row["attributes"]["height"]["lowReference"] == "lowestGroundPoint"
    assert row["attributes"]["energy"] == {"demand": 900, "demand_uom": "kWh"}
    assert row["attributes"]["owner"] == "city"
    assert others["v3-gr"]["attributes"]["children"] == ["v3-b1"]
    assert [reject for batch in spaces for reject in batch.rejects] == []


def test_solids_and_looks_of_version_3(spaces):
    found = lods(spaces, "building", "v3-b1")
    assert found["2"]["surface"].tolist() == [1, 3, 2, 2, 2, 2]
    assert found["3"]["surface"].tolist() == [7]
    looks = json.loads(found["2"]["appearance"])
    assert looks["texture"]["photo"]["image"] == [-1, 0, -1, -1, -1, -1]
    assert len(looks["texture"]["photo"]["uv"][1][0]) == 4
    green = json.loads(lods(spaces, "city_object", "v3-lu1")["0"]["appearance"])
    # The theme of the appearance is that of its second part too.
    assert green["material"] == {"photo": [0]}


# --- coordinates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("urn:ogc:def:crs:EPSG::6697", "EPSG:6697"),
        ("http://www.opengis.net/def/crs/EPSG/0/10169", "EPSG:10169"),
        ("EPSG:25832", "EPSG:25832"),
        ("urn:ogc:def:crs,crs:EPSG:6.12:25832,crs:EPSG:6.12:5783", "EPSG:25832+5783"),
        ("urn:ogc:def:crs:EPSG:6.9:7415", "EPSG:7415"),
        ("http://www.opengis.net/gml/srs/epsg.xml#28992", "EPSG:28992"),
        ("urn:adv:crs:ETRS89_UTM32*DE_DHHN92_NH", "EPSG:25832"),
        ("local grid", "local grid"),
    ],
)
def test_names_of_crs(name, normal):
    assert normal_name(name) == normal


def test_a_url_promises_the_order_of_the_authority_and_a_short_name_the_easting(tmp_path):
    north_first = synthetic(building("b", SQUARE))
    (batch,) = read(written(tmp_path / "a.gml", north_first))
    assert batch.frame["geom"].iloc[0].bounds == (EAST, NORTH, EAST + 5, NORTH + 5)
    east_first = synthetic(building("b", SQUARE), srs="EPSG:4545")
    with pytest.raises(BadSource, match=r'the other way round, inside: set axis_order = "north_east"'):
        read(written(tmp_path / "b.gml", east_first))
    (told,) = read(written(tmp_path / "b.gml", east_first), axis_order="north_east")
    assert told.frame["geom"].iloc[0].bounds == (EAST, NORTH, EAST + 5, NORTH + 5)


def test_heights_move_by_the_declared_offset_only(tmp_path):
    path = written(tmp_path / "a.gml", synthetic(building("b", SQUARE)))
    assert set(heights(lods(read(path, offset=2.5), "building", "b")["1"])) == {3.5}


def test_parts_of_a_crs_that_say_the_same_are_not_mixed(tmp_path):
    text = synthetic(building("b", SQUARE.replace("<gml:Polygon", '<gml:Polygon srsName="urn:ogc:def:crs:EPSG::4545"')))
    (batch,) = read(written(tmp_path / "a.gml", text))
    assert len(batch.frame) == 1


# --- forms of files -------------------------------------------------------------------------------------------------


def test_gzip_and_folders_read_alike(tmp_path, themes):
    packed = tmp_path / "a.gml.gz"
    packed.write_bytes(gzip.compress((DATA / "themes_2_0.gml").read_bytes()))
    found = read(tmp_path)
    for one, other in zip(found, themes, strict=True):
        assert one.frame["source_key"].tolist() == other.frame["source_key"].tolist()
        assert [one.details[name]["geom"].tolist() for name in one.details] == [
            other.details[name]["geom"].tolist() for name in other.details
        ]


def test_older_and_looser_ways_of_writing(tmp_path):
    pos = "".join(f"<gml:pos>{NORTH + y} {EAST + x} 1</gml:pos>" for x, y in ((0, 0), (5, 0), (5, 5), (0, 0)))
    old = " ".join(f"{NORTH + y},{EAST + x},1" for x, y in ((0, 0), (5, 0), (5, 5), (0, 0)))
    forms = {
        "pos": f"<gml:Polygon><gml:exterior><gml:LinearRing>{pos}</gml:LinearRing></gml:exterior></gml:Polygon>",
        "coordinates": "<gml:Polygon><gml:exterior><gml:LinearRing><gml:coordinates>"
        f"{old}</gml:coordinates></gml:LinearRing></gml:exterior></gml:Polygon>",
        "open ring": polygon((0, 0, 1), (5, 0, 1), (5, 5, 1)).replace(f" {NORTH} {EAST} 1</gml:pos", "</gml:pos"),
    }  # fmt: skip
    text = synthetic("".join(building(key, form) for key, form in forms.items()), version="1.0")
    found = rows(read(written(tmp_path / "a.gml", text)), "building")
    assert {key: row["geom"].area for key, row in found.items()} == dict.fromkeys(forms, 12.5)


def test_building_without_id_has_a_key_that_follows_from_its_content(tmp_path):
    first = read(written(tmp_path / "a.gml", synthetic(building("", SQUARE))))
    again = read(written(tmp_path / "b.gml", synthetic(building("x", SQUARE) + building("", SQUARE))))
    (key,) = rows(first, "building")
    assert key in rows(again, "building")
    assert [reject.code for reject in first[0].rejects] == ["object.no_id"]


def test_terrain_of_many_triangles_comes_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(citygml_tin, "MOST", 10)
    triangles = "".join(polygon((n, 0, n), (n + 1, 0, n), (n, 1, n)).replace("Polygon", "Triangle") for n in range(25))
    text = synthetic(
        '<core:cityObjectMember><dem:ReliefFeature gml:id="r"><dem:lod>1</dem:lod><dem:reliefComponent>'
        '<dem:TINRelief gml:id="t"><dem:lod>1</dem:lod><dem:tin><gml:TriangulatedSurface><gml:trianglePatches>'
        f"{triangles}</gml:trianglePatches></gml:TriangulatedSurface></dem:tin></dem:TINRelief>"
        "</dem:reliefComponent></dem:ReliefFeature></core:cityObjectMember>"
    )  # fmt: skip
    found = read(written(tmp_path / "a.gml", text))
    parents = {key: row["parent_key"] for key, row in rows(found, "city_object").items()}
    assert parents == {"t#1": "r", "t#2": "r", "r": None, "t": "r"}
    counts = {
        key: len(shapely.from_wkb(lods(found, "city_object", key)["1"]["geom"]).geoms) for key in ("t#1", "t#2", "t")
    }
    assert counts == {"t#1": 10, "t#2": 10, "t": 5}


def test_footprint_of_many_triangles_is_their_union_whether_they_overlap_or_not(tmp_path):
    def terrain(shift):
        cells = [(x * shift, y * shift) for x in range(15) for y in range(10)]
        halves = [((x, y), (x + 1, y), (x, y + 1)) for x, y in cells]
        halves += [((x + 1, y), (x + 1, y + 1), (x, y + 1)) for x, y in cells]
        text = "".join(
            polygon(*((x, y, 5) for x, y in half)).replace("Polygon", "Triangle") for half in halves
        )  # fmt: skip
        return (
            f'<core:cityObjectMember><dem:TINRelief gml:id="t{shift}"><dem:lod>1</dem:lod><dem:tin>'
            f"<gml:TriangulatedSurface><gml:trianglePatches>{text}</gml:trianglePatches></gml:TriangulatedSurface>"
            "</dem:tin></dem:TINRelief></core:cityObjectMember>"
        )

    found = rows(read(written(tmp_path / "a.gml", synthetic(terrain(1) + terrain(0.5)))), "city_object")
    # Cells side by side; and cells of one metre every half metre, which overlap.
    areas = {key: row["geom"].area for key, row in found.items()}
    assert areas == pytest.approx({"t1": 150, "t0.5": 8 * 5.5})
