"""Features and appurtenances of survey points (特征, 附属物): valves, manholes, hydrants, stations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cim.etl.sample.course import GRAVITY
from cim.etl.sample.network import Network
from cim.etl.sample.randomness import Bools, Floats, Ints
from cim.etl.sample.streets import Names

VALVED = {"water": 0.82, "gas": 0.55, "heat": 0.9}
"""Networks with valves, and the share of branches at a junction that have one."""

_BEND_DEGREES = 18.0
_MANY = {3: "三通", 4: "四通", 5: "五通"}


def fit_out(rng: np.random.Generator, network: Network, left_rows: int) -> Network:
    """Return the network with features, appurtenances and wells at its points.

    Parameters
    ----------
    rng
        Random stream.
    network
        Network of one district.
    left_rows
        How many rows of a neighbour end at this district's left-hand boundary junctions; 0: no neighbour.
    """
    points = network.points.copy()
    degree = _degree(network)
    seen = degree + _neighbour_lines(network, left_rows)
    points["feature"] = _features(network, seen)
    chosen = _fixtures(rng, network, degree)
    points["fixture"] = np.where(points["fixture"] != "", points["fixture"], chosen)
    points["well_depth"] = _wells(network, points)
    return replace(network, points=points)


def _degree(network: Network) -> Ints:
    ends = np.concatenate([network.lines["start"], network.lines["end"]])
    return np.bincount(ends, minlength=len(network.points))


def _neighbour_lines(network: Network, left_rows: int) -> Ints:
    """Return how many lines a neighbour ties to each point: its row, at boundary junctions of looped networks."""
    number = network.points["id"].str[-5:].astype(int).to_numpy()
    shared = network.points["own"].to_numpy() & (number <= left_rows)
    return (shared & (network.name not in GRAVITY)).astype(np.int64)


def _features(network: Network, degree: Ints) -> Names:
    lines, count = network.lines, len(network.points)
    outgoing = np.bincount(lines["start"], minlength=count)
    names = np.full(count, "直线点", dtype="<U4")
    names[(degree == 2) & (_turn(network) > _BEND_DEGREES)] = "弯头"
    names[(degree == 2) & _changes_size(network)] = "变径"
    names[degree == 1] = np.where(outgoing[degree == 1] > 0, "起点", "终点")
    for number, name in _MANY.items():
        names[degree == number] = name
    names[degree > 5] = "多通"
    return names


def _turn(network: Network) -> Floats:
    """Return by how many degrees the way turns at points of two lines."""
    xy, lines = network.points[["x", "y"]].to_numpy(), network.lines
    away = np.concatenate([xy[lines["end"]] - xy[lines["start"]], xy[lines["start"]] - xy[lines["end"]]])
    away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
    total = np.zeros_like(xy)
    np.add.at(total, np.concatenate([lines["start"], lines["end"]]), away)
    # Two unit vectors that leave a point at a turn of t degrees add up to 2 sin(t / 2).
    half = np.arcsin(np.clip(np.linalg.norm(total, axis=1) / 2, 0, 1))
    return np.asarray(np.degrees(2 * half))


def _changes_size(network: Network) -> Bools:
    lines, count = network.lines, len(network.points)
    largest, least = np.zeros(count), np.full(count, np.inf)
    for end in ("start", "end"):
        np.maximum.at(largest, lines[end], lines["diameter"])
        np.minimum.at(least, lines[end], lines["diameter"])
    changes: Bools = largest > least
    return changes


def _fixtures(rng: np.random.Generator, network: Network, degree: Ints) -> Names:
    name, count = network.name, len(network.points)
    chance = rng.uniform(size=count)
    plain = (degree == 2) & ~network.points["junction"].to_numpy()
    if name in GRAVITY:
        well = "雨水井" if name == "storm" else "污水井"
        gully = (name == "storm") & plain & (chance < 0.28)
        return np.where(gully, "雨篦", well)
    if name in ("power", "telecom"):
        kinds = np.where(chance < 0.55, "人孔", "手孔")
        if name == "power":
            kinds = np.where(chance < 0.05, "变压器", kinds)
        return np.where(plain | (degree > 2), kinds, "")
    valves = _valves(rng, network, degree, plain)
    extra = np.full(count, "", dtype="<U4")
    if name == "water":
        extra = np.where(plain & (chance < 0.16), "消防栓", extra)
        extra = np.where(plain & _extreme(network, highest=True), "排气阀", extra)
        extra = np.where(plain & _extreme(network, highest=False), "排泥阀", extra)
    if name == "gas":
        extra = np.where(plain & (chance < 0.045), "调压箱", extra)
    if name == "heat":
        valves |= plain & (chance < 0.12)
    return np.where(valves, "阀门", extra)


def _valves(rng: np.random.Generator, network: Network, degree: Ints, plain: Bools) -> Bools:
    """Choose the points next to junctions that carry a valve: most branches but one."""
    start, end = network.lines["start"].to_numpy(), network.lines["end"].to_numpy()
    hub, beside = np.concatenate([start, end]), np.concatenate([end, start])
    branch = (degree[hub] > 2) & plain[beside]
    hub, beside = hub[branch], beside[branch]
    order = rng.permutation(len(hub))
    _, first = np.unique(hub[order], return_index=True)
    spared = np.zeros(len(hub), dtype=bool)
    spared[order[first]] = True
    chosen = ~spared & (rng.uniform(size=len(hub)) < VALVED[network.name])
    valves = np.zeros(len(degree), dtype=bool)
    valves[beside[chosen]] = True
    return valves


def _extreme(network: Network, *, highest: bool) -> Bools:
    """Tell which points lie above (or below) all their neighbours."""
    ground = network.points["ground"].to_numpy() * (1.0 if highest else -1.0)
    start, end = network.lines["start"].to_numpy(), network.lines["end"].to_numpy()
    beaten = np.zeros(len(ground), dtype=bool)
    beaten[start[ground[end] >= ground[start]]] = True
    beaten[end[ground[start] >= ground[end]]] = True
    extreme: Bools = ~beaten
    return extreme


def _wells(network: Network, points: pd.DataFrame) -> Floats:
    """Return the depth of wells, metres; NaN where there is none."""
    lines, deepest = network.lines, np.zeros(len(points))
    for end in ("start", "end"):
        np.maximum.at(deepest, lines[end], lines[f"{end}_depth"])
    has_well = ~points["fixture"].isin(["", "消防栓", "调压箱", "变压器", "出水口"]).to_numpy()
    sump = 0.0 if network.name in GRAVITY else 0.45
    return np.where(has_well, (deepest + sump).round(2), np.nan)
