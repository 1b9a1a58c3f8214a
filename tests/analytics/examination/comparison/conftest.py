"""The tiny town through six years: each year one thing changes, in the city or in how it is measured."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from shapely import MultiPolygon, box

from cim.analytics.examination.comparison import Comparison, compare
from cim.analytics.examination.examine import Examination, examine
from cim.analytics.examination.keeping import examine_city
from cim.analytics.examination.register_file import load_register
from cim.city import CityProfile, create_city
from cim.store import Store
from cim.viewer import LOCAL

CITY, WEST, EAST = 1, 3, 4
KEPT = {"C11", "B26", "D37", "H07"}
GRID = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
WIDER = {"code": "C11", "parameters": {"radius_m": 700}}
LOWER = {"code": "B26", "standard": {"op": ">=", "value": 30, "source": "a test", "confidence": "high"}}


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


@dataclass(frozen=True)
class History:
    """A city, and what was found of it year by year."""

    store: Store
    """The city."""
    runs: dict[int, int]
    """Run of each year."""
    in_memory: dict[int, Examination]
    """Examinations that were not kept: before and after the built-up area changed."""

    def compared(self, then: int, now: int) -> Comparison:
        """Compare two of its years."""
        return compare(self.store, LOCAL, then=then, now=now)


def row(found: Comparison, code: str, unit: int) -> dict[str, Any]:
    """Return one row of a comparison."""
    rows = found.table[(found.table["code"] == code) & (found.table["unit_id"] == unit)]
    (one,) = rows.to_dict("records")
    return one


def drawn_units(draw: Any) -> pd.DataFrame:
    """Return both communities with the border between them 600 m further east: compound C goes over to the west."""
    units = draw.units()
    units.loc[WEST, "geom"] = MultiPolygon([box(0, 0, 1600, 1000)])
    units.loc[EAST, "geom"] = MultiPolygon([box(1600, 0, 2000, 1000)])
    return units.loc[[WEST, EAST]]


@pytest.fixture(scope="module")
def history(cluster, draw, publish, system_of, tmp_path_factory) -> Iterator[History]:
    """1990: nothing is declared. 2026, 2027: the same. 2028: a street more, and half the built-up area. 2029: another
    border. 2030: another radius. 2031: another standard, and the measure of 2030 is not known any more."""
    profile = CityProfile(
        "test_years", "测试城（合成数据）", "Test city (synthetic)", GRID, "1985", -36.0, synthetic=True
    )
    create_city(cluster, profile)
    folder = tmp_path_factory.mktemp("system")
    with Store.open(cluster, profile.slug) as store:
        runs, in_memory = {}, {}

        def year(number: int, *changed: Any) -> None:
            runs[number] = examine_city(store, LOCAL, number, system=str(system_of(folder, changed)))[0]

        for theme, drawn in draw.town().items():
            draw.publish(store, publish, theme, drawn)
        for number in (1990, 2026, 2027):
            year(number)
        in_memory[2027] = examine(store, year=2027, system=str(system_of(folder, ())), viewer=LOCAL)
        street = draw.streets(("local", [(1500, 0), (1500, 800)])).rename(index={500: 590})
        draw.publish(store, publish, "road_edge", street)
        smaller = draw.built_up(MultiPolygon([box(0, 400, 2000, 800)]), age_years=-2).rename(index={600: 690})
        draw.publish(store, publish, "builtup_area", smaller)
        year(2028)
        in_memory[2028] = examine(store, year=2028, system=str(system_of(folder, ())), viewer=LOCAL)
        draw.publish(store, publish, "admin_unit", drawn_units(draw))
        year(2029)
        year(2030, WIDER)
        year(2031, WIDER, LOWER)
        yield History(store, runs, in_memory)
    cluster.drop_database(profile.database)


@pytest.fixture(scope="session")
def row_of() -> Callable[[Comparison, str, int], dict[str, Any]]:
    """`row`."""
    return row
