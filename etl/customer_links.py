"""`cim customers`: how the customers of a city's utilities are linked to buildings and nodes."""

from __future__ import annotations

from typing import Any

import click
import psycopg
from psycopg.rows import dict_row

from cim.city import cities
from cim.cluster import Cluster
from cim.errors import UnknownCity
from cim.settings import Settings

_QUERY = """
SELECT network, coalesce(linked_by, 'not linked') AS linked_by, count(*) AS customers,
       count(*) FILTER (WHERE sensitive) AS sensitive,
       count(*) / sum(count(*)) OVER (PARTITION BY network) AS share
FROM city.customer_link GROUP BY 1, 2 ORDER BY 1, 3 DESC
"""


def customer_links(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Return, for each network and way of linking, the customers, the sensitive ones and their share (0 to 1).

    Ways: `register` (the record names a node or building), `service_connection` (one of the network has the account),
    `inside` and `nearest` (the place lies in a building, or within 30 m of one), `not linked`.
    """
    return connection.cursor(row_factory=dict_row).execute(_QUERY).fetchall()


@click.command()
@click.argument("city", required=False)
def customers(city: str | None) -> None:
    """Tell, for each network, how customers are linked to buildings and nodes, and which share is not linked."""
    settings = Settings.from_env()
    cluster = Cluster(settings)
    cluster.up()
    slug, known = city or settings.city, cities(cluster)
    if slug not in known:
        raise UnknownCity(slug, known)
    with psycopg.connect(cluster.conninfo(f"cim_{slug}")) as connection:
        rows = customer_links(connection)
    if not rows:
        click.echo("no customers are loaded: `cim schema customer` shows their register")
    for row in rows:
        line = f"{row['network']:<10} {row['linked_by']:<20} {row['customers']:>9,} {row['share']:>7.1%}"
        click.echo(f"{line}  of them must not be without: {row['sensitive']:,}")
