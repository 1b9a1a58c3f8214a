"""Mended records of a source, taken in the place of the refusals that they answer.

A mended record stands for what was refused, never for a place in the file: rows move, and the file is corrected, too.
So it is taken where a load refuses the very record again, whatever its number by now, or another state of it under its
old number and key. What the file holds sound by itself is no refusal, and stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import psycopg

from cim.etl.batch import Batch, Reader, Reject
from cim.etl.checks.register import register
from cim.etl.digest import key_hashes
from cim.etl.extrusion import blocks
from cim.etl.identity import Identities
from cim.etl.rejects import plain
from cim.etl.rejects_rows import drawn

_STANDING = """
    SELECT p.repair_id, p.theme, p.record, p.source_key, p.file, p.values, j.original, j.original_is_row
    FROM run.repair p LEFT JOIN run.reject j USING (reject_id)
    WHERE p.source_id = %s AND p.withdrawn_at IS NULL ORDER BY p.repair_id DESC"""


@dataclass(frozen=True)
class Mended:
    """One mended record."""

    theme: str
    """Its theme."""
    record: str
    """Record of the source that it stood for when it was offered."""
    values: Mapping[str, Any]
    """Columns of the theme, `geom` as WKT in the city's CRS; of a row its cells by their titles."""
    original: Mapping[str, Any] | None = None
    """The record as it was refused; None: not known any more."""
    source_key: str | None = None
    """Key under which it was refused, where it had one."""
    file: str = ""
    """File that it came from."""
    repair_id: int = 0
    """Its row in `run.repair`."""
    is_row: bool = False
    """Whether its reader reads it anew, among the other rows of its table."""

    @property
    def is_renamed(self) -> bool:
        """Whether it was given another key than it was refused under."""
        return bool(self.values.get("source_key", self.source_key) != self.source_key)

    def onto(self, refused: Mapping[str, Any]) -> dict[str, Any]:
        """Return the mended record, what the file tells anew of the refused one kept."""
        before = self.original
        if before is None:
            return dict(self.values)
        changed = {
            name: value
            for name, value in self.values.items()
            if name not in before or _frozen(value) != _frozen(before[name])
        }
        kept = {name: value for name, value in refused.items() if name in self.values or name not in before}
        return kept | changed


def standing_repairs(connection: psycopg.Connection[Any], source_id: int) -> list[Mended]:
    """Return the mended records that hold for a source, the newest first."""
    with connection.transaction():
        rows = connection.cursor(row_factory=psycopg.rows.tuple_row).execute(_STANDING, (source_id,)).fetchall()
    found = []
    for repair_id, theme, record, key, file, values, original, is_row in rows:
        found.append(Mended(theme, record, values, original, key, file, repair_id, bool(is_row)))
    return found


def with_mended_rows(reader: Reader, mending: Mending) -> Reader:
    """Return a reader that reads mended rows, where it can and there are any."""
    if reader.read_mended is None or not any(item.is_row for item in mending.waiting.values()):
        return reader
    return replace(reader, read=partial(reader.read_mended, mended=mending.row))


