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
from cim.analytics.network.clearance.asking import clearance
from cim.analytics.network.clearance.listing import Wanted as WantedClearance
from cim.analytics.network.clearance.within import Part, clearance_within
from cim.analytics.network.components import articulation_points, bridges, components
from cim.analytics.network.criticality import Criticality, criticality
from cim.analytics.network.digs.area import Dig, in_city, outline
from cim.analytics.network.digs.excavation import excavation
from cim.analytics.network.digs.rail_survey import survey_rail
from cim.analytics.network.gas.leak import gas_leak
from cim.analytics.network.gas.occupied import occupied_gas
from cim.analytics.network.graph import NetworkGraph
from cim.analytics.network.hydraulics.asking import hydraulics
from cim.analytics.network.hydraulics.drainage import DrainQuestion
from cim.analytics.network.hydraulics.listing import flooded_places, listed_hydraulics
from cim.analytics.network.hydraulics.scenario import scenario
from cim.analytics.network.hydraulics.solving import Solve, solved
from cim.analytics.network.hydraulics.water import WaterQuestion
from cim.analytics.network.reading import loaded_networks, network_graph
from cim.analytics.network.renewal.asking import plan
from cim.analytics.network.renewal.keeping import Budget
from cim.analytics.network.renewal.proposal import proposed_plan
from cim.analytics.network.risk.asking import risk
from cim.analytics.network.risk.listing import Wanted
from cim.analytics.network.risk.misconnections import misconnections
from cim.analytics.network.risk.scoring import WhatIf, scored_risk
from cim.analytics.network.sections.profile import profile
from cim.analytics.network.sections.section import drawn_line, line_across, section
from cim.analytics.network.topology import topology
from cim.analytics.network.traces.trace import TraceQuestion, trace

__all__ = [
    "Budget",
    "Comparison",
    "Criticality",
    "Dig",
    "DrainQuestion",
    "Examination",
    "NetworkGraph",
    "Part",
    "Solve",
    "TraceQuestion",
    "Wanted",
    "WantedClearance",
    "WaterQuestion",
    "WhatIf",
    "articulation_points",
    "assess_network",
    "bridges",
    "burst",
    "clearance",
    "clearance_within",
    "compare",
    "compare_cities",
    "components",
    "criticality",
    "drawn_line",
    "examine",
    "examine_city",
    "excavation",
    "flooded_places",
    "gas_leak",
    "hydraulics",
    "in_city",
    "line_across",
    "listed_hydraulics",
    "loaded_networks",
    "misconnections",
    "network_graph",
    "occupied_gas",
    "outline",
    "plan",
    "profile",
    "project_list",
    "proposed_plan",
    "risk",
    "scenario",
    "scored_risk",
    "scores",
    "section",
    "solved",
    "survey_rail",
    "topology",
    "trace",
]
