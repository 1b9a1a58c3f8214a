"""LAS, LAZ and COPC scans: the header, and the points' classes as far as time allows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import laspy
import numpy as np
from pyproj.exceptions import CRSError

from cim.etl.inspecting.findings import Clock, Findings, Inspector, Layer, Sample
from cim.etl.readers.scan_points import opened, portions

# ASPRS LAS 1.4 R15, table 17.
_CLASSES = {
    0: "never classified", 1: "unclassified", 2: "ground", 3: "low vegetation", 4: "medium vegetation",
    5: "high vegetation", 6: "building", 7: "low noise", 9: "water", 10: "rail", 11: "road surface",
    13: "wire guard", 14: "wire conductor", 15: "transmission tower", 17: "bridge deck", 18: "high noise",
}  # fmt: skip


def claims(sample: Sample) -> bool:
    """Whether a file begins as a LAS file does."""
    return sample.head[:4] == b"LASF"


def look(path: Path, clock: Clock) -> Findings:
    """Find out about a scan."""
    # Opened as the reader does: a header that counts more than there is would end the process, not the inspection.
    with opened(path) as file:
        header = file.header
        problems = []
        try:
            crs = header.parse_crs()
        except CRSError as error:
            crs = None
            problems.append(f"names a CRS that cannot be read ({' '.join(str(error).split())[:100]})")
        classes: Counter[int] = Counter()
        read, beyond = 0, 0
        for points in portions(file, path):
            numbers, counts = np.unique(np.asarray(points.classification), return_counts=True)
            classes.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))
            places = np.column_stack([points.x, points.y, points.z])
            beyond += int(((places < header.mins - 1e-6) | (places > header.maxs + 1e-6)).any(axis=1).sum())
            read += len(points)
            if clock.up:
                break
        complete = read >= header.point_count or not clock.up
    if complete and read != header.point_count:
        problems.append(f"holds {read:,} points where its header says {header.point_count:,}: it is cut off")
    if beyond:
        problems.append(f"{beyond:,} points lie outside the extent of the header")
    copc = any(record.user_id == "copc" for record in header.vlrs)
    return Findings(
        format="COPC scan" if copc else "LAZ scan" if header.are_points_compressed else "LAS scan",
        kind="scan",
        version=str(header.version),
        crs=crs.to_string() if crs else None,
        crs_from="the header",
        extent=(float(header.mins[0]), float(header.mins[1]), float(header.maxs[0]), float(header.maxs[1])),
        heights=(float(header.mins[2]), float(header.maxs[2])),
        layers=(
            Layer("points", int(header.point_count)),
            *(Layer(f"class {code} ({_CLASSES.get(code, 'of its maker')})", count)
              for code, count in sorted(classes.items())),
        ),
        facts={"point format": int(header.point_format.id), "made by": str(header.generating_software).strip()},
        problems=tuple(problems),
        complete=complete,
    )  # fmt: skip


INSPECTOR = Inspector(13, "a scan", claims, look, (laspy.LaspyException, ValueError, RuntimeError))
