"""Corners of building solids: many buildings of one form at once, as integers of a millimetre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cim.etl.sample.plans import PLANS, inset_ring
from cim.etl.sample.randomness import Floats, Ints

PARAPET_M = 1.1
"""Height of parapets above the roof."""
PARAPET_WALL_M = 0.24
"""Thickness of parapets."""
CORE_M = 3.2
"""Height of stair and lift cores above the roof."""
PITCH = {"gabled": 0.52, "hipped": 0.50, "shed": 0.26}
"""Rise of pitched roofs, metres a metre."""


@dataclass(frozen=True)
class Boxes:
    """Where buildings of one plan and roof stand and how large they are; one entry a building."""

    x: Floats
    """Easting of the middle."""
    y: Floats
    """Northing of the middle."""
    angle: Floats
    """Direction of the length, radians from east."""
    length: Floats
    """Size along the direction, metres."""
    width: Floats
    """Size across it, metres."""
    base: Floats
    """Height of the lowest corner."""
    top: Floats
    """Height of flat roofs, or of the eaves of pitched ones."""


def footprints(plan: str, boxes: Boxes) -> Floats:
    """Return the corners of ground plans, (k, n, 2), easting and northing."""
    return _placed(PLANS[plan].ring, boxes)


def _placed(unit: Floats, boxes: Boxes) -> Floats:
    along, across = unit[:, 0] * boxes.length[:, None], unit[:, 1] * boxes.width[:, None]
    cos, sin = np.cos(boxes.angle)[:, None], np.sin(boxes.angle)[:, None]
    return np.stack(
        [boxes.x[:, None] + cos * along - sin * across, boxes.y[:, None] + sin * along + cos * across], axis=-1
    )


def corners(plan: str, roof: str, boxes: Boxes) -> Ints:
    """Return the corners of solids in the order of `forms.form`, (k, corners, 3), millimetres."""
    ring = footprints(plan, boxes)
    layers = [_layer(ring, boxes.base), _layer(ring, _block_top(roof, boxes))]
    if roof in ("parapet", "parapet_core"):
        inner = inset_ring(ring, PARAPET_WALL_M)
        layers += [_layer(ring, boxes.top + PARAPET_M), _layer(inner, boxes.top + PARAPET_M)]
        layers.append(_layer(inner, boxes.top))
    if roof in ("core", "parapet_core"):
        core = _placed(PLANS[plan].core, boxes)
        layers += [_layer(core, boxes.top), _layer(core, boxes.top + CORE_M)]
    if roof in ("gabled", "hipped"):
        layers += [_layer(ring, boxes.top), _ridge(roof, ring, boxes)]
    if roof == "shed":
        rise = PITCH["shed"] * boxes.width[:, None] * (PLANS[plan].ring[:, 1] + 0.5)
        layers.append(np.concatenate([ring, (boxes.top[:, None] + rise)[..., None]], axis=-1))
    return np.round(np.concatenate(layers, axis=1) * 1000.0).astype(np.int64)


def rise(roof: str, width: Floats) -> Floats:
    """Return how far a roof rises above its eaves or flat, metres."""
    if roof in ("gabled", "hipped"):
        return PITCH[roof] * width / 2
    if roof == "shed":
        return PITCH[roof] * width
    above = {"core": CORE_M, "parapet_core": CORE_M, "parapet": PARAPET_M}.get(roof, 0.0)
    return np.full(width.shape, above)


def _block_top(roof: str, boxes: Boxes) -> Floats:
    """Return the height of the LoD1.2 block: half-way up pitched roofs, the flat of the others."""
    return boxes.top + (rise(roof, boxes.width) / 2 if roof in PITCH else 0.0)


def _layer(ring: Floats, height: Floats) -> Floats:
    z = np.broadcast_to(height[:, None, None], (*ring.shape[:2], 1))
    return np.concatenate([ring, z], axis=-1)


def _ridge(roof: str, ring: Floats, boxes: Boxes) -> Floats:
    """Return both ends of the ridge; a hipped roof's are drawn in by half the width."""
    west, east = (ring[:, 3] + ring[:, 0]) / 2, (ring[:, 1] + ring[:, 2]) / 2
    if roof == "hipped":
        share = np.minimum(boxes.width / 2 / boxes.length, 0.46)[:, None]
        west, east = west + share * (east - west), east + share * (west - east)
    z = boxes.top + rise(roof, boxes.width)
    return np.stack([np.column_stack([west, z]), np.column_stack([east, z])], axis=1)
