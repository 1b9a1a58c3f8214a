"""The wheel holds everything, and runs where there is no checkout."""

from __future__ import annotations

import ast
import configparser
import fcntl
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("analytics", "etl", "layers", "web")
VENDORED = ROOT / "web" / "viewer" / "vendor"


def tracked(*folders: str) -> set[str]:
    """Files that git knows or would take in, below the given folders of the checkout."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *folders]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}


@pytest.fixture(scope="session")
def wheel(run_root) -> Path:
    """The wheel, built once a run from a copy of the checkout's files."""
    assert VENDORED.is_dir(), "the viewer's libraries are not there: run scripts/setup"
    folder = run_root / "wheel"
    with (run_root / "wheel.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            source = run_root / "source"
            for name in tracked():
                (source / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, source / name)
            shutil.copytree(VENDORED, source / VENDORED.relative_to(ROOT))
            command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source]
            built = subprocess.run(command, capture_output=True, text=True)
            assert built.returncode == 0, built.stdout + built.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def names(wheel) -> set[str]:
    """Names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture
def run(wheel, tmp_path):
    """Run Python with the wheel and the dependencies, but without the checkout: no `.pth` file is read."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    path = os.pathsep.join([str(tmp_path / "site"), sysconfig.get_path("purelib")])

    def run(*arguments: str, **variables: str) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": path, **variables}
        done = subprocess.run(
            [sys.executable, "-S", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    return run


def test_the_wheel_holds_every_file_of_every_folder(names):
    files = tracked("cim", *PARTS) | {str(path.relative_to(ROOT)) for path in VENDORED.rglob("*") if path.is_file()}
    expected = {name if name.startswith("cim/") else f"cim/{name}" for name in files}
    assert not expected - names, "files that setup.cfg leaves out: see [options.package_data]"


def test_the_wheel_brings_nothing_but_cim_and_its_licence(names):
    assert {name.split("/")[0].split("-")[0] for name in names} == {"cim"}
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_every_module_imports_from_the_wheel_alone(run, tmp_path):
    script = """
import importlib, pkgutil, cim
for module in pkgutil.walk_packages(cim.__path__, "cim."):
    if module.name not in ("cim.__main__", "cim.migrations.env"):
        print(importlib.import_module(module.name).__file__)
"""
    files = [Path(line) for line in run("-W", "ignore", "-c", script).splitlines()]
    assert len(files) > 50
    assert not [file for file in files if not file.is_relative_to(tmp_path / "site")]


def test_the_wheel_is_the_default_instance_and_shows_its_commands(run):
    assert run("-c", "from cim.settings import Settings; print(Settings.from_env().instance)") == "default"
    assert "examine" in run("-m", "cim", "--help")


def test_the_wheel_makes_a_city_in_the_cluster(run, cluster):
    script = """
from cim.city import CityProfile, cities, create_city
from cim.cluster import Cluster
from cim.settings import Settings
cluster = Cluster(Settings.from_env())
profile = CityProfile("wheel", "轮", "Wheel", "EPSG:28992", "NAP", 43.0)
print(create_city(cluster, profile), "wheel" in cities(cluster), cluster.drop_database(profile.database))
"""
    assert run("-c", script, CIM_DATA_DIR=str(cluster.status().data.parent)) == "True True True"


def test_the_wheel_serves_its_page_and_the_globe(run, cluster):
    script = """
from cim.city import CityProfile, create_city
from cim.cluster import Cluster
from cim.settings import Settings
from cim.store import Store
from cim.web import create_app
settings = Settings.from_env()
cluster = Cluster(settings)
profile = CityProfile("served", "服", "Served", "EPSG:28992", "NAP", 43.0)
create_city(cluster, profile)
with Store.open(cluster, "served", role="web") as store:
    client = create_app(settings, store).test_client()
    for path in ("/", "/api/city", "/static/cesium/index.js", "/static/viewer/main.js", "/static/locales/en.json"):
        answer = client.get(path)
        print(path, answer.status_code, len(answer.get_data()) > 400 or answer.json["slug"])
        answer.close()
cluster.drop_database(profile.database)
"""
    told = run("-W", "ignore", "-c", script, CIM_DATA_DIR=str(cluster.status().data.parent), CIM_CITY="served")
    assert told.splitlines() == [
        "/ 200 True",
        "/api/city 200 served",
        "/static/cesium/index.js 200 True",
        "/static/viewer/main.js 200 True",
        "/static/locales/en.json 200 True",
    ]


def distribution(requirement: str) -> str:
    """Normalized name of what a requirement asks for."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement.strip())[0]).lower()


def imported(path: Path) -> set[str]:
    """Top names that a file imports absolutely, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_everything_that_is_imported_is_declared():
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = setup["options.extras_require"]
    told = setup["options"]["install_requires"], extras["cluster"], extras["notebook"]
    declared = {distribution(line) for lines in told for line in lines.split("\n") if line.strip()}
    brings = packages_distributions()
    missing = {
        (name, str(path.relative_to(ROOT)))
        for folder in ("cim", *PARTS)
        for path in (ROOT / folder).rglob("*.py")
        for name in imported(path) - sys.stdlib_module_names - {"cim"}
        if not declared & {distribution(each) for each in brings.get(name, [])}
    }
    assert not missing, "imported, but not in install_requires of setup.cfg"
