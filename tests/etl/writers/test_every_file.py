"""Every real file: checked, loaded, counted by another reader, and each theme that it fills goes out and comes back."""

from __future__ import annotations

import json
import warnings
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import hypothesis
import laspy
import osmium
import pyogrio
import pytest
import rasterio
from psycopg import sql

from cim.cluster import Cluster
from cim.etl.checking import check_manifest
from cim.manifest import SourceSpec, read_manifest
from cim.tables import THEMES

FOLDERS = ("citymodels", "pipelines", "urban", "terrain", "lidar", "imagery")
CITY = """
[city]
slug = "{slug}"
name_zh = "往返"
name_en = "There and back"
crs = "{crs}"
vertical_datum = "local"
ellipsoid_offset_m = 0.0
"""
# A column of any geometry takes a multipolygon of one part as the polygon that it is. CityJSON can say that an object
# has attributes, but none; a row cannot.
PLAIN = sql.SQL(
    "SELECT f.source_key, to_jsonb(v) - %(apart)s::text[] AS said, NULLIF(v.attributes, '{{}}') AS attributes, "
    "ST_AsBinary(ST_Multi(v.geom)) AS geom "
    "FROM city.{view} v JOIN city.feature f USING (feature_id) JOIN run.source s USING (source_id) "
    "WHERE s.name = %(source)s ORDER BY 1"
)
APART = ["attributes", "version_id", "feature_id", "load_id", "closed_by", "content_hash", "geom", "geom_3857"]


def objects_of_a_model(path: Path) -> dict[str, int]:
    """Objects of CityJSON, or of its sequence, by theme."""
    text = path.read_text(encoding="utf-8")
    parts = map(json.loads, text.splitlines()) if path.suffix == ".jsonl" else [json.loads(text)]
    kinds = Counter(body["type"] for part in parts for body in part["CityObjects"].values())
    buildings = sum(count for kind, count in kinds.items() if kind.startswith("Building"))
    return {"building": buildings, "city_object": kinds.total() - buildings}


def members_of_gml(path: Path) -> dict[str, int]:
    """City objects of a file of CityGML by theme, buildings' parts too."""
    root = ET.parse(path).getroot()  # noqa: S314 - our own test data
    members = [item for part in root if part.tag.endswith("cityObjectMember") for item in part]
    parts = [item for item in root.iter() if item.tag.endswith("}BuildingPart")]
    buildings = sum(item.tag.endswith("}Building") for item in members)
    return {"building": buildings + len(parts), "city_object": len(members) - buildings}


def pipes_of_gml(path: Path) -> dict[str, int]:
    """Pipes and cables of a file of i-UR."""
    root = ET.parse(path).getroot()  # noqa: S314 - our own test data
    members = [item.tag for part in root if part.tag.endswith("cityObjectMember") for item in part]
    return {"pipe_segment": sum(tag.endswith(("Pipe", "Cable")) for tag in members)}


