"""City Information Modelling: load a city's files into PostGIS, examine it, show it in 3D."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cim._version import __version__

if TYPE_CHECKING:
    from cim.store import Store

__all__ = ["__version__", "connect"]


def connect(city: str) -> Store:
    """Open a loaded city of this machine's cluster, which is started if it is not running.

    Parameters
    ----------
    city
        Its slug, as ``cim cities`` lists it.

    Raises
    ------
    UnknownCity
        No such city is loaded.
    """
    # Imported here: whoever wants only the version, or the command line's help, need not wait for the database's parts.
    from cim.cluster import Cluster
    from cim.settings import Settings
    from cim.store import Store

    cluster = Cluster(Settings.from_env())
    cluster.up()
    return Store.open(cluster, city)
