"""Pipeline survey as a folder of CSV files: XX管点表.csv and XX管线表.csv for each network."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from cim.etl.export import Export, FileWriter
from cim.etl.writers.pipe_rows import networks, nodes, segments
from cim.etl.writers.survey import THEMES
from cim.etl.writers.survey_tables import PREFIXES, line_table, point_table


def write(export: Export, path: Path) -> Counter[str]:
    """Write a folder, network by network; files are UTF-8 with the mark by which Excel knows it."""
    written: Counter[str] = Counter(dict.fromkeys(THEMES, 0))
    path.mkdir()
    for network in networks(export):
        prefix = PREFIXES[network]
        for theme, name, table in (
            ("pipe_node", f"{prefix}管点表", point_table(nodes(export, network))),
            ("pipe_segment", f"{prefix}管线表", line_table(segments(export, network))),
        ):
            table.to_csv(path / f"{name}.csv", index=False, encoding="utf-8-sig")
            written[theme] += len(table)
    return written


WRITER = FileWriter(
    name="survey-csv",
    title="Pipeline survey tables (管点表, 管线表) as CSV files in a folder",
    write=write,
    themes=THEMES,
    usual=THEMES,
    sidecar=True,
)
