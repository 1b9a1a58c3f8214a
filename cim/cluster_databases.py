"""Databases and roles of a cluster, private or the user's own: made whole, or completed when an attempt was cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql

from cim.errors import ClusterError, DatabaseError

ROLES = ("cim_owner", "cim_web")
_EXTENSIONS = ("postgis", "btree_gist")
# Statement -> what it costs when the server refuses it.
_RIGHTS: dict[LiteralString, str] = {
    "REVOKE ALL ON DATABASE {0} FROM PUBLIC": "other accounts of the server may connect to it",
    "GRANT CONNECT, TEMPORARY ON DATABASE {0} TO cim_owner, cim_web": "only its owner may connect to it",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC": "other accounts of the server may make tables in it",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON spatial_ref_sys TO cim_owner": "no city without an EPSG code",
    # Row policies make the planner distrust every operator that is not leakproof, and `&&` is not: without this the
    # spatial index is lost under a policy (1.5 ms became 28 ms). It compares boxes and reveals no values.
    "ALTER FUNCTION geometry_overlaps(geometry,geometry) LEAKPROOF": "slower maps for readers with little clearance",
}


@dataclass(frozen=True)
class DatabaseState:
    """What `prepare` found and did."""

    name: str
    """The database's name."""

    created: bool
    """Whether it was made now."""

    notes: tuple[str, ...] = ()
    """What the server refused and what that costs, one line each."""


def ensure_roles(admin: psycopg.Connection, login: bool) -> None:
    """Make the owning and the reading role unless they stand.

    Parameters
    ----------
    admin
        Connection of a role that may make roles.
    login
        Whether they log in themselves (the private cluster) or are taken on by SET ROLE (a server of the user's).

    Raises
    ------
    DatabaseError
        The server refuses; the message is the statement for its administrator.
    """
    have = {name for (name,) in admin.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [list(ROLES)])}
    for role in ROLES:
        if role not in have:
            _make_role(admin, role, login)
    if not login:
        _join_roles(admin)


def ensure_database(admin: psycopg.Connection, name: str, template: str | None) -> bool:
    """Make an empty database owned by `cim_owner`, or a copy of `template`; False when it stands already."""
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        return False
    text = "CREATE DATABASE {} OWNER cim_owner TEMPLATE {} ENCODING 'UTF8'"
    if template is not None:
        text += " STRATEGY file_copy"  # faster than through the log for a database with tables
    try:
        admin.execute(sql.SQL(text).format(sql.Identifier(name), sql.Identifier(template or "template0")))
    except psycopg.errors.DuplicateDatabase:  # another process was first
        return False
    except psycopg.errors.ObjectInUse:
        raise DatabaseError(f"database {template!r} is in use and cannot be copied: end its connections") from None
    except psycopg.errors.InsufficientPrivilege:
        raise DatabaseError(f"the server refuses CREATE DATABASE {name}: give the role CREATEDB") from None
    return True


def prepare(conn: psycopg.Connection) -> tuple[str, ...]:
    """Give a database its extensions and rights; harmless to repeat.

    Parameters
    ----------
    conn
        Administrator's connection to the database itself.

    Returns
    -------
    tuple of str
        What was refused and what that costs, one line each.
    """
    have = {name for (name,) in conn.execute("SELECT extname FROM pg_extension")}
    for extension in _EXTENSIONS:
        if extension not in have:
            _make_extension(conn, extension)
    name = sql.Identifier(conn.info.dbname)
    notes: list[str] = []
    for text, cost in _RIGHTS.items():
        notes += _attempt(conn, sql.SQL(text).format(name), cost)
    return tuple(notes)


def set_password(admin: psycopg.Connection, role: str, password: str) -> None:
    """Give a role a password; only its SCRAM verifier travels and can reach a log."""
    verifier = admin.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier))
    admin.execute(statement)


def database_names(admin: psycopg.Connection, prefix: str = "cim_") -> list[str]:
    """Names of the databases that begin so, sorted."""
    rows = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY 1", [prefix])
    return [name for (name,) in rows]


def remove_database(admin: psycopg.Connection, name: str) -> bool:
    """Drop a database, ending its connections; False when there was none."""
    existed = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    return existed


def _make_role(admin: psycopg.Connection, role: str, login: bool) -> None:
    statement = sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), sql.SQL("LOGIN" if login else "NOLOGIN"))
    try:
        admin.execute(statement)
    except psycopg.errors.DuplicateObject:  # another process was first
        return
    except psycopg.errors.InsufficientPrivilege:
        raise _roles_refused(admin) from None


def _join_roles(admin: psycopg.Connection) -> None:
    """Make the user of a foreign server a member of our roles, so that it can take them on."""
    for role in ROLES:
        member = admin.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [role]).fetchone()
        if member == (True,):
            continue
        try:
            admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))
        except psycopg.errors.InsufficientPrivilege:
            raise _roles_refused(admin) from None


def _roles_refused(admin: psycopg.Connection) -> DatabaseError:
    user = admin.info.user
    return DatabaseError(
        f"the server lets {user!r} make no roles: ask its administrator for "
        f'CREATE ROLE cim_owner; CREATE ROLE cim_web; GRANT cim_owner, cim_web TO "{user}";'
    )


def _make_extension(conn: psycopg.Connection, extension: str) -> None:
    statement = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension))
    try:
        conn.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        raise DatabaseError(
            f"the server refuses CREATE EXTENSION {extension} in {conn.info.dbname}: ask its administrator to run it"
        ) from None
    except (psycopg.errors.UndefinedFile, psycopg.errors.FeatureNotSupported):
        raise ClusterError(f"the server has no extension {extension!r}: install it (postgresql-NN-postgis-3)") from None


def _attempt(conn: psycopg.Connection, statement: sql.Composed, cost: str) -> list[str]:
    """Run a statement that the server may refuse to one without its rights; refused, it becomes a note."""
    try:
        with conn.transaction():
            conn.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return [f"the server refuses {statement.as_string()}: {cost}"]
    return []
