"""Features of other sources: found by key, and remembered, so that a link is renewed when its key leads elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import psycopg
from psycopg import sql

from cim.copying import copy_frame
from cim.etl.statements import statement
from cim.tables import TABLES

Connection = psycopg.Connection[Any]
Found = dict[str, tuple[int, list[str]]]
"""By key: the feature, 0 where several of equal precedence have the key; and the names of the sources that have it."""


class Elsewhere:
    """What one load looks up among the current features of other sources, each key once.

    Parameters
    ----------
    connection
        To read on.
    source_id
        The source that is loaded: its own features are not elsewhere.
    """

    def __init__(self, connection: Connection, source_id: int) -> None:
        self.connection, self.source_id = connection, source_id
        self.looked_up_at: int | None = None
        """Data version before the first look-up; None: none was made."""
        self._known: dict[str, Found] = {}
        self._fresh: list[tuple[str, str, int]] = []

    def find(self, theme: str, keys: Iterable[str]) -> Found:
        """Return what the keys of a theme lead to; keys that lead nowhere are left out."""
        known = self._known.setdefault(theme, {})
        unknown = [key for key in keys if key not in known]
        if unknown:
            with self.connection.transaction():
                if self.looked_up_at is None:
                    self.looked_up_at = data_version(self.connection)
                found = look_up(self.connection, self.source_id, theme, unknown)
            known |= {key: found.get(key, (0, [])) for key in unknown}
            self._fresh += [(theme, key, known[key][0]) for key in unknown]
        return {key: known[key] for key in keys if known[key][1]}

    def remember(self, load_id: int, looked_up_at: int | None) -> None:
        """Take up what a load that is resumed has looked up, so that it is not written twice."""
        query = "SELECT theme, source_key FROM run.lookup WHERE load_id = %s"
        with self.connection.transaction():
            rows = self.connection.execute(query, (load_id,)).fetchall()
        for theme in {theme for theme, _ in rows}:
            self.find(theme, [key for name, key in rows if name == theme])
        self._fresh, self.looked_up_at = [], looked_up_at

    def fresh(self, load_id: int) -> pd.DataFrame:
        """Return rows of `run.lookup` for what was looked up since the last call."""
        rows, self._fresh = self._fresh, []
        frame = pd.DataFrame(rows, columns=["theme", "source_key", "feature_id"])
        return frame.assign(load_id=load_id)


def write_lookups(connection: Connection, rows: pd.DataFrame) -> None:
    """Write rows of `run.lookup`."""
    if len(rows):
        copy_frame(connection, TABLES["run.lookup"], rows)


def look_up(connection: Connection, source_id: int, theme: str, keys: list[str]) -> Found:
    """Find current features of other sources than one by their keys."""
    query = statement("elsewhere").format(current=sql.Identifier("city", f"{theme}_current"))
    rows = connection.execute(query, {"theme": theme, "keys": keys, "source": source_id})
    return {key: (feature, names) for key, feature, names in rows}


def data_version(connection: Connection) -> int:
    """Return the number that grows with every published change."""
    row = connection.execute("SELECT data_version FROM run.city").fetchone()
    return int(row[0]) if row else 0


def leads_elsewhere(connection: Connection, source_id: int, last: Mapping[str, Any]) -> bool:
    """Tell whether a key that a source's standing load looked up in other sources leads elsewhere by now."""
    if last["looked_up_at"] is None:
        return False
    with connection.transaction():
        now = data_version(connection)
        for theme, keys, features in _changed_themes(connection, last):
            found = look_up(connection, source_id, theme, keys)
            if any(found.get(key, (0,))[0] != feature for key, feature in zip(keys, features, strict=True)):
                return True
        if now != last["looked_up_at"]:
            # Not to be looked into again before something changes.
            connection.execute("UPDATE run.load SET looked_up_at = %s WHERE load_id = %s", (now, last["load_id"]))
    return False


def _changed_themes(connection: Connection, last: Mapping[str, Any]) -> list[tuple[str, list[str], list[int]]]:
    """Return the look-ups of a load in the themes that have changed since: theme, keys, features."""
    query = """SELECT theme, array_agg(source_key), array_agg(feature_id)
        FROM run.lookup JOIN run.theme_version t USING (theme)
        WHERE load_id = %s AND t.version > %s GROUP BY theme"""
    return connection.execute(query, (last["load_id"], last["looked_up_at"])).fetchall()
