"""Faults of faces and solids are found through CityGML as through CityJSON: its reader hands the checks its faces."""

from __future__ import annotations

import numpy as np
import pytest

from cim.city import CityProfile
from cim.etl.checking import check_manifest
from cim.etl.readers import find
from cim.manifest import Manifest, SourceSpec

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
EAST, NORTH, HEIGHT = 500_000.0, 3_270_000.0, 200.0
CUBE = np.array([[at & 1, at >> 1 & 1, at >> 2] for at in range(8)], dtype=float)
FACES = {
    "GroundSurface": [(0, 2, 3, 1)],
    "RoofSurface": [(4, 5, 7, 6)],
    "WallSurface": [(0, 1, 5, 4), (1, 3, 7, 5), (3, 2, 6, 7), (2, 0, 4, 6)],
}
SPACES = {
    "2.0": 'xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:gml="http://www.opengis.net/gml" '
    'xmlns:bldg="http://www.opengis.net/citygml/building/2.0"',
    "3.0": 'xmlns:core="http://www.opengis.net/citygml/3.0" xmlns:gml="http://www.opengis.net/gml/3.2" '
    'xmlns:bldg="http://www.opengis.net/citygml/building/3.0" '
    'xmlns:con="http://www.opengis.net/citygml/construction/3.0"',
}
# Version, then element of a level's solid, of a boundary, of a surface, of its geometry.
NAMES = {
    "2.0": ("bldg:lod{}Solid", "bldg:boundedBy", "bldg:{}", "bldg:lod2MultiSurface"),
    "3.0": ("core:lod{}Solid", "core:boundary", "con:{}", "core:lod2MultiSurface"),
}


def box(low=(0, 0, 0), high=(8, 6, 4)):
    """Polygons of a box by the kind of their surface, each a list of rings."""
    corners = np.array(low) + CUBE * (np.array(high) - np.array(low))
    return {kind: [[corners[list(face)]] for face in faces] for kind, faces in FACES.items()}


def polygon(rings, name, shift):
    """A polygon; the northing comes first, and rings are closed."""
    parts = []
    for at, ring in enumerate(rings):
        points = np.vstack([ring, ring[:1]]) + np.array([EAST + shift, NORTH, HEIGHT])
        text = " ".join(f"{y:.4f} {x:.4f} {z:.4f}" for x, y, z in points)
        side = "exterior" if at == 0 else "interior"
        parts.append(f"<gml:{side}><gml:LinearRing><gml:posList>{text}</gml:posList></gml:LinearRing></gml:{side}>")
    return f'<gml:Polygon gml:id="{name}">{"".join(parts)}</gml:Polygon>'


def building(key, levels, version, shift):
    """A building: its solid of level 2 is put together of its surfaces by links, others hold their polygons."""
    solid, boundary, surface, geometry = NAMES[version]
    out, bounds = "", ""
    for lod, surfaces in levels.items():
        members = ""
        for kind, polygons in surfaces.items():
            for at, rings in enumerate(polygons):
                name = f"{key}-{lod}-{kind}-{at}"
                drawn = polygon(rings, name, shift)
                if lod == "2":
                    members += f'<gml:surfaceMember xlink:href="#{name}"/>'
                    drawn = f"<gml:MultiSurface><gml:surfaceMember>{drawn}</gml:surfaceMember></gml:MultiSurface>"
                    tag, inner = surface.format(kind), f"<{geometry}>{drawn}</{geometry}>"
                    bounds += f'<{boundary}><{tag} gml:id="s-{name}">{inner}</{tag}></{boundary}>'
                else:
                    members += f"<gml:surfaceMember>{drawn}</gml:surfaceMember>"
        shell = "CompositeSurface" if version == "2.0" else "Shell"
        name = solid.format(lod)
        out += (
            f"<{name}><gml:Solid><gml:exterior><gml:{shell}>{members}</gml:{shell}></gml:exterior></gml:Solid></{name}>"
        )
    inner = bounds + out if version == "3.0" else out + bounds
    return f'<core:cityObjectMember><bldg:Building gml:id="{key}">{inner}</bldg:Building></core:cityObjectMember>'


def changed(surfaces, **kinds):
    return {**surfaces, **kinds}


def inside_out(surfaces):
    return {kind: [[ring[::-1] for ring in rings] for rings in polygons] for kind, polygons in surfaces.items()}


def bent(surfaces, by):
    """One corner of the roof lifted, in every face that has it."""
    corner = surfaces["RoofSurface"][0][0][2].copy()

    def lifted(ring):
        return ring + np.outer((ring == corner).all(axis=1), [0, 0, by])

    return {kind: [[lifted(ring) for ring in rings] for rings in polygons] for kind, polygons in surfaces.items()}


