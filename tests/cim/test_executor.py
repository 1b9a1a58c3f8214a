"""Parallel work gives what serial work gives, in order."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cim.executor import copies, run_all


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    assert list(run_all(math.factorial, range(12), workers=workers)) == [math.factorial(n) for n in range(12)]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_reaches_the_caller(workers: int) -> None:
    with pytest.raises(ValueError, match="factorial"):
        list(run_all(math.factorial, [3, 2, -1, 5], workers=workers))


def test_items_are_consumed_little_by_little() -> None:
    taken: list[int] = []

    def items():
        for number in range(100):
            taken.append(number)
            yield number

    results = run_all(math.factorial, items(), workers=2)
    next(results)
    assert len(taken) < 20
    results.close()


ALL = "list(run_all(work, range(9), workers=2))"
COPIES = "with copies(2) as pool: list(run_all(work, range(9), workers=2, pool=pool))"


@pytest.mark.parametrize("way", [ALL, COPIES], ids=["anew", "copies"])
def test_workers_end_with_a_parent_that_is_killed(tmp_path, way):
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, time\n"
        "from cim.executor import copies, run_all\n"
        "def work(number):\n"
        "    open(f'{os.getpid()}.pid', 'w').close()\n"
        "    time.sleep(60)\n"
        "if __name__ == '__main__':\n"
        f"    {way}\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen([sys.executable, script], env=environment, cwd=tmp_path) as parent:
        while len(files := list(tmp_path.glob("*.pid"))) < 2:
            assert parent.poll() is None
            time.sleep(0.02)
        parent.send_signal(signal.SIGKILL)
    workers = [int(file.stem) for file in files]
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < deadline, "a worker outlives its parent"
        time.sleep(0.05)


def test_copies_have_what_their_parent_has_imported(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(
        "import sys\n"
        "from cim.executor import copies, run_all\n"
        "found = []\n"
        "def work(number):\n"
        "    return number, found\n"
        "if __name__ == '__main__':\n"
        "    found.append('only here')\n"
        "    with copies(2) as pool:\n"
        "        print(list(run_all(work, range(3), workers=2, pool=pool)))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    said = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, check=True).stdout
    assert said == "[(0, ['only here']), (1, ['only here']), (2, ['only here'])]\n"


def test_beside_other_threads_processes_start_anew():
    release = threading.Event()
    other = threading.Thread(target=release.wait)
    other.start()
    try:
        with copies(2) as pool:
            assert list(run_all(math.factorial, range(5), workers=2, pool=pool)) == [1, 1, 2, 6, 24]
            assert all(type(process).__name__ == "SpawnProcess" for process in pool._processes.values())
    finally:
        release.set()
        other.join()
