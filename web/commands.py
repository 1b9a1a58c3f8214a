"""`cim serve`: the web server of one city."""

from __future__ import annotations

import dataclasses
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from cim.cluster import Cluster
from cim.settings import Settings
from cim.store import Store
from cim.web import create_app
from cim.web.editing import check_settings
from cim.web_address import bracketed, origin


class Server(BaseApplication):
    """Gunicorn with settings of ours instead of a command line of its own."""

    def __init__(self, settings: Settings, workers: int, threads: int) -> None:
        self._settings, self._workers, self._threads = settings, workers, threads
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn how to run; it binds loopback unless told otherwise."""
        for name, value in {
            "bind": f"{bracketed(self._settings.host)}:{self._settings.port}",
            "workers": self._workers,
            "threads": self._threads,
            "worker_class": "gthread",
            "proc_name": "cim serve",
            "limit_request_line": 4094,
            "limit_request_fields": 60,
            "timeout": 60,
            # Two servers of one account would fight over it, and nothing here uses it.
            "control_socket_disable": True,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the app in each worker, so that no connection is shared between processes."""
        return create_app(self._settings)


@click.command()
@click.option("--city", help="Slug of the city to serve (default: CIM_CITY, else sample).")
@click.option("--host", help="Address to bind (default 127.0.0.1).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (default 8000).")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes.")
@click.option("--threads", type=click.IntRange(1, 64), default=8, show_default=True, help="Threads in each.")
@click.option("--editing", is_flag=True, help="Let people change the states of problems (or CIM_EDITING=1).")
def serve(city: str | None, host: str | None, port: int | None, workers: int, threads: int, editing: bool) -> None:
    """Serve a city's viewer, API and tiles."""
    settings = Settings.from_env()
    settings = dataclasses.replace(
        settings,
        city=city or settings.city,
        host=host or settings.host,
        port=port or settings.port,
        editing=editing or settings.editing,
    )
    check_settings(settings)
    cluster = Cluster(settings)
    cluster.up()
    # Before gunicorn starts: a city that is not loaded is one clear line, not a crashing worker.
    Store.open(cluster, settings.city, role="web").close()
    click.echo(origin(settings.host, settings.port))
    Server(settings, workers, threads).run()


COMMANDS = [serve]
