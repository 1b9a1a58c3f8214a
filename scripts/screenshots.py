"""Write the documentation's pictures from the running product: `docs/images/*.png`.

Run it while `make demo` serves the sample city, and after `cim network clearance`; `--site` names another address.
Without a graphics card it takes some minutes. Pictures of `ELSEWHERE` are taken only when named: those of Las Palmas
from a server of that city (`scripts/las_palmas.py`, `cim load`, `cim examine`, `cim layers build`, `cim serve --city
laspalmas`), those of the problem's story after its steps in docs/analyst.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.request import Request, urlopen

import pypdfium2
from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
]
PATIENCE_MS = 900_000

Take = Callable[[Browser, str, Path], None]
"""Takes one picture of the site at an address, and writes it."""


def main() -> None:
    """Take every picture, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", default="http://127.0.0.1:8000", help="address of the running server")
    every = PICTURES | ELSEWHERE
    parser.add_argument("names", nargs="*", help=f"pictures to take: {', '.join(every)}; the sample city's unless told")
    asked = parser.parse_args()
    IMAGES.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CIM_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name in asked.names or PICTURES:
            every[name](browser, asked.site, IMAGES / f"{name}.png")
            print(f"docs/images/{name}.png")
        browser.close()


@contextmanager
def opened(browser: Browser, address: str, width: int, height: int) -> Iterator[Page]:
    """Open the viewer in a window of that size and wait until all that is shown is drawn."""
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    page.wait_for_function("() => Boolean(window.cim)")
    page.evaluate("() => cim.ready")
    yield page
    context.close()


def keep(page: Page, path: Path) -> None:
    """Wait for the last tiles, draw them with smooth edges, then write the picture."""
    page.evaluate("() => cim.settled()")
    page.evaluate("() => { cim.viewer.scene.msaaSamples = 4; return cim.settled(); }")
    page.wait_for_timeout(300)
    page.screenshot(path=path)


def pressed(address: str, *selectors: str, until: str = "body", width: int = 1280) -> Take:
    """Return what opens an address, presses one thing after the other, and waits for what shall be seen."""

    def take(browser: Browser, site: str, path: Path) -> None:
        with opened(browser, site + address, width, 780) as page:
            for selector in selectors:
                page.click(selector)
                page.evaluate("() => cim.settled()")
            page.wait_for_selector(until)
            keep(page, path)

    return take


def problem(code: str, state: str) -> Take:
    """Return what opens the ledger at a problem of an indicator in a state: the one with the longest history."""

    def take(browser: Browser, site: str, path: Path) -> None:
        address = f"{site}/?lang=en#x={code},community,grade&l=terrain:1,roads:1&lang=en"
        with opened(browser, address, 1600, 900) as page:
            page.evaluate(
                """async ([code, state]) => {
                    await cim.actions.ledger.open({ code, state });
                    const told = [...cim.state.ledger.problems].sort((a, b) => b.history.length - a.history.length);
                    cim.actions.ledger.openRow(told[0].problem_id);
                    await cim.actions.flyToPlace(told[0]);
                }""",
                [code, state],
            )
            page.wait_for_selector("#problem-details")
            keep(page, path)

    return take


def attributes(browser: Browser, site: str, path: Path) -> None:
    """Take all that is known of a tall building."""
    with opened(browser, f"{site}/?lang=en", 1280, 780) as page:
        page.evaluate("""async () => {
            const answer = await fetch("/api/layers/buildings-footprints/features?limit=500");
            const { features } = await answer.json();
            features.sort((a, b) => (b.properties.height_m ?? 0) - (a.properties.height_m ?? 0));
            await cim.actions.find(features[0].properties.feature_id);
        }""")
        keep(page, path)


