"""How the commands of this folder open a city, and how they call it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from cim.cluster import Cluster
from cim.settings import Settings
from cim.store import Store

CITY = click.option("--city", help="Slug of the city (default: CIM_CITY, else sample).")
"""The option that says which city."""


@contextmanager
def opened_city(settings: Settings, city: str | None) -> Iterator[Store]:
    """Start the cluster where it is stopped, and open the city."""
    cluster = Cluster(settings)
    cluster.up()
    with Store.open(cluster, city or settings.city) as store:
        yield store


def named(store: Store) -> str:
    """Return the city's names; made-up data is called so wherever a person sees it."""
    profile = store.city
    made_up = " · synthetic data (合成数据)" if profile.synthetic else ""
    return f"{profile.name_en} · {profile.name_zh}{made_up}"
