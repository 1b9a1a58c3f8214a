"""Files damaged at random: whatever is wrong with them ends in rejects or in one line, never in a traceback."""

from __future__ import annotations

import copy
import json
import random
import re
from pathlib import Path

import hypothesis
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cim.city import CityProfile
from cim.errors import CimError
from cim.etl.readers import readers
from cim.manifest import SourceSpec

GRID = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
CITY = CityProfile("x", "x", "x", GRID, "1985", -36.0)
ODD = [None, -1, 1e300, "x", [], {}, [[]], True, 2.5, 10**20, [None], "", {"a": [1]}, "\0", "1\n2"]
# `make soak` asks for more examples of property tests: ten thousand of these.
_COUNT = 10_000 if hypothesis.settings().max_examples > 1000 else 60
FEW = settings(max_examples=_COUNT, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

SHELL = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
KINDS = {"surfaces": [{"type": "GroundSurface"}, {"type": "RoofSurface"}], "values": [[0, 1, None, None, None, None]]}
IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
OBJECTS = {
    "b": {"type": "Building", "children": ["p"], "attributes": {"yearOfConstruction": 1990, "measuredHeight": 3.0}},
    "p": {"type": "BuildingPart", "parents": ["b"], "geometry": [
        {"type": "Solid", "lod": "2.2", "boundaries": [SHELL], "semantics": KINDS, "material": {"x": {"value": 0}}}]},
    "t": {"type": "SolitaryVegetationObject", "geometry": [
        {"type": "GeometryInstance", "template": 0, "boundaries": [1], "transformationMatrix": IDENTITY}]},
    "l": {"type": "CityFurniture", "geometry": [{"type": "MultiLineString", "lod": "0", "boundaries": [[0, 1, 2]]}]},
}  # fmt: skip
HEADER = {
    "type": "CityJSON",
    "version": "2.0",
    "transform": {"scale": [0.001] * 3, "translate": [505_800.0, 3_271_000.0, 200.0]},
    "metadata": {"referenceSystem": "EPSG:4545"},
    "appearance": {"materials": [{"name": "brick"}]},
    "geometry-templates": {
        "vertices-templates": [[0, 0, 0], [1, 0, 0], [1, 1, 0]],
        "templates": [{"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2]]]}],
    },
    "CityObjects": {},
    "vertices": [],
}
VERTICES = [[x, y, z] for z in (0, 3000) for x, y in ((0, 0), (10000, 0), (10000, 5000), (0, 5000))]


def damage(document, rng):
    """Remove, repeat or replace one value somewhere in nested lists and objects."""
    node, place = document, None
    while isinstance(node, dict | list) and node and (place is None or rng.random() < 0.8):
        key = rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
        place = node, key
        node = node[key]
    holder, key = place
    choice = rng.random()
    if choice < 0.3:
        del holder[key]
    elif choice < 0.4 and isinstance(holder, list):
        holder.append(holder[key])
    else:
        holder[key] = copy.deepcopy(rng.choice(ODD))


def read(kind, path, crs):
    """Read to the end; return the batches, or the line that refuses the file."""
    try:
        return list(readers()[kind].read(SourceSpec("s", kind, path, crs), CITY))
    except CimError as error:
        return str(error)


@pytest.mark.parametrize("form", ["whole", "sequence"])
@given(st.integers(0, 2**32))
@FEW
def test_damaged_city_json(tmp_path, form, seed):
    rng = random.Random(seed)
    feature = {"type": "CityJSONFeature", "id": "b", "CityObjects": OBJECTS, "vertices": VERTICES}
    whole = {**HEADER, "CityObjects": OBJECTS, "vertices": VERTICES}
    parts = [copy.deepcopy(part) for part in ([HEADER, feature, feature] if form == "sequence" else [whole])]
    for _ in range(rng.randint(1, 3)):
        damage(parts[min(1, len(parts) - 1)], rng)
    path = tmp_path / "city"
    path.write_text("\n".join(map(json.dumps, parts)), encoding="utf-8")
    found = read("cityjson", path, GRID)
    if form == "sequence":
        # A damaged line is no reason to refuse the file, nor to lose the line after it.
        assert isinstance(found, list)
        kept = [key for batch in found for key in batch.frame.index if key == "line 3"]
        assert len(kept) == len(OBJECTS)
    assert isinstance(found, list) or "\n" not in found


CELLS = [*ODD[:4], True, 2.5, "", "约1.2", "DN", "300×", "\u3000", "2021-13-45", "=1+1"]


@given(st.integers(0, 2**32))
@FEW
def test_damaged_survey(tmp_path, seed):
    rng = random.Random(seed)
    points = [["物探点号", "X", "Y", "地面高程", "特征", "附属物", "井深", "探测日期"]]
    points += [[f"A{n}", 3_271_000.0, 505_800.0 + 30 * n, 200.0, "三通", "阀门", 1.5, "2021-05-03"] for n in range(4)]
    lines = [["起点点号", "终点点号", "起点埋深", "终点埋深", "管径", "材质", "埋设类型", "压力", "流向", "建设年代"]]
    lines += [[f"A{n}", f"A{n + 1}", 1.0, 1.1, "300", "PE", "直埋", "0.4", "0", "1999"] for n in range(3)]
    for _ in range(rng.randint(1, 6)):
        rows = rng.choice([points, lines])
        row = rng.choice(rows[1:]) if rng.random() < 0.95 else rows[0]
        row[rng.randrange(len(row))] = rng.choice(CELLS)
    path = tmp_path / "survey.xlsx"
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        for name, rows in (("JS管点表", points), ("JS管线表", lines)):
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    found = read("pipe_survey", path, GRID)
    assert isinstance(found, list) or "\n" not in found


MODELS = [path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "data" / "citygml").glob("*.gml")]
SPOTS = re.compile(r"<[^<>]*>|[^<>]+|\"[^\"]*\"")
TEXTS = [
    "",
    "NaN",
    "1e400",
    "-1",
    "x",
    "<a/>",
    "</b>",
    "&amp;",
    "&x;",
    "\0",
    "#p-r",
    "#",
    "1 2 3 4",
    "<gml:Polygon/>",
    "\u4e00",
]


@pytest.mark.parametrize("kind", ["citygml", "citygml_network"])
@given(st.integers(0, 2**32))
@FEW
def test_damaged_city_gml(tmp_path, kind, seed):
    rng = random.Random(seed)
    text = rng.choice(MODELS)
    for _ in range(rng.randint(1, 3)):
        spots = list(SPOTS.finditer(text))
        if not spots:
            break
        spot = rng.choice(spots)
        choice = rng.random()
        if choice < 0.1:
            text = text[: spot.start()]
        elif choice < 0.3:
            text = text[: spot.start()] + text[spot.end() :]
        elif choice < 0.5:
            # One value in the place of another: an id, a link, a name or coordinates.
            text = text[: spot.start()] + rng.choice(spots)[0] + text[spot.end() :]
        else:
            at = rng.randrange(spot.start(), spot.end())
            text = text[:at] + rng.choice(TEXTS) + text[at + rng.randint(0, 3) :]
    path = tmp_path / "city.gml"
    path.write_text(text, encoding="utf-8")
    found = read(kind, path, None)
    assert isinstance(found, list) or "\n" not in found
