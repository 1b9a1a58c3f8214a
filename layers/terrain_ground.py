"""The ground everywhere, as tiles need it: the terrain models, their surroundings, and the far height."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from cim.city import CityProfile
from cim.crs import eastings_northings, longitude_latitude
from cim.layers.city import degrees
from cim.layers.terrain_grid import CELLS, DEEPEST, TileAddress, cell_m, finest_level, tiles_around
from cim.layers.terrain_mesh import DENSE_ABOVE, GroundGrid
from cim.layers.terrain_rasters import Bools, CellWindow, Floats, OpenRaster, RasterSource, opened
from cim.layers.terrain_surroundings import Surroundings, surroundings

GRID = 512
"""Cells along each side of the surroundings' grid."""
REACH = 16
"""Cells of the model over which its last heights lead to the smooth surroundings."""
MOST_TILES = 300_000
"""Most tiles of one level for one model: 45 km by 45 km with cells of a metre."""
MOST_CELLS = 400_000
"""Most cells of a model that one tile takes; of a larger and finer model tiles keep to 65 by 65 places."""
_LEAST_MARGIN_M, _MOST_MARGIN_M = 1_500.0, 8_000.0
_LATTICE = 17
"""Places along a side of a tile that go through PROJ; between them coordinates are as good as linear."""
_SMALL_TILES = 9
"""From this level on: a lattice cell is then 2 km, and bends by 0.1 m."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Ground:
    """All that is needed to tell heights, in a form that can be sent to another process."""

    city: CityProfile
    """The city."""
    sources: tuple[RasterSource, ...]
    """Terrain models; where two overlap the first holds."""
    surroundings: Surroundings
    """Ground around and between them."""
    model_boxes: tuple[Box, ...]
    """West, south, east, north of each model, degrees."""
    depths: tuple[int, ...]
    """Deepest level of each model, whose tiles take the model's own cells."""
    box: Box
    """West, south, east, north of the surroundings; beyond them all is at the far height."""

    @contextmanager
    def opened(self) -> Iterator[OpenGround]:
        """Open the models while the block runs."""
        with opened(self.sources, self.city) as rasters:
            yield OpenGround(self, rasters)


class OpenGround:
    """The ground, with its terrain models open."""

    def __init__(self, ground: Ground, rasters: list[OpenRaster]) -> None:
        self.ground = ground
        self._rasters = rasters

    def grid(self, address: TileAddress) -> GroundGrid:
        """Return the ground of a tile: on the grid of a terrain model's cells from the level on that shows them all.

        So the deepest tiles go through the model's own heights. Other tiles take 65 by 65 places of their own.
        """
        depths = zip(self._rasters, self.ground.depths, strict=True)
        deep = [raster for raster, depth in depths if address.z >= depth]
        if deep and _overlap(self.ground.box, address):
            outline = _city_outline(self.ground.city, address)
            for raster in deep:
                window = raster.window(*outline)
                if raster.touches(window, REACH) and len(window) <= MOST_CELLS:
                    return self._native(raster, window)
        longitude, latitude = np.meshgrid(address.longitudes(1), address.latitudes(1))
        height = self._own(address) + self.ground.city.ellipsoid_offset_m
        return GroundGrid(longitude, latitude, height, own=True)

    def _native(self, raster: OpenRaster, window: CellWindow) -> GroundGrid:
        """Return the ground at the middles of a model's cells."""

        def places(margin: int) -> tuple[Floats, Floats]:
            return _through_lattice(raster.places, *window.middles(margin))

        height = self._heights(places, raster.source.resolution_m)
        city = self.ground.city
        longitude, latitude = _through_lattice(lambda x, y: longitude_latitude(city, x, y), *places(1))
        return GroundGrid(longitude, latitude, height + city.ellipsoid_offset_m, own=False)

    def _own(self, address: TileAddress) -> Floats:
        """Return city heights at a tile's vertices and one more around."""
        if not _overlap(self.ground.box, address):
            return np.full((CELLS + 3, CELLS + 3), self.ground.surroundings.far_m)
        return self._heights(lambda margin: self._places(address, margin), cell_m(address.z))

    def _heights(self, places: Callable[[int], tuple[Floats, Floats]], cell: float) -> Floats:
        """Return city heights at the places with a margin of 1.

        Where the models have none, what they say more than the coarse surroundings is carried on over a few places,
        so that there is no step at their border. The window is so much larger that neighbouring tiles do the same.
        """
        x, y = places(1)
        coarsest = max(raster.source.resolution_m for raster in self._rasters)
        if cell >= max(self.ground.surroundings.cell_m, 2 * coarsest):
            # From so far away the coarse grid says all that can be seen.
            return self.ground.surroundings.sample(x, y, cell)
        heights, known = self._modelled(x, y, cell)
        if known.all():
            return heights
        x, y = places(1 + REACH)
        heights, known = self._modelled(x, y, cell)
        smooth = self.ground.surroundings.sample(x, y, cell)
        if known.any():
            more = np.where(known, heights - smooth, 0.0)
            distance, nearest = distance_transform_edt(~known, return_indices=True)
            finest = min(raster.source.resolution_m for raster in self._rasters)
            # As far in metres on every level: over more, single cells would be drawn out into streaks.
            reach = np.clip(REACH * finest / cell, 2, REACH)
            smooth += more[tuple(nearest)] * np.clip(1 - (distance - 1) / reach, 0, 1) ** 2
        completed: Floats = np.where(known, heights, smooth)[REACH:-REACH, REACH:-REACH]
        return completed

    def _modelled(self, x: Floats, y: Floats, cell: float) -> tuple[Floats, Bools]:
        """Return city heights of the models, and where they have any."""
        heights, known = np.zeros(x.shape), np.zeros(x.shape, bool)
        for raster in self._rasters:
            if known.all():
                break
            found, there = raster.heights(*_through_lattice(raster.cells, x, y), cell)
            heights[there & ~known] = found[there & ~known]
            known |= there
        return heights, known

    def _places(self, address: TileAddress, margin: int) -> tuple[Floats, Floats]:
        """Return city coordinates of a tile's vertices and so many more around them."""
        longitude, latitude = np.meshgrid(address.longitudes(margin), address.latitudes(margin))
        city = self.ground.city
        if address.z >= _SMALL_TILES:
            return _through_lattice(lambda lon, lat: eastings_northings(city, lon, lat), longitude, latitude)
        west, south, east, north = self.ground.box
        near = (longitude > west) & (longitude < east) & (latitude > south) & (latitude < north)
        x, y = np.full(near.shape, np.inf), np.full(near.shape, np.inf)
        x[near], y[near] = eastings_northings(city, longitude[near], latitude[near])
        return x, y


