"""What the ledger advises, and who usually sees to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cim.analytics.examination.advice import LOOK, advice, advised
from cim.analytics.examination.projects.catalogue import OTHER, load_catalogue
from cim.analytics.examination.register_file import load_register

CATALOGUE = load_catalogue()


@pytest.mark.parametrize("code", [*CATALOGUE.costs, *load_register("national-2024").indicators, "of no row"])
def test_each_indicator_has_advice_and_a_usual_department_in_both_languages(code) -> None:
    told = advice(CATALOGUE, code)
    assert told.usual_responsible is not None
    for words in (told.advice, told.usual_responsible):
        assert any("一" <= letter <= "鿿" for letter in words.zh)
        assert words.en.isascii()
        assert len(words.en) > 5


def test_who_is_named_needs_no_usual_one_and_what_is_unknown_is_looked_into() -> None:
    rows = [
        {"problem_id": 1, "code": "C14", "responsible": "住建局"},
        {"problem_id": 2, "code": "C14", "responsible": None},
        {"problem_id": 3, "code": "X1", "responsible": None},
    ]
    named, nobody, unknown = advised(rows, CATALOGUE)
    assert named == rows[0] | {"advice": nobody["advice"], "usual_responsible": None}
    assert nobody["advice"] == {"zh": "扩建学校或调整学区", "en": "extend schools or change catchments"}
    assert nobody["usual_responsible"] == {"zh": "教育部门", "en": "education department"}
    assert unknown["advice"] == vars(LOOK)
    assert unknown["usual_responsible"] == vars(CATALOGUE.works[OTHER].responsible)


def test_a_citys_own_row_holds_at_once() -> None:
    own = replace(CATALOGUE.costs["C14"], work="homes")
    changed = replace(CATALOGUE, costs={**CATALOGUE.costs, "C14": own})
    assert advice(changed, "C14").usual_responsible == CATALOGUE.works["homes"].responsible
