"""Pages of features in GeoJSON: placed as PROJ says, complete, and only what the viewer may see."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from cim.city import CityProfile, create_city
from cim.crs import longitude_latitude
from cim.errors import BadRequest, UnknownLayer
from cim.layers.features import page
from cim.store import Store
from cim.viewer import LOCAL, OPERATOR

DELFT = CityProfile("delft_page", "代尔夫特", "Delft", "EPSG:28992", "NAP", 43.3)


def read(store, layer, viewer=LOCAL, **asked):
    return json.loads(page(store, viewer, layer, **asked))


def followed(store, layer, **asked):
    """Ids of all pages, by the link `next`."""
    ids, after = [], 0
    while True:
        told = read(store, layer, after=after, **asked)
        ids += [feature["id"] for feature in told["features"]]
        links = {link["rel"]: link["href"] for link in told["links"]}
        if "next" not in links:
            return ids
        after = int(links["next"].rpartition("after=")[2])
        assert after == ids[-1]


def test_feature_lies_where_proj_puts_it_at_its_ellipsoidal_height(plant, web, shapes):
    plant("pipe_segment", shapes.line((0, 0, 198.25), (50, 7, 197.5)), network="water", diameter_mm=300, material="pe")
    told = read(web, "pipe-segments")
    (feature,) = told["features"]
    lon, lat = longitude_latitude(web.city, shapes.east + np.array([0.0, 50]), shapes.north + np.array([0.0, 7]))
    expected = np.column_stack([lon, lat, np.array([198.25, 197.5]) + web.city.ellipsoid_offset_m])
    assert feature["geometry"]["type"] == "LineString"
    np.testing.assert_allclose(feature["geometry"]["coordinates"], expected, atol=6e-8)
    assert feature["properties"]["diameter_mm"] == 300
    assert feature["properties"]["feature_id"] == feature["id"]
    assert told["type"] == "FeatureCollection"
    assert told["numberReturned"] == 1


def test_heights_take_the_declared_offset_and_no_datum_shift(cluster, plant, shapes):
    """The shift from RD New's ellipsoid would move heights by 43 m beside the declared 43.3 m."""
    create_city(cluster, DELFT)
    with Store.open(cluster, DELFT.slug) as delft:
        planter = type(plant)(delft)
        planter("tree", shapely.Point(155_000, 463_000, 1.5))
        (feature,) = read(delft, "trees")["features"]
        lon, lat = longitude_latitude(DELFT, np.array([155_000.0]), np.array([463_000.0]))
    cluster.drop_database(DELFT.database)
    assert feature["geometry"]["coordinates"] == pytest.approx([lon[0], lat[0], 44.8], abs=6e-8)
    # The church of Amersfoort, where the Dutch grid was (155000, 463000) from the start, in WGS 84.
    assert (lon[0], lat[0]) == pytest.approx((5.38720621, 52.15517440), abs=1e-5)


def test_flat_feature_has_no_heights(plant, web, shapes):
    plant("building", shapes.square(0, 0), usage="office")
    (feature,) = read(web, "buildings-footprints")["features"]
    assert feature["geometry"]["type"] == "MultiPolygon"
    assert {len(place) for place in feature["geometry"]["coordinates"][0][0]} == {2}


def test_following_next_gives_every_feature_once(plant, web, shapes):
    planted = [plant("tree", shapes.point(i, 0, 200.0)) for i in range(7)]
    assert followed(web, "trees", limit=3) == planted
    assert followed(web, "trees", limit=7) == planted
    assert [link["rel"] for link in read(web, "trees", limit=7)["links"]] == ["self"]


def test_links_keep_what_was_asked(plant, web, shapes):
    for i in range(3):
        plant("tree", shapes.point(i, 0, 200.0))
    links = read(web, "trees", limit=2, bbox=[106, 29, 107, 30])["links"]
    hrefs = {link["rel"]: link["href"] for link in links}
    assert hrefs["self"] == "/api/layers/trees/features?bbox=106,29,107,30&limit=2"
    assert hrefs["next"].startswith("/api/layers/trees/features?bbox=106,29,107,30&limit=2&after=")


