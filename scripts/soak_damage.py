"""Read ten thousand damaged files with each reader: none may end in a traceback, a crash, a hang or a flood of memory.

Each worker is a process of its own, forked from one that has imported everything; what takes too long, or takes the
process with it, costs that worker alone. What was damaged, and what went wrong, is kept beside the tally
(`var/soak/damage`). With --seconds the run stops in time and the next one goes on from there.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import importlib.util
import json
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FIRST_SEED = 1_000_000
BEYOND_LIMIT = 2 << 30
"""Bytes of address space that a worker may take beyond what it has when it starts: the machine outlives a flood."""
TELL_EVERY = 30.0
FORK = multiprocessing.get_context("fork")


def damaged_files() -> Any:
    """Return the module of sound files and their damages, which the tests use too."""
    path = ROOT / "tests" / "etl" / "readers" / "damaged_files.py"
    spec = importlib.util.spec_from_file_location("damaged_files", path)
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - for the type checker
    module = sys.modules["damaged_files"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Tally:
    """What was met with one kind of file."""

    name: str
    kind: str
    asked: int
    first_seed: int
    commit: str
    done: int = 0
    refused: int = 0
    """Files refused with a line; of the others, records were kept or refused."""
    worst_s: float = 0.0
    worst_seed: int = 0
    peak_mb: float = 0.0
    seconds: float = 0.0
    faults: list[dict[str, Any]] = field(default_factory=list)

    def told(self) -> str:
        """Return a line."""
        line = f"{self.name:38s} {self.done:6d} of {self.asked}, {len(self.faults)} fault(s), {self.refused} refused"
        line += f", worst {self.worst_s:.2f} s (seed {self.worst_seed})"
        return f"{line}, {self.peak_mb:.0f} MB, {self.seconds:.0f} s"


class Worker:
    """A process that reads one damaged file after another."""

    def __init__(self, files: Any, case: Any, sound: Path, scratch: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=scratch))
        shutil.copytree(sound, self.folder / "files")
        self.where = self.folder / "where"
        self.where.touch()
        self.seed, self.since = 0, 0.0
        self.connection, theirs = FORK.Pipe()
        self.process = FORK.Process(target=_serve, args=(files, case, self.folder, self.where, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def give(self, seed: int) -> None:
        """Have a file damaged and read."""
        self.seed, self.since = seed, time.monotonic()
        self.connection.send(seed)

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.join()
        self.connection.close()

    def abort(self) -> str:
        """End a process that does not answer; return where it was, as faulthandler tells."""
        if self.process.is_alive() and self.process.pid is not None:
            os.kill(self.process.pid, signal.SIGABRT)
            self.process.join(2)
        self.end()
        return self.where.read_text(encoding="utf-8", errors="replace")[:2500]


def _serve(files: Any, case: Any, folder: Path, told: Path, connection: Connection) -> None:
    """Read damaged files for the parent until it has no more."""
    where = told.open("w", encoding="utf-8")
    faulthandler.enable(where)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)  # libraries complain there
    room = files.status_kb("VmSize") * 1024 + BEYOND_LIMIT
    resource.setrlimit(resource.RLIMIT_AS, (room, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    whole = (folder / "files" / (case.part or case.file)).read_bytes()
    parent = os.getppid()
    with contextlib.suppress(EOFError):
        while os.getppid() == parent:
            if not connection.poll(5):
                continue  # until the parent is gone, however it went
            seed = connection.recv()
            try:
                trial = files.trial(case, folder / "files", whole, seed)
                met = (trial.fault, trial.seconds, isinstance(trial.found, str))
            except Exception:  # noqa: BLE001 - any is a fault of the reader, to be told
                met = (traceback.format_exc(), 0.0, False)
            connection.send((*met, files.status_kb("VmHWM") / 1024))


def soaked(files: Any, case: Any, tally: Tally, kept: Path, workers: int, deadline: float) -> None:
    """Read the damaged files of one case that are still to be read, or as many as there is time for."""
    scratch = Path(tempfile.mkdtemp(prefix="cim-soak-"))
    (scratch / "sound").mkdir()
    case.write(scratch / "sound" / case.file)
    began = told = time.monotonic()
    before = tally.seconds
    seeds = iter(range(tally.first_seed + tally.done, tally.first_seed + tally.asked))
    crew: list[Worker] = []
    try:
        for _ in range(workers):
            _next(crew, Worker(files, case, scratch / "sound", scratch), seeds, deadline)
        while crew:
            for worker in _ready(crew, files.SECONDS):
                crew.remove(worker)
                worker = _judged(worker, tally, kept, files, case, scratch)
                _next(crew, worker, seeds, deadline)
            tally.seconds = before + time.monotonic() - began
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                print(f"   {tally.told()}", flush=True)
    finally:
        for worker in crew:
            worker.end()
        shutil.rmtree(scratch, ignore_errors=True)


def _next(crew: list[Worker], worker: Worker, seeds: Iterator[int], deadline: float) -> None:
    """Give a worker the next file, or end it where none is left or time is out."""
    seed = next(seeds, None) if time.monotonic() < deadline else None
    if seed is None:
        worker.end()
        return
    worker.give(seed)
    crew.append(worker)


def _ready(crew: list[Worker], seconds: float) -> list[Worker]:
    """Return workers that have an answer, or have had their time."""
    answered = wait([worker.connection for worker in crew], timeout=1.0)
    # A second more: the reader's own time is what counts, and the worker tells it.
    late = time.monotonic() - seconds - 1.0
    return [worker for worker in crew if worker.connection in answered or worker.since < late]


def _judged(worker: Worker, tally: Tally, kept: Path, files: Any, case: Any, scratch: Path) -> Worker:
    """Take a worker's answer into the tally; return it, or a new one in the place of one that hangs or has died."""
    try:
        if not worker.connection.poll():
            raise TimeoutError
        fault, seconds, refused, peak = worker.connection.recv()
    except (EOFError, TimeoutError, ConnectionResetError) as error:
        seconds, refused, peak = time.monotonic() - worker.since, False, 0.0
        hangs = isinstance(error, TimeoutError)
        where = worker.abort()
        fault = f"hangs\n{where}" if hangs else f"ended by {worker.process.exitcode}\n{where}"
    tally.done += 1
    tally.refused += refused
    tally.peak_mb = max(tally.peak_mb, peak)
    if seconds > tally.worst_s:
        tally.worst_s, tally.worst_seed = seconds, worker.seed
    if fault is not None:
        tally.faults.append({"seed": worker.seed, "what": fault})
        print(f"!! {tally.name}, seed {worker.seed}: {fault}", flush=True)
        _keep(worker, tally, kept)
    if worker.process.is_alive():
        return worker
    return Worker(files, case, scratch / "sound", scratch)


