"""The set-up: every target is a script that bash can read, every dependency is pinned, every package is proved."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cim.cluster_programs import service_account

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


def test_every_remedy_names_a_script_or_target_that_exists():
    texts = {
        path: path.read_text(encoding="utf-8")
        for folder in ("cim", "analytics", "etl", "layers", "web", "docs")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".html", ".json"} and "vendor" not in path.parts
    }
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    told = {(path, name) for path, text in texts.items() for name in re.findall(r"`make ([a-z]+)", text)}
    assert [(path, name) for path, name in told if name not in targets] == []
    told = {(path, name) for path, text in texts.items() for name in re.findall(r"\brun `?(scripts/[a-z.]+)", text)}
    assert {name for _, name in told} >= {"scripts/setup"}
    assert [(path, name) for path, name in told if not (ROOT / name).is_file()] == []


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


@pytest.fixture
def checkout(run_root) -> Iterator[Path]:
    """A checkout of scripts and core, of an account that is not root's."""
    folder = run_root / f"checkout-{os.getpid()}"
    for part in ("scripts", "cim"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", folder)
    yield folder
    shutil.rmtree(folder)


def bash(checkout: Path, script: str, **variables: str) -> str:
    """Run a script in a checkout as the account that would run its server, and return what it says."""
    account = service_account()
    for path in (checkout, *checkout.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=checkout,
        env={"PATH": os.environ["PATH"], "HOME": str(checkout / "home"), **variables},
        **({"user": account.uid, "group": account.gid, "extra_groups": []} if os.geteuid() == 0 else {}),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_clean_leaves_nothing_that_git_ignores_nor_the_socket(checkout):
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().split() if line.endswith("/")]
    for name in ignored:
        (checkout / name.replace("*", "any") / "inside").mkdir(parents=True)
    long = checkout / "home" / ("very" * 25)
    show = "from cim.settings import Settings; from cim.cluster_files import ClusterFiles as Files; "
    show += "from cim.cluster_programs import service_account; data = Settings.from_env().data_dir; "
    show += "print(data, Files(data, service_account()).sockets)"
    data, sockets = bash(checkout, f"python3 -c '{show}'", XDG_DATA_HOME=str(long)).split()
    assert not sockets.startswith(data)
    bash(checkout, f"mkdir -p {data}/pg {sockets}")
    bash(checkout, "scripts/clean", XDG_DATA_HOME=str(long))
    assert [name for name in ignored if (checkout / name.replace("*", "any")).exists()] == []
    assert [folder for folder in (data, sockets) if Path(folder).exists()] == []


def test_who_may_not_install_is_told_the_line_to_run(checkout):
    (checkout / "scripts" / "apt-packages.txt").write_text("demo | older/newer plain | false\ntest | d | false\n")
    programs = checkout / "programs"
    programs.mkdir()
    for name, does in {"sudo": "exit 1", "apt-get": "exit 1", "apt-cache": '[ "$2" != older ]'}.items():
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    said = bash(checkout, 'PATH="$PWD/programs:$PATH"; ! scripts/setup demo 2>&1')
    assert said.splitlines() == [
        "cim: system packages are missing; run this, then the same again: "
        "sudo apt-get update && sudo apt-get install -y newer plain"
    ]
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(
    "name",
    ["web/api/city.py", "layers/sql/a.sql", "layers/a.yaml", "web/templates/a.html", "web/locales/a.json", "web/b.js"],
)
def test_a_running_server_starts_again_when_anything_that_it_holds_has_changed(checkout, name):
    serve = subprocess.run(["sed", "-n", "/^serve()/,/^}/p", ROOT / "scripts/demo"], capture_output=True, text=True)
    script = f"""
        . scripts/common.sh; url=http://127.0.0.1:1; {serve.stdout}
        server_pid() {{ echo 1; }}; stop_server() {{ echo stopped; exit 0; }}
        mkdir -p var analytics layers web/viewer/vendor; touch -d yesterday var/serve.pid; echo $url >var/serve.url
        find cim -exec touch -d '2 days ago' {{}} +; touch web/viewer/vendor/new.js cim/new.pyc
        serve; mkdir -p "$(dirname {name})"; touch {name}; serve
    """
    assert bash(checkout, script).split("\n")[:2] == ["running already", "stopped"]


def test_an_environment_of_a_benchmark_that_was_cut_off_is_made_anew(checkout):
    (checkout / "benchmarks").mkdir()
    (checkout / "benchmarks" / "a_environment.sh").write_text(
        "mkdir -p benchmarks/.envs/a; echo made; [[ -z ${CUT:-} ]] || exit 0; touch benchmarks/.envs/a/program\n"
    )
    (checkout / "scripts" / "setup").write_text("#!/bin/sh\n")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to("/bin/true")
    # The first run is cut off after the folder was made and before all was in it.
    cut = "CUT=1 bash benchmarks/a_environment.sh >/dev/null; "
    said = bash(
        checkout,
        cut + "scripts/bench /dev/null | grep -c made; scripts/bench /dev/null | grep -c made || true",
        CIM_REAL_DATA="any",
    )
    assert said.split() == ["1", "0"]
