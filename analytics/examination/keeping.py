"""An examination kept in the database, once for each state of the data and the register."""

from __future__ import annotations

from typing import Any

from cim.analytics.errors import DataChanged
from cim.analytics.examination.examine import SYSTEM, examine, themes_read
from cim.analytics.examination.measure import find_measures
from cim.analytics.examination.register import Indicator, Register
from cim.analytics.examination.register_file import load_register
from cim.analytics.results import Question, analysis, finished_run
from cim.schema import metadata
from cim.store import Store
from cim.viewer import Viewer

KIND = "examination"
"""Kind of these runs in `run.analysis`; the subject is the year."""

METHOD = "radius-1"
"""Version of the measures: raise it when the numbers change for the same data and register."""

_TABLE = metadata.tables["result.indicator"]


def examine_city(
    store: Store, viewer: Viewer, year: int, *, system: str = SYSTEM, again: bool = False
) -> tuple[int, bool]:
    """Examine a city and keep the values in `result.indicator`.

    Returns
    -------
    run_id
        Row of `run.analysis`.
    fresh
        False when an earlier run had answered this on the same data.
    """
    register, measures = load_register(system), find_measures()
    version = store.theme_version("admin_unit", *sorted(themes_read(register, measures)))
    question = Question(KIND, str(year), version, _parameters(register, year, viewer))
    run = None if again else finished_run(store, viewer, question)
    if run is not None:
        return run, False
    with analysis(store, viewer, question) as findings:
        found = examine(store, year=year, system=system, viewer=viewer, measures=measures)
        if found.data_version != version:
            raise DataChanged(f"city {store.city.slug!r}")
        findings.left_out = found.left_out
        findings.add(_TABLE, found.table.assign(year=year, definition=register.system))
    return findings.run_id, True


def _parameters(register: Register, year: int, viewer: Viewer) -> dict[str, Any]:
    """Return all that the values depend on besides the data, with the titles that maps show."""
    return {
        "system": register.system,
        "system_year": register.year,
        "year": year,
        "method": METHOD,
        "clearance": viewer.clearance,
        "grading": vars(register.grading),
        "indicators": {code: _declared(indicator) for code, indicator in register.indicators.items()},
    }


def _declared(indicator: Indicator) -> dict[str, Any]:
    return {
        "title_zh": indicator.title.zh,
        "title_en": indicator.title.en,
        "unit_zh": indicator.unit.zh,
        "unit_en": indicator.unit.en,
        "level": indicator.level,
        "direction": indicator.direction,
        "form": indicator.form,
        "scale": indicator.scale,
        "standard": vars(indicator.standard) if indicator.standard else None,
        "levels": list(indicator.levels),
        "measure": indicator.measure,
        "parameters": dict(indicator.parameters),
    }
