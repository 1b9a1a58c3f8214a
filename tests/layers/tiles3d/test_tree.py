"""The quadtree and what is left out of its upper levels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cim.layers.tiles3d.tree import largest_within, quadtree

PLACES = st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)), min_size=1, max_size=200)


@given(PLACES, st.floats(0.5, 40))
def test_every_feature_is_in_one_leaf_within_its_budget(places, budget):
    centre = np.array(places)
    root = quadtree(centre, np.ones(len(centre)), budget)
    nodes = list(root.walk())
    leaves = [node for node in nodes if not node.children]
    assert sorted(np.concatenate([leaf.members for leaf in leaves]).tolist()) == list(range(len(centre)))
    for leaf in leaves:
        fits = len(leaf.members) <= budget or len(leaf.members) == 1
        assert fits or np.ptp(centre[leaf.members], axis=0).max() < 1.0
    assert root.children, "above every leaf stands a tile to be seen from afar"
    assert len({node.key for node in nodes}) == len(nodes)
    assert nodes[-1] is root
    for node in nodes:
        for child in node.children:
            assert child.key.startswith(node.key)
            assert child.height < node.height
        assert node is root or len(node.children) != 1


def test_digits_tell_the_quadrant():
    centre = np.array([[0, 0], [9, 0], [0, 9], [9, 9.0]])
    root = quadtree(centre, np.ones(4), 1)
    assert {node.key: node.members.tolist() for node in root.children} == {"r0": [0], "r1": [1], "r2": [2], "r3": [3]}


def test_coincident_features_end_in_one_leaf():
    root = quadtree(np.zeros((50, 2)), np.ones(50), 10)
    assert [len(node.members) for node in root.walk()] == [50, 50]


def test_a_city_in_two_far_corners_has_no_chain_of_single_children():
    centre = np.concatenate([np.random.default_rng(0).random((40, 2)), 1e5 + np.random.default_rng(1).random((40, 2))])
    root = quadtree(centre, np.ones(80), 10)
    assert root.height < 6


@given(st.lists(st.tuples(st.floats(0.1, 100), st.floats(0.01, 2)), max_size=60), st.floats(0.5, 20))
def test_the_most_important_are_kept_within_the_budget(items, budget):
    importance = np.array([item[0] for item in items])
    cost = np.array([item[1] for item in items])
    kept = largest_within(importance, cost, budget)
    assert cost[kept].sum() <= budget + 1e-9
    left = np.setdiff1d(np.arange(len(items)), kept)
    if len(left) and len(kept):
        assert importance[kept].min() >= importance[left].max()
