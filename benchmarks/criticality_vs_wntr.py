"""Every pipe of a network shut in turn: one open EPANET model against a loop of WNTR's `EpanetSimulator`, in turns.

    python benchmarks/criticality_vs_wntr.py                 # ky4: all pipes by ours, 120 by the loop
    python benchmarks/criticality_vs_wntr.py --every         # all by both, some minutes

Both solve the same model (base demands, pressure-dependent) and read the same figure: demand that is not met. The loop
is timed pipe by pipe on a sample taken at random, and scaled to all pipes; ours is timed on all of them, with opening
the model and reading the results. Both work in one process and one thread: the seconds are the processor's, so that
what else the machine does counts for neither. The sample's figures are compared with ours.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cim.analytics.network.building import NODE_ROW, SEGMENT_ROW, SERVICE_ROW, VALVE_ROW, NetworkRows, build_graph
from cim.analytics.network.hydraulics.assumptions import Assumptions, load_assumptions
from cim.analytics.network.hydraulics.closures import closures
from cim.analytics.network.hydraulics.epanet_file import wntr_network
from cim.analytics.network.hydraulics.water_model import WaterModel, water_model


def model_of(name: str, assumed: Assumptions) -> WaterModel:
    """Return a network that comes with WNTR as our model, ids by the order of the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from wntr.network import WaterNetworkModel

        network = WaterNetworkModel(name)
    number = {each: place for place, each in enumerate(network.node_name_list, 1)}
    nodes, links = [one for _, one in network.nodes()], [one for _, one in network.links()]
    node = np.zeros(len(nodes), NODE_ROW)
    node["node_id"] = np.arange(1, len(nodes) + 1)
    node["source"] = [one.node_type != "Junction" for one in nodes]
    segment = np.zeros(len(links), SEGMENT_ROW)
    segment["segment_id"] = len(nodes) + np.arange(1, len(links) + 1)
    segment["start_id"] = [number[one.start_node_name] for one in links]
    segment["end_id"] = [number[one.end_node_name] for one in links]
    segment["length_m"] = [getattr(one, "length", 0.0) for one in links]
    segment["in_use"] = True
    segment["closed"] = [one.initial_status.name == "Closed" and one.link_type == "Pipe" for one in links]
    graph = build_graph("water", 1, NetworkRows(node, segment, np.zeros(0, VALVE_ROW), np.zeros(0, SERVICE_ROW)))
    demand = [sum(part.base_value for part in getattr(one, "demand_timeseries_list", ())) for one in nodes]
    tank = ("init_level", "min_level", "max_level", "diameter", "min_vol")
    rows = pd.DataFrame(
        {
            "kind": [one.node_type.lower() for one in nodes],
            "modelled": True,
            "base_demand_m3s": demand,
            "attributes": [{part: getattr(one, part, None) for part in tank} for one in nodes],
            "level_m": [one.base_head if one.node_type == "Reservoir" else one.elevation for one in nodes],
            "ground_known": False,
        },
        index=graph.node_id,
    )  # fmt: skip
    told = pd.DataFrame(
        {
            "kind": [one.link_type.lower() for one in links],
            "diameter_mm": [1000 * getattr(one, "diameter", 0.0) for one in links],
            "diameter_basis": "inner",
            **dict.fromkeys(("wall_mm", "width_mm", "height_mm"), np.nan),
            "material": None,
            "roughness": [getattr(one, "roughness", np.nan) for one in links],
            "attributes": [_said(one) for one in links],
            "device": ["check_valve" if getattr(one, "check_valve", False) else None for one in links],
            "device_state": [_state(one) for one in links],
            "device_setting": [one.initial_setting if one.link_type == "Valve" else np.nan for one in links],
        },
        index=graph.segment_id,
    )
    return water_model(graph, rows, told, assumed.water)


