"""Fixtures for every test: a PostGIS cluster for each worker, copied from one template a run."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine

from cim.__main__ import main
from cim.city import CityProfile, create_city
from cim.city_schema import migrate
from cim.cluster import Cluster
from cim.cluster_programs import service_account
from cim.settings import Settings
from cim.store import Store
from cim.web import create_app

# `make test` is the same each time; `make soak` looks further.
hypothesis.settings.register_profile("test", derandomize=True, deadline=None, max_examples=50)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=2000)
hypothesis.settings.load_profile("test")

_ROOT = pytest.StashKey[Path]()
_PREFIX = "cim-test-"
SCRIPTS = Path(__file__).parents[1] / "scripts"
LOCAL_GRID = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"


def pytest_configure(config: pytest.Config) -> None:
    """Give the run one folder that the server's account can reach, unlike pytest's own when one is root."""
    if hasattr(config, "workerinput"):
        config.stash[_ROOT] = Path(config.workerinput["cim_root"])
        return
    sweep_abandoned()
    root = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    if os.geteuid() == 0:
        os.chown(root, 0, service_account().gid)
        root.chmod(0o750)
    config.stash[_ROOT] = root


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tell xdist's workers which folder the run has."""
    node.workerinput["cim_root"] = str(node.config.stash[_ROOT])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop every server of the run, those of crashed workers too, and remove the folder."""
    if not hasattr(config, "workerinput") and _ROOT in config.stash:
        remove_servers(config.stash[_ROOT])


def sweep_abandoned() -> None:
    """Remove what runs that were killed have left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = re.match(rf"{_PREFIX}(\d+)-", folder.name)
        if owner and folder.lstat().st_uid == os.geteuid() and not Path(f"/proc/{owner[1]}").exists():
            remove_servers(folder)


def remove_servers(root: Path) -> None:
    """Stop every server below a folder at once, and remove the folder."""
    for lock in root.glob("*/pg/postmaster.pid"):
        with suppress(OSError, ValueError):
            pid = int(lock.read_text().split()[0])
            if Path(f"/proc/{pid}/cwd").readlink() == lock.parent:
                os.kill(pid, signal.SIGQUIT)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def run_root(request) -> Path:
    """Folder shared by all workers of the run, removed at its end."""
    return request.config.stash[_ROOT]


