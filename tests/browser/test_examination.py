"""The examination in the viewer: from the city's figure to units, places, the ledger, and a changed state."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from cim.analytics.examination.keeping import examine_city
from cim.analytics.examination.problem_states import problems
from cim.store import Store
from cim.viewer import LOCAL
from cim.web import create_app


def open_examination(viewer):
    """Open the examination's tab, and wait for its tree."""
    viewer.page.click("#tab-examination")
    viewer.page.wait_for_selector(".indicator")
    return viewer.page


def open_indicator(viewer, code: str):
    """Open one indicator from the tree, and wait for its units and places."""
    page = open_examination(viewer)
    page.click(f'.indicator[data-code="{code}"] .indicator-head')
    page.wait_for_function("() => cim.state.examination.units && cim.state.examination.places")
    return page


def test_the_tree_tells_every_indicator_and_can_be_searched(viewer):
    page = open_examination(viewer)
    card, close = (page.locator(each).bounding_box() for each in (".side", ".side-close"))
    assert close["x"] + close["width"] <= card["x"] + card["width"], "the tabs push the button out of its card"
    told = viewer.ask("/api/examination")["indicators"]
    codes = page.locator(".indicator").evaluate_all("rows => rows.map(row => row.dataset.code)")
    assert sorted(codes) == sorted(each["code"] for each in told)
    assert page.locator('.layer[data-layer^="examination-"]').count() == 0
    links = page.locator("#report a").evaluate_all("all => all.map(each => each.getAttribute('href'))")
    assert [link.split("?")[0].rpartition(".")[2] for link in links] == ["html", "pdf", "docx", "xlsx", "gpkg"]
    with page.expect_download() as coming:
        page.click('#report a[href*="report.xlsx"]')
    assert Path(coming.value.path()).read_bytes().startswith(b"PK")
    page.check("#short-only")
    short = {each["code"] for each in told if each["city"] and each["city"]["grade"] == "short"}
    assert page.locator(".indicator").count() == len(short) > 0
    page.fill("#indicator-search", "infant")
    assert page.locator(".indicator").evaluate_all("rows => rows.map(row => row.dataset.code)") == ["C12"]
    page.fill("#indicator-search", "")
    page.uncheck("#short-only")
    page.click('.indicator-group[data-level="housing"] .fold')
    assert page.locator('.indicator-group[data-level="housing"] .indicator').count() == 0
    viewer.screenshot("examination-tree")


def test_an_indicator_shows_its_figure_its_units_as_bars_and_their_colours_on_the_map(viewer):
    page = open_indicator(viewer, "C12")
    (city,) = viewer.ask("/api/examination/C12?level=city")["units"]
    figure = page.inner_text("#figure")
    assert str(int(city["value"])) in figure
    assert "Falls short" in figure
    assert "Missing data" in figure
    assert "Infant" in page.inner_text(".definition") or "infant" in page.inner_text(".definition")
    units = viewer.ask("/api/examination/C12?level=community")["units"]
    assert page.locator(".units .unit-name").all_inner_texts() == [each["name_en"] for each in units]
    width = "all => all.map(each => +each.getAttribute('width'))"
    bars = page.locator(".units .value-bar rect[data-grade]").evaluate_all(width)
    values = [each["value"] for each in units if each["value"] is not None]
    assert len(bars) == len(values)
    assert bars[0] / bars[1] == pytest.approx(values[0] / values[1])
    viewer.page.click("#tool-tilt")
    viewer.settle()
    short = (217, 83, 79)
    assert viewer.pixels(short, 60) > 2000, "no community wears the colour of falling short"
    viewer.screenshot("examination")
    legend = page.locator(".map-legend").first.inner_text()
    assert re.search(rf"Falls short\s+{sum(each['grade'] == 'short' for each in units)}", legend)
    page.select_option("#examination-colour", "value")
    viewer.settle()
    assert viewer.pixels((11, 85, 99), 40) > 300, "no community wears the colour of the highest class"
    page.uncheck("#indicator-on-map")
    viewer.settle()
    assert page.evaluate("() => cim.layers.choropleth.drawn") is None
    page.check("#indicator-on-map")
    # The legend's own tab tells it too.
    page.click("#tab-legend")
    assert "C12" in page.inner_text(".legend")


