"""The real server on a loopback port, the real viewer in Chromium, and a page object that speaks as a user would."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from cim.__main__ import main
from cim.manifest import read_manifest
from cim.store import Store
from cim.web import create_app

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "tests" / "artifacts"
CHROMIUM = os.environ.get("CIM_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    # Without a graphics card the page itself is drawn by the processor at once, not by way of an emulated card.
    "--disable-gpu-rasterization",
    "--disable-gpu-compositing",
    "--disable-accelerated-2d-canvas",
]
READY_MS = 240_000
"""Drawing without a graphics card on a busy machine is slow; nothing is proved by the time it takes."""
COARSE = """
let hook;
Object.defineProperty(window, "cim", {
    get: () => hook,
    set(given) {
        hook = given;
        hook.viewer.resolutionScale = 0.4;
    },
});
"""
"""Run before the page's own scripts: without a graphics card most of a test's time goes into filling pixels."""
PIXELS = """([red, green, blue, tolerance]) => {
    const { viewer, layers } = cim;
    const { scene, canvas, resolutionScale: coarse } = viewer;
    const draw = scale => {
        // The same tiles, drawn sharper: finer ones would be asked for, and left behind when it is coarse again.
        const finer = scale / viewer.resolutionScale;
        for (const drawn of [scene.globe, ...layers.tilesets.values()]) drawn.maximumScreenSpaceError *= finer;
        viewer.resolutionScale = scale;
        viewer.resize();
        scene.requestRender();
        viewer.render();
    };
    draw(1);
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const context = copy.getContext("2d");
    context.drawImage(canvas, 0, 0);
    draw(coarse);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
        const away = [data[i] - red, data[i + 1] - green, data[i + 2] - blue].map(Math.abs);
        if (Math.max(...away) <= tolerance) count += 1;
    }
    return count;
}"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test below this folder."""
    # Flask-Compress drops the file of a static answer without closing it; Python then closes it, and says so.
    unclosed = r"ignore:Exception ignored in. <_io.FileIO name=.*web/:pytest.PytestUnraisableExceptionWarning"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.filterwarnings(unclosed))


class Quiet(WSGIRequestHandler):
    """Answers without a line for each of a thousand tiles."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an app on a free loopback port; yields its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def site(sample_store, settings, run_root) -> Iterator[str]:
    """Address of the sample city's server; photos and terrain lie beside the database, as its load has kept them."""
    for name in ("photo", "raster"):
        shutil.copytree(run_root / "sample" / name, settings.data_dir / name, dirs_exist_ok=True)
    with served(create_app(settings, sample_store)) as address:
        yield address


@pytest.fixture
def city_site(cluster, settings, monkeypatch) -> Iterator[Callable[[Path], str]]:
    """Load a city from its manifest with the real commands, and serve it until the test ends."""
    with ExitStack() as stack:

        def load_and_serve(manifest: Path) -> str:
            slug = read_manifest(manifest).profile.slug
            monkeypatch.setenv("CIM_DATA_DIR", str(settings.data_dir))
            for command in (["load", str(manifest)], ["layers", "build", "--city", slug]):
                main.main(command, prog_name="cim", standalone_mode=False)
            stack.callback(cluster.drop_database, f"cim_{slug}")
            store = stack.enter_context(Store.open(cluster, slug, role="web"))
            return stack.enter_context(served(create_app(replace(settings, city=slug), store)))

        yield load_and_serve


