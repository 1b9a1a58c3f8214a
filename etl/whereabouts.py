"""Where a source's records lie, against where the city is: elsewhere means a wrong CRS, or swapped axes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import psycopg
import pyproj

from cim.city import CityProfile
from cim.crs import eastings_northings, longitude_latitude, transformation
from cim.errors import BadCrs, BadSource
from cim.etl.batch import Batch, Reject
from cim.etl.readers.axis_order import EAST_NORTH, NORTH_EAST, authority_order, declared_order, other_order
from cim.etl.seen import SAMPLE, Box, Floats, seen_in
from cim.manifest import SourceSpec
from cim.source_crs import remark_on

OUTSIDE_LIMIT = 0.5
"""Share of records outside the city above which the file as a whole is: its CRS is wrong, not some of its records."""
PUBLISHED_MARGIN_M = 50_000.0
"""Around what stands already: further districts lie there; a neighbouring zone of a grid lies 290 km away."""
_EDGE_POINTS = 17
# Kinds that take the first coordinate for the northing unless told otherwise.
_NORTHING_FIRST = {"pipe_survey"}
_REMEDIES = {
    "crs.approximate": "use a source in a surveyed CRS where metres matter",
    "crs.ellipsoidal_heights": "give height_offset_m, or the flat CRS where they are heights of the city's datum",
}
_REMARKS_ZH = {
    "crs.approximate": "坐标系 {crs} 的算法未公开：位置为近似值",
    "crs.ellipsoidal_heights": "坐标系 {crs} 的高程为大地高：只加了 height_offset_m",
}


def watched(batches: Iterator[Batch], source: SourceSpec, city: CityProfile, published: Box | None) -> Iterator[Batch]:
    """Pass a source's batches on, the first with what is to be remarked of their CRS.

    Parameters
    ----------
    batches
        What a reader yields.
    source, city
        What is read, into which city.
    published
        Extent of what stands in the city already, city CRS; None: nothing does.

    Raises
    ------
    BadSource
        After the last batch: most of the records lie outside the city.
    """
    places = _Places(city_box(city, published))
    remark = True
    for batch in batches:
        places.note(batch)
        if remark and batch.crs is not None:
            batch, remark = _remarked(batch), False
        yield batch
    places.refuse(source, city)


def published_extent(connection: psycopg.Connection[Any], source_id: int) -> Box | None:
    """Return the extent of what the city's other sources have published, city CRS; None: nothing.

    A source is not held to its own earlier place: that may be what is being corrected.
    """
    query = (
        "SELECT ST_XMin(e.box), ST_YMin(e.box), ST_XMax(e.box), ST_YMax(e.box) FROM ("
        "SELECT ST_Extent(x.geom) AS box FROM run.load_extent x JOIN run.load l USING (load_id) "
        "WHERE l.published_at IS NOT NULL AND l.source_id <> %s) e"
    )
    with connection.transaction():
        row = connection.cursor(row_factory=psycopg.rows.tuple_row).execute(query, (source_id,)).fetchone()
    return None if row is None or row[0] is None else (row[0], row[1], row[2], row[3])


def declared_box(city: CityProfile) -> Box | None:
    """Return `[city] extent` in the city's CRS, metres; None: it is not declared."""
    if city.extent is None:
        return None
    west, south, east, north = city.extent
    along = np.linspace(0.0, 1.0, _EDGE_POINTS)
    longitude, latitude = np.meshgrid(west + (east - west) * along, south + (north - south) * along)
    x, y = eastings_northings(city, longitude.ravel(), latitude.ravel())
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def city_box(city: CityProfile, published: Box | None) -> Box | None:
    """Return where records may lie, city CRS: the declared extent, else what is published with a wide margin."""
    declared = declared_box(city)
    if declared is not None or published is None:
        return declared
    margin = PUBLISHED_MARGIN_M
    return published[0] - margin, published[1] - margin, published[2] + margin, published[3] + margin


