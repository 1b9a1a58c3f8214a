"""Real files, loaded as cities: nothing is lost, and everything is where it was surveyed."""

from __future__ import annotations

import importlib.util
import itertools
import json
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import psycopg
import pyproj
import pytest
from psycopg.rows import dict_row

from cim.crs import earth_centred
from cim.errors import MissingCrs
from cim.etl.load import LoadOptions, load_city
from cim.manifest import read_manifest

_spec = importlib.util.spec_from_file_location("real_cities", Path(__file__).parents[1] / "real_cities.py")
real_cities = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(real_cities)

_numbers = itertools.count(1)


@pytest.fixture
def slug(cluster):
    """Slug of a city that is dropped after the test."""
    name = f"real_{next(_numbers)}"
    yield name
    if f"cim_{name}" in cluster.databases():
        cluster.drop_database(f"cim_{name}")


@pytest.fixture
def load(cluster, tmp_path):
    """Load a manifest; return the reports by source and a function that queries the city."""

    def run(path, **options):
        manifest = read_manifest(path)
        found = load_city(cluster, manifest, tmp_path / "data", LoadOptions(**options))
        reports = {report.source: report for report in found}

        def rows(query):
            with psycopg.connect(cluster.conninfo(manifest.profile.database), row_factory=dict_row) as connection:
                return connection.execute(query).fetchall()

        return manifest, reports, rows

    return run


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def surfaces(geometry):
    """Number of polygons of a CityJSON geometry, by plain recursion."""
    depth = {"MultiSurface": 1, "CompositeSurface": 1, "Solid": 2, "MultiSolid": 3, "CompositeSolid": 3}

    def count(boundaries, level):
        return len(boundaries) if level == 1 else sum(count(part, level - 1) for part in boundaries)

    return count(geometry["boundaries"], depth[geometry["type"]])


def indices(boundaries):
    """All vertex numbers of nested boundaries, in order."""
    for item in boundaries:
        if isinstance(item, list):
            yield from indices(item)
        else:
            yield item


def test_3dbag_loses_nothing(load, slug, real_data, tmp_path):
    _, reports, rows = load(real_cities.bag(tmp_path, real_data, slug))
    objects, lods, polygons = Counter(), Counter(), Counter()
    for name in real_cities.BAG_FILES:
        for feature in lines_of(real_data / "citymodels" / name)[1:]:
            for body in feature["CityObjects"].values():
                objects[body["type"]] += 1
                for geometry in body.get("geometry", []):
                    lods[str(geometry["lod"])] += 1
                    polygons[str(geometry["lod"])] += surfaces(geometry)
    found = rows("SELECT object_type, count(*) FROM city.building_current GROUP BY 1")
    assert {row["object_type"]: row["count"] for row in found} == dict(objects)
    found = rows(
        "SELECT lod, count(*), sum(ST_NumGeometries(geom)) AS polygons FROM city.building_lod GROUP BY 1 ORDER BY 1"
    )
    assert {row["lod"]: row["count"] for row in found} == dict(lods)
    assert {row["lod"]: row["polygons"] for row in found} == dict(polygons)
    assert sum(objects.values()) == 412
    assert [report.outcome.rejected for report in reports.values()] == [0, 0, 0]
    assert (
        rows("SELECT count(*) FROM city.building_current WHERE geom IS NULL OR NOT ST_IsValid(geom)")[0]["count"] == 0
    )


def test_3dbag_parts_hang_on_their_buildings(load, slug, real_data, tmp_path):
    _, _, rows = load(real_cities.bag(tmp_path, real_data, slug))
    (row,) = rows(
        "SELECT count(*) AS parts, count(p.feature_id) AS hung, "
        "count(*) FILTER (WHERE f.source_key LIKE g.source_key || '-%') AS named "
        "FROM city.building_current b JOIN city.feature f USING (feature_id) "
        "LEFT JOIN city.building_current p ON p.feature_id = b.parent_id "
        "LEFT JOIN city.feature g ON g.feature_id = p.feature_id WHERE b.object_type = 'BuildingPart'"
    )
    assert (row["parts"], row["hung"], row["named"]) == (206, 206, 206)


