"""Problems that are to be solved, with where they are and how large, from a city's database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
import shapely
from geopandas import GeoDataFrame
from psycopg import sql

from cim.analytics.examination.frames import by_level
from cim.analytics.examination.problem_states import problems
from cim.analytics.queries import query
from cim.store import Store
from cim.tables import THEMES
from cim.viewer import Viewer

TO_SOLVE = ("open", "assigned", "in_progress", "reopened")
"""States of problems that projects see to: what is said to be done waits for the next examination."""
SIZES = ("floor_area_m2", "households", "length_m", "area_m2")
_PACKAGE = "examination.projects"


@dataclass(frozen=True)
class ToSolve:
    """Problems to be solved."""

    problems: GeoDataFrame
    """Index problem id; code, feature_id, key, theme, unit_id, severity, candidate, evidence, deadline, due_on,
    responsible, state, SIZES, and the shape of the thing (null where it has none or it is not shown)."""
    units: GeoDataFrame
    """All units: index unit id; level, name, name_en, geom."""


def read_to_solve(store: Store, viewer: Viewer, *, unit: int | None = None) -> ToSolve:
    """Read the problems of the ledger that are to be solved, all or those of a community."""
    columns = [
        "problem_id", "code", "feature_id", "key", "theme", "unit_id", "severity", "candidate", "evidence", "deadline",
        "due_on", "responsible", "state",
    ]  # fmt: skip
    rows = pd.DataFrame(problems(store, viewer, states=TO_SOLVE, unit=unit), columns=columns)
    units = store.geoframe(viewer, query(_PACKAGE, "units")).set_index("feature_id")
    rows = rows.merge(_sizes(store, viewer, rows["feature_id"]), on="feature_id", how="left")
    shapes = [_shapes(store, viewer, str(theme), some["feature_id"]) for theme, some in rows.groupby("theme")]
    known: pd.Series = pd.concat(shapes) if shapes else pd.Series(dtype=object)
    geometry = known.reindex(rows["feature_id"]).to_numpy()
    frame = GeoDataFrame(rows, geometry=geometry, crs=store.city.projection).set_index("problem_id")
    return ToSolve(frame.astype({"unit_id": "Int64"}), by_level(units))


def _sizes(store: Store, viewer: Viewer, ids: Iterable[int]) -> pd.DataFrame:
    frame = store.frame(viewer, query(_PACKAGE, "sizes"), {"ids": sorted(set(ids))})
    return frame.astype({"feature_id": "int64"} | dict.fromkeys(SIZES, "float64"))


def _shapes(store: Store, viewer: Viewer, theme: str, ids: Iterable[int]) -> pd.Series:
    """Return the shapes of features of a theme by id."""
    if "geom" not in THEMES[theme].columns:
        return pd.Series(dtype=object)
    text = query(_PACKAGE, "geometry").format(view=sql.Identifier("city", f"{theme}_current"))
    frame = store.frame(viewer, text, {"ids": sorted(set(ids))})
    return pd.Series(shapely.from_wkb(frame["geom"].to_numpy(dtype=object)), index=frame["feature_id"])
