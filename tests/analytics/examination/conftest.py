"""A tiny town of two communities, drawn so that every value can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame
from shapely import LineString, MultiPolygon, Point, box

from cim.analytics.examination.inputs import Inputs
from cim.analytics.examination.measure import Reading, find_measures
from cim.analytics.examination.register_file import load_register
from cim.store import Store
from cim.tables import THEMES

CITY, SUBDISTRICT, WEST, EAST = 1, 2, 3, 4
COMPOUND_A, COMPOUND_B, COMPOUND_C = 11, 12, 13


def frame(rows: dict[int, dict[str, object]], columns: dict[str, str]) -> GeoDataFrame:
    """Return a frame with the given columns and dtypes; what a row does not say is unknown."""
    table = pd.DataFrame.from_dict(rows, orient="index", columns=[*columns, "geom"])
    table.index.name = "feature_id"
    return geopandas.GeoDataFrame(table.astype(columns), geometry="geom")


NUMBER, TRUTH, TEXT = "float64", "boolean", "str"
UNITS = {
    "level": TEXT, "name": TEXT, "name_en": TEXT, "kind": TEXT, "residents": NUMBER, "households": NUMBER,
    "parking_spaces": NUMBER, "charging_piles": NUMBER, "built_year": NUMBER, "property_managed": TRUTH,
    "waste_sorting": TRUTH, "ebike_charging": TRUTH,
}  # fmt: skip
FACILITIES = {
    "kind": TEXT, "public": TRUTH, "capacity": NUMBER, "area_m2": NUMBER, "listed_year": NUMBER, "filed": TRUTH,
    "vacant": TRUTH, "dual_use": TRUTH,
}  # fmt: skip
BUILDINGS = {
    "usage": TEXT, "structure": TEXT, "storeys_above": NUMBER, "elevators": NUMBER, "built_year": NUMBER,
    "renovated_year": NUMBER, "height_m": NUMBER, "households": NUMBER, "floor_area_m2": NUMBER,
    "footprint_m2": NUMBER, "residents": NUMBER,
}  # fmt: skip
STREETS = {
    "road_class": TEXT, "name": TEXT, "start_node_id": NUMBER, "end_node_id": NUMBER, "drivable": TRUTH,
    "walkable": TRUTH, "sidewalk": TRUTH, "length_m": NUMBER,
}  # fmt: skip
PROJECTS = {
    "kind": TEXT, "stage": TEXT, "started_year": NUMBER, "floor_area_m2": NUMBER, "prefabricated": TRUTH,
    "green_stars": NUMBER, "smart_construction": TRUTH, "ai_scenes": NUMBER, "green_building": TRUTH,
    "monitored": TRUTH, "programme": TEXT,
}  # fmt: skip
FINDINGS = {
    "item": TEXT, "fault": TRUTH, "severity": NUMBER, "quantity": NUMBER, "building_id": NUMBER, "unit_id": NUMBER,
    "edge_id": NUMBER, "photo": TEXT, "photo_file": TEXT, "day": NUMBER,
}  # fmt: skip
FIGURES = {
    "figure": TEXT, "value": NUMBER, "low": NUMBER, "high": NUMBER, "sample_size": NUMBER, "unit_id": NUMBER,
    "age_years": NUMBER,
}  # fmt: skip
PIPES = {"network": TEXT, "installed_year": NUMBER, "monitored": TRUTH}
OTHERS = {
    "construction_project": PROJECTS, "survey_finding": FINDINGS, "statistic": FIGURES, "pipe_segment": PIPES,
    "gas_service": {"oldest_year": NUMBER}, "fire_sensor": {"kind": TEXT}, "fuel_neighbour": {"usage": TEXT},
    "building_model": {"modelled": TRUTH},
    "problem": {"state": TEXT, "deadline": TEXT, "candidate": TRUTH, "age_years": NUMBER},
}  # fmt: skip
"""Frames of which the town has nothing unless a test draws it, and their columns."""


def rows_of(theme: str, first: int, *rows: dict[str, object]) -> GeoDataFrame:
    """Return a frame of one of OTHERS; ids count from `first`, or are given by a row's `id`."""
    numbered = {row.get("id", first + n): {k: v for k, v in row.items() if k != "id"} for n, row in enumerate(rows)}
    return frame(numbered, OTHERS[theme])


