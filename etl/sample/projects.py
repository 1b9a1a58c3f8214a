"""Construction projects: sites under construction, planned renewal, and what was finished lately."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from cim.etl.sample import names
from cim.etl.sample.blocks import outlines
from cim.etl.sample.buildings import EXAMINED, Buildings
from cim.etl.sample.landuse import District
from cim.etl.sample.randomness import Ints, stream


def projects(district: District, years: Ints, buildings: Buildings) -> pd.DataFrame:
    """Return the construction projects of a district, one a block."""
    number, seed = district.streets.district.number, district.relief.plan.seed
    rng = stream(seed, "projects", number)
    land = outlines(district.relief, district.streets, district.blocks, to_middle=False)
    area = buildings.frame.groupby("block")["floor_area"].sum()
    rows = []
    for index in _chosen(rng, district, years):
        kind, stage = _kind(rng, str(district.use[index]))
        started, completed = _dates(rng, stage, int(years[index]))
        floor = float(area.get(index, 0.0)) or float(district.blocks.area[index]) * 2.4
        rows.append(
            {"source_key": f"XM{number:03d}{index:04d}", "project_no": f"SYN-{number:03d}-{index:04d}",
             "name": names.place(seed, _ENDINGS[kind], number, int(index)), "kind": kind, "stage": stage,
             "started_on": started, "completed_on": completed, "floor_area_m2": round(floor, 1),
             "prefabricated": bool(rng.uniform() < 0.42), "green_stars": int(rng.choice(4, p=[0.55, 0.2, 0.17, 0.08])),
             "smart_construction": bool(rng.uniform() < 0.18), "ai_scenes": int(rng.choice(3, p=[0.75, 0.18, 0.07])),
             "geom": land[index]}
        )  # fmt: skip
    return _with_more(stream(seed, "projects", number, "more"), pd.DataFrame(rows))


def _with_more(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """Add what an examination asks besides: green of the basic grade, monitored works, urban villages."""
    if frame.empty:
        return frame
    new, works = frame["kind"] == "new", frame["stage"] == "under_construction"
    chance = rng.uniform(size=(len(frame), 3))
    said: pd.Series[bool] = pd.Series(chance[:, 0] < 0.9, index=frame.index)
    frame["green_building"] = (said | (frame["green_stars"] > 0)).astype(object).where(new, None)
    frame["monitored"] = pd.Series(chance[:, 1] < 0.8, index=frame.index).astype(object).where(works, None)
    village = (frame["kind"] == "renewal") & (chance[:, 2] < 0.4)
    frame["programme"] = pd.Series("urban_village", index=frame.index, dtype=object).where(village, None)
    return frame


_ENDINGS = {"new": "建设项目", "renewal": "老旧小区改造", "renovation": "加固改造", "infrastructure": "管网更新"}


def _chosen(rng: np.random.Generator, district: District, years: Ints) -> list[int]:
    """Return blocks with a project: all sites, all recent homes, some old ones."""
    chance = rng.uniform(size=len(years))
    recent = np.isin(district.use, ["tower", "commercial", "office"]) & (years >= 2019)
    renewal = np.isin(district.use, ["old", "slab"]) & (chance < 0.09)
    return [int(index) for index in np.flatnonzero((district.use == "site") | recent | renewal)]


def _kind(rng: np.random.Generator, use: str) -> tuple[str, str]:
    if use == "site":
        return "new", "under_construction"
    if use in ("old", "slab"):
        stage = str(rng.choice(["planned", "approved", "under_construction", "completed"]))
        return str(rng.choice(["renewal", "renovation", "infrastructure"])), stage
    return "new", "completed"


def _dates(rng: np.random.Generator, stage: str, year: int) -> tuple[dt.date | None, dt.date | None]:
    """Return start and completion, as far as the stage has them."""
    end = year if stage == "completed" and year >= 2015 else EXAMINED
    start = dt.date(end - 2, int(rng.integers(1, 13)), int(rng.integers(1, 28)))
    if stage in ("planned", "approved"):
        return None, None
    if stage == "under_construction":
        return start, None
    return start, dt.date(end, int(rng.integers(1, 10)), int(rng.integers(1, 28)))
