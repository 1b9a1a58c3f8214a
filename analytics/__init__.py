"""Analyses of a city: its networks and its yearly examination.

>>> import cim.analytics
>>> exam = cim.analytics.examine(store, year=2026)  # doctest: +SKIP
>>> exam.table  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cim.analytics.examination.examine import Examination, examine, examine_city
    from cim.analytics.network.assessment import assess_network
    from cim.analytics.network.criticality import Criticality, criticality
    from cim.analytics.network.graph import NetworkGraph
    from cim.analytics.network.reading import loaded_networks, network_graph

_HOMES = {
    "Criticality": "cim.analytics.network.criticality",
    "Examination": "cim.analytics.examination.examine",
    "NetworkGraph": "cim.analytics.network.graph",
    "assess_network": "cim.analytics.network.assessment",
    "criticality": "cim.analytics.network.criticality",
    "examine": "cim.analytics.examination.examine",
    "examine_city": "cim.analytics.examination.examine",
    "loaded_networks": "cim.analytics.network.reading",
    "network_graph": "cim.analytics.network.reading",
}

__all__ = [
    "Criticality",
    "Examination",
    "NetworkGraph",
    "assess_network",
    "criticality",
    "examine",
    "examine_city",
    "loaded_networks",
    "network_graph",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for: the command line's help needs none of the numerical libraries."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
