"""How grades turned since an earlier year: units for the better to the right, for the worse to the left."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from cim.analytics.examination.report.blocks import WIDE_MM
from cim.analytics.examination.report.drawings.axis import DIM, EDGE
from cim.analytics.examination.report.drawings.choropleth import fitted
from cim.analytics.examination.report.numbers import number
from cim.analytics.examination.report.report import Report
from cim.analytics.examination.report.words import COLOURS, both, said
from cim.sheets import Sheet
from cim.sheets.sheet import Anchor

_NAMES_MM, _ROW_MM = 70.0, 4.2
_TURNS = {"worse": (both("评级变差", "turned for the worse"), "short"),
          "better": (both("评级改善", "turned for the better"), "meets")}  # fmt: skip


def grade_turns(report: Report, rows: pd.DataFrame, language: str) -> Sheet:
    """Draw for each indicator how many units' grades turned; those of which none did are left out.

    Parameters
    ----------
    report
        With the indicators.
    rows
        Of a comparison: columns code and grade_turn.
    language
        zh or en.
    """
    counts = Counter(zip(rows["code"], rows["grade_turn"], strict=True))
    turned = [code for code in report.indicators if any(counts[code, turn] for turn in _TURNS)]
    sheet = Sheet(WIDE_MM, _ROW_MM * len(turned) + 9.0)
    middle = _NAMES_MM + (WIDE_MM - _NAMES_MM) / 2
    most = max((counts[code, turn] for code in turned for turn in _TURNS), default=1)
    for place, code in enumerate(turned):
        y = sheet.height_mm - 1.0 - _ROW_MM * (place + 0.5)
        words = f"{code} {said(report.indicators[code].title, language)}"
        sheet.text(0.5, y, fitted(words, _NAMES_MM - 2, 2.4), size=2.4, layer="NAME")
        for turn, side in (("worse", -1), ("better", 1)):
            count = counts[code, turn]
            if count:
                wide = ((WIDE_MM - _NAMES_MM) / 2 - 8) * count / most
                sheet.box(min(middle, middle + side * wide), y - 1.4, wide, 2.8, fill=COLOURS[_TURNS[turn][1]])
                anchor: Anchor = "start" if side > 0 else "end"
                sheet.text(middle + side * (wide + 1), y, number(count), size=2.2, anchor=anchor, layer="VALUE")
    sheet.line((middle, 7), (middle, sheet.height_mm - 1), stroke=EDGE, layer="GRID")
    for place, (words_of, grade) in enumerate(_TURNS.values()):
        x = _NAMES_MM + 40 * place
        sheet.box(x, 1.4, 3.4, 2.4, fill=COLOURS[grade], layer="LEGEND")
        sheet.text(x + 4.6, 2.6, said(words_of, language), size=2.4, colour=DIM, layer="LEGEND")
    return sheet
