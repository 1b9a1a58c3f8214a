"""Reading a city: connections that know who is asking, and frames."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, LiteralString, Self, cast

import geopandas
import pandas as pd
import psycopg
import shapely
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from cim.city import PROFILE_QUERY, CityProfile
from cim.errors import UnknownCity
from cim.loaded import address
from cim.tables import THEMES
from cim.viewer import Viewer

if TYPE_CHECKING:
    from cim.cluster import Cluster

Rows = psycopg.Connection[dict[str, Any]]
Query = LiteralString | sql.SQL | sql.Composed


class Store:
    """One city, read (role ``web``) or read and written (role ``owner``).

    Parameters
    ----------
    conninfo
        Of the city's database, as libpq reads it.
    size
        Most connections held at once.
    """

    def __init__(self, conninfo: str, *, size: int = 4) -> None:
        self.url = conninfo
        self._pool: ConnectionPool[Rows] = ConnectionPool(
            conninfo,
            connection_class=cast("type[Rows]", psycopg.Connection),
            min_size=0,
            max_size=size,
            open=False,
            timeout=10.0,  # seconds until it is said that the server does not answer
            check=ConnectionPool.check_connection,  # a server that was restarted has cut them all
            kwargs={"row_factory": dict_row},
        )
        self._pool.open()
        self._city: CityProfile | None = None

    @classmethod
    def open(cls, cluster: Cluster, slug: str, *, role: str = "owner", size: int = 4) -> Store:
        """Open a loaded city of a cluster.

        Raises
        ------
        UnknownCity, OutdatedCity
            The cluster has no such city, or its tables are of another version.
        """
        return cls(address(cluster, slug, role), size=size)

    def __enter__(self) -> Self:
        """Return the store; leaving the block closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def connection(self, viewer: Viewer) -> Iterator[Rows]:
        """Lend a connection inside a transaction in which the row policies know the viewer.

        Leaving the block commits; an exception rolls back.
        """
        with self._pool.connection() as connection:
            connection.execute(
                "SELECT set_config('cim.clearance', %s, true), set_config('cim.viewer', %s, true)",
                (str(viewer.clearance), viewer.name),
            )
            yield connection

    @contextmanager
    def snapshot(self, viewer: Viewer) -> Iterator[Rows]:
        """Lend a connection to one unchanging state of the city, for reads in several queries, such as an export."""
        with self._pool.connection() as connection:
            connection.isolation_level, connection.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
            try:
                with connection.transaction():
                    connection.execute(
                        "SELECT set_config('cim.clearance', %s, true), set_config('cim.viewer', %s, true)",
                        (str(viewer.clearance), viewer.name),
                    )
                    yield connection
            finally:
                if not connection.closed:
                    connection.isolation_level, connection.read_only = None, None

    def rows(self, viewer: Viewer, query: Query, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return all rows of a query as dictionaries."""
        with self.connection(viewer) as connection:
            return connection.execute(query, parameters).fetchall()

    def frame(self, viewer: Viewer, query: Query, parameters: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Return the rows of a query as a frame with the query's column names."""
        with self.connection(viewer) as connection:
            cursor = connection.execute(query, parameters)
            names = [item.name for item in cursor.description or ()]
            return pd.DataFrame.from_records([tuple(row.values()) for row in cursor], columns=names)

    def geoframe(
        self, viewer: Viewer, query: Query, parameters: Mapping[str, Any] | None = None, *, geometry: str = "geom"
    ) -> geopandas.GeoDataFrame:
        """Return the rows of a query as a GeoDataFrame in the city's CRS.

        The query selects the geometry as WKB: ``ST_AsEWKB(geom) AS geom`` or the bare column.
        """
        frame = self.frame(viewer, query, parameters)
        frame[geometry] = shapely.from_wkb(frame[geometry].to_numpy(dtype=object))
        return geopandas.GeoDataFrame(frame, geometry=geometry, crs=self.city.projection)

    def as_of(
        self, viewer: Viewer, theme: str, recorded: dt.datetime, *, held: dt.date | None = None
    ) -> pd.DataFrame | geopandas.GeoDataFrame:
        """Return a theme's versions as they were shown at a time; a load that was undone since never was.

        Parameters
        ----------
        viewer
            Who asks: what is too restricted now was so then.
        theme
            Name of a theme's table, such as `building`.
        recorded
            The time, with its zone.
        held
            Only versions that held in the world on this day, as far as they say (`valid_from`, `valid_to`).

        Raises
        ------
        KeyError
            There is no such theme.
        """
        table = THEMES[theme]
        query = sql.SQL("SELECT * FROM {}(%(recorded)s, %(held)s)").format(sql.Identifier("city", f"{theme}_as_of"))
        values = {"recorded": recorded, "held": held}
        return (self.geoframe if "geom" in table.columns else self.frame)(viewer, query, values)

    @property
    def city(self) -> CityProfile:
        """The city that the database is bound to."""
        if self._city is None:
            with self._pool.connection() as connection:
                row = connection.execute(PROFILE_QUERY).fetchone()
            if row is None:
                raise UnknownCity(str(conninfo_to_dict(self.url).get("dbname", "?")), [])
            self._city = CityProfile(**row)
        return self._city

    def data_version(self) -> int:
        """Return the number that grows with every published change: part of every cache key."""
        with self._pool.connection() as connection:
            row = connection.execute("SELECT data_version FROM run.city").fetchone()
        return int(row["data_version"]) if row else 0

    def theme_version(self, *themes: str) -> int:
        """Return the data version at which any of the themes last changed."""
        with self._pool.connection() as connection:
            row = connection.execute(
                "SELECT coalesce(max(version), 0) AS version FROM run.theme_version WHERE theme = ANY(%s)",
                (list(themes),),
            ).fetchone()
        return int(row["version"]) if row else 0

    def theme_versions(self, *themes: str) -> dict[str, int]:
        """Return the data version at which each of the themes last changed; 0 for one that was never loaded."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT theme, version FROM run.theme_version WHERE theme = ANY(%s)", (list(themes),)
            ).fetchall()
        return dict.fromkeys(themes, 0) | {row["theme"]: int(row["version"]) for row in rows}
