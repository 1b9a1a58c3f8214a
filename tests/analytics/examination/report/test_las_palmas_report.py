"""The report of a real city of which little is loaded: Las Palmas, from OpenStreetMap and two official boundaries."""

from __future__ import annotations

import io

import geopandas
import pandas as pd
import pypdfium2
import shapely

MANIFEST = """
[city]
slug = "{slug}"
name_zh = "拉斯帕尔马斯"
name_en = "Las Palmas de Gran Canaria"
crs = "EPSG:32628"
vertical_datum = "REDCAN95"
ellipsoid_offset_m = 0.0
[[source]]
name = "units"
kind = "register"
path = "units.gpkg"
licence = "CC-BY-4.0"
[source.options]
theme = "admin_unit"
layer = "admin_unit"
[[source]]
name = "osm"
kind = "osm"
path = "{osm}"
licence = "ODbL-1.0"
attribution = "© OpenStreetMap contributors"
[source.options]
themes = ["facility", "green_space"]
"""


def units(folder) -> geopandas.GeoDataFrame:
    """The city's boundary, and the catchments of its secondary schools for want of communities."""
    city = geopandas.read_file(folder / "boundary_IGN.geojson").assign(level="city")
    areas = geopandas.read_file(folder / "school_catchments_gobcan.geojson").assign(level="community")
    city = city.rename(columns={"NATCODE": "key", "NAMEUNIT": "name"})
    areas = areas.rename(columns={"Codigo": "key", "Denominaci": "name"})
    parts = [frame.to_crs(32628)[["key", "level", "name", "geometry"]] for frame in (city, areas)]
    table = geopandas.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=32628)
    shapes = shapely.force_2d(table.geometry)
    multi = [shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape]) for shape in shapes]
    return table.set_geometry(geopandas.GeoSeries(multi, crs=32628))


def test_the_report_of_las_palmas(run, cluster, real_data, tmp_path) -> None:
    folder = real_data / "urban" / "laspalmas"
    units(folder).to_file(tmp_path / "units.gpkg", layer="admin_unit")
    osm = folder / "example_las_palmas_2023_osm_20230221.osm.pbf"
    (tmp_path / "city.toml").write_text(MANIFEST.format(slug="laspalmas", osm=osm), encoding="utf-8")
    assert run("load", tmp_path / "city.toml").exit_code == 0
    try:
        said = run("examine", "--city", "laspalmas", "--year", 2023, "--out", tmp_path / "report")
        assert said.exit_code == 0, said.output
    finally:
        cluster.drop_database("cim_laspalmas")
    document = pypdfium2.PdfDocument(io.BytesIO((tmp_path / "report" / "report-zh.pdf").read_bytes()))
    pages = [page.get_textpage().get_text_range() for page in document]
    assert all("指标体系年份 2024" in page for page in pages)
    assert not any("合成" in page for page in pages)
    text = " ".join(pages)
    assert "未载入人口" in text
    assert "没有更早年度的体检结果" in text
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "城市道路网密度" in page
    assert "IES ALONSO QUESADA" in page
    assert "© OpenStreetMap contributors" in page
