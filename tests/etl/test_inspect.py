"""`cim inspect`: what it says of every real file is what other readers of the format say."""

from __future__ import annotations

import gzip
import json
import random
import re
import struct
import tomllib
from collections import Counter
from pathlib import Path

import geopandas
import laspy
import numpy as np
import openpyxl
import osmium
import pyogrio
import pyproj
import pytest
import rasterio
import shapely
import swmmio
import wntr
from click.testing import CliRunner

from cim.errors import BadSource
from cim.etl.inspecting.command import inspect
from cim.etl.inspecting.inspection import Inspection, inspect_file
from cim.etl.readers import readers
from cim.manifest import read_manifest

FOLDERS = ("citymodels", "pipelines", "urban", "terrain", "lidar", "imagery")


def counts(found: Inspection) -> dict[str, int]:
    return {layer.name: layer.count for layer in found.found.layers}


def layer(found: Inspection, name: str):
    return next(item for item in found.found.layers if item.name == name)


def attribute(found: Inspection, of: str, name: str):
    return next(item for item in layer(found, of).attributes if item.name == name)


def test_every_real_file_is_known_and_its_lines_are_toml(real_data: Path) -> None:
    files = sorted(path for folder in FOLDERS for path in (real_data / folder).rglob("*") if path.is_file())
    assert len(files) >= 20
    kinds = set(readers())
    for path in files:
        found = inspect_file(path)
        document = found.document()
        assert json.loads(json.dumps(document, default=float))["size_bytes"] == path.stat().st_size
        assert found.found.kind in kinds, path.name
        (source,) = tomllib.loads(document["city_toml"])["source"]
        assert Path(source["path"]) == path
        assert found.found.complete
        assert sum(counts(found).values()) > 0
        # What is in no CRS says so, and only that; what is in one can be found on the globe.
        bare = path.suffix == ".inp" or path.name.startswith("rotterdam")
        assert (found.extent_wgs84 is None) == bare, path.name
        assert ("no CRS" in " ".join(found.problems)) == bare, path.name
        assert bare == (source.get("crs") == "EPSG:…")


@pytest.mark.parametrize("name", ["3dbag_5908_99b", "3dbag_901_52b", "3dbag_5870_54b_ext"])
def test_a_cityjson_sequence(real_data: Path, name: str) -> None:
    path = real_data / f"citymodels/{name}.city.jsonl"
    header, *features = map(json.loads, path.read_text().splitlines())
    objects = [item for feature in features for item in feature["CityObjects"].values()]
    points = np.vstack([feature["vertices"] for feature in features if feature["vertices"]])
    points = points * header["transform"]["scale"] + header["transform"]["translate"]
    found = inspect_file(path)
    assert counts(found) == Counter(item["type"] for item in objects)
    assert (found.found.version, found.crs) == (header["version"], "EPSG:7415")
    assert found.found.extent == pytest.approx([*points[:, :2].min(axis=0), *points[:, :2].max(axis=0)])
    assert found.found.heights == pytest.approx([points[:, 2].min(), points[:, 2].max()])
    parts = Counter(str(part["lod"]) for item in objects for part in item.get("geometry", []))
    assert sum((Counter(item.lods) for item in found.found.layers), Counter()) == parts
    houses = [item["attributes"] for item in objects if item["type"] == "Building"]
    built = [item.get("oorspronkelijkbouwjaar") for item in houses]
    told = attribute(found, "Building", "oorspronkelijkbouwjaar")
    assert told.filled == sum(value is not None for value in built) / len(built)
    assert told.examples[0] == str(next(value for value in built if value is not None))


@pytest.mark.parametrize("name", ["delft_3dbasisvoorziening", "rotterdam_textured_16b"])
def test_a_cityjson_document_as_cjio_reads_it(real_data: Path, cityjson, name: str) -> None:
    path = real_data / f"citymodels/{name}.city.json"
    with path.open() as file:
        theirs = cityjson.reader(file=file, ignore_duplicate_keys=True)
    box = theirs.update_bbox()
    found = inspect_file(path)
    assert found.found.extent == pytest.approx([box[0], box[1], box[3], box[4]])
    assert found.found.heights == pytest.approx([box[2], box[5]])
    assert counts(found) == Counter(item["type"] for item in theirs.j["CityObjects"].values())
    assert found.found.version == theirs.j["version"]


