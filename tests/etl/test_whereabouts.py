"""Where a source lies is held against where the city is; what a grid hides stays hidden all the way to the web."""

from __future__ import annotations

import logging
import subprocess

import numpy as np
import openpyxl
import orjson
import pandas as pd
import pyproj
import pytest
import shapely

from cim.cluster_programs import find_programs
from cim.errors import BadSource
from cim.etl.checking import check_manifest
from cim.manifest import read_manifest
from cim.settings import Settings
from cim.store import Store
from cim.web import create_app

SECRETS = {"dx": 351234.567, "dy": 3198765.432, "rotation": 0.713579, "scale": 1.0000246813}
COLUMNS = {"columns": {"key": "id", "height": "height"}}
# EPSG:4545 at (500 000, 3 270 000) is 108 E, 29.55 N.
NEAR, FAR = [107.5, 29.2, 108.5, 29.9], [113.0, 22.0, 114.0, 23.0]


def moved(houses: pd.DataFrame, east: float, north: float) -> pd.DataFrame:
    return houses.assign(geom=shapely.transform(houses["geom"].to_numpy(), lambda xy: np.add(xy, (east, north))))


def swapped(houses: pd.DataFrame) -> pd.DataFrame:
    return houses.assign(geom=shapely.transform(houses["geom"].to_numpy(), lambda xy: xy[:, ::-1]))


def test_a_file_outside_the_declared_extent_is_refused_with_both_extents(house_town) -> None:
    house_town.city["extent"] = FAR
    with pytest.raises(BadSource, match=r"4 of 4 records lie outside the city: they reach \[108\.0000, 29\.5"):
        house_town.load()
    assert house_town.one("SELECT count(*) FROM city.building_current") == 0
    house_town.city["extent"] = NEAR
    assert house_town.load()["houses"].outcome.kept == 4


def test_a_check_without_a_database_holds_a_source_against_the_declared_extent(house_town) -> None:
    for extent, failure in ((FAR, "4 of 4 records lie outside the city: they reach [108.0000, 29.5"), (NEAR, None)):
        house_town.city["extent"] = extent
        house_town.write()
        (report,) = check_manifest(read_manifest(house_town.folder))
        assert report.failure is None if failure is None else failure in report.failure


def test_what_stands_already_tells_where_the_city_is(house_town, houses) -> None:
    house_town.load()
    house_town.write_layer("more.gpkg", moved(houses, 30_000, 0))
    house_town.source("more", "footprints", "more.gpkg", options=COLUMNS)
    assert house_town.load("more")["more"].outcome.kept == 4
    house_town.write_layer("far.gpkg", moved(houses, 290_000, 0))
    house_town.source("far", "footprints", "far.gpkg", options=COLUMNS)
    with pytest.raises(BadSource, match="give the right CRS, or correct"):
        house_town.load("far")
    # A source is not held to where it was itself: that may be what is mended.
    house_town.write_layer("houses.gpkg", moved(houses, 60_000, 0))
    assert house_town.load("houses")["houses"].outcome.total("changed") == 4


def test_swapped_axes_are_found_and_must_be_confirmed(house_town, houses) -> None:
    house_town.city["extent"] = NEAR
    house_town.write_layer("houses.gpkg", swapped(houses))
    with pytest.raises(BadSource, match="outside the city") as caught:
        house_town.load()
    assert "the other way round they lie at [108.0001, 29.5" in str(caught.value)
    assert 'axis_order = "north_east"' in str(caught.value)
    house_town.source("houses", "footprints", "houses.gpkg", options=COLUMNS | {"axis_order": "northing_easting"})
    house_town.load()
    found = house_town.by_key("building")["a"]
    bounds = shapely.from_wkb(bytes.fromhex(found["geom"])).bounds
    assert bounds == (500_000, 3_270_000, 500_010, 3_270_010)
    (row,) = house_town.rows("SELECT transformation FROM run.load WHERE status = 'published'")
    assert row["transformation"].startswith("northing first, as declared")


def test_swapped_degrees_are_found_without_any_extent(town) -> None:
    (town.folder / "points.csv").write_text("id,x,y\na,29.55,108.0\nb,29.56,108.01\n")
    options = {"theme": "facility", "x": "x", "y": "y", "columns": {"key": "id"}}
    town.source("points", "register", "points.csv", crs="EPSG:4490", options=options)
    with pytest.raises(BadSource, match=r"latitudes 108 to 108\.01 degrees.*axis_order"):
        town.load()


def test_shifted_places_are_remarked_on_and_the_row_says_approximate(town) -> None:
    (town.folder / "points.csv").write_text("id,name,kind,x,y\na,A,school,108.0,29.55\nb,B,school,108.01,29.56\n")
    options = {"theme": "facility", "x": "x", "y": "y", "height_m": 250.0, "columns": {"key": "id"}}
    town.source("points", "register", "points.csv", crs="GCJ-02", options=options)
    report = town.load()["points"]
    assert report.tally.warnings["crs.approximate"] == 1
    (row,) = town.rows("SELECT crs, transformation, accuracy_m FROM run.load")
    assert (row["crs"], row["accuracy_m"]) == ("GCJ-02", 5.0)
    assert "approximate (5 m)" in row["transformation"]
    (told,) = town.rows("SELECT severity, reason FROM run.reject WHERE code = 'crs.approximate'")
    assert told["severity"] == "warning"


