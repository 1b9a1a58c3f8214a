"""Building footprints from any OGR vector file: GeoPackage, FlatGeobuf, Shapefile, GeoJSON and many more.

Options: `layer`; `columns` (our name → the file's: key, name, height, storeys, storeys_below, usage, built_year,
ground, …); `storey_height_m` (3.0); `ground_m`, a constant height of the ground (0.0).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from cim.city import CityProfile
from cim.crs import Transformation, transformation
from cim.errors import MissingCrs
from cim.etl.batch import Batch, Reader
from cim.manifest import SourceSpec

_BATCH = 50_000


def read(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield footprints."""
    with pyogrio.open_arrow(source.path, layer=source.options.get("layer"), batch_size=_BATCH, use_pyarrow=True) as (meta, stream):
        crs = source.crs or meta["crs"]
        if not crs:
            raise MissingCrs(source.path)
        way = transformation(crs, city, source.path, height_offset_m=source.height_offset_m)
        columns = dict(source.options.get("columns", {}))
        start = 1
        for rows in stream:
            frame = rows.to_pandas()
            geom = shapely.from_wkb(frame.pop(meta["geometry_name"] or "wkb_geometry").to_numpy())
            out = pd.DataFrame({"geom": shapely.transform(geom, way.points)}, index=range(start, start + len(frame)))
            start += len(frame)
            names = {"key": "source_key", "height": "height_m", "storeys": "storeys_above", "name": "name", "usage": "usage", "built_year": "built_year"}
            for ours, theirs in columns.items():
                out[names.get(ours, ours)] = frame.pop(theirs).to_numpy()
            out["attributes"] = frame.to_dict("records")
            yield Batch("building", out, crs=str(crs), pipeline=way.pipeline, accuracy_m=way.accuracy_m)


READER = Reader(kind="footprints", title="Building footprints of any OGR vector file", read=read)
