"""Pipe surveys as handed over: complete, consistent, and laid as engineers would."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

NETWORKS = {"water": "JS", "storm": "YS", "sewage": "WS", "gas": "RQ", "power": "DL", "telecom": "TX", "heat": "RL"}
GRAVITY = ("storm", "sewage")
DEPTH_ORDER = ("power", "telecom", "gas", "water", "heat", "storm", "sewage")
COVER_M = {"power": 0.5, "telecom": 0.6, "gas": 0.9, "water": 0.7, "heat": 1.0, "storm": 0.7, "sewage": 0.7}
SOURCES = {"water": "水厂", "gas": "门站", "power": "变电站", "telecom": "机房", "heat": "能源站"}
SINKS = ("出水口", "污水处理厂", "净化池")


def joined(pair: tuple[pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
    """Lines with the places of their ends; lines to points that are not there are left out."""
    points, lines = pair
    points = points.drop_duplicates("物探点号").set_index("物探点号")
    for end in ("起点", "终点"):
        place = points[["X", "Y", "地面高程"]].add_prefix(end)
        lines = lines.merge(place, left_on=f"{end}点号", right_index=True)
    return lines.reset_index(drop=True)


def run(lines: pd.DataFrame) -> np.ndarray:
    return np.hypot(lines["终点X"] - lines["起点X"], lines["终点Y"] - lines["起点Y"]).to_numpy(float)


def segments(lines: pd.DataFrame) -> np.ndarray:
    ends = lines[["起点Y", "起点X", "终点Y", "终点X"]].to_numpy(float).reshape(-1, 2, 2)
    return shapely.linestrings(ends)


@pytest.mark.parametrize("network", NETWORKS)
def test_every_line_joins_points_that_are_there_once(clean, network: str) -> None:
    points, lines = clean.pipes[network]
    assert len(points) > 20
    assert points["物探点号"].is_unique
    assert points["物探点号"].str.startswith(NETWORKS[network]).all()
    assert lines["管线编号"].is_unique
    ends = pd.concat([lines["起点点号"], lines["终点点号"]])
    assert set(ends) == set(points["物探点号"]), "an orphan, or a line to nowhere"
    assert (lines["起点点号"] != lines["终点点号"]).all()


@pytest.mark.parametrize("network", NETWORKS)
def test_ground_is_depth_and_level(clean, network: str) -> None:
    lines = joined(clean.pipes[network])
    for end in ("起点", "终点"):
        left = lines[f"{end}地面高程"] - lines[f"{end}埋深"] - lines[f"{end}高程"]
        assert left.abs().max() < 0.0015


@pytest.mark.parametrize("network", NETWORKS)
def test_x_is_the_northing_and_lengths_are_surveyable(clean, network: str) -> None:
    points, _ = clean.pipes[network]
    assert points["X"].between(3_268_000, 3_275_000).all()
    assert points["Y"].between(502_000, 509_000).all()
    lines = joined(clean.pipes[network])
    length = np.hypot(run(lines), lines["终点高程"] - lines["起点高程"])
    assert length.min() > 0.05
    assert length.max() < 75


@pytest.mark.parametrize("network", NETWORKS)
def test_cover_is_enough_and_not_absurd(clean, network: str) -> None:
    lines = clean.pipes[network][1]
    depth = pd.concat([lines["起点埋深"], lines["终点埋深"]]).astype(float)
    if network in GRAVITY:
        bore = pd.concat([lines["管径"], lines["管径"]]).astype(float) / 1000
        depth = depth - 1.1 * bore
    assert depth.min() >= COVER_M[network]
    assert depth.max() < 15
    assert depth.quantile(0.9) < 6


@pytest.mark.parametrize("network", NETWORKS)
def test_features_count_the_lines(clean, network: str) -> None:
    points, lines = clean.pipes[network]
    degree = pd.concat([lines["起点点号"], lines["终点点号"]]).value_counts()
    count = points["物探点号"].map(degree)
    for feature, wanted in (
        ("三通", 3),
        ("四通", 4),
        ("弯头", 2),
        ("直线点", 2),
        ("变径", 2),
        ("起点", 1),
        ("终点", 1),
    ):
        assert (count[points["特征"] == feature] == wanted).all(), feature


@pytest.mark.parametrize("network", GRAVITY)
def test_sewers_fall_all_the_way_to_an_outlet(clean, network: str) -> None:
    points, _ = clean.pipes[network]
    lines = joined(clean.pipes[network])
    fall = (lines["起点高程"] - lines["终点高程"]).to_numpy(float) / run(lines)
    assert fall.min() > 0.001
    assert (lines["流向"].astype(str) == "0").all()
    # What arrives at a manhole is never lower than what leaves it, and only one pipe leaves.
    lowest_in = lines.groupby("终点点号")["终点高程"].min()
    out = lines.groupby("起点点号")["起点高程"].agg(["min", "size"])
    assert (out["size"] == 1).all()
    both = out.join(lowest_in, how="inner")
    assert (both["终点高程"] >= both["min"] - 1e-6).all()
    graph = nx.DiGraph(lines[["起点点号", "终点点号"]].itertuples(index=False, name=None))
    assert nx.is_directed_acyclic_graph(graph)
    ends = {node for node in graph if graph.out_degree(node) == 0}
    assert ends == set(points.loc[points["附属物"].isin(SINKS), "物探点号"])


@pytest.mark.parametrize("network", GRAVITY)
def test_pipes_grow_downstream(clean, network: str) -> None:
    lines = clean.pipes[network][1]
    widest_in = lines.groupby("终点点号")["管径"].max()
    arriving = lines["起点点号"].map(widest_in)
    assert (lines["管径"] >= arriving.fillna(0)).all()
    assert lines["管径"].nunique() >= 2


@pytest.mark.parametrize("network", SOURCES)
def test_pressure_networks_are_whole_looped_and_fed(clean, network: str) -> None:
    points, lines = clean.pipes[network]
    graph = nx.Graph(lines[["起点点号", "终点点号"]].itertuples(index=False, name=None))
    sources = set(points.loc[points["附属物"] == SOURCES[network], "物探点号"])
    parts = list(nx.connected_components(graph))
    assert len(sources) >= (1 if network == "heat" else 2)
    assert all(part & sources for part in parts)
    assert len(parts) <= len(clean.register("admin_unit").query("level == 'district'"))
    assert graph.number_of_edges() >= graph.number_of_nodes(), "no loop"


def test_water_has_valves_hydrants_and_two_kinds_of_source(clean) -> None:
    points, lines = clean.pipes["water"]
    found = points["附属物"].value_counts()
    junctions = points["特征"].isin(["三通", "四通", "五通"]).sum()
    assert found["阀门"] > junctions
    assert found["消防栓"] > 10
    assert {"水厂", "高位水池", "排气阀", "排泥阀"} <= set(found.index)
    assert set(lines["材质"]) >= {"ZT", "QM", "PE"}
    assert lines["建设年代"].between(1950, 2025).all()


def test_old_pipes_are_of_old_materials(clean) -> None:
    lines = clean.pipes["water"][1]
    assert set(lines.loc[lines["建设年代"] < 1978, "材质"]) == {"ZT"}
    assert not set(lines.loc[lines["建设年代"] >= 1999, "材质"]) & {"ZT", "TC"}


def outer(network: str, lines: pd.DataFrame) -> np.ndarray:
    """Outer height of a section by rules of thumb of its material, metres."""
    if network in ("power", "telecom"):
        return np.full(len(lines), 0.2)
    bore = lines["管径"].to_numpy(float) / 1000
    thick = lines["材质"].isin(["T", "TC", "VL"])
    iron = lines["材质"].isin(["ZT", "QM", "G", "BLG"])
    return np.select([thick, iron], [1.2 * bore, 1.03 * bore + 0.016], bore)


def gaps(upper: str, lower: str, city) -> pd.Series:
    """Gap between two networks wherever a line of one crosses a line of the other, off the bridges."""
    found = []
    for name in (upper, lower):
        lines = joined(city.pipes[name])
        lines = lines[lines["埋设类型"] != "JK"].reset_index(drop=True)
        size = outer(name, lines)
        wall = np.where(lines["材质"].isin(["T", "TC", "VL"]), 0.1 * lines["管径"].to_numpy(float) / 1000, 0.02)
        crown = 0.0 if name not in GRAVITY else size - wall
        found.append((lines, segments(lines), size, crown))
    (above, a, a_size, a_crown), (below, b, _, b_crown) = found
    i, j = shapely.STRtree(b).query(a, predicate="crosses")
    at = shapely.intersection(a[i], b[j])

    def level(lines: pd.DataFrame, shapes: np.ndarray, index: np.ndarray) -> np.ndarray:
        share = shapely.line_locate_point(shapes[index], at, normalized=True)
        ends = lines[["起点高程", "终点高程"]].to_numpy(float)[index]
        return ends[:, 0] + share * (ends[:, 1] - ends[:, 0])

    top_of_upper = level(above, a, i) + np.broadcast_to(a_crown, len(above))[i]
    top_of_lower = level(below, b, j) + np.broadcast_to(b_crown, len(below))[j]
    keys = above["管线编号"].to_numpy()[i] + " × " + below["管线编号"].to_numpy()[j]
    return pd.Series(top_of_upper - a_size[i] - top_of_lower, index=keys)


def required(upper: str, lower: str) -> float:
    """GB 50289-2016 table 4.1.14, as far as it is known."""
    if lower in GRAVITY and upper == "water":
        return 0.40
    if upper == "power":
        return 0.15 if lower == "gas" else 0.25
    return 0.25 if (upper, lower) == ("telecom", "heat") else 0.15


@pytest.mark.parametrize(("upper", "lower"), list(combinations(DEPTH_ORDER, 2)))
def test_crossing_pipes_keep_their_clearance(clean, upper: str, lower: str) -> None:
    gap = gaps(upper, lower, clean)
    assert gap.min() >= required(upper, lower) if len(gap) else "heat" in (upper, lower)


def test_the_planted_crossing_is_the_only_one_too_close(planted) -> None:
    near = {
        (upper, lower): gap[gap < required(upper, lower)]
        for upper, lower in combinations(DEPTH_ORDER, 2)
        if len(gap := gaps(upper, lower, planted))
    }
    near = {pair: gap for pair, gap in near.items() if len(gap)}
    assert list(near) == [("gas", "water")]
    record = next(fault["record"] for fault in planted.faults if fault["code"] == "pipe.clearance_vertical")
    assert [key.split(" × ")[0] for key in near["gas", "water"].index] == [record]
    assert 0.0 < near["gas", "water"].iloc[0] < 0.1


def test_services_reach_nearly_every_building(clean) -> None:
    services = clean.table("service_connection")
    per_network = services.groupby("network")["building_key"].nunique() / len(clean.plans)
    assert per_network[["water", "sewage", "power", "telecom"]].min() > 0.97
    assert 0.5 < per_network["gas"] < 1.0
    for network, rows in services.groupby("network"):
        assert set(rows["node_key"]) <= set(clean.pipes[network][0]["物探点号"])
    assert set(services["building_key"]) <= set(clean.plans.index)
    assert (services["customers"] >= 1).all()
    critical = set(services.loc[services["critical"], "critical_kind"])
    assert critical >= {"hospital", "dialysis", "school"}
    assert services.loc[~services["critical"], "critical_kind"].isna().all()


def test_breaks_follow_age_and_material(clean) -> None:
    breaks = clean.register("pipe_break")
    water = clean.pipes["water"][1].assign(length=run(joined(clean.pipes["water"])))
    known = pd.concat([clean.pipes[name][1] for name in ("water", "gas", "heat")])["管线编号"]
    assert set(breaks["segment_key"]) <= set(known)
    hit = water.merge(breaks, left_on="管线编号", right_on="segment_key")
    old = water["材质"].isin(["ZT", "G"])
    rate = {
        "old": len(hit[hit["材质"].isin(["ZT", "G"])]) / water.loc[old, "length"].sum(),
        "new": len(hit[hit["材质"].isin(["QM", "PE"])]) / water.loc[~old, "length"].sum(),
    }
    assert rate["old"] > 2 * rate["new"]
    assert (pd.to_datetime(hit["broke_on"]).dt.year >= hit["建设年代"]).all()
    assert (pd.to_datetime(breaks["repaired_on"]) >= pd.to_datetime(breaks["broke_on"])).all()


def test_inspections_lie_on_sewers(clean) -> None:
    seen = clean.table("pipe_inspection")
    lines = pd.concat([clean.pipes[name][1].assign(length=run(joined(clean.pipes[name]))) for name in GRAVITY])
    merged = seen.merge(lines, left_on="segment_key", right_on="管线编号")
    assert len(merged) == len(seen) > 50
    defects = merged[merged["defect_code"].notna()]
    assert 0 < len(defects) < len(merged)
    assert (defects["chainage_m"] <= defects["length"]).all()
    assert defects["grade"].between(1, 4).all()
    assert merged.loc[merged["defect_code"].isna(), "grade"].isna().all()


def test_heat_is_one_loop(clean) -> None:
    lines = clean.pipes["heat"][1]
    graph = nx.Graph(lines[["起点点号", "终点点号"]].itertuples(index=False, name=None))
    for part in nx.connected_components(graph):
        ring = graph.subgraph(part)
        assert len(nx.cycle_basis(ring)) == 1
