"""Faces of one solid that pass through each other: found however they lie in space, and nothing sound is told of."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from cim.city import CityProfile
from cim.etl.batch import Batch
from cim.etl.checking import check_manifest
from cim.etl.checks.context import Context
from cim.etl.checks.families.faces_cross import CODE, look
from cim.etl.checks.findings import rejects_of, told_of
from cim.etl.faces import Faces
from cim.manifest import Manifest, SourceSpec

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
ORIGIN = np.array([500_000.0, 3_270_000.0, 200.0])
# Faces of a box, outward, by the corners of a unit cube in binary.
BOX = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (1, 3, 7, 5), (3, 2, 6, 7), (2, 0, 4, 6)]
CUBE = np.array([[at & 1, at >> 1 & 1, at >> 2] for at in range(8)], dtype=float)


def box(low, high, inward=False):
    """Six polygons of one ring each."""
    corners = np.array(low) + CUBE * (np.array(high) - np.array(low))
    return [[corners[list(face)[:: -1 if inward else 1]]] for face in BOX]


def told(polygons, *, shell=None, solid=None, kind="Solid", turn=None):
    """Return how many pairs are told of one geometry; None: nothing is."""
    rings = [np.asarray(ring, dtype=float) for polygon in polygons for ring in polygon]
    points = np.concatenate(rings)
    points = (points if turn is None else turn.apply(points)) + ORIGIN
    none = np.zeros(len(polygons), dtype=np.int64)
    faces = Faces(
        points,
        np.unique(points.round(4), axis=0, return_inverse=True)[1].reshape(-1),
        np.array([len(ring) for ring in rings]),
        np.array([len(polygon) for polygon in polygons]),
        np.array([len(polygons)]),
        none if shell is None else np.array(shell),
        none if solid is None else np.array(solid),
        none,
    )
    rows = pd.DataFrame({"parent": [0], "lod": ["2"], "geometry_type": [kind]})
    frame = pd.DataFrame({"source_key": ["b"]})
    batch = Batch("building", frame, {"building_lod": rows}, faces={"building_lod": faces})
    found = [item for finding in look(batch, Context(CITY)) for item in rejects_of(finding, told_of(batch), frame)]
    assert {item.code for item in found} <= {CODE}
    return int(found[0].reason.split(" ")[0]) if found else None


# An L in plan, whose inner walls stand in planes that cut through other faces.
L_PLAN = np.array([[0, 0], [8, 0], [8, 3], [3, 3], [3, 9], [0, 9]], dtype=float)
FLOOR, TOP = (np.column_stack([L_PLAN, np.full(6, height)]) for height in (0.0, 5.0))
SIDES = [[[FLOOR[at], FLOOR[(at + 1) % 6], TOP[(at + 1) % 6], TOP[at]]] for at in range(6)]
L_SHAPE = [[FLOOR[::-1]], [TOP], *SIDES]
HOLED = [*box([0, 0, 0], [9, 9, 4])[:1],
         [*box([0, 0, 0], [9, 9, 4])[1], *box([3, 3, 0], [6, 6, 4], inward=True)[1]],
         *box([0, 0, 0], [9, 9, 4])[2:]]  # fmt: skip
SOUND = {
    "a box": box([0, 0, 0], [4, 3, 2]),
    "an L": L_SHAPE,
    "a box with a hole in its roof": HOLED,
    # Not a manifold, but nothing passes through anything: the chimney stands on the roof.
    "a chimney on a roof": [*box([0, 0, 0], [9, 9, 4]), *box([4, 4, 4], [5, 5, 6])[1:]],
    "boxes that share an edge": [*box([0, 0, 0], [2, 2, 2]), *box([2, 2, 0], [4, 4, 2])],
    "a plate of eight millimetres": box([0, 0, 0], [2, 2, 0.008]),
    "an overlap of eight millimetres": [*box([0, 0, 0], [2, 2, 2]), *box([1.992, 0.5, 0.5], [4, 1.5, 1.5])],
}
CROSSED = {
    "a beam through a box": ([*box([0, 0, 0], [4, 3, 2]), *box([-1, 1, 0.5], [5, 2, 1.5])], 8),
    # The lines in which the walls cross end on edges of both; the floors and the roofs lie upon each other.
    "a cross of two bars of one height": ([*box([0, 4, 0], [9, 5, 3]), *box([4, 0, 0], [5, 9, 3])], 4 + 2),
    "a chimney through a roof": ([*box([0, 0, 0], [9, 9, 4]), *box([4, 4, 3], [5, 5, 6])], 4),
    "an overlap of five centimetres": ([*box([0, 0, 0], [2, 2, 2]), *box([1.95, 0.5, 0.5], [4, 1.5, 1.5])], 4),
    "a roof that stands twice": ([*box([0, 0, 0], [4, 3, 2]), box([0, 0, 0], [4, 3, 2])[1]], 1),
}


@pytest.mark.parametrize("name", SOUND)
def test_what_touches_does_not_cross(name):
    assert told(SOUND[name]) is None


@pytest.mark.parametrize("name", CROSSED)
def test_what_crosses_is_counted(name):
    polygons, pairs = CROSSED[name]
    assert told(polygons) == pairs
    assert told(polygons, kind="MultiSurface") is None


@given(st.integers(0, 2**32 - 1), st.sampled_from([*SOUND, *CROSSED]))
def test_it_is_the_same_however_it_is_turned(seed, name):
    turn = Rotation.random(random_state=np.random.RandomState(seed))
    polygons, pairs = CROSSED.get(name) or (SOUND[name], None)
    assert told(polygons, turn=turn) == pairs


def test_solids_that_share_a_wall_or_a_room_inside():
    two = [*box([0, 0, 0], [2, 2, 2]), *box([2, 0, 0], [4, 2, 2])]
    assert told(two, solid=[0] * 6 + [1] * 6, kind="CompositeSolid") is None
    # As one shell the wall between them stands twice.
    assert told(two) == 1
    room = [*box([0, 0, 0], [9, 9, 4]), *box([1, 1, 1], [3, 3, 3], inward=True)]
    assert told(room, shell=[0] * 6 + [1] * 6) is None
    outside = [*box([0, 0, 0], [9, 9, 4]), *box([1, 1, 1], [3, 3, 5], inward=True)]
    assert told(outside, shell=[0] * 6 + [1] * 6) == 4


def test_faces_that_have_no_area_or_cross_themselves_are_left_to_other_checks():
    flat = [np.array([[0, 1, 1], [4, 1, 1], [4, 1, 1.0]])]
    tie = [np.array([[1, 1, -1], [3, 1, 3], [3, 1, -1], [1, 1, 3.0]])]
    assert told([*box([0, 0, 0], [4, 3, 2]), flat, tie]) is None


def test_levels_are_apart_and_a_beam_is_told_by_the_thorough_check_only(tmp_path):
    beam = [*box([0, 0, 0], [4, 3, 2]), *box([-1, 1, 0.5], [5, 2, 1.5])]
    path = tmp_path / "m.city.json"
    path.write_text(json.dumps(document({"1": box([0, 0, 0], [4, 3, 2]), "2": beam, "3": box([1, 1, 1], [5, 5, 9])})))
    manifest = Manifest(tmp_path / "city.toml", CITY, (SourceSpec("m", "cityjson", path, "EPSG:4545"),))

    def codes(thorough):
        (report,) = check_manifest(manifest, thorough=thorough)
        return [item.reason for item in report.rejects if item.code == CODE]

    assert codes(thorough=True) == ["8 pair(s) of faces of the solid of lod 2 pass through, or lie upon, each other"]
    assert codes(thorough=False) == []


def document(levels):
    """A building of CityJSON with a solid of each level."""
    vertices, geometry = [], []
    for lod, polygons in levels.items():
        shell = []
        for polygon in polygons:
            rings = []
            for ring in polygon:
                rings.append(list(range(len(vertices), len(vertices) + len(ring))))
                vertices += np.asarray(ring * 1000).round().astype(int).tolist()
            shell.append(rings)
        geometry.append({"type": "Solid", "lod": lod, "boundaries": [shell]})
    transform = {"scale": [0.001] * 3, "translate": ORIGIN.tolist()}
    objects = {"b": {"type": "Building", "geometry": geometry}}
    return {"type": "CityJSON", "version": "2.0", "transform": transform, "CityObjects": objects, "vertices": vertices}


def test_val3dity_agrees_on_real_solids(real_data):
    """3DBAG keeps what val3dity said of each of its solids: we find the same ones faulty, and for the same reasons."""
    path = real_data / "citymodels" / "3dbag_5908_99b.city.jsonl"
    city = CityProfile("n", "荷", "N", "EPSG:28992", "NAP", 43.0)
    (report,) = check_manifest(Manifest(path, city, (SourceSpec("b", "cityjson", path),)))
    theirs = {}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        for key, body in json.loads(line)["CityObjects"].items():
            for lod in ("1.2", "1.3", "2.2"):
                said = body.get("attributes", {}).get(f"val3dity_codes_lod{lod.replace('.', '')}")
                if said is not None:
                    theirs[key, lod] = said
    ours = {}
    codes = (
        "solid.open",
        "solid.no_volume",
        "solid.not_manifold",
        "face.touches_itself",
        "face.self_intersection",
        CODE,
    )
    for item in report.rejects:
        if item.code in codes:
            lod = item.reason.split(" lod ")[1].split(" ")[0]
            ours.setdefault((item.source_key.rsplit("-", 1)[0], lod), set()).add(item.code)
    assert len(theirs) == 297
    faulty = {key: said for key, said in theirs.items() if said != "[]"}
    assert set(ours) == set(faulty)
    # 104: a ring meets itself; 302: a shell is not closed; 303: it is no surface.
    touching = {key for key, found in ours.items() if "face.touches_itself" in found}
    assert touching == {key for key, said in faulty.items() if "104" in said}
    assert {key for key, said in faulty.items() if "302" in said} <= {key for key in ours if "solid.open" in ours[key]}
    assert {key for key in ours if ours[key] & {"solid.not_manifold"}} - touching == {
        key for key, said in faulty.items() if "303" in said
    }
    assert len([key for key, found in ours.items() if CODE in found]) == 3
