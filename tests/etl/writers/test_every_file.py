"""Every real file: each theme that it fills goes through a GeoPackage into a source of its own, and is the same."""

from __future__ import annotations

import pytest
from psycopg import sql

from cim.cluster import Cluster
from cim.manifest import SourceSpec, read_manifest
from cim.schema import THEMES

CITY = """
[city]
slug = "{slug}"
name_zh = "往返"
name_en = "There and back"
crs = "{crs}"
vertical_datum = "local"
ellipsoid_offset_m = 0.0
"""
FEET = "+proj=tmerc +lat_0=39 +lon_0=-105 +datum=NAD83 +units=ft"
OSM = {"ground_m": 10.0, "themes": ["building", "facility"]}
FILES = {
    "swmm": ("swmm", "pipelines/test_inlet_drains.inp", "EPSG:26913", FEET, {"network": "storm"}),
    "citygml": ("citygml", "citymodels/plateau_yokosuka_bldg.gml", "EPSG:6677", None, {}),
    "utilities": ("citygml", "pipelines/takeshiba_53393680_unf_6697_op.gml", "EPSG:6677", None, {}),
    "osm": ("osm", "urban/helsinki/Helsinki.osm.pbf", "EPSG:3067", None, OSM),
}
# A column of any geometry takes a multipolygon of one part as the polygon that it is.
PLAIN = sql.SQL(
    "SELECT f.source_key, to_jsonb(v) - %(apart)s::text[] AS said, ST_AsBinary(ST_Multi(v.geom)) AS geom "
    "FROM city.{view} v JOIN city.feature f USING (feature_id) JOIN run.source s USING (source_id) "
    "WHERE s.name = %(source)s ORDER BY 1"
)
APART = ["version_id", "feature_id", "load_id", "closed_by", "content_hash", "geom", "geom_3857"]


def counts_of(report):
    themes = report.outcome.themes.values()
    return [sum(getattr(item, name) for item in themes) for name in ("added", "changed", "removed", "unchanged")]


@pytest.mark.parametrize("name", FILES)
def test_themes_come_back_the_same(cluster: Cluster, load_manifest, slug, real_data, tmp_path, name):
    kind, file, crs, stated, options = FILES[name]
    (tmp_path / "city.toml").write_text(CITY.format(slug=slug, crs=crs), encoding="utf-8")
    city = load_manifest(read_manifest(tmp_path / "city.toml"), tmp_path)
    report = city.load(SourceSpec("first", kind, real_data / file, stated, options=options))["first"]
    themes = [theme for theme, counts in report.outcome.themes.items() if counts.added]
    assert themes
    city.export("geopackage", "back.gpkg", themes=tuple(themes), sources=("first",))
    for theme in themes:
        told = {"theme": theme, "layer": theme}
        name = f"second_{theme}"
        again = city.load(SourceSpec(name, "register", tmp_path / "back.gpkg", precedence=50, options=told))[name]
        assert again.outcome.rejected == 0, again.tally.examples
        references = [column.name for column in THEMES[theme].columns if "references" in column.info]
        view = sql.Identifier(f"{theme}_current")
        rows = []
        for source in ("first", name):
            values = {"apart": [*APART, *references], "source": source}
            rows.append(city.rows(PLAIN.format(view=view), values))
        assert rows[0] == rows[1], theme


def test_a_model_of_plateau_becomes_cityjson(cluster, load_manifest, slug, real_data, tmp_path):
    kind, file, crs, *_ = FILES["citygml"]
    (tmp_path / "city.toml").write_text(CITY.format(slug=slug, crs=crs), encoding="utf-8")
    city = load_manifest(read_manifest(tmp_path / "city.toml"), tmp_path)
    first = city.load(SourceSpec("plateau", kind, real_data / file))["plateau"]
    # What a use's number means stands in a list of the national codes, which CityJSON does not name.
    values = {"source": "plateau", "apart": [*APART, "attributes", "usage"]}
    before = city.rows(PLAIN.format(view=sql.Identifier("building_current")), values)
    written = city.export("cityjsonseq", "plateau.city.jsonl").written
    assert sum(written.values()) == first.outcome.kept
    city.load(SourceSpec("plateau", "cityjson", tmp_path / "plateau.city.jsonl"))
    assert city.rows(PLAIN.format(view=sql.Identifier("building_current")), values) == before
    city.export("cityjsonseq", "again.city.jsonl")
    found = city.load(SourceSpec("plateau", "cityjson", tmp_path / "again.city.jsonl"))["plateau"]
    assert counts_of(found) == [0, 0, 0, first.outcome.kept]
