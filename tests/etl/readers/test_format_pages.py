"""The pages about formats: their examples are manifests that read, and every code of a reject stands in them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from cim.etl.readers import cityjson_attributes, pipe_survey_columns, readers
from cim.manifest import read_manifest

ROOT = Path(__file__).parents[3]
KINDS = ("cityjson", "citygml", "pipe_survey", "epanet", "osm", "swmm", "pipe_layers", "survey_forms")
PAGES = {kind: ROOT / "docs" / "formats" / f"{kind}.md" for kind in KINDS}
SHARED = {
    "swmm": ["epanet_places.py"],
    "pipe_layers": ["pipe_survey_segments.py", "pipe_survey_nodes.py", "pipe_survey_reading.py"],
}
"""Files of another format that a reader uses."""
CITY = """
[city]
slug = "x"
name_zh = "x"
name_en = "x"
crs = "EPSG:28992"
vertical_datum = "NAP"
ellipsoid_offset_m = 43.0
"""
CODE = re.compile(
    r"[\"'`]((?:json|feature|object|source|geometry|value|section|key|reference|line|point|network|depth|height|level|code|form)"
    r"\.[a-z_]+)[\"'`]"
)


def example(kind):
    return re.findall(r"```toml\n(.*?)```", PAGES[kind].read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("kind", PAGES)
def test_example_is_a_source_of_a_manifest(kind, tmp_path):
    (text,) = example(kind)
    (tmp_path / "city.toml").write_text(CITY + text, encoding="utf-8")
    (source,) = read_manifest(tmp_path).sources
    assert source.kind == kind
    assert source.kind in readers()
    assert len(text.splitlines()) <= 12


def test_options_of_the_examples_are_known():
    (source,) = tomllib.loads(example("cityjson")[0])["source"]
    assert set(source["options"]["attributes"].values()) <= set(cityjson_attributes.columns_of("building"))
    (source,) = tomllib.loads(example("pipe_survey")[0])["source"]
    known = {field.name for points in (True, False) for field in pipe_survey_columns.fields(points)}
    assert set(source["options"]["columns"].values()) <= known


@pytest.mark.parametrize("kind", PAGES)
def test_every_code_stands_on_the_page_and_every_code_of_the_page_exists(kind):
    folder = ROOT / "etl" / "readers"
    files = [*folder.glob(f"{kind}*.py"), *(folder / name for name in SHARED.get(kind, ()))]
    used = {code for file in files for code in CODE.findall(file.read_text(encoding="utf-8"))}
    told = set(CODE.findall(PAGES[kind].read_text(encoding="utf-8")))
    assert used - told == set()
    # These are made from the kind of the value.
    assert {code for code in told - used if not code.startswith("value.not_a_")} == set()
