"""What pipes that are shut would do, for a terminal."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cim.analytics.network.hydraulics.scenario import Scenario
from cim.analytics.terminal import columns, left_out_lines, thousands


def scenario_summary(found: Scenario) -> Group:
    """Return how much less is delivered, and the nodes that lose most."""
    litres = (f"{1000 * flow:,.2f}" for flow in (found.supplied_before_m3s, found.supplied_m3s, found.demand_m3s))
    before, after, demand = litres
    lines = [
        f"With {thousands(len(found.shut))} of its pipes shut: {before} L/s delivered before, {after} L/s then, "
        f"of a demand of {demand} L/s",
        f"{thousands(found.customers_short)} customers on nodes that lose more than a hundredth of their demand",
    ]
    table = columns("node", "demand L/s", "before L/s", "then L/s", "pressure m", "customers")
    for node in found.nodes:
        flows = (f"{1000 * node[name]:,.2f}" for name in ("demand_m3s", "before_m3s", "supplied_m3s"))
        pressure = "–" if node["pressure_m"] is None else f"{node['pressure_m']:,.1f}"
        table.add_row(str(node["feature_id"]), *flows, pressure, thousands(node["customers"]))
    told: list[Text | Table] = [Text(line) for line in lines]
    return Group(*told, *([table] if found.nodes else []), *left_out_lines(found.network, found.left_out))
