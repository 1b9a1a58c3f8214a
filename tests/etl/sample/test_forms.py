"""Every form of roof on every plan is a closed solid that faces outwards."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from cim.etl.sample.forms import form
from cim.etl.sample.plans import PLANS, inset_ring
from cim.etl.sample.solids import Boxes, corners

PITCHED = ("gabled", "hipped", "shed")
ROOFS = [(plan, roof) for plan in PLANS for roof in ("flat", "parapet", "core", "parapet_core")]
ROOFS += [("rect", roof) for roof in PITCHED]


def boxes() -> Boxes:
    one = [np.array([value]) for value in (506_000.0, 3_271_000.0, 0.4, 26.0, 18.0, 171.3, 190.8)]
    return Boxes(*one)


@pytest.mark.parametrize(("plan", "roof"), ROOFS)
@pytest.mark.parametrize("level", ["block", "roofed"])
def test_solid_is_closed_and_faces_outwards(plan: str, roof: str, level: str) -> None:
    shape = form(roof, len(PLANS[plan].ring))
    points = corners(plan, roof, boxes())[0] / 1000.0
    assert len(points) == shape.count
    faces = getattr(shape, level)
    edges = Counter(
        edge for _, rings in faces for ring in rings for edge in zip(ring, (*ring[1:], ring[0]), strict=True)
    )
    assert set(edges.values()) == {1}
    assert all((b, a) in edges for a, b in edges)
    least = abs(np.prod([26.0, 18.0, 190.8 - 171.3])) * 0.2
    assert volume(points - points.mean(axis=0), faces) > least


@pytest.mark.parametrize(("plan", "roof"), ROOFS)
def test_faces_are_flat(plan: str, roof: str) -> None:
    points = corners(plan, roof, boxes())[0] / 1000.0
    for _, rings in form(roof, len(PLANS[plan].ring)).roofed:
        ring = points[[index for part in rings for index in part]]
        _, sizes, _ = np.linalg.svd(ring - ring.mean(axis=0))
        assert sizes[2] < 0.004, "a face is bent by more than rounding explains"


def test_ground_is_below_and_roofs_are_above() -> None:
    points = corners("rect", "parapet_core", boxes())[0] / 1000.0
    for kind, rings in form("parapet_core", 4).roofed:
        height = normal(points, rings[0])[2]
        assert (
            height < -0.99
            if kind == "GroundSurface"
            else height > 0.99
            if kind == "RoofSurface"
            else abs(height) < 0.01
        )


def test_tower_on_podium_has_no_ground() -> None:
    kinds = {kind for kind, _ in form("parapet", 12, standing=False).roofed}
    assert kinds == {"ClosureSurface", "WallSurface", "RoofSurface"}


def test_inset_moves_every_side_by_the_distance() -> None:
    square = np.array([[[0.0, 0.0], [10.0, 0.0], [10.0, 6.0], [0.0, 6.0]]])
    assert inset_ring(square, 0.5).tolist() == [[[0.5, 0.5], [9.5, 0.5], [9.5, 5.5], [0.5, 5.5]]]


def normal(points: np.ndarray, ring: tuple[int, ...]) -> np.ndarray:
    """Newell's normal."""
    at, ahead = points[list(ring)], points[[*ring[1:], ring[0]]]
    total = np.cross(at, ahead).sum(axis=0)
    return total / np.linalg.norm(total)


def volume(points: np.ndarray, faces) -> float:
    """Signed volume by the divergence theorem; holes turn the other way and take theirs off."""
    total = 0.0
    for _, rings in faces:
        for ring in rings:
            at, ahead = points[list(ring)], points[[*ring[1:], ring[0]]]
            area = np.cross(at, ahead).sum(axis=0) / 2
            total += points[ring[0]] @ area
    return total / 3.0
