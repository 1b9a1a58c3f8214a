"""What stands of a source: whether it must be loaded, and if not, why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from cim._version import __version__
from cim.etl.elsewhere import leads_elsewhere
from cim.etl.fingerprint import Fingerprint
from cim.etl.outcome import Outcome
from cim.etl.report import LoadReport, Status
from cim.etl.runs import last_published
from cim.etl.statements import statement
from cim.manifest import SourceSpec

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Standing:
    """Looks up what stands in one city's database."""

    connection: Connection
    """To look up on."""
    data_dir: Path
    """Folder of the files beside the database."""

    def report(self, source: SourceSpec, source_id: int, mark: Fingerprint) -> LoadReport | None:
        """Return the report of a source that is not to be loaded; None: it must be."""
        last = last_published(self.connection, source_id)
        undone = self._undone(source_id, mark, last["load_id"] if last else 0)
        if undone is not None:
            return _told(source, "undone", undone)
        if last is None or not self._same(last, mark) or leads_elsewhere(self.connection, source_id, last):
            return None
        return _told(source, "unchanged", last)

    def links_changed(self, source_id: int) -> bool:
        """Tell whether what stands of a source refers to others in a way that no longer holds."""
        last = last_published(self.connection, source_id)
        return last is not None and leads_elsewhere(self.connection, source_id, last)

    def unlisted(self, listed: Iterable[str]) -> list[LoadReport]:
        """Return a report for each source whose features are shown though the manifest does not name it."""
        with self.connection.transaction():
            rows = self.connection.execute(statement("unlisted"), {"listed": list(listed)}).fetchall()
        return [LoadReport(name, load_id, "unlisted") for name, load_id, retires in rows if not retires]

    def _same(self, last: Mapping[str, Any], mark: Fingerprint) -> bool:
        """Tell whether a load was of the same file, mended records, parameters and software; its files are there."""
        if last["mended_since"] or (last["sha256"], last["parameters_hash"]) != (mark.sha256, mark.parameters_hash):
            return False
        # A newer version may read the same file better.
        return last["software_version"] == __version__ and all(
            (self.data_dir / place).exists() for place in last["files"] or ()
        )

    def _undone(self, source_id: int, mark: Fingerprint, after: int) -> Mapping[str, Any] | None:
        """Return the load of the same file and parameters that was undone since the one that stands."""
        values = {"source": source_id, "after": after, "sha256": mark.sha256, "parameters_hash": mark.parameters_hash}
        with self.connection.transaction():
            return self.connection.cursor(row_factory=dict_row).execute(statement("undone"), values).fetchone()


def _told(source: SourceSpec, status: Status, load: Mapping[str, Any]) -> LoadReport:
    counts = Outcome(records_in=load["records_in"], kept=load["kept"], rejected=load["rejected"])
    return LoadReport(source.name, load["load_id"], status, counts)
