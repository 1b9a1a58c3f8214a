"""The set-up: every target is a script that bash can read, every dependency is pinned, every package is proved."""

from __future__ import annotations

import re
import runpy
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = [path for path in (ROOT / "scripts").iterdir() if path.suffix in {"", ".sh"} and path.is_file()]


@pytest.mark.parametrize("path", [*SCRIPTS, ROOT / ".ci" / "run"], ids=lambda path: path.name)
def test_bash_reads_the_script(path):
    assert subprocess.run(["bash", "-n", path], capture_output=True, text=True).stderr == ""
    assert path.suffix == ".sh" or path.stat().st_mode & 0o111, "not executable"


def test_every_target_of_make_is_a_script_that_exists():
    recipes = re.findall(
        r"^([a-z]+):.*\n\t@(?:\.venv/bin/python )?(scripts/\S+)", (ROOT / "Makefile").read_text(), re.M
    )
    assert {"demo", "test", "stop", "clean", "lint", "soak", "bench", "constraints"} == {name for name, _ in recipes}
    assert [script for _, script in recipes if not (ROOT / script).is_file()] == []


def test_every_dependency_is_pinned():
    closure = runpy.run_path(str(ROOT / "scripts" / "constraints.py"))["closure"]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.partition("==")[0] for line in lines if not line.startswith("#")}
    assert closure("cim", frozenset({"test"})) <= pinned, "run make constraints"
    assert all(re.fullmatch(r"#.*|[a-z0-9.-]+==[^\s/]+", line) for line in lines), "names and versions only"


def missing(root: Path, purpose: str) -> list[str]:
    """What `scripts/setup` of a checkout would install."""
    function = subprocess.run(["sed", "-n", "/^missing_packages()/,/^}/p", root / "scripts/setup"], capture_output=True)
    script = f". {root}/scripts/common.sh; purpose={purpose}; {function.stdout.decode()} missing_packages"
    said = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")
    return said.stdout.splitlines()


def test_what_the_tests_need_is_there():
    assert missing(ROOT, "test") == []


def test_a_package_that_is_missing_is_named(tmp_path):
    (tmp_path / "scripts").mkdir()
    for name in ("setup", "common.sh"):
        (tmp_path / "scripts" / name).write_bytes((ROOT / "scripts" / name).read_bytes())
    (tmp_path / "scripts" / "apt-packages.txt").write_text(
        "# comment\ndemo | a/b c | false || no-such-program\ntest | d | false\ndemo | e | true\n"
    )
    assert missing(tmp_path, "demo") == ["a/b c"]
    assert missing(tmp_path, "test") == ["a/b c", "d"]
