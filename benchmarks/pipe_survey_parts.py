"""Where the time of loading a pipe survey goes: its parts, and what parsing and COPY alone take.

Used by pipe_survey.py; run with a folder it loads that folder's city and writes the parts beside its city.toml.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

import cim.etl.load
import cim.etl.staging
from cim.cluster import Cluster
from cim.etl.checks import checked
from cim.etl.checks.context import Context
from cim.etl.checks.inspection import Inspection
from cim.etl.load import LoadOptions, load_city
from cim.etl.readers import find
from cim.etl.staging import Staging
from cim.etl.writer import Writer
from cim.manifest import read_manifest
from cim.settings import Settings

THEMES = ("feature", "pipe_node", "pipe_segment", "pipe_device")


def reading_parts(folder: Path) -> None:
    """Print what parsing, reading, and reading with checks take, each in a process of its own."""
    for name in ("parsing alone", "reading", "reading and checking"):
        subprocess.run([sys.executable, __file__, str(folder), name], check=True)


def reading(folder: Path, name: str) -> None:
    """Parse, read, or read and check in this process, without a database."""
    manifest = read_manifest(folder)
    source = manifest.sources[0]
    reader = find(source.kind)
    assert reader is not None
    inspection = Inspection(Context(manifest.profile, None, None))
    with printed(name):
        if name == "parsing alone":
            for path in sorted(source.path.glob("*.csv")):
                pyarrow.csv.read_csv(path, pyarrow.csv.ReadOptions(use_threads=False))
            return
        for batch in reader.read(source, manifest.profile):
            if name == "reading and checking":
                checked(batch, manifest.profile, inspection)
        inspection.finish()


@contextmanager
def printed(name: str) -> Iterator[None]:
    """Print the clock's and the processor's seconds of a block."""
    began, worked = time.perf_counter(), time.process_time()
    yield
    taken = f"{time.perf_counter() - began:6.1f} s, processor {time.process_time() - worked:5.1f} s"
    print(f"  {name:22} {taken}", flush=True)


def copy_seconds(cluster: Cluster, database: str) -> None:
    """Print what COPY of the loaded rows into tables without keys and indexes takes, the rows lying ready in memory."""
    with cluster.admin(database) as admin:
        for name in THEMES:
            admin.execute(f"CREATE TABLE public.{name} (LIKE city.{name})")  # type: ignore[call-overload]
            with admin.cursor().copy(f"COPY city.{name} TO STDOUT (FORMAT binary)") as copy:  # type: ignore[call-overload]
                rows = pa.BufferOutputStream()
                for block in copy:
                    rows.write(block)
            content = rows.getvalue()
            with printed(f"COPY alone, {name}"):
                with admin.cursor().copy(f"COPY public.{name} FROM STDIN (FORMAT binary)") as copy:  # type: ignore[call-overload]
                    for begin in range(0, content.size, 1 << 20):
                        copy.write(content.slice(begin, min(1 << 20, content.size - begin)))
                admin.commit()
            admin.execute(f"DROP TABLE public.{name}")  # type: ignore[call-overload]


def parts(folder: Path) -> None:
    """Load in this process and write down how long its parts took; the writer copies while the next batch is read."""
    taken: Counter[str] = Counter()

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*values: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*values, **named)
            finally:
                taken[name] += time.perf_counter() - began

        return run

    for owner, names in (
        (cim.etl.staging, {"checked": "checks of batches", "copy_batch": "COPY, meanwhile"}),
        (Staging, {"take": "checks, identity, rows, waiting for COPY", "close": "checks of networks"}),
        (Writer, {"finish": "waiting for the last COPY"}),
        (cim.etl.load, {"restore": "indexes and keys", "publish": "publishing", "analyse": "statistics"}),
    ):
        for name, told in names.items():
            setattr(owner, name, timed(told, getattr(owner, name)))
    settings, manifest = Settings.from_env(), read_manifest(folder)
    cluster = Cluster(settings)
    began, worked = time.perf_counter(), time.process_time()
    for _ in load_city(cluster, manifest, settings.data_dir, LoadOptions(bars=False)):
        pass
    lines = [
        f"  parts of a load of {time.perf_counter() - began:.1f} s, processor {time.process_time() - worked:.1f} s:"
    ]
    lines += [f"    {name:42} {part:6.1f} s" for name, part in taken.most_common()]
    (folder / "parts.txt").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        reading(Path(sys.argv[1]), sys.argv[2])
    else:
        parts(Path(sys.argv[1]))
