"""How the report and its city are called."""

from __future__ import annotations

from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import SYNTHETIC, said


def headline(report: Report, language: str) -> str:
    """Return the title with its year."""
    return f"{report.year} 年度城市体检报告" if language == "zh" else f"Urban physical examination {report.year}"


def city_name(report: Report, language: str) -> str:
    """Return the city's name; made-up data is called so."""
    name = report.city.name_zh if language == "zh" else report.city.name_en
    told = said(SYNTHETIC, language)
    if not report.synthetic or told.split(" ")[0] in name:
        return name
    return f"{name}（{told}）" if language == "zh" else f"{name} ({told})"