def test_drilling_down_ends_at_the_places_behind_the_number(viewer):
    viewer.show_only("terrain")
    page = open_indicator(viewer, "H01")
    page.select_option("#examination-level", "subdistrict")
    page.wait_for_function("() => cim.state.examination.units?.[0]?.level === 'subdistrict'")
    path = []
    while page.locator(".units button").count():
        unit = page.evaluate("() => cim.state.examination.units[0]")
        path.append(unit["level"])
        page.locator(".units button").first.click()
        page.wait_for_function("depth => cim.state.examination.scope.length === depth", arg=len(path))
        page.wait_for_function("() => cim.state.examination.units && cim.state.examination.places")
        assert page.inner_text("#figure strong") == str(int(unit["value"]))
        # What the number counts is what is pinned.
        places = page.evaluate("() => cim.state.examination.places.total")
        assert places == unit["value"]
        assert page.evaluate("() => cim.layers.pins.billboards.length") == places
    assert path == ["subdistrict", "community", "compound"]
    viewer.settle()
    viewer.screenshot("examination-places")
    first = page.locator(".places button").first
    number = int(first.get_attribute("data-problem"))
    first.click()
    page.wait_for_selector("#attributes table")
    problem = viewer.ask(f"/api/examination/problems/{number}")
    assert viewer.attribute("Feature id") == str(problem["feature_id"])
    viewer.settle()
    assert viewer.pixels((201, 48, 44), 40) + viewer.pixels((239, 142, 30), 40) > 20, "no pin is drawn"
    page.click("#attributes-close")
    page.locator(".path button").first.click()
    page.wait_for_function("() => cim.state.examination.scope.length === 0")


def test_the_ledger_is_filtered_sorted_and_turned(viewer):
    viewer.show_only("terrain")
    page = open_examination(viewer)
    page.click("#open-ledger")
    page.wait_for_selector("#ledger .problem-row")
    total = viewer.ask("/api/examination/problems?limit=1")["total"]
    assert f"{total:,}" in page.inner_text("#ledger-total")
    page.click("#ledger-next")
    page.wait_for_function("() => cim.state.ledger.offset === 50 && cim.state.ledger.status === 'ready'")
    expected = viewer.ask("/api/examination/problems?limit=50&offset=50")["problems"]
    rows = "rows => rows.map(row => +row.dataset.problem)"
    assert page.locator("#ledger .problem-row").evaluate_all(rows) == [each["problem_id"] for each in expected]
    page.select_option("#ledger-code", "C12")
    page.wait_for_function("() => cim.state.ledger.status === 'ready' && cim.state.ledger.total < 500")
    assert set(page.locator("#ledger .problem-row b").all_inner_texts()) == {"C12"}
    # This window has no room for heads of columns: a list sorts.
    page.select_option("#ledger-sort", "unit")
    page.wait_for_function("() => cim.state.ledger.sort === 'unit' && cim.state.ledger.status === 'ready'")
    told = viewer.ask("/api/examination/problems?code=C12&sort=unit&limit=50")["problems"]
    assert page.locator("#ledger .problem-row").evaluate_all(rows) == [each["problem_id"] for each in told]
    page.set_viewport_size({"width": 1280, "height": 540})
    assert page.get_attribute('#ledger th:has([data-sort="unit"])', "aria-sort") == "ascending"
    page.click('#ledger [data-sort="unit"]')
    page.wait_for_function("() => cim.state.ledger.descending && cim.state.ledger.status === 'ready'")
    page.locator("#ledger .row-open").first.click()
    page.wait_for_selector("#problem-details")
    wide = page.locator("#ledger .scroll").evaluate("card => card.scrollWidth - card.clientWidth")
    assert wide == 0, "states and buttons stand outside the card"
    viewer.screenshot("ledger-wide")
    page.locator("#ledger .row-open").first.click()
    page.set_viewport_size({"width": 840, "height": 540})
    page.select_option("#ledger-within", str(told[-1]["unit_id"]))
    page.wait_for_function("() => cim.state.ledger.status === 'ready' && cim.state.ledger.filter.within")
    page.locator("#ledger .problem-row").first.click()
    page.wait_for_selector("#problem-details")
    viewer.settle()
    viewer.screenshot("ledger")
    # This server only shows, and says so; the buttons are there for whoever wonders.
    assert page.locator(".state-buttons button:enabled").count() == 0
    assert page.locator(".state-buttons button:disabled").count() > 0
    assert "cim serve --editing" in page.inner_text("#not-editable")


@pytest.fixture
def asked_people(sample_cluster):
    """An examination by the questionnaire, which is the newest as long as the test runs, and has no problems."""
    with Store.open(sample_cluster, "sample") as owner:
        run, _ = examine_city(owner, LOCAL, 2027, system="satisfaction")
        yield
        with owner.connection(LOCAL) as connection:
            connection.execute("DELETE FROM result.indicator WHERE run_id = %s", (run,))
            connection.execute("DELETE FROM run.analysis WHERE run_id = %s", (run,))