def with_hole(surfaces, *, wrong):
    """A pit in the roof, whose ring runs as its outline does where that is wrong."""
    pit = np.array([[3, 2, 4], [3, 4, 4], [5, 4, 4], [5, 2, 4]], dtype=float)
    bottom = pit - [0, 0, 1]
    walls = [[np.array([pit[at], pit[at - 1], bottom[at - 1], bottom[at]])] for at in range(4)]
    roof = [[surfaces["RoofSurface"][0][0], pit[::-1] if wrong else pit], [bottom[::-1]]]
    return {**surfaces, "RoofSurface": roof, "WallSurface": [*surfaces["WallSurface"], *walls]}


def beam(surfaces):
    other = box((-1, 2, 1), (9, 3, 2))
    return {kind: [*surfaces[kind], *other[kind]] for kind in surfaces}


BOX = box()
TIE = [[BOX["WallSurface"][0][0][[0, 2, 1, 3]]], *BOX["WallSurface"][1:]]
BUILDINGS = {
    "sound": ({"1": BOX, "2": BOX}, set()),
    "a pit": ({"2": with_hole(BOX, wrong=False)}, set()),
    "no wall": ({"2": changed(BOX, WallSurface=BOX["WallSurface"][1:])}, {"solid.open"}),
    "inside out": ({"2": inside_out(BOX)}, {"solid.no_volume"}),
    "roof below": (
        {"2": changed(BOX, RoofSurface=BOX["GroundSurface"], GroundSurface=BOX["RoofSurface"])},
        {"solid.surface_orientation"},
    ),
    "bent": ({"2": bent(BOX, 0.5)}, {"face.not_planar"}),
    "tie": ({"2": changed(BOX, WallSurface=TIE)}, {"face.self_intersection", "solid.open"}),
    "pit the wrong way": ({"2": with_hole(BOX, wrong=True)}, {"face.hole_orientation", "solid.open"}),
    "moved": ({"1": box((20, 0, 0), (28, 6, 4)), "2": BOX}, {"building.lod_disagree"}),
    "beam": ({"2": beam(BOX)}, {"solid.faces_cross"}),
}


@pytest.fixture(params=SPACES)
def model(request, tmp_path):
    """A file that holds every building, in each version."""
    texts = [building(f"b{at}", levels, request.param, at * 100) for at, (levels, _) in enumerate(BUILDINGS.values())]
    corners = f"<gml:lowerCorner>{NORTH} {EAST} 0</gml:lowerCorner>"
    corners += f"<gml:upperCorner>{NORTH + 100} {EAST + 2000} 300</gml:upperCorner>"
    bounds = f'<gml:Envelope srsName="urn:ogc:def:crs:EPSG::4545" srsDimension="3">{corners}</gml:Envelope>'
    bounds = f"<gml:boundedBy>{bounds}</gml:boundedBy>"
    path = tmp_path / "model.gml"
    head = f'<core:CityModel {SPACES[request.param]} xmlns:xlink="http://www.w3.org/1999/xlink">'
    path.write_text(f"{head}{bounds}{''.join(texts)}</core:CityModel>", encoding="utf-8")
    return path


def test_each_fault_is_told_and_no_other(model):
    source = SourceSpec("model", "citygml", model)
    (report,) = check_manifest(Manifest(model, CITY, (source,)))
    assert (report.failure, report.records, report.refused) == (None, len(BUILDINGS), 0)
    told = {name: {item.code for item in report.rejects if item.source_key == f"b{at}"}
            for at, name in enumerate(BUILDINGS)}  # fmt: skip
    assert told == {name: codes for name, (_, codes) in BUILDINGS.items()}


def test_the_faces_are_the_polygons_of_the_rows(model):
    """Every row of a detail has its polygons among the faces, with their semantics, in its order."""
    for batch in find("citygml").read(SourceSpec("model", "citygml", model), CITY):
        faces, rows = batch.faces["building_lod"], batch.details["building_lod"]
        assert len(faces.polygon_count) == len(rows) == len(BUILDINGS) + 2
        kinds = np.split(faces.kind, np.cumsum(faces.polygon_count)[:-1])
        told = [[0] * len(kind) if row is None else list(row) for row, kind in zip(rows["surface"], kinds, strict=True)]
        assert [kind.tolist() for kind in kinds] == told
        assert set(rows["geometry_type"]) == {"Solid"}
