"""Quantized-mesh tiles, read back by a reader that knows only the specification."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from cim.layers.quantized_mesh import STEPS, Mesh, ellipsoid_positions, encode, occlusion_point
from cim.layers.terrain_clip import clipped
from cim.layers.terrain_grid import TileAddress
from cim.layers.terrain_mesh import GroundGrid, mesh_of

ADDRESS = TileAddress(14, 26083, 10882)
"""A tile near 106.56 E, 29.56 N."""


def hills(longitude, latitude):
    """Heights with slopes of up to about 45 degrees, metres."""
    east, north = (longitude - 106.5) * 96_000, (latitude - 29.5) * 111_000
    return 250 + 60 * np.sin(east / 90) * np.cos(north / 70) + 0.05 * east


def tile_grid(address, heights=hills):
    longitude, latitude = np.meshgrid(address.longitudes(1), address.latitudes(1))
    return GroundGrid(longitude, latitude, heights(longitude, latitude), own=True)


@pytest.fixture
def read(quantized_mesh_file):
    """Read an encoded mesh as the tile of an address."""

    def of(mesh, address=ADDRESS):
        return quantized_mesh_file.read(gzip.compress(encode(mesh)), address.z, address.x, address.y)

    return of


def areas(tile):
    a, b, c = tile.triangles.T
    u, v = tile.u / STEPS, tile.v / STEPS
    return ((u[b] - u[a]) * (v[c] - v[a]) - (u[c] - u[a]) * (v[b] - v[a])) / 2


def test_tile_reads_back_as_it_was_meant(read):
    mesh = mesh_of(ADDRESS, tile_grid(ADDRESS), 0.5)
    tile = read(mesh)
    assert 200 < len(tile.u) < 65 * 65
    # Vertices are renumbered: compare them by place.
    order, meant = np.lexsort((tile.v, tile.u)), np.lexsort((mesh.v, mesh.u))
    np.testing.assert_array_equal(tile.u[order], mesh.u[meant])
    np.testing.assert_array_equal(tile.v[order], mesh.v[meant])
    span = mesh.heights.max() - mesh.heights.min()
    np.testing.assert_allclose(tile.height[order], mesh.heights[meant], atol=0.6 * span / STEPS)
    np.testing.assert_allclose(tile.height, hills(tile.longitude, tile.latitude), atol=0.05)
    dots = np.sum(tile.normals[order] * mesh.normals[meant], axis=1)
    assert np.degrees(np.arccos(np.clip(dots, -1, 1))).max() < 1.0


def test_triangles_fill_the_tile_counter_clockwise(read):
    tile = read(mesh_of(ADDRESS, tile_grid(ADDRESS), 0.5))
    assert areas(tile).min() > 0
    assert areas(tile).sum() == pytest.approx(1.0)


def test_triangulation_keeps_its_error_and_needs_less_where_more_is_allowed(read):
    address = ADDRESS
    longitude, latitude = np.meshgrid(address.longitudes(), address.latitudes())
    count = {}
    for error in (0.2, 3.0):
        tile = read(mesh_of(address, tile_grid(address), error))
        inside = (slice(1, -1), slice(1, -1))
        off = (
            tile.heights_at(longitude[inside].ravel(), latitude[inside].ravel())
            - hills(longitude, latitude)[inside].ravel()
        )
        assert np.abs(off).max() < error + 0.02
        count[error] = len(tile.u)
    assert count[3.0] < count[0.2] / 2


def test_edges_hold_every_vertex_on_them_in_order(read):
    tile = read(mesh_of(ADDRESS, tile_grid(ADDRESS), 0.5))
    for side, across, along, end in (
        ("west", tile.u, tile.v, 0),
        ("south", tile.v, tile.u, 0),
        ("east", tile.u, tile.v, STEPS),
        ("north", tile.v, tile.u, STEPS),
    ):
        assert set(tile.edges[side]) == set(np.flatnonzero(across == end))
        places = along[tile.edges[side]]
        assert places[0] == 0
        assert places[-1] == STEPS
        assert (np.diff(places) > 0).all()


def test_header_bounds_the_tile(read):
    tile = read(mesh_of(ADDRESS, tile_grid(ADDRESS), 0.5))
    geocentric = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    places = np.column_stack(geocentric.transform(tile.longitude, tile.latitude, tile.height))
    assert tile.height.min() == pytest.approx(tile.header[3], abs=1e-3)
    assert tile.height.max() == pytest.approx(tile.header[4], abs=1e-3)
    centre, radius = np.array(tile.header[5:8]), tile.header[8]
    away = np.linalg.norm(places - centre, axis=1).max()
    assert radius == pytest.approx(away, rel=1e-3)
    assert tile.header[0:3] == tile.header[5:8]


def test_normals_are_those_of_the_ground(read):
    """A plane that rises to the east leans west, seen from the Earth's centre too."""
    rise = 0.4
    tile = read(mesh_of(ADDRESS, tile_grid(ADDRESS, lambda lon, lat: (lon - 106.5) * 96_800.0 * rise + 0 * lat), 0.5))
    lon, lat = np.radians(tile.longitude), np.radians(tile.latitude)
    east = np.column_stack([-np.sin(lon), np.cos(lon), 0 * lon])
    up = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    lean = np.sum(tile.normals * east, axis=1) / np.sum(tile.normals * up, axis=1)
    np.testing.assert_allclose(lean, -rise, atol=0.02)