def test_year_and_system_are_chosen_by_keyboard_and_kept_in_the_link(viewer, asked_people):
    viewer.show_only("terrain")
    page = open_examination(viewer)
    told = viewer.ask("/api/examination")["standing"]
    offered = page.locator("#examination-run option").all_inner_texts()
    assert offered[0] == "2027 · Satisfaction of residents (newest)"
    assert len(offered) == len(told) == 2
    assert page.locator(".indicator").count() == 5
    page.focus("#examination-run")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => cim.state.examination.about.system === 'national-2024'")
    page.wait_for_function("() => cim.state.examination.status === 'ready'")
    assert page.evaluate("() => document.activeElement.id") == "examination-run"
    assert page.locator(".indicator").count() == 61
    assert "system=national-2024" in page.get_attribute('#report a[href*="pdf"]', "href")
    page.click('.indicator[data-code="C12"] .indicator-head')
    page.wait_for_function("() => cim.state.examination.places")
    assert "whichever examination is shown" in page.inner_text(".indicator-page")
    page.wait_for_function(
        "year => location.hash.includes(`x=C12,community,grade,${year},national-2024`)", arg=told[1]["year"]
    )
    # A link that names none is one to the newest; one to what does not stand says so.
    page.evaluate("() => { location.hash = '#x=S01,community,grade'; }")
    page.wait_for_function("() => cim.state.examination.opened === 'S01' && cim.state.examination.units")
    city = viewer.ask("/api/examination/S01?level=city")["units"][0]
    figure = page.inner_text("#figure")
    assert f"/ {city['denominator']:.0f}" in figure  # people asked
    assert "Between" in figure
    page.evaluate("() => { location.hash = '#x=S01,community,grade,1999,national-2024'; }")
    page.wait_for_function("() => cim.state.examination.gone && cim.state.examination.opened === 'S01'")
    assert "of 1999 by national-2024 does not stand" in page.inner_text(".indicator-page")
    page.evaluate("() => cim.actions.useLang('zh-CN')")
    page.set_viewport_size({"width": 390, "height": 760})
    page.wait_for_function("() => cim.state.examination.units")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    viewer.screenshot("phone-examination-run")
    page.set_viewport_size({"width": 840, "height": 540})


@pytest.fixture
def editable_site(sample_cluster, sample_store, settings, served_app):
    """Address of a server that lets people change problems; what they change is put back."""
    number = problems(sample_store, LOCAL, code="C12", limit=1)[0]["problem_id"]
    yield served_app(create_app(replace(settings, editing=True), sample_store)), number
    back = "UPDATE result.problem SET state = 'open', history = '[]' WHERE problem_id = %s"
    with Store.open(sample_cluster, "sample") as owner, owner.connection(LOCAL) as connection:
        connection.execute(back, (number,))


def test_a_state_is_changed_by_keyboard_alone_in_chinese(new_viewer, editable_site):
    site, number = editable_site
    viewer = new_viewer(site)
    viewer.page.goto(f"{site}/?lang=zh-CN#x=C12,community,grade&l=terrain:1")
    viewer.page.wait_for_function("() => window.cim && cim.state.examination.places")
    page = viewer.page
    assert page.inner_text(".indicator-page h3").startswith("C12 ")
    page.focus("#places-in-ledger")
    page.keyboard.press("Enter")
    page.wait_for_selector("#ledger .problem-row")
    page.focus(f'#ledger [data-problem="{number}"] .row-open')
    page.keyboard.press("Enter")
    told = page.inner_text("#problem-details")
    assert "未落实；通常责任单位：民政、教育部门、街道办事处" in told
    assert "就近配建托育服务设施，可共享" in told
    page.focus("#problem-note")
    page.keyboard.type("已交街道办理")
    page.keyboard.press("Tab")
    page.keyboard.type("李工")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.dataset.state") == "assigned"
    page.keyboard.press("Enter")
    page.wait_for_selector(".history li")
    assert page.inner_text(f'#ledger [data-problem="{number}"] .state') == "已交办"
    changed = viewer.ask(f"/api/examination/problems/{number}")
    assert (changed["state"], changed["history"][-1]["note"]) == ("assigned", "已交街道办理")
    viewer.screenshot("ledger-zh")
    page.keyboard.press("Escape")
    assert page.locator("#ledger").count() == 0


