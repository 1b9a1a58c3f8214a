"""A database for a benchmark: frames published as features of a city that holds nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cim.city import CityProfile, create_city
from cim.cluster import Cluster
from cim.copying import copy_frame
from cim.store import Store
from cim.tables import TABLES, THEMES

EAST, NORTH = 500_000.0, 3_270_000.0
"""Where a made-up city begins, EPSG:4545, metres."""


def made_up_store(cluster: Cluster, slug: str) -> Store:
    """Make an empty city and open it as its owner."""
    create_city(cluster, CityProfile(slug, "基准", "Benchmark", "EPSG:4545", "1985", -36.0, synthetic=True))
    return Store.open(cluster, slug)


def publish(cluster: Cluster, slug: str, theme: str, rows: pd.DataFrame) -> None:
    """Publish rows as features of a theme; the index holds their feature ids.

    Without triggers, which would look every reference up: the rows are right, and writing them is not what is measured.
    """
    with cluster.admin(f"cim_{slug}") as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        row = connection.execute(
            "WITH s AS (INSERT INTO run.source (name, kind) VALUES (%s, 'benchmark') RETURNING source_id) "
            "INSERT INTO run.load (source_id, status, path, software_version, published_at) "
            "SELECT source_id, 'published', 'made up', 'benchmark', clock_timestamp() FROM s "
            "RETURNING load_id, source_id",
            (theme,),
        ).fetchone()
        assert row is not None
        ids = rows.index.to_numpy(dtype=np.int64)
        features = {"feature_id": ids, "theme": theme, "source_id": row[1], "source_key": ids.astype(str)}
        copy_frame(connection, TABLES["city.feature"], pd.DataFrame(features))
        frame = rows.rename_axis("feature_id").reset_index()
        copy_frame(connection, THEMES[theme], frame.assign(load_id=row[0], content_hash=b"made up"))
        connection.execute("UPDATE run.city SET data_version = data_version + 1")
        connection.execute("INSERT INTO run.theme_version SELECT %s, data_version FROM run.city", (theme,))
    with cluster.admin(f"cim_{slug}") as connection:
        connection.execute("ANALYZE")
