"""Records on their way into a theme: checked, in Arrow columns of the table's types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    geometry: Geometries | None
    """Geometries in the city's CRS; None: the records have none."""
    reference_keys: Mapping[str, pa.Array]
    """Keys of the features that the records refer to, by the table's column (`start_node_id`)."""
    details: tuple[DetailRows, ...]
    """Rows of detail tables."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Go to another process as bytes: the table by its name, geometries as WKB."""
        geometry = None if self.geometry is None else pa.array(shapely.to_wkb(self.geometry), pa.binary())
        rest = self.labels, self.keys, dict(self.columns), geometry, dict(self.reference_keys), self.details
        return _records, (self.table.name, *rest)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.labels)

    def values(self, row: int) -> dict[str, Any]:
        """Return one record's values by name."""
        out = {"source_key": self.keys[row]} | {name: array[row].as_py() for name, array in self.columns.items()}
        out |= {name: array[row].as_py() for name, array in self.reference_keys.items()}
        return out if self.geometry is None else out | {"geom": self.geometry[row]}

    def bounds(self) -> tuple[float, float, float, float] | None:
        """Return the extent of all geometries, city CRS; None where there are none."""
        if self.geometry is None:
            return None
        extent = shapely.total_bounds(self.geometry)
        return None if np.isnan(extent).any() else tuple(extent.tolist())

    def take(self, kept: Mask) -> Records:
        """Return the records where the mask is true."""
        if kept.all():
            return self
        mask = pa.array(kept)
        return replace(
            self,
            labels=self.labels[kept],
            keys=self.keys[kept],
            columns={name: array.filter(mask) for name, array in self.columns.items()},
            geometry=None if self.geometry is None else self.geometry[kept],
            reference_keys={name: array.filter(mask) for name, array in self.reference_keys.items()},
            details=tuple(rows.take(kept) for rows in self.details),
        )


def _detail_rows(table: str, parents: npt.NDArray[np.int64], columns: Mapping[str, pa.Array]) -> DetailRows:
    """Return detail rows that come from another process."""
    return DetailRows(DETAILS[table], parents, columns)


def _records(table: str, labels: Labels, keys: npt.NDArray[np.object_], *rest: Any) -> Records:
    """Return records that come from another process."""
    columns, geometry, reference_keys, details = rest
    shapes = None if geometry is None else shapely.from_wkb(np.asarray(geometry.to_pylist(), dtype=object))
    return Records(THEMES[table], labels, keys, columns, shapes, reference_keys, details)
