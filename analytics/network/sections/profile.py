"""A long profile (纵断面): the pipes of a path with their levels, the ground above, and what crosses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from cim.analytics.errors import BadQuestion, NoPath
from cim.analytics.ground_levels import ground_along, level_at
from cim.analytics.network.sections.grade import hydraulic_grade
from cim.analytics.network.sections.pipe_sections import DrawnPipe, Floats, drawn_pipe, rounded
from cim.analytics.network.traces.answer import Trace
from cim.analytics.network.traces.trace import TraceQuestion, trace
from cim.analytics.queries import query
from cim.analytics.reasons import left_out
from cim.store import Store
from cim.viewer import Viewer

GROUND_STEP_M = 2.0
"""Distance between the places at which the terrain is read, metres."""

LONGEST_M = 20_000.0
"""Longest profile, metres."""


@dataclass(frozen=True)
class Profile:
    """A long profile, in plain values that JSON can hold; levels are city heights in metres, chainages metres."""

    network: str
    """Network type."""
    length_m: float
    """Length in plan."""
    stations: Sequence[Mapping[str, Any]]
    """Manholes in order: chainage_m, node_id, key, kind, ground_m, ground_from (survey, terrain or null), invert_in_m,
    invert_out_m, crown_m (outer), cover_m, head_m (hydraulic grade where computed)."""
    pipes: Sequence[Mapping[str, Any]]
    """Pipes in order: segment_id, key, from_m, to_m, length_m, size, material, slope_permille (down along the path),
    surveyed, axis, invert and crown (points of chainage and level; empty where not known)."""
    crossings: Sequence[Mapping[str, Any]]
    """Pipes that cross: chainage_m, segment_id, key, network, size, material, width_m, height_m, round, axis_m,
    crown_m, invert_m, above (or below), clear_m (between the outer walls)."""
    ground: Sequence[tuple[float, float]]
    """Ground line: chainage and level, from the terrain where there is one, else from the manholes."""
    left_out: Mapping[str, Any]
    """What is not known: code, count and sentences."""
    hydraulics: Mapping[str, Any] | None = None
    """Run that computed the heads: run_id, kind, finished_at; None: none has."""


def profile(
    store: Store, viewer: Viewer, places: Sequence[int | str], data_dir: Path, *, network: str | None = None
) -> Profile:
    """Return the long profile along the shortest paths from place to place.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not in the answer.
    places
        Two manholes or more, by feature id or key.
    data_dir
        Folder of what the platform keeps: graphs and rasters.
    network
        Network, where a key stands in several.

    Raises
    ------
    NoPath
        No way leads from one to the next.
    BadQuestion, UnknownPlace, AmbiguousPlace
        The places cannot be meant.
    """
    if len(places) < 2:
        raise BadQuestion("a profile leads from one manhole to another", "name two manholes or more")
    nodes, segments, network = _path(store, viewer, places, data_dir, network)
    rows = store.rows(viewer, query("network.sections", "path"), {"segments": segments})
    known = {row["segment_id"]: drawn_pipe(row) for row in rows}
    pipes = [(known[segment], known[segment].end_node == node) for segment, node in zip(segments, nodes, strict=False)]
    courses = [pipe.course[::-1] if turned else pipe.course for pipe, turned in pipes]
    chainages = _chainages(courses)
    length = float(chainages[-1][-1])
    if length > LONGEST_M:
        raise BadQuestion(f"the path is {length:,.0f} m long", f"name places at most {LONGEST_M:,.0f} m apart")
    line = shapely.LineString(np.concatenate([course[:, :2] for course in courses]))
    levels = ground_along(store, viewer, data_dir, line, GROUND_STEP_M)
    drawn = [pipe for pipe, _ in pipes]
    grade = hydraulic_grade(store, viewer, network, nodes)
    stations = [
        station | {"head_m": rounded(grade.head_m.get(station["node_id"]))}
        for station in _stations(store, viewer, nodes, drawn, courses, chainages, levels)
    ]
    crossings = _crossings(store, viewer, line, (nodes, segments, network), (drawn, courses, chainages))
    ground = levels or [(row["chainage_m"], row["ground_m"]) for row in stations if row["ground_m"] is not None]
    return Profile(
        network,
        rounded(length, 2) or 0.0,
        stations,
        [_pipe(*each) for each in zip(drawn, courses, chainages, strict=True)],
        crossings,
        ground,
        left_out(_counts(drawn, stations, crossings, levels)),
        grade.run,
    )


def _path(
    store: Store, viewer: Viewer, places: Sequence[int | str], data_dir: Path, network: str | None
) -> tuple[list[int], list[int], str]:
    """Return the nodes and segments from place to place, and their network."""
    nodes: list[int] = []
    segments: list[int] = []
    for one, other in pairwise(places):
        question = TraceQuestion("path", [one], [other], network=network, through_closed=True)
        found: Trace = trace(store, viewer, question, data_dir / "graphs")
        if not found.segments:
            raise NoPath(one, other, found.network)
        network = found.network
        nodes += list(found.nodes[1:] if nodes else found.nodes)
        segments += list(found.segments)
    return nodes, segments, str(network)


def _chainages(courses: Sequence[Floats]) -> list[Floats]:
    """Return the chainage of every vertex."""
    chainages, at = [], 0.0
    for course in courses:
        steps = np.hypot(*np.diff(course[:, :2], axis=0).T)
        chainages.append(at + np.concatenate([[0.0], np.cumsum(steps)]))
        at = float(chainages[-1][-1])
    return chainages


def _stations(
    store: Store,
    viewer: Viewer,
    nodes: Sequence[int],
    pipes: Sequence[DrawnPipe],
    courses: Sequence[Floats],
    chainages: Sequence[Floats],
    levels: Sequence[tuple[float, float]],
) -> list[dict[str, Any]]:
    """Return the manholes of a path."""
    rows = {
        row["node_id"]: row for row in store.rows(viewer, query("network.sections", "nodes"), {"nodes": list(nodes)})
    }
    stations = []
    for place, node in enumerate(nodes):
        row: Mapping[str, Any] = rows.get(node, {})
        at = float(chainages[place][0] if place < len(pipes) else chainages[-1][-1])
        came = (pipes[place - 1], float(courses[place - 1][-1, 2])) if place else None
        goes = (pipes[place], float(courses[place][0, 2])) if place < len(pipes) else None
        surveyed = row.get("ground_level_m")
        ground = level_at(levels, at) if surveyed is None else surveyed
        told = "survey" if surveyed is not None else "terrain" if levels else None
        crowns = [crown for pipe, axis in filter(None, (came, goes)) if (crown := pipe.crown_m(axis)) is not None]
        crown = max(crowns, default=None)
        stations.append(
            {
                "chainage_m": rounded(at),
                "node_id": node,
                "key": row.get("key"),
                "kind": row.get("kind"),
                "ground_m": rounded(ground),
                "ground_from": told,
                "invert_in_m": rounded(came[0].invert_m(came[1])) if came else None,
                "invert_out_m": rounded(goes[0].invert_m(goes[1])) if goes else None,
                "crown_m": rounded(crown),
                "cover_m": rounded(None if ground is None or crown is None else ground - crown),
            }
        )
    return stations


def _pipe(pipe: DrawnPipe, course: Floats, chainage: Floats) -> dict[str, Any]:
    """Return what the profile tells of a pipe."""
    run = float(chainage[-1] - chainage[0])
    fall = float(course[0, 2] - course[-1, 2])
    return {
        "segment_id": pipe.segment_id,
        "key": pipe.key,
        "from_m": rounded(float(chainage[0])),
        "to_m": rounded(float(chainage[-1])),
        "length_m": rounded(run, 2),
        "size": pipe.size,
        "material": pipe.material,
        "slope_permille": rounded(1000 * fall / run, 2) if run > 0 else None,
        "surveyed": pipe.surveyed,
        "axis": _levels(chainage, course, float),
        "invert": _levels(chainage, course, pipe.invert_m),
        "crown": _levels(chainage, course, pipe.crown_m),
    }


def _levels(chainage: Floats, course: Floats, level: Any) -> list[tuple[float, float]]:
    """Return chainage and level of every vertex; nothing where a level or the size is not known."""
    found = [(rounded(at), rounded(level(axis))) for at, axis in zip(chainage.tolist(), course[:, 2], strict=True)]
    return [] if any(one[1] is None for one in found) else found  # type: ignore[return-value]


def _crossings(
    store: Store,
    viewer: Viewer,
    line: shapely.LineString,
    path: tuple[Sequence[int], Sequence[int], str],
    along: tuple[Sequence[DrawnPipe], Sequence[Floats], Sequence[Floats]],
) -> list[dict[str, Any]]:
    """Return the pipes that cross a path, those that join it at a manhole left out."""
    nodes, segments, _ = path
    asked = {"line": shapely.to_wkb(line), "srid": store.city.srid}
    found = []
    for row in store.rows(viewer, query("network.sections", "crossing"), asked):
        joins = {row["start_node_id"], row["end_node_id"]} & set(nodes)
        if row["segment_id"] in set(segments) or joins:
            continue
        pipe = drawn_pipe(row)
        found += [_crossing(pipe, *met, *along) for met in pipe.crossings(line)]
    return sorted(found, key=lambda row: row["chainage_m"])


def _crossing(
    pipe: DrawnPipe,
    chainage: float,
    axis: float,
    angle: float,
    pipes: Sequence[DrawnPipe],
    courses: Sequence[Floats],
    chainages: Sequence[Floats],
) -> dict[str, Any]:
    """Return what the profile tells of a pipe that crosses it."""
    ends = [float(each[-1]) for each in chainages]
    place = min(int(np.searchsorted(ends, chainage)), len(pipes) - 1)
    own = float(np.interp(chainage, chainages[place], courses[place][:, 2]))
    sizes = (pipe.outer_height_m, pipes[place].outer_height_m)
    clear = None if None in sizes else abs(axis - own) - sum(size or 0.0 for size in sizes) / 2
    return {
        "chainage_m": rounded(chainage, 2),
        "segment_id": pipe.segment_id,
        "key": pipe.key,
        "network": pipe.network,
        "size": pipe.size,
        "material": pipe.material,
        "state": pipe.state,
        "width_m": rounded(pipe.outer_width_m),
        "height_m": rounded(pipe.outer_height_m),
        "round": pipe.round,
        "angle_deg": round(angle, 1),
        "axis_m": rounded(axis),
        "crown_m": rounded(pipe.crown_m(axis)),
        "invert_m": rounded(pipe.invert_m(axis)),
        "above": axis > own,
        "clear_m": rounded(clear),
    }


def _counts(
    pipes: Sequence[DrawnPipe],
    stations: Sequence[Mapping[str, Any]],
    crossings: Sequence[Mapping[str, Any]],
    levels: Sequence[tuple[float, float]],
) -> dict[str, int]:
    """Count what a profile does not know."""
    return {
        "pipe_without_level": sum(not pipe.leveled for pipe in pipes)
        + sum(crossing["axis_m"] is None for crossing in crossings),
        "pipe_depth_not_surveyed": sum(pipe.leveled and not pipe.surveyed for pipe in pipes),
        "pipe_without_size": sum(pipe.outer_height_m is None for pipe in pipes)
        + sum(crossing["height_m"] is None for crossing in crossings),
        "manhole_without_ground": sum(station["ground_m"] is None for station in stations),
        "ground_from_terrain": sum(station["ground_from"] == "terrain" for station in stations),
        "no_terrain": int(not levels),
    }
