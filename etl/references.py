"""References: keys of other records become their stable ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
from psycopg import sql

from cim.etl.batch import Reject
from cim.etl.digest import key_hashes
from cim.etl.identity import Identities, Ints
from cim.etl.records import Records
from cim.etl.rejects import original_record

REQUIRED = frozenset({("pipe_segment", "start_node_id"), ("pipe_segment", "end_node_id")})
"""References without which a record is refused: a network's segments hang on their nodes."""

_ELSEWHERE = sql.SQL(
    "SELECT DISTINCT ON (f.source_key) f.source_key, f.feature_id FROM city.feature f "
    "JOIN run.source s USING (source_id) JOIN {current} v USING (feature_id) "
    "WHERE f.theme = %s AND f.source_key = ANY(%s) AND f.source_id <> %s "
    "ORDER BY f.source_key, s.precedence, s.source_id"
)


def resolve(
    records: Records, met: Mapping[str, Identities], connection: psycopg.Connection[Any], source_id: int
) -> tuple[dict[str, Ints], npt.NDArray[np.bool_], list[Reject]]:
    """Find the features that records refer to: first those of this load, then current ones of other sources.

    Parameters
    ----------
    records
        Records with `reference_keys`.
    met
        What this load has met, by theme.
    connection
        For the other sources.
    source_id
        This source.

    Returns
    -------
    dict of str to array
        Feature ids by column; 0: none.
    array of bool
        Records that are refused for want of what they refer to.
    list of Reject
        One for each reference that leads nowhere: error where it is required, else warning.
    """
    found: dict[str, Ints] = {}
    refused = np.zeros(len(records), dtype=bool)
    rejects: list[Reject] = []
    for column, keys in records.reference_keys.items():
        theme = records.table.c[column].info["references"]
        required = (records.table.name, column) in REQUIRED
        ids, lost = _resolved(keys, theme, met.get(theme), connection, source_id)
        if required:
            lost = ids == 0
        rejects += [_reject(records, row, column, keys[row].as_py(), required) for row in np.flatnonzero(lost).tolist()]
        refused |= lost & required
        found[column] = ids
    return found, refused, rejects


def _resolved(
    keys: pa.Array, theme: str, met: Identities | None, connection: psycopg.Connection[Any], source_id: int
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return ids (0: none) and which of the keys given lead nowhere."""
    coded = keys.dictionary_encode()
    names = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
    ids = np.zeros(len(names), dtype=np.int64)
    if met is not None and len(names) > 1:
        ids[:-1] = met.feature_ids(key_hashes(names[:-1].tolist()))
    missing = names[:-1][ids[:-1] == 0]
    if len(missing):
        query = _ELSEWHERE.format(current=sql.Identifier("city", f"{theme}_current"))
        with connection.transaction():
            elsewhere = dict(connection.execute(query, (theme, missing.tolist(), source_id)).fetchall())
        ids[:-1] = [known or elsewhere.get(name, 0) for known, name in zip(ids[:-1].tolist(), names[:-1], strict=True)]
    codes = coded.indices.fill_null(len(names) - 1).to_numpy()
    out = ids[codes]
    return out, (out == 0) & (codes < len(names) - 1)


def _reject(records: Records, row: int, column: str, key: str | None, required: bool) -> Reject:
    theme = records.table.c[column].info["references"]
    what = "is missing" if key is None else f"names {theme} {key!r}, which is not there"
    return Reject(
        record=str(records.labels[row]),
        code="reference.unresolved",
        reason=f"{column.removesuffix('_id')} {what}",
        remedy=f"load the {theme} too, or correct the key" if required else "kept without the link",
        theme=records.table.name,
        source_key=records.keys[row],
        original=original_record(records.values(row)),
        severity="error" if required else "warning",
    )
