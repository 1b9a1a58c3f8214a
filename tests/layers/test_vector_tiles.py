"""Vector tiles, decoded and compared with what PostGIS holds."""

from __future__ import annotations

import math

import mapbox_vector_tile
import pytest
import shapely

from cim.crs import longitude_latitude
from cim.errors import BadRequest, UnknownLayer
from cim.layers.catalogue import catalogue
from cim.layers.mercator import HALF_M
from cim.layers.vector_tiles import BUFFER, EXTENT, tile, tile_cache
from cim.viewer import LOCAL

WORLD = 2 * HALF_M


def address(store, shapes, z, x=0.0, y=0.0):
    """Address of the tile that holds a place, worked out from its longitude and latitude alone."""
    lon, lat = longitude_latitude(store.city, shapes.east + x, shapes.north + y)
    row = (1 - math.asinh(math.tan(math.radians(float(lat)))) / math.pi) / 2
    return z, int((float(lon) + 180) / 360 * 2**z), int(row * 2**z)


def decoded(content, layer, z, x, y):
    """Features of a tile by id, with shapes in web mercator."""
    if not content:
        return {}
    size = WORLD / 2**z
    west, north = x * size - HALF_M, HALF_M - y * size

    def place(u, v):
        return west + u / EXTENT * size, north - v / EXTENT * size

    told = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True, "transformer": place})
    assert list(told) == [layer]
    assert told[layer]["extent"] == EXTENT
    return {
        feature["id"]: (shapely.geometry.shape(feature["geometry"]), feature["properties"])
        for feature in told[layer]["features"]
    }


def stored(store, theme, feature_id):
    rows = store.rows(
        LOCAL,
        f"SELECT ST_AsBinary(geom_3857) AS shape FROM city.{theme}_current WHERE feature_id = %(id)s",
        {"id": feature_id},
    )
    return shapely.from_wkb(rows[0]["shape"])


def test_tile_holds_the_features_as_postgis_stores_them(plant, web, shapes):
    house = plant("building", shapes.square(0, 0), name="一号楼", usage="residential", height_m=18.5, storeys_above=6)
    plant("building", shapes.square(9000, 9000), name="far away")
    at = address(web, shapes, 16, 10, 10)
    features = decoded(tile(web, LOCAL, "buildings-footprints", *at), "buildings-footprints", *at)
    assert set(features) == {house}
    shape, properties = features[house]
    assert properties["feature_id"] == house
    assert properties["name"] == "一号楼"
    assert properties["usage"] == "residential"
    assert properties["height_m"] == 18.5
    unit = WORLD / 2**16 / EXTENT
    assert shape.hausdorff_distance(stored(web, "building", house)) < unit
    assert shape.area == pytest.approx(stored(web, "building", house).area, rel=0.02)


def test_layer_shows_only_the_rows_it_is_meant_for(plant, web, shapes):
    street = plant("road_edge", shapes.line((0, 0, 200.0), (80, 5, 204.0)), road_class="local", name="滨江路")
    steps = plant("road_edge", shapes.line((0, 0, 200.0), (5, 60, 220.0)), road_class="steps", steps=True)
    at = address(web, shapes, 16, 10, 10)
    assert set(decoded(tile(web, LOCAL, "roads", *at), "roads", *at)) == {street}
    assert set(decoded(tile(web, LOCAL, "road-steps", *at), "road-steps", *at)) == {steps}


def test_facility_of_an_unheard_of_kind_is_in_the_last_layer(plant, web, shapes):
    plant("facility", shapes.point(5, 5, 210.0), kind="clinic")
    odd = plant("facility", shapes.point(9, 9, 210.0), kind="observatory")
    at = address(web, shapes, 16, 8, 8)
    assert set(decoded(tile(web, LOCAL, "facility-other", *at), "facility-other", *at)) == {odd}


def test_land_use_carries_the_class_of_its_code_and_water_is_a_layer(plant, web, shapes):
    homes = plant("land_use", shapes.square(0, 0), use_code="0701")
    river = plant("land_use", shapes.square(30, 0), use_code="1701", use_name="河流水面")
    at = address(web, shapes, 15, 10, 10)
    classes = {
        key: told["use_class"] for key, (_, told) in decoded(tile(web, LOCAL, "land-use", *at), "land-use", *at).items()
    }
    assert classes == {homes: "07", river: "17"}
    assert set(decoded(tile(web, LOCAL, "water-bodies", *at), "water-bodies", *at)) == {river}


def test_days_are_told_as_text(plant, web, shapes):
    site = plant("construction_project", shapes.square(0, 0), name="桥", stage="approved", started_on="2024-03-01")
    at = address(web, shapes, 14, 5, 5)
    ((_, told),) = decoded(tile(web, LOCAL, "construction-projects", *at), "construction-projects", *at).values()
    assert told["started_on"] == "2024-03-01"
    assert "completed_on" not in told
    assert told["feature_id"] == site


