"""A storm on a city's drains, from its data to its results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cim.analytics.errors import NoModel
from cim.analytics.network.graph import NetworkGraph
from cim.analytics.network.hydraulics.assumptions import Assumptions, DrainAssumptions
from cim.analytics.network.hydraulics.catchments import COLUMNS
from cim.analytics.network.hydraulics.drain_model import DrainModel
from cim.analytics.network.hydraulics.drain_reading import need_drains, read_catchments, read_drain_model
from cim.analytics.network.hydraulics.runs import FLOWS, SURCHARGE, assumed_parameters, rounded, rows_of
from cim.analytics.network.hydraulics.storms import Storm, Storms, design_storm
from cim.analytics.network.hydraulics.swmm_file import joined_outfalls, swmm_lines
from cim.analytics.network.hydraulics.swmm_run import SwmmRun, run_lines
from cim.analytics.network.hydraulics.water_model import people_m3s
from cim.analytics.network.reading import network_graph
from cim.analytics.queries import query
from cim.analytics.results import Findings, Question, Run, answered
from cim.store import Store
from cim.tables import TABLES
from cim.viewer import Viewer

MANHOLES = TABLES["result.node_surcharge"]
CONTACTS = TABLES["result.flood_contact"]
_THEMES = ("building", "road_edge", "green_space", "city_object")
_WET_M = 0.005
"""Water above a crown or the ground by less than this is rounding."""


@dataclass(frozen=True)
class DrainQuestion:
    """What is asked of a drainage network."""

    network: str = "storm"
    """storm, sewage or combined."""
    district: str | None = None
    """District whose storm formula holds; None: the usual one."""
    return_years: float = 3.0
    """Return period of the storm, years."""
    duration_min: float = 120.0
    """Duration of the storm, minutes."""
    stage_m: float | None = None
    """Level of the river at outfalls, city height, metres; None: they fall free."""
    factor: float = 1.0
    """Multiplies the sewage."""


@dataclass(frozen=True)
class Drained:
    """What a storm does."""

    manholes: pd.DataFrame
    """As `surcharged` returns them."""
    flows: pd.DataFrame
    """Columns of `result.segment_flow`, by segment id."""
    contacts: pd.DataFrame
    """Buildings and streets near manholes that flood: rows of `flood_contacts.sql`."""
    counts: Mapping[str, int]
    """What was assumed, left out or has no number."""


def storm_hydraulics(
    store: Store,
    viewer: Viewer,
    folder: Path,
    assumed: Assumptions,
    storms: Storms,
    question: DrainQuestion | None = None,
    *,
    again: bool = False,
) -> Run:
    """Let a storm run through a drainage network and keep what was found; sewage flows there without one.

    Parameters
    ----------
    store
        The city, opened as owner.
    viewer
        Who asks; what their clearance hides is not part of the answer.
    folder
        Where graphs are kept, `<data_dir>/graphs`.
    assumed, storms
        What is taken where the data says nothing, and the formulas of storms.
    question
        Network, storm and river; the usual storm on the storm network unless told.
    again
        Run even if an earlier run answered the same on the same data.

    Raises
    ------
    UnknownNetwork, BadQuestion, NoModel
        It cannot be asked; the message says what is missing.
    NotPhysical
        Mass is lost or made by more than `continuity_percent`, or SWMM refuses; nothing is kept.
    """
    asked = question or DrainQuestion()
    need_drains(asked.network)
    storm = storm_of(storms, asked)
    graph = network_graph(store, viewer, asked.network, folder)
    parameters = parameters_of(asked, storm, assumed, viewer)
    posed = Question(SURCHARGE, asked.network, _version(store, viewer, graph), parameters)

    def run_storm(findings: Findings) -> None:
        found = drained(store, viewer, graph, assumed, storm, asked)
        findings.left_out = found.counts
        findings.add(MANHOLES, rows_of(found.manholes, "node_id", network=asked.network))
        findings.add(FLOWS, rows_of(found.flows, "segment_id", network=asked.network))
        findings.add(CONTACTS, rounded(found.contacts).assign(network=asked.network))

    return answered(store, viewer, posed, run_storm, again=again)


def drained(
    store: Store, viewer: Viewer, graph: NetworkGraph, assumed: Assumptions, storm: Storm | None, asked: DrainQuestion
) -> Drained:
    """Let a storm run through a drainage network, and keep nothing; None: sewage alone flows there.

    Raises
    ------
    NoModel, NotPhysical
        As `storm_hydraulics` says.
    """
    model = read_drain_model(store, viewer, graph, assumed.drainage)
    _need_outfall(graph, model)
    # Without rain no ground drains.
    catchments, counts = (
        read_catchments(store, viewer, model, assumed.drainage) if storm else (pd.DataFrame(columns=[*COLUMNS]), {})
    )
    sewage, taken = _sewage(graph, model, assumed, asked)
    lines = swmm_lines(model, catchments, sewage, storm, asked.stage_m, assumed.drainage)
    found = run_lines(lines, assumed.drainage.continuity_percent)
    manholes = surcharged(model, found)
    contacts = _contacts(store, viewer, manholes, assumed.drainage)
    told = {
        "drainage_contacts_near": int(len(contacts) > 0),
        "drainage_outfall_joined": len(joined_outfalls(model)),
    }
    return Drained(manholes, _flows(model, found), contacts, {**model.counts, **counts, **taken, **told})


def storm_of(storms: Storms, asked: DrainQuestion) -> Storm | None:
    """Return the storm that is asked of; sewage flows without one."""
    if asked.network == "sewage":
        return None
    return design_storm(storms, asked.district, asked.return_years, asked.duration_min)


def surcharged(model: DrainModel, found: SwmmRun) -> pd.DataFrame:
    """Return the highest water of each node: columns of `result.node_surcharge`, by node id."""
    nodes = model.nodes
    rows = found.nodes.loc[nodes.index.astype(str)].set_axis(nodes.index)
    # An outfall that several pipes lead to is a node of its own before SWMM's outfall.
    head = rows["head"]
    above = (head - nodes["crown_m"]).clip(lower=0.0)
    above = above.where(above > _WET_M, 0.0)
    flooded = (rows["flood_volume"] > 0) & nodes["kind"].eq("junction")
    return pd.DataFrame(
        {
            "head_m": head,
            "depth_m": rows["depth"],
            "surcharge_m": above,
            "freeboard_m": (nodes["ground_m"] - head).where(nodes["ground_known"]),
            "flood_m3": rows["flood_volume"].where(flooded, 0.0),
            "flood_peak_m3s": rows["flood_peak"].where(flooded, 0.0),
            "flood_minutes": (60 * rows["flood_hours"]).where(flooded, 0.0),
            "state": np.select([flooded, above > 0], ["flooded", "surcharged"], "free"),
        }
    )


def _flows(model: DrainModel, found: SwmmRun) -> pd.DataFrame:
    """Return the largest flows: columns of `result.segment_flow`, by segment id."""
    rows = found.links.loc[model.links.index.astype(str)].set_axis(model.links.index)
    told = pd.DataFrame(
        {
            "flow_m3s": rows["flow"],
            "velocity_m_s": rows["velocity"],
            "filling": (rows["depth"] / model.links["height_m"]).clip(0, 1),
            "reason": model.links["kind"].where(rows["flow"].isna(), None),
        }
    )
    beyond = pd.DataFrame({"reason": pd.Series(model.beyond_links, dtype=object)})
    return pd.concat([told, beyond]) if len(beyond) else told


def parameters_of(asked: DrainQuestion, storm: Storm | None, assumed: Assumptions, viewer: Viewer) -> dict[str, object]:
    """Return all that the answer depends on, told so that a reader understands it."""
    told: dict[str, object] = {
        "network": asked.network,
        "stage_m": asked.stage_m,
        "factor": asked.factor,
        **assumed_parameters(assumed, viewer),
    }
    if storm is not None:
        formula = {
            name: getattr(storm.district, name) for name in ("name", "a", "c", "b", "n", "version", "confidence")
        }
        told["storm"] = {
            "district": formula,
            "return_years": storm.return_years,
            "duration_min": storm.duration_min,
            "peak_share": storm.peak_share,
            "step_minutes": storm.step_minutes,
            "depth_mm": round(storm.depth_mm(storm.duration_min), 3),
        }
    return told


def _version(store: Store, viewer: Viewer, graph: NetworkGraph) -> int:
    """Return the data version of the pipes and of the ground above them."""
    (row,) = store.rows(viewer, query("network", "state"), {"themes": list(_THEMES)})
    return max(graph.data_version, int(row["version"]))


def _need_outfall(graph: NetworkGraph, model: DrainModel) -> None:
    if not graph.sink.any():
        raise NoModel(graph.network, "it has no outfall", "mark outfalls and treatment plants with is_sink")
    if not len(model.links):
        raise NoModel(graph.network, "no pipe of known size and level leads to an outfall", "give sizes and levels")


def _sewage(
    graph: NetworkGraph, model: DrainModel, assumed: Assumptions, asked: DrainQuestion
) -> tuple[Mapping[int, float], dict[str, int]]:
    """Return the steady inflow by node: what people send back of the water they use."""
    if asked.network == "storm":
        return {}, {}
    flow = people_m3s(graph, assumed.water) * assumed.drainage.return_share * asked.factor
    kept = set(model.nodes.index[model.nodes["kind"].eq("junction")].tolist())
    pairs = zip(graph.node_id.tolist(), flow.tolist(), strict=True)
    told = {node: value for node, value in pairs if value > 0 and node in kept}
    return told, {"drainage_inflow_assumed": len(told), "drainage_no_inflow": int(not told)}


def reach_m(flood_m3: pd.Series, assumed: DrainAssumptions) -> pd.Series:
    """Return how far a volume spreads over flat ground, metres: a disc of the assumed depth, bounded."""
    return (flood_m3 / (np.pi * assumed.ponding_depth_m)).pow(0.5).clip(upper=assumed.farthest_m)


def _contacts(store: Store, viewer: Viewer, manholes: pd.DataFrame, assumed: DrainAssumptions) -> pd.DataFrame:
    """Return buildings and streets near manholes that flood."""
    wet = manholes[manholes["flood_m3"] >= assumed.least_flood_m3]
    reach = reach_m(wet["flood_m3"], assumed)
    asked = {"nodes": wet.index.tolist(), "reach": reach.tolist()}
    return store.frame(viewer, query("network.hydraulics", "flood_contacts"), asked)