@pytest.mark.parametrize(
    ("file", "crs", "inside"),
    [
        ("citymodels/plateau_yokosuka_bldg.gml", "EPSG:6697", (139.5, 35.1, 139.9, 35.4)),
        ("pipelines/takeshiba_53393680_unf_6697_op.gml", "EPSG:6697", (139.7, 35.6, 139.8, 35.7)),
        ("pipelines/09LD283_unf_10170_op.gml", "EPSG:10170", (139.7, 35.6, 139.8, 35.7)),
        ("pipelines/nagaoka_08EE752_unf_10169_sewer_op.gml", "EPSG:10169", (138.7, 37.3, 138.9, 37.5)),
    ],
)
def test_citygml_against_its_text(real_data: Path, file: str, crs: str, inside: tuple[float, ...]) -> None:
    text = (real_data / file).read_text(encoding="utf-8")
    members = re.findall(r"<core:cityObjectMember>\s*<(?:\w+:)?(\w+)", text)
    numbers = [list(map(float, part.split())) for part in re.findall(r"<gml:pos(?:List)?[^>]*>([^<]+)<", text)]
    points = np.vstack([np.reshape(part, (-1, 3)) for part in numbers])
    found = inspect_file(real_data / file)
    assert counts(found) == Counter(members)
    assert found.found.extent == pytest.approx([*points[:, :2].min(axis=0), *points[:, :2].max(axis=0)])
    assert found.found.heights == pytest.approx([points[:, 2].min(), points[:, 2].max()])
    assert (found.crs, found.found.version, found.found.northing_first) == (crs, "2.0", True)
    west, south, east, north = found.extent_wgs84
    assert inside[0] < west < east < inside[2]
    assert inside[1] < south < north < inside[3]
    for lod in range(5):
        tags = len(re.findall(rf"<\w+:lod{lod}\w*>\s*<", text))
        assert sum(item.lods.get(str(lod), 0) for item in found.found.layers) == tags, lod


def test_citygml_attributes_and_modules(real_data: Path) -> None:
    path = real_data / "citymodels/plateau_yokosuka_bldg.gml"
    found = inspect_file(path)
    heights = re.findall(r"<bldg:measuredHeight[^>]*>([^<]+)<", path.read_text(encoding="utf-8"))
    told = attribute(found, "Building", "measuredHeight")
    assert (told.type, told.filled) == ("number", len(heights) / 13)
    assert told.examples[0] == str(float(heights[0]))
    assert "i-UR uro" in found.found.facts["modules"]
    assert found.found.facts["textures"] == path.read_text(encoding="utf-8").count("<app:ParameterizedTexture ")


@pytest.mark.parametrize("name", ["model_full_features_network_xy", "model_state_plane", "test_inlet_drains"])
def test_swmm_models_as_swmmio_reads_them(real_data: Path, name: str) -> None:
    path = real_data / f"pipelines/{name}.inp"
    model = swmmio.Model(str(path))
    found = inspect_file(path)
    text = path.read_text().upper()
    for section in ("junctions", "outfalls", "storage", "conduits", "pumps", "weirs", "subcatchments"):
        # swmmio warns of sections that a file lacks.
        frame = getattr(model.inp, section) if f"[{section.upper()}]" in text else ()
        assert counts(found).get(f"[{section.upper()}]", 0) == len(frame), section
    assert found.found.kind == "swmm"
    assert found.found.facts["units"] == model.inp.options.loc["FLOW_UNITS"].iloc[0]
    places = model.inp.coordinates
    assert found.found.extent[0] <= places["X"].min()
    assert found.found.extent[3] >= places["Y"].max()


@pytest.mark.parametrize("name", ["Net1", "Net3", "Net6", "ky4", "ky10"])
def test_epanet_models_as_wntr_reads_them(name: str) -> None:
    path = Path(wntr.__file__).parent / f"library/networks/{name}.inp"
    network = wntr.network.WaterNetworkModel(str(path))
    found = inspect_file(path)
    told = counts(found)
    assert found.found.kind == "epanet"
    for section, names in (
        ("JUNCTIONS", network.junction_name_list), ("RESERVOIRS", network.reservoir_name_list),
        ("TANKS", network.tank_name_list), ("PIPES", network.pipe_name_list), ("PUMPS", network.pump_name_list),
        ("VALVES", network.valve_name_list),
    ):  # fmt: skip
        assert told.get(f"[{section}]", 0) == len(names), section
    places = np.array([node.coordinates for _, node in network.nodes()])
    bends = [point for _, link in network.links() for point in link.vertices]
    every = np.vstack([places, *([bends] if bends else [])])
    assert found.found.extent == pytest.approx([*every.min(axis=0), *every.max(axis=0)])
    assert inspect_file(path, crs="EPSG:3089").extent_wgs84 is not None