def native_level(resolution_m: float, box: Box) -> int:
    """Return the level whose tiles take a model's own cells.

    A tile then has about as many vertices as the model has cells there; of a model so large that this makes too many
    tiles, fewer tiles have more vertices.
    """
    level = max(finest_level(1.25 * resolution_m, DEEPEST), DENSE_ABOVE)
    while level > DENSE_ABOVE and len(tiles_around(level, box, 1)) > MOST_TILES:
        level -= 1
    return level


def _city_outline(city: CityProfile, address: TileAddress) -> tuple[Floats, Floats]:
    """Return city coordinates along the edges of a tile."""
    longitude, latitude = address.longitudes()[::8], address.latitudes()[::8]
    along = np.concatenate([longitude, longitude, np.full(9, longitude[0]), np.full(9, longitude[-1])])
    across = np.concatenate([np.full(9, latitude[0]), np.full(9, latitude[-1]), latitude, latitude])
    return eastings_northings(city, along, across)


def ground_of(city: CityProfile, sources: Sequence[RasterSource]) -> Ground:
    """Read the terrain models coarsely and lay out the surroundings.

    Parameters
    ----------
    city
        The city.
    sources
        Its terrain models, at least one, the one that holds first.

    Raises
    ------
    MissingRaster
        A file is not there or cannot be read.
    """
    with opened(sources, city) as rasters:
        outlines = [raster.outline() for raster in rasters]
        x = np.concatenate([outline[0] for outline in outlines])
        y = np.concatenate([outline[1] for outline in outlines])
        west, north, cell = _layout(x, y)
        column_x = west + np.arange(GRID) * cell
        row_y = north - np.arange(GRID) * cell
        grid_x, grid_y = np.meshgrid(column_x, row_y)
        heights, known = np.zeros(grid_x.shape), np.zeros(grid_x.shape, bool)
        for raster in rasters:
            found, there = raster.heights(*_through_lattice(raster.cells, grid_x, grid_y, 65), cell)
            heights[there & ~known] = found[there & ~known]
            known |= there
    around = surroundings(west, north, cell, heights, known)
    boxes = tuple(_around(city, *outline) for outline in outlines)
    depths = tuple(native_level(source.resolution_m, box) for source, box in zip(sources, boxes, strict=True))
    return Ground(city, tuple(sources), around, boxes, depths, _square(city, around))


def _layout(x: Floats, y: Floats) -> tuple[float, float, float]:
    """Return easting and northing of the first cell and the size of the cells of a grid around the models."""
    width, height = np.ptp(x), np.ptp(y)
    margin = np.clip(np.hypot(width, height), _LEAST_MARGIN_M, _MOST_MARGIN_M)
    side = max(width, height) + 2 * margin
    cell = side / GRID
    west, north = (x.min() + x.max() - side + cell) / 2, (y.min() + y.max() + side - cell) / 2
    return float(west), float(north), float(cell)


def _around(city: CityProfile, x: Floats, y: Floats) -> Box:
    """Return west, south, east, north in degrees around points given in city coordinates."""
    longitude, latitude = longitude_latitude(city, x, y)
    return float(longitude.min()), float(latitude.min()), float(longitude.max()), float(latitude.max())


def _square(city: CityProfile, around: Surroundings) -> Box:
    """Return west, south, east, north of the surroundings' grid, degrees."""
    side = (GRID - 1) * around.cell_m
    box = degrees(city, around.west, around.north - side, around.west + side, around.north)
    return box[0], box[1], box[2], box[3]


def _overlap(box: Box, address: TileAddress) -> bool:
    """Whether a tile, with one vertex more around it, touches a box in degrees."""
    west, south, east, north = box
    longitude, latitude = address.longitudes(1), address.latitudes(1)
    return bool(longitude[-1] >= west and longitude[0] <= east and latitude[0] >= south and latitude[-1] <= north)


def _through_lattice(
    transform: Callable[[Floats, Floats], tuple[Floats, Floats]], x: Floats, y: Floats, places: int = _LATTICE
) -> tuple[Floats, Floats]:
    """Transform a grid of coordinates: some of its rows and columns exactly, the others linearly between them."""
    rows, by_row = _lattice(x.shape[0], places)
    columns, by_column = _lattice(x.shape[1], places)
    chosen = np.ix_(rows, columns)
    first, second = transform(x[chosen], y[chosen])
    return by_row @ first @ by_column.T, by_row @ second @ by_column.T


@cache
def _lattice(size: int, places: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return which of `size` positions are exact, and the (size, places) weights of each for all positions."""
    exact = np.unique(np.linspace(0, size - 1, places).round()).astype(np.int64)
    weights = np.column_stack([np.interp(np.arange(size), exact, unit) for unit in np.eye(len(exact))])
    return exact, weights