def units(*, compounds: bool = True) -> GeoDataFrame:
    """City and sub-district of 2 × 1 km, two communities of 1 km², three compounds of 100 m."""
    whole, half = MultiPolygon([box(0, 0, 2000, 1000)]), [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)]
    rows: dict[int, dict[str, object]] = {
        CITY: {"level": "city", "name": "城", "geom": whole},
        SUBDISTRICT: {"level": "subdistrict", "name": "街道", "geom": whole},
        WEST: {"level": "community", "name": "西", "geom": half[0]},
        EAST: {"level": "community", "name": "东", "geom": half[1]},
    }
    for number, (x, y) in {COMPOUND_A: (200, 200), COMPOUND_B: (800, 800), COMPOUND_C: (1500, 500)}.items():
        place = box(x - 50, y - 50, x + 50, y + 50)
        rows[number] = {"level": "compound", "name": f"小区{number}", "geom": place}
    chosen = {key: row for key, row in rows.items() if compounds or row["level"] != "compound"}
    return frame(chosen, UNITS)


def facilities(*rows: tuple[str, float, float, float | None]) -> GeoDataFrame:
    """Facilities: kind, x, y, area_m2."""
    return frame(
        {100 + n: {"kind": kind, "area_m2": area, "geom": Point(x, y)} for n, (kind, x, y, area) in enumerate(rows)},
        FACILITIES,
    )


def buildings(*rows: tuple[float, float, str | None, float | None, float | None, float | None]) -> GeoDataFrame:
    """Buildings: x, y, usage, storeys_above, elevators, floor_area_m2."""
    names = ("usage", "storeys_above", "elevators", "floor_area_m2")
    return frame(
        {
            200 + n: dict(zip(names, said, strict=True)) | {"footprint_m2": 64, "geom": Point(x, y)}
            for n, (x, y, *said) in enumerate(rows)
        },
        BUILDINGS,
    )


def parks(*rows: tuple[str, bool | None, float | None, float | None, object]) -> GeoDataFrame:
    """Green spaces: kind, public, area_m2, activity_ground_m2, shape."""
    names = ("kind", "public", "area_m2", "activity_ground_m2", "geom")
    columns = {"kind": "str", "public": "boolean", "area_m2": "float64", "activity_ground_m2": "float64"}
    return frame({300 + n: dict(zip(names, row, strict=True)) for n, row in enumerate(rows)}, columns)


def land(*rows: tuple[str, object]) -> GeoDataFrame:
    """Land use: code, shape."""
    return frame(
        {400 + n: {"use_code": code, "geom": shape} for n, (code, shape) in enumerate(rows)}, {"use_code": "str"}
    )


def streets(*rows: tuple[str, list[tuple[float, float]]]) -> GeoDataFrame:
    """Streets: class, points."""
    drawn = {
        500 + n: {"road_class": name, "drivable": True, "walkable": True, "geom": LineString(line)}
        for n, (name, line) in enumerate(rows)
    }
    return frame(drawn, STREETS)


def built_up(*shapes: object, age_years: float = 0) -> GeoDataFrame:
    """Built-up areas."""
    columns = {"age_years": "float64", "year": "float64", "area_km2": "float64"}
    said = {"age_years": age_years, "year": 2026 - age_years}
    return frame({600 + n: said | {"geom": shape} for n, shape in enumerate(shapes)}, columns)


def cells(*rows: tuple[float, object]) -> GeoDataFrame:
    """Population: residents, shape."""
    names = ["age_years", "residents", "households", "children", "preschoolers", "toddlers", "elderly"]
    return frame(
        {700 + n: {"residents": count, "age_years": 0, "geom": shape} for n, (count, shape) in enumerate(rows)},
        dict.fromkeys(names, "float64"),
    )


