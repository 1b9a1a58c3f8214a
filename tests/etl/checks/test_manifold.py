"""Shells that are no surface: edges of four faces and corners where parts only touch, however they lie in space."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from cim.city import CityProfile
from cim.etl.batch import Batch
from cim.etl.checks.context import Context
from cim.etl.checks.families.manifolds import CODE, FAMILY, look
from cim.etl.checks.findings import rejects_of, told_of
from cim.etl.faces import Faces

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
ORIGIN = np.array([500_000.0, 3_270_000.0, 200.0])
# Faces of a box, outward, by the corners of a unit cube in binary.
BOX = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (1, 3, 7, 5), (3, 2, 6, 7), (2, 0, 4, 6)]
CUBE = np.array([[at & 1, at >> 1 & 1, at >> 2] for at in range(8)], dtype=float)


def box(low, high, inward=False):
    """Six polygons of one ring each."""
    corners = np.array(low) + CUBE * (np.array(high) - np.array(low))
    return [[corners[list(face)[:: -1 if inward else 1]]] for face in BOX]


def told(*solids, shell=None, solid=None, kind="Solid", turn=None, shuffle=None):
    """Return edges and corners told of each geometry; None: nothing is."""
    points, corner, sizes, counts = [], [], [], []
    for polygons in solids:
        rings = [np.asarray(ring, dtype=float) for polygon in polygons for ring in polygon]
        mine = np.concatenate(rings)
        number = np.unique(mine.round(4), axis=0, return_inverse=True)[1].reshape(-1)
        corner.append(number if shuffle is None else shuffle.permutation(int(number.max()) + 1)[number])
        points.append(mine)
        sizes += [len(ring) for ring in rings]
        counts += [len(polygon) for polygon in polygons]
    points = np.concatenate(points)
    none = np.zeros(len(counts), dtype=np.int64)
    faces = Faces(
        (points if turn is None else turn.apply(points)) + ORIGIN,
        np.concatenate(corner),
        np.array(sizes),
        np.array(counts),
        np.array([len(polygons) for polygons in solids]),
        none if shell is None else np.array(shell),
        none if solid is None else np.array(solid),
        none,
    )
    many = len(solids)
    rows = pd.DataFrame({"parent": np.arange(many), "lod": ["2"] * many, "geometry_type": [kind] * many})
    frame = pd.DataFrame({"source_key": [f"b{at}" for at in range(many)]})
    batch = Batch("building", frame, {"building_lod": rows}, faces={"building_lod": faces})
    out = dict.fromkeys(range(many))
    for finding in look(batch, Context(CITY)):
        for item in rejects_of(finding, told_of(batch), frame):
            assert (item.code, item.severity) == (CODE, "warning")
            assert item.place is not None
            assert "流形" in item.reason_zh
            words = item.reason.split()
            out[int(item.source_key[1:])] = (
                int(words[words.index("edge(s)") - 1]),
                int(words[words.index("corner(s)") - 1]),
            )
    return list(out.values())


def pyramids(*heights):
    """Pyramids on squares whose tips meet in the origin."""
    base, out = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1.0]]), []
    for height in heights:
        square = np.column_stack([base, np.full(4, height)])
        way = 1 if height > 0 else -1
        out.append([square[::way]])
        out += [[np.array([square[(at + 1) % 4], square[at], np.zeros(3)])[::way]] for at in range(4)]
    return out


HOLED = [[*box([0, 0, 0], [9, 9, 4])[0], *box([3, 3, 0], [6, 6, 4], inward=True)[0]],
         [*box([0, 0, 0], [9, 9, 4])[1], *box([3, 3, 0], [6, 6, 4], inward=True)[1]],
         *box([0, 0, 0], [9, 9, 4])[2:], *box([3, 3, 0], [6, 6, 4], inward=True)[2:]]  # fmt: skip
SHAPES = {
    "a box": (box([0, 0, 0], [4, 3, 2]), None),
    "a block with a shaft": (HOLED, None),
    "boxes apart": ([*box([0, 0, 0], [2, 2, 2]), *box([5, 0, 0], [7, 2, 2])], None),
    "boxes that share an edge": ([*box([0, 0, 0], [2, 2, 2]), *box([2, 2, 0], [4, 4, 2])], (1, 0)),
    "boxes that share a corner": ([*box([0, 0, 0], [2, 2, 2]), *box([2, 2, 2], [4, 4, 4])], (0, 1)),
    "three boxes in a row, corner to corner": (
        [*box([0, 0, 0], [2, 2, 2]), *box([2, 2, 2], [4, 4, 4]), *box([4, 4, 4], [5, 5, 5])],
        (0, 2),
    ),
    "pyramids tip to tip": (pyramids(3, -3), (0, 1)),
    "a face that stands twice": ([*box([0, 0, 0], [4, 3, 2]), box([0, 0, 0], [4, 3, 2])[1]], (4, 0)),
    "an open box": (box([0, 0, 0], [4, 3, 2])[:-1], None),
    "a corner that a ring repeats": (
        [[box([0, 0, 0], [4, 3, 2])[0][0][[0, 0, 1, 2, 3, 3]]], *box([0, 0, 0], [4, 3, 2])[1:]],
        None,
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_no_surface_is_counted(name):
    polygons, found = SHAPES[name]
    assert told(polygons) == [found]
    assert told(polygons, kind="MultiSurface") == [None]


def test_a_hole_that_touches_its_outline_is_no_fault():
    """The hole's corners are the middles of the roof's sides, so that the roof has each of these twice."""
    plan = np.array([[0, 0], [4, 0], [8, 0], [8, 4], [8, 8], [4, 8], [0, 8], [0, 4.0]])
    floor, roof = np.column_stack([plan, np.zeros(8)]), np.column_stack([plan, np.full(8, 3.0)])
    hole, bottom = [1, 3, 5, 7], np.array([4, 4, 1.0])
    sides = list(zip(hole, [*hole[1:], 1], strict=True))
    walls = [[[floor[at], floor[(at + 1) % 8], roof[(at + 1) % 8], roof[at]]] for at in range(8)]
    pit = [[[roof[b], roof[a], bottom]] for a, b in sides]
    top = [roof, roof[hole][::-1]]
    assert told([[floor[::-1]], top, *walls, *pit]) == [None]
    # A shaft's walls meet the outer ones along four upright edges: these are of four faces each.
    shaft = [[[floor[b], floor[a], roof[a], roof[b]]] for a, b in sides]
    assert told([[floor[::-1], floor[hole]], top, *walls, *shaft]) == [(4, 0)]


def test_shells_and_solids_are_apart():
    two = [*box([0, 0, 0], [2, 2, 2]), *box([2, 0, 0], [4, 2, 2])]
    assert told(two, solid=[0] * 6 + [1] * 6, kind="CompositeSolid") == [None]
    assert told(two) == [(4, 0)]
    room = [*box([0, 0, 0], [9, 9, 4]), *box([0, 1, 1], [3, 3, 3], inward=True)]
    assert told(room, shell=[0] * 6 + [1] * 6) == [None]


@given(st.integers(0, 2**32 - 1), st.lists(st.sampled_from(sorted(SHAPES)), min_size=1, max_size=4))
def test_it_is_the_same_however_it_is_turned_numbered_and_whatever_stands_beside(seed, names):
    random = np.random.RandomState(seed)
    found = told(*(SHAPES[name][0] for name in names), turn=Rotation.random(random_state=random), shuffle=random)
    assert found == [SHAPES[name][1] for name in names]


def test_a_load_leaves_it_out():
    assert FAMILY.thorough