def test_stored_mercator_is_where_the_formula_says(plant, web, shapes):
    area = plant("builtup_area", shapes.square(0, 0, 500), year=2024)
    at = address(web, shapes, 14, 250, 250)
    shape, _ = decoded(tile(web, LOCAL, "builtup-area", *at), "builtup-area", *at)[area]
    corners = shapes.square(0, 0, 500).geoms[0].exterior.coords
    lon, lat = longitude_latitude(web.city, *(zip(*corners, strict=True)))
    expected = shapely.Polygon(
        [
            (math.radians(x) * 6378137, math.asinh(math.tan(math.radians(y))) * 6378137)
            for x, y in zip(lon, lat, strict=True)
        ]
    )
    assert shape.hausdorff_distance(expected) < 1.5 * WORLD / 2**14 / EXTENT


def test_low_levels_are_thinner_but_in_place(plant, web, shapes):
    wiggle = [(i * 0.5, (i % 2) * 0.4, 200.0) for i in range(2000)]
    street = plant("road_edge", shapes.line(*wiggle), road_class="arterial")
    deep, high = address(web, shapes, 16, 100, 0), address(web, shapes, 12, 100, 0)
    fine, _ = decoded(tile(web, LOCAL, "roads", *deep), "roads", *deep)[street]
    coarse, _ = decoded(tile(web, LOCAL, "roads", *high), "roads", *high)[street]
    assert len(shapely.get_coordinates(fine)) > 300
    assert len(shapely.get_coordinates(coarse)) < 20
    assert coarse.hausdorff_distance(stored(web, "road_edge", street)) < 3 * WORLD / 2**12 / EXTENT


def test_shapes_reach_a_little_beyond_the_edge_and_no_farther(plant, web, shapes):
    street = plant("road_edge", shapes.line((-3000, 0, 200.0), (3000, 0, 200.0)), road_class="local")
    at = address(web, shapes, 16)
    z, x, _ = at
    shape, _ = decoded(tile(web, LOCAL, "roads", *at), "roads", *at)[street]
    size = WORLD / 2**z
    west = x * size - HALF_M
    margin = size * BUFFER / EXTENT
    assert shape.bounds[0] == pytest.approx(west - margin, abs=size / EXTENT)
    assert shape.bounds[2] == pytest.approx(west + size + margin, abs=size / EXTENT)


def test_tile_above_the_first_level_of_the_layer_or_beside_it_is_empty(plant, web, shapes):
    plant("tree", shapes.point(0, 0, 200.0), species="黄葛树")
    assert tile(web, LOCAL, "trees", *address(web, shapes, 14)) == b""
    assert tile(web, LOCAL, "trees", *address(web, shapes, 15)) != b""
    assert tile(web, LOCAL, "trees", 15, 0, 0) == b""


def test_restricted_feature_is_for_those_who_may_see_it(plant, web, shapes, insider):
    house = plant("building", shapes.square(0, 0))
    secret = plant("building", shapes.square(30, 0), classification=2)
    at = address(web, shapes, 16, 20, 10)
    layer = "buildings-footprints"
    # The insider asks first: what one may see must not reach the other through the cache.
    assert set(decoded(tile(web, insider, layer, *at), layer, *at)) == {house, secret}
    assert set(decoded(tile(web, LOCAL, layer, *at), layer, *at)) == {house}


def test_layer_of_restricted_features_alone_does_not_exist_for_others(plant, web, shapes, insider):
    plant("tree", shapes.point(0, 0, 200.0), classification=2)
    at = address(web, shapes, 16)
    assert tile(web, insider, "trees", *at)
    with pytest.raises(UnknownLayer):
        tile(web, LOCAL, "trees", *at)


def test_tile_is_made_once_until_something_changes(plant, web, shapes):
    plant("building", shapes.square(0, 0))
    at = address(web, shapes, 16, 10, 10)
    first = tile(web, LOCAL, "buildings-footprints", *at)
    held = len(tile_cache(web))
    assert tile(web, LOCAL, "buildings-footprints", *at) is tile(web, LOCAL, "buildings-footprints", *at)
    assert len(tile_cache(web)) == held == 1
    plant("building", shapes.square(30, 0))
    assert tile(web, LOCAL, "buildings-footprints", *at) != first


