"""Cities that are loaded: how to connect to one, and whether this software can use its tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg

from cim.city import cities, has_present_schema
from cim.errors import OutdatedCity, UnknownCity

if TYPE_CHECKING:
    from cim.cluster import Cluster


def address(cluster: Cluster, slug: str, role: str = "owner") -> str:
    """Return how to connect to a loaded city, as libpq reads it.

    Raises
    ------
    UnknownCity
        The cluster has no such city.
    OutdatedCity
        Its tables are those of another version.
    """
    known = cities(cluster)
    if slug not in known:
        raise UnknownCity(slug, known)
    conninfo = cluster.conninfo(f"cim_{slug}", role=role)
    with psycopg.connect(conninfo) as connection:
        if not has_present_schema(connection):
            raise OutdatedCity(slug)
    return conninfo


@contextmanager
def connected(cluster: Cluster, slug: str) -> Iterator[psycopg.Connection[Any]]:
    """Connect to a loaded city as its owner.

    Raises
    ------
    UnknownCity, OutdatedCity
        As `address` does.
    """
    with psycopg.connect(address(cluster, slug)) as connection:
        yield connection
