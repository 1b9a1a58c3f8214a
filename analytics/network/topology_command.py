"""`cim network topology`: how much leads through each node and segment, what splits the network, second sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
import orjson
import pandas as pd
from rich.table import Table

from cim.analytics.errors import BadQuestion
from cim.analytics.network.reading import network_graph
from cim.analytics.network.topology import Topology, topology
from cim.analytics.opening import CITY, named, opened_city
from cim.analytics.queries import query
from cim.analytics.reasons import left_out
from cim.analytics.terminal import console, left_out_lines
from cim.settings import Settings
from cim.store import Store
from cim.viewer import LOCAL


@click.command("topology")
@CITY
@click.option("--network", "name", default="water", show_default=True, help="Network.")
@click.option("--samples", type=click.IntRange(2, 1_000_000), help="Nodes to follow paths from (default: all, or 200).")
@click.option("--top", type=click.IntRange(0, 1000), default=10, show_default=True, help="Nodes to list.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write all nodes to a .csv file.")
@click.option("--json", "as_json", is_flag=True, help="The whole answer as one JSON object.")
def topology_command(
    city: str | None, name: str, samples: int | None, top: int, out: Path | None, as_json: bool
) -> None:
    """Measure a network's shape: betweenness, articulation points, bridges, metres to a second source."""
    if out is not None and out.suffix.lower() != ".csv":
        raise BadQuestion(f"{out.name} has an ending that says no format", "use .csv")
    settings = Settings.from_env()
    with opened_city(settings, city) as store:
        graph = network_graph(store, LOCAL, name, settings.data_dir / "graphs")
        found = topology(graph, samples)
        alone = int(found.nodes["second_source_m"].isna().sum())
        counts = left_out(dict(graph.left_out) | {"one_source": alone})
        if out is not None:
            found.nodes.to_csv(out)
            click.echo(f"wrote {out}")
        elif as_json:
            answer = {"network": name, "sampled": found.sampled, "left_out": counts}
            click.echo(orjson.dumps(answer | {"nodes": _rows(found.nodes), "segments": _rows(found.segments)}))
        else:
            screen = console()
            screen.print(named(store), style="bold")
            for part in _summary(store, name, found, top):
                screen.print(part)
            for line in left_out_lines(name, counts):
                screen.print(line)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as JSON holds them: what is not known is null."""
    known = frame.astype(object).where(frame.notna(), None).reset_index()
    return [{str(name): value for name, value in row.items()} for row in known.to_dict("records")]


def _summary(store: Store, name: str, found: Topology, top: int) -> Iterator[str | Table]:
    """Yield what a person reads: counts, and the nodes that most leads through."""
    exact = found.sampled == len(found.nodes)
    how = "exact" if exact else f"from a sample of {found.sampled:,} nodes, ± half of a 95 % interval"
    yield (
        f"{name}: {len(found.nodes):,} nodes, {int(found.nodes['articulation'].sum()):,} articulation points, "
        f"{int(found.segments['bridge'].sum()):,} bridges of {len(found.segments):,} segments; betweenness {how}"
    )
    most = found.nodes.sort_values("betweenness", ascending=False).head(top)
    told = store.rows(LOCAL, query("network", "node_details"), {"nodes": most.index.tolist()})
    known = {row["node_id"]: row for row in told}
    table = Table("node", "key", "kind", "betweenness", "", "splits", "source", "second", box=None, pad_edge=False)
    for node, row in most.iterrows():
        place = known.get(int(str(node)), {})
        error = "" if exact else f"± {row['betweenness_error']:.3f}"
        words = (str(node), place.get("key") or "", place.get("kind") or "", f"{row['betweenness']:.3f}", error)
        metres = (_metres(row["source_m"]), _metres(row["second_source_m"]))
        table.add_row(*words, "yes" if row["articulation"] else "", *metres)
    if top:
        yield table


def _metres(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:,.0f} m"
