"""Files as the specification wants them."""

from dataclasses import replace

import numpy as np
import pytest

from cim.layers.tiles3d.gltf import Appearance, Precision, glb, linear
from cim.layers.tiles3d.mesh import Mesh, empty_mesh, joined, subset
from cim.layers.tiles3d.properties import Column, Properties
from cim.layers.tiles3d.triangulate import triangulated
from cim.layers.tiles3d.tubes import axis_lines

PALETTE = np.array([[255, 255, 255], [10, 20, 30], [200, 100, 50], [180, 60, 40]], np.uint8)
FINE = Precision(0.01, 0.01)
# A number that float32 and 32 bits would both spoil.
BIG = 2**53 - 1


@pytest.fixture
def houses(town):
    shapes = np.array([town.house(40.0 * i, 0.0, ground=0.0)[0] for i in range(3)], object)
    return triangulated(shapes)


def properties(count):
    return Properties(
        "thing",
        count,
        (
            Column("feature_id", "id", "Stable id", [BIG - i for i in range(count)]),
            Column("name", "text", "Name", ["渝中区 é", None, ""][:count]),
            Column("height_m", "number", "Height, metres", [1.5, np.nan, -2.0][:count]),
            Column("year", "integer", "Year", [1987, np.nan, 99999][:count]),
        ),
    )


@pytest.mark.parametrize("compress", [True, False])
def test_what_is_written_is_read_back(houses, read_glb, compress):
    file = read_glb(glb(houses, properties(3), Appearance(PALETTE, False), FINE, compress=compress))
    faces = file.faces
    order = np.lexsort(houses.position[houses.indices].mean(axis=1).round(2).T)
    told = np.lexsort(file.positions[faces].mean(axis=1).round(2).T)
    assert len(order) == len(told)
    shown = np.sort(file.positions[faces].reshape(-1, 9).round(1), axis=0)
    assert np.abs(shown - np.sort(houses.position[houses.indices].reshape(-1, 9), axis=0)).max() < 0.2
    for feature in range(3):
        mine, its = houses.position[houses.feature == feature], file.positions[file.feature_ids == feature]
        np.testing.assert_allclose(
            [its.min(axis=0), its.max(axis=0)], [mine.min(axis=0), mine.max(axis=0)], atol=0.0051
        )
    table = file.table
    assert table["feature_id"] == [BIG, BIG - 1, BIG - 2]
    assert table["name"] == ["渝中区 é", None, None]
    assert table["height_m"] == [1.5, None, -2.0]
    assert table["year"] == [1987, None, 32767]


def test_the_validator_has_nothing_to_say(houses, validated):
    wide = replace(houses, position=houses.position * [40, 40, 1])
    lines = Mesh(houses.position, np.empty((0, 3)), houses.colour, houses.feature, houses.indices[:, :2])
    files = {
        "quantised": glb(houses, properties(3), Appearance(PALETTE, False), FINE, copyright="© somebody"),
        "plain": glb(houses, properties(3), Appearance(PALETTE, False), FINE, compress=False),
        "floats": glb(wide, properties(3), Appearance(PALETTE, True), FINE),
        "one colour": glb(replace(houses, colour=houses.colour * 0), properties(3), Appearance(PALETTE, False), FINE),
        "lines": glb(lines, properties(3), Appearance(PALETTE, False), FINE),
        "wide lines": glb(replace(lines, position=wide.position), properties(3), Appearance(PALETTE, False), FINE),
    }
    assert validated(files) == []


def test_the_validator_does_see_faults(houses, validated):
    broken = replace(houses, normal=houses.normal * 0)
    assert any(
        "not of unit length" in found
        for found in validated({"broken": glb(broken, properties(3), Appearance(PALETTE, False), FINE)})
    )


def test_positions_are_as_fine_as_16_bits_allow_and_floats_where_that_is_too_coarse(houses, read_glb):
    def scale(stretch):
        mesh = replace(houses, position=houses.position * stretch)
        return read_glb(glb(mesh, properties(3), Appearance(PALETTE, False), FINE)).document["nodes"][0].get("scale")

    assert scale(1.0) == [0.01] * 3
    assert scale(7.0) == [0.01] * 3
    assert scale(8.0) is None  # 720 m: more than 65535 steps of a centimetre


def test_triangles_that_rounding_flattens_are_left_out(read_glb):
    corners = np.array([[0, 0, 0], [5, 0, 0], [5, 0.004, 0], [0, 9, 0], [5, 9, 0], [5, 3, 0.0]])
    mesh = Mesh(
        corners, np.tile([0.0, 0, 1], (6, 1)), np.zeros(6, np.uint8), np.zeros(6, np.int64), np.arange(6).reshape(2, 3)
    )
    file = read_glb(glb(mesh, properties(1), Appearance(PALETTE, False), FINE))
    assert (len(file.faces), len(file.positions)) == (1, 3)


def test_more_features_than_shorts_can_number(read_glb, validated):
    count = 70_000
    x = np.arange(count) * 0.001
    corners = np.stack([np.column_stack([x, 0 * x, 0 * x]), np.column_stack([x, 1 + 0 * x, 0 * x])], axis=1).reshape(
        -1, 3
    )
    mesh = Mesh(
        corners,
        np.empty((0, 3)),
        np.zeros(2 * count, np.uint8),
        np.repeat(np.arange(count), 2),
        np.arange(2 * count).reshape(-1, 2),
    )
    table = Properties("thing", count, (Column("feature_id", "id", "Stable id", np.arange(count) + 1),))
    data = glb(mesh, table, Appearance(PALETTE, False), Precision(0.001, 0.01))
    assert read_glb(data).feature_ids.max() == count - 1
    assert validated({"many": data}) == []


def test_colours_are_linear():
    # Mid grey of sRGB holds a fifth of the light (IEC 61966-2-1).
    assert linear(np.array([0, 10, 128, 255], np.uint8)).tolist() == pytest.approx([0, 0.00303527, 0.2158605, 1])


def test_meshes_are_joined_and_cut(houses):
    both = joined([houses, replace(houses, feature=houses.feature + 3)])
    assert len(both.indices) == 2 * len(houses.indices)
    part = subset(both, np.array([4, 1]), 6)
    assert np.unique(part.feature).tolist() == [0, 1]
    np.testing.assert_allclose(part.position[part.feature == 0], houses.position[houses.feature == 1])
    np.testing.assert_allclose(
        part.position[part.indices[0]], both.position[both.indices][both.feature[both.indices[:, 0]] == 1][0]
    )
    assert len(joined([]).indices) == len(empty_mesh().indices) == 0
    assert axis_lines  # lines are written above; here they are only named