@pytest.fixture(scope="session")
def template_cluster(run_root) -> Path:
    """Data folder of a stopped cluster with the database `cim_template`, made once a run."""
    folder = run_root / "template"
    with (run_root / "template.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            cluster = Cluster(Settings(data_dir=folder), durable=False)
            cluster.up()
            cluster.create_database("cim_template")
            migrate_database(cluster, "cim_template")
            cluster.down()
            (folder / "ready").touch()
    return folder


def migrate_database(cluster: Cluster, name: str, srid: int | None = None) -> None:
    """Bring a database to the present schema, bound to an SRID or not yet: `create_city` copies it in tests."""
    engine = create_engine(cluster.url(name))
    with engine.begin() as connection:
        migrate(connection, srid)
    engine.dispose()


@pytest.fixture(scope="session")
def settings(run_root, template_cluster, worker_name) -> Settings:
    """Settings of this worker: a data folder and a cluster of its own."""
    folder = run_root / worker_name
    copy_cluster(template_cluster, folder)
    return Settings(data_dir=folder, instance=worker_name)


@pytest.fixture(scope="session")
def worker_name(request) -> str:
    """Name of this xdist worker, or "main"."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session")
def cluster(settings) -> Iterator[Cluster]:
    """This worker's running cluster, not durable; `create_city` copies a migrated template in it."""
    cluster = Cluster(settings, durable=False, template="cim_template")
    cluster.up()
    yield cluster
    cluster.down()


@pytest.fixture(scope="session")
def bound_cluster(cluster, settings) -> Callable[[int], Cluster]:
    """Give the worker's cluster with a template that is bound to an SRID: a city of that takes half the time to make.

    What it does not know of the city's CRS, `create_city` adds.
    """

    @cache
    def bound(srid: int) -> Cluster:
        template = f"bound_{srid}"  # no city: its name does not begin as theirs
        cluster.create_database(template)
        migrate_database(cluster, template, srid)
        return Cluster(settings, durable=False, template=template)

    return bound


_numbers = itertools.count(1)


@pytest.fixture
def database(bound_cluster) -> Iterator[Store]:
    """Store of an empty migrated city of this test alone, opened as owner: `.city`, `.url`, `.connection(viewer)`."""
    profile = CityProfile(
        slug=f"test_{next(_numbers)}",
        name_zh="测试城（合成数据）",
        name_en="Test city (synthetic)",
        crs=LOCAL_GRID,
        vertical_datum="1985 (synthetic)",
        ellipsoid_offset_m=-36.0,
        synthetic=True,
    )
    cluster = bound_cluster(profile.srid)
    create_city(cluster, profile)
    with Store.open(cluster, profile.slug) as store:
        yield store
    cluster.drop_database(profile.database)


SAMPLE_BUILDINGS = 300
SAMPLE_COMMANDS = (
    ("network", "criticality"),
    ("network", "clearance"),
    ("network", "rail"),
    ("network", "risk"),
    ("network", "plan", "--budget", "3000000"),
    ("examine",),
    ("layers", "build", "--workers", "1"),
)


@pytest.fixture(scope="session")
def sample_dir(run_root) -> Path:
    """Folder of a small sample city's files, written once a run."""
    folder = run_root / "sample-city"
    with (run_root / "sample-city.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "city.toml").exists():
            run_command("sample", str(folder), "--buildings", str(SAMPLE_BUILDINGS))
    return folder


def run_command(*arguments: str) -> None:
    """Run a command of the command line in this process, its environment as it is."""
    main.main(list(arguments), prog_name="cim", standalone_mode=False)


@pytest.fixture(scope="session")
def sample_ready(run_root, template_cluster, sample_dir) -> Path:
    """Data folder of a stopped cluster in which the sample city was loaded, analysed and built once a run."""
    ready = run_root / "sample"
    with (run_root / "sample.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (ready / "sample-ready").exists():
            copy_cluster(template_cluster, ready)
            cluster = Cluster(Settings(data_dir=ready), durable=False)
            cluster.up()
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("CIM_DATA_DIR", str(ready))
                patch.delenv("CIM_CITY", raising=False)
                for command in (("load", str(sample_dir)), *SAMPLE_COMMANDS):
                    run_command(*command)
            cluster.down()
            (ready / "sample-ready").touch()
    return ready


@pytest.fixture(scope="session")
def sample_cluster(sample_ready, run_root, worker_name) -> Iterator[Cluster]:
    """This worker's copy of the sample city's cluster; who keeps something in it takes it away again."""
    with running_copy(sample_ready, run_root / f"{worker_name}-sample") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def las_palmas_ready(run_root, real_data, sample_ready) -> Path:
    """A copy of the sample city's data folder into which real Las Palmas was loaded and examined once a run.

    Beside the database stand its `city.toml` (`laspalmas/`) and the report that `cim examine --out` wrote (`report/`).
    """
    ready, files = run_root / "las-palmas", real_data / "urban" / "laspalmas"
    with (run_root / "las-palmas.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (ready / "las-palmas-ready").exists():
            copy_cluster(sample_ready, ready)
            folder = ready / "laspalmas"
            subprocess.run([sys.executable, SCRIPTS / "las_palmas.py", files, folder], check=True, capture_output=True)
            cluster = Cluster(Settings(data_dir=ready), durable=False)
            cluster.up()
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("CIM_DATA_DIR", str(ready))
                run_command("load", str(folder / "city.toml"))
                run_command("examine", "--city", "laspalmas", "--year", "2023", "--out", str(ready / "report"))
            cluster.down()
            (ready / "las-palmas-ready").touch()
    return ready


@pytest.fixture(scope="session")
def las_palmas_cluster(las_palmas_ready, run_root, worker_name) -> Iterator[Cluster]:
    """This worker's copy of the cluster with Las Palmas; who keeps something in it takes it away again."""
    with running_copy(las_palmas_ready, run_root / f"{worker_name}-las-palmas") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def las_palmas_store(las_palmas_cluster) -> Iterator[Store]:
    """Store of Las Palmas, opened as the web opens it: it reads and owns nothing."""
    with Store.open(las_palmas_cluster, "laspalmas", role="web") as store:
        yield store


@pytest.fixture(scope="session")
def own_copy() -> Callable[[Path, Path], AbstractContextManager[Cluster]]:
    """Start a copy of a stopped cluster in a folder, for tests that keep what others must not find."""
    return running_copy


@contextmanager
def running_copy(ready: Path, folder: Path) -> Iterator[Cluster]:
    """Start a copy of a stopped cluster in a folder."""
    copy_cluster(ready, folder)
    cluster = Cluster(Settings(data_dir=folder), durable=False)
    cluster.up()
    yield cluster
    cluster.down()


def copy_cluster(source: Path, target: Path) -> None:
    """Copy the data folder of a stopped cluster."""
    subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)


@pytest.fixture(scope="session")
def sample_store(sample_cluster) -> Iterator[Store]:
    """Store of the sample city, opened as the web opens it: it reads and owns nothing."""
    with Store.open(sample_cluster, "sample", role="web") as store:
        yield store


@pytest.fixture
def client(sample_store, settings) -> FlaskClient:
    """Client of an app that serves the sample city."""
    return create_app(settings, sample_store).test_client()


@pytest.fixture(scope="session")
def cityjson() -> ModuleType:
    """cjio's reader of CityJSON, without what its import does to everybody's JSON: every number in six digits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json.encoder, "c_make_encoder", json.encoder.c_make_encoder)
        patch.setattr(json.encoder, "float", float, raising=False)
        from cjio import cityjson
    return cityjson


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of CIM_REAL_DATA; set but missing is a failure, unset a skip."""
    told = os.environ.get("CIM_REAL_DATA")
    if not told:
        pytest.skip("CIM_REAL_DATA is not set: tests on real files are left out")
    folder = Path(told).resolve()
    assert folder.is_dir(), f"CIM_REAL_DATA={told} is no folder"
    return folder
