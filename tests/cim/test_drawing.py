"""Colours of pipe networks."""

from itertools import combinations

from cim.codes import NETWORKS
from cim.drawing import pipe_colours


def test_every_network_has_a_colour_and_no_two_are_alike():
    colours = pipe_colours()
    assert set(colours) == set(NETWORKS)
    for first, second in combinations(colours.values(), 2):
        distance = sum((a - b) ** 2 for a, b in zip(first.rgb, second.rgb, strict=True)) ** 0.5
        assert distance > 60, f"{first.network} and {second.network} look alike"


def test_class_colours_are_those_of_the_standard():
    # CJJ 61-2017, as restated with confidence "read": water cyan, drainage brown, gas magenta, heat orange …
    read = {"water": "#00ffff", "sewage": "#4c3926", "gas": "#ff00ff", "heat": "#ff8000", "power": "#ff0000"}
    assert {network: pipe_colours()[network].hex for network in read} == read


def test_tints_of_our_own_say_so():
    assert {n for n, colour in pipe_colours().items() if "own tint" in colour.basis} == {"storm", "combined"}
