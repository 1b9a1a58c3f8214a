"""The command line: every command is bound, errors are one line, and `cim db` does what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module

import click
import psycopg
import pytest
import sqlalchemy
from click.testing import CliRunner

from cim.__main__ import _COMMANDS, main
from cim.cluster import Cluster
from cim.errors import ClusterError
from cim.settings import Settings


def test_every_command_that_a_folder_offers_is_bound():
    for part in ("cim", "cim.etl", "cim.layers", "cim.analytics", "cim.web"):
        offered = {command.name for command in import_module(f"{part}.commands").COMMANDS}
        bound = {name for name, (module, _) in _COMMANDS.items() if module.startswith(f"{part}.")}
        assert offered <= bound, f"{part}.commands offers more than cim/__main__.py binds"


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_bound_command_is_there(name):
    assert main.get_command(click.Context(main), name).name == name


def test_help_lists_every_command_without_importing_any():
    script = "import sys\nfrom cim.__main__ import main\nmain(['--help'], standalone_mode=False)\nprint(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    width = max(map(len, _COMMANDS))
    for name, (module, summary) in _COMMANDS.items():
        assert f"{name:<{width}}  {summary}" in said
        assert module not in said.split()


@pytest.fixture
def run(cluster, monkeypatch):
    """Run `cim …` on the worker's cluster."""
    monkeypatch.setenv("CIM_DATA_DIR", str(cluster.status().data.parent))
    monkeypatch.setenv("CIM_CITY", "delft")
    return lambda *arguments: CliRunner().invoke(main, arguments)


def test_up_status_and_url(run, cluster):
    status = cluster.status()
    assert f"(pid {status.pid})" in run("db", "up").output
    told = run("db", "status")
    assert told.exit_code == 0
    assert "tcp        closed" in told.output
    assert str(status.sockets) in told.output
    assert run("db", "url").output.strip() == cluster.conninfo("cim_delft")
    assert run("db", "url", "ky4", "--role", "web").output.strip() == cluster.conninfo("cim_ky4", "web")


def test_psql_passes_its_arguments_on(cluster, database):
    variables = {**os.environ, "CIM_DATA_DIR": str(cluster.status().data.parent), "CIM_CITY": database.city.slug}
    query = ["-XAtc", "SELECT current_user, current_database()"]
    for city in ([], [database.city.slug]):
        command = [sys.executable, "-m", "cim", "db", "psql", "--role", "web", *city, "--", *query]
        said = subprocess.run(command, capture_output=True, text=True, env=variables)
        assert (said.stdout.strip(), said.stderr) == (f"cim_web|{database.city.database}", "")


def test_a_stopped_cluster_has_exit_code_3_and_down_is_harmless(run_root, worker_name, monkeypatch):
    monkeypatch.setenv("CIM_DATA_DIR", str(run_root / f"{worker_name}-none"))
    status = CliRunner().invoke(main, ["db", "status"])
    assert (status.exit_code, "stopped" in status.output) == (3, True)
    assert "was not running" in CliRunner().invoke(main, ["db", "down"]).output
    assert not (run_root / f"{worker_name}-none").exists()


def test_a_server_of_the_users_is_left_alone(cluster, monkeypatch):
    monkeypatch.setenv("CIM_DATABASE_URL", cluster.conninfo("postgres", "admin"))
    assert "it answers; starting it is yours" in CliRunner().invoke(main, ["db", "up"]).output
    assert "nothing done" in CliRunner().invoke(main, ["db", "down"]).output
    assert "server     CIM_DATABASE_URL" in CliRunner().invoke(main, ["db", "status"]).output
    assert cluster.status().running


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (ClusterError("no room: make some"), "cim: no room: make some\n", 1),
        (psycopg.OperationalError("gone\nmore"), "cim: the database broke off: gone: see `cim db status`\n", 1),
        (
            sqlalchemy.exc.OperationalError("SELECT 1", {}, psycopg.OperationalError("gone\nmore")),
            "cim: the database broke off: gone: see `cim db status`\n",
            1,
        ),
        (KeyboardInterrupt(), "cim: interrupted\n", 130),
    ],
)
def test_errors_are_one_line(monkeypatch, error, line, code):
    def fail(self, required=False):
        raise error

    monkeypatch.setattr(Cluster, "status", fail)
    said = CliRunner().invoke(main, ["db", "status"])
    assert (said.stderr, said.exit_code) == (line, code)


def test_a_fault_of_ours_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr(Settings, "from_env", lambda: 1 / 0)
    assert isinstance(CliRunner().invoke(main, ["db", "status"]).exception, ZeroDivisionError)


def test_bad_settings_and_unknown_commands_are_refused():
    said = subprocess.run(
        [sys.executable, "-m", "cim", "db", "url"],
        capture_output=True,
        text=True,
        env={**os.environ, "CIM_PORT": "http"},
    )
    assert said.stderr == "cim: CIM_PORT='http' cannot be used: give a number from 1 to 65535\n"
    assert said.returncode == 1
    assert CliRunner().invoke(main, ["fly"]).exit_code == 2


def test_the_database_commands_need_no_heavy_imports():
    script = "import sys, cim.__main__, cim.commands; print(*[m for m in ('numpy', 'sqlalchemy') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == ""


def test_main_is_a_group_of_commands():
    assert isinstance(main, click.Group)
