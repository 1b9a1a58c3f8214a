"""The city cut by district, so that several processes, or a cluster, examine it together.

How it is cut, and why so:

- **What is counted is shared out, not the ground.** Each building, parcel, street or pipe belongs to one district, the
  nearest to its middle, and is counted there for every unit that it lies in: its community as well as the city. A unit
  that reaches over districts has the sum of their numerators and denominators, never the mean of their values. Ground
  cut along borders would have counted twice what lies on them, and lost what lies in no district.
- **What is around goes with it.** Services do not end at the border: a district is given the facilities, parks and
  streets beyond it as far as a home in it can reach, and as far again as a place may lie from a street. Residents are
  spread over homes before the cut, since a population cell may lie across it.
- **Only where each thing counts for itself.** A measure says so by `Measure.counts`. Those of buildings, parcels,
  streets and pipes do, and they are what a large city costs. Children of the nearest school, roads of one name, areas
  that are mostly old, and what is divided by the built-up area need the city whole; so do the few hundred compounds and
  projects, which cost nothing. These are measured in the process that asks, while the districts are with others.
- **What districts answer differently is asked of the whole.** Where one has nothing of what is needed and another has,
  the indicator is measured as one process would; so the answer never depends on the cut.

Cutting by families of indicators instead was weighed: results would be equal as well, but every process would need the
whole city, which is what does not fit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.inputs import Inputs, themes_of
from cim.analytics.examination.measure import Reading
from cim.analytics.examination.packing import PackedFrame, PackedReading, packed, packed_reading
from cim.analytics.examination.population import Spread
from cim.analytics.examination.questions import Question
from cim.analytics.examination.walking import SNAP_MAX_M
from cim.codes import LEVELS

Numbers = npt.NDArray[np.intp]

FEWEST = 4
"""Districts are the largest units of which there are as many, so that two processes end at about the same time."""
_ROUGH_M = 100.0  # to whom a thing belongs need only be the same each time: borders may be simplified

_TOLD_OF: Mapping[str, Mapping[str, str]] = {
    "building": {"survey_finding": "building_id", "gas_service": "feature_id", "fire_sensor": "feature_id"},
    "road_edge": {"survey_finding": "edge_id"},
}
"""Frames whose rows tell of a thing that is counted, and the column of its id: they go where it goes."""


@dataclass(frozen=True)
class District:
    """The things of one district, what lies around them, and what is asked about them."""

    questions: tuple[Question, ...]
    """What is asked."""
    units: PackedFrame
    """Units that the things may lie in."""
    frames: Mapping[str, PackedFrame]
    """By theme: the things themselves, what tells of them, and what is within reach."""
    residents: pd.Series[float] | None
    """Residents of its buildings; None: no population is known."""
    source: str
    """Where they are known from."""

    def answers(self) -> dict[str, PackedReading | str]:
        """Measure, in whatever process."""
        units, frames = self.units.frame, {theme: frame.frame for theme, frame in self.frames.items()}
        living = None if self.residents is None else Spread(self.residents, GeoDataFrame(geometry=[]), self.source)
        inputs = Inputs(frames, {"residents": living})
        told = {asked.code: asked.answer(units, inputs) for asked in self.questions}
        return {code: packed_reading(say) if isinstance(say, Reading) else say for code, say in told.items()}


def answers(district: District) -> dict[str, PackedReading | str]:
    """Return a district's answers: the work that is sent to other processes by name."""
    return district.answers()


def districts(units: GeoDataFrame, inputs: Inputs, questions: Sequence[Question]) -> Iterator[District]:
    """Yield a city's districts with what is asked of their things, theme by theme.

    Parameters
    ----------
    units
        Units examined, of every level.
    inputs
        The city whole.
    questions
        What is asked, of measures that count things apart.
    """
    borders = _borders(units)
    for counts, asked in groupby(sorted(questions, key=_counts), key=_counts):
        yield from _cut(units, inputs, tuple(asked), counts, borders)


def _counts(asked: Question) -> tuple[str, ...]:
    return asked.measure.counts


def _borders(units: GeoDataFrame) -> npt.NDArray[np.object_]:
    """Return the borders of the districts, roughly."""
    sizes = units["level"].value_counts()
    several = [level for level in LEVELS if sizes.get(level, 0) >= FEWEST] or [sizes.idxmax()]
    chosen = units[units["level"] == several[0]]
    return np.asarray(shapely.simplify(chosen.geometry.to_numpy(), _ROUGH_M), dtype=object)


def _cut(
    units: GeoDataFrame,
    inputs: Inputs,
    asked: tuple[Question, ...],
    counts: tuple[str, ...],
    borders: npt.NDArray[np.object_],
) -> Iterator[District]:
    """Yield the districts with the things of some themes."""
    names = {name for one in asked for name in one.reads}
    # Whoever lives where is placed before the cut: what that is read from need not travel.
    themes = themes_of(names - {"residents"}) - ({"population", "admin_unit"} - names)
    placed = inputs["residents"] if "walkers" in names else None
    owners = _owners(inputs, counts, borders, themes)
    reach = max(one.measure.reach(one.parameters) for one in asked) + SNAP_MAX_M
    for number in range(len(borders)):
        own = {theme: inputs[theme][owner == number] for theme, owner in owners.items()}
        things = [own[theme].geometry.to_numpy() for theme in counts]
        if not any(len(shapes) for shapes in things):
            continue
        near = shapely.total_bounds(np.concatenate(things)) + reach * np.array([-1, -1, 1, 1])
        frames = own | {theme: _within(inputs[theme], near) for theme in themes - set(own)}
        residents = None if placed is None else placed.homes[placed.homes.index.isin(own["building"].index)]
        parts = {theme: packed(frame) for theme, frame in frames.items()}
        yield District(asked, packed(_within(units, near)), parts, residents, "" if placed is None else placed.source)


def _owners(
    inputs: Inputs, counts: Sequence[str], borders: npt.NDArray[np.object_], themes: Collection[str]
) -> dict[str, Numbers]:
    """Return by theme the district of each thing that is counted, and of each row that tells of one; -1: of none."""
    owners = {theme: _nearest(inputs[theme], borders) for theme in counts}
    for counted in counts:
        owner = pd.Series(owners[counted], inputs[counted].index)
        for theme, column in _TOLD_OF.get(counted, {}).items():
            if theme in themes:
                rows = inputs[theme]
                told_of = rows.index if column == rows.index.name else rows[column]
                owners[theme] = owner.reindex(told_of, fill_value=-1).to_numpy()
    return owners


def _nearest(things: GeoDataFrame, borders: npt.NDArray[np.object_]) -> Numbers:
    """Return the number of the district that the middle of each thing is nearest to."""
    low, high = np.split(shapely.bounds(things.geometry.to_numpy()), 2, axis=1)
    # What has no place is counted nowhere: any district will do.
    middle = shapely.points(np.nan_to_num((low + high) / 2))
    return np.asarray(shapely.STRtree(borders).nearest(middle), dtype=np.intp)


def _within(frame: GeoDataFrame, extent: npt.NDArray[np.float64]) -> GeoDataFrame:
    """Return what may meet an extent, and what has no place."""
    low, high = np.split(shapely.bounds(frame.geometry.to_numpy()), 2, axis=1)
    apart = (low > extent[2:]) | (high < extent[:2])
    return frame[~apart.any(axis=1)]
