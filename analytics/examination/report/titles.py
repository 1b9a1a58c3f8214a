"""How the report and its city are called."""

from __future__ import annotations

from cim.analytics.examination.register import Words
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import SYNTHETIC, both


def headline(report: Report) -> Words:
    """Return the title with its year."""
    return both(f"{report.year} 年度城市体检报告", f"Urban physical examination {report.year}")


def city_name(report: Report) -> Words:
    """Return the city's name; made-up data is called so."""
    zh, en = report.city.name_zh, report.city.name_en
    if report.synthetic and SYNTHETIC.zh not in zh:
        zh = f"{zh}（{SYNTHETIC.zh}）"
    # A name that says "synthetic" need not say of what.
    if report.synthetic and SYNTHETIC.en.split(" ")[0] not in en:
        en = f"{en} ({SYNTHETIC.en})"
    return both(zh, en)
