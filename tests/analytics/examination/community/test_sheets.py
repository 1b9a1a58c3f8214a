"""The sheet of a community: one page, in both languages, with what the examination and the ledger say of it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pypdfium2
import pytest

from cim.analytics.examination.advice import LOOK
from cim.analytics.examination.community import communities, community_page
from cim.analytics.examination.community.files import communities_pdf
from cim.analytics.examination.community.gathering import UnknownUnit
from cim.analytics.examination.community.layout import fitted
from cim.analytics.examination.keeping import examine_city
from cim.analytics.examination.problem_states import problems
from cim.analytics.examination.projects.catalogue import load_catalogue
from cim.analytics.examination.register_file import load_register
from cim.city import CityProfile, create_city
from cim.sheets import Text
from cim.sheets.fonts import text_width
from cim.store import Store
from cim.viewer import OPERATOR

WEST, EAST = 3, 4
_GRID = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"


@pytest.fixture(scope="module")
def town(cluster, draw, publish, tmp_path_factory) -> Iterator[Store]:
    """The tiny town, examined for a few indicators."""
    profile = CityProfile("test_sheets", "测试城（合成数据）", "Test city", _GRID, "1985", -36.0, synthetic=True)
    create_city(cluster, profile)
    every = load_register("national-2024").indicators
    text = {"system": "few", "title": {"zh": "少数", "en": "Few"}, "year": 2026, "base": "national-2024"}
    path = tmp_path_factory.mktemp("system") / "few.yaml"
    left_out = sorted(set(every) - {"C11", "C12", "B26", "D37", "H07"})
    path.write_text(json.dumps(text | {"leave_out": left_out}), encoding="utf-8")
    with Store.open(cluster, profile.slug) as store:
        for theme, drawn in draw.town().items():
            draw.publish(store, publish, theme, drawn)
        examine_city(store, OPERATOR, 2026, system=str(path))
        yield store
    cluster.drop_database(profile.database)


@pytest.fixture(scope="module")
def told(town):
    """What the sheets of both communities show."""
    return list(communities(town, OPERATOR))


def test_each_community_has_its_own(town, told) -> None:
    assert [one.unit_id for one in told] == [WEST, EAST]
    for one in told:
        mine = {row["problem_id"] for row in problems(town, OPERATOR, unit=one.unit_id)}
        assert set(one.problems.index) == mine
        assert {number for project in one.projects for number in project.problems} == mine
    west = told[0]
    assert (west.unit["compounds"], west.unit["homes"], west.unit["area_m2"]) == (2, 4, 1e6)
    assert {row["kind"] for row in west.around} == {"building", "road"}


def test_the_worst_comes_first(told) -> None:
    """West: no infant care for the compound that can be judged; 2.3 of 8 km/km² is 29 %."""
    order = told[0].indicators
    grades = order["grade"].tolist()
    rank = {"short": 0, "near": 1, "meets": 2, "not_assessable": 3}
    assert [rank[grade] for grade in grades] == sorted(rank[grade] for grade in grades)
    short = order[order["grade"] == "short"]["attained"]
    assert short.is_monotonic_increasing
    assert order["code"].head(2).tolist() == ["C12", "D37"]


def test_a_page_each_with_everything_in_both_languages(told) -> None:
    pdf = communities_pdf(told, "测试")
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.get_textpage().get_text_range() for page in document]
        sizes = [page.get_size() for page in document]
    finally:
        document.close()
    assert len(pages) == 2
    assert sizes[0] == pytest.approx((595.3, 841.9), abs=0.1)
    west = pages[0].replace("\r\n", "\n")
    told_of = ("西", "合成数据 synthetic data", "城市道路网密度", "Road network density", "≥ 8", "更新项目", "Projects")
    helps = ("未达标配建养老服务设施的小区", "就近配建养老服务设施", "elderly care nearby", "造价未经核实")
    system = ("测试城（合成数据） · 少数 · 指标体系年份 2026", "Test city · Few · indicator system of 2026")
    for words in told_of + helps + system:
        assert words in west, words
    assert communities_pdf(told, "测试") == pdf


def test_what_the_catalogue_does_not_know_is_advised_on_too(town) -> None:
    (west,) = communities(town, OPERATOR, [WEST], catalogue=dataclasses.replace(load_catalogue(), costs={}))
    said = " ".join(mark.text for mark in community_page(west).marks if isinstance(mark, Text))
    assert said.count(LOOK.zh) == west.problems["code"].nunique() > 2
    assert LOOK.en[:20] in said
    assert "项为预筛候选、待核查" in said  # H07, of which nobody has looked at a home


def test_a_unit_that_was_not_examined_is_refused(town) -> None:
    with pytest.raises(UnknownUnit, match="no unit 999 in the newest examination: give the feature id of a community"):
        list(communities(town, OPERATOR, [999]))


def test_a_larger_unit_may_have_a_sheet_too(town) -> None:
    (whole,) = communities(town, OPERATOR, [1])
    assert whole.unit["level"] == "city"
    assert communities_pdf([whole]).startswith(b"%PDF")


@pytest.mark.parametrize(
    "text", ["需要进行适老化改造的住宅数量", "Dwelling buildings needing age-friendly retrofit", "x"]
)
@pytest.mark.parametrize("width", [0.5, 12.0, 200.0])
def test_what_does_not_fit_is_cut_off_and_says_so(text, width) -> None:
    cut = fitted(text, 2.4, width)
    assert text_width(cut, 2.4) <= width
    assert cut == text or cut == "" or cut.endswith("…")
