"""Two years of a tiny town: what changed in the city is told apart from what changed in how it is measured."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from shapely import MultiPolygon, box

from cim.analytics.errors import NoExamination
from cim.analytics.examination.comparison import compare, compare_cities, compare_years
from cim.analytics.examination.comparison.fresh import NoSource
from cim.analytics.examination.comparison.words import notes, why
from cim.analytics.examination.examine import examine
from cim.analytics.examination.keeping import examine_city
from cim.city import create_city
from cim.store import Store
from cim.viewer import OPERATOR

CITY, WEST, EAST = 1, 3, 4
DENSITY, CARE, PARKS = "D37", "C11", "B26"


@pytest.fixture
def examined(tmp_path, system_of):
    """Examine a city for a few indicators only; `changed` are laid over them."""

    def examine(store, year, changed=()):
        return examine_city(store, OPERATOR, year, system=str(system_of(tmp_path, changed)))[0]

    return examine


def row(comparison, code, unit):
    (found,) = comparison.table[(comparison.table["code"] == code) & (comparison.table["unit_id"] == unit)].to_dict(
        "records"
    )
    return found


def test_what_did_not_change_is_told_plainly(examined, tiny_city) -> None:
    examined(tiny_city, 2026)
    examined(tiny_city, 2027)
    found = compare(tiny_city, OPERATOR, then=2026, now=2027)
    density = row(found, DENSITY, CITY)
    assert (density["then"], density["now"], density["difference"], density["turn"]) == (2.25, 2.25, 0, "same")
    assert (density["changes"], density["why_not"], density["grade_turn"]) == ((), None, "same")
    assert np.isnan(density["old_way"])
    assert found.changed.empty
    assert (found.then["year"], found.now["year"], found.notes) == (2026, 2027, {})


def test_a_built_up_area_that_shrank_makes_roads_denser_only_on_paper(examined, tiny_city, publish, draw) -> None:
    """What happened to Yichang: from 5.21 to 8.68 though hardly a street was built."""
    examined(tiny_city, 2026)
    street = draw.streets(("local", [(1500, 0), (1500, 800)])).rename(index={500: 590})
    draw.publish(tiny_city, publish, "road_edge", street)
    smaller = draw.built_up(MultiPolygon([box(0, 400, 2000, 800)]), age_years=-1).rename(index={600: 690})
    draw.publish(tiny_city, publish, "builtup_area", smaller)
    examined(tiny_city, 2027)
    density = row(compare(tiny_city, OPERATOR, then=2026, now=2027), DENSITY, CITY)
    # 2 km along, 0.8 and 0.8 across in 1.6 km² then; 2 km along and three times 0.4 in 0.8 km² now.
    assert (density["then"], density["now"]) == pytest.approx((2.25, 4.0))
    assert density["changes"] == ("built_up",)
    assert density["old_way"] == pytest.approx((2 + 3 * 0.8) / 1.6)
    assert density["old_way_difference"] == pytest.approx(0.5)
    assert (density["then_extent_m2"], density["now_extent_m2"]) == (1.6e6, 0.8e6)


def test_a_boundary_that_moved_is_put_back(examined, tiny_city, publish, draw) -> None:
    examined(tiny_city, 2026)
    units = draw.units()
    units.loc[WEST, "geom"] = MultiPolygon([box(0, 0, 1600, 1000)])
    units.loc[EAST, "geom"] = MultiPolygon([box(1600, 0, 2000, 1000)])
    draw.publish(tiny_city, publish, "admin_unit", units.loc[[WEST, EAST]])
    examined(tiny_city, 2027)
    found = compare(tiny_city, OPERATOR, then=2026, now=2027)
    east = row(found, CARE, EAST)
    # Compound C at (1500, 500) went over to the west; in the old east it is still without care.
    assert (east["then"], east["changes"]) == (1, ("boundary",))
    assert np.isnan(east["now"])
    assert (east["old_way"], east["old_way_difference"], east["why_not"]) == (1, 0, None)
    assert row(found, CARE, CITY)["changes"] == ()
    assert row(found, DENSITY, WEST)["changes"] == ("boundary",)
    assert found.notes["boundaries_moved"] == 2
    assert "units whose boundary moved: 2" in notes(found.notes)


def test_a_definition_that_changed_is_computed_the_old_way(examined, tiny_city) -> None:
    examined(tiny_city, 2026)
    examined(tiny_city, 2027, [{"code": CARE, "parameters": {"radius_m": 700}}])
    found = compare(tiny_city, OPERATOR, then=2026, now=2027)
    west = row(found, CARE, WEST)
    assert (west["then"], west["now"], west["turn"]) == (1, 0, "better")
    assert (west["changes"], west["old_way"], west["old_way_turn"]) == (("definition",), 1, "same")
    assert (west["then_grade"], west["now_grade"], west["old_way_grade"]) == ("short", "meets", "short")
    assert row(found, PARKS, WEST)["changes"] == ()
    assert found.indicators[CARE]["changes"] == ["definition"]


def test_a_standard_that_changed_changes_grades_alone(examined, tiny_city) -> None:
    examined(tiny_city, 2026)
    strict = {"op": ">=", "value": 50, "source": "a test", "confidence": "high"}
    examined(tiny_city, 2027, [{"code": PARKS, "standard": strict}])
    west = row(compare(tiny_city, OPERATOR, then=2026, now=2027), PARKS, WEST)
    assert (west["difference"], west["changes"]) == (0, ("standard",))
    assert (west["then_grade"], west["now_grade"], west["old_way_grade"]) == ("short", "meets", "short")
    assert west["grade_turn"] == "better"


def test_what_cannot_be_computed_the_old_way_says_why(examined, tiny_city) -> None:
    run = examined(tiny_city, 2026)
    examined(tiny_city, 2027, [{"code": CARE, "parameters": {"radius_m": 700}}])
    with tiny_city.connection(OPERATOR) as connection:
        path = ["indicators", CARE, "measure"]
        connection.execute(
            "UPDATE run.analysis SET parameters = jsonb_set(parameters, %s, %s) WHERE run_id = %s",
            (path, json.dumps("a_measure_of_old"), run),
        )
    found = compare(tiny_city, OPERATOR, then=2026, now=2027)
    west = row(found, CARE, WEST)
    assert np.isnan(west["old_way"])
    assert (west["why_not"], why(west["why_not"])) == ("no_measure", "nothing computes it yet")
    assert found.notes["not_recomputed"] >= 2


def test_a_year_that_was_not_examined_says_which_were(examined, tiny_city) -> None:
    examined(tiny_city, 2027)
    with pytest.raises(
        NoExamination, match=r"no examination of 2026 by few \(there are: 2027 by few\): run cim examine"
    ):
        compare(tiny_city, OPERATOR, then=2026, now=2027, system="few")


def test_a_comparison_that_is_kept_is_computed_once(examined, tiny_city) -> None:
    examined(tiny_city, 2026)
    examined(tiny_city, 2027, [{"code": CARE, "parameters": {"radius_m": 700}}])
    first = compare_years(tiny_city, OPERATOR, 2026, 2027)
    runs = "SELECT count(*) AS n FROM run.analysis WHERE kind = 'examination.old_way'"
    second = compare_years(tiny_city, OPERATOR, 2026, 2027)
    assert tiny_city.rows(OPERATOR, runs)[0]["n"] == 1
    for found in (first, second):
        assert row(found, CARE, WEST)["old_way"] == 1
    fresh = compare(tiny_city, OPERATOR, then=2026, now=2027)
    assert fresh.table.equals(second.table)


def test_two_examinations_in_memory_are_compared_like_kept_ones(tmp_path, system_of, tiny_city, publish, draw) -> None:
    system = str(system_of(tmp_path, ()))
    earlier = examine(tiny_city, year=2026, system=system, viewer=OPERATOR)
    smaller = draw.built_up(MultiPolygon([box(0, 400, 2000, 800)]), age_years=-1).rename(index={600: 690})
    draw.publish(tiny_city, publish, "builtup_area", smaller)
    later = examine(tiny_city, year=2027, system=system, viewer=OPERATOR)
    density = row(later.compare(earlier), DENSITY, CITY)
    assert (density["then"], density["changes"], density["old_way"]) == (2.25, ("built_up",), 2.25)
    with pytest.raises(NoSource, match="made from frames"):
        later.compare(replace(earlier, source=None))


def test_two_cities_are_compared_as_wholes_by_the_definitions_of_the_first(
    examined, tiny_city, cluster, publish, draw
) -> None:
    """The other city is the town half built, with another radius, and declares no built-up area."""
    examined(tiny_city, 2026)
    profile = replace(tiny_city.city, slug="test_other_town", name_en="Other town")
    create_city(cluster, profile)
    try:
        with Store.open(cluster, profile.slug) as other:
            drawn = draw.town()
            del drawn["builtup_area"]
            drawn["road_edge"] = drawn["road_edge"].iloc[:1]
            for theme, frame in drawn.items():
                draw.publish(other, publish, theme, frame)
            examined(other, 2026, [{"code": CARE, "parameters": {"radius_m": 700}}])
            found = compare_cities((tiny_city, 2026), (other, None), OPERATOR)
    finally:
        cluster.drop_database(profile.database)
    assert (found.then["city"], found.now["city"]) == (tiny_city.city.slug, "test_other_town")
    assert set(found.table["level"]) == {"city"}
    density, care = row(found, DENSITY, CITY), row(found, CARE, CITY)
    assert (density["then"], density["now"], density["changes"]) == (2.25, 1.0, ("built_up",))
    # Only the first declares a built-up area: the other's streets cannot be taken over one.
    assert np.isnan(density["old_way"])
    assert density["why_not"] == "no_builtup_area"
    assert (care["now"], care["old_way"], care["changes"]) == (1, 2, ("definition",))
    # Fewer compounds without care may be but a smaller city; a density is what it is.
    assert (care["turn"], density["turn"], found.notes["counts_of_cities"]) == ("", "worse", 2)
    assert found.grades.set_index(["code", "level"]).loc[(CARE, "community"), "then_short"] == 2


def test_comparisons_on_the_command_line(run, tiny_city, tmp_path, system_of) -> None:
    city = ("--city", tiny_city.city.slug)
    for year, changed in ((2026, ()), (2027, [{"code": CARE, "parameters": {"radius_m": 700}}])):
        run("examine", *city, "--year", year, "--system", system_of(tmp_path, changed))
    lines = [" ".join(line.split()) for line in run("examine", "compare", *city, "--now", 2027).output.splitlines()]
    assert "synthetic data (合成数据)" in lines[0]
    assert "C11 Compounds without compliant elderly care compounds 2 1 -1 ↑ short definition changed 2 0" in lines
    assert "indicators whose definition changed: 1" in lines
    path = tmp_path / "compared.csv"
    run("examine", "compare", *city, "--then", 2026, "--now", 2027, "--out", path)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    told = next(one for one in rows if one["code"] == CARE and one["level"] == "city")
    assert (told["old_way"], told["changes"], told["changes_zh"]) == ("2.0", "definition", "定义有变")
    missing = run("examine", "compare", *city, "--then", 2020, "--now", 2027)
    assert missing.exit_code == 1
    assert "has no examination of 2020 (there are: 2026 by few, 2027 by few)" in missing.output
