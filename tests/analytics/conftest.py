"""Small networks and towns for the tests of the analyses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner, Result
from psycopg import sql

from cim.__main__ import main
from cim.analytics.network.building import NODE_ROW, SEGMENT_ROW, SERVICE_ROW, VALVE_ROW, NetworkRows, build_graph
from cim.analytics.network.graph import NetworkGraph
from cim.city import CityProfile, create_city
from cim.cluster import Cluster
from cim.copying import copy_frame
from cim.store import Store
from cim.tables import THEMES
from cim.viewer import OPERATOR

FIRST_SEGMENT = 1001
_GRID = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"


def nodes_fed(graph: NetworkGraph, without: int | None = None) -> set[int]:
    """Ids of the nodes that are served, by plain search, with one segment taken out."""
    flow = nx.DiGraph()
    flow.add_nodes_from(graph.node_id.tolist())
    for start, end, segment, data in graph.networkx().edges(keys=True, data=True):
        if segment == without or data["closed"]:
            continue
        # networkx forgets which end of an undirected edge came first.
        place = np.searchsorted(graph.segment_id, segment)
        start, end = graph.node_id[[graph.start[place], graph.end[place]]].tolist()
        if not graph.gravity or data["direction"] in (0, 2):
            flow.add_edge(start, end)
        if not graph.gravity or data["direction"] in (1, 2):
            flow.add_edge(end, start)
    roots = set(graph.node_id[graph.sink if graph.gravity else graph.source].tolist())
    if graph.gravity:
        flow = flow.reverse()
    return roots.union(*(nx.descendants(flow, root) for root in roots))


@pytest.fixture(scope="session")
def fed() -> Callable[..., set[int]]:
    """`nodes_fed`."""
    return nodes_fed


def network_rows(
    nodes: int,
    segments: Sequence[tuple[int, int]],
    *,
    sources: Iterable[int] = (),
    sinks: Iterable[int] = (),
    customers: Sequence[int] | None = None,
    directions: Sequence[int] | None = None,
    closed: Iterable[int] = (),
    valves: Iterable[tuple[int, int]] = (),
    open_valves: Iterable[tuple[int, int]] = (),
    stuck: Iterable[int] = (),
) -> NetworkRows:
    """Rows of a network whose nodes are 1…n and whose segments are 1001…, each 10 m long.

    `valves` are closed, `open_valves` are not: node and segment, 0 where they name none; numbered 5001… in that order.
    `customers[i]` of node i + 1 sit on one connection with two residents a customer; the last node's is critical.
    """
    node = np.zeros(nodes, NODE_ROW)
    node["node_id"] = np.arange(1, nodes + 1)
    # Anywhere: how nodes lie to each other must not matter to any answer.
    node["east_m"], node["north_m"] = np.random.default_rng(nodes).uniform(0, 1000, (2, nodes))
    node["source"] = np.isin(node["node_id"], list(sources))
    node["sink"] = np.isin(node["node_id"], list(sinks))
    segment = np.zeros(len(segments), SEGMENT_ROW)
    segment["segment_id"] = FIRST_SEGMENT + np.arange(len(segments))
    segment["start_id"] = [start for start, _ in segments]
    segment["end_id"] = [end for _, end in segments]
    segment["length_m"] = 10.0
    segment["in_use"] = True
    segment["direction"] = 0 if directions is None else list(directions)
    segment["closed"] = np.isin(segment["segment_id"], list(closed))
    number = [1] * nodes if customers is None else list(customers)
    service = np.zeros(nodes, SERVICE_ROW)
    service["node_id"] = node["node_id"]
    service["connections"] = service["residents_known"] = np.minimum(number, 1)
    service["customers"] = number
    service["residents"] = 2.0 * np.asarray(number)
    service["critical"][-1:] = 1
    valve_rows = [(*valve, True) for valve in valves] + [(*valve, False) for valve in open_valves]
    numbered = [(5001 + i, *row, 5001 + i not in set(stuck)) for i, row in enumerate(valve_rows)]
    return NetworkRows(node, segment, np.array(numbered, VALVE_ROW), service)


@pytest.fixture(scope="session")
def rows_of() -> Callable[..., NetworkRows]:
    """`network_rows`."""
    return network_rows


@pytest.fixture(scope="session")
def graph_of() -> Callable[..., NetworkGraph]:
    """Build a graph from the arguments of `network_rows`; `network` is water unless given."""

    def graph(*args: object, network: str = "water", **options: object) -> NetworkGraph:
        return build_graph(network, 1, network_rows(*args, **options))  # type: ignore[arg-type]

    return graph


def publish_rows(store: Store, theme: str, rows: pd.DataFrame) -> None:
    """Publish rows as features of a theme; the index holds their feature ids. Earlier versions of them are closed."""
    table = THEMES[theme]
    with store.connection(OPERATOR) as connection:
        load_id = connection.execute(
            "WITH s AS (INSERT INTO run.source (name, kind) VALUES (gen_random_uuid()::text, 'test') "
            "           RETURNING source_id) "
            "INSERT INTO run.load (source_id, status, path, software_version, published_at) "
            "SELECT source_id, 'published', 'test', 'test', clock_timestamp() FROM s RETURNING load_id, source_id"
        ).fetchone()
        connection.execute(
            sql.SQL("UPDATE city.{} SET closed_by = %s WHERE feature_id = ANY(%s)").format(sql.Identifier(theme)),
            (load_id["load_id"], rows.index.tolist()),
        )
        connection.cursor().executemany(
            "INSERT INTO city.feature (feature_id, theme, source_id, source_key) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT DO NOTHING",
            [(feature, theme, load_id["source_id"], str(feature)) for feature in rows.index.tolist()],
        )
        frame = rows.rename_axis("feature_id").reset_index()
        copy_frame(connection, table, frame.assign(load_id=load_id["load_id"], content_hash=b"test"))
        connection.execute("UPDATE run.city SET data_version = data_version + 1")
        connection.execute(
            "INSERT INTO run.theme_version (theme, version) SELECT %s, data_version FROM run.city "
            "ON CONFLICT (theme) DO UPDATE SET version = excluded.version",
            (theme,),
        )


@pytest.fixture(scope="session")
def publish() -> Callable[[Store, str, pd.DataFrame], None]:
    """`publish_rows`."""
    return publish_rows


WATER_SEGMENTS = {11: (1, 2), 12: (2, 3), 13: (3, 4), 14: (2, 5)}


def publish_water_network(store: Store) -> None:
    """Five nodes 10 m apart in a line and a spur: 1 is the source, 3, 4 and 5 have 10, 30 and 60 customers.

    ::

        1 ─11─ 2 ─12─ 3 ─13─ 4
               └─14─ 5
    """
    place = {1: (0, 0), 2: (10, 0), 3: (20, 0), 4: (30, 0), 5: (10, 10)}
    nodes = {"network": "water", "is_source": [node == 1 for node in place]}
    geom = [shapely.Point(x, y, 200) for x, y in place.values()]
    publish_rows(store, "pipe_node", pd.DataFrame(nodes | {"geom": geom}, index=list(place)))
    lines = [
        shapely.LineString([(*place[start], 200.0), (*place[end], 200.0)]) for start, end in WATER_SEGMENTS.values()
    ]
    segments = {
        "network": "water",
        "start_node_id": [start for start, _ in WATER_SEGMENTS.values()],
        "end_node_id": [end for _, end in WATER_SEGMENTS.values()],
        "geom": lines,
    }
    publish_rows(store, "pipe_segment", pd.DataFrame(segments, index=list(WATER_SEGMENTS)))
    services = {
        "network": "water",
        "node_id": [3, 4, 5, 5],
        "customers": [10, 30, 59, 1],
        "residents": [25.0, 75.0, 150.0, None],
        "critical": [False, True, False, False],
    }
    publish_rows(store, "service_connection", pd.DataFrame(services, index=[21, 22, 23, 24]))


@pytest.fixture
def water_city(database: Store) -> Store:
    """A city with the network of `publish_water_network`."""
    publish_water_network(database)
    return database


@pytest.fixture(scope="module")
def shared_water_city(cluster: Cluster) -> Iterator[Store]:
    """A city with the network of `publish_water_network`, for the tests of a module that only read."""
    profile = CityProfile(
        "test_shared", "测试城（合成数据）", "Test city (synthetic)", _GRID, "1985", -36.0, synthetic=True
    )
    create_city(cluster, profile)
    with Store.open(cluster, profile.slug) as store:
        publish_water_network(store)
        yield store
    cluster.drop_database(profile.database)


@pytest.fixture
def run(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `cim …` on the worker's cluster."""
    monkeypatch.setenv("CIM_DATA_DIR", str(cluster.status().data.parent))
    return lambda *arguments: CliRunner().invoke(main, [str(word) for word in arguments], catch_exceptions=False)
