"""All networks of one district, laid in an order in which each knows what lies above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from cim.etl.sample.blocks import Blocks
from cim.etl.sample.clearance import shortfall
from cim.etl.sample.course import Course, lay_course
from cim.etl.sample.design import CROWN_M, UNDER_HEAT_M, Design, design_network
from cim.etl.sample.gravity import WALL_SHARE, Run, drain
from cim.etl.sample.network import Network, Spur, gravity_network, pressure_network
from cim.etl.sample.outlets import Outlets, sewage_outlets, storm_outlets
from cim.etl.sample.randomness import Bools, Floats, stream
from cim.etl.sample.relief import Relief
from cim.etl.sample.roads import StreetRecords
from cim.etl.sample.sources import heat_edges, spurs
from cim.etl.sample.streets import Names, Streets

PRESSURE = ("power", "telecom", "gas", "water", "heat")
"""Networks that follow the ground, the shallowest first."""

_SEPARATION_M = 0.32
_NEAR_HEAT_M = 34.0
_COVER_BEYOND_M = 0.9
_TRIES = 4


@dataclass(frozen=True)
class Site:
    """What networks are laid in."""

    relief: Relief
    """Ground heights."""
    streets: Streets
    """Streets."""
    blocks: Blocks
    """Blocks."""
    use: Names
    """Use of each block."""
    records: StreetRecords
    """Names and years of the streets."""


def lay_networks(site: Site) -> Mapping[str, Network]:
    """Return the networks of a district by name."""
    networks: dict[str, Network] = {}
    for name in PRESSURE:
        networks[name] = _lay_pressure(site, name, list(networks.values()))
    crown = np.full(len(site.streets.nodes.u) + len(site.streets.points.u), CROWN_M["storm"])
    crown[_near_heat(site.streets, networks["heat"])] = UNDER_HEAT_M
    networks["storm"], crown = _lay_gravity(site, "storm", list(networks.values()), crown)
    networks["sewage"], _ = _lay_gravity(site, "sewage", list(networks.values()), crown)
    return networks


def _design(site: Site, name: str) -> Design:
    rng = stream(site.relief.plan.seed, "pipes", name, site.streets.district.number)
    return design_network(rng, name, site.streets, site.records)


def _lay_pressure(site: Site, name: str, above: list[Network]) -> Network:
    """Lay a network, and again deeper where it comes too near to one above."""
    streets, seed = site.streets, site.relief.plan.seed
    course = lay_course(site.relief, streets, name, heat_edges(streets) if name == "heat" else None)
    design = _design(site, name)
    found = spurs(site.relief, streets, site.blocks, site.use, course)
    deeper = np.zeros(len(course.xyz) + sum(len(spur.xyz) for spur in found))
    for _ in range(_TRIES):
        rng = stream(seed, "trench", name, streets.district.number)
        network = pressure_network(rng, streets, course, design, site.records, found, deeper)
        missing = shortfall(network, above, len(deeper))
        if not missing.any():
            break
        deeper += missing
    return network


def _lay_gravity(site: Site, name: str, above: list[Network], crown: Floats) -> tuple[Network, Floats]:
    """Lay sewers, and again deeper where they come too near to a pipe above.

    Returns
    -------
    network
        The sewers.
    crown
        Depth of the crown that a network below it must keep at each place of the street graph, metres.
    """
    streets = site.streets
    course = lay_course(site.relief, streets, name)
    outlets = (storm_outlets if name == "storm" else sewage_outlets)(site.relief, streets, course)
    whole = replace(course, xyz=np.concatenate([course.xyz, outlets.xyz]))
    design, ends = _design(site, name), _last_spurs(streets, name, outlets)
    least = np.concatenate([crown, np.full(len(outlets.xyz), _COVER_BEYOND_M)])
    for _ in range(_TRIES):
        runs = drain(streets, whole, outlets.nodes, outlets.last, least)
        network = gravity_network(course, design, site.records, runs, ends)
        missing = shortfall(network, above, len(least))
        if not missing.any():
            break
        least += missing
    below = np.maximum(crown, _bottom(course, runs) + _SEPARATION_M)
    # An outfall dips at once, and may cross under its own street.
    below[outlets.nodes] += 0.5
    _keep_round_junctions(streets, below)
    return network, below


def _near_heat(streets: Streets, heat: Network) -> Bools:
    """Return which places of the street graph lie near the loop."""
    xy = np.concatenate([streets.nodes.xyz[:, :2], streets.points.xyz[:, :2]])
    distance, _ = cKDTree(heat.points[["x", "y"]].to_numpy()).query(xy)
    return np.asarray(distance < _NEAR_HEAT_M)


def _bottom(course: Course, runs: list[Run]) -> Floats:
    """Return how deep the outer bottom of the sewers reaches at each place of the street graph, metres."""
    bottom = np.zeros(len(course.xyz))
    for run in runs:
        here = run.places < len(course.xyz)
        place = run.places[here]
        depth = course.xyz[place, 2] - run.invert[here] + WALL_SHARE * run.diameter_mm / 1000.0
        np.maximum.at(bottom, place, depth)
    return bottom


def _keep_round_junctions(streets: Streets, depth: Floats) -> None:
    """Keep the depth of a junction up to the first point of each of its streets: there pipes cross."""
    edges, count = streets.edges, len(streets.nodes.u)
    inner = np.flatnonzero(np.diff(edges.first) > 0)
    for node, point in (
        (edges.start[inner], edges.first[inner] + count),
        (edges.end[inner], edges.first[inner + 1] - 1 + count),
    ):
        np.maximum.at(depth, point, depth[node])


def _last_spurs(streets: Streets, name: str, outlets: Outlets) -> list[Spur]:
    """Return the ends beyond the streets with what stands there."""
    found, at = [], 0
    lowest = max((int(node) for node in outlets.nodes), key=lambda node: streets.nodes.u[node], default=-1)
    for node in map(int, outlets.nodes):
        size = len(outlets.last[node])
        fixture = "出水口" if name == "storm" else ("污水处理厂" if node == lowest else "净化池")
        found.append(Spur(node, outlets.xyz[at : at + size], fixture))
        at += size
    return found
