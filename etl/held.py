"""Versions that a load leaves as they are, because their records were refused, under a higher classification.

What a source is told to be holds for all that is shown of it: when it becomes restricted, a version whose new record
was refused is opened anew under the new classification, and so no longer seen by those who may not see the source.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from cim.etl.outcome import Outcome, ThemeOutcome
from cim.tables import DETAILS, THEMES, Table

_HELD = sql.SQL(
    """held AS (
    SELECT version_id AS old, nextval({sequence}) AS new FROM {table}
    WHERE closed_by IS NULL AND classification < %(classification)s
      AND load_id IN (SELECT load_id FROM run.load WHERE source_id = %(source)s AND published_at IS NOT NULL))"""
)
_COPIED = sql.SQL(
    """{name} AS (
    INSERT INTO {table} (version_id, {columns})
    SELECT held.new, {values} FROM {table} t JOIN held ON held.old = t.version_id)"""
)
_CLOSED = sql.SQL("UPDATE {table} SET closed_by = %(load)s FROM held WHERE version_id = held.old")


def raise_classification(
    connection: psycopg.Connection[Any], load_id: int, source_id: int, classification: int, outcome: Outcome
) -> None:
    """Open standing versions of a source below its classification anew, in the transaction that publishes its load."""
    newest = connection.execute(
        "SELECT classification FROM run.load WHERE source_id = %s AND published_at IS NOT NULL "
        "ORDER BY load_id DESC LIMIT 1",
        (source_id,),
    ).fetchone()
    if newest is None or newest[0] >= classification:
        return
    values = {"load": load_id, "source": source_id, "classification": classification}
    for theme, table in THEMES.items():
        raised = connection.execute(_statement(table), values).rowcount
        if raised:
            outcome.themes.setdefault(theme, ThemeOutcome()).changed += raised


def _statement(table: Table) -> sql.Composed:
    """Return the statement that copies a theme's held versions with their levels of detail, and closes the old ones."""
    sequence = sql.Literal(f"city.{table.name}_version_id_seq")
    parts = [_HELD.format(sequence=sequence, table=table.identifier)]
    given = {
        "load_id": sql.SQL("%(load)s"),
        "classification": sql.SQL("%(classification)s"),
        "closed_by": sql.SQL("NULL"),
    }
    below = [item for item in DETAILS.values() if item.theme == table.name]
    for number, item in enumerate([table, *below]):
        names = [column.name for column in item.columns.values() if column.name != "version_id" and not column.identity]
        columns = sql.SQL(", ").join(map(sql.Identifier, names))
        copied = sql.SQL(", ").join(given.get(name, sql.Identifier("t", name)) for name in names)
        parts.append(
            _COPIED.format(
                name=sql.Identifier(f"copied_{number}"), table=item.identifier, columns=columns, values=copied
            )
        )
    return sql.SQL("WITH {} {}").format(sql.SQL(", ").join(parts), _CLOSED.format(table=table.identifier))