def test_criticality_is_drawn_on_the_segments_of_the_newest_run(plant, web, shapes):
    segment = plant("pipe_segment", shapes.line((0, 0, 198.0), (50, 0, 197.0)), network="water")
    found = {"segment_id": segment, "network": "water", "component": 0, "bridge": True, "nodes_cut": 3}
    found |= {"customers_cut": 40, "residents_cut": 110.0, "critical_cut": 1}
    plant.run("network.criticality", "segment_criticality", [found | {"grade": 1}])
    at = address(web, shapes, 16, 20, 0)
    layer = "network-criticality"
    before = tile(web, LOCAL, layer, *at)
    assert decoded(before, layer, *at)[segment][1]["criticality"] == 1
    plant.run("network.criticality", "segment_criticality", [found | {"grade": 4, "customers_cut": 900}])
    (shown,) = decoded(tile(web, LOCAL, layer, *at), layer, *at).values()
    assert shown[1]["criticality"] == 4
    assert shown[1]["customers_cut"] == 900
    assert shown[1]["bridge"] is True


def test_the_gravest_is_drawn_on_top(plant, web, shapes):
    grades = [3, 0, 4, 1, 2]
    rows = []
    for number, grade in enumerate(grades):
        segment = plant("pipe_segment", shapes.line((0, number, 198.0), (50, 0, 197.0)), network="water")
        row = {"segment_id": segment, "network": "water", "component": 0, "bridge": True, "nodes_cut": 3}
        rows.append(row | {"customers_cut": 40, "critical_cut": 1, "grade": grade})
    plant.run("network.criticality", "segment_criticality", rows)
    at = address(web, shapes, 16, 20, 0)
    drawn = decoded(tile(web, LOCAL, "network-criticality", *at), "network-criticality", *at).values()
    assert [told["criticality"] for _, told in drawn] == sorted(grades)


@pytest.mark.parametrize(
    ("z", "x", "y", "named"), [(-1, 0, 0, "z"), (25, 0, 0, "z"), (3, 8, 0, "x"), (3, 0, -1, "y"), (0, 0, 1, "y")]
)
def test_address_of_no_tile_is_refused(plant, web, shapes, z, x, y, named):
    plant("building", shapes.square(0, 0))
    with pytest.raises(BadRequest, match=f"^parameter {named}="):
        tile(web, LOCAL, "buildings-footprints", z, x, y)


def test_layer_without_data_is_unknown(web):
    with pytest.raises(UnknownLayer, match="roads"):
        tile(web, LOCAL, "roads", 10, 0, 0)


def test_every_vector_layer_can_be_drawn(plant, web, shapes):
    plant_everything(plant, shapes)
    at = address(web, shapes, 16, 10, 10)
    layers = [layer for layer in catalogue(web, LOCAL) if layer.kind == "vector"]
    assert len(layers) >= 30
    for layer in layers:
        features = decoded(tile(web, LOCAL, layer.name, *at), layer.name, *at)
        assert features, layer.name
        by = layer.style.get("by")
        if by:
            assert all(by["property"] in told for _, told in features.values()), layer.name


def plant_everything(plant, shapes):
    """Plant at least one feature for every vector layer."""
    plant("building", shapes.square(0, 0), usage="office")
    plant("city_object", shapes.square(0, 0), object_type="WaterBody")
    for level in ("city", "district", "subdistrict", "block", "community", "compound"):
        unit = plant("admin_unit", shapes.square(-20, -20, 60), level=level, name=level)
    for kind in ("kindergarten", "hospital", "canteen", "market", "sports", "bus_stop", "shelter", "zoo"):
        plant("facility", shapes.point(1, 1, 200.0), kind=kind)
    plant("road_edge", shapes.line((0, 0, 0.0), (9, 9, 0.0)), road_class="alley")
    plant("road_edge", shapes.line((0, 0, 0.0), (9, 9, 0.0)), road_class="steps", steps=True)
    plant("land_use", shapes.square(0, 0), use_code="1701")
    plant("green_space", shapes.square(0, 0), kind="park")
    plant("tree", shapes.point(1, 1, 200.0))
    segment = plant("pipe_segment", shapes.line((0, 0, 0.0), (9, 9, 0.0)), network="gas")
    plant("pipe_node", shapes.point(1, 1, 0.0), network="gas")
    plant("pipe_device", shapes.point(1, 1, 0.0), network="gas", kind="valve")
    plant("pipe_break", shapes.point(1, 1), broke_on="2020-05-06")
    plant("builtup_area", shapes.square(-20, -20, 60), year=2024)
    plant("planning_parcel", shapes.square(0, 0), use_code="0701", height_limit_m=54)
    plant("construction_project", shapes.square(0, 0), name="桥", stage="planned")
    plant("population", shapes.square(0, 0), year=2024, residents=120)
    cut = {"nodes_cut": 1, "customers_cut": 2, "critical_cut": 0, "grade": 1}
    row = {"segment_id": segment, "network": "gas", "component": 0, "bridge": False} | cut
    plant.run("network.criticality", "segment_criticality", [row])
    row = {"code": "C01", "unit_id": unit, "level": "community", "year": 2024, "definition": "test", "grade": "near"}
    plant.run("examination", "indicator", [row | {"value": 0.7}])
