"""Rows of `run.*` around a load: its source, its lock, its beginning, its publication, its removal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, cast

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cim._version import __version__
from cim.errors import DatabaseError
from cim.etl.fingerprint import Fingerprint
from cim.manifest import SourceSpec
from cim.schema import DETAILS, THEMES
from cim.viewer import OPERATOR

Connection = psycopg.Connection[Any]

LOCK_CLASS = 0x6C6F6164  # "load": the first half of every advisory lock of a source
_LOCK_WAIT_MS = 15_000
_GROWN_ROWS = 500


def statement(name: str) -> sql.SQL:
    """Return a statement of `etl/sql/`."""
    text = (resources.files("cim.etl") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return sql.SQL(cast("Any", text))


@dataclass
class ThemeOutcome:
    """What a load did to one theme."""

    added: int = 0
    """Features that are new, or back."""
    changed: int = 0
    """Features with a new version."""
    removed: int = 0
    """Features no longer in the source."""
    unchanged: int = 0
    """Features as before."""
    bounds: tuple[float, float, float, float] | None = None
    """Extent of the versions opened, city CRS."""

    @property
    def opened(self) -> int:
        """Versions opened."""
        return self.added + self.changed

    def widen(self, bounds: tuple[float, float, float, float]) -> None:
        """Take a further extent in."""
        old = self.bounds or bounds
        self.bounds = (
            min(old[0], bounds[0]),
            min(old[1], bounds[1]),
            max(old[2], bounds[2]),
            max(old[3], bounds[3]),
        )


@dataclass
class Outcome:
    """What a load did, to be published with it."""

    themes: dict[str, ThemeOutcome] = field(default_factory=dict)
    """By theme."""
    closed: dict[str, list[int]] = field(default_factory=dict)
    """Versions superseded or removed, by theme."""
    records_in: int = 0
    """Records read."""
    kept: int = 0
    """Records kept."""
    rejected: int = 0
    """Records rejected."""
    crs: str | None = None
    """CRS of the source."""
    transformation: str | None = None
    """PROJ pipeline used."""
    accuracy_m: float | None = None
    """Accuracy of it."""

    def total(self, what: str) -> int:
        """Return a count over all themes: added, changed, removed or unchanged."""
        return sum(getattr(theme, what) for theme in self.themes.values())


def register_source(connection: Connection, source: SourceSpec) -> int:
    """Return the id of a source, which keeps it under its name for ever."""
    with connection.transaction():
        row = connection.execute(
            "INSERT INTO run.source (name, kind, precedence) VALUES (%s, %s, %s) "
            "ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, precedence = excluded.precedence "
            "RETURNING source_id",
            (source.name, source.kind, source.precedence),
        ).fetchone()
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
        "height_offset_m": source.height_offset_m,
        "licence": source.licence,
        "attribution": source.attribution,
        "classification": source.classification,
        "secrecy": source.secrecy,
        "data_grade": source.data_grade,
        "synthetic": synthetic,
        "parameters": Jsonb(dict(source.options)),
        "software_version": __version__,
    }
    query = sql.SQL("INSERT INTO run.load ({}) VALUES ({}) RETURNING load_id").format(
        sql.SQL(", ").join(map(sql.Identifier, values)), sql.SQL(", ").join(map(sql.Placeholder, values))
    )
    with connection.transaction():
        row = connection.execute(query, values).fetchone()
    return int(row[0]) if row else 0


def publish(connection: Connection, load_id: int, source: str, outcome: Outcome) -> None:
    """Make a load visible and close what it supersedes, in one short transaction."""
    with connection.transaction():
        for theme, versions in outcome.closed.items():
            close = sql.SQL("UPDATE city.{} SET closed_by = %s WHERE version_id = ANY(%s)")
            connection.execute(close.format(sql.Identifier(theme)), (load_id, versions))
        for theme, done in outcome.themes.items():
            extent = done.bounds or (None,) * 4
            connection.execute(statement("load_extent"), (load_id, theme, done.opened, *extent))
        bump_versions(connection, [name for name, done in outcome.themes.items() if done.opened or done.removed])
        counts = {what: outcome.total(what) for what in ("added", "changed", "removed", "unchanged")}
        counts |= {"records_in": outcome.records_in, "kept": outcome.kept, "rejected": outcome.rejected}
        told = {"crs": outcome.crs, "transformation": outcome.transformation, "accuracy_m": outcome.accuracy_m}
        connection.execute(statement("publish"), {"load_id": load_id, **counts, **told})
        audit(connection, "load", source, {"load_id": load_id, **counts})


def bump_versions(connection: Connection, themes: list[str]) -> None:
    """Give the changed themes a new data version; the row of `run.city` lets one publication through at a time."""
    if themes:
        connection.execute(statement("bump_versions"), {"themes": themes})


def analyse(connection: Connection, outcome: Outcome) -> None:
    """Tell the planner of tables that have grown much, rather than leave it to chance when the server gets to it."""
    grown = [name for name, done in outcome.themes.items() if done.opened >= _GROWN_ROWS]
    for theme in grown:
        _analyse(connection, sql.Identifier("city", theme))
    for table in DETAILS.values():
        if table.info["theme"] in grown:
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
        # First and in the same transaction: a load that another process has just published is nobody's to delete.
        failed = connection.execute(
            "UPDATE run.load SET status = 'failed', message = %s "
            "WHERE load_id = %s AND status = 'staging' AND published_at IS NULL RETURNING load_id",
            (message, load_id),
        ).fetchone()
        if failed is None:
            return False
        for table in DETAILS.values():
            query = sql.SQL(
                "DELETE FROM city.{} WHERE version_id IN (SELECT version_id FROM city.{} WHERE load_id = %s)"
            )
            parent = sql.Identifier(table.info["theme"])
            connection.execute(query.format(sql.Identifier(table.name), parent), (load_id,))
        for theme in THEMES:
            query = sql.SQL("DELETE FROM city.{} WHERE load_id = %s")
            connection.execute(query.format(sql.Identifier(theme)), (load_id,))
    return True


def sweep_interrupted(connection: Connection) -> int:
    """Remove what killed loads have left behind; those that still run hold their source's lock and stay."""
    with connection.transaction():
        left = connection.execute("SELECT load_id, source_id FROM run.load WHERE status = 'staging'").fetchall()
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
