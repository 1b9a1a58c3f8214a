"""Clearance and cover of an area or of one network, judged at once and not kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cim.analytics.errors import BadQuestion, NoNetworks, TooMuch
from cim.analytics.network.clearance.keeping import city_clearance
from cim.analytics.network.clearance.listing import Listed
from cim.analytics.network.clearance.reading import Underground, read_some
from cim.analytics.network.clearance.verdicts import VERDICTS
from cim.analytics.network.rules.tables import Rules, load_rules
from cim.analytics.queries import query
from cim.analytics.reasons import left_out
from cim.city import CityProfile
from cim.crs import longitude_latitude
from cim.store import Store
from cim.viewer import Viewer

MOST_PIPES = 10_000
"""Pipes that are judged at once, some seconds; `cim network clearance` judges more, and keeps what it finds."""
MOST_THINGS = 50_000
"""Buildings, trees, kerbs and streets beside them."""
_NOWHERE = "POLYGON EMPTY"
_MARGIN_M = 40.0
"""What is farther from a place bears on no finding there: more than any rule asks with its tolerances."""
_WORDS = ("rule", "verdict", "other_kind", "class_a", "class_b", "clause", "confidence", "status")


@dataclass(frozen=True)
class Part:
    """Which part of a city is judged; the whole city unless told."""

    area: shapely.Polygon | None = None
    """Findings that lie in this polygon of the city's CRS."""
    network: str | None = None
    """Findings of this network's pipes, against whatever is near."""
    limit: int = 1000
    """Most findings to list."""


def clearance_within(store: Store, viewer: Viewer, part: Part, rules: Rules | None = None) -> Listed:
    """Judge the pipes of a part of a city, and keep nothing.

    Each finding is the one that `survey_clearance` makes of the whole city, if its place lies in the area.

    Parameters
    ----------
    store
        The city; nothing is written.
    viewer
        Who asks; what their clearance hides is not part of the answer.
    part
        Which part.
    rules
        What is asked for; our tables unless given.

    Returns
    -------
    Listed
        As `listed_clearance` returns it, without a run: numbers begin at 1, and pairs that keep what is asked beyond
        doubt are not counted.

    Raises
    ------
    BadQuestion
        The polygon crosses itself.
    TooMuch
        There are more pipes than are judged at once.
    NoNetworks
        The city has no pipes, and the whole of it was asked for.
    """
    rules = rules or load_rules()
    if part.area is not None and not part.area.is_valid:
        why = shapely.is_valid_reason(part.area)
        raise BadQuestion(f"the outline is not valid ({why})", "draw it anew", "OutlineInvalid")
    found = _read(store, viewer, part)
    if not len(found.pipes) and not found.not_in_use and part.area is None:
        raise NoNetworks(store.city.slug)
    findings, _, lacking = city_clearance(found, rules)
    findings = findings[_wanted(findings, found.pipes, part)]
    tally = Counter(zip(findings["rule"], findings["verdict"], findings["too_near"].astype(bool), strict=True))
    told = findings.iloc[: part.limit]
    return Listed(
        run=None,
        tally=[
            {"rule": rule, "verdict": verdict, "too_near": bool(near), "pairs": pairs}
            for (rule, verdict, near), pairs in sorted(tally.items())
        ],
        findings=_rows(store.city, told, _names(store, viewer, told)),
        left_out=left_out(lacking),
    )


def _read(store: Store, viewer: Viewer, part: Part) -> Underground:
    """Return the pipes near the part, and what lies beside them."""
    asked: dict[str, Any] = {"network": part.network, "pipes": None, "srid": store.city.srid, "margin": _MARGIN_M}
    with store.snapshot(viewer) as connection:

        def rows(name: str, **bound: Any) -> list[dict[str, Any]]:
            return connection.execute(query("network.clearance", name), asked | bound).fetchall()

        area = None if part.area is None else shapely.to_wkt(part.area, rounding_precision=-1)
        if area is None and part.network is not None:
            area = rows("extent")[0]["area"] or _NOWHERE
        near = rows("near", area=area, most=MOST_PIPES + 1)
        _bound(len(near), MOST_PIPES, "pipes", part)
        pipes = [row["feature_id"] for row in near if row["in_use"]]
        extent = rows("extent", network=None, pipes=pipes)[0]["area"]
        around = rows("around", area=extent, most=MOST_THINGS + 1) if extent else []
        _bound(len(around), MOST_THINGS, "buildings, trees, kerbs and streets", part)
        found = read_some(connection, pipes, [row["feature_id"] for row in around])
    return Underground(found.pipes, found.things, found.buildings, found.carriageways, len(near) - len(pipes))


def _bound(count: int, most: int, what: str, part: Part) -> None:
    """Refuse more than is judged at once."""
    if count > most:
        where = "in this area" if part.area is not None else f"around network {part.network or 'all'}"
        raise TooMuch(f"more {what} lie {where}", most, "cim network clearance, or draw a smaller area")


def _wanted(findings: pd.DataFrame, pipes: pd.DataFrame, part: Part) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which findings lie in the area, and are of the network."""
    kept = np.ones(len(findings), dtype=np.bool_)
    if part.area is not None:
        kept &= shapely.intersects_xy(part.area, findings["x"].to_numpy(float), findings["y"].to_numpy(float))
    if part.network is not None:
        own = pipes.loc[pipes["network"] == part.network, "feature_id"]
        other = findings["other_id"].isin(own) & (findings["other_kind"] == "pipe")
        kept &= (findings["feature_id"].isin(own) | other).to_numpy(dtype=np.bool_)
    return kept


def _names(store: Store, viewer: Viewer, findings: pd.DataFrame) -> Mapping[int, Mapping[str, Any]]:
    ids = {*findings["feature_id"].tolist(), *findings["other_id"].dropna().astype(int).tolist()}
    rows = store.rows(viewer, query("network.clearance", "named"), {"features": sorted(ids)})
    return {row["feature_id"]: row for row in rows}


def _rows(
    city: CityProfile, findings: pd.DataFrame, names: Mapping[int, Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """Return findings in the names of `list.sql`."""
    longitude, latitude = longitude_latitude(city, findings["x"].to_numpy(float), findings["y"].to_numpy(float))
    places = zip(np.asarray(longitude).tolist(), np.asarray(latitude).tolist(), strict=True)
    told = []
    for number, (row, (x, y)) in enumerate(zip(findings.to_dict("records"), places, strict=True), 1):
        other = None if pd.isna(row["other_id"]) else int(row["other_id"])
        first, second = names.get(row["feature_id"], {}), names.get(other or 0, {})
        told.append(
            {
                "number": number,
                "too_near": bool(row["too_near"]),
                "verdict_zh": VERDICTS[str(row["verdict"])][0],
                "feature_id": int(row["feature_id"]),
                "key": first.get("key"),
                "network": first.get("network"),
                "road_name": first.get("road_name"),
                "other_id": other,
                "other_key": second.get("key"),
                "other_network": second.get("network"),
                "measured_m": _metres(row["measured_m"]),
                "required_m": float(row["required_m"]),
                "tolerance_m": _metres(row["tolerance_m"]),
                "space_m": _metres(row["space_m"]),
                "longitude": x,
                "latitude": y,
                "level_m": _metres(row["z"]),
            }
            | {name: str(row[name]) for name in _WORDS}
        )
    return told


def _metres(value: float) -> float | None:
    return None if pd.isna(value) else round(float(value), 3)