class Mending:
    """Answers the refusals of one load.

    Parameters
    ----------
    repairs
        The mended records of its source, the newest first.
    """

    def __init__(self, repairs: Sequence[Mended] = ()) -> None:
        self.waiting = {item.repair_id: item for item in repairs}
        self.taken: list[int] = []
        self._refused_keys: set[tuple[str | None, str]] = set()
        self._renamed: list[tuple[str, str, str | None, dict[str, Any], Batch]] = []
        self._by_original: dict[Any, list[Mended]] = defaultdict(list)
        self._by_key: dict[tuple[str, str, str], list[Mended]] = defaultdict(list)
        for item in repairs:
            if item.original is not None:
                self._by_original[item.theme, _frozen(item.original)].append(item)
            if item.source_key is not None:
                self._by_key[item.theme, item.record, item.source_key].append(item)

    def answer(self, rejects: Sequence[Reject], beside: Batch) -> tuple[list[Reject], list[Batch]]:
        """Return the rejects that stand, and mended records in the place of the others: a batch a theme.

        Parameters
        ----------
        rejects
            What a batch's reader and checks refused and remarked on.
        beside
            That batch.
        """
        if not self.waiting:
            return list(rejects), []
        left: list[Reject] = []
        rows: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        for reject in rejects:
            # What was mended of a row its reader has asked for.
            item = self._mended(reject) if reject.severity == "error" and not reject.original_is_row else None
            if item is None or reject.theme is None:
                left.append(reject)
            elif item[0].is_renamed:
                self._renamed.append((reject.theme, reject.record, reject.source_key, item[1], _alone(beside)))
            else:
                rows[reject.theme].append((reject.record, item[1]))
        return left, [_batch(theme, mended, beside) for theme, mended in rows.items()]

    def row(self, reject: Reject) -> dict[str, Any] | None:
        """Return the mended cells of a refused row; None where none were offered."""
        found = self._mended(reject) if reject.original_is_row else None
        return None if found is None else found[1]

    @property
    def renamed(self) -> int:
        """Mended records that wait for the end of the source, where no key of its own can be taken by theirs."""
        return len(self._renamed)

    def last(self) -> Iterator[tuple[Batch, str | None]]:
        """Yield each mended record that has another key than it was refused under, as a batch, with the key before."""
        while self._renamed:
            theme, record, key, values, beside = self._renamed.pop(0)
            yield _batch(theme, [(record, values)], beside), key

    def left(self, met: Mapping[str, Identities]) -> list[Reject]:
        """Return a remark on each mended record that answered nothing in the whole source."""
        return [self._remark(item, met.get(item.theme)) for item in self.waiting.values()]

    def _mended(self, reject: Reject) -> tuple[Mended, dict[str, Any]] | None:
        """Return what was offered for a refused record, and its values now; None where nothing was."""
        if reject.source_key is not None:
            self._refused_keys.add((reject.theme, reject.source_key))
        if not reject.original:
            return None
        original = orjson.loads(orjson.dumps(plain(reject.original)))
        same = self._still_waiting(reject, self._by_original.get((reject.theme, _frozen(original)), ()))
        same.sort(key=lambda item: item.record != reject.record)  # of records that are quite the same each its own
        of_key = self._by_key.get((str(reject.theme), reject.record, str(reject.source_key)), ())
        same += self._still_waiting(reject, of_key)
        if not same:
            return None
        del self.waiting[same[0].repair_id]
        self.taken.append(same[0].repair_id)
        return same[0], same[0].onto(original)

    def _still_waiting(self, reject: Reject, items: Iterable[Mended]) -> list[Mended]:
        """Return those of mended records that have answered nothing yet, and are what the refused one is."""
        return [item for item in items if item.repair_id in self.waiting and item.is_row == reject.original_is_row]

    def _remark(self, item: Mended, met: Identities | None) -> Reject:
        """Return what is told of a mended record that was not taken."""
        key = item.source_key
        known = met is not None and key is not None and bool(met.feature_ids(key_hashes([key]))[0])
        named = f"mended record {item.record} of {item.file}"
        named_zh = f"{item.file} 中修正的记录 {item.record}"
        if known and (item.theme, key) not in self._refused_keys:
            code, said = "repair.superseded", f"{named} is not taken: the file's own {key!r} is refused no more"
            said_zh = f"{named_zh} 未采用：源文件中的 {key!r} 不再被拒绝"
        else:
            code, said = "repair.unmatched", f"{named} is not taken: no refused record is the one that it was made for"
            said_zh = f"{named_zh} 未采用：没有不合格记录与其所对应的记录相符"
        return Reject(
            record=item.record,
            code=code,
            reason=said,
            remedy=register()[code].remedy.en,
            theme=item.theme,
            source_key=key,
            original=item.values,
            severity="warning",
            reason_zh=said_zh,
        )


def _frozen(value: Any) -> Any:
    """Return a value of JSON that can be compared and looked up; the database knows no difference of 3 and 3.0."""
    if isinstance(value, Mapping):
        return frozenset((name, _frozen(item)) for name, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, bool):
        return str(value), bool
    return float(value) if isinstance(value, int) and abs(value) < 1e308 else value


def _alone(batch: Batch) -> Batch:
    """Return what a batch tells of how its records came, without them."""
    return Batch(batch.theme, batch.frame.iloc[:0], crs=batch.crs, pipeline=batch.pipeline, accuracy_m=batch.accuracy_m)


def _batch(theme: str, rows: Sequence[tuple[str, dict[str, Any]]], beside: Batch) -> Batch:
    """Return mended records as a batch, which came as the one beside it did."""
    frame = pd.DataFrame([values for _, values in rows], index=[label for label, _ in rows], dtype=object)
    if "geom" in frame:
        frame["geom"] = np.array([drawn(text) for text in frame["geom"]], dtype=object)
        if theme == "building":
            frame = frame.assign(**_blocks(frame))
    return replace(beside, theme=theme, frame=frame, details={}, rejects=(), files={}, faces={}, checked=None)


def _blocks(frame: pd.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
    """Return foot and top of blocks as mended; the old block tells what ground and height do not."""
    ground, foot, top = (_number(frame, name) for name in ("ground_min_m", "block_base_m", "block_top_m"))
    height = _number(frame, "height_m")
    rise = np.where(np.isnan(height), top - foot, height)
    return blocks(np.nan_to_num(np.where(np.isnan(ground), foot, ground)), rise)


def _number(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """Return a column of numbers, NaN where there is none."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64)