@pytest.fixture
def served_app() -> Iterator[Callable[[Any], str]]:
    """Serve apps until the test ends."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(served(app))


@pytest.fixture
def empty_site(database, settings) -> Iterator[str]:
    """Address of the server of a city without data."""
    with served(create_app(settings, database)) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    if CHROMIUM is None:
        pytest.fail("no Chromium found: apt-get install chromium, or name it in CIM_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Viewer:
    """The viewer as a user meets it."""

    page: Page
    """The browser's page."""
    site: str
    """Address of the server."""
    complaints: list[str] = field(default_factory=list)
    """Errors and warnings of the console, and of the page's own scripts."""
    strangers: list[str] = field(default_factory=list)
    """Requests to any other host."""

    def open(self, path: str = "/?lang=en") -> Viewer:
        """Open the page and wait until all that is shown has been drawn."""
        self.page.goto(self.site + path)
        self.page.wait_for_function("() => Boolean(window.cim)", timeout=READY_MS)
        self.page.evaluate("() => cim.ready")
        return self

    def settle(self) -> None:
        """Wait for the end of a flight and for all tiles of the new view."""
        self.page.evaluate("() => cim.settled()")

    def ask(self, path: str) -> Any:
        """Return the API's answer, as the viewer itself would get it."""
        return self.page.evaluate("path => fetch(path).then(answer => answer.json())", path)

    def show_only(self, *names: str) -> None:
        """Switch the named layers on and all others off."""
        self.page.evaluate(
            """names => cim.state.groups.flatMap(group => group.layers).forEach(layer =>
                cim.actions.store.setLayer(layer.name, { visible: names.includes(layer.name) }))""",
            list(names),
        )

    def fly_to_feature(self, feature_id: int) -> None:
        """Search a feature by its number, and look at it from straight above."""
        self.page.fill("#search", str(feature_id))
        self.page.press("#search", "Enter")
        self.page.wait_for_selector("#attributes table")
        self.settle()
        self.page.click("#tool-tilt")
        self.page.click("#attributes-close")
        self.settle()

    def window_of(self, longitude: float, latitude: float, height: float) -> tuple[float, float]:
        """Return where a place is drawn, in pixels of the window."""
        at = self.page.evaluate("place => cim.windowOf(...place)", [longitude, latitude, height])
        assert at is not None, "the place is behind the camera"
        return at["x"], at["y"]

    def ground_height(self, longitude: float, latitude: float) -> float:
        """Return the height of the drawn terrain above the ellipsoid."""
        height = self.page.evaluate(
            """([longitude, latitude]) => {
                const radians = Math.PI / 180;
                const place = { longitude: longitude * radians, latitude: latitude * radians, height: 0 };
                return cim.viewer.scene.globe.getHeight(place) ?? null;
            }""",
            [longitude, latitude],
        )
        assert height is not None, "no terrain is drawn there"
        return float(height)

    def attribute(self, title: str) -> str:
        """Return the value beside a title in the attribute panel."""
        row = self.page.locator("#attributes tr", has=self.page.locator("th", has_text=re.compile(f"^{title}$")))
        return str(row.locator("td").first.inner_text()).strip()

    def pixels(self, rgb: tuple[int, int, int], tolerance: int = 60) -> int:
        """Count the pixels of the map that are near a colour, drawn as sharply as a user sees it."""
        return int(self.page.evaluate(PIXELS, [*rgb, tolerance]))

    def screenshot(self, name: str) -> None:
        """Keep a picture for people to look at: its words are sharp, its map is coarse."""
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"{name}.png")


OpenViewer = Callable[..., Viewer]


@pytest.fixture(scope="session")
def make_viewer(chromium) -> Iterator[OpenViewer]:
    """Make viewers in contexts of their own, closed at the end of the run."""
    contexts = []

    def make(site: str, width: int = 840, height: int = 540, **options: Any) -> Viewer:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", locale="en-GB", **options
        )
        contexts.append(context)
        context.add_init_script(COARSE)
        page = context.new_page()
        page.set_default_timeout(READY_MS)
        viewer = Viewer(page, site)
        listen(viewer)
        return viewer

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def new_viewer(request, make_viewer) -> Iterator[OpenViewer]:
    """Make viewers for one test; at its end none may have complained or asked another host."""
    for site in {"city_site", "empty_site", "editable_site", "served_app"} & set(request.fixturenames):
        request.getfixturevalue(site)  # a server must outlive the pages that ask it, or they complain of its end
    viewers: list[Viewer] = []

    def make(*args: Any, **options: Any) -> Viewer:
        viewers.append(make_viewer(*args, **options))
        return viewers[-1]

    yield make
    for viewer in viewers:
        viewer.page.context.close()
        assert viewer.strangers == []
        assert viewer.complaints == []


@pytest.fixture(scope="session")
def shared_viewer(make_viewer, site) -> Viewer:
    """Return a viewer of the sample city, opened once: drawing it anew for each test would take minutes."""
    viewer = make_viewer(site).open()
    viewer.page.evaluate("() => { cim.first = structuredClone(cim.state); }")
    return viewer


@pytest.fixture
def viewer(shared_viewer) -> Iterator[Viewer]:
    """Return the sample city's viewer in English, as a newcomer meets it; at the end it may not have complained."""
    shared_viewer.page.evaluate("""() => {
        const { layers, underground, panel, folded, opened, examination, ledger } = structuredClone(cim.first);
        const first = { layers, underground, panel, folded, opened, examination, ledger };
        cim.actions.deselect();
        cim.actions.useLang("en");
        cim.actions.store.set({ ...first, query: "", help: false, toasts: [] });
        cim.actions.home();
    }""")
    shared_viewer.settle()
    yield shared_viewer
    # A test that failed may have left the server's answers replaced.
    shared_viewer.page.unroute_all()
    strangers, complaints = shared_viewer.strangers[:], shared_viewer.complaints[:]
    shared_viewer.strangers.clear()
    shared_viewer.complaints.clear()
    assert strangers == []
    assert complaints == []


def listen(viewer: Viewer) -> None:
    """Keep what the page complains of and whom it asks."""
    host = urlsplit(viewer.site).netloc

    def asked(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != host:
            viewer.strangers.append(request.url)

    def said(message: ConsoleMessage) -> None:
        # Reading pixels back, as these tests do, stalls a graphics card: Chromium's driver says so.
        if message.type in ("error", "warning") and "GPU stall" not in message.text:
            viewer.complaints.append(f"{message.type}: {message.text}")

    viewer.page.on("request", asked)
    viewer.page.on("console", said)
    viewer.page.on("pageerror", lambda error: viewer.complaints.append(f"script: {error}"))