def town() -> dict[str, GeoDataFrame]:
    """All that the measures of the first system need; each value is worked out in `test_measures`."""
    return {
        "admin_unit": units(),
        "facility": facilities(
            ("elderly_care", 200, 500, 400),  # 300 m from A, 671 m from B
            ("elderly_care", 1500, 900, 349),  # 400 m from C, and too small
            ("childcare", 1000, 800, None),  # 200 m from B, of unknown size
            ("childcare", 1500, 600, 200),  # 100 m from C
            ("shelter", 500, 500, 3000),
        ),
        "building": buildings(
            (150, 150, "residential", 6, 0, 1000),  # to be retrofitted
            (250, 250, "residential", 6, 2, 3000),
            (850, 850, "residential", 3, None, 500),  # low: judged whatever its lifts
            (750, 750, "residential", 6, None, 500),  # unknown
            (500, 500, "office", 6, 0, 9000),
            (1450, 450, None, 6, 0, 100),  # may be residential: unknown
            (1550, 550, "residential", None, 0, 100),  # unknown
            (1500, 500, "residential", 4, 0, 900),  # to be retrofitted
        ),
        "green_space": parks(("park", True, None, 900, MultiPolygon([box(0, 900, 1000, 1000)]))),  # 100,000 m²
        "land_use": land(
            ("0701", MultiPolygon([box(100, 100, 300, 500)])),  # 80,000 m², of it y ≥ 400 within 500 m: 20,000
            ("R2", MultiPolygon([box(700, 700, 900, 900)])),  # 40,000 m², all within
            ("09", MultiPolygon([box(400, 700, 500, 800)])),
            ("0701", MultiPolygon([box(1400, 400, 1600, 600)])),  # 40,000 m², nothing within
        ),
        "road_edge": streets(
            ("arterial", [(0, 500), (2000, 500)]),  # 1 km in each
            ("local", [(1000, 0), (1000, 1000)]),  # on the border: half each
            ("local", [(500, 0), (500, 1000)]),  # 0.8 km of it built up
            ("footway", [(0, 100), (1000, 100)]),
        ),
        "builtup_area": built_up(MultiPolygon([box(0, 0, 2000, 800)])),  # 0.8 km² in each
        "population": cells((400, box(0, 0, 500, 500)), (600, box(500, 500, 1000, 1000)), (90, box(900, 0, 1100, 100))),
        **{theme: rows_of(theme, 0) for theme in OTHERS},
    }


@pytest.fixture
def tiny_city(database: Store, publish: Callable[..., None]) -> Store:
    """A city database with the town in it."""
    for theme, drawn in town().items():
        publish_drawn(database, publish, theme, drawn)
    return database


def publish_drawn(store: Store, publish: Callable[..., None], theme: str, drawn: GeoDataFrame) -> None:
    """Publish a drawn frame, with footprints for points that stand for buildings and heights for streets."""
    if drawn.empty:
        return
    table = pd.DataFrame(drawn)
    if theme == "building":
        table["geom"] = [MultiPolygon([point.buffer(4, cap_style="square")]) for point in table["geom"]]
    elif theme in ("facility", "road_edge"):
        table["geom"] = shapely.force_3d(table["geom"].to_numpy(), 200.0)
        if theme == "road_edge":
            table["level"] = 0
    elif theme in ("admin_unit", "population"):
        table["geom"] = [MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape for shape in table["geom"]]
    if "age_years" in table:
        table["year"] = 2026 - table.pop("age_years").astype(int)
    if "activity_ground_m2" in table:
        ground = table.pop("activity_ground_m2")
        table["attributes"] = [None if pd.isna(area) else {"activity_ground_m2": area} for area in ground]
    publish(store, theme, table.drop(columns=[name for name in table if name not in THEMES[theme].columns]))


CITY_SIZES = ("city", "subdistrict", "community")
EXAMINED = 2026


def measured(system: str, code: str, frames: dict[str, GeoDataFrame]) -> Reading:
    """Run the measure of an indicator with the parameters of its register on the four larger units of the town."""
    indicator = load_register(system).indicator(code)
    measure, inputs = find_measures()[indicator.measure], Inputs(frames)
    data = {name: inputs[name] for name in measure.needs + measure.uses}
    units = inputs["admin_unit"]
    year = {"year": EXAMINED} if measure.of_year else {}
    return measure.function(units[units["level"].isin(CITY_SIZES)], **data, **year, **indicator.parameters)


@pytest.fixture(scope="session")
def measure_of() -> Callable[..., Reading]:
    """`measured` of the system of 2024, or another: `(code, frames, system=…)`."""
    return lambda code, frames, system="national-2024": measured(system, code, frames)


@pytest.fixture(scope="session")
def expect() -> Callable[..., None]:
    """Compare a series with values of the city, west and east; the sub-district is the city."""

    def compare(found: pd.Series, city: float, west: float, east: float) -> None:
        assert found.index.tolist() == [CITY, SUBDISTRICT, WEST, EAST]
        np.testing.assert_allclose(found, [city, city, west, east], rtol=1e-9, atol=1e-9)

    return compare


@pytest.fixture
def tiny() -> dict[str, GeoDataFrame]:
    """`town`."""
    return town()


@pytest.fixture(scope="session")
def draw() -> SimpleNamespace:
    """Functions that draw frames."""
    return SimpleNamespace(
        units=units,
        facilities=facilities,
        buildings=buildings,
        parks=parks,
        land=land,
        streets=streets,
        built_up=built_up,
        cells=cells,
        rows=rows_of,
        town=town,
        publish=publish_drawn,
    )
