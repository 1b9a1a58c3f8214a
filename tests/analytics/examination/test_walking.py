"""Walking distance: by hand on a small grid, by networkx on streets drawn at random, and what must always hold."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, box

from cim.analytics.examination.walking import SNAP_MAX_M, StreetNetwork, access_points, street_network


def network(draw, *lines: list[tuple[float, float]], **columns: object) -> StreetNetwork:
    streets = draw.streets(*(("local", line) for line in lines)).assign(**columns)
    found = street_network(streets)
    assert found is not None
    return found


def ways(streets: StreetNetwork, homes, places, limit_m: float = 1e6) -> list[float]:
    at = [streets.snaps(shapely.points(np.asarray(points, dtype=float))) for points in (homes, places)]
    return streets.distances(at[0], at[1], limit_m).tolist()


def test_round_the_corner(draw) -> None:
    """100 m east, 100 m north; a home 10 m off the first street, a place 5 m off the second."""
    streets = network(draw, [(0, 0), (100, 0)], [(100, 0), (100, 100)])
    assert ways(streets, [(20, 10)], [(105, 50)]) == pytest.approx([10 + 80 + 50 + 5])
    assert ways(streets, [(20, 10)], [(105, 50)], limit_m=144) == [np.inf]


def test_on_the_same_street_nobody_walks_to_its_end(draw) -> None:
    streets = network(draw, [(0, 0), (100, 0)])
    assert ways(streets, [(20, 0)], [(50, 0), (95, 0)]) == pytest.approx([30])


def test_streets_that_cross_without_meeting(draw) -> None:
    """A bridge: lines cross where neither has a node."""
    streets = network(draw, [(0, 0), (100, 0)], [(50, -50), (50, 50)])
    assert ways(streets, [(10, 0)], [(50, 40)]) == [np.inf]


def test_slopes_and_nodes_of_the_register_count(draw) -> None:
    """Steps are longer than their plan; nodes join streets whose lines end apart."""
    columns = {"start_node_id": [1, 2], "end_node_id": [2, 3], "length_m": [100.0, 150.0]}
    streets = network(draw, [(0, 0), (100, 0)], [(101, 0), (200, 0)], **columns)
    assert ways(streets, [(0, 0)], [(200, 0)]) == pytest.approx([250])


def test_where_nobody_may_walk_and_what_is_too_far_off(draw) -> None:
    streets = network(draw, [(0, 0), (100, 0)], [(100, 0), (200, 0)], walkable=[True, False])
    assert ways(streets, [(0, 0)], [(200, 10)]) == pytest.approx([100 + np.hypot(100, 10)])
    far = streets.snaps(shapely.points([[0.0, SNAP_MAX_M - 1], [0.0, SNAP_MAX_M + 1]]))
    assert far.on.tolist() == [True, False]
    assert street_network(draw.streets()) is None


def test_parallel_streets_are_no_longer_together(draw) -> None:
    columns = {"start_node_id": [1, 1], "end_node_id": [2, 2], "length_m": [300.0, 100.0]}
    streets = network(draw, [(0, 0), (50, 90), (100, 0)], [(0, 0), (100, 0)], **columns)
    assert ways(streets, [(0, 0)], [(100, 0)])[0] == pytest.approx(100)


def grid(seed: int) -> list[list[tuple[float, float]]]:
    """Streets of a town of 6 × 6 junctions, a third of them missing."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-20, 20, (6, 6, 2)) + np.stack(np.meshgrid(range(6), range(6)), axis=-1) * 100
    pairs = [((i, j), (i, j + 1)) for i in range(6) for j in range(5)]
    pairs += [((i, j), (i + 1, j)) for i in range(5) for j in range(6)]
    return [[tuple(corners[a]), tuple(corners[b])] for a, b in pairs if rng.uniform() > 0.33]


@pytest.mark.parametrize("seed", range(6))
def test_networkx_finds_the_same(draw, seed) -> None:
    lines = grid(seed)
    streets = network(draw, *lines)
    rng = np.random.default_rng(seed + 100)
    homes, places = rng.uniform(0, 500, (25, 2)), rng.uniform(0, 500, (4, 2))
    shapes = [LineString(line) for line in lines]
    graph = nx.Graph()
    for line in lines:
        graph.add_edge(*(tuple(np.round(end, 2)) for end in line), weight=LineString(line).length)

    def legs(point) -> list[tuple[tuple[float, float], float, int, float, float]]:
        nearest = min(range(len(shapes)), key=lambda n: shapes[n].distance(Point(point)))
        along, off = shapes[nearest].project(Point(point)), shapes[nearest].distance(Point(point))
        ends = [tuple(np.round(end, 2)) for end in lines[nearest]]
        return [
            (ends[0], off + along, nearest, along, off),
            (ends[1], off + shapes[nearest].length - along, nearest, along, off),
        ]

    reach = dict(nx.all_pairs_dijkstra_path_length(graph))
    expected = []
    for home in homes:
        found = [np.inf]
        for place in places:
            for start, first, edge, along, off in legs(home):
                for end, last, other, there, beside in legs(place):
                    found.append(first + reach[start].get(end, np.inf) + last)
                    if edge == other:
                        found.append(off + abs(along - there) + beside)
        expected.append(min(found))
    assert np.isfinite(expected).any()
    np.testing.assert_allclose(ways(streets, homes, places), expected, rtol=1e-6)


