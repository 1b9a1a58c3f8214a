"""Flattening and packing, against plain Python and shapely."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim.etl.readers.cityjson_polygons import as_solids, culprits, flatten, sound, with_polygons
from cim.etl.readers.cityjson_wkb import multipolygon_z

RING = st.lists(st.integers(0, 40), min_size=0, max_size=6)
SURFACE = st.lists(RING, max_size=3)
SHELL = st.lists(SURFACE, max_size=4)
SOLIDS = st.lists(st.lists(SHELL, max_size=3), max_size=3)
VERTICES = np.random.default_rng(7).uniform(-1e6, 1e6, (41, 3))


def plain(solids):
    """Polygons worth keeping, with solid and shell number, by plain loops."""
    out = []
    for number, shells in enumerate(solids):
        for shell, surfaces in enumerate(shells):
            for rings in surfaces:
                opened = [ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring for ring in rings]
                if opened and len(opened[0]) >= 3:
                    out.append((number, shell, [ring for ring in opened if len(ring) >= 3]))
    return out


@given(st.lists(SOLIDS, min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_flattened_packed_and_read_again_by_shapely(geometries):
    polygons, kept = sound(flatten(geometries))
    left, present = with_polygons(polygons)
    expected = [plain(solids) for solids in geometries]
    assert kept.sum() == sum(map(len, expected))
    assert present.tolist() == [bool(found) for found in expected]
    expected = [found for found in expected if found]
    wkb = multipolygon_z(left, VERTICES[left.vertex], 28992).to_pylist()
    assert len(wkb) == len(expected)
    at = 0
    for text, found in zip(wkb, expected, strict=True):
        closed = [[VERTICES[[*ring, ring[0]]] for ring in rings] for _, _, rings in found]
        shape = shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in closed])
        assert text == shapely.to_wkb(shapely.set_srid(shape, 28992), include_srid=True)
        here = slice(at, at + len(found))
        assert left.solid[here].tolist() == [number for number, _, _ in found]
        assert left.shell[here].tolist() == [shell for _, shell, _ in found]
        at += len(found)


def test_types_are_brought_to_one_depth():
    surfaces = [[[0, 1, 2]]]
    assert as_solids("MultiSurface", surfaces) == [[surfaces]]
    assert as_solids("Solid", [surfaces]) == [[surfaces]]
    assert as_solids("CompositeSolid", [[surfaces]]) == [[surfaces]]
    with pytest.raises(KeyError):
        as_solids("MultiPoint", [0])


@given(st.sets(st.integers(0, 99), max_size=10))
@settings(max_examples=50, deadline=None)
def test_culprits_are_found_in_few_attempts(bad):
    attempts = 0

    def attempt(items):
        nonlocal attempts
        attempts += 1
        if bad & set(items):
            raise ValueError(items)

    assert culprits(range(100), attempt) == sorted(bad)
    assert attempts <= 1 + 2 * 7 * len(bad)


def test_no_geometries_pack_to_nothing():
    polygons, _ = sound(flatten([]))
    assert multipolygon_z(polygons, np.empty((0, 3)), 28992).to_pylist() == []
