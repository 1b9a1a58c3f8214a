"""What surveyors found, thing by thing: the newest survey of an item counts, and overrules what registers suggest."""

from __future__ import annotations

import pandas as pd
from geopandas import GeoDataFrame

SUBJECTS = ("building_id", "unit_id", "edge_id")
"""Columns that name what was looked at; a finding that names none is a place of its own."""


def newest(findings: GeoDataFrame, item: str, subject: str) -> pd.DataFrame:
    """Return the newest findings of an item by thing looked at (index id of the thing).

    Parameters
    ----------
    findings
        Columns item, fault, severity, quantity, day (days since an epoch) and SUBJECTS.
    item
        What was looked at.
    subject
        Column of the thing's id, one of SUBJECTS.

    Returns
    -------
    pd.DataFrame
        fault: any fault on the newest day; severity: the gravest then; quantity: their sum; photo: one of them, with
        the file that it is kept in, if there is one.
    """
    rows = findings[(findings["item"] == item) & findings[subject].notna()]
    rows = rows[rows["day"] == rows.groupby(subject)["day"].transform("max")]
    rows = rows.sort_values("photo_file", kind="stable", key=pd.isna)  # a photo that can be shown goes first
    groups = rows.groupby(rows[subject].astype("int64"))
    return pd.DataFrame(
        {
            "fault": groups["fault"].any().astype("boolean"),
            "severity": groups["severity"].max(),
            "quantity": groups["quantity"].sum(min_count=1),
            "photo": groups["photo"].first(),
            "photo_file": groups["photo_file"].first(),
        }
    )


def overruled(suspect: pd.Series, found: pd.DataFrame) -> pd.Series:
    """Return what registers suggest, replaced where somebody looked (truth values that may be missing)."""
    seen = found["fault"].reindex(suspect.index).astype("boolean")
    return seen.fillna(suspect.astype("boolean"))


def looked_at(things: pd.Index[int], found: pd.DataFrame) -> pd.Series[bool]:
    """Tell of each thing whether a survey found anything of it, a fault or none (index the things)."""
    return found["fault"].reindex(things).notna()


def shortfalls(places: GeoDataFrame, fault: pd.Series, found: pd.DataFrame, evidence: pd.DataFrame) -> GeoDataFrame:
    """Return the things with a fault: where, whether only suspected, how grave, and what shows it."""
    chosen = fault.fillna(False).astype(bool)
    seen = found.reindex(places.index[chosen])
    return GeoDataFrame(
        evidence[chosen].assign(
            candidate=seen["fault"].isna().to_numpy(),
            severity=seen["severity"],
            photo=seen["photo"],
            photo_file=seen["photo_file"],
        ),
        geometry=places.geometry[chosen],
    )