def test_a_park_is_entered_anywhere_on_its_edge() -> None:
    points = access_points(np.array([MultiPolygon([box(0, 0, 100, 100)]), box(500, 0, 510, 10)], dtype=object))
    assert len(points) == 8 + 1
    assert shapely.distance(points[:8], box(0, 0, 100, 100).boundary).max() == 0


def test_straight_and_on_foot_stand_side_by_side(tiny, draw, measure_of, expect) -> None:
    """A is 300 m from elderly care, but the way leads round: 300 m along the footpath's street and up the other.

    The only streets: the footpath at y = 100 from x = 0 to 1000, and x = 500 from 0 to 1000, which meet at (500, 100).
    A is 100 m above the footpath at x = 200; the facility 300 m west of the street at (500, 500): too far off to be on
    the network at all. One at (480, 500) is 100 + 300 + 400 + 20 m away.
    """
    tiny["road_edge"] = draw.streets(
        ("footway", [(0, 100), (500, 100)]), ("footway", [(500, 100), (1000, 100)]),
        ("local", [(500, 100), (500, 1000)]),
    )  # fmt: skip
    tiny["facility"] = draw.facilities(("elderly_care", 480, 500, 400))
    found = measure_of("C11", tiny)
    expect(found.numerator, 1, 0, 1)  # A and B are within 500 m in a straight line
    expect(found.on_foot.numerator, 1, 1, 0)  # A is 820 m away on foot
    expect(found.on_foot.denominator, 1, 1, 0)  # neither B nor C is within 200 m of a street
    expect(found.on_foot.missing_share, 2 / 3, 1 / 2, 1)


def test_residents_reach_a_school_on_foot(tiny, draw, measure_of, expect) -> None:
    """Homes 200 (100 people), 201 (300) near the footpath; 202, 203 (600) off it; the school at its end."""
    tiny["facility"] = draw.facilities(("middle_school", 1000, 100, None))
    tiny["road_edge"] = tiny["road_edge"].iloc[3:]
    found = measure_of("B23", tiny)
    # 200 walks 50 + 850 m; 201 walks 150 + 750 m; both within 1,000.
    expect(found.on_foot.numerator, 400, 400, 0)
    expect(found.on_foot.denominator, 400, 400, 0)
    expect(found.on_foot.missing_share, 0.6, 0.6, 0)


spot = st.tuples(st.integers(0, 500), st.integers(0, 500))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 50), homes=st.lists(spot, min_size=1, max_size=8), places=st.lists(spot, min_size=2, max_size=6)
)
def test_no_way_is_shorter_than_straight_and_more_places_are_never_farther(draw, seed, homes, places) -> None:
    lines = grid(seed)
    streets = network(draw, *lines)
    fewer, more = np.array(ways(streets, homes, places[:1])), np.array(ways(streets, homes, places))
    assert (more <= fewer).all()
    straight = [min(Point(home).distance(Point(place)) for place in places) for home in homes]
    assert (more >= np.array(straight) - 1e-6).all()


@settings(max_examples=20, deadline=None)
@given(before=st.lists(spot, min_size=1, max_size=3), added=st.lists(spot, min_size=1, max_size=3))
def test_adding_a_school_never_lowers_coverage_straight_or_on_foot(draw, measure_of, before, added) -> None:
    frames = draw.town()

    def coverage(places) -> tuple:
        frames["facility"] = draw.facilities(*(("middle_school", 2.0 * x, 2.0 * y, None) for x, y in places))
        found = measure_of("B23", frames)
        return found.numerator / found.denominator, found.on_foot.numerator / found.on_foot.denominator.where(
            found.on_foot.denominator > 0, 1.0
        )

    for fewer, more in zip(coverage(before), coverage(before + added), strict=True):
        assert (more >= fewer - 1e-9).all()
        assert more.between(0, 1 + 1e-9).all()
