"""What the measures say for each indicator: in this process, or with the city's districts shared out among several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from geopandas import GeoDataFrame

from cim.analytics.examination.composing import composed
from cim.analytics.examination.districts import answers, districts
from cim.analytics.examination.inputs import Inputs
from cim.analytics.examination.measure import Measure, Reading
from cim.analytics.examination.packing import PackedReading
from cim.analytics.examination.questions import Question, question
from cim.analytics.examination.register import Register
from cim.executor import ALONE, Workforce


def answered(
    register: Register,
    year: int,
    units: GeoDataFrame,
    inputs: Inputs,
    measures: Mapping[str, Measure],
    workforce: Workforce = ALONE,
) -> dict[str, Reading | str]:
    """Return the readings by code of the indicator, or the reason why nothing can be said.

    Parameters
    ----------
    register
        As of the year.
    year
        Year examined.
    units
        Units of all levels that the register asks about.
    inputs
        The city.
    measures
        Measures by code.
    workforce
        Who measures what can be measured district by district; the rest is measured here meanwhile.

    Raises
    ------
    BadRegister
        A measure takes no such parameters.
    SchedulerError, MissingExtra
        The cluster cannot be used.
    """
    told: dict[str, Reading | str] = {}
    asked: dict[str, Question] = {}
    for code, indicator in register.indicators.items():
        measure = measures.get(indicator.measure)
        if measure is None:
            told[code] = "no_measure"
        elif absent := inputs.absent(measure.needs):
            told[code] = f"no_data:{','.join(absent)}"
        else:
            asked[code] = question(register, indicator, measure, year)
    apart = [] if workforce.alone else [one for one in asked.values() if one.measure.counts]
    with ThreadPoolExecutor(1) as others:
        waiting = others.submit(_by_district, units, inputs, apart, workforce)
        whole = {code: one.answer(units, inputs) for code, one in asked.items() if one not in apart}
        found = whole | waiting.result()
    return told | {code: found[code] if code in found else one.answer(units, inputs) for code, one in asked.items()}


def _by_district(
    units: GeoDataFrame, inputs: Inputs, asked: Sequence[Question], workforce: Workforce
) -> dict[str, Reading]:
    """Return the readings that districts can tell together."""
    if not asked:
        return {}
    told: dict[str, list[Reading | str]] = {one.code: [] for one in asked}
    for said in workforce.run(answers, districts(units, inputs, asked)):
        for code, answer in said.items():
            told[code].append(answer.reading if isinstance(answer, PackedReading) else answer)
    found = {}
    for one in asked:
        index = units.index[units["level"].isin(one.levels)]
        things = inputs[one.measure.counts[0]].index
        if (reading := composed(told[one.code], index, things)) is not None:
            found[one.code] = reading
    return found
