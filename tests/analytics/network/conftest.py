"""What several tests of the networks share."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import shapely

from cim.sheets import Sheet, Text
from cim.sheets.fonts import text_width


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


def overlapping_texts(sheet: Sheet) -> list[tuple[str, str]]:
    """Pairs of texts of a sheet that lie on each other."""
    boxes = []
    for mark in sheet.marks:
        if isinstance(mark, Text) and mark.text:
            wide, high = text_width(mark.text, mark.size_mm), mark.size_mm * 0.9
            begin = {"start": 0.0, "middle": -wide / 2, "end": -wide}[mark.anchor]
            if mark.angle == 90:
                boxes.append(
                    (
                        mark.text,
                        shapely.box(mark.x - high / 2, mark.y + begin, mark.x + high / 2, mark.y + begin + wide),
                    )
                )
            else:
                boxes.append(
                    (
                        mark.text,
                        shapely.box(mark.x + begin, mark.y - high / 2, mark.x + begin + wide, mark.y + high / 2),
                    )
                )
    return [
        (one, other)
        for place, (one, box) in enumerate(boxes)
        for other, beside in boxes[place + 1 :]
        if box.intersection(beside).area > 0.01
    ]


@pytest.fixture(scope="session")
def overlapping() -> Callable[[Sheet], list[tuple[str, str]]]:
    """`overlapping_texts`."""
    return overlapping_texts
