"""Heights of footprints from a scan, or from two rasters: what is measured, and what is left as it is."""

from __future__ import annotations

import laspy
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from cim.city import CityProfile
from cim.errors import BadSource
from cim.etl.heights import Rules
from cim.etl.heights_scan import ScanGauge

WEST, SOUTH = 500_000.0, 3_270_000.0


@pytest.fixture
def huts(town):
    """Three footprints: one surveyed, one without a height, one off every file."""
    frame = pd.DataFrame(
        {
            "id": ["surveyed", "silent", "far"],
            "height": [4.0, None, None],
            "geom": [town.square(0), town.square(1), town.square(50)],
        }
    )
    town.write_layer("huts.gpkg", frame)
    return town


def load(town, heights, **options):
    columns = {"key": "id", "height": "height"}
    town.source("huts", "footprints", "huts.gpkg", options={"columns": columns, "heights": heights, **options})
    report = town.load()["huts"]
    return town.by_key("building"), report


def scan(path, classes=True):
    """Ground at 200 m on a grid of a metre, a flat roof at 212.34 m on the second square, one bird above it."""
    x, y = (part.ravel().astype(float) for part in np.meshgrid(np.arange(60.0) + 0.5, np.arange(20.0) - 4.5))
    roof = (x > 20) & (x < 30) & (y > 0) & (y < 10)
    z = np.where(roof, 212.34, 200.0)
    x, y, z, kind = (
        np.append(x, 25.2),
        np.append(y, 5.2),
        np.append(z, 290.0),
        np.append(np.where(roof, 6, 2), 7),
    )
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = [0.01] * 3, [WEST, SOUTH, 0.0]
    header.add_crs(pyproj.CRS.from_epsg(4545))
    points = laspy.LasData(header)
    points.x, points.y, points.z = x + WEST, y + SOUTH, z
    points.classification = kind if classes else np.zeros(len(kind), dtype=np.uint8)
    points.write(path)


@pytest.mark.parametrize("classes", [True, False])
def test_a_scan_measures_what_the_survey_leaves_open(huts, classes):
    scan(huts.folder / "scan.laz", classes)
    rows, report = load(huts, {"scan": "scan.laz", "height_offset_m": 1.0})
    assert rows["surveyed"]["height_m"] == 4.0
    assert "height_measured" not in (rows["surveyed"]["attributes"] or {})
    silent = rows["silent"]
    assert (silent["height_m"], silent["ground_min_m"]) == (pytest.approx(12.34), pytest.approx(201.0))
    told = {"method": "scan", "percentile": 90.0, "points": 100 if classes else 101, "source": "scan.laz"}
    assert silent["attributes"]["height_measured"] == told
    assert rows["far"]["height_m"] is None
    assert report.tally.warnings["building.no_height"] == 1
    assert (silent["block_base_m"], silent["block_top_m"]) == (pytest.approx(201.0), pytest.approx(213.34))


def test_two_rasters_measure_too(huts):
    place = from_origin(WEST, SOUTH + 20, 1, 1)
    profile = {"driver": "GTiff", "crs": "EPSG:4545", "transform": place, "count": 1, "width": 60, "height": 30}
    surface = np.full((30, 60), 200.0)
    surface[10:20, 20:30] = 215.5
    for name, values in (("dsm", surface), ("dem", np.full((30, 60), 199.5))):
        with rasterio.open(huts.folder / f"{name}.tif", "w", dtype="float64", **profile) as file:
            file.write(values[None])
    rows, _ = load(huts, {"dsm": "dsm.tif", "dem": "dem.tif", "percentile": 50})
    assert (rows["silent"]["height_m"], rows["silent"]["ground_min_m"]) == (16.0, 199.5)
    assert rows["silent"]["attributes"]["height_measured"]["points"] == 100
    assert rows["surveyed"]["height_m"] == 4.0
    assert rows["far"]["height_m"] is None


@pytest.mark.parametrize(
    ("heights", "message"),
    [("scan.laz", "option heights"), ({"dsm": "dsm.tif"}, "option heights"), ({"scan": "none.laz"}, "no such file")],
)
def test_an_option_that_cannot_be_used_is_refused(huts, heights, message):
    with pytest.raises(BadSource, match=message):
        load(huts, heights)


def test_a_real_scan_as_a_plain_reading_of_its_points(real_data):
    city = CityProfile("t", "测", "T", "EPSG:32616", "NAVD88", -32.0)
    path = real_data / "lidar" / "codem_pc.laz"
    points = laspy.read(path)
    squares = np.array([shapely.box(x, y, x + 12, y + 12) for x in (627_050, 627_200) for y in (4_323_600, 4_323_800)])
    found = ScanGauge(path, city, Rules(percentile=75)).measure(squares)
    x, y, z = (np.asarray(getattr(points, name)) for name in "xyz")
    for at, square in enumerate(squares):
        west, south, east, north = square.bounds
        inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        assert found.points[at] == inside.sum()
        assert found.top_m[at] == pytest.approx(np.percentile(z[inside], 75), abs=1e-9)
    with rasterio.open(real_data / "terrain" / "codem_dem.tif") as dem:
        ground = next(dem.sample([squares[0].centroid.coords[0]]))[0]
    assert found.ground_m[0] == pytest.approx(ground, abs=3.0)
