"""The register of a kept examination, as its run declared it: definitions may have changed since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cim.analytics.examination.register import Grading, Indicator, Register, Standard, Words


def declared_register(parameters: Mapping[str, Any]) -> Register:
    """Return the register that a run kept: all that values and grades follow from.

    Parameters
    ----------
    parameters
        Those of the run, as `run.analysis` keeps them. What a run does not keep (data and assumptions in words) is
        empty.
    """
    system = str(parameters["system"])
    return Register(
        system=system,
        # Runs of before titles were kept have the name alone.
        title=Words(parameters.get("title_zh") or system, parameters.get("title_en") or system),
        year=int(parameters["system_year"]),
        official_count=None,
        grading=Grading(**parameters["grading"]),
        indicators={code: _indicator(code, said) for code, said in parameters["indicators"].items()},
        provisional=bool(parameters.get("provisional")),
    )


def _indicator(code: str, said: Mapping[str, Any]) -> Indicator:
    nothing = Words("", "")
    return Indicator(
        code=code,
        title=_words(said, "title"),
        dimension=_words(said, "dimension"),
        unit=_words(said, "unit"),
        definition=_words(said, "definition"),
        numerator=_words(said, "numerator"),
        denominator=_words(said, "denominator"),
        method=_words(said, "method"),
        data=nothing,
        level=said["level"],
        direction=said["direction"],
        core=said["core"],
        form=said["form"],
        scale=said["scale"],
        standard=_standard(said["standard"]),
        computable=said["computable"],
        levels=tuple(said["levels"]),
        measure=said["measure"],
        parameters=said["parameters"],
        hazard=said["hazard"],
    )


def _words(said: Mapping[str, Any], name: str) -> Words:
    return Words(said[f"{name}_zh"], said[f"{name}_en"])


def _standard(said: Mapping[str, Any] | None) -> Standard | None:
    """Return the standard that was in force; targets of other years were not kept."""
    return None if said is None else Standard(**{**said, "by_year": ()})
