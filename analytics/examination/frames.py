"""The city's data as the measures read it: one GeoDataFrame a theme, index feature id."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from importlib import resources

import pandas as pd
from geopandas import GeoDataFrame
from psycopg import sql

from cim.analytics.queries import query
from cim.codes import LEVELS
from cim.store import Store
from cim.tables import THEMES
from cim.viewer import Viewer

_TEXT = frozenset(
    {
        "level", "name", "name_en", "usage", "kind", "use_code", "road_class", "structure", "stage", "programme",
        "item", "photo", "photo_file", "figure", "network", "state", "deadline",
    }
)  # fmt: skip
_TRUTH = frozenset(
    {
        "public", "property_managed", "drivable", "walkable", "sidewalk", "fault", "prefabricated",
        "smart_construction", "modelled", "candidate",
    }
)  # fmt: skip
_SAID = frozenset({"waste_sorting", "ebike_charging", "filed", "vacant", "dual_use", "green_building", "monitored"})
"""Truth values that stand among a source's own attributes, in whatever words."""
_WORDS: dict[object, bool] = {
    **dict.fromkeys((True, "true", "t", "yes", "1", "是", "有"), True),
    **dict.fromkeys((False, "false", "f", "no", "0", "否", "无"), False),
}

JOINED: dict[str, tuple[str, ...]] = {
    "gas_service": ("service_connection", "pipe_segment"),
    "fire_sensor": ("sensor",),
    "fuel_neighbour": ("building", "facility"),
    "building_model": ("building",),
    "pipe_segment": ("pipe_segment", "sensor"),
    "problem": (),
}
"""Frames that are read from other themes than the one that they are called after."""

_CURRENT = re.compile(r"\bcity\.(\w+)_current\b")


def themes() -> frozenset[str]:
    """Return the frames that measures may need: those that have a statement in `sql/`."""
    folder = resources.files("cim.analytics.examination") / "sql"
    names = frozenset(item.name.removesuffix(".sql") for item in folder.iterdir())
    return names & (frozenset(THEMES) | frozenset(JOINED))


def read_by(names: Iterable[str]) -> frozenset[str]:
    """Return the themes of the schema that frames are read from."""
    return frozenset(theme for name in names for theme in JOINED.get(name, (name,)))


def theme_frame(
    store: Store, viewer: Viewer, theme: str, year: int, *, recorded: dt.datetime | None = None
) -> GeoDataFrame:
    """Return the current features of a theme that the viewer may see, or those of a time.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks.
    theme
        One of `themes()`.
    year
        Year examined: of what is counted by year, the last count up to it.
    recorded
        As the city was recorded at this time; None: as it is. The ledger has no such past.
    """
    asked = {"year": year, "recorded": recorded}
    frame = store.geoframe(viewer, _statement(theme, recorded), asked).set_index("feature_id")
    for name in frame.columns.difference(["geom"]):
        frame[name] = _typed(name, frame[name])
    return frame


def _statement(theme: str, recorded: dt.datetime | None) -> sql.SQL:
    """Return the statement of a frame; as of a time it reads the functions beside the views that it names."""
    now = query("examination", theme)
    return now if recorded is None else sql.SQL(_CURRENT.sub(r"city.\1_as_of(%(recorded)s)", now.as_string(None)))


def _typed(name: str, values: pd.Series) -> pd.Series:
    """Return a column in the type that measures rely on, also where all of it is missing."""
    if name in _TEXT:
        return values.astype("str")
    if name in _SAID:
        return values.map(_WORDS).astype("boolean")
    return values.astype("boolean") if name in _TRUTH else pd.to_numeric(values).astype("float64")


def theme_frames(
    store: Store, viewer: Viewer, names: Iterable[str], year: int, *, recorded: dt.datetime | None = None
) -> dict[str, GeoDataFrame]:
    """Return the frames of several themes by name."""
    return {theme: theme_frame(store, viewer, theme, year, recorded=recorded) for theme in sorted(set(names))}


def by_level(units: GeoDataFrame) -> GeoDataFrame:
    """Return units, the largest level first."""
    order = units["level"].map({level: place for place, level in enumerate(LEVELS)})
    return units.iloc[order.argsort(kind="stable").to_numpy()]
