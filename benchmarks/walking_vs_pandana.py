"""Walking access, ours, pandana's and networkx's, on the same streets and the same snaps: seconds and equal distances.

pandana puts places on the nearest junction; ours stand anywhere along a street. So that the work is the same, homes and
places are put on junctions for all three. Needs the environment of pandana_environment.sh::

    python benchmarks/walking_vs_pandana.py --edges 100000
    CIM_REAL_DATA=… python benchmarks/walking_vs_pandana.py --real

`--write FILE` keeps pandana's figures, as tests/analytics/examination/las_palmas_pandana.json.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import shapely
from examination import STREET_M, facilities, homes, streets, with_networkx
from geopandas import GeoDataFrame

from cim.analytics.examination.walking import StreetNetwork, street_network
from cim.city import CityProfile
from cim.etl.readers import find
from cim.manifest import SourceSpec

PEER = Path(__file__).parent / ".envs" / "pandana" / "bin" / "python"
LIMIT_M = 1000.0
REACHES_M = (300.0, 500.0, 1000.0)


@dataclass(frozen=True)
class Town:
    """Streets, and what stands along them."""

    road_edge: GeoDataFrame
    """Streets as the examination reads them."""
    homes: np.ndarray
    """Points."""
    places: np.ndarray
    """Points."""


def drawn_town(edges: int) -> Town:
    """Return a grid of streets of uneven length, with as many homes and 500 schools."""
    rng = np.random.default_rng(7)
    side = int(np.sqrt(edges / 2)) + 1
    size = side * STREET_M
    grid = streets(side)
    grid["length_m"] = STREET_M * rng.uniform(1.0, 1.5, len(grid))
    places = facilities(size, rng)
    schools = places.geometry[places["kind"] == "middle_school"].to_numpy()
    return Town(grid, homes(edges, size, rng).geometry.to_numpy(), schools)


def las_palmas(folder: Path) -> Town:
    """Return the streets, homes and schools of OpenStreetMap in Las Palmas de Gran Canaria."""
    path = folder / "urban" / "laspalmas" / "example_las_palmas_2023_osm_20230221.osm.pbf"
    options = {"themes": ["building", "facility", "road_edge"]}
    source = SourceSpec("osm", "osm", path, attribution="© OpenStreetMap contributors", options=options)
    parts = defaultdict(list)
    for batch in find("osm").read(source, CityProfile("x", "x", "x", "EPSG:32628", "d", 0.0)):
        parts[batch.theme].append(batch.frame)
    frames = {theme: pd.concat(found, ignore_index=True) for theme, found in parts.items()}
    edges, building, facility = frames["road_edge"], frames["building"], frames["facility"]
    keys = pd.concat([edges["start_node_key"], edges["end_node_key"]])
    node = pd.factorize(keys)[0].reshape(2, -1).astype(float)
    table = {"walkable": edges["walkable"].astype("boolean"), "length_m": np.nan}
    table |= {"start_node_id": node[0], "end_node_id": node[1]}
    road_edge = GeoDataFrame(table, geometry=shapely.force_2d(edges["geom"].to_numpy()))
    home = (building["usage"] == "residential") | building["usage"].isna()
    inside = shapely.point_on_surface(shapely.force_2d(building["geom"][home].to_numpy()))
    schools = shapely.force_2d(facility["geom"][facility["kind"] == "school"].to_numpy())
    return Town(road_edge, inside, schools)


def junctions(network: StreetNetwork) -> np.ndarray:
    """Return the coordinates of the nodes."""
    at = np.empty((network.nodes, 2))
    for node, index in ((network.end, -1), (network.start, 0)):
        at[node] = shapely.get_coordinates(shapely.get_point(network.lines, index))
    return at


def nearest(at: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the junction that is nearest to each point."""
    return shapely.STRtree(shapely.points(at)).nearest(points)


