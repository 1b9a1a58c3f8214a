"""CityGML that cannot be read: one clear line for a file, a reject for an object, and nothing for those who attack."""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path

import pytest
from click.testing import CliRunner

from cim.__main__ import main
from cim.errors import BadCrs, BadSource, MissingCrs, MissingSource
from cim.etl.readers import citygml_geometry, citygml_stream

_spec = importlib.util.spec_from_file_location("citygml_written", Path(__file__).parent / "test_citygml.py")
_written = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_written)
building, polygon, read, rows, synthetic, written = (
    getattr(_written, name) for name in ("building", "polygon", "read", "rows", "synthetic", "written")
)
SQUARE = _written.SQUARE
GOOD = synthetic(building("good", SQUARE))
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
FILES = {
    "empty": ("", "is empty"),
    "text": ("city", "is not whole XML"),
    "cut off": (GOOD[:-40], "is not whole XML"),
    "cut in a tag": (GOOD[:900], "is not whole XML"),
    "another root": ('<g:Collection xmlns:g="http://www.opengis.net/gml"/>', "its root is 'Collection'"),
    "another version": (GOOD.replace("citygml/2.0", "citygml/4.0"), "CityGML version '4.0'"),
    "no version": (GOOD.replace("citygml/2.0", "citygml/new"), "CityGML version 'http://www.opengis.net/citygml/new'"),
    "entity bomb": (BOMB + GOOD.replace("<bldg:lod1", "<gml:name>&l9;</gml:name><bldg:lod1"), "has a DOCTYPE"),
    "outside entity": (OUTSIDE + GOOD.replace("<bldg:lod1", "<gml:name>&x;</gml:name><bldg:lod1"), "has a DOCTYPE"),
    "hiding encoding": ('<?xml version="1.0" encoding="UTF-7"?>' + GOOD, "has encoding 'utf-7'"),
    "no CRS": (synthetic(building("b", SQUARE), srs=""), "has no CRS"),
    "unknown CRS": (synthetic(building("b", SQUARE), srs="EPSG:99999"), "CRS 'EPSG:99999' is not known to PROJ"),
    "two CRSs": (
        synthetic(building("b", SQUARE.replace("<gml:Polygon", '<gml:Polygon srsName="EPSG:4546"'))),
        "CRS 'EPSG:4546' differs from 'http://www.opengis.net/def/crs/EPSG/0/4545'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_refused_files_say_why_in_one_line(tmp_path, name):
    text, said = FILES[name]
    with pytest.raises(BadSource) as error:
        read(written(tmp_path / "x.gml", text))
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert "x.gml" in str(error.value)


def test_kinds_of_errors(tmp_path):
    with pytest.raises(MissingCrs):
        read(written(tmp_path / "a.gml", FILES["no CRS"][0]))
    with pytest.raises(BadCrs):
        read(written(tmp_path / "a.gml", FILES["two CRSs"][0]))
    with pytest.raises(MissingSource):
        read(tmp_path / "nothing.gml")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadSource, match="holds no CityGML file"):
        read(tmp_path / "folder")


def test_a_given_crs_stands_for_a_missing_one(tmp_path):
    path = written(tmp_path / "a.gml", FILES["no CRS"][0])
    (batch,) = read(path, crs="EPSG:4545", axis_order="north_east")
    assert len(batch.frame) == 1


def test_gzip_that_grows_without_end_and_gzip_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(citygml_stream, "_FREE", 1_000_000)
    path = tmp_path / "x.gml.gz"
    path.write_bytes(gzip.compress(GOOD.replace("</core:CityModel>", " " * 20_000_000 + "</core:CityModel>").encode()))
    with pytest.raises(BadSource, match="grows to more than 200 times its size"):
        read(path)
    path.write_bytes(gzip.compress(GOOD.encode())[:-30])
    with pytest.raises(BadSource, match="is not whole gzip"):
        read(path)


RING = "<gml:posList>"
OBJECTS = {
    "geometry.not_finite": SQUARE.replace(RING, f"{RING}NaN 1 1 "),
    "geometry.odd_coordinates": SQUARE.replace(RING, f"{RING}1 "),
    "geometry.not_numbers": SQUARE.replace(RING, f"{RING}north "),
    "geometry.dimension": SQUARE.replace(RING, '<gml:posList srsDimension="4">'),
    "geometry.no_exterior": "<gml:Polygon/>",
    "geometry.unresolved_link": '<gml:surfaceMember xlink:href="#nowhere"/>',
    "geometry.nested_too_deep": '<gml:CompositeSurface gml:id="me"><gml:surfaceMember xlink:href="#me"/>'
    "</gml:CompositeSurface>",
    "geometry.curved": SQUARE.replace("LinearRing>", "Ring>").replace(RING, f"<gml:a><gml:Arc/></gml:a>{RING}"),
}  # fmt: skip


@pytest.mark.parametrize("code", OBJECTS)
def test_a_broken_object_is_refused_and_its_neighbour_kept(tmp_path, code):
    batches = read(written(tmp_path / "x.gml", synthetic(building("bad", OBJECTS[code]) + building("good", SQUARE))))
    assert list(rows(batches, "building")) == ["good"]
    (reject,) = [reject for batch in batches for reject in batch.rejects]
    assert (reject.code, reject.severity, reject.source_key, reject.record) == (code, "error", "bad", "bad")
    if code == "geometry.unresolved_link":
        assert "'#nowhere'" in reject.reason


def generic(geometry):
    """A generic object of level 1."""
    inner = f'<gen:GenericCityObject gml:id="bad">{geometry}</gen:GenericCityObject>'
    return f"<core:cityObjectMember>{inner}</core:cityObjectMember>"


def implicit(*parts):
    """A generic object whose shape is put where it says."""
    inner = "".join((f"<core:relativeGMLGeometry>{SQUARE}</core:relativeGMLGeometry>", *parts))
    shape = f"<core:ImplicitGeometry>{inner}</core:ImplicitGeometry>"
    return generic(f"<gen:lod1ImplicitRepresentation>{shape}</gen:lod1ImplicitRepresentation>")


def line(text):
    return f"<gml:LineString><gml:posList>{text}</gml:posList></gml:LineString>"


MATRIX = "<core:transformationMatrix>{}</core:transformationMatrix>"
PLACE = "<core:referencePoint>{}</core:referencePoint>"
POINT = PLACE.format("<gml:Point><gml:pos>3270010 500100 200</gml:pos></gml:Point>")
SHAPES = [
    ("geometry.matrix", implicit(MATRIX.format("1 0 0"), POINT), "has 3 numbers, not 16"),
    ("geometry.matrix", implicit(MATRIX.format("one"), POINT), "could not convert string to float: 'one'"),
    ("geometry.no_reference_point", implicit(), "an implicit geometry has no reference point"),
    ("geometry.no_reference_point", implicit(PLACE.format(line("0 0 0 1 1 1"))), "is no point"),
    ("geometry.short_line", generic(f"<gen:lod1Geometry>{line('3270000 500000 1')}</gen:lod1Geometry>"),
     "LineString has fewer than two points"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "member", "said"), SHAPES)
def test_a_shape_that_cannot_be_put_in_its_place_is_refused(tmp_path, code, member, said):
    batches = read(written(tmp_path / "x.gml", synthetic(member + building("good", SQUARE))))
    assert rows(batches, "city_object") == {}
    assert list(rows(batches, "building")) == ["good"]
    (reject,) = [reject for batch in batches for reject in batch.rejects]
    assert (reject.code, reject.severity, reject.source_key) == (code, "error", "bad")
    assert said in reject.reason


def test_a_height_in_an_unknown_unit_is_told_and_not_reckoned_with(tmp_path):
    height = '<bldg:measuredHeight uom="#cubit">9</bldg:measuredHeight>'
    batches = read(written(tmp_path / "x.gml", synthetic(building("b", SQUARE, more=height))))
    (reject,) = [reject for batch in batches for reject in batch.rejects]
    assert (reject.code, reject.severity, reject.source_key) == ("value.unit", "warning", "b")
    assert "unknown unit '#cubit'" in reject.reason
    attributes = rows(batches, "building")["b"]["attributes"]
    assert (attributes["measuredHeight_raw"], "measuredHeight" in attributes) == (9, False)


def test_links_that_multiply_end(tmp_path, monkeypatch):
    monkeypatch.setattr(citygml_geometry, "_MOST_LINKS", 2000)
    layers = "".join(
        f'<gml:surfaceMember><gml:CompositeSurface gml:id="c{n}">'
        + f'<gml:surfaceMember xlink:href="#c{n + 1}"/>' * 12
        + "</gml:CompositeSurface></gml:surfaceMember>"
        for n in range(12)
    )
    last = '<gml:surfaceMember><gml:CompositeSurface gml:id="c12"/></gml:surfaceMember>'
    batches = read(written(tmp_path / "x.gml", synthetic(building("bad", layers + last))))
    assert [reject.code for batch in batches for reject in batch.rejects] == ["geometry.too_many_links"]


def test_a_nameless_object_under_a_relative_namespace_is_read(tmp_path):
    """XML's canonical form, whose digest is a nameless object's key, knows no such namespace."""
    text = synthetic(building("", SQUARE)).replace("<bldg:Building", '<bldg:Building xmlns:own="own/namespace"', 1)
    (one,), (again,) = (rows(read(written(tmp_path / "a.gml", text)), "building") for _ in range(2))
    assert one == again


def test_object_that_stands_twice_in_a_member(tmp_path):
    part = '<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id="bad"/></bldg:consistsOfBuildingPart>'
    batches = read(written(tmp_path / "x.gml", synthetic(building("bad", SQUARE, more=part))))
    assert [reject.code for batch in batches for reject in batch.rejects] == ["key.repeated"]


def test_coordinates_without_heights_are_told(tmp_path):
    flat = SQUARE.replace("<gml:Polygon", '<gml:Polygon srsDimension="2"').replace(" 1<", "<").replace(" 1 ", " ")
    batches = read(written(tmp_path / "x.gml", synthetic(building("b", flat))))
    assert [reject.code for batch in batches for reject in batch.rejects] == ["geometry.no_heights"]
    assert rows(batches, "building")["b"]["geom"].area == 25


def test_textures_that_do_not_fit_are_told(tmp_path):
    ring = SQUARE.replace("<gml:LinearRing>", '<gml:LinearRing gml:id="r">')
    look = (
        "<app:appearanceMember><app:Appearance><app:surfaceDataMember><app:ParameterizedTexture><app:target>"
        '<app:TexCoordList><app:textureCoordinates ring="#r">0 0 1 1</app:textureCoordinates></app:TexCoordList>'
        "</app:target></app:ParameterizedTexture></app:surfaceDataMember></app:Appearance></app:appearanceMember>"
    )
    batches = read(written(tmp_path / "x.gml", synthetic(building("b", ring) + look)))
    (reject,) = [reject for batch in batches for reject in batch.rejects]
    assert (reject.code, reject.severity) == ("geometry.appearance", "warning")


def test_the_command_line_says_it_and_the_city_stays_as_it_was(town, monkeypatch):
    written(town.folder / "x.gml", GOOD)
    town.source("model", "citygml", "x.gml")
    town.load()
    before = town.rows("SELECT * FROM city.building ORDER BY version_id")
    monkeypatch.setenv("CIM_DATA_DIR", str(town.cluster.status().data.parent))
    for name in ("cut off", "another version", "entity bomb", "two CRSs"):
        written(town.folder / "x.gml", FILES[name][0])
        result = CliRunner().invoke(main, ["load", str(town.write())])
        assert result.exit_code == 1
        said = [line for line in result.stderr.splitlines() if line.startswith("cim: ")]
        assert len(said) == 1
        assert FILES[name][1] in said[0]
        assert "Traceback" not in result.output
        assert town.rows("SELECT * FROM city.building ORDER BY version_id") == before
