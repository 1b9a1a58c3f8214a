"""Every place that falls short by an examination: what the ledger enters, and what a notebook draws."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd
from geopandas import GeoDataFrame

from cim.codes import LEVELS

if TYPE_CHECKING:
    from cim.analytics.examination.examine import Examination

_OWN = frozenset({"code", "geometry", "candidate", "severity", "theme", "unit_id"})
"""Columns of a shortfall that are no evidence."""


def shortfalls(found: Examination) -> GeoDataFrame:
    """Return every place that falls short.

    Columns code, feature_id, candidate, severity, evidence (JSON) and geometry. An indicator that is not counted by
    place falls short in units: the communities, or the smallest units that it is computed for.
    """
    parts = [_of_places(code, places.short) for code, places in found.places.items()]
    rows = found.table[~found.table["code"].isin(list(found.places)) & (found.table["grade"] == "short")]
    parts.append(_of_units(rows[rows["level"] == rows["code"].map(_finest(found))], found.units))
    table = pd.concat([part for part in parts if len(part)] or parts[-1:], ignore_index=True)
    return GeoDataFrame(table, geometry="geometry", crs=found.units.crs)


def _finest(found: Examination) -> dict[str, str]:
    """Return the level at which each indicator falls short: the community, or the smallest that it is computed for."""
    return {str(code): smallest(there) for code, there in found.table.groupby("code")["level"]}


def smallest(levels: Iterable[str]) -> str:
    """Return the level at which problems are told: the community, or the smallest of those that there are."""
    there = set(levels)
    return "community" if "community" in there else max(there, key=LEVELS.index)


def _of_places(code: str, short: GeoDataFrame) -> pd.DataFrame:
    shown = [name for name in short.columns if name not in _OWN and name != short.geometry.name]
    return pd.DataFrame(
        {
            "code": code,
            "feature_id": short.index.astype("int64"),
            "candidate": short["candidate"].astype(bool).to_numpy(),
            "severity": short["severity"].to_numpy() if "severity" in short else np.nan,
            "evidence": [_json(row) for row in short[shown].to_dict("records")] if shown else None,
            "geometry": short.geometry.to_numpy(),
        }
    )


def _of_units(rows: pd.DataFrame, units: GeoDataFrame) -> pd.DataFrame:
    shown = ["value", "standard", "numerator", "denominator", "on_foot"]
    return pd.DataFrame(
        {
            "code": rows["code"].to_numpy(),
            "feature_id": rows["unit_id"].to_numpy(dtype=np.int64),
            "candidate": False,
            "severity": np.nan,
            "evidence": [_json(row) for row in rows[shown].to_dict("records")],
            "geometry": units.geometry.reindex(rows["unit_id"]).representative_point().to_numpy(),
        }
    )


def _json(row: dict[Any, Any]) -> str:
    """Return what shows a problem as JSON; what is not known is left out."""
    told = {str(name): value for name, value in row.items() if value is not None and not pd.isna(value)}
    return orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY).decode()
