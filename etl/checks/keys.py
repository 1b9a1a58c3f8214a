"""Keys and references of sources that are checked without a database: what stands twice, what leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from cim.etl.batch import Reject
from cim.etl.checks.findings import Ints
from cim.etl.checks.register import register
from cim.etl.records import Records
from cim.etl.references import IF_GIVEN, REQUIRED


@dataclass
class _Waiting:
    """References of one column of a batch whose keys were not known when it was read."""

    source: str
    theme: str
    wanted: str
    column: str
    labels: list[str]
    keys: list[str | None]
    references: list[str]


@dataclass
class KeyBook:
    """All keys that were met, by theme."""

    known: dict[str, set[str]] = field(default_factory=dict)
    """Keys of every source, by theme."""
    complete: bool = True
    """Whether every source of the city is checked: else a key may stand in one that is not."""
    _own: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    _waiting: list[_Waiting] = field(default_factory=list)

    def take(self, source: str, records: Records) -> tuple[Ints, list[Reject]]:
        """Take the records of a batch; return the rows of those whose key stood before in the source, and rejects."""
        theme = records.table.name
        own = self._own.setdefault((source, theme), set())
        again: list[int] = []
        for row, key in enumerate(records.keys.tolist()):
            if key is None:
                continue
            if key in own:
                again.append(row)
            own.add(key)
        self.known.setdefault(theme, set()).update(own)
        self._refer(source, records)
        rejects = [self._repeated(records, row) for row in again]
        return np.array(again, dtype=np.int64), rejects

    def _refer(self, source: str, records: Records) -> None:
        """Note the references that lead nowhere as yet."""
        for column, keys in records.reference_keys.items():
            wanted = records.table.columns[column].references
            own = self._own.get((source, wanted), set())
            rows = [row for row, key in enumerate(keys.to_pylist()) if key is not None and key not in own]
            if rows:
                texts = keys.take(rows).to_pylist()
                labels = [str(records.labels[row]) for row in rows]
                named = [records.keys[row] for row in rows]
                self._waiting.append(_Waiting(source, records.table.name, wanted, column, labels, named, texts))

    def _repeated(self, records: Records, row: int) -> Reject:
        check = register()["key.repeated"]
        key = records.keys[row]
        return Reject(
            record=str(records.labels[row]),
            code=check.code,
            reason=f"key {key!r} stands a second time",
            remedy=check.remedy.en,
            theme=records.table.name,
            source_key=key,
        )

    def unresolved(self) -> Iterator[tuple[str, Reject]]:
        """Yield source and reject of each reference that leads nowhere, once all sources are read."""
        check = register()["reference.unresolved"]
        for item in self._waiting:
            everywhere = self.known.get(item.wanted, set())
            if not self.complete and (item.source, item.wanted) not in self._own:
                continue
            required = (item.theme, item.column) in REQUIRED | IF_GIVEN
            for label, key, text in zip(item.labels, item.keys, item.references, strict=True):
                if text not in everywhere:
                    yield (
                        item.source,
                        Reject(
                            record=label,
                            code=check.code,
                            reason=f"{item.column.removesuffix('_id')} {text!r} is not among the {item.wanted} records",
                            remedy=check.remedy.en,
                            theme=item.theme,
                            source_key=key,
                            severity="error" if required else "warning",
                        ),
                    )
