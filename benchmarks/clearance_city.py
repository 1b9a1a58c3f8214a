"""Clearance of a whole made-up city, from PostGIS to the findings kept in it: asked 1,000,000 segments in 5 minutes.

    python benchmarks/clearance_city.py --segments 1000000

The pipes are those of `clearance_vs_shapely.py`, written into a database of the benchmark's own; a process of its own
then does what `cim network clearance` does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from burst import told
from clearance_vs_shapely import made_up_city
from made_up_database import EAST, NORTH, made_up_store, publish
from private_server import server, server_cpu

from cim.analytics.network.clearance.keeping import survey_clearance
from cim.analytics.network.rules.tables import CLASSES
from cim.cluster import Cluster
from cim.settings import Settings
from cim.store import Store
from cim.viewer import LOCAL

SLUG = "bench_clearance"
RECORDS: dict[str, dict[str, Any]] = {
    "tel_conduit": {"network": "telecom", "burial": "duct"},
    "gas_midA": {"network": "gas", "burial": "direct", "pressure_mpa": 0.3, "diameter_mm": 160.0},
    "water_le200": {"network": "water", "burial": "direct", "diameter_mm": 200.0},
    "sewer_storm": {"network": "storm", "burial": "direct", "diameter_mm": 500.0},
    "heat_buried": {"network": "heat", "burial": "direct", "diameter_mm": 300.0},
    "power_conduit": {"network": "power", "burial": "duct"},
    "water_gt200": {"network": "water", "burial": "direct", "diameter_mm": 400.0},
}
"""What the record of a pipe of each class says."""


def write_pipes(cluster: Cluster, segments: int) -> None:
    """Publish the pipes of a made-up city."""
    lines = made_up_city(segments)
    ends = np.stack([lines.start, lines.end], axis=1) + np.array([EAST, NORTH, 0.0])
    parts = []
    for name, record in RECORDS.items():
        these = np.flatnonzero(lines.code == CLASSES.index(name))
        depth = 200 - ends[these, :, 2]
        rows = record | {
            "geom": shapely.linestrings(ends[these]),
            "outer_width_mm": 2000 * lines.half_width_m[these],
            "outer_height_mm": 2000 * lines.half_height_m[these],
            "start_depth_m": depth[:, 0],
            "end_depth_m": depth[:, 1],
            "survey_method": "excavated",
        }
        parts.append(pd.DataFrame(rows, index=lines.feature_id[these]))
    publish(cluster, SLUG, "pipe_segment", pd.concat(parts))


def main() -> None:
    """Write the pipes, and judge them in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=1_000_000)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        settings = Settings(data_dir=options.inside)
        before = server_cpu(settings.data_dir / "pg")
        with Store.open(Cluster(settings), SLUG) as store:
            told("clearance of the city, kept", lambda: survey_clearance(store, LOCAL))
            rows = store.rows(
                LOCAL, "SELECT rule, verdict, sum(pairs) AS pairs FROM result.clearance_tally GROUP BY 1, 2"
            )
        print(f"server {server_cpu(settings.data_dir / 'pg') - before:.1f} s; load average {os.getloadavg()[0]:.1f}")
        print(", ".join(f"{row['rule']} {row['verdict']}: {row['pairs']:,}" for row in rows))
        return
    with server() as (cluster, settings, _):
        made_up_store(cluster, SLUG).close()
        told("pipes written into PostGIS", lambda: write_pipes(cluster, options.segments))
        subprocess.run([sys.executable, __file__, "--inside", str(settings.data_dir)], check=True)


if __name__ == "__main__":
    main()
