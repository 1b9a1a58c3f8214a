"""The one place where analyses are opened, finished and their findings written."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from psycopg.types.json import Jsonb

from cim import __version__
from cim.analytics.reasons import left_out
from cim.code_digest import code_digest
from cim.copying import copy_frame
from cim.errors import CimError
from cim.store import Store
from cim.tables import Table
from cim.viewer import Viewer

_FINISHED = """
SELECT run_id FROM run.analysis
WHERE kind = %(kind)s AND subject = %(subject)s AND parameters_hash = %(hash)s AND data_version = %(data_version)s
  AND software_version = %(software)s AND viewer = %(viewer)s
  AND run_id IN (SELECT run_id FROM run.analysis_latest WHERE kind = %(kind)s AND subject = %(subject)s)
"""
_OPEN = """
INSERT INTO run.analysis
  (kind, subject, parameters, parameters_hash, data_version, software_version, viewer, classification)
VALUES
  (%(kind)s, %(subject)s, %(parameters)s, %(hash)s, %(data_version)s, %(software)s, %(viewer)s, %(clearance)s)
RETURNING run_id
"""
_FINISH = """
UPDATE run.analysis SET status = 'done', left_out = %(left_out)s, seconds = %(seconds)s, finished_at = now()
WHERE run_id = %(run_id)s
"""
_FAIL = (
    "UPDATE run.analysis SET status = 'failed', seconds = %(seconds)s, finished_at = now() WHERE run_id = %(run_id)s"
)
_AUDIT = """
INSERT INTO run.audit (viewer, action, subject, details) VALUES (%(viewer)s, 'analyse', %(subject)s, %(details)s)
"""


@dataclass(frozen=True)
class Question:
    """What is asked: two equal questions on the same data have the same answer."""

    kind: str
    """Kind of analysis, e.g. network.criticality."""
    subject: str
    """What it is asked of: a network, a year."""
    data_version: int
    """Data version of what it reads."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """All that the answer depends on besides the data; plain JSON values."""

    @property
    def parameters_hash(self) -> str:
        """Digest of the parameters, whatever the order of their names, and of the code that answers."""
        text = json.dumps(self.parameters, sort_keys=True, ensure_ascii=False) + code_digest("cim.analytics")
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Findings:
    """What an analysis has found so far; written when its block ends."""

    run_id: int
    """Row of `run.analysis`."""
    tables: list[tuple[Table, pd.DataFrame]] = field(default_factory=list)
    """Rows to be written."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What could not be used: code of `cim.analytics.reasons` and count."""

    def add(self, table: Table, rows: pd.DataFrame) -> None:
        """Take rows for a table of schema `result`, in its columns except `run_id`."""
        self.tables.append((table, rows.assign(run_id=self.run_id)))


@dataclass(frozen=True)
class Run:
    """A question that has been answered."""

    run_id: int
    """Row of `run.analysis`."""
    fresh: bool
    """False when an earlier run had answered it on the same data."""


def answered(
    store: Store, viewer: Viewer, question: Question, answer: Callable[[Findings], None], *, again: bool = False
) -> Run:
    """Answer a question, unless an earlier run did.

    Parameters
    ----------
    store
        The city, opened as owner.
    viewer
        Who asks; what their clearance hides is not part of the answer.
    question
        What is asked.
    answer
        Finds it.
    again
        Answer even if an earlier run answered the same on the same data.
    """
    run = None if again else finished_run(store, viewer, question)
    if run is not None:
        return Run(run, fresh=False)
    with analysis(store, viewer, question) as findings:
        answer(findings)
    return Run(findings.run_id, fresh=True)


def finished_run(store: Store, viewer: Viewer, question: Question) -> int | None:
    """Return the run that answered this very question, if it is the newest of its kind, subject and system."""
    rows = store.rows(viewer, _FINISHED, _bound(question, viewer))
    return int(rows[0]["run_id"]) if rows else None


@contextmanager
def analysis(store: Store, viewer: Viewer, question: Question) -> Iterator[Findings]:
    """Open a run; what the block finds is written in one transaction at its end, with an audit row.

    Readers see the findings of the newest *finished* run, so they see the old ones or all of the new ones. When the
    block fails, the run is kept as failed, without findings; a question that cannot be asked (`CimError`) leaves none.
    """
    started = time.perf_counter()
    with store.connection(viewer) as connection:
        row = connection.execute(_OPEN, _bound(question, viewer)).fetchone()
    findings = Findings(run_id=row["run_id"] if row else 0)
    try:
        yield findings
        _finish(store, viewer, question, findings, started)
    except CimError:
        with store.connection(viewer) as connection:
            connection.execute("DELETE FROM run.analysis WHERE run_id = %(run_id)s", {"run_id": findings.run_id})
        raise
    except BaseException:
        with store.connection(viewer) as connection:
            connection.execute(_FAIL, {"run_id": findings.run_id, "seconds": time.perf_counter() - started})
        raise


def _finish(store: Store, viewer: Viewer, question: Question, findings: Findings, started: float) -> None:
    """Write the findings and close the run, all or nothing."""
    with store.connection(viewer) as connection:
        rows = {table.name: copy_frame(connection, table, frame) for table, frame in findings.tables}
        summary = {
            "run_id": findings.run_id,
            "left_out": Jsonb(left_out(findings.left_out)),
            "seconds": time.perf_counter() - started,
        }
        connection.execute(_FINISH, summary)
        details = {"run_id": findings.run_id, "data_version": question.data_version, "rows": rows}
        subject = f"{question.kind} {question.subject}".strip()
        connection.execute(_AUDIT, {"viewer": viewer.name, "subject": subject, "details": Jsonb(details)})


def _bound(question: Question, viewer: Viewer) -> dict[str, Any]:
    return {
        "kind": question.kind,
        "subject": question.subject,
        "parameters": Jsonb(dict(question.parameters)),
        "hash": question.parameters_hash,
        "data_version": question.data_version,
        "software": __version__,
        "viewer": viewer.name,
        "clearance": viewer.clearance,
    }