def test_even_ground_keeps_to_the_curve_of_the_earth(read):
    """At level 10 a tile is 20 km wide: two triangles would lie 12 m below the ellipsoid in its middle."""
    address = TileAddress(10, 1630, 680)
    tile = read(mesh_of(address, tile_grid(address, flat), 2.0), address)
    a, b, c = tile.triangles.T
    places = ellipsoid_positions(tile.longitude, tile.latitude, tile.height)
    middle = (places[a] + places[b] + places[c]) / 3
    _, _, height = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True).transform(*middle.T)
    assert -2.5 < np.min(height) < -0.2


def flat(longitude, latitude):
    return np.zeros(longitude.shape)


def test_low_levels_keep_every_vertex(read):
    address = TileAddress(0, 1, 0)
    tile = read(mesh_of(address, tile_grid(address, flat), 1000.0), address)
    assert len(tile.u) == 65 * 65
    assert len(tile.triangles) == 2 * 64 * 64
    assert areas(tile).sum() == pytest.approx(1.0)
    np.testing.assert_allclose(np.linalg.norm(tile.normals, axis=1), 1.0, atol=1e-6)


def test_large_mesh_has_wide_indices(read):
    side = 300
    u, v = (values.ravel() for values in np.meshgrid(np.arange(side), np.arange(side)))
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    triangles = np.vstack(
        [
            np.column_stack([corner, corner + 1, corner + side + 1]),
            np.column_stack([corner, corner + side + 1, corner + side]),
        ]
    )
    longitude, latitude = 106.5 + u / side / 100, 29.5 + v / side / 100
    positions = ellipsoid_positions(longitude, latitude, 0.0 * u)
    up = positions / np.linalg.norm(positions, axis=1)[:, None]
    step = STEPS // (side - 1)
    tile = read(Mesh(u * step, v * step, 0.0 * u, triangles, positions, up))
    assert len(tile.u) == side * side > 65_536
    np.testing.assert_array_equal(np.sort(tile.u * (STEPS + 1) + tile.v), np.sort((u * (STEPS + 1) + v) * step))
    assert len(tile.triangles) == len(triangles)


def hidden(camera, place):
    """Whether the ellipsoid hides a place, both in units of its axes: CesiumJS's EllipsoidalOccluder."""
    beyond = camera @ camera - 1
    to_place = place - camera
    ahead = -(to_place @ camera)
    return ahead > beyond and ahead**2 / (to_place @ to_place) > beyond


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 12),
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 1, exclude_max=True),
    st.floats(-180, 180),
    st.floats(-89, 89),
    st.floats(100, 4e7),
    st.floats(-300, 9000),
)
def test_tile_is_never_culled_while_any_of_it_can_be_seen(z, x, y, longitude, latitude, altitude, height):
    address = TileAddress(z, int(x * 2 ** (z + 1)), int(y * 2**z))
    lon, lat = np.meshgrid(address.longitudes()[::8], address.latitudes()[::8])
    places = ellipsoid_positions(lon.ravel(), lat.ravel(), np.full(lon.size, height))
    centre = (places.min(axis=0) + places.max(axis=0)) / 2
    point = occlusion_point(places, centre, min(0.0, height))
    axes = np.array([6378137.0, 6378137.0, 6356752.3142451793]) + min(0.0, height)
    camera = ellipsoid_positions(np.array([longitude]), np.array([latitude]), np.array([altitude]))[0] / axes
    if hidden(camera, point):
        assert all(hidden(camera, place * (1 - 1e-9)) for place in places / axes)


