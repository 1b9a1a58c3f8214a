"""Ground of buildings that have nothing but footprint and roof edge: the roof edge is no ground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cim.etl.readers.citygml_objects import ROOF_EDGE
from cim.etl.readers.cityjson_footprints import level_number
from cim.etl.readers.cityjson_frames import Assembly
from cim.etl.readers.cityjson_heights import GROUND_MAX, GROUND_MIN, TOP


def without_roof_edges(assembly: Assembly) -> Assembly:
    """Return the assembly with the levels of flat buildings put right: ground from the footprint, top from the edge."""
    found = assembly.found
    if found is None or not any(piece.lod == ROOF_EDGE for piece in found.pieces):
        return assembly
    finest: dict[int, float] = {}
    for piece in found.pieces:
        finest[piece.owner] = max(finest.get(piece.owner, -1.0), level_number(piece.lod))
    levels = assembly.levels.copy()
    ends = np.searchsorted(found.polygons.point_geometry, np.arange(len(found.pieces) + 1)).tolist()
    flat = {owner for owner, lod in finest.items() if lod < 1}
    for owner in flat:
        levels[owner] = np.nan
    for number, piece in enumerate(found.pieces):
        if piece.owner in flat:
            heights = found.points[ends[number] : ends[number + 1], 2]
            at = TOP if piece.lod == ROOF_EDGE else GROUND_MIN
            levels[piece.owner, at] = heights.max() if at == TOP else heights.min()
            levels[piece.owner, GROUND_MAX] = np.nan
    return replace(assembly, levels=levels)
