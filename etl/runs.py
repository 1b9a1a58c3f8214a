"""Rows of `run.*` around a load: its source, its lock, its beginning, its publication, its removal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cim._version import __version__
from cim.errors import DatabaseError
from cim.etl.fingerprint import Fingerprint
from cim.etl.held import raise_classification
from cim.etl.lock_order import lock_city_for_writing
from cim.etl.outcome import Outcome
from cim.etl.statements import statement
from cim.manifest import SourceSpec
from cim.tables import DETAILS, THEMES
from cim.viewer import OPERATOR

Connection = psycopg.Connection[Any]

LOCK_CLASS = 0x6C6F6164  # "load": the first half of every advisory lock of a source
_LOCK_WAIT_MS = 15_000
_PATIENCE = "1s"
_GROWN_ROWS = 500


def register_source(connection: Connection, source: SourceSpec) -> int:
    """Return the id of a source, which keeps it under its name for ever."""
    with connection.transaction():
        before = connection.execute("SELECT precedence FROM run.source WHERE name = %s", (source.name,)).fetchone()
        row = connection.execute(
            "INSERT INTO run.source (name, kind, precedence) VALUES (%s, %s, %s) "
            "ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, precedence = excluded.precedence "
            "RETURNING source_id",
            (source.name, source.kind, source.precedence),
        ).fetchone()
        if before and before[0] != source.precedence:
            # Another source may come first now: every link between sources is looked at again.
            connection.execute("UPDATE run.load SET looked_up_at = -1 WHERE looked_up_at IS NOT NULL")
    return int(row[0]) if row else 0


@contextmanager
def locked_source(connection: Connection, source_id: int, name: str) -> Iterator[None]:
    """Hold the source for one load at a time; the server frees it when the connection ends, however it ends.

    Raises
    ------
    DatabaseError
        Another load holds it.
    """
    try:
        with connection.transaction():
            # A killed load's server process may need a moment to notice.
            connection.execute("SELECT set_config('lock_timeout', %s, true)", (str(_LOCK_WAIT_MS),))
            connection.execute("SELECT pg_advisory_lock(%s, %s)", (LOCK_CLASS, source_id))
    except psycopg.errors.LockNotAvailable:
        raise DatabaseError(f"source {name!r} is being loaded by another process: wait until it is done") from None
    try:
        yield
    finally:
        if not connection.closed and not connection.broken:
            connection.rollback()
            connection.execute("SELECT pg_advisory_unlock(%s, %s)", (LOCK_CLASS, source_id))
            connection.commit()


def last_published(connection: Connection, source_id: int) -> Mapping[str, Any] | None:
    """Return the newest published load of a source."""
    with connection.transaction():
        return connection.cursor(row_factory=dict_row).execute(statement("last_published"), (source_id,)).fetchone()


def start_load(connection: Connection, source: SourceSpec, source_id: int, mark: Fingerprint, synthetic: bool) -> int:
    """Open a load: its rows are invisible until it is published."""
    values = {
        "source_id": source_id,
        "path": str(source.path),
        "sha256": mark.sha256,
        "parameters_hash": mark.parameters_hash,
        "size_bytes": mark.size_bytes,
        "format": f"{source.kind} {source.path.suffix.lower()}".strip(),
        "height_offset_m": source.height_offset_m,
        "licence": source.licence,
        "attribution": source.attribution,
        "classification": source.classification,
        "secrecy": source.secrecy,
        "data_grade": source.data_grade,
        "synthetic": synthetic,
        "parameters": Jsonb(_parameters(source)),
        "software_version": __version__,
    }
    query = sql.SQL("INSERT INTO run.load ({}) VALUES ({}) RETURNING load_id").format(
        sql.SQL(", ").join(map(sql.Identifier, values)), sql.SQL(", ").join(map(sql.Placeholder, values))
    )
    with connection.transaction():
        row = connection.execute(query, values).fetchone()
    return int(row[0]) if row else 0


def _parameters(source: SourceSpec) -> dict[str, Any]:
    """Return what the manifest says of how a source is read, the datum that the height offset follows from included."""
    datum = {"vertical_datum": source.vertical_datum} if source.vertical_datum else {}
    return {**source.options, **datum}


def publish(connection: Connection, load_id: int, source: SourceSpec, source_id: int, outcome: Outcome) -> None:
    """Make a load visible and close what it supersedes, in one short transaction."""
    with connection.transaction():
        for theme, versions in outcome.closed.items():
            close = sql.SQL("UPDATE city.{} SET closed_by = %s WHERE version_id = ANY(%s)")
            connection.execute(close.format(sql.Identifier(theme)), (load_id, versions))
        raise_classification(connection, load_id, source_id, source.classification, outcome)
        for theme, done in outcome.themes.items():
            extent = done.bounds or (None,) * 4
            connection.execute(statement("load_extent"), (load_id, theme, done.opened, *extent))
        counts = {what: outcome.total(what) for what in ("added", "changed", "removed", "unchanged")}
        counts |= {"records_in": outcome.records_in, "kept": outcome.kept, "rejected": outcome.rejected}
        told: dict[str, Any] = {
            "crs": outcome.crs,
            "transformation": outcome.transformation,
            "accuracy_m": outcome.accuracy_m,
        }
        told |= {"files": sorted(outcome.files), "looked_up_at": outcome.looked_up_at}
        connection.execute(statement("publish"), {"load_id": load_id, **counts, **told})
        changed = {name for name, done in outcome.themes.items() if done.opened or done.removed}
        bump_versions(connection, changed | set(name_source(connection, source_id)))
        audit(connection, "load", source.name, {"load_id": load_id, **counts})


def name_source(connection: Connection, source_id: int) -> list[str]:
    """Give a source the licence and attribution of its newest published load.

    Returns
    -------
    list of str
        Themes whose features are under another licence, or name somebody else, by that.
    """
    renamed = connection.execute(statement("name_source"), {"source": source_id}).rowcount
    return earlier_themes(connection, source_id) if renamed else []


def bump_versions(connection: Connection, themes: Iterable[str]) -> None:
    """Give the changed themes a new data version; the row of `run.city` lets one publication through at a time."""
    names = sorted(set(themes))
    if names:
        _wait_for_turn(connection)
        connection.execute(statement("bump_versions"), {"themes": names})


def _wait_for_turn(connection: Connection) -> None:
    """Lock the row of `run.city`, asking anew each second as long as another publication holds it.

    Ctrl-C cancels what the server is at. One that comes after a question was sent, but before the server has read it,
    the server does not hear: it would wait on, with all that the transaction has locked.
    """
    while True:
        try:
            with connection.transaction():
                connection.execute("SELECT set_config('lock_timeout', %s, true)", (_PATIENCE,))
                connection.execute("SELECT FROM run.city FOR UPDATE")
                connection.execute("SELECT set_config('lock_timeout', '0', true)")
            return
        except psycopg.errors.LockNotAvailable as error:
            if isinstance(error.__context__, KeyboardInterrupt):
                raise KeyboardInterrupt from error


def analyse(connection: Connection, outcome: Outcome) -> None:
    """Tell the planner of tables that have grown much, rather than leave it to chance when the server gets to it."""
    grown = [name for name, done in outcome.themes.items() if done.opened >= _GROWN_ROWS]
    for theme in grown:
        _analyse(connection, sql.Identifier("city", theme))
    for table in DETAILS.values():
        if table.theme in grown:
            # Nobody searches the bodies, and sampling them costs most.
            columns = [sql.Identifier(name) for name in ("version_id", "lod")]
            _analyse(
                connection, sql.SQL("{} ({})").format(sql.Identifier("city", table.name), sql.SQL(", ").join(columns))
            )


def _analyse(connection: Connection, what: sql.Composable) -> None:
    with connection.transaction():
        connection.execute(sql.SQL("ANALYZE {}").format(what))


def audit(connection: Connection, action: str, subject: str, details: Mapping[str, Any]) -> None:
    """Write down who wrote what."""
    connection.execute(
        "INSERT INTO run.audit (viewer, action, subject, details) VALUES (%s, %s, %s, %s)",
        (OPERATOR.name, action, subject, Jsonb(details)),
    )


def fail_load(connection: Connection, load_id: int, message: str) -> bool:
    """Take away what an unpublished load has written, and keep why it failed.

    Returns
    -------
    bool
        False when the load was published meanwhile, and so was left as it is.
    """
    with connection.transaction():
        lock_city_for_writing(connection)
        # In the same transaction: a load that another process has just published is nobody's to delete.
        failed = connection.execute(
            "UPDATE run.load SET status = 'failed', message = %s, staged = NULL "
            "WHERE load_id = %s AND status = 'staging' AND published_at IS NULL RETURNING load_id",
            (message, load_id),
        ).fetchone()
        if failed is None:
            return False
        for table in DETAILS.values():
            query = sql.SQL(
                "DELETE FROM city.{} WHERE version_id IN (SELECT version_id FROM city.{} WHERE load_id = %s)"
            )
            parent = sql.Identifier(table.theme)
            connection.execute(query.format(sql.Identifier(table.name), parent), (load_id,))
        for theme in THEMES:
            query = sql.SQL("DELETE FROM city.{} WHERE load_id = %s")
            connection.execute(query.format(sql.Identifier(theme)), (load_id,))
        connection.execute("DELETE FROM run.lookup WHERE load_id = %s", (load_id,))
    return True


def sweep_interrupted(connection: Connection, keep: Collection[int] = ()) -> int:
    """Remove what killed loads have left behind; those that still run hold their source's lock and stay.

    Parameters
    ----------
    connection
        To the city's database, as its owner.
    keep
        Loads that are to be resumed.
    """
    with connection.transaction():
        left = connection.execute(
            "SELECT load_id, source_id FROM run.load WHERE status = 'staging' AND load_id <> ALL(%s)", (list(keep),)
        ).fetchall()
    swept = 0
    for load_id, source_id in left:
        with connection.transaction():
            row = connection.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (LOCK_CLASS, source_id)).fetchone()
            if row and row[0] and fail_load(connection, load_id, "interrupted"):
                swept += 1
    return swept


def earlier_themes(connection: Connection, source_id: int) -> list[str]:
    """Return the themes that a source has spoken of before."""
    with connection.transaction():
        rows = connection.execute(
            "SELECT DISTINCT theme FROM run.load_extent JOIN run.load USING (load_id) "
            "WHERE source_id = %s AND published_at IS NOT NULL ORDER BY theme",
            (source_id,),
        ).fetchall()
    return [row[0] for row in rows]