class Count(osmium.SimpleHandler):
    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def _take(self, sort: str, item) -> None:
        self.found[sort] += 1
        self.found.update(f"{key}=*" for key in ("building", "highway", "amenity") if key in item.tags)

    def node(self, item) -> None:
        self._take("nodes", item)

    def way(self, item) -> None:
        self._take("ways", item)

    def relation(self, item) -> None:
        self._take("relations", item)


def test_an_openstreetmap_extract_as_another_handler_counts_it(real_data: Path) -> None:
    path = real_data / "urban/helsinki/Helsinki.osm.pbf"
    handler = Count()
    handler.apply_file(str(path))
    found = inspect_file(path)
    assert {name: counts(found)[name] for name in handler.found} == handler.found
    assert found.crs == "EPSG:4326"
    assert found.extent_wgs84 == pytest.approx((24.935, 60.164, 24.953, 60.179), abs=1e-3)


def test_time_that_is_up_is_told(real_data: Path) -> None:
    found = inspect_file(real_data / "urban/helsinki/Helsinki.osm.pbf", seconds=0.0)
    assert not found.found.complete
    assert "not read to its end" in found.problems[-1]


@pytest.mark.parametrize(
    "name", ["boundary_IGN.geojson", "school_catchments_gobcan.geojson", "GHS_UCDB_LasPalmas.gpkg"]
)
def test_vector_files_as_geopandas_reads_them(real_data: Path, name: str) -> None:
    path = real_data / "urban/laspalmas" / name
    theirs = geopandas.read_file(path)
    found = inspect_file(path)
    (told,) = found.found.layers
    assert told.count == len(theirs)
    assert found.found.extent == pytest.approx(theirs.total_bounds)
    # The degrees of a rectangle in the file's CRS hold those of what is in it.
    west, south, east, north = theirs.to_crs(4326).total_bounds
    assert shapely.box(*found.extent_wgs84).buffer(1e-9).contains(shapely.box(west, south, east, north))
    assert found.extent_wgs84 == pytest.approx((west, south, east, north), abs=0.05)
    assert [item.name for item in told.attributes] == [column for column in theirs.columns if column != "geometry"]
    for item in told.attributes:
        values = theirs[item.name].replace("", None)
        assert item.filled == pytest.approx(values.notna().mean()), item.name


@pytest.mark.parametrize("name", ["terrain/codem_dem.tif", "terrain/codem_dsm.tif", "imagery/mosaic_cog1.tif"])
def test_rasters_against_all_cells_at_once(real_data: Path, name: str) -> None:
    found = inspect_file(real_data / name)
    with rasterio.open(real_data / name) as dataset:
        cells = dataset.read(masked=True)
        assert found.found.extent == tuple(dataset.bounds)
    for item, band in zip(found.found.layers[0].attributes, cells, strict=True):
        assert item.filled == pytest.approx(band.count() / band.size)
        assert [float(value) for value in item.examples] == pytest.approx([band.min(), band.max()])
    want = {"codem_dem.tif": ("EPSG:32616", "dem"), "codem_dsm.tif": ("EPSG:32616+3855", "dsm"),
            "mosaic_cog1.tif": ("EPSG:32618", "orthophoto")}[Path(name).name]  # fmt: skip
    assert (found.crs, found.found.sources[0]["raster"]) == want
    assert found.found.format == ("COG" if "cog" in name else "GeoTIFF")


def test_a_scan_against_its_bytes(real_data: Path) -> None:
    path = real_data / "lidar/codem_pc.laz"
    head = path.read_bytes()[:375]
    (count,) = struct.unpack_from("<I", head, 107)
    high_x, low_x, high_y, low_y, high_z, low_z = struct.unpack_from("<6d", head, 179)
    found = inspect_file(path)
    assert counts(found)["points"] == count == 222_224
    assert found.found.extent == (low_x, low_y, high_x, high_y)
    assert found.found.heights == (low_z, high_z)
    assert (found.found.version, found.crs) == ("1.2", "EPSG:32616")
    classes = Counter(np.asarray(laspy.read(path).classification).tolist())
    assert sum(count for name, count in counts(found).items() if name.startswith("class")) == classes.total()


