"""GeoJSON as RFC 7946 has it: one theme in WGS 84, outer rings counter-clockwise, 9 digits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

from cim.etl.export import Export, FileWriter
from cim.etl.writers.vector_rows import ATTRIBUTES, GEOMETRY, batches, plan

DECIMALS = 9
"""Digits of a degree: a tenth of a millimetre."""
_HEIGHT_DECIMALS = 3


def write(export: Export, path: Path) -> Mapping[str, int]:
    """Write a feature collection; sources and licences are its member `cim`."""
    (theme,) = export.themes
    count = 0
    with path.open("wb") as file:
        file.write(b'{"type":"FeatureCollection","name":"%s","cim":' % theme.encode())
        file.write(orjson.dumps(export.metadata) + b',"features":[\n')
        for batch in batches(export, plan(export, theme)):
            for feature in _features(batch):
                file.write(b",\n" if count else b"")
                file.write(orjson.dumps(feature))
                count += 1
        file.write(b"\n]}\n")
    return {theme: count}


def _features(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Yield the features of a batch; what has no value is left out."""
    shapes = [None] * batch.num_rows
    if GEOMETRY in batch.schema.names:
        shapes = _geometries(batch[GEOMETRY])
        batch = batch.drop_columns([GEOMETRY])
    for row, shape in zip(batch.to_pylist(), shapes, strict=True):
        said = {name: value for name, value in row.items() if value is not None}
        if ATTRIBUTES in said:
            said[ATTRIBUTES] = orjson.loads(said[ATTRIBUTES])
        yield {"type": "Feature", "id": said["feature_id"], "geometry": shape, "properties": said}


def _geometries(wkb: pa.Array) -> list[Any]:
    """Return geometries as JSON values."""
    shapes = shapely.orient_polygons(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)))
    for mask, heights in ((~shapely.has_z(shapes), False), (shapely.has_z(shapes), True)):
        points = shapely.get_coordinates(shapes[mask], include_z=heights)
        points[:, :2] = np.round(points[:, :2], DECIMALS)
        points[:, 2:] = np.round(points[:, 2:], _HEIGHT_DECIMALS)
        shapes[mask] = shapely.set_coordinates(shapes[mask], points)
    return [None if text is None else orjson.loads(text) for text in shapely.to_geojson(shapes)]


WRITER = FileWriter(
    name="geojson",
    title="GeoJSON (RFC 7946): one theme in WGS 84",
    write=write,
    many=False,
    crs="EPSG:4326",
)