def test_near_tile_is_culled_as_soon_as_it_is_hidden():
    """The point must not be needlessly high: at 100 km beyond the horizon of a low camera the tile is out of sight."""
    address = TileAddress(12, 6520, 2720)
    lon, lat = np.meshgrid(address.longitudes()[::8], address.latitudes()[::8])
    places = ellipsoid_positions(lon.ravel(), lat.ravel(), np.full(lon.size, 200.0))
    point = occlusion_point(places, places.mean(axis=0), 0.0)
    axes = np.array([6378137.0, 6378137.0, 6356752.3142451793])
    far = ellipsoid_positions(np.array([address.longitudes()[0] - 4.0]), address.latitudes()[:1], np.array([500.0]))[0]
    near = ellipsoid_positions(np.array([address.longitudes()[0] - 0.5]), address.latitudes()[:1], np.array([500.0]))[0]
    assert hidden(far / axes, point)
    assert not hidden(near / axes, point)


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 360), st.integers(3, 14), st.floats(1.5, 4.0))
def test_clipping_leaves_exactly_the_tile(angle, cells, size):
    """A turned grid larger than the tile, cut to it, fills it once, and a sloping plane stays the plane."""
    turn = np.radians(angle)
    across = np.linspace(-size / 2, size / 2, cells + 1)
    x, y = (values.ravel() for values in np.meshgrid(across, across))
    u = 0.5 + x * np.cos(turn) - y * np.sin(turn)
    v = 0.5 + x * np.sin(turn) + y * np.cos(turn)
    corner = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).ravel()
    triangles = np.vstack(
        [
            np.column_stack([corner, corner + 1, corner + cells + 2]),
            np.column_stack([corner, corner + cells + 2, corner + cells + 1]),
        ]
    )
    vertices, kept = clipped(np.column_stack([u, v, 7 * u - 3 * v + 1]), triangles)
    assert vertices[:, :2].min() >= 0
    assert vertices[:, :2].max() <= 1
    np.testing.assert_allclose(vertices[:, 2], 7 * vertices[:, 0] - 3 * vertices[:, 1] + 1, atol=1e-9)
    a, b, c = np.moveaxis(vertices[kept][:, :, :2], 1, 0)
    area = ((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])) / 2
    assert (area > 0).all()
    assert area.sum() == pytest.approx(1.0, abs=1e-3)
    places = np.rint(vertices[:, :2] * STEPS)
    assert len(np.unique(places, axis=0)) == len(places)


def test_padding_aligns_the_indices():
    """Vertices take 92 + 6 n bytes, always even; wide indices need a multiple of four."""
    mesh = mesh_of(ADDRESS, tile_grid(ADDRESS), 5.0)
    data = encode(mesh)
    (count,) = struct.unpack_from("<I", data, 88)
    (faces,) = struct.unpack_from("<I", data, 92 + 6 * count)
    assert faces == len(mesh.triangles)


@pytest.mark.parametrize("flip", [(slice(None, None, -1), slice(None)), (slice(None), slice(None, None, -1))])
def test_grid_with_its_first_row_in_the_south_or_its_first_column_in_the_east(read, flip):
    """A raster may run either way: triangles still turn counter-clockwise, and normals point away from the Earth."""
    grid = tile_grid(ADDRESS)
    turned = GroundGrid(grid.longitude[flip], grid.latitude[flip], grid.height[flip], own=False)
    tile = read(mesh_of(ADDRESS, turned, 0.5))
    assert areas(tile).min() > 0
    assert areas(tile).sum() == pytest.approx(1.0)
    np.testing.assert_allclose(tile.height, hills(tile.longitude, tile.latitude), atol=0.05)
    up = ellipsoid_positions(tile.longitude, tile.latitude, tile.height)
    assert np.sum(tile.normals * up, axis=1).min() > 0
