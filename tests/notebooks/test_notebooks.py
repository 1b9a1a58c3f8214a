"""Every notebook runs from its first cell to its last, says nothing on stderr, and shows what it promises."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from cim.analytics.scenes import NothingToShow, buildings_scene, write_scene
from cim.cluster import Cluster
from cim.viewer import LOCAL

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "tests" / "artifacts"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PLOTS = {
    "01_load_a_city": 1,
    "02_pipeline_risk": 6,
    "03_examination": 3,
    "04_accessibility": 4,
    "05_morphology": 5,
    "06_compare_years": 3,
    "07_city_in_3d": 1,
}
REAL_PLOTS = {"03_examination": 1, "04_accessibility": 2, "05_morphology": 1}
"""More that are drawn where Las Palmas is loaded."""
PAGES = {"03_examination": 2, "07_city_in_3d": 2}

# The kernel speaks over sockets, which the tests' own process may not open.
RUN = """
import sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=800, kernel_name="python3", resources={"metadata": {"path": sys.argv[3]}}).execute()
nbformat.write(notebook, sys.argv[2])
"""


@pytest.fixture(scope="module")
def of_the_sample(sample_ready, own_copy, run_root, worker_name) -> Iterator[Cluster]:
    """A copy of the sample city's cluster for notebooks alone: they keep runs, which other tests would find."""
    with own_copy(sample_ready, run_root / f"{worker_name}-notebooks") as cluster:
        yield cluster


@pytest.fixture(scope="module")
def of_las_palmas(las_palmas_ready, own_copy, run_root, worker_name) -> Iterator[Cluster]:
    """The same with Las Palmas in it."""
    with own_copy(las_palmas_ready, run_root / f"{worker_name}-notebooks-las-palmas") as cluster:
        yield cluster


@pytest.fixture
def loaded(path, request) -> Cluster:
    """The sample city's cluster, with Las Palmas for the notebooks that look at it, where its files are."""
    real = path.stem in REAL_PLOTS and bool(os.environ.get("CIM_REAL_DATA"))
    return request.getfixturevalue("of_las_palmas" if real else "of_the_sample")


@pytest.fixture(scope="module")
def fonts(run_root) -> Path:
    """Matplotlib's folder: it looks for fonts when it is first used, and says so; here that happens once a run."""
    folder = run_root / "matplotlib"
    with (run_root / "matplotlib.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            command = [sys.executable, "-c", "import matplotlib.pyplot"]
            subprocess.run(command, env={**os.environ, "MPLCONFIGDIR": str(folder)}, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_notebook_runs(path, loaded, fonts, tmp_path):
    done = ARTIFACTS / path.name
    ARTIFACTS.mkdir(exist_ok=True)
    variables = {**os.environ, "CIM_DATA_DIR": str(loaded.status().data.parent), "IPYTHONDIR": str(tmp_path)}
    variables["MPLCONFIGDIR"] = str(fonts)
    variables.pop("CIM_CITY", None)
    command = [sys.executable, "-c", RUN, str(path), str(done), str(tmp_path)]
    try:
        ran = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=900)
    finally:
        loaded.drop_database("cim_lesson")
    assert ran.returncode == 0, ran.stderr[-3000:]
    outputs = [output for cell in nbformat.read(done, as_version=4).cells for output in cell.get("outputs", ())]
    assert [o["text"] for o in outputs if o.get("name") == "stderr"] == []
    pages = re.findall(r'src="([^"]+)"', "".join(str(o["data"].get("text/html", "")) for o in outputs if "data" in o))
    # Jupyter serves what lies beside the notebook, nothing else.
    assert all((tmp_path / page).is_file() for page in pages)
    assert len(pages) == PAGES.get(path.stem, 0)
    plots = sum("image/png" in output.get("data", {}) for output in outputs)
    real = "cim_laspalmas" in loaded.databases()
    assert plots == PLOTS[path.stem] + (REAL_PLOTS.get(path.stem, 0) if real else 0)
    text = "".join(output.get("text", "") for output in outputs)
    assert ("Las Palmas is not loaded" in text) == (path.stem in REAL_PLOTS and not real)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_notebook_is_kept_without_outputs_and_says_what_is_made_up(path):
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)
    assert "synthetic" in notebook.cells[0].source


def test_a_scene_needs_no_network(sample_store, tmp_path):
    buildings = sample_store.geoframe(LOCAL, "SELECT height_m, geom FROM city.building_current")
    page = write_scene(buildings_scene(buildings), tmp_path / "city.html").read_text(encoding="utf-8")
    assert '"polygon"' in page
    # Outside of the scripts that it holds, whose texts name addresses that nobody asks.
    tags = re.sub(r"(<script[^>]*>).*?</script>", r"\1", page, flags=re.DOTALL)
    assert not re.findall(r"<(?:script|link)[^>]*https?://", tags)


def test_a_name_cannot_leave_the_data_of_a_scene(tmp_path):
    """A unit's name that would end the page's script stays a name."""
    pydeck = pytest.importorskip("pydeck")
    row = {"polygon": [[106.5, 29.5], [106.6, 29.5], [106.6, 29.6]], "name": "</script><script>alert(1)</script>"}
    deck = pydeck.Deck([pydeck.Layer("PolygonLayer", [row], get_polygon="polygon")], map_provider=None, map_style=None)
    page = write_scene(deck, tmp_path / "scene.html").read_text(encoding="utf-8")
    assert "alert(1)" in page
    assert "<script>alert(1)" not in page


def test_a_scene_of_nothing_is_refused(sample_store):
    buildings = sample_store.geoframe(LOCAL, "SELECT height_m, geom FROM city.building_current LIMIT 0")
    with pytest.raises(NothingToShow, match="choose another level"):
        buildings_scene(buildings)
