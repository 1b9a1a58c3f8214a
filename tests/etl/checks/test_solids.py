"""Faces and solids: each fault is found in space, and sound ones pass; walls are never judged in plan."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cim.city import CityProfile
from cim.etl.batch import Batch
from cim.etl.checks.context import Context
from cim.etl.checks.face_measures import Measures
from cim.etl.checks.families.solids import look
from cim.etl.checks.findings import rejects_of, told_of
from cim.etl.faces import Faces

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
ORIGIN = np.array([500_000.0, 3_270_000.0, 200.0])
CORNERS = np.array(
    [[0, 0, 0], [4, 0, 0], [4, 3, 0], [0, 3, 0], [0, 0, 2], [4, 0, 2], [4, 3, 2], [0, 3, 2]], dtype=float
)
BOX = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
GROUND, ROOF, WALL = 1, 3, 2


def faces(*geometries, kinds=None) -> Faces:
    """Flatten geometries, each a pair of corners and polygons of rings of corner numbers."""
    points, corner, sizes, counts, polygons = [], [], [], [], []
    for corners, shape in geometries:
        polygons.append(len(shape))
        for polygon in shape:
            counts.append(len(polygon))
            for ring in polygon:
                sizes.append(len(ring))
                corner += ring
                points += [corners[at] + ORIGIN for at in ring]
    count = sum(polygons)
    none = np.zeros(count, dtype=np.int64)
    kind = none if kinds is None else np.array(kinds)
    arrays = (np.array(item, dtype=np.int64) for item in (corner, sizes, counts, polygons))
    return Faces(np.array(points), *arrays, none, none, kind)


def said(some: Faces, kind: str = "Solid", lods=None, parents=None) -> list[tuple[str, str]]:
    """Return code and reason of all that is found."""
    count = len(some.polygon_count)
    rows = pd.DataFrame(
        {"parent": parents or list(range(count)), "lod": lods or ["1"] * count, "geometry_type": [kind] * count}
    )
    frame = pd.DataFrame({"source_key": [f"b{number}" for number in range(count)]})
    batch = Batch("building", frame, {"building_lod": rows}, faces={"building_lod": some})
    found = [item for finding in look(batch, Context(CITY)) for item in rejects_of(finding, told_of(batch), frame)]
    assert all(item.severity == "warning" and item.reason_zh and item.place for item in found)
    return [(item.code, item.reason) for item in found]


def beside(east: float) -> np.ndarray:
    """Return the box's corners, moved."""
    return CORNERS + np.array([east, 0, 0])


def turned(shape):
    return [[ring[::-1] for ring in polygon] for polygon in shape]


def test_a_sound_box_passes_whatever_stands_beside_it():
    kinds = [GROUND, ROOF, WALL, WALL, WALL, WALL] * 2
    some = faces((CORNERS, BOX), (beside(50), BOX), kinds=kinds)
    assert said(some) == []
    assert Measures(some).volume() == pytest.approx([24.0, 24.0])
    assert Measures(some).area[:3] == pytest.approx([12.0, 12.0, 8.0])


def test_an_open_box_is_told_with_its_free_edges():
    assert said(faces((CORNERS, BOX[:-1]))) == [("solid.open", "solid of lod 1 is open: 4 edge(s) without a partner")]
    assert said(faces((CORNERS, BOX[:-1])), kind="MultiSurface") == []


def test_one_face_wound_the_wrong_way_opens_the_shell():
    ((code, reason),) = said(faces((CORNERS, [*BOX[:5], *turned(BOX[5:])])))
    assert (code, reason) == ("solid.open", "solid of lod 1 is open: 8 edge(s) without a partner")


def test_corners_listed_twice_do_not_open_a_shell():
    """A file may list one place under several numbers."""
    doubled = np.concatenate([CORNERS, CORNERS])
    shape = [BOX[0], *[[[at + 8 for at in ring] for ring in polygon] for polygon in BOX[1:]]]
    assert said(faces((doubled, shape))) == []


def test_a_box_inside_out_has_a_negative_volume():
    assert said(faces((CORNERS, turned(BOX)))) == [("solid.no_volume", "solid of lod 1 has a volume of -24.00 m3")]


def test_a_hole_in_the_volume_by_an_inner_shell():
    small = CORNERS * 0.25 + 0.5
    corners = np.concatenate([CORNERS, small])
    inner = turned([[[at + 8 for at in ring] for ring in polygon] for polygon in BOX])
    some = faces((corners, [*BOX, *inner]))
    some = Faces(*[getattr(some, name) for name in list(Faces.__dataclass_fields__)[:5]],
                 np.repeat([0, 1], 6), some.solid, some.kind)  # fmt: skip
    assert said(some) == []
    assert Measures(some).volume() == pytest.approx([24 - 24 / 64])


def test_a_roof_that_looks_down():
    some = faces((CORNERS, BOX), kinds=[ROOF, GROUND, WALL, WALL, WALL, WALL])
    assert said(some) == [("solid.surface_orientation", "2 roof or ground face(s) of lod 1 look the wrong way")]


