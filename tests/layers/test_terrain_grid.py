"""The geographic tiling and the smooth ground around a terrain model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import lil_matrix
from scipy.sparse.linalg import spsolve

from cim.layers.terrain_grid import TileAddress, TileRange, cell_m, finest_level, tiles_around, whole_world
from cim.layers.terrain_ground import MOST_TILES, native_level
from cim.layers.terrain_surroundings import border_of, fill, surroundings


def test_neighbours_share_the_coordinates_of_their_edge_to_the_last_bit():
    for z in range(20):
        x, y = int(0.79 * 2 ** (z + 1)), int(0.66 * 2**z)
        tile = TileAddress(z, x, y)
        assert tile.longitudes()[-1] == TileAddress(z, x + 1, y).longitudes()[0]
        assert tile.latitudes()[0] == TileAddress(z, x, y + 1).latitudes()[-1]
        assert len(tile.longitudes()) == len(tile.latitudes()) == 65
        assert tile.longitudes(3)[3:-3].tolist() == tile.longitudes().tolist()
        assert (np.diff(tile.latitudes()) < 0).all()


def test_the_world_is_two_tiles_wide():
    assert [tile.longitudes()[[0, -1]].tolist() for tile in whole_world(0).tiles(0)] == [[-180, 0], [0, 180]]
    assert TileAddress(0, 0, 0).latitudes()[[0, -1]].tolist() == [90, -90]
    assert len(list(whole_world(2).tiles(2))) == 32


def test_tiles_around_a_box_are_those_that_touch_it():
    box = (106.53, 29.52, 106.61, 29.6)
    for z in (3, 9, 13):
        chosen = set(tiles_around(z, box).tiles(z))
        size = 180 / 2**z
        for tile in tiles_around(z, box, 2).tiles(z):
            west, south = tile.x * size - 180, tile.y * size - 90
            touches = west <= box[2] and west + size > box[0] and south <= box[3] and south + size > box[1]
            assert (tile in chosen) == touches


def test_a_range_knows_its_tiles():
    part = tiles_around(9, (106.53, 29.52, 107.9, 30.6), 1)
    tiles = list(part.tiles(9))
    assert len(part) == len(tiles) == len(set(tiles)) > 9
    assert all(tile in part for tile in tiles)
    assert TileAddress(9, part.end_x + 1, part.end_y) not in part
    assert TileAddress(9, part.start_x, part.start_y - 1) not in part


def test_depth_follows_from_the_cells_until_there_are_too_many_tiles():
    assert native_level(1.0, (106.5, 29.5, 106.6, 29.6)) == 18
    assert native_level(30.0, (106.5, 29.5, 106.6, 29.6)) == 14
    assert native_level(3000.0, (106.5, 29.5, 106.6, 29.6)) == 10
    large = (104.0, 28.0, 110.0, 32.0)
    assert native_level(0.5, large) == 14
    assert len(tiles_around(14, large, 1)) <= MOST_TILES < len(tiles_around(15, large, 1))


def test_ring_ends_at_the_end_of_the_world():
    assert tiles_around(1, (-179, -89, -170, -80), ring=2) == TileRange(0, 0, 2, 1)


def test_level_follows_from_the_size_of_its_cells():
    assert cell_m(16) == pytest.approx(180 / 2**16 / 64 * 111_319.49, rel=1e-6)
    assert finest_level(5.0, 19) == 16
    assert finest_level(4.7, 19) == 17
    assert finest_level(0.01, 19) == 19


def known_island(size=64):
    row, column = np.mgrid[:size, :size]
    known = ((row - 30) ** 2 + (column - 34) ** 2 < 170) & ~((row - 30) ** 2 + (column - 36) ** 2 < 9)
    heights = 300 + 8.0 * np.sin(row / 3) + 2.0 * column
    return heights, known


def laplace(heights, known, far):
    """The stretched skin by a direct solver."""
    size = len(heights)
    number = np.arange(size * size).reshape(size, size)
    matrix, right = lil_matrix((size * size, size * size)), np.zeros(size * size)
    for row in range(size):
        for column in range(size):
            i = number[row, column]
            matrix[i, i] = 1 if known[row, column] else 4
            if known[row, column]:
                right[i] = heights[row, column]
                continue
            for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
                if 0 <= r < size and 0 <= c < size:
                    matrix[i, number[r, c]] = -1
                else:
                    right[i] += far
    return spsolve(matrix.tocsr(), right).reshape(size, size)


def test_gaps_are_filled_as_a_stretched_skin():
    heights, known = known_island()
    far = 320.0
    filled = fill(heights, known, far)
    np.testing.assert_array_equal(filled[known], heights[known])
    expected = laplace(heights, known, far)
    assert np.ptp(heights[known]) > 60
    np.testing.assert_allclose(filled, expected, atol=0.05 * np.ptp(heights[known]))
    hole = (np.mgrid[:64, :64][0] - 30) ** 2 + (np.mgrid[:64, :64][1] - 36) ** 2 < 9
    np.testing.assert_allclose(filled[hole], expected[hole], atol=0.01)


def test_border_is_what_has_an_unknown_neighbour():
    known = np.zeros((5, 5), bool)
    known[1:4, 1:4] = True
    border = border_of(known)
    assert border.sum() == 8
    assert not border[2, 2]


def test_surroundings_level_out_to_the_mean_of_the_border():
    heights, known = known_island()
    ground = surroundings(1000.0, 5000.0, 10.0, heights, known)
    assert ground.far_m == pytest.approx(heights[border_of(known)].mean())
    far = ground.sample(np.array([-1e6, 1e9, np.inf, 1000.0]), np.array([5000.0, 0.0, np.inf, 1e7]), 10.0)
    np.testing.assert_allclose(far, ground.far_m)
    row, column = np.nonzero(known)
    x, y = 1000.0 + 10 * column, 5000.0 - 10 * row
    np.testing.assert_allclose(ground.sample(x, y, 10.0), heights[known])


def test_coarser_samples_are_means_in_the_same_place():
    """A plane stays where it is when its cells are averaged."""
    row, column = np.mgrid[:64, :64]
    known = (row > 2) & (row < 61) & (column > 2) & (column < 61)
    ground = surroundings(0.0, 0.0, 10.0, 3.0 * column + 5.0 * row, known)
    x, y = np.array([300.0, 327.0]), np.array([-300.0, -341.0])
    for cell in (10.0, 20.0, 40.0, 79.0):
        np.testing.assert_allclose(ground.sample(x, y, cell), 0.3 * x - 0.5 * y, atol=1e-9)


def test_nothing_steps_at_the_edge_of_the_grid():
    heights, known = known_island()
    ground = surroundings(0.0, 0.0, 10.0, heights, known)
    x = np.arange(-100.0, 740.0, 1.0)
    along = ground.sample(x, np.full(len(x), -300.0), 10.0)
    assert np.abs(np.diff(along)).max() < 2.5