def test_box_gives_the_features_that_touch_it(plant, web, shapes):
    places = [(0, 0), (300, 0), (0, 300), (300, 300)]
    planted = [plant("building", shapes.square(x, y)) for x, y in places]
    lon, lat = longitude_latitude(web.city, shapes.east + np.array([-5.0, 150]), shapes.north + np.array([-5.0, 350]))
    found = followed(web, "buildings-footprints", bbox=[lon[0], lat[0], lon[1], lat[1]])
    assert found == [planted[0], planted[2]]
    assert followed(web, "buildings-footprints", bbox=[-180, -90, 180, 90]) == planted
    assert followed(web, "buildings-footprints", bbox=[0, 0, 1, 1]) == []


def test_box_tests_shapes_and_not_only_their_boxes(plant, web, shapes):
    plant("road_edge", shapes.line((0, 0, 200.0), (400, 400, 200.0)), road_class="local")
    lon, lat = longitude_latitude(web.city, shapes.east + np.array([300.0, 390]), shapes.north + np.array([10.0, 100]))
    assert followed(web, "roads", bbox=[lon[0], lat[0], lon[1], lat[1]]) == []


def test_theme_without_stored_mercator_can_be_asked_by_box(plant, web, shapes):
    area = plant("builtup_area", shapes.square(0, 0, 500), year=2024)
    assert followed(web, "builtup-area", bbox=[106.4, 29.4, 106.7, 29.7]) == [area]
    assert followed(web, "builtup-area", bbox=[106.4, 29.4, 106.5, 29.45]) == []


def test_features_of_a_3d_layer_can_be_paged_and_say_as_much_as_those_of_its_plan(plant, web, shapes):
    gas = plant("pipe_segment", shapes.line((0, 0, 198.0), (50, 0, 197.0)), network="gas", diameter_mm=200, kind="pipe")
    plant("pipe_segment", shapes.line((0, 0, 198.0), (50, 0, 197.0)), network="water")
    with plant.store.connection(OPERATOR) as connection:
        connection.execute("INSERT INTO layer.build (layer, kind, data_version) VALUES ('pipes-gas', 'tiles3d', 1)")
        connection.execute(
            "INSERT INTO layer.tile3d (layer, key, depth, geometric_error_m, region, classification)"
            " VALUES ('pipes-gas', 'r', 0, 0, '{}', 0)"
        )
    assert followed(web, "pipes-gas") == [gas]
    (solid,), plan = read(web, "pipes-gas")["features"], read(web, "pipe-segments")["features"]
    assert solid in plan
    assert (solid["properties"]["diameter_mm"], solid["properties"]["kind"]) == (200, "pipe")


def test_restricted_feature_is_for_those_who_may_see_it(plant, web, shapes, insider):
    house = plant("building", shapes.square(0, 0))
    secret = plant("building", shapes.square(30, 0), classification=2)
    ids = [feature["id"] for feature in read(web, "buildings-footprints", insider)["features"]]
    assert ids == [house, secret]
    assert followed(web, "buildings-footprints") == [house]


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"bbox": [1, 2, 3]}, "bbox"),
        ({"bbox": [107, 29, 106, 30]}, "bbox"),
        ({"bbox": [106, 29, 106.5, float("nan")]}, "bbox"),
        ({"bbox": [106, 29, 106.5, 91]}, "bbox"),
    ],
)
def test_parameter_that_cannot_be_used_is_refused(plant, web, shapes, asked, named):
    plant("tree", shapes.point(0, 0, 200.0))
    with pytest.raises(BadRequest, match=f"parameter {named}="):
        page(web, LOCAL, "trees", **asked)


def test_terrain_has_no_features_and_an_unknown_layer_is_refused(plant, web, shapes):
    with plant.store.connection(OPERATOR) as connection:
        connection.execute("INSERT INTO layer.build (layer, kind, data_version) VALUES ('terrain', 'terrain', 1)")
        connection.execute("INSERT INTO layer.terrain_tile VALUES (0, 0, 0, '', 0)")
    with pytest.raises(BadRequest, match="terrain has no features"):
        page(web, LOCAL, "terrain")
    with pytest.raises(UnknownLayer):
        page(web, LOCAL, "trees")