def dig(browser: Browser, site: str, path: Path) -> None:
    """Take what lies below a hole of 2 m on the pipe that most customers hang on, in Chinese."""
    with opened(browser, f"{site}/?lang=zh-CN#l=terrain:1,roads:1,buildings:1&lang=zh-CN", 1280, 780) as page:
        page.click("#tab-network")
        page.evaluate("""async () => {
            const ask = path => fetch(path).then(answer => answer.json());
            const { findings } = await ask("/api/analyses/network.criticality?subject=water&limit=1");
            const [west, south, east, north] = (await ask(`/api/features/${findings[0].segment_id}`)).bounds;
            const [x, y] = [(west + east) / 2, (south + north) / 2];
            const metres = [[-5, -5], [7, -6], [6, 6], [-6, 4]];
            const corners = metres.map(([right, up]) => [x + right / 9.7e4, y + up / 1.11e5]);
            cim.actions.network.writeCorners("dig", corners.join("\\n"));
        }""")
        page.wait_for_selector("#dig-notice")
        keep(page, path)


def chosen(network: str, *presses: str, until: str, out: int, place: int = 0) -> Take:
    """Return what opens one of the pipes that most customers hang on, presses, and steps back from it."""

    def take(browser: Browser, site: str, path: Path) -> None:
        with opened(browser, f"{site}/?lang=en", 1280, 780) as page:
            page.evaluate(
                """async ([network, place]) => {
                    const query = `subject=${network}&limit=${place + 1}`;
                    const answer = await fetch(`/api/analyses/network.criticality?${query}`);
                    await cim.actions.find((await answer.json()).findings[place].segment_id);
                }""",
                [network, place],
            )
            page.click(".side-close")
            for press in presses:
                page.click(press)
            page.wait_for_selector(until)
            for _ in range(out):
                # Not by its button, whose words would stay on the picture.
                page.evaluate("() => { cim.actions.zoom(1.65); return cim.settled(); }")
            keep(page, path)

    return take


def clearance(browser: Browser, site: str, path: Path) -> None:
    """Take a gas pipe that is certainly too near to a pipe of another network."""
    with opened(browser, f"{site}/?lang=en#l=terrain:1,roads:1,buildings:1&lang=en", 1280, 780) as page:
        page.click("#tab-network")
        page.click('[data-tool="clearance"]')
        for name, value in {"rule": "horizontal", "verdict": "violation", "group": "gas"}.items():
            page.select_option(f"#clearance-{name}", value)
            page.wait_for_function("() => cim.state.network.clearance.status === 'ready'")
        findings = page.evaluate("() => cim.state.network.clearance.findings")
        networks = [each["network"] if each["other_network"] else None for each in findings]
        page.locator(".finding").nth(networks.index("gas")).click()
        page.wait_for_selector(".finding-details")
        keep(page, path)


@cache
def report(site: str) -> pypdfium2.PdfDocument:
    """Fetch the examination's report."""
    with urlopen(f"{site}/api/examination/report.pdf") as answer:  # noqa: S310 - our own server
        return pypdfium2.PdfDocument(answer.read())


def report_page(heading: str) -> Take:
    """Return what takes the page of the report on which a heading stands."""

    def take(_browser: Browser, site: str, path: Path) -> None:
        document = report(site)
        page = next(mark.get_dest().get_index() for mark in document.get_toc() if heading in mark.get_title())
        picture = document[page].render(scale=1.5).to_pil()
        picture.quantize(128).save(path)

    return take


def community_sheet(_browser: Browser, site: str, path: Path) -> None:
    """Take the sheet of the community whose dwellings have most to be mended."""
    with urlopen(f"{site}/api/examination/H03?level=community&limit=1") as answer:  # noqa: S310 - our own server
        (unit,) = json.load(answer)["units"]
    with urlopen(f"{site}/api/examination/communities/{unit['unit_id']}.pdf") as answer:  # noqa: S310
        picture = pypdfium2.PdfDocument(answer.read())[0].render(scale=1.53).to_pil()
    picture.quantize(128).save(path)


