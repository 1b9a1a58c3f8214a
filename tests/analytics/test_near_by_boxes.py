"""Statements that ask how near things are find them through the spatial index, as the web's role under row policies."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import shapely
from psycopg import sql

from cim.analytics.queries import query
from cim.viewer import LOCAL

ANALYTICS = Path(__file__).parents[2] / "analytics"
# By statement: the indexes through which it finds what is near.
INDEXES = {
    "examination/fuel_neighbour": {"building"},
    "network.bursts/services": {"facility"},
    "network.bursts/unlinked": {"building", "facility", "pipe_segment"},
    "network.clearance/around": {"building", "tree", "kerb", "road_edge"},
    "network.clearance/near": {"pipe_segment"},
    "network.digs/nodes": {"pipe_node"},
    "network.digs/pipes": {"pipe_segment"},
    "network.digs/rail": {"city_object", "facility"},
    "network.digs/roads": {"road_edge"},
    "network.gas/buildings": {"building"},
    "network.gas/facilities": {"facility"},
    "network.gas/manholes": {"pipe_node"},
    "network.gas/neighbours": {"pipe_segment"},
    "network.gas/occupied": {"building"},
    "network.hydraulics/flood_contacts": {"building", "road_edge"},
    "network.sections/beside": {"building", "control_line", "kerb", "road_edge"},
}


@pytest.fixture(scope="module")
def asked(sample_store) -> dict[str, Any]:
    """What these statements ask about, around one gas pipe."""
    pipe, wkb, area = sample_store.rows(
        LOCAL,
        "SELECT feature_id, ST_AsBinary(ST_Force2D(geom)) AS wkb, ST_AsText(ST_Envelope(geom)) AS area "
        "FROM city.pipe_segment_current WHERE network = 'gas' ORDER BY 1 LIMIT 1",
    )[0].values()
    nodes = [row["node_id"] for row in sample_store.rows(LOCAL, "SELECT node_id FROM city.service_connection_current")]
    return {
        "segment": pipe, "within": 20.0, "basements": False, "network": "water", "kinds": ["school"], "nodes": nodes,
        "beyond_nodes": [], "reach": [20.0] * len(nodes), "line": wkb, "srid": sample_store.city.srid, "near": 5.0,
        "margin": 5.0, "most": 100, "area": area,
    }  # fmt: skip


def test_every_statement_that_asks_a_distance_is_listed() -> None:
    files = {path: path.read_text(encoding="utf-8") for path in ANALYTICS.rglob("sql/*.sql")}
    asking = {path for path, text in files.items() if "ST_DWithin" in text}
    rooms = {".".join(path.parents[1].relative_to(ANALYTICS).parts) + f"/{path.stem}" for path in asking}
    assert rooms == set(INDEXES)


@pytest.mark.parametrize("statement", INDEXES)
def test_a_distance_is_asked_of_what_a_box_found(sample_store, asked, statement) -> None:
    given = asked
    if statement.startswith("network.digs"):
        given = asked | {"area": shapely.to_wkb(shapely.from_wkt(asked["area"]))}
    if statement == "network.bursts/unlinked":
        given = asked | {"segments": [asked["segment"]], "beyond_segments": [], "reach": 100.0}
    with sample_store.connection(LOCAL) as connection:
        # A small city is read whole sooner: what counts is whether an index can serve at all.
        connection.execute("SET LOCAL enable_seqscan = off")
        rows = connection.execute(sql.SQL("EXPLAIN ") + query(*statement.split("/")), given).fetchall()
    plan = [row["QUERY PLAN"].strip() for row in rows]
    boxed = {
        line.split("_geom_gist")[0].split()[-1]
        for line, condition in itertools.pairwise(plan)
        if "_geom_gist" in line and condition.startswith("Index Cond: (geom &&")
    }
    assert boxed == INDEXES[statement], "\n".join(plan)
