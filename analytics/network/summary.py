"""What runs of criticality found, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cim.analytics.queries import query
from cim.analytics.results import Run
from cim.analytics.terminal import columns, left_out_lines, thousands
from cim.store import Store
from cim.viewer import Viewer


def network_summary(store: Store, viewer: Viewer, assessed: Sequence[Run], count: int = 5) -> Group:
    """Return a table of the networks, the gravest segments, and what could not be used."""
    runs = [run.run_id for run in assessed]
    fresh = {run.run_id: run.fresh for run in assessed}
    rows = store.rows(viewer, query("network", "summary"), {"runs": runs})
    gravest = store.rows(viewer, query("network", "gravest"), {"runs": runs, "count": count})
    parts: list[Table | Text] = [_networks(rows, fresh)]
    if gravest:
        parts += [Text(f"\nThe {len(gravest)} segments whose failure cuts off most", style="bold"), _segments(gravest)]
    notes = [line for row in rows for line in left_out_lines(row["network"], row["left_out"])]
    return Group(*parts, *notes)


def _networks(rows: Sequence[dict[str, Any]], fresh: dict[int, bool]) -> Table:
    table = columns("network", "segments", "km", "parts", "bridges", "customers", "most cut off", "grades 1-4", "run")
    for row in rows:
        table.add_row(
            row["network"],
            thousands(row["segments"]),
            f"{row['length_m'] / 1e3:,.1f}",
            thousands(row["parts"]),
            thousands(row["bridges"]) if row["answered"] else "not answered",
            thousands(row["customers"] or None),
            thousands(row["worst"] or None) if row["answered"] else "not answered",
            " ".join(map(str, row["grades"])),
            f"{row['run_id']} {'new' if fresh[row['run_id']] else 'unchanged'}",
        )
    return table


def _segments(rows: Sequence[dict[str, Any]]) -> Table:
    table = columns("network", "segment", "road", "pipe", "customers", "residents", "critical", "nodes", "grade")
    for row in rows:
        table.add_row(
            row["network"],
            row["source_key"],
            row["road_name"] or "",
            " ".join(_pipe(row)),
            thousands(row["customers_cut"]),
            thousands(row["residents_cut"]),
            thousands(row["critical_cut"]),
            thousands(row["nodes_cut"]),
            str(row["grade"]),
        )
    return table


def _pipe(row: dict[str, Any]) -> Iterator[str]:
    if row["diameter_mm"]:
        yield f"DN{row['diameter_mm']:.0f}"
    if row["material"]:
        yield row["material"]
