"""Buildings in PostGIS to 3D Tiles: this platform against `py3dtiles export`, on the same rows, turn about.

    CIM_REAL_DATA=… python benchmarks/tiles_vs_py3dtiles.py --copies 8 --rounds 3

The three 3DBAG files are loaded, and their buildings copied side by side. py3dtiles 12.1 stops at a building of more
than 256 corners (its indices are bytes), so the comparison leaves those out for both; ours is then measured once more
with all buildings in. Both run as a command in a process of its own, one core, start-up included.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from private_server import server

from cim.etl.load import load_city
from cim.manifest import read_manifest
from cim.settings import Settings
from cim.store import Store
from cim.viewer import OPERATOR

HERE = Path(__file__).parent
FILES = ("3dbag_5908_99b.city.jsonl", "3dbag_901_52b.city.jsonl", "3dbag_5870_54b_ext.city.jsonl")
CITY = """
[city]
slug = "bench"
name_zh = "三维瓦片"
name_en = "Tiles"
crs = "EPSG:28992"
vertical_datum = "NAP"
ellipsoid_offset_m = 43.0
"""
SOURCE = '[[source]]\nname = "{0}"\nkind = "cityjson"\npath = "{1}"\nattribution = "3DBAG"\n'
ROWS = "(SELECT l.geom, v.feature_id FROM city.building_lod l JOIN city.building v USING (version_id)) AS buildings"


@dataclass(frozen=True)
class Run:
    """What one command took."""

    wall_s: float
    """Seconds on the clock, the database's work included."""
    cpu_s: float
    """Seconds of the command's own processor time."""


def measured(command: list[str], environment: dict[str, str] | None = None) -> Run:
    """Run a command and measure it; a failure ends the benchmark with its last words."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=said, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.exit(f"{command[0]} failed:\n{said.read().decode()[-2000:]}")
    return Run(wall, used.ru_utime + used.ru_stime)


def peer_python() -> Path:
    """Python of an environment of py3dtiles' own, made on first use (it needs an older numpy than ours)."""
    folder = HERE / ".envs/py3dtiles"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        wanted = ["py3dtiles[postgres]==12.1.1", "numpy<2.4"]
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "-q", *wanted], check=True)
        (folder / "ready").touch()
    return folder / "bin/py3dtiles"