def _keep(worker: Worker, tally: Tally, kept: Path) -> None:
    """Keep the files that were not met well."""
    there = kept / "faults" / f"{tally.name.replace('/', '_')}-{worker.seed}"
    shutil.rmtree(there, ignore_errors=True)
    shutil.copytree(worker.folder / "files", there)


def table(tallies: list[Tally]) -> str:
    """Return the result by reader, as `benchmarks/README.md` has it."""
    lines = ["| reader | mutations | faults | worst file | peak MB | commit |", "|---|---|---|---|---|---|"]
    for kind in sorted({item.kind for item in tallies}):
        mine = [item for item in tallies if item.kind == kind]
        commits = ", ".join(sorted({item.commit for item in mine}))
        lines.append(f"| {kind} | {sum(item.done for item in mine):,} | {sum(len(item.faults) for item in mine)} "
                     f"| {max(item.worst_s for item in mine):.2f} s | {max(item.peak_mb for item in mine):.0f} "
                     f"| {commits} |")  # fmt: skip
    return "\n".join(lines)


def _asked() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=10_000, help="files for each reader")
    parser.add_argument("--reader", action="append", help="only this kind; may be repeated")
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help="the first seed; the others follow it")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop then; the next run goes on")
    parser.add_argument("--again", action="store_true", help="forget what was done before")
    parser.add_argument("--kept", type=Path, default=ROOT / "var" / "soak" / "damage")
    return parser.parse_args()


def commit() -> str:
    """Return the commit, or what stands for it where there is no repository."""
    if told := os.environ.get("CIM_SOAK_COMMIT"):
        return told
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude", "*"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def main() -> None:
    """Run, tell, and leave with 1 where anything was not met well."""
    asked, files = _asked(), damaged_files()
    asked.kept.mkdir(parents=True, exist_ok=True)
    book = asked.kept / "tally.json"
    done = json.loads(book.read_text(encoding="utf-8")) if book.exists() and not asked.again else {}
    tallies = {name: Tally(**values) for name, values in done.items()}
    deadline, began_with = time.monotonic() + asked.seconds, commit()
    chosen = [case for case in files.CASES if not asked.reader or case.kind in asked.reader]
    for case in chosen:
        share = -(-asked.each // files.SHARE[case.kind])
        tally = tallies.setdefault(case.name, Tally(case.name, case.kind, share, asked.seed, began_with))
        tally.asked = max(share, tally.done)
        if tally.done >= tally.asked or time.monotonic() >= deadline:
            continue
        if began_with not in tally.commit.split("+"):
            tally.commit += f"+{began_with}"
        soaked(files, case, tally, asked.kept, asked.workers, deadline)
        print(tally.told(), flush=True)
        book.write_text(json.dumps({name: asdict(item) for name, item in tallies.items()}, indent=1), encoding="utf-8")
    told = [tallies[case.name] for case in chosen]
    print(f"\n{table(told)}\n")
    left = sum(item.asked - item.done for item in told)
    if left:
        print(f"{left} files are still to be read: run it again")
    sys.exit(1 if any(item.faults for item in told) else 2 if left else 0)


if __name__ == "__main__":
    main()
