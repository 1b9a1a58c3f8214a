"""`cim db`: the cluster from the command line."""

from __future__ import annotations

import os

import click

from cim.city import cities
from cim.cluster import Cluster
from cim.cluster_address import ClusterStatus
from cim.errors import ClusterError, UnknownCity
from cim.settings import Settings

_ROLE = click.option(
    "--role", type=click.Choice(["owner", "web", "admin"]), default="owner", show_default=True, help="Who connects."
)


@click.group()
def db() -> None:
    """Start, stop and reach the private PostGIS cluster."""


@db.command()
@click.option("--tcp", is_flag=True, help="Also listen on 127.0.0.1, with generated passwords, until `cim db down`.")
def up(tcp: bool) -> None:
    """Make the cluster when there is none, and start it."""
    settings = Settings.from_env()
    status = Cluster(settings).up(tcp=tcp)
    if not status.private:
        click.echo(f"CIM_DATABASE_URL names PostgreSQL {status.version}: it answers; starting it is yours")
        return
    click.echo(f"PostgreSQL {status.version} runs in {settings.data_dir} (pid {status.pid})")
    if tcp:
        click.echo(f"for QGIS and others: PGPASSFILE={status.passwords}")
        click.echo(f"  postgresql://cim_web@127.0.0.1:{status.port}/cim_{settings.city}")


@db.command()
def down() -> None:
    """Stop the cluster; its data stays."""
    cluster = Cluster(Settings.from_env())
    if not cluster.private:
        click.echo("CIM_DATABASE_URL names a server of yours: stopping it is yours, nothing done")
    else:
        click.echo("stopped" if cluster.down() else "was not running")


@db.command()
def status() -> None:
    """Tell whether the cluster runs, where, and with which cities; exit code 3 when it does not run."""
    state = Cluster(Settings.from_env()).status()
    for name, value in _shown(state).items():
        click.echo(f"{name:<10} {value}")
    if not state.running:
        raise SystemExit(3)


@db.command()
@click.argument("city", required=False)
def upgrade(city: str | None) -> None:
    """Bring a city's tables, or those of all cities, to this version's, as `cim load` does for its city."""
    # Imported here: no other command of the cluster waits for SQLAlchemy and Alembic.
    from cim.city_schema import upgrade as upgrade_schema

    cluster = Cluster(Settings.from_env())
    cluster.up()
    known = cities(cluster)
    if city is not None and city not in known:
        raise UnknownCity(city, known)
    for slug in known if city is None else [city]:
        if upgrade_schema(cluster.url(f"cim_{slug}")):
            click.echo(f"{slug}: has the tables of this version")
        else:
            click.echo(f"{slug}: its making was cut short: run cim load DIR/city.toml")


@db.command()
@click.argument("city", required=False)
@_ROLE
def url(city: str | None, role: str) -> None:
    """Print the URL of a city's database, for psql, QGIS and SQLAlchemy's create_engine."""
    settings = Settings.from_env()
    click.echo(Cluster(settings).conninfo(f"cim_{city or settings.city}", role))


@db.command()
@click.argument("arguments", nargs=-1, metavar="[CITY] [-- PSQL_ARGUMENTS]")
@_ROLE
def psql(arguments: tuple[str, ...], role: str) -> None:
    """Open psql on a city's database: `cim db psql`, `cim db psql sample -- -c "SELECT 1"`."""
    settings = Settings.from_env()
    cluster = Cluster(settings)
    named = bool(arguments) and not arguments[0].startswith("-")
    target = cluster.conninfo(f"cim_{arguments[0] if named else settings.city}", role)
    try:
        os.execvp(cluster.psql(), ["psql", target, *arguments[named:]])  # noqa: S606 - the very purpose, no shell between
    except OSError as error:
        raise ClusterError(f"psql cannot be run ({error.strerror}): install postgresql-client") from None


def _shown(state: ClusterStatus) -> dict[str, object]:
    """Lines of `cim db status`, in the order of interest."""
    lines: dict[str, object] = {"server": "private" if state.private else "CIM_DATABASE_URL"}
    lines["state"] = f"running, PostgreSQL {state.version}" if state.running else "stopped"
    if state.private:
        lines |= {"data": state.data, "sockets": state.sockets}
        lines["tcp"] = (
            f"127.0.0.1:{state.port}, PGPASSFILE={state.passwords}" if state.tcp and state.running else "closed"
        )
    if state.running:
        lines["databases"] = ", ".join(state.databases) or "none yet"
    return lines


COMMANDS: list[click.Command] = [db]
