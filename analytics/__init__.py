"""Analyses of a city: its networks and its yearly examination.

>>> import cim.analytics
>>> exam = cim.analytics.examine(store, year=2026)  # doctest: +SKIP
>>> exam.table  # doctest: +SKIP
"""

from cim.analytics.examination.comparison import Comparison, compare, compare_cities
from cim.analytics.examination.examine import Examination, examine
from cim.analytics.examination.keeping import examine_city
from cim.analytics.examination.projects import project_list
from cim.analytics.examination.scores import scores
from cim.analytics.network.assessment import assess_network
from cim.analytics.network.bursts.burst import burst
from cim.analytics.network.components import articulation_points, bridges, components
from cim.analytics.network.criticality import Criticality, criticality
from cim.analytics.network.graph import NetworkGraph
from cim.analytics.network.hydraulics.asking import hydraulics
from cim.analytics.network.reading import loaded_networks, network_graph
from cim.analytics.network.renewal.asking import plan
from cim.analytics.network.renewal.keeping import Budget
from cim.analytics.network.risk.asking import risk
from cim.analytics.network.risk.listing import Wanted
from cim.analytics.network.sections.profile import profile
from cim.analytics.network.sections.section import drawn_line, line_across, section
from cim.analytics.network.topology import topology
from cim.analytics.network.traces.trace import TraceQuestion, trace

__all__ = [
    "Budget",
    "Comparison",
    "Criticality",
    "Examination",
    "NetworkGraph",
    "TraceQuestion",
    "Wanted",
    "articulation_points",
    "assess_network",
    "bridges",
    "burst",
    "compare",
    "compare_cities",
    "components",
    "criticality",
    "drawn_line",
    "examine",
    "examine_city",
    "hydraulics",
    "line_across",
    "loaded_networks",
    "network_graph",
    "plan",
    "profile",
    "project_list",
    "risk",
    "scores",
    "section",
    "topology",
    "trace",
]
