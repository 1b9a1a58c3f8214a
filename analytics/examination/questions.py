"""What is asked of a measure for an indicator, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

from geopandas import GeoDataFrame

from cim.analytics.errors import BadRegister
from cim.analytics.examination.inputs import Inputs
from cim.analytics.examination.measure import Measure, NoData, Reading
from cim.analytics.examination.register import Indicator, Register


@dataclass(frozen=True)
class Question:
    """A measure with the parameters of an indicator."""

    code: str
    """Of the indicator."""
    measure: Measure
    """What answers."""
    levels: tuple[str, ...]
    """Levels of the units that are asked about."""
    parameters: Mapping[str, Any]
    """By name, as the register says, with the year where the measure takes it."""

    @property
    def reads(self) -> tuple[str, ...]:
        """Frames, and what is made of them, that the measure takes."""
        return self.measure.needs + self.measure.uses

    def answer(self, units: GeoDataFrame, inputs: Inputs) -> Reading | str:
        """Return what the measure says of the units of its levels, or the reason why it can say nothing."""
        asked = units[units["level"].isin(self.levels)]
        try:
            return self.measure.function(asked, **{name: inputs[name] for name in self.reads}, **self.parameters)
        except NoData as nothing:
            return f"no_data:{nothing}"


def question(register: Register, indicator: Indicator, measure: Measure, year: int) -> Question:
    """Return what an indicator asks of its measure.

    Raises
    ------
    BadRegister
        The measure takes no such parameters.
    """
    parameters = dict(indicator.parameters) | ({"year": year} if measure.of_year else {})
    found = Question(indicator.code, measure, tuple(indicator.levels), parameters)
    try:
        signature(measure.function).bind(None, **dict.fromkeys(found.reads), **parameters)
    except TypeError as error:
        raise BadRegister(Path(register.system), f"{indicator.code}: parameters", str(error)) from None
    return found
