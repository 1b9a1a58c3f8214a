"""Made-up city models, loaded, exported and loaded: geometry, attributes, semantics, appearance come back."""

from __future__ import annotations

import itertools
import json
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cim.cluster import Cluster
from cim.manifest import SourceSpec, read_manifest

_files = itertools.count(1)
ORIGIN = [84_000.123, 447_000.456, -1.5]
KEYS = st.text(string.ascii_letters + string.digits + "-_.é市", min_size=1, max_size=8)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
NUMBERS = st.integers(-(2**40), 2**40) | st.floats(-1e12, 1e12, allow_nan=False).map(
    lambda x: 0.0 if abs(x) < 1e-9 else x
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
SURFACES = ("GroundSurface", "WallSurface", "RoofSurface", "Window", "+Panel")


@st.composite
def box(draw, corners):
    """Six faces of a box, as rings of vertex numbers; sometimes a hole in the roof, or a corner that stands twice."""
    x, y = draw(st.integers(0, 90_000)), draw(st.integers(0, 90_000))
    z, width, high = (
        draw(st.integers(-5_000, 5_000)),
        draw(st.integers(1_000, 20_000)),
        draw(st.integers(1_000, 30_000)),
    )
    first = len(corners)
    for up in (z, z + high):
        corners += [[x, y, up], [x + width, y, up], [x + width, y + width, up], [x, y + width, up]]
    faces = [[3, 2, 1, 0], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]
    polygons = [[[first + at for at in face]] for face in faces]
    if draw(st.booleans()):
        third, inner = width // 3, len(corners)
        steps = ((third, third), (third, 2 * third), (2 * third, 2 * third), (2 * third, third))
        corners += [[x + east, y + north, z + high] for east, north in steps]
        polygons[1].append([inner, inner + 1, inner + 2, inner + 3])
    if draw(st.booleans()):
        corners.append(corners[first])
        polygons[0][0].append(len(corners) - 1)
    return polygons


def nested(kind, parts):
    """Nest polygons of several boxes as the type demands."""
    if kind in ("MultiSurface", "CompositeSurface"):
        return [polygon for part in parts for polygon in part]
    return [parts[0], *[part for part in parts[1:]]] if kind == "Solid" else [[part] for part in parts]


@st.composite
def geometry(draw, corners, lod, library):
    """A geometry with semantics, materials and textures."""
    kind = draw(st.sampled_from(["MultiSurface", "CompositeSurface", "Solid", "MultiSolid"]))
    parts = [draw(box(corners)) for _ in range(draw(st.integers(1, 2)))]
    out = {"type": kind, "lod": lod, "boundaries": nested(kind, parts)}

    def said(strategy):
        return nested(kind, [[draw(strategy) for _ in part] for part in parts])

    if draw(st.booleans()):
        count = draw(st.integers(1, 3))
        records = [{"type": draw(st.sampled_from(SURFACES))} for _ in range(count)]
        if draw(st.booleans()):
            records[0]["slope"] = draw(NUMBERS)
        out["semantics"] = {"surfaces": records, "values": said(st.none() | st.integers(0, count - 1))}
    if draw(st.booleans()):
        themes = draw(st.lists(st.sampled_from(["summer", "w", "infrared"]), min_size=1, max_size=2, unique=True))
        number = st.none() | st.integers(0, len(library["materials"]) - 1)
        out["material"] = {theme: {"values": said(number)} for theme in themes}
    if draw(st.booleans()):
        values = [[draw(textured(polygon, library)) for polygon in part] for part in parts]
        out["texture"] = {"rgb": {"values": nested(kind, values)}}
    return out


@st.composite
def textured(draw, polygon, library):
    """Image and coordinates of the rings of a polygon, or none."""
    image = draw(st.none() | st.integers(0, len(library["textures"]) - 1))
    uv = st.integers(0, len(library["vertices-texture"]) - 1)
    return [[None] if image is None else [image, *[draw(uv) for _ in ring]] for ring in polygon]


@st.composite
def feature(draw, key):
    """A building with or without parts; two materials may be equal."""
    corners = []
    unit = st.floats(0, 1).map(lambda value: round(value, 4))
    library = {
        "materials": [{"name": draw(st.sampled_from("ab")), "transparency": draw(unit)} for _ in range(2)],
        "textures": [{"type": "PNG", "image": draw(st.sampled_from(["a.png", "b.png"]))} for _ in range(2)],
        "vertices-texture": [[draw(unit), draw(unit)] for _ in range(3)],
    }
    attributes = st.dictionaries(KEYS.map(lambda name: f"x{name}"), VALUES, max_size=4)
    objects = {key: {"type": "Building", "attributes": draw(attributes), "geometry": []}}
    levels = draw(st.lists(st.sampled_from(["1", "1.2", "2.2", "3"]), min_size=1, max_size=2))
    names = [key]
    if draw(st.booleans()):
        part = f"{key}/part"
        objects[key]["children"], names = [part], [key, part]
        objects[part] = {"type": "BuildingPart", "parents": [key], "attributes": draw(attributes), "geometry": []}
        if draw(st.booleans()):
            names = [part]
    for name in names:
        objects[name]["geometry"] = [draw(geometry(corners, lod, library)) for lod in levels]
    return {"type": "CityJSONFeature", "id": key, "CityObjects": objects, "vertices": corners, "appearance": library}


@st.composite
def model(draw):
    """A CityJSONSeq of a few features."""
    keys = draw(st.lists(KEYS, min_size=1, max_size=3, unique=True))
    scale = draw(st.sampled_from([0.001, 0.01, 0.0005]))
    transform = {"scale": [scale] * 3, "translate": ORIGIN}
    metadata = {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/28992"}
    header = {"type": "CityJSON", "version": "2.0", "CityObjects": {}, "vertices": []}
    return [{**header, "transform": transform, "metadata": metadata}, *[draw(feature(key)) for key in keys]]


CITY = """
[city]
slug = "models"
name_zh = "模型"
name_en = "Models"
crs = "EPSG:28992"
vertical_datum = "NAP"
ellipsoid_offset_m = 43.0
"""


@pytest.fixture(scope="module")
def city(cluster: Cluster, load_manifest, tmp_path_factory):
    """A city without sources; each example is a source of its own."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "city.toml").write_text(CITY, encoding="utf-8")
    yield load_manifest(read_manifest(folder / "city.toml"), folder)
    cluster.drop_database("cim_models")


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(model())
def test_models_come_back_as_they_were(city, model):
    name = f"m{next(_files)}"
    path, back = city.folder / f"{name}.city.jsonl", city.folder / f"{name}.back.city.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in model), encoding="utf-8")
    first = city.load(SourceSpec(name, "cityjson", path))[name]
    assert first.outcome.rejected == 0, first.tally.examples
    city.export("cityjsonseq", back.name, sources=(name,))
    again = city.load(SourceSpec(name, "cityjson", back))[name]
    themes = again.outcome.themes.values()
    found = [sum(getattr(item, count) for item in themes) for count in ("added", "changed", "removed", "unchanged")]
    assert found == [0, 0, 0, sum(len(line["CityObjects"]) for line in model[1:])]
