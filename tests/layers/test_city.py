"""The city in a few facts."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from cim.crs import longitude_latitude
from cim.layers.city import degrees, summary
from cim.viewer import LOCAL, OPERATOR


def test_city_without_data_lies_nowhere(web):
    told = summary(web, LOCAL)
    assert told["bounds"] is None
    assert told["height_range_m"] is None
    assert told["attributions"] == []
    assert told["slug"] == web.city.slug
    assert told["synthetic"] is True
    assert told["data_version"] == 0


def test_city_lies_where_its_features_are(plant, web, shapes):
    plant("building", shapes.square(0, 0), ground_min_m=212.0, ground_max_m=218.5)
    plant("tree", shapes.point(900, 700, 260.0))
    told = summary(web, LOCAL)
    corners = np.add([[0, 0], [900, 0], [900, 700], [0, 700]], [shapes.east, shapes.north])
    lon, lat = longitude_latitude(web.city, *corners.T)
    assert told["bounds"] == pytest.approx([lon.min(), lat.min(), lon.max(), lat.max()], abs=1e-5)
    assert told["height_range_m"] == [212.0, 218.5]
    assert told["attributions"] == [{"name": "planted", "text": "The planters · CC0-1.0"}]
    assert told["data_version"] == 2


def test_restricted_features_and_sources_tell_nothing(plant, web, shapes, insider):
    plant("building", shapes.square(0, 0), ground_min_m=212.0, classification=2)
    with plant.store.connection(OPERATOR) as connection:
        connection.execute("UPDATE run.load SET classification = 2")
    told = summary(web, LOCAL)
    assert (told["bounds"], told["height_range_m"], told["attributions"]) == (None, None, [])
    assert summary(web, insider)["height_range_m"] == [212.0, 212.0]


def test_terrain_model_tells_the_heights(plant, web, shapes):
    plant("building", shapes.square(0, 0), ground_min_m=212.0)
    dem = {"kind": "dem", "file": "a.tif", "crs": "EPSG:4545", "resolution_m": 5.0, "columns": 9, "rows": 9, "bands": 1}
    box = shapely.box(shapes.east, shapes.north, shapes.east + 45, shapes.north + 45)
    plant("raster_asset", box, **dem, minimum=160.0, maximum=410.0, height_offset_m=1.5)
    assert summary(web, LOCAL)["height_range_m"] == [161.5, 411.5]


def test_box_in_degrees_holds_its_bulging_sides(web, shapes):
    west, south, east, north = degrees(web.city, shapes.east, shapes.north, shapes.east + 60_000, shapes.north + 40_000)
    x = shapes.east + np.linspace(0, 60_000, 201)
    for y in (shapes.north, shapes.north + 40_000):
        lon, lat = longitude_latitude(web.city, x, np.full(201, y))
        assert west <= lon.min() + 1e-9
        assert lon.max() <= east + 1e-9
        assert south <= lat.min() + 1e-6
        assert lat.max() <= north + 1e-6
