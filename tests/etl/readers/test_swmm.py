"""SWMM models: feet and metres, levels of inverts, sections, subcatchments; counts and levels as swmmio has them."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest
import shapely

from cim.city import CityProfile
from cim.errors import BadSource, CimError, MissingCrs, MissingSource
from cim.etl.readers.epanet import READER as EPANET
from cim.etl.readers.swmm import READER
from cim.etl.readers.swmm_sections import section
from cim.layers.titles import value_title
from cim.manifest import SourceSpec

CITY = CityProfile("x", "x", "x", "EPSG:26916", "NAVD88", -30.0)
METRES = """
[OPTIONS]
FLOW_UNITS LPS
LINK_OFFSETS DEPTH
[SUBCATCHMENTS]
;;Name Gage Outlet Area Imperv Width Slope CurbLen
S1 R1 j1 2 40 100 0.5 0
S2 R1 J2 1 40 100 0.5 0
[JUNCTIONS]
; at the school
J1 100 3 0 0 0
J2 99 0 0 0 0
[DIVIDERS]
D1 98.5 C2 CUTOFF 1 2 0 0 0
[STORAGE]
T1 98 4 0 FUNCTIONAL 1000 0 0
[OUTFALLS]
O1 97 FREE NO
[CONDUITS]
C1 J1 j2 100 0.013 0.2 0.1 0 0
C2 J2 D1 100 0.013 0 0 0 0
C3 D1 T1 100 0.02 0 0 0 0
"C 4" T1 O1 100 0.02 0 0 0 0 ; a comment
[PUMPS]
U1 T1 O1 curve ON 0 0
[ORIFICES]
R1 D1 T1 SIDE 0.3 0.65 NO 0
[WEIRS]
W1 T1 O1 TRANSVERSE 0.5 1.8 NO
[OUTLETS]
X1 J1 J2 0.4 TABULAR/DEPTH curve NO
[XSECTIONS]
C1 CIRCULAR 0.6 0 0 0 1
C2 EGG 0.9 0 0 0 1
C3 TRAPEZOIDAL 1 2 1.5 0.5 1
"C 4" IRREGULAR ditch
R1 RECT_CLOSED 0.3 0.5 0 0
[TAGS]
Link C1 main
[COORDINATES]
J1 500000 4000000
J2 500100 4000000
D1 500200 4000000
T1 500300 4000000
O1 500400 4000000
[VERTICES]
C1 500050 4000050
[Polygons]
S1 500000 4000000
S1 500100 4000000
S1 500100 4000200
S1 500000 4000200
"""


@pytest.fixture
def read(tmp_path):
    """Write a model to a file and read it."""

    def run(text, crs="EPSG:26916", city=CITY, offset=0.0, network="storm", **options):
        path = tmp_path / "model.inp"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        options |= {"network": network} if network else {}
        found = list(READER.read(SourceSpec("s", "swmm", path, crs, offset, options=options), city))
        return {batch.theme: batch for batch in found}

    return run


def by_key(batch):
    return batch.frame.set_index("source_key")


def test_nodes(read):
    batch = read(METRES, offset=10.0)["pipe_node"]
    nodes = by_key(batch)
    kinds = {"J1": "junction", "J2": "junction", "O1": "outfall", "D1": "divider", "T1": "storage"}
    assert nodes["kind"].to_dict() == kinds
    assert nodes.index[nodes["is_sink"]].tolist() == ["O1"]
    assert nodes["ground_level_m"].dropna().to_dict() == {"J1": 113.0, "T1": 112.0}
    assert nodes["well_depth_m"].dropna().to_dict() == {"J1": 3.0, "T1": 4.0}
    assert nodes.loc["J1", "attributes"]["description"] == "at the school"
    assert nodes.loc["J1", "attributes"]["invert_level_m"] == 110.0
    # The lowest axis at the node: of the outlet at J1, 0.4 m above the invert, and of the pipe, 0.2 + 0.3.
    z = {key: round(float(shapely.get_z(place)), 6) for key, place in nodes["geom"].items()}
    assert z == {"J1": 110.4, "J2": 109.0, "D1": 108.95, "T1": 108.0, "O1": 107.0}
    assert batch.frame.index[0] == "[JUNCTIONS] J1"
    assert batch.rejects == []


def test_links_have_levels_sizes_and_no_material(read):
    links = by_key(read(METRES)["pipe_segment"])
    assert links["kind"].to_dict() == {
        "C1": "pipe", "C2": "pipe", "C3": "channel", "C 4": "channel", "U1": "pump", "R1": "orifice", "W1": "weir",
        "X1": "outlet",
    }  # fmt: skip
    # Names are the same whatever the size of their letters.
    assert links.loc["C1", ["start_node_key", "end_node_key", "length_m", "roughness", "diameter_mm"]].tolist() == [
        "J1", "J2", 100, 0.013, 600,
    ]  # fmt: skip
    assert links.loc["C1", ["start_level_m", "end_level_m", "depth_reference"]].tolist() == [100.2, 99.1, "invert"]
    assert links.loc["C1", "attributes"]["tag"] == "main"
    assert "material" not in links
    assert links.loc["C2", ["shape", "width_mm", "height_mm"]].tolist() == ["rectangular", pytest.approx(600.3), 900]
    assert links.loc["C3", ["shape", "width_mm", "height_mm"]].tolist() == ["rectangular", 4000, 1000]
    assert links.loc["C 4", ["width_mm", "height_mm"]].isna().all()
    assert links.loc["R1", ["start_level_m", "end_level_m", "width_mm"]].tolist() == [98.8, 98.0, 500]
    assert [links.loc[key, "attributes"]["discharge_coefficient_si"] for key in ("R1", "W1")] == [0.65, 1.8]
    line = shapely.get_coordinates(links.loc["C1", "geom"], include_z=True)
    assert line == pytest.approx(np.array([[500000, 4e6, 100.5], [500050, 4000050, 99.95], [500100, 4e6, 99.4]]))


def test_offsets_may_be_elevations(read):
    text = METRES.replace("LINK_OFFSETS DEPTH", "LINK_OFFSETS ELEVATION").replace("0.2 0.1", "100.7 *")
    link = by_key(read(text)["pipe_segment"]).loc["C1"]
    assert link[["start_level_m", "end_level_m"]].tolist() == [100.7, 99.0]


def test_devices_sit_on_their_links(read):
    devices = by_key(read(METRES)["pipe_device"])
    assert devices["kind"].to_dict() == {"U1": "pump", "R1": "orifice", "W1": "weir", "X1": "outlet"}
    assert devices["segment_key"].tolist() == devices.index.tolist()
    assert devices["state"].dropna().to_dict() == {"U1": "on"}
    assert shapely.get_coordinates(devices.loc["R1", "geom"], include_z=True)[0].tolist() == pytest.approx(
        [500250, 4e6, 98.55]
    )


def test_subcatchments_are_kept(read):
    batch = read(METRES)["city_object"]
    areas = by_key(batch)
    assert areas["object_type"].unique().tolist() == ["Subcatchment"]
    assert areas.loc["S1", "geom"].area == pytest.approx(20_000)
    assert areas.loc["S1", "attributes"] == {
        "rain_gage": "R1", "outlet": "J1", "area_m2": 20_000.0, "impervious_percent": 40.0, "width_m": 100.0,
        "slope_percent": 0.5,
    }  # fmt: skip
    assert areas.loc["S2", "geom"] is None
    assert [(item.record, item.severity) for item in batch.rejects] == [("[SUBCATCHMENTS] S2", "warning")]


def test_feet_come_into_metres(read):
    feet = METRES.replace("LPS", "MGD")
    crs = "+proj=tmerc +lat_0=0 +lon_0=-87 +k=0.9996 +x_0=500000 +datum=NAD83 +units=ft"
    place = {"500": 1640419.9475, "4000": 13123359.58}
    lines = []
    for line in feet.splitlines():
        words = line.split()
        if len(words) == 3 and words[1].startswith("500") and words[2].startswith("4000"):
            words[1:] = [repr(place["500"] + float(words[1]) - 500_000), repr(place["4000"] + float(words[2]) - 4e6)]
        lines.append(" ".join(words))
    found = read("\n".join(lines), crs=crs)
    links, nodes = by_key(found["pipe_segment"]), by_key(found["pipe_node"])
    assert links.loc["C1", ["length_m", "diameter_mm", "start_level_m"]].tolist() == pytest.approx(
        [30.48, 182.88, 100.2 * 0.3048]
    )
    # A weir's coefficient is in the square root of a length a second, an orifice's has no unit.
    told = [links.loc[key, "attributes"]["discharge_coefficient_si"] for key in ("R1", "W1")]
    assert told == pytest.approx([0.65, 1.8 * 0.3048**0.5], abs=1e-4)
    assert nodes.loc["J1", "ground_level_m"] == pytest.approx(103 * 0.3048)
    assert shapely.get_x(nodes.loc["J2", "geom"]) - shapely.get_x(nodes.loc["J1", "geom"]) == pytest.approx(30.48)
    assert found["pipe_node"].rejects == []
    # The same model in a grid in metres would be 3.28 times too large.
    with pytest.raises(BadSource, match="coordinates are in feet, but EPSG:26916 is in metres"):
        read(feet)


def test_what_cannot_be_read_is_refused_line_by_line(read):
    text = METRES.replace("J2 99 0 0 0 0", "J2 high 0 0 0 0\nJ1 5 0\nJ9 50").replace("C3 D1 T1 100", "C3 D1 T1 long")
    found = read(text.replace("T1 500300 4000000", "T1 500300"))
    rejects = {(item.record, item.code) for batch in found.values() for item in batch.rejects}
    assert {("[JUNCTIONS] line 12", "value.not_a_number"), ("[JUNCTIONS] line 13", "key.repeated")} <= rejects
    assert ("[JUNCTIONS] J9", "geometry.missing") in rejects
    assert ("[STORAGE] T1", "geometry.missing") in rejects
    assert ("[CONDUITS] line 24", "value.not_a_number") in rejects
    assert ("[CONDUITS] C1", "reference.unknown_point") in rejects
    assert by_key(found["pipe_node"]).index.tolist() == ["J1", "O1", "D1"]


@pytest.mark.parametrize("seed", range(40))
def test_damaged_models_end_in_batches_or_one_line(read, seed):
    chance = random.Random(seed)
    words = METRES.split(" ")
    for _ in range(chance.randint(1, 6)):
        words[chance.randrange(len(words))] = chance.choice(
            ["", "nan", "1e400", '"', "[", ";", "x", "-5", "\n", "\x00"]
        )
    said = ""
    try:
        assert "pipe_node" in read(" ".join(words))
    except CimError as error:
        said = str(error)
    assert "\n" not in said


EPANET_TEXT = "[JUNCTIONS]\nJ1 1\n[RESERVOIRS]\nR1 2\n[PIPES]\nP1 R1 J1 10 100 100 0\n"


def test_the_two_programs_files_are_told_apart(read, tmp_path):
    with pytest.raises(BadSource, match=r'EPANET water network \(\[PIPES\], .*\), not .*: give kind = "epanet"'):
        read(EPANET_TEXT)
    path = tmp_path / "drain.inp"
    path.write_text(METRES, encoding="utf-8")
    with pytest.raises(BadSource, match=r'is a SWMM drainage model .*, not an EPANET .*: give kind = "swmm"'):
        list(EPANET.read(SourceSpec("s", "epanet", path, "EPSG:26916"), CITY))


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (METRES, {"network": None}, 'says not which network it is: give network = "storm", "sewage"'),
        (METRES, {"network": "water"}, "options.network = 'water'"),
        (METRES.replace("LPS", "XYZ"), {}, r"\[OPTIONS\] FLOW_UNITS 'XYZ' is not known: give one of CFS"),
        ("", {}, "holds no node"),
        ("hello\nworld", {}, "holds no node"),
        (b"\x00\xff\xfe" * 50, {}, "is neither UTF-8 nor GB18030"),
    ],
)
def test_what_is_no_model_is_refused_in_one_line(read, text, options, said):
    with pytest.raises(BadSource, match=said) as error:
        read(text, **options)
    assert "\n" not in str(error.value)


def test_crs_and_file_must_be_there(read, tmp_path):
    with pytest.raises(MissingCrs):
        read(METRES, crs=None)
    none = SourceSpec("s", "swmm", tmp_path / "none.inp", "EPSG:26916", options={"network": "storm"})
    with pytest.raises(MissingSource):
        list(READER.read(none, CITY))


def test_every_kind_has_a_title(read):
    for theme, batch in read(METRES).items():
        column = "object_type" if theme == "city_object" else "kind"
        assert [kind for kind in set(batch.frame[column]) if value_title(theme, column, kind) is None] == []


# The files say EPSG:2817 (Missouri West) and that they are in feet, for which EPSG has no code.
MISSOURI = "+proj=tmerc +lat_0=36.1666666666667 +lon_0=-94.5 +k=0.999941176 +x_0=850000 +datum=NAD83 +units=us-ft"
KANSAS_CITY = CityProfile("x", "x", "x", "EPSG:26915", "NAVD88", -30.0)
REAL = {
    "model_full_features_network_xy.inp": (MISSOURI, KANSAS_CITY),
    "model_state_plane.inp": (MISSOURI, KANSAS_CITY),
    # Drawn about its own origin: a grid of our own, in feet.
    "test_inlet_drains.inp": (
        "+proj=tmerc +lat_0=39 +lon_0=-105 +datum=NAD83 +units=ft",
        CityProfile("x", "x", "x", "EPSG:26913", "NAVD88", -15.0),
    ),
}


@pytest.mark.parametrize("name", REAL)
def test_real_models_are_as_swmmio_reads_them(real_data, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import swmmio

        model = swmmio.Model(str(real_data / "pipelines" / name))
        nodes, links, areas = model.nodes.dataframe, model.links.dataframe, model.subcatchments.dataframe
    crs, city = REAL[name]
    path = real_data / "pipelines" / name
    found = {b.theme: b for b in READER.read(SourceSpec("s", "swmm", path, crs, options={"network": "storm"}), city)}
    mine, lines = by_key(found["pipe_node"]), by_key(found["pipe_segment"])
    assert sorted(mine.index) == sorted(map(str, nodes.index))
    assert sorted(lines.index) == sorted(map(str, links.index))
    assert sorted(found["city_object"].frame["source_key"]) == sorted(map(str, areas.index))
    inverts = nodes["InvertElev"].astype(float) * 0.3048
    ours = {key: item["invert_level_m"] for key, item in mine["attributes"].items()}
    assert ours == pytest.approx({str(key): value for key, value in inverts.items()}, abs=1e-4)
    for key, row in links[links["Length"].notna()].iterrows():
        line = lines.loc[str(key)]
        assert line["length_m"] == pytest.approx(float(row["Length"]) * 0.3048)
        start = inverts[row["InletNode"]] + float(row["InOffset"]) * 0.3048
        assert line["start_level_m"] == pytest.approx(start, abs=1e-4)
        if row["Shape"] == "CIRCULAR":
            assert line["diameter_mm"] == pytest.approx(float(row["Geom1"]) * 304.8)
    errors = [item for batch in found.values() for item in batch.rejects if item.severity == "error"]
    assert errors == []


@pytest.mark.parametrize(
    ("shape", "measures", "size"),
    [
        ("EGG", [1.5, 0, 0, 0], (1.0005, 1.5)),
        ("SEMICIRCULAR", [1.0], (1.64, 1.0)),
        ("HORIZ_ELLIPSE", [0.6, 0.9, 0, 0], (0.9, 0.6)),
        # Without a width the first measure is the number of a standard size, and so is the third.
        ("HORIZ_ELLIPSE", [5, 0, 0, 0], None),
        ("VERT_ELLIPSE", [5], None),
        ("ARCH", [0.6, 0.9, 12, 0], None),
        ("TRIANGULAR", [0.6, 0.9, 0, 0], (0.9, 0.6)),
        ("CUSTOM", [0.6, 0, 0, 0], None),
    ],
)
def test_sizes_of_shapes(shape, measures, size):
    found = section(shape, measures, 1.0)
    told = (found.width_m, found.height_m)
    assert np.isnan(told).all() if size is None else told == pytest.approx(size)
