"""Sewage in storm drains and storm water in sewers, found in the network itself."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import shapely

from cim.analytics.network.risk.misconnections import misconnections
from cim.crs import longitude_latitude
from cim.viewer import LOCAL, Viewer

X, Y = 505000.0, 3271000.0
NODES = {
    11: ("sewage", 0, 0), 12: ("sewage", 50, 0), 13: ("sewage", 100, 0), 14: ("sewage", 0, -40),
    21: ("storm", 0, 20), 22: ("storm", 50, 20), 23: ("storm", 100, 20),
}  # fmt: skip
PIPES = {
    1: ("sewage", 11, 12), 2: ("sewage", 12, 13), 3: ("storm", 21, 22), 4: ("storm", 22, 23),
    5: ("sewage", 12, 22), 6: ("storm", 21, (50, 0)), 7: ("storm", 14, 21), 8: ("storm", 23, (50, 0)),
    9: ("sewage", 13, 23), 10: ("storm", 22, (50.02, 0)),
}  # fmt: skip
LEVELS = {5: (198.5, 198.0), 6: (199.0, 198.0), 8: (198.0, 198.0)}
"""Of the axis at either end; 198.6 to 198.2 unless told."""


def place(end) -> tuple[float, float]:
    x, y = end if isinstance(end, tuple) else NODES[end][1:]
    return X + x, Y + y


@pytest.fixture
def drains(database, publish):
    """Storm drains beside sewers, the water going east.

    ::

        21 ═3═ 22 ═4═ 23    storm
        ║6    ╱5     ╱8     5: a sewer that ends at the storm manhole 22, which it names
        ║    ╱      ╱       6: a storm drain that ends at the place of the sewer manhole 12 and names no node there
        11 ═1═ 12 ═2═ 13    8: a flat one that does; nobody knows which way. 9: is abandoned. 10 ends 2 cm beside 12
        14                  7: a storm drain from node 14, which is called sewage, but no sewer touches it
    """
    points = {node: shapely.Point(*place(node), 198.0) for node in NODES}
    frame = pd.DataFrame(
        {"network": [NODES[node][0] for node in NODES], "geom": list(points.values())}, index=list(NODES)
    )
    publish(database, "pipe_node", frame)
    rows = []
    for pipe, (network, start, end) in PIPES.items():
        low = LEVELS.get(pipe, (198.6, 198.2))
        ends = [(*place(one), level) for one, level in zip((start, end), low, strict=True)]
        named = [None if isinstance(one, tuple) else one for one in (start, end)]
        state = "abandoned" if pipe == 9 else "in_use"
        rows.append({"network": network, "kind": "pipe", "state": state, "geom": shapely.LineString(ends),
                     "start_node_id": named[0], "end_node_id": named[1]})  # fmt: skip
    pipes = pd.DataFrame(rows, index=list(PIPES)).astype({"start_node_id": "Int64", "end_node_id": "Int64"})
    publish(database, "pipe_segment", pipes)
    return database


def test_hand_overs_are_told_with_place_and_both_pipes(drains, run) -> None:
    found = {row["segment_id"]: row for row in misconnections(drains, LOCAL)}
    told = {
        pipe: tuple(row[name] for name in ("node_id", "other_id", "how", "direction")) for pipe, row in found.items()
    }
    assert told == {
        # It goes on in pipe 4, and leaves what comes in pipe 3 alone.
        5: (22, 4, "node", "sewage_to_storm"),
        6: (12, 2, "place", "storm_to_sewage"),
        8: (12, 1, "place", "unknown"),
    }
    lon, lat = longitude_latitude(drains.city, *map(lambda one: pd.Series([one]).to_numpy(), place(22)))
    assert (found[5]["longitude"], found[5]["latitude"]) == pytest.approx((lon[0], lat[0]))
    assert (found[5]["key"], found[5]["node_key"], found[5]["other_key"]) == ("5", "22", "4")
    assert misconnections(drains, Viewer("guest", frozenset(), 0)) != []
    said = run("network", "risk", "--city", drains.city.slug).output
    assert "1 of its pipes meet nodes of storm (混接):" in said
    assert "5 at 22 with 4, sewage to storm" in said
    assert "2 of its pipes meet nodes of sewage (混接):" in said


def test_hand_overs_are_named_by_the_rule_with_the_reason_in_words(drains, run) -> None:
    said = run("network", "risk", "--city", drains.city.slug, "--as-of", "2025-06-30", "--json").output
    rows = {row["segment_id"]: row for row in json.loads(said)["segments"]}
    named = {pipe: row["rule"] for pipe, row in rows.items() if row["rule"]}
    assert {pipe: (rule["rule"], rule["state"]) for pipe, rule in named.items()} == {
        pipe: ("sewer_misconnection", "in_force") for pipe in (5, 6, 8)
    }
    assert named[5]["title_zh"] == "雨污混接的排水管道应改造"
    words = {pipe: row["reasons"][-1]["en"] for pipe, row in rows.items() if pipe in named}
    assert words == {
        5: "misconnection: sewage to storm", 6: "misconnection: storm to sewage", 8: "misconnection: direction unknown",
    }  # fmt: skip
    others = [reason for pipe, row in rows.items() if pipe not in named for reason in row["reasons"]]
    assert all(reason["code"] != "misconnection" for reason in others)
