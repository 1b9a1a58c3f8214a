"""An examination kept in the database, once for each state of the data and the register."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cim.analytics.errors import DataChanged
from cim.analytics.examination.examine import SYSTEM, examine, themes_read
from cim.analytics.examination.frames import read_by
from cim.analytics.examination.ledger import enter_problems
from cim.analytics.examination.local_file import chosen_file
from cim.analytics.examination.measure import find_measures
from cim.analytics.examination.register import Indicator, Register
from cim.analytics.examination.register_file import load_register
from cim.analytics.results import Question, analysis, finished_run
from cim.executor import ALONE, Workforce
from cim.store import Store
from cim.tables import TABLES
from cim.viewer import Viewer

KIND = "examination"
"""Kind of these runs in `run.analysis`; the subject is the year."""

METHOD = "radius-3"
"""Version of the measures: raise it when the numbers change for the same data and register."""

_TABLE = TABLES["result.indicator"]


def examine_city(
    store: Store,
    viewer: Viewer,
    year: int,
    *,
    system: str = SYSTEM,
    local: Path | bool = True,
    again: bool = False,
    workforce: Workforce = ALONE,
) -> tuple[int, bool]:
    """Examine a city, keep the values in `result.indicator` and bring its ledger of problems up to date.

    `local` is as in `examine`; `workforce` is who measures.

    Returns
    -------
    run_id
        Row of `run.analysis`.
    fresh
        False when an earlier run had answered this on the same data.
    """
    own = chosen_file(store, viewer, local)
    register, measures = load_register(system, own), find_measures()
    read = read_by({"admin_unit", *themes_read(register, measures)})
    versions = store.theme_versions(*sorted(read))
    version = max(versions.values(), default=0)
    parameters = declared_of(register, year, viewer) | {"data_versions": versions}
    if "problem" in themes_read(register, measures):
        parameters["ledger"] = _ledger(store, viewer, year)
    question = Question(KIND, str(year), version, parameters)
    run = None if again else finished_run(store, viewer, question)
    if run is not None:
        return run, False
    with analysis(store, viewer, question) as findings:
        found = examine(
            store,
            year=year,
            system=system,
            local=own or False,
            viewer=viewer,
            measures=measures,
            workers=workforce.workers,
            cluster=workforce.cluster,
        )
        if found.data_versions != versions:
            raise DataChanged(f"city {store.city.slug!r}")
        findings.left_out = found.left_out
        findings.add(_TABLE, found.table.assign(year=year, definition=register.system))
        enter_problems(store, viewer, findings.run_id, found)
    return findings.run_id, True


def _ledger(store: Store, viewer: Viewer, year: int) -> str | None:
    """Return when problems of earlier years last changed: the share of them that is solved is read from them."""
    (row,) = store.rows(
        viewer, "SELECT max(changed_at)::text AS at FROM result.problem WHERE year_found < %(year)s", {"year": year}
    )
    return row["at"] if row["at"] else None


def declared_of(register: Register, year: int, viewer: Viewer) -> dict[str, Any]:
    """Return all that the values depend on besides the data, with the titles that maps show."""
    return {
        "system": register.system,
        "system_year": register.year,
        "title_zh": register.title.zh,
        "title_en": register.title.en,
        "provisional": register.provisional,
        **({"note_zh": register.note.zh, "note_en": register.note.en} if register.note else {}),
        "year": year,
        "method": METHOD,
        "clearance": viewer.clearance,
        "grading": vars(register.grading),
        "indicators": {code: declared(indicator) for code, indicator in register.at(year).indicators.items()},
    }


def declared(indicator: Indicator) -> dict[str, Any]:
    """Return what a run keeps of an indicator's meaning, as plain JSON values."""
    return {
        "title_zh": indicator.title.zh,
        "title_en": indicator.title.en,
        "unit_zh": indicator.unit.zh,
        "unit_en": indicator.unit.en,
        "level": indicator.level,
        "dimension_zh": indicator.dimension.zh,
        "dimension_en": indicator.dimension.en,
        "definition_zh": indicator.definition.zh,
        "definition_en": indicator.definition.en,
        "numerator_zh": indicator.numerator.zh,
        "numerator_en": indicator.numerator.en,
        "denominator_zh": indicator.denominator.zh,
        "denominator_en": indicator.denominator.en,
        "method_zh": indicator.method.zh,
        "method_en": indicator.method.en,
        "data_zh": indicator.data.zh,
        "data_en": indicator.data.en,
        "assumptions": [vars(text) for text in indicator.assumptions],
        "core": indicator.core,
        "direction": indicator.direction,
        "form": indicator.form,
        "scale": indicator.scale,
        "standard": vars(indicator.standard) | {"by_year": None} if indicator.standard else None,
        "hazard": indicator.hazard,
        "computable": indicator.computable,
        "levels": list(indicator.levels),
        "measure": indicator.measure,
        "parameters": dict(indicator.parameters),
    }
