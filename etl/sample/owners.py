"""Whom to call about the sample's pipes and railway: a table that a city replaces, made up."""

from __future__ import annotations

import csv
from pathlib import Path

from cim.etl.sample.design import OWNERS

FOLDER = "rules"
"""Beside city.toml: what a city puts into `<data folder>/rules/<city>/`."""
_RAIL = "轨道（合成）"


def write_owners(folder: Path) -> None:
    """Write `owners.csv`: an owner, its desk for digs, and a number that nobody has."""
    (folder / FOLDER).mkdir(exist_ok=True)
    with (folder / FOLDER / "owners.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("owner", "contact", "phone"))
        for number, owner in enumerate(dict.fromkeys((*OWNERS.values(), _RAIL)), 1):
            table.writerow((owner, "管线保护专员（虚构）", f"000-0000-{100 + number:04}"))