def test_a_corner_out_of_its_plane():
    bent = CORNERS.copy()
    bent[6, 2] += 0.4
    ((code, reason),) = said(faces((bent, BOX)))
    assert code == "face.not_planar"
    assert reason.startswith("1 face(s) of lod 1 are not planar, by up to 0.1")


def test_a_sliver_in_a_wall():
    corners = np.array([[0, 0, 0], [4, 0, 0], [4, 0, 0.0004], [0, 0, 0.0004]])
    ((code, reason),) = said(faces((corners, [[[0, 1, 2, 3]]])), kind="MultiSurface")
    assert (code, reason) == ("face.sliver", "1 face(s) of lod 1 are slivers, narrower than 0.0005 m")


@pytest.mark.parametrize(
    ("ring", "crosses"),
    [
        ([[0, 0], [4, 0], [4, 3], [0, 3]], False),
        ([[0, 0], [4, 3], [4, 0], [0, 4]], True),  # a bow tie of unequal halves
        ([[0, 0], [4, 3], [4, 0], [0, 3]], True),  # and of equal ones, which cancel
        ([[0, 0], [4, 3], [4, 2], [4, 0], [0, 3]], True),
        ([[0, 0], [4, 0], [4, 3], [2, 1], [0, 3]], False),  # not convex
        ([[0, 0], [4, 0], [0, 3], [2, -1], [4, 3]], True),
        ([[0, 0], [4, 0], [4, 3], [4, 5], [0, 3]], False),
        ([[2, 0], [3, 4], [0, 1.5], [4, 1.5], [1, 4]], True),  # a pentagram turns one way only, but twice round
    ],
)
@pytest.mark.parametrize("plane", [(0, 1, 2), (0, 2, 1), (2, 0, 1)], ids=["flat", "wall along x", "wall along y"])
def test_rings_that_cross_themselves_in_any_plane(ring, crosses, plane):
    corners = np.zeros((len(ring), 3))
    corners[:, plane[0]], corners[:, plane[1]] = np.array(ring, dtype=float).T
    found = said(faces((corners, [[list(range(len(ring)))]])), kind="MultiSurface")
    assert [code for code, _ in found] == (["face.self_intersection"] if crosses else [])


@pytest.mark.parametrize(
    ("ring", "touches"),
    [
        ([[0, 0], [4, 0], [4, 3], [2, 1], [0, 3]], False),
        ([[0, 0], [4, 0], [4, 3], [2, 0], [0, 3]], True),  # down to the middle of its base
        ([[0, 0], [2, 1], [4, 0], [4, 3], [2, 1], [0, 3]], True),  # two parts that share a corner
        # A hole cut to its outline, along an edge that is walked both ways.
        ([[0, 0], [9, 0], [9, 9], [0, 9], [0, 0], [3, 3], [3, 5], [5, 5], [5, 3], [3, 3]], True),
        ([[0, 0], [9, 0], [9, 0], [9, 9], [0, 9]], False),  # a corner that stands twice
    ],
)
@pytest.mark.parametrize("plane", [(0, 1, 2), (0, 2, 1), (2, 0, 1)], ids=["flat", "wall along x", "wall along y"])
def test_rings_that_touch_themselves_in_any_plane(ring, touches, plane):
    corners = np.zeros((len(ring), 3))
    corners[:, plane[0]], corners[:, plane[1]] = np.array(ring, dtype=float).T
    found = said(faces((corners, [[list(range(len(ring)))]])), kind="MultiSurface")
    assert found == ([("face.touches_itself", "1 face(s) of lod 1 touch themselves")] if touches else [])


def test_a_hole_wound_like_its_outline():
    corners = np.array([[0, 0, 0], [9, 0, 0], [9, 9, 0], [0, 9, 0], [3, 3, 0], [5, 3, 0], [5, 5, 0], [3, 5, 0]])
    right, wrong = [[[0, 1, 2, 3], [7, 6, 5, 4]]], [[[0, 1, 2, 3], [4, 5, 6, 7]]]
    assert said(faces((corners, right)), kind="MultiSurface") == []
    assert said(faces((corners, wrong)), kind="MultiSurface") == [
        ("face.hole_orientation", "1 hole(s) of lod 1 are wound like their outline")
    ]


def test_levels_of_detail_that_disagree_in_plan():
    alike = faces((CORNERS, BOX), (beside(1), BOX))
    assert said(alike, lods=["1", "2"], parents=[0, 0]) == []
    moved = faces((CORNERS, BOX), (beside(9), BOX))
    ((code, reason),) = said(moved, lods=["1", "2"], parents=[0, 0])
    assert (code, reason) == ("building.lod_disagree", "plan of lod 1 is 9.0 m off that of lod 2")
    assert said(moved, lods=["1", "1"], parents=[0, 1]) == []


def test_taking_some_geometries():
    some = faces((CORNERS, BOX), (CORNERS, BOX[:-1]), (beside(9), BOX))
    left = some.take(np.array([True, False, True]))
    assert said(left) == []
    assert Measures(left).volume() == pytest.approx([24.0, 24.0])
