"""A SWMM input file run by pyswmm: highest water, floods, flows; refused where mass is lost or made."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cim.analytics.errors import NotPhysical

_STRIDE_S = 600
_ONE_AT_A_TIME = threading.Lock()
"""SWMM keeps its model in globals: a process runs one at a time."""


@dataclass(frozen=True)
class SwmmRun:
    """What SWMM reports, in the file's own units (ours: metres, m3/s, m3)."""

    nodes: pd.DataFrame
    """By name: depth (highest), invert, head (highest), flood_volume, flood_peak, flood_hours."""
    links: pd.DataFrame
    """By name: flow, velocity and depth, the largest of the run."""
    runoff_error: float
    """Continuity error of runoff, percent."""
    routing_error: float
    """Continuity error of routing, percent."""


def run_lines(lines: Iterable[str], limit_percent: float) -> SwmmRun:
    """Run a model that is given as lines; its files stand in a temporary folder that is gone afterwards.

    Raises
    ------
    NotPhysical
        SWMM refuses it, does not come to its end, or errs by more than `limit_percent`.
    """
    with tempfile.TemporaryDirectory(prefix="cim-swmm-") as folder:
        path = Path(folder) / "model.inp"
        path.write_text("\n".join(lines) + "\n", encoding="ascii")
        return run_swmm(path, Path(folder), limit_percent)


def run_swmm(path: Path, folder: Path, limit_percent: float) -> SwmmRun:
    """Run a SWMM input file; report and binary go to `folder`.

    Raises
    ------
    NotPhysical
        As `run_lines` says.
    """
    # pyswmm's files import slowly: paid by who models drains.
    from pyswmm import Links, Nodes, Simulation
    from pyswmm.swmm5 import PYSWMMException

    report, errors = folder / "model.rpt", list[float]()
    with _ONE_AT_A_TIME:
        try:
            with Simulation(str(path), str(report), str(folder / "model.out")) as simulation:
                simulation.step_advance(_STRIDE_S)
                # SWMM draws up its balances when the run has ended, which pyswmm does on leaving.
                simulation.add_after_end(
                    lambda: errors.extend((simulation.runoff_error, simulation.flow_routing_error))
                )
                for _ in simulation:
                    pass
                nodes = [_node(node) for node in Nodes(simulation)]
                links = [_link(link) for link in Links(simulation)]
        except Exception as error:
            # SWMM's toolkit raises Exception itself; any other class than that and pyswmm's is a fault of ours.
            if type(error) not in (Exception, PYSWMMException):
                raise
            raise NotPhysical(f"SWMM does not run the model ({_said(report, error)})", "mend what it names") from error
    found = SwmmRun(_frame(nodes, _NODE), _frame(links, _LINK), *errors[:2])
    check_continuity(found, limit_percent)
    return found


def check_continuity(found: SwmmRun, limit_percent: float) -> None:
    """Refuse a run in which mass was lost or made.

    Raises
    ------
    NotPhysical
        An error is larger than the limit, or a number is none.
    """
    for name, error in (("runoff", found.runoff_error), ("routing", found.routing_error)):
        if not abs(error) <= limit_percent:
            raise NotPhysical(
                f"the continuity error of {name} is {error:.1f} %, above {limit_percent:g} %",
                "look for very short or steep pipes, or take shorter steps (drainage.routing_step_s)",
            )
    if found.nodes[["depth", "flood_volume"]].isna().any(axis=None):
        raise NotPhysical("some depths are no numbers", "look for pipes of impossible size")


_NODE = ("name", "depth", "invert", "flood_volume", "flood_peak", "flood_hours")
_LINK = ("name", "flow", "velocity", "depth")


def _node(node: Any) -> tuple[Any, ...]:
    told = node.statistics
    return (
        node.nodeid, told["max_depth"], node.invert_elevation, told["flooding_volume"], told["peak_flooding_rate"],
        told["flooding_duration"],
    )  # fmt: skip


def _link(link: Any) -> tuple[Any, ...]:
    if not link.is_conduit():
        return link.linkid, None, None, None
    told = link.conduit_statistics
    return link.linkid, told["peak_flow"], told["peak_velocity"], told["peak_depth"]


def _frame(rows: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns)).set_index("name").astype("float64")
    return frame.assign(head=frame["invert"] + frame["depth"]) if "invert" in frame else frame


def _said(report: Path, error: Exception) -> str:
    """Return the first errors of SWMM's report, else what pyswmm says."""
    lines = report.read_text(encoding="utf-8", errors="replace").splitlines() if report.is_file() else []
    found = [line.strip() for line in lines if line.strip().startswith("ERROR")]
    return "; ".join(found[:3]) or " ".join(str(error).split())
