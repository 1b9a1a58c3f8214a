"""`city.toml`: what is read, and the one clear line for what cannot be."""

from __future__ import annotations

import dataclasses

import pytest

from cim.city import CityProfile
from cim.errors import BadManifest
from cim.manifest import SourceSpec, read_manifest

CITY = """
[city]
slug = "delft"
name_zh = "代尔夫特"
name_en = "Delft"
crs = "EPSG:28992"
vertical_datum = "NAP"
ellipsoid_offset_m = 43
"""


def test_sources_stand_in_order_with_absolute_paths(tmp_path) -> None:
    (tmp_path / "city.toml").write_text(
        CITY
        + '[[source]]\nname = "b"\nkind = "cityjson"\npath = "b.json"\noptions = { lod = "2.2" }\n'
        + '[[source]]\nname = "a"\nkind = "raster"\npath = "sub/a.tif"\nclassification = 1\n'
    )
    manifest = read_manifest(tmp_path)
    assert [source.name for source in manifest.sources] == ["b", "a"]
    assert manifest.sources[1].path == tmp_path / "sub/a.tif"
    assert manifest.sources[0].options == {"lod": "2.2"}
    assert manifest.profile.srid == 28992


def test_openstreetmap_is_named_unless_the_manifest_names_somebody(tmp_path) -> None:
    (tmp_path / "city.toml").write_text(
        CITY
        + '[[source]]\nname = "a"\nkind = "osm"\npath = "a.osm.pbf"\n'
        + '[[source]]\nname = "b"\nkind = "osm"\npath = "b.osm.pbf"\nattribution = "OpenStreetMap, Geofabrik"\n'
        + '[[source]]\nname = "c"\nkind = "footprints"\npath = "c.gpkg"\n'
    )
    named = [(source.licence, source.attribution) for source in read_manifest(tmp_path).sources]
    assert named == [
        ("ODbL-1.0", "© OpenStreetMap contributors"),
        ("ODbL-1.0", "OpenStreetMap, Geofabrik"),
        (None, None),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"\[city\]: this part is missing"),
        ("[city", "not readable as TOML"),
        (CITY + "[other]\n", r"unknown part \[other\]"),
        (CITY.replace('slug = "delft"', 'slug = "Delft!"'), "use lower-case letters"),
        (CITY.replace("EPSG:28992", "EPSG:4326"), "give a projected CRS in metres"),
        (CITY.replace("EPSG:28992", "EPSG:3089"), "give a projected CRS in metres"),
        (CITY.replace("EPSG:28992", "EPSG:99999999"), "PROJ does not know it"),
        (CITY.replace("= 43", '= "43"'), "ellipsoid_offset_m = '43'"),
        (CITY.replace('vertical_datum = "NAP"\n', ""), "vertical_datum: is missing: what heights are above, e.g."),
        (CITY + 'colour = "red"\n', "colour: not known"),
        (CITY + '[[source]]\nname = "a"\nkind = "x"\n', "number 1 path: is missing: the file, from the folder"),
        (CITY + '[[source]]\nname="a"\nkind="x"\npath="y"\n' * 2, "stands twice"),
        (CITY + '[[source]]\nname="a"\nkind="x"\npath="y"\nclassification=7\n', "give 0, 1 or 2"),
        (CITY + '[[source]]\nname="a"\nkind="x"\npath="y"\nsecrecy="机密"\n', "state secrets are not loaded"),
        (CITY + '[[source]]\nname="a"\nkind="x"\npath="y"\nclassification=true\n', "classification = True"),
    ],
)
def test_bad_manifest_is_one_line_that_names_the_place(tmp_path, text: str, words: str) -> None:
    (tmp_path / "city.toml").write_text(text)
    with pytest.raises(BadManifest, match=words) as caught:
        read_manifest(tmp_path / "city.toml")
    assert "\n" not in str(caught.value).strip()
    assert "city.toml" in str(caught.value)


SECRET = '[[source]]\nname="a"\nkind="x"\npath="y"\nsecrecy="秘密"\n'


def test_state_secrets_are_taken_where_no_network_reaches_and_only_as_restricted(tmp_path) -> None:
    (tmp_path / "city.toml").write_text(CITY + SECRET)
    with pytest.raises(BadManifest, match="unless CIM_ISOLATED=1 declares"):
        read_manifest(tmp_path)
    with pytest.raises(BadManifest, match="classification = 0: a state secret is restricted: give classification = 2"):
        read_manifest(tmp_path, isolated=True)
    (tmp_path / "city.toml").write_text(CITY + SECRET + 'classification = 2\ndata_grade = "重要"\n')
    (source,) = read_manifest(tmp_path, isolated=True).sources
    assert (source.secrecy, source.data_grade) == ("秘密", "重要")


def test_missing_manifest(tmp_path) -> None:
    with pytest.raises(BadManifest, match="no such file"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(("where", "kind"), [("city", CityProfile), ("source", SourceSpec)])
def test_each_key_that_must_be_there_is_told_with_an_example(tmp_path, where: str, kind: type) -> None:
    needed = [item.name for item in dataclasses.fields(kind) if item.default is item.default_factory]
    city, source = CITY.splitlines(), ["[[source]]", 'name = "a"', 'kind = "x"', 'path = "y"']
    for name in needed:
        lines = [
            line
            for part, lines in (("city", city), ("source", source))
            for line in lines
            if part != where or not line.startswith(f"{name} =")
        ]
        (tmp_path / "city.toml").write_text("\n".join(lines), encoding="utf-8")
        with pytest.raises(BadManifest, match=rf"{name}: is missing: .*({name} = |docs/formats)"):
            read_manifest(tmp_path)
