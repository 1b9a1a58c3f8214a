"""Connections of a store: kept between questions, replaced when the server has cut them."""

from __future__ import annotations

from psycopg import sql

from cim.viewer import LOCAL

OTHERS = sql.SQL(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def test_a_server_that_was_restarted_is_asked_again_without_an_error(database, cluster) -> None:
    """All connections are cut at once, as a restart does; the questions after it are answered."""
    ask = sql.SQL("SELECT pg_backend_pid() AS pid")
    with database.connection(LOCAL) as one, database.connection(LOCAL) as other:
        cut = {connection.execute(ask).fetchone()["pid"] for connection in (one, other)}
    with database.__class__(database.url) as outside:
        assert len(outside.rows(LOCAL, OTHERS)) >= 2
    found = {database.rows(LOCAL, ask)[0]["pid"] for _ in range(3)}
    assert not found & cut
