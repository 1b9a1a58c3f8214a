"""The town that the benchmark draws is one that an examination reads: its figures can be measured anew."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np

from cim.analytics.examination.examine import examination
from cim.analytics.examination.measure import find_measures
from cim.analytics.examination.register_file import load_register

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "examination.py"


def test_the_drawn_town_is_examined():
    frames = runpy.run_path(str(BENCHMARK))["town"](300, np.random.default_rng(7))
    table = examination(load_register("national-2024"), 2026, frames, find_measures()).table
    told = table[(table["level"] == "city") & table["value"].notna()]
    assert told["code"].nunique() >= 40
