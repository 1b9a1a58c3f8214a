"""How far along a sewer an inspection saw something, against the sewer's length: the two are in different sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from cim.etl.batch import Batch, Reject
from cim.etl.checks.findings import Finding, Floats, Ints, Told, rejects_of
from cim.etl.checks.register import tolerance
from cim.etl.checks.values import as_text
from cim.etl.places import length_m
from cim.etl.records import Records
from cim.manifest import SourceSpec

CODE = "inspection.beyond_end"
THEME = "pipe_inspection"


class Distances:
    """Distances of a source's inspections, as far as they name a segment."""

    def __init__(self) -> None:
        self.rows = pd.DataFrame({"label": [], "key": [], "segment": [], "chainage_m": []}).astype(
            {"label": object, "key": object, "segment": object, "chainage_m": np.float64}
        )

    def take(self, batch: Batch, rows: Ints) -> None:
        """Take the kept rows of a batch."""
        frame = batch.frame.iloc[rows]
        if not {"segment_key", "chainage_m"} <= set(frame.columns):
            return
        keys = frame["source_key"] if "source_key" in frame else pd.Series(None, frame.index, dtype=object)
        part = pd.DataFrame(
            {
                "label": frame.index.to_numpy(dtype=object),
                "key": keys.to_numpy(dtype=object),
                "segment": as_text(frame["segment_key"]).to_numpy(dtype=object),
                "chainage_m": pd.to_numeric(frame["chainage_m"], errors="coerce").to_numpy(np.float64, na_value=np.nan),
            }
        )
        part = part[part["segment"].notna() & np.isfinite(part["chainage_m"])]
        self.rows = pd.concat([self.rows, part], ignore_index=True) if len(part) else self.rows

    @property
    def segments(self) -> list[str]:
        """Keys of the segments that are named."""
        return sorted(set(self.rows["segment"]))

    def beyond(self, lengths: Mapping[str, float]) -> tuple[Told, Finding]:
        """Return which distances lie beyond the end of their segment; one whose length is not known has none.

        Parameters
        ----------
        lengths
            Metres by the segment's key.
        """
        length = self.rows["segment"].map(lengths).to_numpy(dtype=np.float64)
        chainage = self.rows["chainage_m"].to_numpy()
        # A comparison with NaN is never true.
        most = length * (1 + tolerance(CODE, "of_length")) + tolerance(CODE, "beyond_m")
        rows = np.flatnonzero(chainage > most)
        values = {
            "chainage": chainage[rows],
            "segment": self.rows["segment"].to_numpy(dtype=object)[rows],
            "length": length[rows],
        }
        told = Told(THEME, self.rows["label"].tolist(), self.rows["key"].tolist())
        return told, Finding(CODE, rows, values)


class AllDistances:
    """Inspections and segments of every source, which are asked once all are read: no database is at hand."""

    def __init__(self) -> None:
        self._distances: dict[str, Distances] = {}
        self._lengths: list[pd.DataFrame] = []

    def take(self, source: SourceSpec, batch: Batch, records: Records) -> None:
        """Take a batch, of which some records are kept."""
        if batch.theme == THEME:
            kept = pd.Index(batch.frame.index).get_indexer_for(pd.Index(records.labels))
            self._distances.setdefault(source.name, Distances()).take(batch, kept.astype(np.int64))
        elif batch.theme == "pipe_segment":
            rows = {
                "key": records.keys,
                "rank": source.precedence,
                "source": source.name,
                "length_m": _lengths(records),
            }
            self._lengths.append(pd.DataFrame(rows))

    def finish(self) -> Iterator[tuple[str, Reject]]:
        """Yield source and reject of each distance that lies beyond its segment's end."""
        if not self._lengths:
            return
        for source, distances in self._distances.items():
            wanted = distances.segments
            known = pd.concat([part[part["key"].isin(wanted)] for part in self._lengths])
            told, finding = distances.beyond(_first(known))
            yield from ((source, reject) for reject in rejects_of(finding, told))


def _first(known: pd.DataFrame) -> dict[str, float]:
    """Return the length of each key in the source that comes first; none where several have it."""
    best = known[known["rank"] == known.groupby("key")["rank"].transform("min")]
    single = best[~best["key"].duplicated(keep=False)]
    return dict(zip(single["key"], single["length_m"], strict=True))


def _lengths(records: Records) -> Floats:
    """Return the lengths of segments, metres: as told, else those of their lines in space; NaN where there is none."""
    told = records.columns.get("length_m", pa.nulls(len(records), pa.float64()))
    out = told.cast(pa.float64()).to_numpy(zero_copy_only=False).copy()
    missing = np.flatnonzero(np.isnan(out))
    if records.geometry is not None and len(missing):
        shapes = records.geometry[missing]
        out[missing] = [
            np.nan if shape is None else length_m(np.nan_to_num(shapely.get_coordinates(shape, include_z=True)))
            for shape in shapes
        ]
    return np.asarray(out, dtype=np.float64)
