"""A handful of kiosks on the promenade, handed over as plain footprints beside the 3D buildings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from cim.etl.sample.layout import edge_u
from cim.etl.sample.randomness import stream
from cim.etl.sample.relief import Relief
from cim.etl.sample.streets import Streets
from cim.etl.sample.valley import HALF_RIVER_M

LAYER = "footprints"
"""Layer of the file."""

_EVERY_M = 85.0
_FROM_BANK_M = 34.0
_STREAM_ROOM_M = 90.0


def kiosks(relief: Relief, streets: Streets) -> pd.DataFrame:
    """Return kiosks between the riverside street and the water, with a height or a number of storeys."""
    valley, district = streets.valley, streets.district
    rng = stream(relief.plan.seed, "kiosks", district.number)
    u = np.arange(edge_u(valley, district.column, 0) + 60.0, edge_u(valley, district.column + 1, 0) - 60.0, _EVERY_M)
    u = u[np.abs(valley.from_stream(u)) > _STREAM_ROOM_M] + 7.0
    x, y = relief.place(valley, u, np.full(u.shape, HALF_RIVER_M + _FROM_BANK_M))
    ground = relief.height_at(x, y).round(2)
    shapes = shapely.box(x - 2.1, y - 1.6, x + 2.1, y + 1.6)
    low = rng.uniform(size=len(u)) < 0.5
    return pd.DataFrame(
        {
            "source_key": [f"TK{district.number:03d}{n:03d}" for n in range(len(u))],
            "name": [f"样江驿亭{n + 1}号" for n in range(len(u))],
            "usage": "commercial",
            "height_m": np.where(low, 3.4, np.nan),
            "storeys_above": np.where(low, np.nan, 1.0),
            "ground_min_m": ground - 0.1,
            "geom": shapes,
        }
    )