@dataclass
class _Places:
    """Where records were met so far."""

    city: Box | None
    """Where they may lie, city CRS; None: anywhere."""
    located: int = 0
    outside: int = 0
    crs: str | None = None
    boxes: list[Floats] = field(default_factory=list)
    middles: list[Floats] = field(default_factory=list)

    def note(self, batch: Batch) -> None:
        """Take a batch's records in."""
        seen = seen_in(batch.frame, self.city) if batch.checked is None else batch.checked.seen
        if seen is None:
            return
        self.crs = batch.crs or self.crs
        self.located += seen.located
        self.outside += seen.outside
        self.boxes.append(seen.box)
        if len(self.middles) < SAMPLE:
            self.middles.append(seen.middles)

    def refuse(self, source: SourceSpec, city: CityProfile) -> None:
        """Refuse the file if it lies elsewhere."""
        if self.city is None or self.outside <= OUTSIDE_LIMIT * self.located:
            return
        boxes = np.vstack(self.boxes)
        box = (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
        what = f"{self.outside} of {self.located} records lie outside the city: they reach {_told(city, box)}, "
        what += f"and the city {_told(city, self.city)}"
        swapped = self._swapped(source, city)
        if swapped is None:
            raise BadSource(source.path, what, "give the right CRS, or correct [city] extent in city.toml")
        order, other = swapped
        what += f"; the other way round they lie at {_told(city, other)}, inside it"
        raise BadSource(source.path, what, f'confirm it with axis_order = "{order}" in the options of the source')

    def _swapped(self, source: SourceSpec, city: CityProfile) -> tuple[str, Box] | None:
        """Return the other order of axes and where the records would lie in it, if that is in the city."""
        if self.crs is None or self.city is None or source.kind == "raster":
            return None
        middles = np.vstack(self.middles)
        try:
            way = transformation(self.crs, city, source.path, height_offset_m=source.height_offset_m or 1.0)
            first, second = way.source_plane(middles[:, 0], middles[:, 1])
            x, y = way.plane(second, first)
        except (BadCrs, pyproj.exceptions.ProjError):
            return None
        west, south, east, north = self.city
        inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        if inside.mean() <= OUTSIDE_LIMIT:
            return None
        box = (float(x[inside].min()), float(y[inside].min()), float(x[inside].max()), float(y[inside].max()))
        return other_order(_order(source, self.crs)), box


def _order(source: SourceSpec, crs: str) -> str:
    """Return the order in which a source's coordinates were taken."""
    declared = declared_order(source.options.get("axis_order"), source.path)
    if declared is not None:
        return declared
    if source.kind in _NORTHING_FIRST:
        return NORTH_EAST
    return authority_order(crs) if source.kind in {"cityjson", "citygml"} else EAST_NORTH


def _told(city: CityProfile, box: Box) -> str:
    """Return an extent as a person can compare it: degrees, or metres where there are none."""
    longitude, latitude = longitude_latitude(city, np.array([box[0], box[2]]), np.array([box[1], box[3]]))
    degrees = np.array([longitude[0], latitude[0], longitude[1], latitude[1]])
    metres = ", ".join(f"{value:.0f}" for value in box)
    if not np.isfinite(degrees).all():
        return f"[{metres}] m"
    return f"[{', '.join(f'{value:.4f}' for value in degrees)}] degrees ([{metres}] m)"


def _remarked(batch: Batch) -> Batch:
    """Add what is to be told of every load from such a CRS."""
    remark = remark_on(batch.crs) if batch.crs is not None else None
    if remark is None:
        return batch
    code, said = remark
    remedy = _REMEDIES[code]
    said_zh = _REMARKS_ZH[code].format(crs=batch.crs)
    told = Reject("all", code, said, remedy, batch.theme, severity="warning", reason_zh=said_zh)
    return replace(batch, rejects=[*batch.rejects, told])
