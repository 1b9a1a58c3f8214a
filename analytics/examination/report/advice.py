"""What helps where an indicator falls short, by the measure that computes it: `templates/advice.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from cim.analytics.examination.register import Words
from cim.analytics.examination.report.report import Indicated


@cache
def _advice() -> Mapping[str, Words]:
    text = (resources.files("cim.analytics.examination.report") / "templates" / "advice.yaml").read_text("utf-8")
    return {str(name): Words(entry["zh"], entry["en"]) for name, entry in yaml.safe_load(text).items()}


def advice_for(one: Indicated) -> Words:
    """Return the advice for an indicator: that of its code, of its measure, or that anybody gets."""
    known = _advice()
    return known.get(one.code) or known.get(one.declared.get("measure", ""), known["any"])
