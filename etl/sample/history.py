"""What has happened to pipes: breaks that follow age and material, defects that cameras saw in sewers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd

from cim.etl.sample.buildings import EXAMINED
from cim.etl.sample.network import Network
from cim.etl.sample.randomness import Floats, Ints
from cim.etl.sample.shapes import Shapes, points, where_so
from cim.etl.sample.streets import Names

YEARS = 10
"""Years of break history before the examination."""
RATES = {"ZT": 0.42, "G": 0.24, "TC": 0.20, "T": 0.20, "QM": 0.05, "PE": 0.06}
"""Breaks of new pipes a kilometre and year, by material."""

_CAUSES = {"ZT": "corrosion", "G": "corrosion", "TC": "joint", "T": "joint", "QM": "ground", "PE": "third_party"}
_DEFECTS = ("PL", "BX", "FS", "CK", "QF", "TJ", "TL", "AJ", "CR", "SL", "CJ", "JG", "ZW", "SG")


def segment_key(network: Network, lines: pd.DataFrame) -> Names:
    """Return the key of lines: both survey numbers, as the table has them."""
    ids = network.points["id"].to_numpy(str)
    return np.char.add(np.char.add(ids[lines["start"]], "-"), ids[lines["end"]])


def _lengths(network: Network) -> Floats:
    xy, lines = network.points[["x", "y"]].to_numpy(), network.lines
    length: Floats = np.hypot(*(xy[lines["end"]] - xy[lines["start"]]).T)
    return length


def breaks(rng: np.random.Generator, networks: Mapping[str, Network]) -> pd.DataFrame:
    """Return the breaks of water, gas and heating pipes over the last years."""
    parts = [_breaks_of(rng, networks[name], share) for name, share in (("water", 1.0), ("gas", 0.25), ("heat", 0.4))]
    frame = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return frame.sort_values(["broke_on", "segment_key"], ignore_index=True)


def _breaks_of(rng: np.random.Generator, network: Network, share: float) -> pd.DataFrame:
    lines = network.lines
    age = np.maximum(EXAMINED - lines["year"].to_numpy(), 1)
    rate = share * lines["material"].map(RATES).fillna(0.1).to_numpy() * (0.3 + (age / 45.0) ** 2)
    count = rng.poisson(rate * _lengths(network) / 1000.0 * YEARS)
    which = np.repeat(np.arange(len(lines)), count)
    days = rng.integers(0, np.minimum(age, YEARS)[which] * 365)
    end = dt.date(EXAMINED, 6, 30)
    broke = [end - dt.timedelta(days=int(day)) for day in days]
    chosen = lines.iloc[which]
    cause = np.where(rng.uniform(size=len(which)) < 0.7, chosen["material"].map(_CAUSES).fillna("unknown"),
                     rng.choice(["third_party", "ground", "pressure", "unknown"], len(which)))  # fmt: skip
    return pd.DataFrame(
        {
            "segment_key": segment_key(network, chosen),
            "broke_on": broke,
            "cause": cause,
            "repaired_on": [
                day + dt.timedelta(days=int(n)) for day, n in zip(broke, rng.integers(0, 5, len(broke)), strict=True)
            ],
            "geom": _places(rng, network, which),
        }
    )


def _places(rng: np.random.Generator, network: Network, which: Ints) -> Shapes:
    xy, lines = network.points[["x", "y"]].to_numpy(), network.lines
    start, end = xy[lines["start"].to_numpy()[which]], xy[lines["end"].to_numpy()[which]]
    return points((start + rng.uniform(0.1, 0.9, len(which))[:, None] * (end - start)).round(2))


def inspections(rng: np.random.Generator, networks: Mapping[str, Network]) -> pd.DataFrame:
    """Return what cameras saw: a row for each defect, and one without a code for a sound sewer."""
    return pd.concat([_inspect(rng, networks[name]) for name in ("sewage", "storm")], ignore_index=True)


def _inspect(rng: np.random.Generator, network: Network) -> pd.DataFrame:
    lines, length = network.lines, _lengths(network)
    seen = np.flatnonzero(rng.uniform(size=len(lines)) < 0.22)
    age = np.maximum(EXAMINED - lines["year"].to_numpy()[seen], 1)
    count = rng.poisson(0.02 * age * length[seen] / 30.0)
    which = np.repeat(seen, np.maximum(count, 1))
    defect = np.repeat(count, np.maximum(count, 1)) > 0
    grade = 1 + rng.binomial(3, np.clip(np.repeat(age, np.maximum(count, 1)) / 90.0, 0.05, 0.8))
    clock = rng.integers(1, 13, len(which))
    days = rng.integers(0, 4 * 365, len(lines))[which]
    frame = pd.DataFrame(
        {
            "segment_key": segment_key(network, lines.iloc[which]),
            "inspected_on": [dt.date(EXAMINED, 6, 30) - dt.timedelta(days=int(day)) for day in days],
            "method": rng.choice(["cctv", "quick_view"], len(which), p=[0.8, 0.2]),
            "defect_code": where_so(defect, rng.choice(_DEFECTS, len(which))),
            "grade": pd.array(np.where(defect, grade, 0), dtype="Int64"),
            "chainage_m": (rng.uniform(0.05, 0.95, len(which)) * length[which]).round(1),
            "clock_from": pd.array(clock, dtype="Int64"),
            "clock_to": pd.array((clock + rng.integers(0, 4, len(which)) - 1) % 12 + 1, dtype="Int64"),
        }
    )
    for column in ("grade", "chainage_m", "clock_from", "clock_to"):
        frame[column] = frame[column].mask(~defect)
    return frame


def pumps(networks: Mapping[str, Network]) -> pd.DataFrame:
    """Return the pumps in the works of the water and energy companies, of which a street survey sees nothing."""
    return pd.concat([_pumps_of(networks[name], size) for name, size in (("water", 3), ("heat", 2))], ignore_index=True)


def _pumps_of(network: Network, sets: int) -> pd.DataFrame:
    table = network.points
    here = np.flatnonzero(table["own"].to_numpy() & table["fixture"].isin(["水厂", "能源站"]).to_numpy())
    chosen = table.iloc[np.repeat(here, sets)]
    lines = network.lines.iloc[_beside(network, np.repeat(here, sets))]
    order = np.tile(np.arange(sets), len(here))
    return pd.DataFrame(
        {
            "source_key": [f"SB-{key}-{n + 1}" for key, n in zip(chosen["id"], order, strict=True)],
            "network": network.name,
            "kind": "pump",
            "node_key": chosen["id"].to_numpy(),
            "segment_key": segment_key(network, lines),
            "number": [f"P{n + 1}" for n in order],
            "diameter_mm": lines["diameter"].to_numpy(float),
            # One stands by.
            "state": np.where(order == sets - 1, "off", "on"),
            "operable": True,
            "last_operated_on": dt.date(EXAMINED, 6, 1),
            "geom": points(chosen[["x", "y", "ground"]].to_numpy()),
        }
    )


def _beside(network: Network, places: Ints) -> Ints:
    """Return one line at each of the places."""
    line = np.full(len(network.points), -1)
    order = np.arange(len(network.lines))
    line[network.lines["end"].to_numpy()] = order
    line[network.lines["start"].to_numpy()] = order
    beside: Ints = line[places]
    return beside
