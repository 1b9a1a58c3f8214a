"""Parallel work gives what serial work gives, in order."""

from __future__ import annotations

import fcntl
import math
import os
import signal
import subprocess
import sys
import threading
import time

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
        "import fcntl, os, time\n"
        "from cim.executor import copies, run_all\n"
        "def work(number):\n"
        "    with open(f'{os.getpid()}.held', 'w') as file:\n"
        "        fcntl.flock(file, fcntl.LOCK_EX)\n"
        "        print('held', file=file, flush=True)\n"
        "        time.sleep(60)\n"
        "if __name__ == '__main__':\n"
        f"    {way}\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen([sys.executable, script], env=environment, cwd=tmp_path) as parent:
        while sum(file.read_text() == "held\n" for file in tmp_path.glob("*.held")) < 2:
            assert parent.poll() is None
            time.sleep(0.02)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    for path in tmp_path.glob("*.held"):
        # A lock goes with its process, even where the dead stay listed.
        with path.open() as file:
            while not free(file):
                assert time.monotonic() < deadline, "a worker outlives its parent"
                time.sleep(0.05)


def free(file):
    """Whether nobody holds a file's lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


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