def theirs(network: StreetNetwork, at: np.ndarray, places: np.ndarray, homes: np.ndarray) -> dict[str, np.ndarray]:
    """Return what pandana finds, and its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        asked, told = Path(folder) / "asked.npz", Path(folder) / "told.npz"
        arrays = {"x": at[:, 0], "y": at[:, 1], "start": network.start, "end": network.end, "limit_m": LIMIT_M}
        np.savez(asked, length_m=network.length_m, places=places, homes=homes, **arrays)
        script = Path(__file__).parent / "pandana_peer.py"
        subprocess.run([PEER, script, asked, told], check=True, stdout=subprocess.DEVNULL)
        return dict(np.load(told))


class Clock:
    """Seconds by the clock and of this process's processor time, since the clock was made."""

    def __init__(self) -> None:
        """Start."""
        self.started = self._now()

    @staticmethod
    def _now() -> np.ndarray:
        return np.array([time.perf_counter(), time.process_time()])

    def __call__(self) -> np.ndarray:
        """Return both."""
        return self._now() - self.started


def compared(town: Town) -> tuple[StreetNetwork, np.ndarray, np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the network, homes and places at junctions, our seconds and pandana's answer."""
    clock = Clock()
    network = street_network(town.road_edge)
    built = clock()
    at = junctions(network)
    home, place = nearest(at, town.homes), nearest(at, town.places)
    at_home, at_place = network.at_nodes(home), network.at_nodes(place)
    questions = []
    for _ in range(7):
        clock = Clock()
        metres = network.distances(at_home, at_place, LIMIT_M)
        questions.append(clock())
    clock = Clock()
    _, near = with_networkx(network, at_home, at_place, LIMIT_M)
    ours = {"build": built, "first": questions[0], "more": np.median(questions[1:], axis=0), "metres": metres}
    return network, home, place, ours | {"networkx": clock(), "near": near}, theirs(network, at, place, home)


def main() -> None:
    """Measure all three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edges", type=int, default=100_000)
    parser.add_argument("--real", action="store_true", help="Las Palmas instead of a drawn town.")
    parser.add_argument("--write", type=Path, help="Keep pandana's figures.")
    wanted = parser.parse_args()
    town = las_palmas(Path(os.environ["CIM_REAL_DATA"])) if wanted.real else drawn_town(wanted.edges)
    network, home, place, ours, peer = compared(town)
    print(f"{len(network.start):,} edges, {network.nodes:,} junctions, {len(home):,} homes, {len(place)} places")
    whole = peer["build"] + peer["query"]
    for name, seconds in (
        ("ours: network", ours["build"]), ("ours: first question", ours["first"]), ("ours: each more", ours["more"]),
        ("networkx: graph and question", ours["networkx"]), (f"pandana {peer['version']}: build", peer["build"]),
        ("pandana: question", peer["query"]),
    ):  # fmt: skip
        print(f"{name}: {seconds[0]:.3f} s, {seconds[1]:.3f} s of processor time")
    for name, less in (("network + question", ours["build"] + ours["first"]), ("a question", ours["more"])):
        by_clock, by_work = whole / less
        print(f"pandana's build + question against our {name}: {by_clock:.0f} times, {by_work:.0f} by processor time")
    by_clock, by_work = ours["networkx"] / ours["more"]
    print(f"networkx against our question: {by_clock:.0f} times, {by_work:.0f} by processor time")
    reached = {f"{reach:.0f}": int((peer["metres"] <= reach).sum()) for reach in REACHES_M}
    same = {f"{reach:.0f}": int((ours["metres"] <= reach).sum()) for reach in REACHES_M}
    both = np.isfinite(ours["metres"]) & np.isfinite(peer["metres"])
    print(f"in reach: ours {same}, pandana {reached}, networkx within {LIMIT_M:.0f} m {ours['near']:,}")
    print(f"largest difference {np.abs(ours['metres'][both] - peer['metres'][both]).max():.4f} m")
    if wanted.write:
        figures = {
            "made_by": f"pandana {peer['version']}, benchmarks/walking_vs_pandana.py --real --write FILE",
            "data": "OpenStreetMap of Las Palmas de Gran Canaria, 2023-02-21, © OpenStreetMap contributors (ODbL)",
            "junctions": network.nodes, "edges": len(network.start), "homes": len(home), "schools": len(place),
            "homes_within_m_of_a_school": reached,
            "metres_of_every_100th_home": np.round(peer["metres"][::100], 2).tolist(),
        }  # fmt: skip
        wanted.write.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
