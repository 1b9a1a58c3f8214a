"""The pages about formats: their examples are manifests that read, and every code of a reject stands in them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from cim.codes import NETWORKS
from cim.etl.readers import cityjson_attributes, pipe_survey_columns, readers
from cim.manifest import read_manifest
from cim.tables import THEMES

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
ELSEWHERE = {"register": DOCS / "registers.md", "citygml_network": DOCS / "formats" / "citygml.md"}
PAGES = {kind: ELSEWHERE.get(kind, DOCS / "formats" / f"{kind}.md") for kind in readers()}
SHARED = {
    "footprints": ["../checks/geometry.py"],
    "swmm": ["epanet_places.py"],
    "pipe_layers": [
        "pipe_survey_segments.py",
        "pipe_survey_nodes.py",
        "pipe_survey_reading.py",
        "pipe_survey_repeats.py",
    ],
}
"""Files of another format, or of every one, that a reader uses and its page tells of."""
OF_ALL = "loading.md#what-is-refused"
"""Where codes stand that pages need not tell again, if they lead there."""
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
    r"[\"'`]((?:json|feature|object|source|geometry|value|section|key|reference|line|point|network|depth|height|level|code|form"
    r"|building|device)\.[a-z_]+)[\"'`]"
)


def examples(kind):
    """The examples of a kind, each as text and as it is read; a page may have those of other kinds beside."""
    blocks = re.findall(r"```toml\n(.*?)```", PAGES[kind].read_text(encoding="utf-8"), re.DOTALL)
    return [(text, *tomllib.loads(text)["source"]) for text in blocks if f'kind = "{kind}"' in text]


def told_in(text):
    return set(CODE.findall(text))


@pytest.mark.parametrize("kind", PAGES)
def test_example_is_a_source_of_a_manifest(kind, tmp_path):
    assert PAGES[kind].is_file(), f"kind {kind} has no page: write docs/formats/{kind}.md"
    ((text, _),) = examples(kind)
    (tmp_path / "city.toml").write_text(CITY + text, encoding="utf-8")
    (source,) = read_manifest(tmp_path).sources
    assert source.kind == kind
    assert len(text.splitlines()) <= 12


def test_every_example_of_a_page_is_of_a_kind_that_there_is():
    for page in set(PAGES.values()):
        for text in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            assert tomllib.loads(text)["source"][0]["kind"] in PAGES, page.name


def test_options_of_the_examples_are_known():
    options = {kind: examples(kind)[0][1].get("options", {}) for kind in PAGES}
    assert set(options["cityjson"]["attributes"].values()) <= set(cityjson_attributes.columns_of("building"))
    known = {field.name for points in (True, False) for field in pipe_survey_columns.fields(points)}
    assert set(options["pipe_survey"]["columns"].values()) <= known
    buildings = set(THEMES["building"].columns)
    assert set(options["footprints"]["columns"]) <= buildings | {"key", "height", "storeys", "ground"}
    register = options["register"]
    columns = set(THEMES[register["theme"]].columns)
    assert {*register["columns"], *register["values"]} <= columns
    assert options["raster"]["raster"] in {"dem", "dsm", "orthophoto"}
    assert options["citygml_network"]["network"] in NETWORKS


@pytest.mark.parametrize("page", sorted(set(PAGES.values())), ids=lambda page: page.stem)
def test_every_code_stands_on_the_page_and_every_code_of_the_page_exists(page):
    folder = ROOT / "etl" / "readers"
    kinds = [kind for kind in PAGES if PAGES[kind] == page]
    files = [folder / name for kind in kinds for name in SHARED.get(kind, ())]
    files += [file for kind in kinds for file in folder.glob(f"{kind}*.py")]
    used = {code for file in files for code in told_in(file.read_text(encoding="utf-8"))}
    text = page.read_text(encoding="utf-8")
    told = told_in(text)
    of_all = told_in((DOCS / "loading.md").read_text(encoding="utf-8")) if OF_ALL in text else set()
    assert used - told - of_all == set()
    # These are made from the kind of the value.
    assert {code for code in told - used if not code.startswith("value.not_a_")} == set()


def test_every_kind_stands_in_the_table_of_kinds_with_its_versions():
    (table,) = re.findall(r"^### Kinds\n\n((?:\|.*\n)+)", (DOCS / "loading.md").read_text(encoding="utf-8"), re.M)
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", table, re.M))
    assert set(rows) == set(readers())
    for kind, row in rows.items():
        assert set(re.findall(r"\d\.\d", readers()[kind].title)) <= set(re.findall(r"\d\.\d", row)), kind
        assert PAGES[kind].name in row


def options_in_table():
    """Each kind's options by the table of loading.md."""
    text = (DOCS / "loading.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"^\| kind \| every option of it \|\n\|.*\n((?:\|.*\n)+)", text, re.M)
    return {kind: set(re.findall(r"`(\w+)`", row)) for kind, row in re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.M)}


def test_every_option_of_a_reader_is_documented_and_no_other():
    assert options_in_table() == {kind: set(reader.options) for kind, reader in readers().items()}
    kinds = dict(re.findall(r"^\| `(\w+)` \| .*? \| (.*) \|$", (DOCS / "loading.md").read_text(encoding="utf-8"), re.M))
    order = (DOCS / "coordinates.md").read_text(encoding="utf-8")
    scans = (DOCS / "formats" / "scan.md").read_text(encoding="utf-8")
    for kind, reader in readers().items():
        told = "".join((PAGES[kind].read_text(encoding="utf-8"), kinds[kind], order, scans))
        assert [name for name in reader.options if not re.search(rf"`{name}`|\b{name} = ", told)] == [], kind


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.stem)
def test_every_example_has_options_that_its_kind_knows(page):
    for text in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for source in tomllib.loads(text).get("source", []) if "[[source]]" in text else []:
            assert set(source.get("options", {})) <= readers()[source["kind"]].options
