"""The city's data as the measures read it: one GeoDataFrame a theme, index feature id."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources

import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.queries import query
from cim.schema import THEMES
from cim.store import Store
from cim.viewer import Viewer

_TEXT = frozenset({"level", "name", "name_en", "usage", "kind", "use_code", "road_class"})
_TRUTH = frozenset({"public"})


def themes() -> frozenset[str]:
    """Return the themes that measures may need: those that have a statement in `sql/`."""
    folder = resources.files("cim.analytics.examination") / "sql"
    return frozenset(item.name.removesuffix(".sql") for item in folder.iterdir()) & frozenset(THEMES)


def theme_frame(store: Store, viewer: Viewer, theme: str, year: int) -> GeoDataFrame:
    """Return the current features of a theme that the viewer may see.

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
    """
    frame = store.geoframe(viewer, query("examination", theme), {"year": year}).set_index("feature_id")
    for name in frame.columns.difference([*_TEXT, "geom"]):
        kind = "boolean" if name in _TRUTH else "float64"
        frame[name] = frame[name].astype(kind) if kind == "boolean" else pd.to_numeric(frame[name]).astype(kind)
    for name in frame.columns.intersection(list(_TEXT)):
        frame[name] = frame[name].astype("str")
    return frame


def theme_frames(store: Store, viewer: Viewer, names: Iterable[str], year: int) -> dict[str, GeoDataFrame]:
    """Return the frames of several themes by name."""
    return {theme: theme_frame(store, viewer, theme, year) for theme in sorted(set(names))}
