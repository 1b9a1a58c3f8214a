"""Four parameters from control points: least squares, residuals told, what does not fit refused."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyproj
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cim.__main__ import main
from cim.city import create_city
from cim.crs import transformation
from cim.errors import BadManifest
from cim.grid_fit import fitted
from cim.manifest import read_manifest

HEAD = '[city]\nslug="c"\nname_zh="城"\nname_en="C"\nvertical_datum="1985"\nellipsoid_offset_m=-36\n'
SOURCE = '[[source]]\nname="s"\nkind="pipe_survey"\npath="s.xlsx"\n'
LOCAL = [(1000.0, 2000.0), (9000.0, 1500.0), (5000.0, 8000.0), (200.0, 9000.0), (4000.0, 5000.0)]
TRUE = (412_345.678, 3_198_765.432, 0.7, 1.00002)


def known(local, four=TRUE):
    """The way that docs/coordinates.md writes out."""
    dx, dy, rotation, scale = four
    angle = math.radians(rotation)
    return [(dx + scale * (e * math.cos(angle) - n * math.sin(angle)),
             dy + scale * (e * math.sin(angle) + n * math.cos(angle))) for e, n in local]  # fmt: skip


def pairs(local=LOCAL, four=TRUE, noise=None):
    moved = np.array(known(local, four)) + (0 if noise is None else noise)
    return [(*one, *map(float, other)) for one, other in zip(local, moved, strict=True)]


def values(fit):
    four = fit.parameters
    return four.dx, four.dy, four.rotation, four.scale


@given(st.floats(-1e6, 1e6), st.floats(-4e6, 4e6), st.floats(-179, 179), st.floats(0.999, 1.001))
def test_points_without_errors_give_the_parameters_back(dx, dy, rotation, scale):
    fit = fitted(pairs(four=(dx, dy, rotation, scale)))
    assert values(fit) == pytest.approx((dx, dy, rotation, scale), rel=1e-9, abs=1e-5)
    assert fit.largest_m < 1e-5


def test_no_other_parameters_fit_better():
    """A solver that knows nothing of rotation and scale finds the same, and small changes make it worse."""
    noise = np.random.default_rng(4).normal(0, 0.02, (5, 2))
    points = pairs(noise=noise)
    local, goal = np.array(points)[:, :2], np.array(points)[:, 2:]
    rows = [row for e, n in local for row in ([1, 0, e, -n], [0, 1, n, e])]
    dx, dy, along, across = np.linalg.lstsq(np.array(rows), goal.ravel(), rcond=None)[0]
    best = dx, dy, math.degrees(math.atan2(across, along)), math.hypot(along, across)
    fit = fitted(points)
    assert values(fit) == pytest.approx(best, rel=1e-7)

    def squares(four):
        return ((np.array(known(LOCAL, four)) - goal) ** 2).sum()

    least = squares(values(fit))
    assert math.fsum(item**2 for item in fit.residuals_m) == pytest.approx(least, rel=1e-6)
    for at, step in enumerate((0.001, 0.001, 1e-6, 1e-8)):
        for sign in (-1, 1):
            assert squares([value + sign * step * (at == other) for other, value in enumerate(values(fit))]) > least
    assert fit.deviation_m == pytest.approx(math.sqrt(least / 6), rel=1e-6)
    assert fit.worst == int(np.argmax(fit.residuals_m)) + 1


def city_of(folder: Path, points, rest="", table="city"):
    folder.mkdir(exist_ok=True)
    grid = f'to="EPSG:4545"\npoints={[list(point) for point in points]}\n{rest}'
    text = f"{HEAD}[city.grid]\n{grid}" if table == "city" else HEAD + f'crs="EPSG:4545"\n{SOURCE}[source.grid]\n{grid}'
    (folder / "city.toml").write_text(text, encoding="utf-8")
    return folder / "city.toml"


def test_a_city_on_a_fitted_grid(tmp_path, cluster):
    noise = np.array([[0.01, 0], [0, -0.01], [0.012, 0], [0, 0], [-0.004, 0.003]])
    profile = read_manifest(city_of(tmp_path, pairs(noise=noise))).profile
    way = transformation("EPSG:4545", profile, Path("x"))
    east, north = known([(3000.0, 3000.0)])[0]
    x, y = way.plane(np.array([east]), np.array([north]))
    assert (x[0], y[0]) == pytest.approx((3000.0, 3000.0), abs=0.02)
    assert profile.projection.remarks.startswith("fitted to 5 points: largest residual 0.0")
    create_city(cluster, profile)
    try:
        assert read_manifest(tmp_path).profile == profile
        create_city(cluster, profile)
    finally:
        cluster.drop_database(profile.database)


def test_the_fit_is_told_by_check(tmp_path):
    result = CliRunner().invoke(main, ["check", str(city_of(tmp_path, pairs()))])
    first, second, third, *_ = result.output.splitlines()
    assert first == (
        "[city.grid]: fitted to 5 points: largest residual 0.000 m at point "
        f"{fitted(pairs()).worst}, standard deviation 0.000 m"
    )
    assert second == "  residuals, metres by point: 1: 0.000, 2: 0.000, 3: 0.000, 4: 0.000, 5: 0.000"
    assert third == "  dx = 412345.6780, dy = 3198765.4320, rotation = 0.700000000, scale = 1.0000200000"


def test_the_example_of_the_docs_gives_what_they_say(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "coordinates.md").read_text(encoding="utf-8")
    grid, said = page.split("### Parameters from control points")[1].split("```")[1:4:2]
    (tmp_path / "city.toml").write_text(HEAD + grid.removeprefix("toml"), encoding="utf-8")
    result = CliRunner().invoke(main, ["check", str(tmp_path)])
    assert result.output.startswith(said.strip())


def test_a_source_on_a_fitted_grid(tmp_path):
    manifest = read_manifest(city_of(tmp_path, pairs(), table="source"))
    way = transformation(manifest.sources[0].crs, manifest.profile, Path("s.xlsx"))
    x, y = way.plane(*np.array(LOCAL).T)
    assert np.allclose(np.column_stack([x, y]), known(LOCAL), atol=1e-4)
    assert pyproj.CRS(manifest.sources[0].crs).remarks.startswith("fitted to 5 points")


def wrong(number, by):
    noise = np.zeros((5, 2))
    noise[number - 1] = by
    return pairs(noise=noise)


@pytest.mark.parametrize(
    ("points", "rest", "words"),
    [
        (pairs()[:2], "", "points holds 2: give 3 or more"),
        ([pairs()[0]] * 4, "", "points lie at one place"),
        ([(1, 2, 3)] * 3, "", "points: number 1 is not four numbers"),
        ([(1, 2, 3, math.nan)] * 3, "", "points: number 1 is not four numbers"),
        (pairs(), "largest_residual_m = 0\n", "largest_residual_m is no number above 0"),
        (pairs(), "dx = 5\n", "dx stands beside points"),
        (wrong(2, (3.0, 0.0)), "", r"do not fit within largest_residual_m = 0.05 \(residuals, .*correct point 2 or"),
        # The middle one is pulled off the most by two good neighbours of a bad corner.
        (wrong(4, (0.0, -0.4)), "", "correct point 4 or leave it out"),
        ([(n, e, x, y) for e, n, x, y in pairs()], "", "northing and easting change places"),
        ([(e, n, y, x) for e, n, x, y in pairs()], "", "northing and easting change places"),
        ([(e * 3, n * 3, x, y) for e, n, x, y in pairs()], "", "scale is not near 1"),
    ],
)
def test_points_that_cannot_be_are_refused(tmp_path, points, rest, words):
    with pytest.raises(BadManifest, match=words) as caught:
        read_manifest(city_of(tmp_path, points, rest))
    assert "\n" not in str(caught.value)


def test_a_larger_residual_is_taken_where_that_is_told(tmp_path):
    profile = read_manifest(city_of(tmp_path, wrong(2, (0.5, 0.0)), "largest_residual_m = 1.0\n")).profile
    assert "at point 2" in profile.projection.remarks


@pytest.mark.parametrize("points", [pairs(), wrong(3, (7.25, 0.0))])
def test_of_secret_points_nothing_is_told(tmp_path, points):
    path = city_of(tmp_path, pairs(), table="source")
    grid = tmp_path / "grid.toml"
    grid.write_text(f'to="EPSG:4545"\npoints={[list(point) for point in points]}\n')
    grid.chmod(0o600)
    path.write_text(HEAD + f'crs="EPSG:4545"\n{SOURCE}grid={{parameters_file="grid.toml"}}\n', encoding="utf-8")
    result = CliRunner().invoke(main, ["check", str(path)])
    said = result.output + str(result.exception or "")
    if points != pairs():
        assert "do not fit within largest_residual_m = 0.05: correct point 3" in said
    for secret in ("412345", "3198765", "0.7000", "residuals", "7.25", "1000.0", "9000.0"):
        assert secret not in said