def parts_of_a_drainage_model(path: Path) -> dict[str, int]:
    """What swmmio finds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import swmmio

        model = swmmio.Model(str(path))
        tables = {"pipe_node": model.nodes, "pipe_segment": model.links, "city_object": model.subcatchments}
        return {theme: len(table.dataframe) for theme, table in tables.items()}


def tagged_nodes(path: Path) -> dict[str, int]:
    """Trees of an extract as pyosmium counts them; ways and areas are counted in `readers/test_osm.py`."""
    seen = Counter[str]()
    for item in osmium.FileProcessor(path, osmium.osm.NODE):
        seen["tree"] += item.tags.get("natural") == "tree"
    return {"tree": seen["tree"]}


def rows_of_a_layer(theme: str) -> Callable[[Path], dict[str, int]]:
    """Features as GDAL counts them."""
    return lambda path: {theme: pyogrio.read_info(path)["features"]}


def one_raster(path: Path) -> dict[str, int]:
    """A raster that GDAL opens is one asset."""
    with rasterio.open(path) as dataset:
        return {"raster_asset": int(dataset.count > 0)}


def one_scan(path: Path) -> dict[str, int]:
    """A scan that laspy opens is one asset."""
    with laspy.open(path) as scan:
        return {"scan_asset": int(scan.header.point_count > 0)}


@dataclass(frozen=True)
class Case:
    """How a file is loaded, and who else counts it."""

    file: str
    kind: str
    city: str
    count: Callable[[Path], Mapping[str, int]]
    crs: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{Path(self.file).name}-{self.kind}"


FEET = "+proj=tmerc +lat_0=39 +lon_0=-105 +datum=NAD83 +units=ft"
MISSOURI = "+proj=tmerc +lat_0=36.1666666666667 +lon_0=-94.5 +k=0.999941176 +x_0=850000 +datum=NAD83 +units=us-ft"
STORM = {"network": "storm"}
AXIS = {"axis_level_m": 160.0}
CATCHMENTS = {"theme": "admin_unit", "columns": {"key": "Codigo", "name": "Denominaci"}}
MODELS = ("3dbag_5908_99b.city.jsonl", "3dbag_901_52b.city.jsonl", "3dbag_5870_54b_ext.city.jsonl",
          "delft_3dbasisvoorziening.city.json")  # fmt: skip
UTILITIES = {"09LD283_unf_10170_op.gml": "EPSG:6677", "takeshiba_53393680_unf_6697_op.gml": "EPSG:6677",
             "nagaoka_08EE752_unf_10169_sewer_op.gml": "EPSG:6676"}  # fmt: skip
LAS_PALMAS = "EPSG:32628"
EXTRACT = "urban/laspalmas/example_las_palmas_2023_osm_20230221.osm.pbf"
CASES = [
    *(Case(f"citymodels/{name}", "cityjson", "EPSG:28992", objects_of_a_model) for name in MODELS),
    Case("citymodels/rotterdam_textured_16b.city.json", "cityjson", "EPSG:28992", objects_of_a_model, "EPSG:28992"),
    Case("citymodels/plateau_yokosuka_bldg.gml", "citygml", "EPSG:6677", members_of_gml),
    *(Case(f"pipelines/{name}", "citygml", crs, members_of_gml) for name, crs in UTILITIES.items()),
    *(Case(f"pipelines/{name}", "citygml_network", crs, pipes_of_gml, options=AXIS) for name, crs in UTILITIES.items()),
    Case("pipelines/test_inlet_drains.inp", "swmm", "EPSG:26913", parts_of_a_drainage_model, FEET, STORM),
    *(Case(f"pipelines/{name}.inp", "swmm", "EPSG:26915", parts_of_a_drainage_model, MISSOURI, STORM)
      for name in ("model_full_features_network_xy", "model_state_plane")),
    Case("urban/helsinki/Helsinki.osm.pbf", "osm", "EPSG:3067", tagged_nodes, options={"ground_m": 10.0}),
    Case(EXTRACT, "osm", LAS_PALMAS, tagged_nodes, options={"ground_m": 10.0}),
    Case("urban/laspalmas/GHS_UCDB_LasPalmas.gpkg", "register", LAS_PALMAS, rows_of_a_layer("population"), options={
        "theme": "population", "columns": {"key": "ID_HDC_G0", "residents": "P15"}, "values": {"year": 2015}}),
    Case("urban/laspalmas/boundary_IGN.geojson", "register", LAS_PALMAS, rows_of_a_layer("admin_unit"), options={
        "theme": "admin_unit", "columns": {"key": "NATCODE", "name": "NAMEUNIT"}, "values": {"level": "city"}}),
    Case("urban/laspalmas/school_catchments_gobcan.geojson", "register", LAS_PALMAS, rows_of_a_layer("admin_unit"),
         options={**CATCHMENTS, "values": {"level": "subdistrict"}}),
    *(Case(f"terrain/codem_{name}.tif", "raster", "EPSG:32616", one_raster, options={"raster": name})
      for name in ("dem", "dsm")),
    Case("imagery/mosaic_cog1.tif", "raster", "EPSG:32618", one_raster, options={"raster": "orthophoto"}),
    Case("lidar/codem_pc.laz", "scan", "EPSG:32616", one_scan),
]  # fmt: skip
# All themes of both extracts take a minute there and back: `make soak` has that time.
QUICK = {
    "urban/helsinki/Helsinki.osm.pbf": ("building", "tree", "road_edge"),
    EXTRACT: ("facility", "land_use"),
}


def test_no_file_is_forgotten(real_data):
    found = {str(path.relative_to(real_data)) for folder in FOLDERS for path in (real_data / folder).rglob("*")
             if path.is_file()}  # fmt: skip
    assert found == {case.file for case in CASES}


@pytest.fixture(scope="module")
def city_in(cluster: Cluster, load_manifest, tmp_path_factory):
    """The city of a CRS, made when it is first asked for; each file is sources of its own in it."""
    cities = {}

    def found(crs):
        if crs not in cities:
            folder = tmp_path_factory.mktemp("city")
            text = CITY.format(slug=f"every_{len(cities)}", crs=crs)
            (folder / "city.toml").write_text(text, encoding="utf-8")
            cities[crs] = load_manifest(read_manifest(folder / "city.toml"), folder)
        return cities[crs]

    yield found
    for city in cities.values():
        cluster.drop_database(city.manifest.profile.database)


def counts_of(report):
    themes = report.outcome.themes.values()
    return [sum(getattr(item, name) for item in themes) for name in ("added", "changed", "removed", "unchanged")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_is_checked_loaded_counted_and_comes_back_the_same(city_in, real_data, case):
    city, path, options = city_in(case.city), real_data / case.file, dict(case.options)
    counted = dict(case.count(path))
    if case.file in QUICK and hypothesis.settings().max_examples < 1000:
        options["themes"] = list(QUICK[case.file])
        counted = {theme: count for theme, count in counted.items() if theme in options["themes"]}
    source = SourceSpec(case.name, case.kind, path, case.crs, attribution="as the file's owner wants", options=options)
    (checked,) = check_manifest(replace(city.manifest, sources=(source,)))
    report = city.load(source)[case.name]
    added = {theme: counts.added for theme, counts in report.outcome.themes.items() if counts.added}
    assert checked.failure is None
    assert (checked.records, checked.refused) == (report.outcome.records_in, report.outcome.rejected)
    assert {theme: added.get(theme, 0) for theme in counted} == counted
    assert sum(added.values()) == report.outcome.kept > 0
    file = f"{case.name}.gpkg"
    assert city.export("geopackage", file, themes=tuple(added), sources=(case.name,)).written == added
    for theme in added:
        comes_back(city, case.name, file, theme)


def comes_back(city, name, file, theme):
    """Load a theme's layer as a register into a source of its own: its records are the same, column by column."""
    other = f"{name}-{theme}"
    told = {"theme": theme, "layer": theme}
    spec = SourceSpec(other, "register", city.folder / file, precedence=50, options=told)
    again = city.load(spec)[other]
    assert again.outcome.rejected == 0, again.tally.examples
    # References lead to the records of the same name of either source.
    apart = [*APART, *(column.name for column in THEMES[theme].columns.values() if column.references)]
    query = PLAIN.format(view=sql.Identifier(f"{theme}_current"))
    rows = [city.rows(query, {"apart": apart, "source": source}) for source in (name, other)]
    assert rows[0] == rows[1], theme


