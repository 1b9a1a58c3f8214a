"""Records on their way into a theme: checked, in Arrow columns of the table's types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely

from cim.tables import DETAILS, THEMES, Table

Mask = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]
Labels: TypeAlias = "npt.NDArray[Any] | pd.api.extensions.ExtensionArray"
MERCATOR = "geom_3857"
"""Column of the web-mercator copies, where a theme has them."""


@dataclass(frozen=True)
class DetailRows:
    """Rows of a detail table (`building_lod`), each belonging to one record."""

    table: Table
    """The detail table."""
    parents: npt.NDArray[np.int64]
    """Position of each row's record."""
    columns: Mapping[str, pa.Array]
    """Columns of the table, by name."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Go to another process with the table's name in place of the whole schema."""
        return _detail_rows, (self.table.name, self.parents, dict(self.columns))

    def take(self, kept: Mask) -> DetailRows:
        """Return the rows of the records that are kept, with their new positions."""
        rows = kept[self.parents]
        place = np.cumsum(kept) - 1
        mask = pa.array(rows)
        columns = {name: array.filter(mask) for name, array in self.columns.items()}
        return DetailRows(self.table, place[self.parents[rows]], columns)


@dataclass(frozen=True)
class Records:
    """Records of one theme; all arrays have the same length."""

    table: Table
    """The theme's table."""
    labels: Labels
    """Number or name of each record in its file."""
    keys: npt.NDArray[np.object_]
    """Key of each record in the source; None where it has none."""
    columns: Mapping[str, pa.Array]
    """Columns of the table without geometry and references, in the table's types."""
    shapes: Geometries | pa.Array | None
    """Geometries in the city's CRS, as WKB where another process has sent them; None: the records have none."""
    reference_keys: Mapping[str, pa.Array]
    """Keys of the features that the records refer to, by the table's column (`start_node_id`)."""
    details: tuple[DetailRows, ...]
    """Rows of detail tables."""
    boxes: npt.NDArray[np.float64] | None = None
    """(n, 4) Extents of the geometries, NaN where there is none; None: to be found from them."""

    @cached_property
    def geometry(self) -> Geometries | None:
        """Geometries in the city's CRS, made of what was sent when they are first asked for."""
        if isinstance(self.shapes, pa.Array):
            return np.asarray(shapely.from_wkb(self.shapes.to_numpy(zero_copy_only=False)), dtype=object)
        return self.shapes

    def __reduce__(self) -> tuple[Any, ...]:
        """Go to another process as bytes: the table by its name, geometries as WKB."""
        shapes = self.shapes
        if shapes is not None and not isinstance(shapes, pa.Array):
            shapes = pa.array(shapely.to_wkb(shapes), pa.binary())
        rest = dict(self.columns), shapes, dict(self.reference_keys), self.details, self.boxes
        return _records, (self.table.name, self.labels, self.keys, *rest)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.labels)

    def values(self, row: int) -> dict[str, Any]:
        """Return one record's values by name."""
        columns = {name: array for name, array in self.columns.items() if name != MERCATOR}
        out = {"source_key": self.keys[row]} | {name: array[row].as_py() for name, array in columns.items()}
        out |= {name: array[row].as_py() for name, array in self.reference_keys.items()}
        if isinstance(self.shapes, pa.Array):
            return out | {"geom": shapely.from_wkb(self.shapes[row].as_py())}
        return out if self.shapes is None else out | {"geom": self.shapes[row]}

    def bounds(self) -> tuple[float, float, float, float] | None:
        """Return the extent of all geometries, city CRS; None where there are none."""
        if self.shapes is None:
            return None
        boxes = shapely.bounds(self.geometry) if self.boxes is None else self.boxes
        boxes = boxes[~np.isnan(boxes).any(axis=1)]
        return (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()) if len(boxes) else None

    def take(self, kept: Mask) -> Records:
        """Return the records where the mask is true."""
        if kept.all():
            return self
        mask = pa.array(kept)
        shapes = self.shapes
        if shapes is not None:
            shapes = shapes.filter(mask) if isinstance(shapes, pa.Array) else shapes[kept]
        return replace(
            self,
            labels=self.labels[kept],
            keys=self.keys[kept],
            columns={name: array.filter(mask) for name, array in self.columns.items()},
            shapes=shapes,
            reference_keys={name: array.filter(mask) for name, array in self.reference_keys.items()},
            details=tuple(rows.take(kept) for rows in self.details),
            boxes=None if self.boxes is None else self.boxes[kept],
        )


def _detail_rows(table: str, parents: npt.NDArray[np.int64], columns: Mapping[str, pa.Array]) -> DetailRows:
    """Return detail rows that come from another process."""
    return DetailRows(DETAILS[table], parents, columns)


def _records(table: str, labels: Labels, keys: npt.NDArray[np.object_], *rest: Any) -> Records:
    """Return records that come from another process."""
    return Records(THEMES[table], labels, keys, *rest)
