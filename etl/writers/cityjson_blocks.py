"""Blocks of buildings without a model, made for an export as if their surfaces stood in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from cim.etl.extrusion import extruded

Row = Mapping[str, Any]


def block_rows(versions: Iterable[Row], modelled: Collection[int]) -> list[dict[str, Any]]:
    """Return rows like those of `city.building_lod`, geometry as WKB.

    Parameters
    ----------
    versions
        Rows of `city.building`.
    modelled
        Versions that have a geometry of their own.
    """
    rows = [
        row
        for row in versions
        if row["block_top_m"] is not None and row["geom"] is not None and row["version_id"] not in modelled
    ]
    if not rows:
        return []
    footprints = shapely.from_wkb(np.array([row["geom"] for row in rows], dtype=object))
    base, top = (np.array([row[name] for row in rows], dtype=np.float64) for name in ("block_base_m", "block_top_m"))
    blocks = extruded(footprints, base, top)
    table = pa.Table.from_pandas(blocks, preserve_index=False).to_pydict()
    nothing = {"shell": None, "semantic": None, "semantics": None, "appearance": None}
    return [
        {name: values[at] for name, values in table.items()} | nothing | {"version_id": rows[parent]["version_id"]}
        for at, parent in enumerate(table["parent"])
    ]
