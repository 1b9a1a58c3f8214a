"""What several tests of the networks share."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def plain() -> ModuleType:
    """The benchmark of clearance, which holds the plain loop over shapely geometries."""
    path = Path(__file__).parents[3] / "benchmarks" / "clearance_vs_shapely.py"
    spec = importlib.util.spec_from_file_location("clearance_vs_shapely", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
