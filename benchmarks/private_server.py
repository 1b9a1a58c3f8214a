"""A PostGIS of a benchmark's own, and what a command takes of it: seconds, processor time and memory of both."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cim.cluster import Cluster
from cim.settings import Settings

SERVER_LIMIT_MB = 6000
"""A load is stopped when a process of the server holds more: the machine is not ours alone."""


@contextmanager
def server() -> Iterator[tuple[Cluster, Settings, Path]]:
    """Run a private PostGIS for the benchmark alone, with the settings that `cim db up` gives; yield its folder too."""
    with tempfile.TemporaryDirectory(prefix="cim-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        settings = Settings(data_dir=folder / "data")
        cluster = Cluster(settings)
        cluster.up()
        try:
            yield cluster, settings, folder
        finally:
            cluster.down()


@dataclass(frozen=True)
class Run:
    """What one command took."""

    seconds: float
    """Wall time of the process, start of the interpreter included."""
    cpu: float
    """Processor seconds of the process."""
    server_cpu: float
    """Processor seconds of PostgreSQL meanwhile."""
    peak_mb: float
    """Peak memory of the process."""
    server_mb: float
    """Peak memory of the server's largest process, buffers shared by all included."""


def server_processes(data: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield pid and /proc fields (from the state on) of a PostgreSQL server and its children."""
    postmaster = int((data / "postmaster.pid").read_text().splitlines()[0])
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:  # it has ended meanwhile
            continue
        if postmaster in (int(entry.parent.name), int(fields[1])):
            yield int(entry.parent.name), fields


def server_cpu(data: Path) -> float:
    """Return the processor seconds that a PostgreSQL server and its children have used."""
    postmaster = int((data / "postmaster.pid").read_text().splitlines()[0])
    # User and system time; the postmaster's also of its children that have ended.
    ticks = sum(sum(map(int, fields[11 : 15 if pid == postmaster else 13])) for pid, fields in server_processes(data))
    return ticks / os.sysconf("SC_CLK_TCK")


def server_peak_mb(data: Path) -> float:
    """Return the memory of the largest process of a server."""
    pages = max(int(fields[21]) for _, fields in server_processes(data))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def run(command: Sequence[str], environment: Mapping[str, str], data: Path) -> Run:
    """Run a command against the server whose data folder is given and measure it; stop it when that takes too much."""
    before, began = server_cpu(data), time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=said, stderr=said)
        peak = 0.0
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            peak = max(peak, server_peak_mb(data))
            if peak > SERVER_LIMIT_MB:
                process.kill()
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            last = said.read().decode(errors="replace")[-2000:]
            sys.exit(f"{command[0]} failed after {seconds:.0f} s, the server at {peak:.0f} MB:\n{last}")
    time.sleep(0.5)  # the server's process for the connection ends a moment later
    return Run(seconds, usage.ru_utime + usage.ru_stime, server_cpu(data) - before, usage.ru_maxrss / 1024, peak)
