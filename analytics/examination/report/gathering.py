"""A report gathered from a run that is kept, or from an examination that is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas
import orjson
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from psycopg import sql

from cim._version import __version__
from cim.analytics.errors import BadQuestion, NoExamination
from cim.analytics.examination.examine import Examination
from cim.analytics.examination.keeping import declared_of
from cim.analytics.examination.ledger import located
from cim.analytics.examination.problem_states import problems
from cim.analytics.examination.projects import project_list
from cim.analytics.examination.projects.catalogue import load_catalogue
from cim.analytics.examination.report.files import write_report
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.year_before import kept_comparison
from cim.analytics.examination.shortfalls import shortfalls
from cim.analytics.queries import query
from cim.analytics.reasons import left_out
from cim.store import Store
from cim.tables import THEMES
from cim.viewer import Viewer

_QUERIES = "examination.report"
_YEARS = """
SELECT DISTINCT subject FROM run.analysis
WHERE kind = 'examination' AND status = 'done' AND classification <= run.clearance() ORDER BY subject
"""
_PLACES = """
SELECT feature_id, {name} AS name, ST_AsBinary(ST_Force2D(ST_PointOnSurface(geom))) AS geom
FROM {view} WHERE feature_id = ANY(%(ids)s) AND classification <= run.clearance() AND geom IS NOT NULL
"""


def kept_report(
    store: Store,
    viewer: Viewer,
    year: int | None = None,
    *,
    system: str | None = None,
    run: int | None = None,
    made_on: dt.date | None = None,
    rules: Path | None = None,
) -> Report:
    """Gather the report of the newest finished examination; nothing is written.

    What changed since the year before stands in it the old way where `keep_comparison` has kept that.

    Parameters
    ----------
    store
        The city.
    viewer
        Who asks; what their clearance hides is not in the report.
    year
        Year examined; None means the newest run of any.
    system
        System of indicators, where a year was examined by several.
    run
        Number of the run, where it is known.
    made_on
        Day on the cover; None means the day of the examination.
    rules
        Folder of the city's own works and costs.

    Raises
    ------
    NoExamination
        There is no such examination.
    """
    asked = {"year": None if year is None else str(year), "system": system, "run": run}
    rows = store.rows(viewer, query(_QUERIES, "run"), asked)
    if not rows:
        known = ", ".join(row["subject"] for row in store.rows(viewer, _YEARS))
        raise NoExamination(store.city.slug, year, system, run, known)
    (found,) = rows
    parameters, catalogue = found["parameters"], load_catalogue(rules)
    ledger = problems(store, viewer)
    return _report(
        store,
        viewer,
        parameters,
        table=_numbers(store.frame(viewer, query(_QUERIES, "values"), {"run": found["run_id"]})),
        ledger=[row for row in ledger if _of(row, parameters)],
        versions=parameters.get("data_versions") or {},
        left_out=found["left_out"] or {},
        made_on=made_on or found["finished_at"].date(),
        software_version=found["software_version"],
        comparison=kept_comparison(store, viewer, int(found["run_id"])),
        projects=project_list(store, viewer, catalogue=catalogue),
        catalogue=catalogue,
    )


def write_report_of(
    found: Examination,
    directory: Path,
    languages: Iterable[str] = ("zh",),
    made_on: dt.date | None = None,
    forms: Path | None = None,
) -> list[Path]:
    """Write the report of an examination that is not kept; see `Examination.report`."""
    return write_report(report_of(found, made_on), directory, languages, forms)


def report_of(found: Examination, made_on: dt.date | None = None) -> Report:
    """Gather the report of an examination that is not kept: its problems are all new, and it is compared with none.

    Raises
    ------
    BadQuestion
        It was made from frames: nobody knows of which city.
    """
    if found.source is None:
        raise BadQuestion("an examination that was made from frames has no city", "examine a loaded one")
    store, viewer = found.source.store, found.source.viewer
    return _report(
        store,
        viewer,
        declared_of(found.register, found.year, viewer),
        table=found.table,
        ledger=_new_problems(store, viewer, found),
        versions=found.data_versions,
        left_out=left_out(found.left_out),
        made_on=made_on or dt.date.today(),
        software_version=__version__,
    )


def _of(row: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    """Tell whether a problem belongs to an examination: of its indicators, and not found later than it."""
    return row["code"] in parameters["indicators"] and row["year_found"] <= parameters["year"]


def _report(
    store: Store,
    viewer: Viewer,
    parameters: Mapping[str, Any],
    *,
    ledger: Sequence[Mapping[str, Any]],
    versions: Mapping[str, int],
    **told: Any,
) -> Report:
    """Add to an examination what the database knows of its units, problems and sources."""
    units = store.geoframe(viewer, query(_QUERIES, "units")).set_index("unit_id")
    streets = store.rows(viewer, query(_QUERIES, "streets"))
    now = store.theme_versions(*versions)
    return Report(
        city=store.city,
        parameters=parameters,
        units=units,
        problems=_placed(store, viewer, ledger),
        sources=store.rows(viewer, query(_QUERIES, "sources")),
        data_versions=dict(sorted(versions.items())),
        changed=sorted(theme for theme, version in versions.items() if now[theme] != version),
        streets=[shapely.from_wkb(row["geom"]) for row in streets],
        **told,
    )


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with numbers where the database had none, so that what is missing is missing alike."""
    names = ["value", "numerator", "denominator", "missing_share", "standard", "low", "high", "on_foot"]
    names += ["on_foot_missing", "extent_m2"]
    return table.assign(**{name: pd.to_numeric(table[name]) for name in names})


