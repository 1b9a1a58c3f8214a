"""The OpenAPI document says what the routes really answer: statuses, types, and every field of the bodies."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from cim.layers.catalogue import catalogue
from cim.tables import THEMES
from cim.viewer import LOCAL
from cim.web import create_app


@pytest.fixture(scope="module")
def document(sample_store, settings) -> dict[str, Any]:
    """The document as it is served."""
    return create_app(settings, sample_store).test_client().get("/api/openapi.json").get_json()


def one_of_each_theme(store) -> list[int]:
    """Ids of current features: of each theme the first, and the one of which its source said most."""
    ids = set()
    for theme in THEMES:
        for order in ("feature_id", "length(attributes::text) DESC NULLS LAST, feature_id"):
            rows = store.rows(LOCAL, f"SELECT feature_id FROM city.{theme}_current ORDER BY {order} LIMIT 1")
            ids |= {row["feature_id"] for row in rows}
    return sorted(ids)


def examined_and_critical(store) -> list[int]:
    """Ids of features of which analyses found something."""
    columns = {"segment_criticality": "segment_id", "indicator": "unit_id"}
    return [
        store.rows(LOCAL, f"SELECT {column} FROM result.{table}_latest ORDER BY 1 LIMIT 1")[0][column]
        for table, column in columns.items()
    ]


def a_water_pipe(store) -> int:
    """Id of a pipe whose burst somebody would notice."""
    rows = store.rows(
        LOCAL,
        "SELECT segment_id FROM result.segment_criticality_latest WHERE network = 'water' "
        "ORDER BY customers_cut DESC, segment_id LIMIT 1",
    )
    return rows[0]["segment_id"]


def a_gas_pipe(store) -> int:
    """Id of a gas pipe near a house."""
    query = (
        "SELECT s.feature_id FROM city.pipe_segment_current s "
        "JOIN city.building_current b ON ST_DWithin(b.geom, s.geom, 6) WHERE s.network = 'gas' ORDER BY 1 LIMIT 1"
    )
    return store.rows(LOCAL, query)[0]["feature_id"]


def ends_of(store, segment: int) -> list[int]:
    """Ids of the nodes of a pipe."""
    query = "SELECT start_node_id, end_node_id FROM city.pipe_segment_current WHERE feature_id = %(segment)s"
    return list(store.rows(LOCAL, query, {"segment": segment})[0].values())


def examined_year(store) -> str:
    """Year of the newest examination."""
    query = "SELECT max(subject) AS year FROM run.analysis_latest WHERE kind = 'examination'"
    return store.rows(LOCAL, query)[0]["year"]


def a_community(store) -> int:
    """Id of a community."""
    query = "SELECT feature_id FROM city.admin_unit_current WHERE level = 'community' ORDER BY 1 LIMIT 1"
    return store.rows(LOCAL, query)[0]["feature_id"]


def a_problem(store) -> int:
    """Number of a problem of the ledger."""
    return store.rows(LOCAL, "SELECT problem_id FROM result.problem WHERE state = 'open' ORDER BY 1 LIMIT 1")[0][
        "problem_id"
    ]


def tile_of(bounds, z=12) -> str:
    """Address of the web mercator tile in which a box begins."""
    west, south = math.radians(bounds[0]), math.radians(bounds[1])
    x = (1 + west / math.pi) / 2
    y = (1 - math.asinh(math.tan(south)) / math.pi) / 2
    return f"{z}/{int(x * 2**z)}/{int(y * 2**z)}"


def asked(store, photo: str) -> dict[str, list[str]]:
    """Real addresses of each documented path: good ones, and such as fail."""
    layers = catalogue(store, LOCAL)
    of_kind = {kind: [layer.name for layer in layers if layer.kind == kind] for kind in ("tiles3d", "vector")}
    with_features = of_kind["tiles3d"] + of_kind["vector"]
    features = [*one_of_each_theme(store), *examined_and_critical(store), 999999999]
    roads = next(layer for layer in layers if layer.name == "roads")
    vector = [f"roads/{tile_of(roads.bounds)}", "roads/16/0/0", "nothing/1/0/0", "roads/40/0/0"]
    mesh = store.rows(LOCAL, "SELECT z, x, y FROM layer.terrain_tile ORDER BY z DESC LIMIT 1")[0]
    return {
        "/api/city": ["/api/city"],
        "/api/layers": ["/api/layers"],
        "/api/layers/{layer}/features": [
            *(f"/api/layers/{name}/features?limit=5" for name in with_features),
            "/api/layers/nothing/features",
            "/api/layers/roads/features?bbox=1,2,3",
            "/api/layers/terrain/features",
        ],
        "/api/features/{feature_id}": [f"/api/features/{feature}" for feature in features],
        "/api/analyses": ["/api/analyses"],
        "/api/analyses/{kind}": [
            "/api/analyses/network.criticality?subject=water&limit=3",
            "/api/analyses/network.criticality?subject=nothing",
            "/api/analyses/examination",
            "/api/analyses/network.clearance?limit=5",
            "/api/analyses/network.rail?limit=5",
            "/api/analyses/astrology",
            "/api/analyses/examination?limit=0",
        ],
        "/api/examination": ["/api/examination", "/api/examination?year=1999", "/api/examination?year=x"],
        "/api/examination/report.{ending}": [
            "/api/examination/report.json",
            "/api/examination/report.xlsx",
            "/api/examination/report.doc",
            "/api/examination/report.pdf?year=1999",
            "/api/examination/report.pdf?language=fr",
        ],
        "/api/examination/{code}": [
            "/api/examination/D37?level=community",
            "/api/examination/D37?level=house",
            "/api/examination/Z99?level=city",
        ],
        "/api/examination/problems": [
            "/api/examination/problems?limit=20",
            "/api/examination/problems?code=C12&state=open&sort=unit&descending=true&within=1",
            "/api/examination/problems?state=solved",
        ],
        "/api/examination/problems/{problem_id}": [
            f"/api/examination/problems/{a_problem(store)}",
            "/api/examination/problems/999999",
        ],
        "/api/examination/photos/{name}": [f"/api/examination/photos/{name}" for name in (photo, "0" * 64 + ".jpg")],
        "/api/examination/problems/editing": ["/api/examination/problems/editing"],
        "/api/examination/comparison": [
            f"/api/examination/comparison?now={examined_year(store)}&then={examined_year(store)}&level=community",
            "/api/examination/comparison?now=1999",
            "/api/examination/comparison",
        ],
        "/api/examination/scores": [
            "/api/examination/scores?weights=critic&method=topsis",
            "/api/examination/scores?year=1999",
            "/api/examination/scores?weights=guess",
        ],
        "/api/examination/communities/{unit_id}.pdf": [
            f"/api/examination/communities/{a_community(store)}.pdf",
            "/api/examination/communities/999999999.pdf",
        ],
        "/api/examination/projects": ["/api/examination/projects?limit=5", "/api/examination/projects?limit=0"],
        "/api/examination/projects.{ending}": [
            "/api/examination/projects.xlsx?language=en",
            "/api/examination/projects.doc",
            "/api/examination/projects.xlsx?language=fr",
        ],
        "/api/examination/problems/places": [
            "/api/examination/problems/places?code=C12",
            "/api/examination/problems/places?within=x",
        ],
        "/tiles/3d/{layer}/tileset.json": [
            *(f"/tiles/3d/{name}/tileset.json" for name in of_kind["tiles3d"]),
            "/tiles/3d/nothing/tileset.json",
        ],
        "/tiles/3d/{layer}/{key}.json": ["/tiles/3d/buildings/r.json", "/tiles/3d/buildings/r9999.json"],
        "/tiles/3d/{layer}/{key}.glb": ["/tiles/3d/buildings/r.glb", "/tiles/3d/buildings/r9999.glb"],
        "/tiles/terrain/layer.json": ["/tiles/terrain/layer.json"],
        "/tiles/terrain/{z}/{x}/{y}.terrain": [
            "/tiles/terrain/{z}/{x}/{y}.terrain".format(**mesh),
            "/tiles/terrain/0/9/9.terrain",
        ],
        "/tiles/vector/{layer}/{z}/{x}/{y}.mvt": [f"/tiles/vector/{address}.mvt" for address in vector],
        "/api/network/isolation": [
            f"/api/network/isolation?segment={a_water_pipe(store)}",
            "/api/network/isolation",
            "/api/network/isolation?segment=0",
        ],
        "/api/network/isolation.{ending}": [
            *(f"/api/network/isolation.{e}?segment={a_water_pipe(store)}" for e in ("pdf", "xlsx", "doc")),
            "/api/network/isolation.pdf",
        ],
        "/api/network/risk": [
            "/api/network/risk?limit=20",
            "/api/network/risk?network=water&likelihood=4&consequence=3&after=10&rule_state=lapsed",
            f"/api/network/risk?segment={a_gas_pipe(store)}",
            "/api/network/risk?likelihood=6",
        ],
        "/api/network/plan": ["/api/network/plan", "/api/network/plan?after=2&limit=2", "/api/network/plan?limit=0"],
        "/api/network/plan.{ending}": [
            *(f"/api/network/plan.{ending}" for ending in ("csv", "xlsx", "doc")),
            "/api/network/plan.csv?language=fr",
        ],
        "/api/network/gas": [
            f"/api/network/gas?segment={a_gas_pipe(store)}",
            "/api/network/gas",
            "/api/network/gas?segment=0",
            f"/api/network/gas?segment={a_water_pipe(store)}",
        ],
        "/api/network/gas/buildings": ["/api/network/gas/buildings"],
        "/api/network/hydraulics": [
            "/api/network/hydraulics",
            "/api/network/hydraulics?network=storm&limit=3",
            "/api/network/hydraulics?network=rivers",
        ],
        "/api/network/hydraulics/floods": [
            "/api/network/hydraulics/floods?theme=building&limit=5",
            "/api/network/hydraulics/floods?limit=0",
        ],
        "/api/network/hydraulics/{feature_id}": [
            f"/api/network/hydraulics/{a_water_pipe(store)}",
            "/api/network/hydraulics/999999999",
        ],
        "/api/network/clearance": [
            "/api/network/clearance?limit=20",
            "/api/network/clearance?rules=cover,vertical&too_near=true&group=gas&verdicts=suspected",
            "/api/network/clearance?rules=nearness",
        ],
        "/api/network/trace": [
            f"/api/network/trace?kind=upstream&start={a_water_pipe(store)}",
            *(f"/api/network/trace?kind={kind}&start={a_water_pipe(store)}" for kind in ("valves", "spill", "odour")),
            "/api/network/trace?kind=loops&network=water",
            "/api/network/trace?kind=path&start=0&end=1",
            "/api/network/trace?kind=path",
        ],
        "/api/network/topology": [
            "/api/network/topology?network=water&limit=20",
            "/api/network/topology?network=sewage&kind=splitting&samples=50&limit=5&after=5",
            "/api/network/topology?network=gas&kind=one_source",
            "/api/network/topology?network=industrial",
            "/api/network/topology?network=tea",
        ],
        "/api/network/profile": [
            f"/api/network/profile?places={','.join(map(str, ends_of(store, a_water_pipe(store))))}",
            "/api/network/profile?places=0,1",
            "/api/network/profile?places=0",
        ],
        "/api/network/profile.{ending}": [
            f"/api/network/profile.{ending}?places={','.join(map(str, ends_of(store, a_water_pipe(store))))}"
            for ending in ("svg", "pdf", "png", "dxf", "gif")
        ],
        "/api/network/section": [
            f"/api/network/section?across={a_water_pipe(store)}&width_m=30",
            "/api/network/section",
            "/api/network/section?line=106.5",
            "/api/network/section?across=0",
        ],
        "/api/network/section.{ending}": [
            f"/api/network/section.{ending}?across={a_water_pipe(store)}&language=en"
            for ending in ("svg", "pdf", "png", "dxf", "gif")
        ],
    }


def dug(store) -> dict[str, Any]:
    """A square hole round the end of a water pipe, in degrees."""
    query = (
        "SELECT ST_AsGeoJSON(ST_Transform(ST_Expand(ST_StartPoint(ST_Force2D(geom)), 4), 4326))::json AS polygon "
        "FROM city.pipe_segment_current WHERE feature_id = %(segment)s"
    )
    polygon = store.rows(LOCAL, query, {"segment": a_water_pipe(store)})[0]["polygon"]
    return {"polygon": polygon, "depth_m": 2.5, "day": "2026-06-01", "project": "trial pit"}


def scenarios(store) -> dict[str, list[tuple[str, Any]]]:
    """What is posted to ask for a hydraulic scenario."""
    at, pipe = "/api/network/hydraulics/scenario", a_water_pipe(store)
    bodies = ({"shut": [pipe], "limit": 3}, {"shut": [999999999]}, {"shut": [pipe], "network": "gas"}, {})
    return {at: [(at, body) for body in bodies]}


def computed(store) -> dict[str, list[tuple[str, Any]]]:
    """What is posted to have something computed at once."""
    pipe, area = a_water_pipe(store), dug(store)["polygon"]
    bodies: dict[str, list[Any]] = {
        "plan": [{"budget_yuan": 1e6, "limit": 3}, {"budget_yuan": -1}, {"budget_yuan": 1e6, "build_years": 30}],
        "risk": [{"renewed": [pipe], "day": "2026-06-01", "limit": 5}, {"renewed": [999999999]}, {"limit": -1}],
        "clearance": [{"polygon": area, "limit": 5}, {"network": "rivers"}, {"polygon": {"type": "Point"}}],
        "hydraulics": [
            {"kind": "fire_flow", "limit": 3},
            {"storm": {"network": "storm", "return_years": 1, "duration_min": 10}, "limit": 3},
            {"storm": {"network": "gas"}},
            {"storm": {"network": "combined"}},
            {"storm": {"district": "nowhere"}},
        ],
    }  # fmt: skip
    return {f"/api/network/{name}": [(f"/api/network/{name}", body) for body in some] for name, some in bodies.items()}


def posted(store) -> dict[str, list[tuple[str, Any]]]:
    """The same for what is posted: address and body."""
    hole = dug(store)
    at, problem = "/api/network/excavation", f"/api/examination/problems/{a_problem(store)}"
    bow_tie = {"type": "Polygon", "coordinates": [[[106.5, 29.5], [106.501, 29.501], [106.501, 29.5], [106.5, 29.501]]]}
    return {
        at: [
            (at, hole),
            (at, {}),
            (at, hole | {"depth_m": -1}),
            (at, hole | {"polygon": bow_tie}),
            (at, hole | {"polygon": {"type": "Point", "coordinates": [106.5, 29.5]}}),
            (at, hole | {"polygon": "POLYGON"}),
        ],
        **scenarios(store),
        **computed(store),
        f"{at}.{{ending}}": [(f"{at}.pdf", hole), (f"{at}.dxf", hole), (f"{at}.doc", hole), (f"{at}.pdf", {})],
        "/api/examination/problems/{problem_id}": [
            (problem, {"responsible": "住建局", "note": "指派", "who": "张工"}),
            (problem, {}),
            (problem, {"state": "closed"}),
            (problem, {"state": "reopened"}),
            ("/api/examination/problems/999999", {"state": "done"}),
        ],
    }


def test_every_answer_to_what_is_posted_is_declared(document, sample_store, settings) -> None:
    client = create_app(replace(settings, editing=True), sample_store).test_client()
    addresses = posted(sample_store)
    assert {path for path, methods in document["paths"].items() if "post" in methods} == set(addresses)
    for path, asked_of_it in addresses.items():
        declared = document["paths"][path]["post"]["responses"]
        said = set()
        for address, body in asked_of_it:
            answer = client.post(address, json=body)
            status = str(answer.status_code)
            assert status in declared, f"{address} answers {status}"
            assert_declared(document, declared[status], address, answer)
            said.add(status)
        assert {"200", "400"} <= said
        assert "304" not in declared


def test_every_answer_is_one_that_the_document_declares(client, document, sample_store, photo) -> None:
    photo.classify(0)
    addresses = asked(sample_store, photo.name)
    paths = {path for path, methods in document["paths"].items() if "get" in methods}
    assert paths == set(addresses), "a route that this test does not ask"
    said: dict[str, set[str]] = {}
    for path in paths:
        declared = document["paths"][path]["get"]["responses"]
        for address in addresses[path]:
            answer = client.get(address)
            status = str(answer.status_code)
            assert status in declared, f"{address} answers {status}"
            said.setdefault(path, set()).add(status)
            assert_declared(document, declared[status], address, answer)
    succeeds = {path for path, statuses in said.items() if "200" in statuses}
    assert paths == succeeds
    assert {"200", "204", "400", "404"} == said["/tiles/vector/{layer}/{z}/{x}/{y}.mvt"]


def assert_declared(document: dict[str, Any], declared: dict[str, Any], address: str, answer: Any) -> None:
    """The answer has a declared type, and a body that its schema allows."""
    content = declared.get("content", {})
    if not content:
        assert answer.data == b"", address
        return
    assert answer.mimetype in content, f"{address} is {answer.mimetype}"
    if not answer.mimetype.endswith("json"):
        return
    schema = {**content[answer.mimetype]["schema"], "components": document["components"]}
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    faults = [f"{address}: {fault.json_path}: {fault.message[:200]}" for fault in validator.iter_errors(answer.json)]
    assert not faults, "\n".join(faults[:5])


def test_every_route_answers_304_as_declared(client, document, sample_store, photo) -> None:
    photo.classify(0)
    addresses = asked(sample_store, photo.name)
    for path in addresses:
        first = client.get(addresses[path][0])
        assert first.status_code == 200, path
        again = client.get(addresses[path][0], headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), path
        assert "304" in document["paths"][path]["get"]["responses"]


def test_an_empty_city_is_declared_too(database, settings, document) -> None:
    client = create_app(settings, database).test_client()
    for path in ("/api/city", "/api/layers", "/api/analyses", "/api/analyses/examination"):
        answer = client.get(path)
        template = path.replace("/examination", "/{kind}")
        assert_declared(document, document["paths"][template]["get"]["responses"]["200"], path, answer)
    assert client.get("/api/city").get_json()["bounds"] is None
