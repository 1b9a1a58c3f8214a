"""What a load under way has committed: kept with its rows, so that a load that was killed can be taken up there.

The trail is written in the transaction of each batch's rows. A load that is resumed reads the file from its beginning,
but passes over the batches of the trail unchecked and unwritten, as long as they are the same ones: a digest of their
keys tells. That needs keys: records without one are numbered as they are met, and so are always read in full.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import xxhash
from psycopg import sql
from psycopg.types.json import Jsonb

from cim.etl.batch import Batch, Reject
from cim.etl.checks.values import as_text
from cim.etl.outcome import Outcome, ThemeOutcome
from cim.etl.rejects import RejectTally
from cim.etl.statements import statement

Connection = psycopg.Connection[Any]


class OtherBatches(Exception):
    """A reader did not yield again what it had yielded before the interruption: the load must begin anew."""


@dataclass(frozen=True)
class Trail:
    """A place in the stream of a source's batches."""

    batches: int = 0
    """Batches so far."""
    digest: str | None = ""
    """Digest of their themes and keys; None: a record without a key was among them."""

    def after(self, batch: Batch) -> Trail:
        """Return the place after a further batch."""
        if self.digest is None:
            return Trail(self.batches + 1, None)
        keys = batch_keys(batch)
        if keys is None:
            return Trail(self.batches + 1, None)
        content = "\0".join([self.digest, batch.theme, str(len(batch.rejects)), *keys])
        return Trail(self.batches + 1, xxhash.xxh3_128_hexdigest(content.encode()))


def batch_keys(batch: Batch) -> list[str] | None:
    """Return the keys of a batch's records, those that its reader refused included; None where a record has none."""
    if "source_key" not in batch.frame:
        return None if len(batch.frame) else []
    keys = as_text(batch.frame["source_key"]).to_numpy(dtype=object).tolist()
    if not all(isinstance(key, str) and key for key in keys):
        return None
    return [*keys, *(item.source_key for item in batch.rejects if item.source_key)]


@dataclass(frozen=True)
class Staged:
    """What a load has committed when it has come to a place."""

    trail: Trail
    """The place."""
    outcome: Outcome
    """Counts so far."""
    tally: RejectTally
    """What was refused so far."""

    def document(self) -> dict[str, Any] | None:
        """Return it as JSON for `run.load.staged`; None where it cannot be resumed from."""
        if self.trail.digest is None:
            return None
        # What is closed, maybe millions of versions, follows from the staged rows.
        counts = asdict(replace(self.outcome, closed={}))
        counts["files"] = {place: str(file) for place, file in self.outcome.files.items()}
        examples = {code: [item.record, item.reason, item.remedy] for code, item in self.tally.examples.items()}
        tally = {"errors": dict(self.tally.errors), "warnings": dict(self.tally.warnings), "examples": examples}
        return {"batches": self.trail.batches, "digest": self.trail.digest, "outcome": counts, "tally": tally}


def read_staged(document: Mapping[str, Any]) -> Staged:
    """Return what `Staged.document` wrote."""
    counts = dict(document["outcome"])
    counts["themes"] = {name: _theme(values) for name, values in counts["themes"].items()}
    counts["files"] = {place: Path(file) for place, file in counts["files"].items()}
    tally = RejectTally()
    tally.errors.update(document["tally"]["errors"])
    tally.warnings.update(document["tally"]["warnings"])
    for code, (record, reason, remedy) in document["tally"]["examples"].items():
        tally.examples[code] = Reject(record, code, reason, remedy)
    return Staged(Trail(document["batches"], document["digest"]), Outcome(**counts), tally)


def _theme(values: Mapping[str, Any]) -> ThemeOutcome:
    bounds = values["bounds"]
    return ThemeOutcome(**{**values, "bounds": None if bounds is None else tuple(bounds)})


def write_staged(connection: Connection, load_id: int, document: Mapping[str, Any] | None) -> None:
    """Keep how far a load has come, in the transaction of the rows that brought it there."""
    value = None if document is None else Jsonb(document)
    connection.execute("UPDATE run.load SET staged = %s WHERE load_id = %s", (value, load_id))


def superseded(connection: Connection, load_id: int, themes: list[str]) -> dict[str, list[int]]:
    """Return the versions that a load which is resumed will close, by theme, as far as its staged rows tell."""
    found = {}
    with connection.transaction():
        for theme in themes:
            query = statement("superseded").format(theme=sql.Identifier("city", theme))
            rows = connection.execute(query, {"load": load_id}).fetchall()
            if rows:
                found[theme] = [row[0] for row in rows]
    return found


def left_behind(connection: Connection, source_id: int) -> Mapping[str, Any] | None:
    """Return the load of a source that was cut off and left a trail: load_id, sha256 and so on, staged."""
    names = ("load_id", "sha256", "parameters_hash", "software_version", "staged", "looked_up_at")
    query = sql.SQL(
        "SELECT {} FROM run.load WHERE source_id = %s AND status = 'staging' AND staged IS NOT NULL"
    ).format(sql.SQL(", ").join(map(sql.Identifier, names)))
    with connection.transaction():
        row = connection.execute(query, (source_id,)).fetchone()
    return None if row is None else dict(zip(names, row, strict=True))