@contextmanager
def city(data: Path, copies: int) -> Iterator[tuple[Settings, Store]]:
    """Lend a cluster of the benchmark's own with the buildings, `copies` times side by side."""
    with server() as (cluster, settings, folder):
        manifest = folder / "city.toml"
        manifest.write_text(CITY + "".join(SOURCE.format(name, data / name) for name in FILES), encoding="utf-8")
        list(load_city(cluster, read_manifest(manifest), settings.data_dir))
        with Store.open(cluster, "bench") as store:
            with store.connection(OPERATOR) as connection:
                keep_the_finest(connection)
                for number in range(1, copies):
                    copy_beside(connection, number)
            with psycopg.connect(store.url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE city.building")
                connection.execute("VACUUM ANALYZE city.building_lod")
            yield settings, store


def keep_the_finest(connection: psycopg.Connection) -> None:
    """Leave one geometry a building, so that both read the same rows."""
    connection.execute("DELETE FROM city.building_lod WHERE lod <> '2.2'")
    connection.execute(
        "DELETE FROM city.building b WHERE NOT EXISTS (SELECT FROM city.building_lod l "
        "WHERE l.version_id = b.version_id)"
    )


def copy_beside(connection: psycopg.Connection, number: int) -> None:
    """Copy the buildings of the files once more, a kilometre and a half further east or north."""
    shift = {"dx": 1500.0 * (number % 10), "dy": 7000.0 * (number // 10), "copy": number}
    connection.execute(
        "CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT b.version_id AS old, nextval(pg_get_serial_sequence("
        "'city.feature', 'feature_id')) AS feature_id, nextval(pg_get_serial_sequence('city.building', 'version_id')) "
        "AS version_id FROM city.building b JOIN city.feature f USING (feature_id) "
        "WHERE f.source_key NOT LIKE 'copy %%'"
    )
    connection.execute(
        "INSERT INTO city.feature (feature_id, theme, source_id, source_key) OVERRIDING SYSTEM VALUE "
        "SELECT c.feature_id, 'building', f.source_id, 'copy ' || %(copy)s || ' ' || f.source_key FROM copied c "
        "JOIN city.building b ON b.version_id = c.old JOIN city.feature f ON f.feature_id = b.feature_id",
        shift,
    )
    connection.execute(
        "INSERT INTO city.building (version_id, feature_id, load_id, content_hash, name, height_m, built_year, geom) "
        "OVERRIDING SYSTEM VALUE SELECT c.version_id, c.feature_id, b.load_id, b.content_hash, b.name, b.height_m, "
        "b.built_year, ST_Translate(b.geom, %(dx)s, %(dy)s) FROM copied c JOIN city.building b ON b.version_id = c.old",
        shift,
    )
    connection.execute(
        "INSERT INTO city.building_lod (version_id, lod, geometry_type, geom, surface) SELECT c.version_id, l.lod, "
        "l.geometry_type, ST_Translate(l.geom, %(dx)s, %(dy)s), l.surface FROM copied c JOIN city.building_lod l "
        "ON l.version_id = c.old",
        shift,
    )
    connection.execute("DROP TABLE copied")


def hide_large(store: Store) -> None:
    """Put the buildings that py3dtiles cannot write out of both's sight."""
    with store.connection(OPERATOR) as connection:
        connection.execute(
            "CREATE TABLE public.large AS SELECT l.* FROM city.building_lod l, LATERAL (SELECT count(DISTINCT p.geom) "
            "AS corners FROM ST_DumpPoints(l.geom) p) n WHERE n.corners > 255"
        )
        connection.execute("DELETE FROM city.building_lod l USING public.large g WHERE l.lod_id = g.lod_id")


def show_large(store: Store) -> None:
    """Bring them back."""
    with store.connection(OPERATOR) as connection:
        connection.execute("INSERT INTO city.building_lod OVERRIDING SYSTEM VALUE SELECT * FROM public.large")


def counted(store: Store) -> int:
    """Return how many buildings stand in the tables."""
    (row,) = store.rows(OPERATOR, "SELECT count(DISTINCT version_id) AS n FROM city.building_lod")
    return int(row["n"])


def ours(settings: Settings, store: Store) -> Run:
    """Build the layer from nothing."""
    with store.connection(OPERATOR) as connection:
        connection.execute("DELETE FROM layer.build")
    environment = os.environ | {"CIM_DATA_DIR": str(settings.data_dir), "CIM_CITY": "bench"}
    return measured([sys.executable, "-m", "cim", "layers", "build", "buildings", "--workers", "1"], environment)


def theirs(program: Path, store: Store) -> Run:
    """Export the same rows."""
    with tempfile.TemporaryDirectory() as out:
        told = ["export", "-D", store.url, "-t", ROWS, "-c", "geom", "-i", "feature_id", "-s", out]
        return measured([str(program), *told])


def line(name: str, runs: list[Run], count: int) -> str:
    """Medians of some runs as a row of a table."""
    wall, cpu = (statistics.median(values) for values in ([r.wall_s for r in runs], [r.cpu_s for r in runs]))
    return f"| {name} | {count:,} | {wall:.2f} | {count / wall:,.0f} | {cpu:.2f} | {count / cpu:,.0f} |"


def main() -> None:
    """Measure turn about and print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--copies", type=int, default=8, help="times the 206 buildings of the files")
    options.add_argument("--rounds", type=int, default=3, help="turns of each")
    told = options.parse_args()
    data = Path(os.environ["CIM_REAL_DATA"]).resolve() / "citymodels"
    program = peer_python()
    with city(data, told.copies) as (settings, store):
        hide_large(store)
        count, pairs = counted(store), []
        for _ in range(told.rounds):
            pairs.append((ours(settings, store), theirs(program, store)))
        show_large(store)
        whole, full = [ours(settings, store) for _ in range(told.rounds)], counted(store)
    print("| | buildings | wall s | a second | CPU s | a CPU second |\n|---|---|---|---|---|---|")
    print(line("cim layers build", [mine for mine, _ in pairs], count))
    print(line("py3dtiles export", [its for _, its in pairs], count))
    print(line("cim layers build, all buildings", whole, full))
    walls = [its.wall_s / mine.wall_s for mine, its in pairs]
    work = [its.cpu_s / mine.cpu_s for mine, its in pairs]
    print(f"\n{statistics.median(walls):.1f} times by the clock, {statistics.median(work):.1f} times by processor time")


if __name__ == "__main__":
    main()
