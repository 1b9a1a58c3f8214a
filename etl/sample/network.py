"""A network of one district as survey points and lines, whatever flows in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cim.etl.sample.course import GRAVITY, Course
from cim.etl.sample.design import CROWN_M, DUCTS, PREFIX, Design
from cim.etl.sample.gravity import WALL_SHARE, Run
from cim.etl.sample.randomness import Floats, Ints
from cim.etl.sample.roads import StreetRecords
from cim.etl.sample.streets import Names, Streets

EXTRA_BASE = 90000
"""Survey numbers of places off the streets (outfalls, works) begin here."""


@dataclass(frozen=True)
class Spur:
    """A short line off a street: to a source, or to an outlet."""

    place: int
    """Place on the street where it begins."""
    xyz: Floats
    """(n, 3): its further places, with ground level."""
    fixture: str
    """Appurtenance (附属物) at its end."""


@dataclass(frozen=True)
class Network:
    """A network of one district."""

    name: str
    """Network."""
    points: pd.DataFrame
    """Survey points: id, x, y, ground, own, street (index of place or -1), fixture; index 0..n-1."""
    lines: pd.DataFrame
    """Lines: start, end (positions in `points`), depths, levels, diameter, material, year, road, edge."""


def point_id(network: str, district: int, number: int) -> str:
    """Return a survey number (物探点号): unique in the city, known to neighbours for boundary junctions."""
    return f"{PREFIX[network]}{district:03d}{number:05d}"


def pressure_network(
    rng: np.random.Generator,
    streets: Streets,
    course: Course,
    design: Design,
    records: StreetRecords,
    spurs: Sequence[Spur],
    deeper: Floats,
) -> Network:
    """Lay mains under every street of the course, looped, at one depth below the ground.

    Parameters
    ----------
    rng
        For how a trench wanders.
    streets, course, design, records
        Streets, the lane, what the pipes are, what the streets are called.
    spurs
        Lines to sources.
    deeper
        By how much each place lies deeper than the rule, metres, spurs' places last.
    """
    chains = [course.chain(streets, int(edge)) for edge in course.edges]
    start = np.concatenate([chain[:-1] for chain in chains])
    end = np.concatenate([chain[1:] for chain in chains])
    edge = np.repeat(course.edges, [len(chain) - 1 for chain in chains])
    xyz, start, end, edge, fixtures = _with_spurs(course, spurs, start, end, edge)
    points, place = _points(course, xyz, np.concatenate([start, end]), fixtures)
    # Crossings lie near junctions, where the depth is kept; between them a trench wanders a little.
    wander = np.where(np.arange(len(xyz)) < course.junctions, 0.008, 0.025)
    wander[: course.junctions][course.number[: course.junctions] <= course.shared] = 0.0
    depth = CROWN_M[course.network] + deeper + np.clip(rng.normal(0, 0.5, len(xyz)), -1, 1) * wander
    depth = depth.round(2)
    ground = xyz[:, 2].round(3)
    lines = _lines(course.network, design, records, edge)
    lines["start"], lines["end"] = place[start], place[end]
    lines["start_place"], lines["end_place"] = start, end
    lines["start_depth"], lines["end_depth"] = depth[start], depth[end]
    lines["start_level"], lines["end_level"] = (ground - depth)[start].round(3), (ground - depth)[end].round(3)
    lines["on_bridge"] = streets.edges.kind[edge] == "bridge"
    return Network(course.network, points, lines)


def gravity_network(
    course: Course, design: Design, records: StreetRecords, runs: Sequence[Run], spurs: Sequence[Spur]
) -> Network:
    """Turn sewers into points and lines; every line runs downstream."""
    xyz = np.concatenate([course.xyz, *[spur.xyz for spur in spurs]])
    start = np.concatenate([run.places[:-1] for run in runs])
    end = np.concatenate([run.places[1:] for run in runs])
    count = [len(run.places) - 1 for run in runs]
    # The last stretch to an outlet was built with a sewer that leads there.
    leads_to = {int(run.places[-1]): run.edge for run in runs if run.edge >= 0}
    first = int(course.edges[0])
    owner = [run.edge if run.edge >= 0 else leads_to.get(int(run.places[0]), first) for run in runs]
    edge = np.repeat(np.array(owner), count)
    fixtures = {}
    at = len(course.xyz)
    for spur in spurs:
        at += len(spur.xyz)
        fixtures[at - 1] = spur.fixture
    points, place = _points(course, xyz, np.concatenate([start, end]), fixtures)
    lines = _lines(course.network, design, records, edge)
    lines["start"], lines["end"] = place[start], place[end]
    lines["start_place"], lines["end_place"] = start, end
    head = np.concatenate([run.invert[:-1] for run in runs])
    foot = np.concatenate([run.invert[1:] for run in runs])
    ground = xyz[:, 2].round(3)
    # Rounding keeps the fall: levels are cut to the millimetre, depths follow.
    lines["start_level"], lines["end_level"] = head.round(3), foot.round(3)
    lines["start_depth"] = (ground[start] - lines["start_level"]).round(3)
    lines["end_depth"] = (ground[end] - lines["end_level"]).round(3)
    lines["diameter"] = np.repeat([run.diameter_mm for run in runs], count)
    lines["on_bridge"] = False
    return Network(course.network, points, lines)


def _with_spurs(
    course: Course, spurs: Sequence[Spur], start: Ints, end: Ints, edge: Ints
) -> tuple[Floats, Ints, Ints, Ints, dict[int, str]]:
    xyz, fixtures = [course.xyz], {}
    at = len(course.xyz)
    starts, ends, edges = [start], [end], [edge]
    for spur in spurs:
        chain = np.concatenate([[spur.place], at + np.arange(len(spur.xyz))])
        xyz.append(spur.xyz)
        starts.append(chain[:-1])
        ends.append(chain[1:])
        touching = edge[(start == spur.place) | (end == spur.place)]
        edges.append(np.full(len(chain) - 1, touching[0]))
        at += len(spur.xyz)
        fixtures[at - 1] = spur.fixture
    return np.concatenate(xyz), np.concatenate(starts), np.concatenate(ends), np.concatenate(edges), fixtures


def _points(course: Course, xyz: Floats, used: Ints, fixtures: dict[int, str]) -> tuple[pd.DataFrame, Ints]:
    """Return the points that lines use, and the position of each place among them."""
    extra = len(xyz) - len(course.xyz)
    number = np.concatenate([course.number, EXTRA_BASE + np.arange(extra)])
    here = int(course.owner[-1]) if len(course.owner) else 0
    owner = np.concatenate([course.owner, np.full(extra, here)])
    kept = np.unique(used)
    place = np.full(len(xyz), -1)
    place[kept] = np.arange(len(kept))
    frame = pd.DataFrame(
        {
            "id": [point_id(course.network, o, n) for o, n in zip(owner[kept], number[kept], strict=True)],
            "x": xyz[kept, 0].round(3),
            "y": xyz[kept, 1].round(3),
            "ground": xyz[kept, 2].round(3),
            "own": owner[kept] == here,
            "junction": kept < course.junctions,
            "off_street": kept >= len(course.xyz),
            "fixture": [fixtures.get(int(index), "") for index in kept],
        }
    )
    return frame, place


def _lines(network: str, design: Design, records: StreetRecords, edge: Ints) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "edge": edge,
            "diameter": design.diameter_mm[edge],
            "section": DUCTS.get(network, ""),
            "material": design.material[edge],
            "year": design.year[edge],
            "pressure": design.pressure[edge],
            "road": records.name[edge],
        }
    )


def crown_and_bottom(network: Network) -> pd.DataFrame:
    """Return outer crown and bottom levels at both ends of each line, metres: what clearances are measured from.

    The sizes are the ones that the depths were planned with: nominal diameters for iron, plastic and steel plus a
    little, walls of a tenth for drains, the block's own height for ducts.
    """
    lines = network.lines
    size = outer_height(network.name, lines["diameter"].to_numpy(float), lines["material"].to_numpy(str))
    if network.name in GRAVITY:
        wall = WALL_SHARE * lines["diameter"].to_numpy(float) / 1000.0
        below = pd.DataFrame({"start": lines["start_level"] - wall, "end": lines["end_level"] - wall})
        return pd.DataFrame(
            {"start_crown": below["start"] + size, "end_crown": below["end"] + size,
             "start_bottom": below["start"], "end_bottom": below["end"]}
        )  # fmt: skip
    return pd.DataFrame(
        {"start_crown": lines["start_level"], "end_crown": lines["end_level"],
         "start_bottom": lines["start_level"] - size, "end_bottom": lines["end_level"] - size}
    )  # fmt: skip


def outer_height(network: str, diameter_mm: Floats, material: Names) -> Floats:
    """Return the outer height of sections, metres: walls of a tenth for concrete, insulation round heating pipes."""
    bore = diameter_mm / 1000.0
    if network in DUCTS:
        return np.full(diameter_mm.shape, 0.2)
    if network == "heat":
        return bore + 0.12
    thick = np.isin(material, ["T", "TC"]) | (network in GRAVITY)
    return np.where(thick, bore * (1.0 + 2 * WALL_SHARE), bore * 1.03 + 0.016)
