"""A drainage model as a SWMM 5 input file: cubic metres a second, levels in city heights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cim.analytics.network.hydraulics.assumptions import DrainAssumptions
from cim.analytics.network.hydraulics.drain_model import DrainModel
from cim.analytics.network.hydraulics.storms import Storm

_JOINING_M, _JOIN_DROP_M = 5.0, 0.01
_AFTER_MIN = 60
"""The model runs on so many minutes after the rain."""


def swmm_lines(
    model: DrainModel,
    catchments: pd.DataFrame,
    inflow_m3s: Mapping[int, float],
    storm: Storm | None,
    stage_m: float | None,
    assumed: DrainAssumptions,
) -> Iterator[str]:
    """Yield the lines of an input file.

    Parameters
    ----------
    model
        What is solved.
    catchments
        Columns of `catchments.COLUMNS`; none where no rain falls.
    inflow_m3s
        Steady inflow by node id: sewage.
    storm
        The rain; None: none falls.
    stage_m
        Level of the river at outfalls, city height; None: they fall free.
    assumed
        Roughness, infiltration and steps.
    """
    duration = (storm.duration_min if storm else 0) + _AFTER_MIN
    yield from _options(duration, assumed)
    yield from _rain(storm)
    yield from _catchments(catchments, assumed)
    yield from _nodes(model, stage_m)
    yield from _links(model)
    yield "[DWF]"
    yield from (f"{node} FLOW {flow:.9g}" for node, flow in inflow_m3s.items() if flow > 0)
    yield from ("[REPORT]", "INPUT NO", "CONTROLS NO", "SUBCATCHMENTS NONE", "NODES NONE", "LINKS NONE")


def _options(minutes: float, assumed: DrainAssumptions) -> Iterator[str]:
    hours, rest = divmod(int(np.ceil(minutes)), 60)
    days, hours = divmod(hours, 24)
    yield "[OPTIONS]"
    yield from (
        "FLOW_UNITS CMS",
        "INFILTRATION HORTON",
        "FLOW_ROUTING DYNWAVE",
        "LINK_OFFSETS ELEVATION",
        "ALLOW_PONDING NO",
        "SKIP_STEADY_STATE NO",
        "START_DATE 01/01/2001",
        "START_TIME 00:00:00",
        "REPORT_START_DATE 01/01/2001",
        "REPORT_START_TIME 00:00:00",
        f"END_DATE 01/{1 + days:02d}/2001",
        f"END_TIME {hours:02d}:{rest:02d}:00",
        "REPORT_STEP 00:05:00",
        "WET_STEP 00:01:00",
        "DRY_STEP 00:05:00",
        f"ROUTING_STEP {assumed.routing_step_s:g}",
        f"LENGTHENING_STEP {assumed.routing_step_s:g}",
        # A fixed step: short conduits are lengthened to bear it, and the continuity error tells if it was too long.
        "VARIABLE_STEP 0",
        "INERTIAL_DAMPING PARTIAL",
        "NORMAL_FLOW_LIMITED BOTH",
        "FORCE_MAIN_EQUATION D-W",
        "MAX_TRIALS 8",
        "HEAD_TOLERANCE 0.0015",
        "THREADS 1",
    )
    yield from ("[EVAPORATION]", "CONSTANT 0.0")


def _rain(storm: Storm | None) -> Iterator[str]:
    step = storm.step_minutes if storm else 5.0
    whole, seconds = divmod(round(step * 60), 60)
    yield from (
        "[RAINGAGES]",
        f"G INTENSITY {whole // 60}:{whole % 60:02d}:{seconds:02d} 1.0 TIMESERIES T",
        "[TIMESERIES]",
    )
    rain = storm.rain_mm_h().tolist() if storm else [0.0]
    for number, rate in enumerate([*rain, 0.0]):
        # Decimal hours from the start.
        yield f"T {number * step / 60:.6f} {rate:.6f}"


def _catchments(catchments: pd.DataFrame, assumed: DrainAssumptions) -> Iterator[str]:
    rows = list(_rows(catchments))
    yield "[SUBCATCHMENTS]"
    for number, row in enumerate(rows):
        ground = f"{row.area_m2 / 10_000:.6f} {100 * row.impervious:.3f}"
        yield f"C{number} G {row.node_id} {ground} {max(row.width_m, 1):.3f} {max(row.slope_percent, 0.1):.3f} 0"
    yield "[SUBAREAS]"
    told = (
        f"{assumed.n_impervious:g} {assumed.n_pervious:g} {assumed.storage_impervious_mm:g} "
        f"{assumed.storage_pervious_mm:g} 25 OUTLET"
    )
    yield from (f"C{number} {told}" for number in range(len(rows)))
    yield "[INFILTRATION]"
    rates = " ".join(f"{value:g}" for value in assumed.horton)
    yield from (f"C{number} {rates} 0" for number in range(len(rows)))


def _nodes(model: DrainModel, stage_m: float | None) -> Iterator[str]:
    junctions = model.nodes[model.nodes["kind"].eq("junction")]
    joined = set(joined_outfalls(model))
    yield "[JUNCTIONS]"
    for row in _rows(junctions):
        depth = max(row.ground_m - row.invert_m, row.crown_m - row.invert_m, 0.1)
        yield f"{row.Index} {row.invert_m:.4f} {depth:.4f} 0 0 0"
    for row in _rows(model.nodes[model.nodes.index.isin(joined)]):
        # Roomy above: what it cannot pass on stands in the pipes that lead there.
        yield f"{row.Index} {row.invert_m:.4f} {row.crown_m - row.invert_m + 10:.4f} 0 0 0"
    yield "[OUTFALLS]"
    kind = "FREE" if stage_m is None else f"FIXED {stage_m:.4f}"
    for row in _rows(model.nodes[model.nodes["kind"].eq("outfall")]):
        if row.Index in joined:
            yield f"O{row.Index} {row.invert_m - _JOIN_DROP_M:.4f} {kind} NO"
        else:
            yield f"{row.Index} {row.invert_m:.4f} {kind} NO"


def joined_outfalls(model: DrainModel) -> list[int]:
    """Return the outfalls that several pipes lead to: SWMM allows one."""
    outfalls = model.nodes[model.nodes["kind"].eq("outfall")]
    return [int(node) for node in outfalls.index[outfalls["links"] > 1].tolist()]


def _links(model: DrainModel) -> Iterator[str]:
    single = set(model.nodes.index[model.nodes["kind"].eq("outfall") & model.nodes["links"].eq(1)].tolist())
    written: dict[str, list[str]] = {kind: [] for kind in ("conduit", "pump", "weir", "orifice")}
    sections = list[str]()
    for row in _rows(model.links):
        # A pipe ends at an outfall, whatever way it was surveyed.
        turned = row.start in single
        written[row.kind].append(_turned(row) if turned else _link(row, row.start, row.end, row.start_m, row.end_m))
        if row.kind != "pump":
            sections.append(f"{row.Index} {_section(row)}")
    for row in _rows(model.nodes.loc[joined_outfalls(model)]):
        levels = f"{row.invert_m:.4f} {row.invert_m - _JOIN_DROP_M:.4f}"
        written["conduit"].append(f"J{row.Index} {row.Index} O{row.Index} {_JOINING_M} 0.01 {levels} 0 0")
        sections.append(f"J{row.Index} CIRCULAR {2 * max(row.crown_m - row.invert_m, 0.5):.4f} 0 0 0")
    for kind, lines in written.items():
        yield from (f"[{kind.upper()}S]", *lines)
    yield from ("[XSECTIONS]", *sections)


def _turned(row: Any) -> str:
    return _link(row, row.end, row.start, row.end_m, row.start_m)


def _link(row: Any, start: int, end: int, start_m: float, end_m: float) -> str:
    """Return the line of a link in the section of its kind."""
    ends, gate = f"{row.Index} {start} {end}", "YES" if row.gated else "NO"
    # The crest of a weir and the lower edge of an orifice are its own, whatever way it was drawn.
    if row.kind == "weir":
        over = "YES" if row.surcharging else "NO"
        return f"{ends} {row.type} {row.start_m:.4f} {row.coefficient:.4f} {gate} 0 0 {over}"
    if row.kind == "orifice":
        return f"{ends} {row.type} {row.start_m:.4f} {row.coefficient:.4f} {gate} 0"
    if row.kind == "pump":
        return f"{ends} * ON 0 0"
    return f"{ends} {row.length_m:.3f} {row.n:.5g} {start_m:.4f} {end_m:.4f} 0 0"


def _rows(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a frame, its columns as attributes."""
    yield from frame.itertuples()


def _section(row: Any) -> str:
    if not row.width_m:
        return f"CIRCULAR {row.height_m:.4f} 0 0 0"
    is_open = row.open or row.kind == "weir"
    return f"{'RECT_OPEN' if is_open else 'RECT_CLOSED'} {row.height_m:.4f} {row.width_m:.4f} 0 0"
