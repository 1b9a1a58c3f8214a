"""Geometry templates: shapes written once and put in many places, such as trees and lamps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cim.errors import BadSource
from cim.etl.readers.cityjson_polygons import MALFORMED, Floats, as_solids, flatten


@dataclass(frozen=True)
class Template:
    """A template with the vertices that it uses, and no others."""

    body: Mapping[str, Any]
    """Geometry as in the file."""
    solids: Any
    """Boundaries as solids of shells of surfaces, numbered into `vertices`."""
    vertices: Floats
    """(n, 3) in units of the source's CRS, about an origin of their own."""


def templates(document: Mapping[str, Any], path: Path) -> tuple[Template, ...]:
    """Return the templates of a CityJSON document or header.

    Raises
    ------
    BadSource
        They are malformed; many objects would stand on them.
    """
    part = document.get("geometry-templates")
    if not part:
        return ()
    try:
        vertices = np.array(part["vertices-templates"], dtype=np.float64).reshape(-1, 3)
        return tuple(_template(body, vertices) for body in part["templates"])
    except MALFORMED as error:
        raise BadSource(path, f"geometry-templates are malformed ({error})", "correct the file") from error


def _template(body: Mapping[str, Any], vertices: Floats) -> Template:
    """Cut a template down to the vertices it uses."""
    solids = as_solids(body["type"], body["boundaries"])
    used, numbers = np.unique(flatten([solids]).vertex, return_inverse=True)
    if len(used) and (used[0] < 0 or used[-1] >= len(vertices)):
        raise IndexError(f"a template points to vertex {used[-1]} of {len(vertices)}")
    following = iter(numbers.tolist())
    return Template(body, _renumbered(solids, following), vertices[used])


def _renumbered(nested: Any, following: Any) -> Any:
    """Replace the numbers of nested lists, in order; -1, which leads nowhere, where something else stands."""
    return [_renumbered(item, following) if isinstance(item, list) else next(following, -1) for item in nested]