def test_3dbag_vertices_are_where_the_file_has_them(load, slug, real_data, tmp_path):
    _, _, rows = load(real_cities.bag(tmp_path, real_data, slug), only=("3dbag_901_52b",))
    header, *features = lines_of(real_data / "citymodels" / real_cities.BAG_FILES[1])
    scale, translate = (np.array(header["transform"][name]) for name in ("scale", "translate"))
    expected = {}
    for feature in features:
        vertices = np.array(feature["vertices"]) * scale + translate
        for key, body in feature["CityObjects"].items():
            for geometry in body.get("geometry", []):
                expected[key, str(geometry["lod"])] = vertices[list(indices(geometry["boundaries"]))]
    # Rings are closed in the database: the last point of each is its first again.
    found = rows(
        "SELECT f.source_key, l.lod, "
        "array_agg(ARRAY[ST_X(d.geom), ST_Y(d.geom), ST_Z(d.geom)] ORDER BY d.path) AS points "
        "FROM city.building_lod l JOIN city.building b USING (version_id) JOIN city.feature f USING (feature_id), "
        "LATERAL ST_DumpPoints(l.geom) d WHERE d.path[3] < (SELECT max(e.path[3]) FROM ST_DumpPoints(l.geom) e "
        "WHERE e.path[1] = d.path[1] AND e.path[2] = d.path[2]) GROUP BY 1, 2"
    )
    assert len(found) == len(expected) == 208
    for row in found:
        # Places lie on a grid of micrometres.
        assert np.allclose(row["points"], expected[row["source_key"], row["lod"]], rtol=0, atol=1e-6)


def test_3dbag_attributes_fill_the_columns(load, slug, real_data, tmp_path):
    _, _, rows = load(real_cities.bag(tmp_path, real_data, slug), only=("3dbag_5908_99b",))
    said = {}
    for feature in lines_of(real_data / "citymodels" / real_cities.BAG_FILES[0])[1:]:
        said |= {key: body["attributes"] for key, body in feature["CityObjects"].items() if body["type"] == "Building"}
    found = rows(
        "SELECT f.source_key, b.* FROM city.building_current b JOIN city.feature f USING (feature_id) "
        "WHERE object_type = 'Building'"
    )
    assert len(found) == len(said) == 99
    for row in found:
        attributes = said[row["source_key"]]
        assert row["attributes"] == attributes
        assert row["built_year"] == attributes["oorspronkelijkbouwjaar"]
        assert row["ground_min_m"] == attributes["h_maaiveld"]
        assert row["height_m"] == pytest.approx(attributes["h_dak_max"] - attributes["h_maaiveld"])


def test_delft_loses_nothing_and_has_its_heights(load, slug, real_data, tmp_path):
    manifest, reports, rows = load(real_cities.delft(tmp_path, real_data, slug))
    body = json.loads((real_data / "citymodels" / "delft_3dbasisvoorziening.city.json").read_text())
    types = Counter(item["type"] for item in body["CityObjects"].values())
    found = rows(
        "SELECT object_type, count(*) FROM city.building_current GROUP BY 1 UNION ALL "
        "SELECT object_type, count(*) FROM city.city_object_current GROUP BY 1"
    )
    assert {row["object_type"]: row["count"] for row in found} == dict(types)
    assert sum(types.values()) == 570
    assert reports["delft"].outcome.rejected == 0
    (extent,) = rows(
        "SELECT min(ST_XMin(geom)) AS west, min(ST_YMin(geom)) AS south, min(ST_ZMin(geom)) AS low, "
        "max(ST_XMax(geom)) AS east, max(ST_YMax(geom)) AS north, max(ST_ZMax(geom)) AS high "
        "FROM (SELECT geom FROM city.building_lod UNION ALL SELECT geom FROM city.city_object_lod) every"
    )
    stated = dict(
        zip(("west", "south", "low", "east", "north", "high"), body["metadata"]["geographicalExtent"], strict=True)
    )
    assert extent == pytest.approx(stated, abs=0.0011)
    polygons = sum(surfaces(geometry) for item in body["CityObjects"].values() for geometry in item["geometry"])
    (row,) = rows(
        "SELECT sum(ST_NumGeometries(geom)) AS polygons "
        "FROM (SELECT geom FROM city.building_lod UNION ALL SELECT geom FROM city.city_object_lod) every"
    )
    assert row["polygons"] == polygons
    # On the ellipsoid Delft's ground lies about 43 m above zero.
    corner = np.array([[extent["west"], extent["south"], extent["low"]]])
    back = pyproj.Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
    longitude, latitude, height = back.transform(*earth_centred(manifest.profile, corner)[0])
    assert (longitude, latitude) == pytest.approx((4.36, 52.01), abs=0.02)
    assert height == pytest.approx(stated["low"] + 43.3, abs=0.01)


def test_delft_footprints_cover_what_the_solids_stand_on(load, slug, real_data, tmp_path):
    _, _, rows = load(real_cities.delft(tmp_path, real_data, slug))
    (row,) = rows(
        "SELECT count(*) FROM city.building_current b JOIN city.building_lod l USING (version_id) "
        "WHERE ST_Area(ST_Envelope(b.geom)) < 0.999 * ST_Area(ST_Envelope(ST_Force2D(l.geom))) OR b.height_m <= 0 "
        "OR b.ground_min_m <> ST_ZMin(l.geom)"
    )
    assert row["count"] == 0