def _said(link: Any) -> dict[str, Any]:
    """Return what our loader keeps of a link."""
    said: dict[str, Any] = {"minor_loss": getattr(link, "minor_loss", 0.0) or 0.0}
    if link.link_type == "Pump" and link.pump_type == "HEAD":
        said["pump_curve"] = [list(point) for point in link.get_pump_curve().points]
    elif link.link_type == "Pump":
        said["power"] = link.power
    elif link.link_type == "Valve":
        said["valve_type"] = link.valve_type
    return said


def _state(link: Any) -> str | None:
    shut = link.initial_status.name == "Closed"
    return ("off" if shut else "on") if link.link_type == "Pump" else ("closed" if shut else "open")


def one_by_one(model: WaterModel, assumed: Assumptions, pipes: Sequence[int]) -> tuple[pd.Series, list[float]]:
    """Return unmet demand by pipe, m3/s, and the seconds each took, by a simulation for each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from wntr.network import LinkStatus
        from wntr.sim import EpanetSimulator
    network = wntr_network(model, assumed.water)
    drawing = [str(node) for node in model.nodes.index[model.nodes["demand_m3s"] > 0]]
    demand = model.nodes.loc[[int(node) for node in drawing], "demand_m3s"].to_numpy()
    unmet, seconds = {}, []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")

        def lacking() -> np.ndarray[Any, np.dtype[np.float64]]:
            found = EpanetSimulator(network).run_sim(file_prefix=str(Path(folder) / "run"), version=2.2)
            # A node that is cut off draws nothing; EPANET tells less than that.
            given = found.node["demand"].iloc[0][drawing].to_numpy(dtype=np.float64)
            return np.asarray(demand - np.maximum(given, 0.0))

        before = lacking()
        for pipe in pipes:
            began = time.process_time()
            network.get_link(str(pipe)).initial_status = LinkStatus.Closed
            unmet[pipe] = float(np.maximum(lacking() - before, 0.0).sum())
            network.get_link(str(pipe)).initial_status = LinkStatus.Open
            seconds.append(time.process_time() - began)
    return pd.Series(unmet), seconds


def main() -> None:
    """Time both and compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--network", default="ky4")
    parser.add_argument("--sample", type=int, default=120)
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    assumed = load_assumptions()
    model = model_of(asked.network, assumed)
    closures(model, assumed.water, assumed.closure)  # imports
    pipes = model.links.index[model.links["kind"].eq("pipe") & ~model.links["closed"] & ~model.links["check_valve"]]
    rng = np.random.default_rng(4)
    chosen = pipes if asked.every else pd.Index(rng.choice(pipes, min(asked.sample, len(pipes)), replace=False))
    parts = np.array_split(chosen.to_numpy(), asked.rounds)
    mine, theirs, slow = [], [], []
    for part in parts:  # in turns, so that what else the machine does meets both
        began = time.process_time()
        found = closures(model, assumed.water, assumed.closure)
        mine.append(time.process_time() - began)
        unmet, seconds = one_by_one(model, assumed, part.tolist())
        theirs.append(unmet)
        slow += seconds
    known = found.segments["unmet_m3s"].reindex(pipes)
    other = pd.concat(theirs)
    both = pd.DataFrame({"ours": known.reindex(other.index), "theirs": other}).dropna()
    ours, loop = statistics.median(mine), statistics.fmean(slow) * len(pipes)
    print(f"{asked.network}: {len(pipes):,} pipes, {len(other):,} of them by the loop")
    print(f"one open model   {ours:8.2f} s for all   ({', '.join(f'{one:.2f}' for one in mine)})")
    print(f"EpanetSimulator  {loop:8.1f} s for all   ({1000 * statistics.fmean(slow):.0f} ms a pipe)")
    print(f"ratio {loop / ours:.1f}   correlation {both.corr().iloc[0, 1]:.6f} on {len(both)} pipes")
    print(f"largest difference {1000 * (both.ours - both.theirs).abs().max():.4f} L/s of {1000 * model.demand_m3s:.1f}")
    print(f"without a number: {int(known.isna().sum())}")


if __name__ == "__main__":
    main()