def test_a_survey_workbook_and_its_csv_in_gb18030(tmp_path: Path, sample_dir: Path) -> None:
    workbook = min((sample_dir / "pipes").glob("*.xlsx"))
    book = openpyxl.load_workbook(workbook, read_only=True)
    rows = {sheet.title: [row for row in sheet.iter_rows(values_only=True) if any(row)] for sheet in book}
    found = inspect_file(workbook)
    assert counts(found) == {name: len(lines) - 1 for name, lines in rows.items()}
    assert (found.found.kind, found.found.northing_first) == ("pipe_survey", True)
    name, lines = next((name, lines) for name, lines in rows.items() if "点" in name)
    path = tmp_path / f"{name}.csv"
    text = "\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in lines)
    path.write_text(text, encoding="gb18030")
    again = inspect_file(path)
    assert again.found.facts["encoding"] == "GB18030"
    assert counts(again) == {name: len(lines) - 1}
    x = [row[lines[0].index("X")] for row in lines[1:]]
    assert again.found.extent[0] == pytest.approx(min(value for value in x if isinstance(value, int | float)))
    assert layer(again, name).attributes[0].filled == layer(found, name).attributes[0].filled


def test_a_shapefile_with_chinese_names_in_gbk(tmp_path: Path) -> None:
    path = tmp_path / "房屋.shp"
    frame = geopandas.GeoDataFrame(
        {"名称": ["市政厅", "图书馆", None]}, geometry=[shapely.box(n, 0, n + 1, 1) for n in range(3)], crs="EPSG:4545"
    )
    frame.to_file(path, encoding="gb18030")
    path.with_suffix(".cpg").unlink()
    found = inspect_file(path)
    told = attribute(found, "房屋", "名称")
    assert (told.examples, told.filled) == (("市政厅", "图书馆"), pytest.approx(2 / 3))
    (problem,) = found.problems
    assert problem.startswith(
        "lies outside the area where EPSG:4545 (CGCS2000 / 3-degree Gauss-Kruger CM 108E) is used"
    )


def test_swapped_axes_and_invalid_outlines_are_problems(tmp_path: Path) -> None:
    bow = shapely.Polygon([(3270000, 500000), (3270010, 500010), (3270010, 500000), (3270000, 500010)])
    frame = geopandas.GeoDataFrame({"a": [1, 2]}, geometry=[bow, None], crs="EPSG:4545")
    frame.to_file(tmp_path / "x.gpkg")
    found = inspect_file(tmp_path / "x.gpkg")
    said = " ".join(found.problems)
    assert "1 features have no geometry" in said
    assert "1 geometries are invalid" in said
    assert 'axis_order = "north_east"' in said
    degrees = pyproj.Transformer.from_crs(4545, 4326, always_xy=True).transform(500000, 3270000)
    assert f"{degrees[0]:.4f}, {degrees[1]:.4f}" in said


def test_packed_citygml_is_read_and_nothing_is_left_beside_gml(tmp_path: Path, real_data: Path) -> None:
    plain = real_data / "pipelines/takeshiba_53393680_unf_6697_op.gml"
    (tmp_path / "unf.gml.gz").write_bytes(gzip.compress(plain.read_bytes()))
    assert counts(inspect_file(tmp_path / "unf.gml.gz")) == counts(inspect_file(plain))
    pyogrio.write_dataframe(
        geopandas.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)], crs=4326), tmp_path / "p.gml", driver="GML"
    )
    (tmp_path / "p.xsd").unlink(missing_ok=True)
    assert inspect_file(tmp_path / "p.gml").found.format == "GML file"
    assert not (tmp_path / "p.gfs").exists()


BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<CityModel xmlns="http://www.opengis.net/citygml/2.0"><name>&b;</name></CityModel>"""


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.json", b"", "is empty"),
        ("bomb.gml", BOMB.encode(), "DOCTYPE"),
        ("cut.gml", BOMB.split("\n")[1][:90].encode(), "cannot be read as CityGML"),
        ("cut.city.json", b'{"type":"CityJSON","version":"2.0","CityObjects":{"a":', "cannot be read as CityJSON"),
        ("list.city.json", b'{"type":"CityJSON","CityObjects":[1]}', "has no CityObjects"),
        ("what.inp", b"[TITLE]\n[OPTIONS]\n", "neither an EPANET nor a SWMM"),
        ("cut.laz", b"LASF" + b"\1" * 50, "cannot be read as a laser scan"),
        ("cut.tif", b"II*\0" + b"\1" * 50, "cannot be read as a raster"),
        ("cut.xlsx", b"PK\3\4" + b"\1" * 50, "cannot be read as a workbook"),
        ("cut.gpkg", b"SQLite format 3\0" + b"\1" * 50, "cannot be read as a vector file"),
        ("text.csv", b"a,b\n\xff\xfe\xff,1\n", "neither UTF-8 nor GB18030"),
        ("cut.gz", b"\x1f\x8b\x08\0", "cannot be read"),
        ("cut.osm.pbf", b"\0\0\0\x0d\x0a\x09OSMHeader\x18\x7c", "cannot be read as an OpenStreetMap extract"),
    ],
)
def test_a_damaged_file_gives_one_clear_line(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadSource, match=words) as caught:
        inspect_file(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_damage_anywhere_never_ends_in_a_traceback(tmp_path: Path, real_data: Path) -> None:
    chance = random.Random(3)
    for source in ("citymodels/3dbag_901_52b.city.jsonl", "citymodels/rotterdam_textured_16b.city.json",
                   "pipelines/takeshiba_53393680_unf_6697_op.gml", "pipelines/model_state_plane.inp",
                   "lidar/codem_pc.laz", "urban/laspalmas/GHS_UCDB_LasPalmas.gpkg"):  # fmt: skip
        whole = (real_data / source).read_bytes()
        for turn in range(5):
            broken = bytearray(whole if turn else whole[: len(whole) // 3])
            for _ in range(20):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            path = tmp_path / Path(source).name
            path.write_bytes(bytes(broken))
            try:
                inspect_file(path, seconds=5)
            except BadSource as error:
                assert path.name in str(error)  # noqa: PT017 - some of them can still be read


def test_the_command_tells_of_all_files_and_fails_for_the_broken_one(tmp_path: Path) -> None:
    good, bad = tmp_path / "net.inp", tmp_path / "none.gpkg"
    good.write_text("[JUNCTIONS]\nA 1\nB 2\n[PIPES]\n1 A B 10\n[COORDINATES]\nA 1 2\n")
    done = CliRunner().invoke(inspect, [str(bad), str(good)])
    assert done.exit_code == 1
    assert "none.gpkg: no such file" in done.stderr
    assert "EPANET input file" in done.stdout
    assert "1 of 2 nodes have no coordinates: B" in done.stdout
    assert 'kind = "epanet"' in done.stdout
    document = json.loads(CliRunner().invoke(inspect, ["--json", "--crs", "EPSG:4545", str(good)]).stdout)
    assert (document["kind"], document["crs_from"]) == ("epanet", "given with --crs")


def test_the_sample_city_is_inspected_as_what_its_manifest_says(sample_dir: Path) -> None:
    for source in read_manifest(sample_dir).sources:
        found = inspect_file(source.path)
        assert found.found.kind in {source.kind, "footprints"}, source.name
        assert sum(counts(found).values()) > 0
    forms = inspect_file(sample_dir / "survey").found
    assert (forms.kind, forms.facts) == ("survey_forms", {"photos": 3})
    of_sheet = {layer.name: layer for layer in forms.layers}
    assert of_sheet["满意度"].count > of_sheet["住宅"].count > 0
    assert "结构安全隐患" in {one.name for one in of_sheet["住宅"].attributes}
    assert inspect_file(sample_dir / "survey" / "forms.xlsx").found.kind == "survey_forms"


def test_lines_that_look_like_pipes_are_offered_as_such(tmp_path: Path) -> None:
    path = tmp_path / "net.gpkg"
    line, point = shapely.LineString([(0, 0), (1, 1)]), shapely.Point(0, 0)
    for name, shape in (("sewer", line), ("manhole", point)):
        geopandas.GeoDataFrame({"dn": [300]}, geometry=[shape], crs=32650).to_file(path, layer=name)
    (source,) = tomllib.loads(inspect_file(path).source_lines())["source"]
    assert (source["kind"], source["options"]) == ("pipe_layers", {"lines": "sewer", "points": "manhole"})


def test_a_survey_in_a_folder_of_csv_files(tmp_path: Path) -> None:
    (tmp_path / "WSPoint.csv").write_text("物探点号,X,Y\nW1,3270000.5,500000\n", encoding="utf-8")
    (tmp_path / "WSLine.csv").write_text("起点点号,连接点号,管径\nW1,W2,300\n", encoding="utf-8")
    found = inspect_file(tmp_path, crs="EPSG:4545")
    assert (found.found.kind, counts(found)) == ("pipe_survey", {"WSLine": 1, "WSPoint": 1})
    assert found.extent_wgs84[0] == pytest.approx(108.0)