def test_rotterdam_is_refused_until_a_crs_is_given(load, slug, cluster, real_data, tmp_path):
    path = real_cities.rotterdam(tmp_path, real_data, slug)
    with pytest.raises(MissingCrs, match=r'has no CRS: give one with crs = "EPSG:…" in city.toml or --crs'):
        load(path)
    _, reports, rows = load(path, crs="EPSG:28992")
    assert reports["rotterdam"].outcome.kept == 16
    found = rows("SELECT appearance, ST_NumGeometries(geom) AS polygons, surface FROM city.building_lod")
    assert len(found) == 16
    for row in found:
        texture = row["appearance"]["texture"]["rgbTexture"]
        assert len(texture["image"]) == len(texture["uv"]) == row["polygons"] == len(row["surface"])
    assert rows("SELECT status, count(*) FROM run.load GROUP BY 1 ORDER BY 1") == [
        {"status": "failed", "count": 1},
        {"status": "published", "count": 1},
    ]


def wntr_model(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import wntr

        return wntr.network.WaterNetworkModel(str(real_cities.wntr_network(name)))


@pytest.mark.parametrize("name", ["ky4", "net3"])
def test_wntr_networks_lose_nothing(load, slug, tmp_path, name):
    _, reports, rows = load(getattr(real_cities, name)(tmp_path, slug))
    network = wntr_model({"net3": "Net3"}.get(name, name))
    assert reports[name].outcome.rejected == 0
    found = rows("SELECT kind, count(*) FROM city.pipe_node_current GROUP BY 1")
    assert {row["kind"]: row["count"] for row in found} == {
        "junction": network.num_junctions,
        "tank": network.num_tanks,
        "source": network.num_reservoirs,
    }
    found = rows("SELECT kind, count(*), sum(length_m) AS length FROM city.pipe_segment_current GROUP BY 1")
    counts = {"pipe": network.num_pipes, "pump": network.num_pumps, "valve": network.num_valves}
    assert {row["kind"]: row["count"] for row in found} == {kind: count for kind, count in counts.items() if count}
    length = next(row["length"] for row in found if row["kind"] == "pipe")
    assert length == pytest.approx(sum(pipe.length for _, pipe in network.pipes()))
    (row,) = rows("SELECT sum(base_demand_m3s) AS demand FROM city.pipe_node_current")
    base = sum(part.base_value for _, node in network.junctions() for part in node.demand_timeseries_list)
    assert row["demand"] == pytest.approx(base * network.options.hydraulic.demand_multiplier)
    ends = rows(
        "SELECT count(*) FROM city.pipe_segment_current s "
        "JOIN city.pipe_node_current a ON a.feature_id = s.start_node_id "
        "JOIN city.pipe_node_current b ON b.feature_id = s.end_node_id "
        "WHERE ST_3DDistance(ST_StartPoint(s.geom), a.geom) < 1e-6 "
        # A pump between two nodes at one place stands a millimetre high.
        "AND ST_3DDistance(ST_EndPoint(s.geom), b.geom) < 0.0011"
    )
    assert ends[0]["count"] == network.num_links


def test_ky4_comes_from_us_feet_into_metres(load, slug, tmp_path):
    _, _, rows = load(real_cities.ky4(tmp_path, slug))
    network = wntr_model("ky4")
    to_utm = pyproj.Transformer.from_crs("EPSG:3089", "EPSG:26916", always_xy=True)
    found = rows(
        "SELECT f.source_key, ST_X(geom) AS x, ST_Y(geom) AS y, ST_Z(geom) AS z FROM city.pipe_node_current "
        "JOIN city.feature f USING (feature_id)"
    )
    for row in found:
        node = network.get_node(row["source_key"])
        assert (row["x"], row["y"]) == pytest.approx(to_utm.transform(*node.coordinates), abs=1e-6)
        assert row["z"] == pytest.approx(getattr(node, "elevation", None) or node.base_head)
    (row,) = rows(
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY length_m / ST_Length(geom)) AS ratio "
        "FROM city.pipe_segment_current WHERE kind = 'pipe'"
    )
    assert row["ratio"] == pytest.approx(1, abs=0.02)
    (load_row,) = rows("SELECT crs, transformation FROM run.load WHERE published_at IS NOT NULL")
    assert load_row["crs"] == "EPSG:3089"
    assert "us-ft" in load_row["transformation"]
