"""Weirs, orifices and pumps of drains: SWMM solves them by the textbook's formulas; what it cannot solve is told."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from cim.analytics.network.hydraulics.assumptions import load_assumptions
from cim.analytics.network.hydraulics.drain_devices import solved_as, standing_still
from cim.analytics.network.hydraulics.drain_model import DrainModel
from cim.analytics.network.hydraulics.swmm_file import swmm_lines
from cim.analytics.network.hydraulics.swmm_run import run_lines

ASSUMED = load_assumptions().drainage


def depth_at(flow_m3s: float, **link: object) -> float:
    """Return the depth at which a device lets a steady flow out of a manhole, metres: its sill is 0.5 m up."""
    nodes = pd.DataFrame(
        {"kind": ["junction", "outfall"], "invert_m": [100.0, 99.0], "ground_m": [104.0, 101.0],
         "crown_m": [102.0, 100.0], "links": [1, 1]},
        index=[1, 2],
    )  # fmt: skip
    row = {"start": 1, "end": 2, "start_m": 100.5, "end_m": 99.0, "length_m": 5.0, "n": 0.01, "open": False}
    links = pd.DataFrame([row | {"gated": False, "surcharging": True, "width_m": 0.0} | link], index=[11])
    model = DrainModel(nodes, links, {}, {})
    lines = swmm_lines(model, pd.DataFrame(), {1: flow_m3s}, None, None, ASSUMED)
    return float(run_lines(lines, ASSUMED.continuity_percent).nodes["depth"]["1"])


def test_a_weir_holds_back_what_its_formula_says() -> None:
    """Q = C·L·h^1.5: a metre's third of weir, coefficient 1.84, passes 100 L/s at 0.30 m above its crest."""
    weir = {"kind": "weir", "type": "TRANSVERSE", "coefficient": 1.84, "height_m": 1.5, "width_m": 0.33}
    over = (0.1 / (1.84 * 0.33)) ** (2 / 3)
    assert depth_at(0.1, **weir) == pytest.approx(0.5 + over, abs=0.005)
    assert over == pytest.approx(0.30, abs=0.005)


def test_an_orifice_holds_back_what_its_formula_says() -> None:
    """Q = c·A·√(2·g·h): DN200, coefficient 0.65, passes 50 L/s with 0.31 m above its middle."""
    orifice = {"kind": "orifice", "type": "SIDE", "coefficient": 0.65, "height_m": 0.2}
    above = (0.05 / (0.65 * math.pi * 0.01)) ** 2 / (2 * 9.81)
    assert depth_at(0.05, **orifice) == pytest.approx(0.5 + 0.1 + above, abs=0.02)  # the highest: it overshoots
    assert above == pytest.approx(0.31, abs=0.005)


def test_what_tells_its_opening_and_coefficient_is_solved_as_what_it_is() -> None:
    rows = pd.DataFrame(
        [
            ("pump", None, np.nan), ("weir", "TRANSVERSE", 1.8), ("weir", "V-NOTCH", 1.8),
            ("weir", "transverse", np.nan), ("weir", "SIDEFLOW", 1.8), ("orifice", "SIDE", 0.6),
            ("orifice", "BOTTOM", 0.6), ("outlet", None, np.nan), ("pipe", None, np.nan),
        ],
        columns=["kind", "device_type", "coefficient"],
    )  # fmt: skip
    height = np.array([np.nan, 1, 1, 1, np.nan, 0.2, np.nan, np.nan, 0.4])
    width = np.array([0.0, 2, 2, 2, 2, 0, 0, 0, 0])
    assert solved_as(rows, height, width).tolist() == [
        "pump", "weir", "conduit", "conduit", "conduit", "orifice", "conduit", "conduit", "conduit",
    ]  # fmt: skip


def test_a_pump_beside_another_way_out_stands_still() -> None:
    """From 1 a pump and a pipe lead, from 2 two pumps, of which one is enough; from 3 and 4 a pump alone is used."""
    start = np.array([1, 1, 2, 2, 3, 4, 4])
    pump = np.array([True, False, True, True, True, True, False])
    usable = np.array([True, True, True, True, True, True, False])
    assert standing_still(pump, usable, start).tolist() == [True, False, False, True, False, False, False]
