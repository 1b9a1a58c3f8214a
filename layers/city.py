"""The city in a few facts: where it lies, how high, which data version, whom to name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cim.city import CityProfile
from cim.crs import longitude_latitude
from cim.layers.catalogue import Layer, catalogue
from cim.layers.queries import query
from cim.store import Store
from cim.viewer import Viewer


def summary(store: Store, viewer: Viewer) -> dict[str, Any]:
    """Return what a viewer must know of the city before it asks for layers.

    Returns
    -------
    dict
        slug, name_zh, name_en, synthetic, crs, vertical_datum, ellipsoid_offset_m, data_version, `bounds` (west,
        south, east, north in degrees; None while nothing is loaded), `height_range_m` (lowest and highest ground,
        city heights; None where no source tells) and `attributions` (text, and the names of its sources).
    """
    city = store.city
    (ground,) = store.rows(viewer, query("ground_heights"))
    heights = [ground["lowest"], ground["highest"]]
    attributions = store.rows(viewer, query("attributions"), {"clearance": viewer.clearance})
    return {
        "slug": city.slug,
        "name_zh": city.name_zh,
        "name_en": city.name_en,
        "synthetic": city.synthetic,
        "crs": city.crs,
        "vertical_datum": city.vertical_datum,
        "ellipsoid_offset_m": city.ellipsoid_offset_m,
        "data_version": store.data_version(),
        "bounds": _bounds(catalogue(store, viewer)),
        "height_range_m": None if None in heights else heights,
        "attributions": attributions,
    }


def _bounds(layers: Sequence[Layer]) -> list[float] | None:
    """Return the extent of all features shown; that of the terrain counts only where there is nothing else."""
    boxes = [layer.bounds for layer in layers if layer.bounds and layer.theme]
    boxes = boxes or [layer.bounds for layer in layers if layer.bounds]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return [min(west), min(south), max(east), max(north)]


def degrees(city: CityProfile, west: float, south: float, east: float, north: float) -> list[float]:
    """Return west, south, east, north in degrees of a box in the city's coordinates, metres."""
    # The sides of the box are curves in degrees: points along them, not the corners alone.
    along = np.linspace(0.0, 1.0, 9)
    side_x, side_y = west + along * (east - west), south + along * (north - south)
    x = np.concatenate([side_x, side_x, np.full(9, west), np.full(9, east)])
    y = np.concatenate([np.full(9, south), np.full(9, north), side_y, side_y])
    longitude, latitude = longitude_latitude(city, x, y)
    return [float(value) for value in (longitude.min(), latitude.min(), longitude.max(), latitude.max())]
