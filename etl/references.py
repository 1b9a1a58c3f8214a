"""References: keys of other records become their stable ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cim.etl.batch import Reject
from cim.etl.digest import key_hashes
from cim.etl.elsewhere import Elsewhere
from cim.etl.identity import Identities, Ints
from cim.etl.records import Records
from cim.etl.rejects import original_record

UNRESOLVED = "reference.unresolved"
AMBIGUOUS = "reference.ambiguous"

REQUIRED = frozenset({("pipe_segment", "start_node_id"), ("pipe_segment", "end_node_id")})
"""References without which a record is refused: a network's segments hang on their nodes."""
IF_GIVEN = frozenset({("statistic", "unit_id")})
"""References that may be left out, but not lead nowhere: a figure of no unit is the whole city's."""


def resolve(
    records: Records, met: Mapping[str, Identities], elsewhere: Elsewhere
) -> tuple[dict[str, Ints], npt.NDArray[np.bool_], list[Reject]]:
    """Find the features that records refer to: first those of this load, then current ones of other sources.

    A key that several other sources of equal precedence have leads nowhere: which of them is meant is not guessed.

    Parameters
    ----------
    records
        Records with `reference_keys`.
    met
        What this load has met, by theme.
    elsewhere
        The other sources.

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
        theme = records.table.columns[column].references
        needed = (records.table.name, column) in REQUIRED
        required = needed or (records.table.name, column) in IF_GIVEN
        ids, lost, several = _resolved(keys, theme, met.get(theme), elsewhere)
        if needed:
            lost = ids == 0
        for row in np.flatnonzero(lost).tolist():
            key = keys[row].as_py()
            rejects.append(_reject(records, row, column, key, several.get(key, ()), required))
        refused |= lost & required
        found[column] = ids
    return found, refused, rejects


def _resolved(
    keys: pa.Array, theme: str, met: Identities | None, elsewhere: Elsewhere
) -> tuple[Ints, npt.NDArray[np.bool_], dict[str, list[str]]]:
    """Return ids (0: none), which of the keys given lead nowhere, and the sources of those that lead to several."""
    coded = keys.dictionary_encode()
    names = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
    ids = np.zeros(len(names), dtype=np.int64)
    several: dict[str, list[str]] = {}
    if met is not None and len(names) > 1:
        ids[:-1] = met.feature_ids(key_hashes(names[:-1].tolist()))
    missing = np.flatnonzero(ids[:-1] == 0)
    if len(missing):
        found = elsewhere.find(theme, names[missing].tolist())
        ids[missing] = [found.get(name, (0,))[0] for name in names[missing]]
        several = {key: sources for key, (feature, sources) in found.items() if feature == 0}
    codes = coded.indices.fill_null(len(names) - 1).to_numpy()
    out = ids[codes]
    return out, (out == 0) & (codes < len(names) - 1), several


def _reject(records: Records, row: int, column: str, key: str | None, several: Sequence[str], required: bool) -> Reject:
    theme = records.table.columns[column].references
    if key is None:
        code, what, remedy = UNRESOLVED, "is missing", f"load the {theme} too, or correct the key"
    elif several:
        code, what = AMBIGUOUS, f"names {theme} {key!r}, which stands in {' and in '.join(several)}"
        remedy = "give the source that is meant a lower precedence in city.toml"
    else:
        code, what = UNRESOLVED, f"names {theme} {key!r}, which is not there"
        remedy = f"load the {theme} too, or correct the key"
    return Reject(
        record=str(records.labels[row]),
        code=code,
        reason=f"{column.removesuffix('_id')} {what}",
        remedy=remedy if required else f"kept without the link; {remedy}",
        theme=records.table.name,
        source_key=records.keys[row],
        original=original_record(records.values(row)),
        severity="error" if required else "warning",
    )