def entrance(site: str) -> tuple[float, float]:
    """Return longitude and latitude of the entrance of the metro station."""
    with urlopen(f"{site}/api/layers/facility-transport/features?limit=1000") as answer:  # noqa: S310 - our own server
        stops = json.load(answer)["features"]
    (found,) = (each for each in stops if each["properties"]["kind"] == "metro_station")
    longitude, latitude = found["geometry"]["coordinates"][:2]
    return longitude, latitude


def rail(browser: Browser, site: str, path: Path) -> None:
    """Take a hole that comes into the zones of the metro station, seen from above."""
    x, y = entrance(site)
    metres = ((-6, 8), (10, 8), (10, 16), (-6, 16))
    corners = "\\n".join(f"{x + right / 9.7e4}, {y + up / 1.11e5}" for right, up in metres)
    with opened(browser, f"{site}/?lang=en#l=terrain:1,roads:1,buildings:1&lang=en", 1280, 780) as page:
        page.click("#tab-network")
        page.evaluate(f'() => cim.actions.network.writeCorners("dig", "{corners}")')
        page.wait_for_selector("#dig-notice")
        page.locator('[data-list="dig.list.rail"]').scroll_into_view_if_needed()
        page.evaluate("place => cim.actions.network.lookAtPlace(place, null, 60)", [x, y])
        keep(page, path)


def countersign(_browser: Browser, site: str, path: Path) -> None:
    """Take the sheet on which owners sign (会签单) for a hole at the entrance of the metro station."""
    x, y = entrance(site)
    metres = ((-12, -9), (12, -9), (12, 3), (-12, 3), (-12, -9))
    corners = [[x + right / 9.7e4, y + up / 1.11e5] for right, up in metres]
    asked = {"polygon": {"type": "Polygon", "coordinates": [corners]}, "depth_m": 3, "project": "给水抢修（虚构）"}
    posed = Request(  # noqa: S310
        f"{site}/api/network/excavation.pdf", json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    with urlopen(posed) as answer:  # noqa: S310
        document = pypdfium2.PdfDocument(answer.read())
    (page,) = (each for each in document if "会签单" in each.get_textpage().get_text_range())
    page.render(scale=1.53).to_pil().quantize(128).save(path)


PICTURES: dict[str, Take] = {
    "city": pressed("/?lang=zh-CN"),
    "underground": pressed("/?lang=en", "#tool-underground", "#tool-zoomIn", "#tool-zoomIn"),
    "attributes": attributes,
    "examination": pressed(
        "/?lang=en", "#tab-examination", '.indicator[data-code="H01"] .indicator-head', until=".places button"
    ),
    "burst": chosen("water", "#burst", until="#burst-critical", out=2),
    "trace": chosen("sewage", '#trace button[data-kind="upstream"]', until="#trace table", out=5, place=12),
    "gas": chosen("gas", "#burst", until="#burst-answer", out=3),
    "clearance": clearance,
    "control-lines": pressed(
        "/?lang=zh-CN#l=terrain:1,water-bodies:1,buildings:1,control-lines:1&lang=zh-CN", "#tool-zoomIn", "#tab-legend"
    ),
    "countersign": countersign,
    "dig": dig,
    "rail": rail,
    "risk": pressed(
        "/?lang=en#l=terrain:1,roads:1&lang=en",
        "#tab-network",
        '[data-tool="risk"]',
        "#tool-zoomIn",
        until="#risk-matrix",
    ),
    "phone": pressed("/?lang=zh-CN", "#tool-layers", width=390),
    "report-indicator": report_page("H01 "),
    "report-problems": report_page("问题台账"),
    "community-sheet": community_sheet,
    "problem-map": pressed("/?lang=en#x=C11,community,grade&l=terrain:1,roads:1&lang=en", until=".places button"),
    "ledger": problem("C11", "active"),
}
ELSEWHERE: dict[str, Take] = {
    "problem-closed": problem("C11", "closed"),
    "las-palmas": pressed("/?lang=en#x=L01,community,value&l=terrain:1&lang=en", until=".indicator-page"),
    "las-palmas-report": report_page("L01 "),
}

if __name__ == "__main__":
    main()