def test_heights_above_the_ellipsoid_are_remarked_on(town) -> None:
    """EPSG:4480 is CGCS2000 in degrees and heights above its ellipsoid."""
    (town.folder / "points.csv").write_text("id,name,kind,x,y\na,A,school,108.0,29.55\n")
    options = {"theme": "facility", "x": "x", "y": "y", "height_m": 250.0, "columns": {"key": "id"}}
    town.source("points", "register", "points.csv", crs="EPSG:4480", options=options)
    town.write()
    (report,) = check_manifest(read_manifest(town.folder))
    assert (report.failure, report.tally.warnings["crs.ellipsoidal_heights"]) == (None, 1)
    told = report.tally.examples["crs.ellipsoidal_heights"]
    assert told.reason.startswith("EPSG:4480 means heights above the ellipsoid")


def test_the_offset_between_vertical_datums_stands_in_the_load(house_town) -> None:
    (source,) = house_town.sources
    source["vertical_datum"] = "1956黄海高程系"
    house_town.load()
    (row,) = house_town.rows("SELECT height_offset_m, parameters FROM run.load")
    assert row["height_offset_m"] == pytest.approx(-0.029)
    assert row["parameters"]["vertical_datum"] == "1956黄海高程系"


def survey(folder, rotation: float) -> None:
    """Write a workbook of two points and a line in the secret grid, around (500 000, 3 270 000) of the city's."""
    turn = np.exp(-1j * np.radians(rotation)) / SECRETS["scale"]
    places = [(complex(500_000 + 30 * n, 3_270_000) - complex(SECRETS["dx"], SECRETS["dy"])) * turn for n in range(2)]
    book = openpyxl.Workbook()
    points = book.active
    points.title = "JS管点表"
    points.append(["物探点号", "特征", "附属物", "X", "Y", "地面高程"])
    for number, place in enumerate(places, 1):
        points.append([f"JS{number}", "", "阀门", place.imag, place.real, 250.0])
    lines = book.create_sheet("JS管线表")
    lines.append(["起点点号", "终点点号", "起点埋深", "终点埋深", "管径", "材质"])
    lines.append(["JS1", "JS2", 1.0, 1.1, 300, "球墨铸铁"])
    book.save(folder / "survey.xlsx")


def test_secret_parameters_stay_out_of_database_log_and_api(town, caplog, capfd, settings: Settings) -> None:
    caplog.set_level(logging.DEBUG)
    survey(town.folder, SECRETS["rotation"])
    private = town.folder / "grid.toml"
    private.write_text('to = "EPSG:4545"\n' + "".join(f"{name} = {value}\n" for name, value in SECRETS.items()))
    private.chmod(0o600)
    town.source("survey", "pipe_survey", "survey.xlsx", grid={"parameters_file": "grid.toml"})
    town.load()
    x, y = town.rows("SELECT ST_X(geom) x, ST_Y(geom) y FROM city.pipe_node_current ORDER BY 1")[0].values()
    assert (x, y) == pytest.approx((500_000, 3_270_000), abs=1e-3)
    degrees = pyproj.Transformer.from_crs("EPSG:4545", "EPSG:4490", always_xy=True).transform(x, y)

    said = [dump(town), caplog.text, *capfd.readouterr()]
    with Store.open(town.cluster, town.slug, role="web") as store:
        client = create_app(settings, store).test_client()
        pages = ["/api/city", "/api/layers", "/api/features/1", "/api/layers/pipe_node/features"]
        answers = {page: client.get(page) for page in pages}
    said += [answer.get_data(as_text=True) for answer in answers.values()]
    for name, value in SECRETS.items():
        # Of the scale and the rotation the digits that tell, however the rest is written.
        digits = str(value).replace("1.00", "").replace("0.", "")[:6]
        assert all(digits not in text for text in said), name
    (row,) = town.rows("SELECT crs, transformation FROM run.load")
    assert row == {
        "crs": "secret local grid of survey",
        "transformation": "through a local grid whose parameters are kept apart",
    }
    # What goes out is right all the same.
    feature = orjson.loads(answers["/api/features/1"].data)
    assert feature["bounds"][:2] == pytest.approx(degrees, abs=1e-6)


def dump(town) -> str:
    """Return the whole database as SQL."""
    connection = town.cluster.conninfo(f"cim_{town.slug}")
    program = find_programs().path("pg_dump")
    done = subprocess.run([program, "--inserts", connection], capture_output=True, text=True, check=True)
    assert "secret local grid of survey" in done.stdout
    return done.stdout


def test_a_city_on_a_grid_of_its_own_goes_out_right(house_town, settings: Settings) -> None:
    """PostGIS computes with the four parameters of `[city.grid]`, as PROJ does here without it."""
    grid = {"to": "EPSG:4545", "dx": 400_000.0, "dy": 3_000_000.0, "rotation": 1.5, "scale": 1.00001}
    house_town.city |= {"crs": None, "grid": grid}
    house_town.load()
    (row,) = house_town.rows(
        "SELECT ST_X(c) x, ST_Y(c) y FROM (SELECT ST_Centroid(ST_Transform(geom, 4326)) c FROM city.building_current "
        "ORDER BY feature_id LIMIT 1) t"
    )
    want = pyproj.Transformer.from_crs("EPSG:4545", "EPSG:4490", always_xy=True).transform(500_005, 3_270_005)
    assert (row["x"], row["y"]) == pytest.approx(want, abs=1e-8)
    (mercator,) = house_town.rows("SELECT ST_X(c) x, ST_Y(c) y FROM (SELECT ST_Centroid(ST_Collect(geom_3857)) c FROM "
                                  "city.building_current WHERE height_m = 6) t")  # fmt: skip
    want = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:3857", always_xy=True).transform(*want)
    assert (mercator["x"], mercator["y"]) == pytest.approx(want, abs=0.01)
