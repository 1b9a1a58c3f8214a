"""Write a real city's folder, Las Palmas de Gran Canaria, from open files: `scripts/las_palmas.py FILES FOLDER`.

Then `cim load FOLDER/city.toml`, `cim examine --city laspalmas --year 2023 --out FOLDER/report`. FILES is a folder with
the boundary (Instituto Geográfico Nacional, CC BY 4.0), the catchments of secondary schools (Gobierno de Canarias,
CC BY 4.0), the urban centre (European Commission, JRC: GHS-UCDB, CC BY 4.0), and OpenStreetMap's extract of 2023
(© OpenStreetMap contributors, ODbL 1.0), which stays where it is.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import geopandas
import pandas as pd
import shapely
from geopandas import GeoDataFrame

BOUNDARY = "boundary_IGN.geojson"
CATCHMENTS = "school_catchments_gobcan.geojson"
URBAN_CENTRE = "GHS_UCDB_LasPalmas.gpkg"
OSM = "example_las_palmas_2023_osm_20230221.osm.pbf"
EPSG = 32628

MANIFEST = """\
[city]
slug = "{slug}"
name_zh = "拉斯帕尔马斯"
name_en = "Las Palmas de Gran Canaria"
crs = "EPSG:{epsg}"
vertical_datum = "no heights: streets and places lie at zero"
ellipsoid_offset_m = 0.0
[[source]]
name = "boundary"
kind = "register"
path = "units.gpkg"
licence = "CC-BY-4.0"
attribution = "Instituto Geográfico Nacional; Gobierno de Canarias"
[source.options]
theme = "admin_unit"
layer = "admin_unit"
[[source]]
name = "urban-centre"
kind = "register"
path = "builtup.gpkg"
licence = "CC-BY-4.0"
attribution = "European Commission, JRC: GHS-UCDB R2019A"
[source.options]
theme = "builtup_area"
layer = "builtup_area"
[[source]]
name = "osm"
kind = "osm"
path = '{osm}'
licence = "ODbL-1.0"
attribution = "© OpenStreetMap contributors"
[source.options]
themes = ["building", "facility", "road_edge", "green_space", "land_use"]
"""

INDICATORS = """\
# What the city adds to the national system: homes, counted one by one.
name: laspalmas-2023
indicators:
  - code: L01
    title: {zh: 300米内有学校的住宅占比, en: Homes within 300 m of a school}
    level: community
    dimension: {zh: 设施完善, en: Facilities}
    unit: {zh: '%', en: '%'}
    direction: higher
    form: ratio
    scale: 100
    definition:
      zh: 直线300米内有学校的住宅栋数占住宅总栋数的比例；用途未注明的建筑按住宅计（OpenStreetMap多数住宅只标为建筑）
      en: >-
        Share of homes with a school within 300 m in a straight line. A building of unrecorded use is taken for a home,
        since OpenStreetMap tags most homes as buildings and no more.
    numerator: {zh: 300米内有学校的住宅栋数, en: homes with a school within 300 m}
    denominator: {zh: 住宅总栋数, en: homes}
    data: {zh: 建筑、学校、道路, en: 'buildings, schools, streets'}
    method: {zh: 直线距离；并列沿步行道路的距离, en: straight distance; the way along walkable streets stands beside it}
    computable: fully
    measure: homes_near_places
    parameters: {kinds: [school], radius_m: 300, unknown_are_homes: true}
"""


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, help="folder of the open files")
    parser.add_argument("folder", type=Path, help="folder to write")
    asked = parser.parse_args()
    print(las_palmas(asked.files, asked.folder))


def las_palmas(files: Path, folder: Path, slug: str = "laspalmas") -> Path:
    """Write city.toml, the city's own indicators and two registers; return the path of city.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    units(files).to_file(folder / "units.gpkg", layer="admin_unit")
    built_up(files).to_file(folder / "builtup.gpkg", layer="builtup_area")
    (folder / "examination.yaml").write_text(INDICATORS, encoding="utf-8")
    manifest = MANIFEST.format(slug=slug, epsg=EPSG, osm=(files / OSM).resolve())
    (folder / "city.toml").write_text(manifest, encoding="utf-8")
    return folder / "city.toml"


def units(files: Path) -> GeoDataFrame:
    """Return the city, and the catchments of its secondary schools for want of communities."""
    city = geopandas.read_file(files / BOUNDARY).rename(columns={"NATCODE": "key", "NAMEUNIT": "name"})
    areas = geopandas.read_file(files / CATCHMENTS).rename(columns={"Codigo": "key", "Denominaci": "name"})
    city, areas = city.assign(level="city", parent_key=None), areas.assign(level="community", parent_key=city["key"][0])
    parts = [frame.to_crs(EPSG)[["key", "level", "parent_key", "name", "geometry"]] for frame in (city, areas)]
    table = pd.concat(parts, ignore_index=True)
    return GeoDataFrame(table.drop(columns="geometry"), geometry=_plan(table["geometry"]), crs=EPSG)


def built_up(files: Path) -> GeoDataFrame:
    """Return the urban centre of 2015 inside the city: what comes nearest to a built-up area (建成区) that is open."""
    city = shapely.union_all(_plan(geopandas.read_file(files / BOUNDARY).to_crs(EPSG).geometry))
    centre = shapely.union_all(_plan(geopandas.read_file(files / URBAN_CENTRE).to_crs(EPSG).geometry))
    inside = shapely.intersection(city, centre)
    return GeoDataFrame({"key": ["2015"], "year": [2015]}, geometry=[inside], crs=EPSG)


def _plan(shapes: geopandas.GeoSeries) -> list[shapely.MultiPolygon]:
    """Return areas without heights, each of several parts."""
    return [shapely.MultiPolygon(shapely.get_parts(shape).tolist()) for shape in shapely.force_2d(shapes.to_numpy())]


if __name__ == "__main__":
    main()
