"""Pipeline survey as a folder of CSV files: XX管点表.csv and XX管线表.csv for each network."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd

from cim.etl.export import Export, FileWriter
from cim.etl.writers.pipe_rows import networks
from cim.etl.writers.survey import SHEETS, THEMES
from cim.etl.writers.survey_tables import PREFIXES, layout, tables


def write(export: Export, path: Path) -> Counter[str]:
    """Write a folder, network by network; files are UTF-8 with the mark by which Excel knows it."""
    written: Counter[str] = Counter(dict.fromkeys(THEMES, 0))
    path.mkdir()
    for network in networks(export):
        for theme, ending in SHEETS.items():
            shape = layout(export, theme, network)
            file = path / f"{PREFIXES[network]}{ending}.csv"
            pd.DataFrame(columns=shape.header).to_csv(file, index=False, encoding="utf-8-sig")
            for table in tables(export, theme, network, shape):
                table.to_csv(file, index=False, header=False, mode="a", encoding="utf-8")
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