_LEDGER = (
    "problem_id", "code", "feature_id", "key", "theme", "unit_id", "unit", "year_found", "year_seen", "severity",
    "candidate", "evidence", "deadline", "due_on", "responsible", "state", "history",
)  # fmt: skip


def _placed(store: Store, viewer: Viewer, ledger: Sequence[Mapping[str, Any]]) -> GeoDataFrame:
    """Return the ledger with the name of what has each problem, and a point, where they are known."""
    frame = pd.DataFrame.from_records(list(ledger), columns=list(_LEDGER))
    places: dict[int, tuple[str | None, Any]] = {}
    for theme, ids in frame.groupby("theme")["feature_id"]:
        places |= _points(store, viewer, str(theme), ids)
    found = [places.get(one, (None, None)) for one in frame["feature_id"]]
    points = geopandas.GeoSeries([point for _, point in found], crs=store.city.projection)
    names = pd.Series([name for name, _ in found], index=frame.index, dtype=object)
    return GeoDataFrame(frame.assign(name=names), geometry=points)


def _points(store: Store, viewer: Viewer, theme: str, ids: Iterable[int]) -> dict[int, tuple[str | None, Any]]:
    """Return name and point of each feature of a theme that the viewer may see."""
    columns = THEMES[theme].columns if theme in THEMES else {}
    if "geom" not in columns:
        return {}
    name = sql.Identifier("name") if "name" in columns else sql.SQL("NULL::text")
    asked = sql.SQL(_PLACES).format(view=sql.Identifier("city", f"{theme}_current"), name=name)
    rows = store.rows(viewer, asked, {"ids": sorted({int(one) for one in ids})})
    return {row["feature_id"]: (row["name"], shapely.from_wkb(row["geom"])) for row in rows}


def _new_problems(store: Store, viewer: Viewer, found: Examination) -> list[dict[str, Any]]:
    """Return the shortfalls of an examination as a first one's ledger would have them; none has a number."""
    short = located(shortfalls(found), found.units)
    hazards = {code for code, indicator in found.register.indicators.items() if indicator.hazard}
    features = store.rows(
        viewer,
        "SELECT feature_id, theme, source_key AS key FROM city.feature WHERE feature_id = ANY(%(ids)s)",
        {"ids": short["feature_id"].tolist()},
    )
    known = {row["feature_id"]: row for row in features}
    fixed = {"state": "open", "year_found": found.year, "year_seen": found.year, "history": []}
    rows: list[dict[str, Any]] = []
    for row in short.drop(columns="geometry").to_dict("records"):
        told = {str(name): None if pd.isna(value) else value for name, value in row.items()}
        if told["feature_id"] in known:
            deadline = "within_time" if told["code"] in hazards else "best_effort"
            told["evidence"] = orjson.loads(told["evidence"]) if told["evidence"] else None
            told["unit"] = found.units["name"].get(told["unit_id"])
            rows.append({**told, **known[told["feature_id"]], **fixed, "deadline": deadline})
    return sorted(rows, key=_gravest)


def _gravest(row: Mapping[str, Any]) -> tuple[bool, bool, float]:
    """Order problems as the ledger does: what is to be solved in time, then by severity."""
    return row["deadline"] != "within_time", bool(row["candidate"]), -(row["severity"] or 0.0)
