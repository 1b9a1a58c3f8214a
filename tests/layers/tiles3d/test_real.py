"""Real cities in tiles: every feature there, every corner in its place on the ellipsoid."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyproj
import pytest
from scipy.spatial import cKDTree

from cim.etl.load import load_city
from cim.layers.tiles3d.build import build_tileset
from cim.layers.tiles3d.sources import tile_source
from cim.layers.tiles3d.tree import ROOT
from cim.manifest import read_manifest
from cim.store import Store
from cim.viewer import LOCAL

# The quasi-geoid stands 43 m above the ellipsoid in Delft (NLGEO2018: 43.2 m).
OFFSET_M = 43.0
FILES = {
    "delft": ["delft_3dbasisvoorziening.city.json"],
    "bag": ["3dbag_5908_99b.city.jsonl", "3dbag_901_52b.city.jsonl", "3dbag_5870_54b_ext.city.jsonl"],
}
MANIFEST = """
[city]
slug = "{slug}"
name_zh = "代尔夫特"
name_en = "Delft"
crs = "EPSG:28992"
vertical_datum = "NAP"
ellipsoid_offset_m = {offset}
"""
SOURCE = """
[[source]]
name = "{name}"
kind = "cityjson"
path = "{path}"
licence = "CC-BY-4.0"
attribution = "see the file"
"""


class Counted:
    """What a file holds, counted without the platform: objects at their finest level, and their corners."""

    def __init__(self, paths) -> None:
        self.buildings, self.others = 0, 0
        corners = []
        for path in paths:
            lines = path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
            first = json.loads(lines[0])
            for part in [json.loads(line) for line in lines[1:]] or [first]:
                corners += self.add(part, part.get("transform", first["transform"]))
        points = np.array(sorted(set(map(tuple, np.round(corners, 4).tolist()))))
        to_degrees = pyproj.Transformer.from_crs("EPSG:28992", "EPSG:4326", always_xy=True)
        to_earth = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
        lon, lat = to_degrees.transform(points[:, 0], points[:, 1])
        self.corners = np.column_stack(to_earth.transform(lon, lat, points[:, 2] + OFFSET_M))

    def add(self, part, transform):
        vertices = np.array(part["vertices"]) * transform["scale"] + transform["translate"]
        found = []
        for item in part["CityObjects"].values():
            building = item["type"].startswith("Building")
            shapes = [g for g in item.get("geometry", []) if not building or float(g["lod"]) >= 1]
            if not shapes:
                continue
            self.buildings += building
            self.others += not building
            finest = max(float(shape["lod"]) for shape in shapes)
            for shape in shapes:
                if float(shape["lod"]) == finest:
                    found.append(vertices[np.unique(list(numbers(shape["boundaries"])))])
        return np.vstack(found).tolist() if found else []


def numbers(nested):
    for item in nested:
        if isinstance(item, int):
            yield item
        else:
            yield from numbers(item)


@pytest.fixture(scope="module", params=FILES)
def city(request, cluster, real_data, tmp_path_factory):
    """A real city, loaded and tiled, and what its files hold."""
    folder = tmp_path_factory.mktemp(request.param)
    paths = [real_data / "citymodels" / name for name in FILES[request.param]]
    slug = f"real_{request.param}"
    text = MANIFEST.format(slug=slug, offset=OFFSET_M)
    text += "".join(SOURCE.format(name=path.name, path=path) for path in paths)
    (folder / "city.toml").write_text(text, encoding="utf-8")
    list(load_city(cluster, read_manifest(folder / "city.toml"), folder))
    with Store.open(cluster, slug) as store:
        for layer in ("buildings", "objects"):
            build_tileset(store, LOCAL, tile_source(layer))
        yield store, Counted(paths)
    cluster.drop_database(f"cim_{slug}")


def test_every_building_stands_where_its_file_says(city, examine, validated):
    store, counted = city
    seen = examine(store, "buildings")
    assert seen.problems == []
    assert validated(seen.contents) == []
    assert len(seen.leaf_ids) == len(set(seen.leaf_ids)) == counted.buildings
    shown = np.vstack(list(seen.leaves.values()))
    # Rounded to a centimetre a corner moves by at most 0.87 cm; the file rounds to a millimetre.
    assert cKDTree(counted.corners).query(shown)[0].max() < 0.0095


def test_objects_beside_buildings_are_all_there(city, examine, validated):
    store, counted = city
    if not counted.others:
        assert store.rows(LOCAL, "SELECT 1 FROM layer.tile3d WHERE layer = 'objects'") == []
        return
    seen = examine(store, "objects")
    assert seen.problems == []
    assert validated(seen.contents) == []
    assert len(set(seen.leaf_ids)) == counted.others


def test_the_far_view_is_lighter(city):
    store, _ = city
    rows = store.rows(
        LOCAL,
        "SELECT key, members IS NOT NULL AS leaf, triangles, octet_length(content) AS bytes "
        "FROM layer.tile3d WHERE layer = 'buildings'",
    )
    leaves = sum(row["triangles"] for row in rows if row["leaf"])
    (root,) = [row for row in rows if row["key"] == ROOT]
    assert root["triangles"] < leaves / 2
    assert max(row["bytes"] for row in rows) < 400_000


def test_a_water_network_of_kentucky(cluster, tmp_path, examine, validated):
    model = Path(find_spec("wntr").origin).parent / "library/networks/ky4.inp"
    pipes = 0
    section = ""
    for text in model.read_text(encoding="latin-1").splitlines():
        section = text.strip() if text.startswith("[") else section
        pipes += section in ("[PIPES]", "[PUMPS]", "[VALVES]") and bool(text.strip()) and text.strip()[0] not in ";["
    manifest = MANIFEST.format(slug="real_ky4", offset=-33.0).replace("EPSG:28992", "EPSG:32616")
    manifest += SOURCE.format(name="ky4", path=model).replace("cityjson", "epanet") + 'crs = "EPSG:3089"\n'
    (tmp_path / "city.toml").write_text(manifest, encoding="utf-8")
    list(load_city(cluster, read_manifest(tmp_path / "city.toml"), tmp_path))
    with Store.open(cluster, "real_ky4") as store:
        build_tileset(store, LOCAL, tile_source("pipes-water"))
        seen = examine(store, "pipes-water")
        rows = store.rows(LOCAL, "SELECT feature_id FROM city.pipe_segment_current")
        segments = {row["feature_id"] for row in rows}
    cluster.drop_database("cim_real_ky4")
    assert seen.problems == []
    assert validated(seen.contents) == []
    assert len(segments) == len(segments & set(seen.leaf_ids)) == pipes