OWN = Path(__file__).parents[2] / "data" / "citygml"
GML = [(case.file, case.city) for case in CASES if case.kind == "citygml"]
GML += [(str(OWN / f"{name}.gml"), "EPSG:4545") for name in ("themes_2_0", "spaces_3_0", "network_iur")]


@pytest.mark.parametrize(("file", "crs"), GML, ids=lambda value: Path(value).name)
def test_citygml_becomes_cityjson_and_nothing_changes(cluster, load_manifest, slug, real_data, tmp_path, file, crs):
    (tmp_path / "city.toml").write_text(CITY.format(slug=slug, crs=crs), encoding="utf-8")
    city = load_manifest(read_manifest(tmp_path / "city.toml"), tmp_path)
    source = SourceSpec("model", "citygml", real_data / file)
    first = city.load(source)["model"]
    assert sum(city.export("cityjsonseq", "there.city.jsonl").written.values()) == first.outcome.kept
    # The digest of a record is of all its columns, its attributes, semantics and appearance.
    for back in (SourceSpec("model", "cityjson", tmp_path / "there.city.jsonl"), source):
        assert counts_of(city.load(back)["model"]) == [0, 0, 0, first.outcome.kept]


def test_uses_that_a_list_of_codes_explains_are_in_the_columns_either_way(
    cluster, load_manifest, slug, real_data, tmp_path
):
    (tmp_path / "city.toml").write_text(CITY.format(slug=slug, crs="EPSG:6677"), encoding="utf-8")
    city = load_manifest(read_manifest(tmp_path / "city.toml"), tmp_path)
    uses = "SELECT usage, count(*) FROM city.building_current WHERE usage IS NOT NULL GROUP BY 1 ORDER BY 1"
    city.load(SourceSpec("model", "citygml", real_data / "citymodels/plateau_yokosuka_bldg.gml"))
    before = city.rows(uses)
    city.export("cityjsonseq", "model.city.jsonl")
    city.load(SourceSpec("model", "cityjson", tmp_path / "model.city.jsonl"))
    assert sum(count for _, count in before) == 12
    assert city.rows(uses) == before
