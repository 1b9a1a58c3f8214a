"""Two loads at once, as two processes: of two sources side by side, of one source one after the other."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import shapely

ROWS = 3_000  # enough for a first load to take the indexes away


def boxes(prefix, storeys):
    number = np.arange(ROWS)
    x, y = 500_000 + number % 100 * 20.0, 3_270_000 + number // 100 * 20.0
    keys = [f"{prefix}{item}" for item in number]
    return pd.DataFrame({"key": keys, "storeys": storeys, "geom": shapely.box(x, y, x + 10, y + 10)})


def start(town, *arguments):
    """Start `cim load` in a process of its own."""
    variables = {**os.environ, "CIM_DATA_DIR": str(town.cluster.status().data.parent)}
    command = [sys.executable, "-m", "cim", "load", str(town.folder), *arguments]
    return subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True)


def ended(*processes):
    """Wait for processes; return what they said."""
    said = [process.communicate(timeout=240)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), said
    return said


def counts(town):
    query = """SELECT s.name, b.storeys_above::int AS storeys, count(*) AS n FROM city.building_current b
               JOIN city.feature USING (feature_id) JOIN run.source s USING (source_id) GROUP BY 1, 2 ORDER BY 1, 2"""
    return [tuple(row.values()) for row in town.rows(query)]


INDEXES = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'city' AND tablename IN ('building', 'building_lod')"
KEYS = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'city.building'::regclass"


def test_two_sources_side_by_side_and_one_source_twice(town, new_town, tmp_path_factory):
    for name in ("one", "two"):
        town.write_layer(f"{name}.fgb", boxes(name, 2))
        town.source(name, "footprints", f"{name}.fgb")
    town.write()
    # Both find no city yet: one makes it, the other waits.
    ended(start(town, "--source", "one"), start(town, "--source", "two"))
    assert counts(town) == [("one", 2, ROWS), ("two", 2, ROWS)]
    with new_town(tmp_path_factory.mktemp("other")) as other:
        other.write_layer("one.fgb", boxes("one", 2))
        other.source("one", "footprints", "one.fgb")
        other.load()
        assert town.one(INDEXES) == other.one(INDEXES)
        assert town.one(KEYS) == other.one(KEYS)

    town.write_layer("one.fgb", boxes("one", 3))
    said = ended(start(town, "--source", "one"), start(town, "--source", "one"))
    assert counts(town) == [("one", 3, ROWS), ("two", 2, ROWS)]
    # Whoever waited found it done.
    assert sum("as it was" in text for text in said) == 1
    assert town.rows("SELECT status, count(*) AS n FROM run.load GROUP BY 1") == [{"status": "published", "n": 3}]
    assert town.one("SELECT count(*) FROM city.building WHERE closed_by IS NOT NULL") == ROWS