def test_what_the_server_refuses_is_said_at_the_problem(viewer):
    page = viewer.page
    viewer.show_only("terrain")
    page.route("**/problems/editing", lambda route: route.fulfill(json={"allowed": True, "token": False}))
    number = viewer.ask("/api/examination/problems?code=C12&limit=1")["problems"][0]["problem_id"]
    page.evaluate(
        "number => cim.actions.ledger.open({ code: 'C12' }).then(() => cim.actions.ledger.openRow(number))", number
    )
    page.wait_for_selector("#problem-details")
    page.route(
        "**/problems/*",
        lambda route: route.fulfill(status=409, json={"title": "BadChange", "detail": "changed meanwhile"}),
    )
    page.locator(".state-buttons button").first.click()
    page.wait_for_selector(".problem-details [role=alert]")
    assert "changed meanwhile" in page.inner_text(".problem-details [role=alert]")
    # What has a code is said in the reader's own language.
    page.evaluate("() => cim.actions.useLang('zh-CN')")
    coded = {"title": "BadChange", "detail": "x", "code": "BadChange", "values": {"problem": str(number)}}
    page.route("**/problems/*", lambda route: route.fulfill(status=409, json=coded))
    page.locator(".state-buttons button").first.click()
    page.wait_for_function(
        "() => document.querySelector('.problem-details [role=alert]')?.innerText.includes('重新打开')"
    )
    assert f"问题 {number} " in page.inner_text(".problem-details [role=alert]")
    page.unroute_all()
    assert [each for each in viewer.complaints if "409" not in each] == []
    viewer.complaints.clear()


def test_photos_of_a_finding_are_shown_with_the_problem(viewer):
    """A surveyor's photos of the sample city, of the problem that has most of them."""
    page = viewer.page
    viewer.show_only("terrain")
    problems = viewer.ask("/api/examination/problems?code=H03&limit=200")["problems"]
    problem = max(problems, key=lambda each: str(each["evidence"].get("photo_file") or "").count("."))
    names = problem["evidence"]["photo_file"].split(";")
    assert len(names) > 1
    page.evaluate("() => cim.actions.ledger.open({ code: 'H03' })")
    page.wait_for_selector("#ledger .problem-row")
    page.evaluate(
        """problem => {
            const { problems } = cim.state.ledger;
            const there = problems.some(each => each.problem_id === problem.problem_id);
            if (!there) cim.actions.ledger.set({ problems: [problem, ...problems] });
            cim.actions.ledger.openRow(problem.problem_id);
        }""",
        problem,
    )
    page.wait_for_selector(".photos img")
    page.wait_for_function("() => [...document.querySelectorAll('.photos img')].every(one => one.naturalWidth > 0)")
    assert page.locator(".photos a").evaluate_all("all => all.map(each => each.getAttribute('href'))") == [
        f"/api/examination/photos/{name}" for name in names
    ]
    assert page.get_attribute(".photos img", "alt") == f"Photo 1 of {len(names)}"
    assert names[0] not in page.inner_text("#problem-details")
    viewer.screenshot("photos")


def test_a_phone_has_room_for_it(viewer):
    page = viewer.page
    viewer.show_only("terrain")
    page.evaluate("() => { cim.actions.useLang('zh-CN'); cim.actions.store.set({ panel: 'none' }); }")
    page.set_viewport_size({"width": 390, "height": 760})
    page.click("#tool-layers")
    page.click("#tab-examination")
    page.click('.indicator[data-code="C12"] .indicator-head')
    page.wait_for_selector(".places button")
    viewer.screenshot("phone-indicator")
    page.click("#places-in-ledger")
    page.wait_for_selector("#ledger .problem-row")
    page.locator("#ledger .row-open").first.click()
    page.wait_for_selector("#problem-details")
    wide = "() => [document.documentElement.scrollWidth, document.querySelector('#ledger .scroll').scrollWidth]"
    assert max(page.evaluate(wide)) <= 390
    viewer.screenshot("phone-ledger")
    page.set_viewport_size({"width": 840, "height": 540})


def test_a_city_that_was_not_examined_says_how_and_an_error_can_be_tried_again(viewer):
    page = viewer.page
    nothing = {"examination": None, "indicators": []}
    page.route("**/api/examination", lambda route: route.fulfill(json=nothing))
    page.click("#tab-examination")
    page.wait_for_selector("#examination-none")
    assert page.inner_text("#examination-none pre") == "cim examine"
    viewer.screenshot("examination-none")
    page.unroute("**/api/examination")
    page.route(
        "**/api/examination",
        lambda route: route.fulfill(status=503, json={"title": "x", "detail": "the database is away"}),
    )
    page.evaluate("() => cim.actions.store.set({ examination: structuredClone(cim.first.examination) })")
    page.click("#tab-layers")
    page.click("#tab-examination")
    page.wait_for_selector(".examination-none [role=alert]")
    assert "the database is away" in page.inner_text(".examination-none [role=alert]")
    page.unroute("**/api/examination")
    page.click(".examination-none .primary")
    page.wait_for_selector(".indicator")
    viewer.complaints.clear()
