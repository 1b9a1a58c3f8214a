"""The soak's own runner: whatever a reader does to its process is told, with the seed, and the run goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
# A reader that does ill at some seeds; in a process of its own, since workers are forked.
ILL = """
import os, runpy, sys, time
from dataclasses import dataclass

@dataclass
class Case:
    kind: str = "ill"
    file: str = "file"
    part: str | None = None
    name: str = "ill-file"
    def write(self, path): path.write_bytes(b"sound")

@dataclass
class Trial:
    found: object
    seconds: float = 0.01
    fault: str | None = None

class Files:
    CASES, SHARE, SECONDS = [Case()], {"ill": 1}, 0.5
    status_kb = staticmethod(lambda name: 1000)
    def trial(self, case, folder, whole, seed):
        (folder / "file").write_bytes(b"%d" % seed)
        if seed == 2: raise KeyError("a")
        if seed == 3: os.kill(os.getpid(), 11)
        if seed == 4: time.sleep(60)
        if seed == 5: return Trial(1, 9.0, "9.0 s")
        if seed == 6: bytearray(1 << 40)
        return Trial("refused" if seed == 7 else 1)

soak = runpy.run_path(sys.argv.pop(1))
soak["main"].__globals__["damaged_files"] = Files
soak["main"]()
"""


def run(*arguments):
    """Run the soak's runner; return the process that has ended."""
    script = str(ROOT / "scripts" / "soak_damage.py")
    variables = {**os.environ, "CIM_SOAK_COMMIT": "abc1234"}
    command = [sys.executable, "-c", ILL, script, "--seed", "0", "--workers", "2", *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)


def test_a_reader_that_ends_its_process_or_hangs_is_told_and_the_rest_is_read(tmp_path):
    kept = ("--kept", str(tmp_path))
    first = run("--each", "2", *kept)
    assert (first.returncode, first.stderr) == (0, "")
    done = run("--each", "9", *kept)
    assert (done.returncode, done.stderr) == (1, "")
    (tally,) = json.loads((tmp_path / "tally.json").read_text()).values()
    assert (tally["done"], tally["refused"], tally["commit"]) == (9, 1, "abc1234")
    said = {fault["seed"]: fault["what"] for fault in tally["faults"]}
    assert set(said) == {2, 3, 4, 5, 6}
    assert "KeyError: 'a'" in said[2]
    assert said[3].startswith("ended by -11")
    assert said[4].startswith("hangs")
    assert "in trial" in said[4]
    assert (said[5], "MemoryError" in said[6]) == ("9.0 s", True)
    assert (tmp_path / "faults" / "ill-file-4" / "file").read_bytes() == b"4"
    assert "| ill | 9 | 5 |" in done.stdout


def test_what_there_is_no_time_for_is_left_to_the_next_run(tmp_path):
    assert run("--each", "2", "--seconds", "0", "--kept", str(tmp_path)).returncode == 2
    assert run("--each", "2", "--kept", str(tmp_path)).returncode == 0


PARTS = """
set -euo pipefail
state=$1 logs=$1/soak CIM_SOAK_COMMIT=abc1234 wanted=" $2 " results=() failed=0
mkdir -p "$logs"
say() { echo "== $*"; }
trap told EXIT
part damage bash -c 'echo "| reader | faults |"; echo "| osm | 0 |"; echo; exit 3'
part kills echo never
part tests echo run
exit "$failed"
"""


def soaked(folder, wanted):
    """Run small parts with the script's own functions; return the process that has ended."""
    script = (ROOT / "scripts" / "soak").read_text(encoding="utf-8")
    functions = script[script.index("# part NAME") : script.index("scripts/setup test")]
    return subprocess.run(["bash", "-c", functions + PARTS, "soak", folder, wanted], capture_output=True, text=True)


def test_a_part_that_fails_does_not_stop_the_others_and_all_is_told(tmp_path):
    done = soaked(tmp_path, "damage tests")
    assert (done.returncode, done.stderr) == (1, "")
    assert "never" not in done.stdout
    told = (tmp_path / "soak" / "summary.txt").read_text()
    assert told.startswith("== soak of commit abc1234, 20")
    assert [line.split("s  ", 1)[1].split() for line in told.splitlines()[1:3]] == [
        ["damage", "FAILED", "(3)"],
        ["tests", "passed"],
    ]
    assert "| osm | 0 |" in told
    assert done.stdout.endswith(told)
    # The table of damaged files is that of this run, or none.
    done = soaked(tmp_path, "tests")
    assert (done.returncode, done.stderr) == (0, "")
    assert "osm" not in done.stdout
    assert (tmp_path / "soak" / "damage.log").exists()


def test_a_part_that_there_is_not_is_refused():
    done = subprocess.run([ROOT / "scripts" / "soak", "damages"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "cim: there is no part damages: choose of damage kills files properties tests\n"
