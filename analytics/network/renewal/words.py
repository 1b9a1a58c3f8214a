"""Words of a plan of renewal, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping

WAYS: Mapping[str, tuple[str, str]] = {
    "plan": ("按单位投资削减的风险", "by risk removed a yuan"),
    "rank": ("按风险排序", "by rank of risk"),
    "age": ("按管龄", "by age"),
}
"""Ways to choose works."""

HEADS: Mapping[str, tuple[str, str]] = {
    "number": ("序号", "Number"),
    "year": ("年份", "Year"),
    "network": ("管网", "Network"),
    "road_name": ("道路", "Street"),
    "materials": ("管材", "Material"),
    "installed": ("建设年代", "Installed"),
    "segments": ("管段数", "Pipes"),
    "length_m": ("长度（m）", "Length, m"),
    "cost_yuan": ("费用（元）", "Cost, yuan"),
    "removed_yuan": ("削减损失（元）", "Loss removed, yuan"),
    "removed_per_yuan": ("每元削减", "Removed a yuan"),
    "failures_a_year": ("预期失效（次/年）", "Failures expected a year"),
    "forced": ("强制改造", "Asked for by a rule"),
    "segment_ids": ("管段编号", "Pipe ids"),
}
"""Columns of the list of works."""
