"""The ledger of problems: what an examination finds is entered, what it no longer finds is closed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from cim.analytics.examination.examine import Examination
from cim.analytics.examination.shortfalls import shortfalls, smallest
from cim.analytics.queries import query
from cim.copying import copy_frame
from cim.store import Rows, Store
from cim.tables import TABLES
from cim.viewer import Viewer

_TABLE = TABLES["result.problem"]
_KEY = ["code", "feature_id"]
_JUDGED = "UPDATE result.problem SET year_judged = greatest(year_judged, %(year)s) WHERE problem_id = ANY(%(ids)s)"


def enter_problems(store: Store, viewer: Viewer, run_id: int, found: Examination) -> None:
    """Bring the ledger up to an examination.

    A shortfall that is new is entered as open; one that is known keeps its state, but what was closed, or was said to
    be done a year ago, is reopened. A known one that was judged and is none any more is closed, or dismissed where it
    was a mere candidate on which nobody had begun to work. What could not be judged stays as it is, and so does what a
    viewer of higher clearance found, or an examination of a later year.
    """
    short = located(shortfalls(found), found.units)
    with store.connection(viewer) as connection:
        # Two examinations that end together enter one after the other; readers do not wait.
        connection.execute("LOCK TABLE result.problem IN SHARE ROW EXCLUSIVE MODE")
        known = _known(connection, found)
        both = short.merge(known, on=_KEY, how="left", suffixes=("", "_known"))
        new, again = both[both["problem_id"].isna()], both[both["problem_id"].notna()]
        _enter(connection, new, run_id, found)
        _see_again(connection, again[again["year_seen"] <= found.year], run_id, found.year)
        absent = known[known["problem_id"].isin(_absent(known, short, found, viewer))]
        connection.execute(_JUDGED, {"ids": absent["problem_id"].tolist(), "year": found.year})
        _close(connection, absent, run_id, found.year)


def located(short: GeoDataFrame, units: GeoDataFrame) -> GeoDataFrame:
    """Add the community, or else the smallest unit, that each problem lies in."""
    areas = units[units["level"] == smallest(units["level"])]
    problem, area = shapely.STRtree(areas.geometry.to_numpy()).query(short.geometry.to_numpy(), predicate="intersects")
    problem, first = np.unique(problem, return_index=True)
    unit = pd.Series(pd.NA, index=range(len(short)), dtype="Int64")
    unit.iloc[problem] = areas.index.to_numpy()[area[first]]
    return short.assign(unit_id=unit.to_numpy())


def _known(connection: Rows, found: Examination) -> pd.DataFrame:
    """Return the problems of the examination's indicators that stand in the ledger."""
    rows = connection.execute(query("examination", "known_problems"), {"codes": found.table["code"].unique().tolist()})
    columns = ["problem_id", *_KEY, "state", "year_seen", "suspected", "classification"]
    return pd.DataFrame(rows.fetchall(), columns=columns).astype({"feature_id": "int64", "problem_id": "Int64"})


def _enter(connection: Rows, new: pd.DataFrame, run_id: int, found: Examination) -> None:
    if new.empty:
        return
    hazard = new["code"].map({code: indicator.hazard for code, indicator in found.register.indicators.items()})
    rows = new[[*_KEY, "candidate", "evidence", "unit_id"]].assign(
        run_id=run_id,
        definition=found.register.system,
        severity=new["severity"].astype("Int64"),
        theme=pd.Series(_themes(connection, new["feature_id"].tolist()), index=new.index, dtype=object),
        year_found=found.year,
        year_seen=found.year,
        year_judged=found.year,
        deadline=np.where(hazard, "within_time", "best_effort"),
        # A danger to people is to be gone by the next examination; the rest is asked for as far as it can be done.
        due_on=pd.Series(dt.date(found.year + 1, 12, 31), index=new.index, dtype=object).where(hazard, None),
    )
    copy_frame(connection, _TABLE, rows[rows["theme"].notna()])


def _themes(connection: Rows, ids: list[int]) -> list[str | None]:
    rows = connection.execute(
        "SELECT feature_id, theme FROM city.feature WHERE feature_id = ANY(%s)", (ids,)
    ).fetchall()
    known = {row["feature_id"]: row["theme"] for row in rows}
    return [known.get(one) for one in ids]


def _see_again(connection: Rows, again: pd.DataFrame, run_id: int, year: int) -> None:
    """Renew what shows known problems, and reopen those that should be gone."""
    later = again["year_seen"] < year
    confirmed = (again["state"] == "dismissed") & again["suspected"].astype(bool) & ~again["candidate"].astype(bool)
    back = (again["state"] == "closed") | ((again["state"] == "done") & later) | confirmed
    connection.execute(query("examination", "seen_again"))
    columns = [again[name] for name in ("problem_id", "candidate", "severity", "evidence", "unit_id")]
    with connection.cursor().copy("COPY seen_again FROM STDIN") as copy:
        for number, candidate, severity, evidence, unit, reopened in zip(*columns, back, strict=True):
            copy.write_row(
                (int(number), bool(candidate), _whole(severity), evidence, _whole(unit), bool(reopened))
            )  # fmt: skip
    values = {"run": run_id, "year": year, "note": f"found again by the examination of {year}"}
    connection.execute(query("examination", "see_problems_again"), values)


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _absent(known: pd.DataFrame, short: GeoDataFrame, found: Examination, viewer: Viewer) -> list[int]:
    """Return the known problems that were judged and not found, those that are closed already among them."""
    still = pd.MultiIndex.from_frame(known[_KEY]).isin(pd.MultiIndex.from_frame(short[_KEY]))
    ours = (known["classification"] <= viewer.clearance) & (known["year_seen"] <= found.year)
    unseen = known[~still & ours]
    table = found.table[found.table["grade"] != "not_assessable"]
    graded_units = {code: set(rows["unit_id"]) for code, rows in table.groupby("code")}
    judged = {}
    for code, places in found.places.items():
        judged[code] = None if places.judged is None else set(places.judged.tolist())
    computed = set(found.table[found.table["value"].notna()]["code"])
    absent = []
    for row in unseen.to_dict("records"):
        code = row["code"]
        among = judged[code] if code in judged else graded_units.get(code, set())
        if code in computed and (among is None or row["feature_id"] in among):
            absent.append(int(row["problem_id"]))
    return absent


def _close(connection: Rows, absent: pd.DataFrame, run_id: int, year: int) -> None:
    """Close what is no problem any more; a candidate that nobody worked on was none from the start."""
    rows = absent[~absent["state"].isin(["closed", "dismissed"])]
    refuted = rows["suspected"].astype(bool) & rows["state"].isin(["open", "assigned", "reopened"])
    for state, chosen in (("dismissed", refuted), ("closed", ~refuted)):
        values = {
            "ids": rows[chosen]["problem_id"].tolist(), "state": state, "year": year, "run": run_id,
            "note": f"not found any more by the examination of {year}",
        }  # fmt: skip
        connection.execute(query("examination", "close_problems"), values)
