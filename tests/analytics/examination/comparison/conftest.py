"""A system of a few indicators: all of them take a second each time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cim.analytics.examination.register_file import load_register

KEPT = {"C11", "B26", "D37", "H07"}


@pytest.fixture(scope="session")
def system_of() -> Callable[[Path, Sequence[Any]], Path]:
    """Write a system with a few of the national indicators, and changes over them, into a folder."""
    every = set(load_register("national-2024").indicators)

    def write(folder: Path, changed: Sequence[Any]) -> Path:
        path = folder / "few.yaml"
        text = {"system": "few", "title": {"zh": "少数", "en": "Few"}, "year": 2026, "base": "national-2024"}
        content = text | {"leave_out": sorted(every - KEPT), "indicators": list(changed)}
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return write
