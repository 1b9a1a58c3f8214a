"""Every question of the issue is a function of `cim.analytics`: the guide's lines run on the sample city."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
import shapely

import cim.analytics
from cim.analytics.network.digs.area import city_degrees
from cim.store import Store
from cim.viewer import LOCAL, OPERATOR

DOCS = Path(__file__).parents[3] / "docs"
GUIDE = DOCS / "utility.md"
_FIRST = (
    "SELECT source_key FROM city.pipe_segment_current JOIN city.feature USING (feature_id) WHERE network = %(network)s "
)
_SEWER = """
SELECT f.source_key FROM city.pipe_node_current n JOIN city.feature f USING (feature_id)
WHERE n.network = 'sewage' AND {} ORDER BY 1
"""


@pytest.fixture
def owner(sample_cluster):
    """The sample city opened as owner; runs that a test keeps are removed."""
    with Store.open(sample_cluster, "sample") as store:
        (row,) = store.rows(LOCAL, "SELECT max(run_id) AS run FROM run.analysis")
        yield store
        with store.connection(OPERATOR) as connection:
            connection.execute("DELETE FROM run.analysis WHERE run_id > %(run)s", row)


def named(store, folder) -> dict[str, object]:
    """What the guide names, in this city: a main, a gas pipe, a manhole with its outfall, and a hole at the main."""
    main, gas = (
        store.rows(LOCAL, _FIRST + "AND kind = 'pipe' ORDER BY length_m DESC LIMIT 1", {"network": network})[0][
            "source_key"
        ]
        for network in ("water", "gas")
    )
    outfall = store.rows(LOCAL, _SEWER.format("n.is_sink"))[0]["source_key"]
    graph = cim.analytics.network_graph(store, LOCAL, "sewage", folder)
    asked = cim.analytics.TraceQuestion("upstream", [outfall])
    above = cim.analytics.trace(store, LOCAL, asked, folder)
    assert graph.gravity
    place = "SELECT ST_X(p) AS x, ST_Y(p) AS y FROM (SELECT ST_StartPoint(geom) AS p FROM city.pipe_segment_current s "
    place += "JOIN city.feature f USING (feature_id) WHERE f.source_key = %(key)s) q"
    (at,) = store.rows(LOCAL, place, {"key": main})
    corners = shapely.get_coordinates(shapely.Point(at["x"], at["y"]).buffer(5, quad_segs=2))
    hole = {"type": "Polygon", "coordinates": [city_degrees(store.city, corners)]}
    return {"main": main, "gas_main": gas, "manhole": above.nodes[-1], "outfall": outfall, "hole": hole}


def test_each_line_of_the_guide_answers(owner, tmp_path) -> None:
    (block,) = re.findall(r"# -- the questions\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)
    folder = tmp_path / "graphs"
    told = {"ask": cim.analytics, "store": owner, "viewer": LOCAL, "folder": folder, "dt": dt, **named(owner, folder)}
    answers = {}
    for line in block.strip().splitlines():
        code = line.partition("  #")[0]
        if re.match(r"\w+ = ", code):
            exec(code, told)  # noqa: S102  the guide's own lines
        else:
            answers[re.findall(r"ask\.(\w+)", code)[0]] = eval(code, told)  # noqa: S307
    # Only what nothing was kept of, or what the sample has none of, may be empty.
    empty = {name for name, answer in answers.items() if not hasattr(answer, "__len__") or not len(answer)}
    kept = {"assess_network", "survey_rail"}
    assert empty <= {"flooded_places", "misconnections", "clearance_within", "occupied_gas"} | kept, empty
    questions = {name for name in cim.analytics.__all__ if name[0].islower()} - OF_EXAMINATION - HELPING
    assert questions <= set(re.findall(r"ask\.(\w+)", block)), "a question that the guide does not show"


OF_EXAMINATION = {"compare", "compare_cities", "examine", "examine_city", "project_list", "scores"}
HELPING = {
    "articulation_points", "bridges", "components", "criticality", "drawn_line", "listed_hydraulics", "loaded_networks",
    "scenario",
}  # fmt: skip


OPEN_MODULES = {"reasons", "scenes", "cesium_scene", "examination"}
"""Modules that pages may name: codes and their sentences, scenes of notebooks, and where a city adds measures."""


def test_pages_name_what_is_public() -> None:
    for page in DOCS.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        imported = [
            name for names in re.findall(r"from cim\.analytics import ([\w, ]+)", text) for name in names.split(", ")
        ]
        named = set(re.findall(r"cim\.analytics\.(\w+)", text)) | set(imported)
        assert named <= {*cim.analytics.__all__, *OPEN_MODULES}, page.name


@pytest.mark.parametrize("page", ["clearance", "excavation", "gas", "hydraulics", "risk"])
def test_examples_of_methods_run(owner, monkeypatch, tmp_path, page) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (DOCS / "methods" / f"{page}.md").read_text(encoding="utf-8"), re.S)
    monkeypatch.setenv("CIM_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(cim, "connect", lambda city: owner if city == "sample" else None)
    (gas,) = owner.rows(LOCAL, _FIRST + "AND kind = 'pipe' ORDER BY length_m DESC LIMIT 1", {"network": "gas"})
    exec(block.replace("RQ00002000-RQ00002001", gas["source_key"]), {})  # noqa: S102  the page's own lines
