"""Utility networks of i-UR: axes from shapes, sections, ends, networks, and what has no height."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from cim.city import CityProfile
from cim.errors import BadSource
from cim.etl.readers import find
from cim.etl.readers.citygml_network_axes import axis
from cim.manifest import SourceSpec

FILE = Path(__file__).parents[2] / "data" / "citygml" / "network_iur.gml"
CITY = CityProfile("x", "x", "x", "EPSG:4545", "1985", -36.0)
ORIGIN = np.array([500_000.0, 3_270_000.0, 0.0])


def read(**options):
    return list(find("citygml_network").read(SourceSpec("s", "citygml_network", FILE, options=options), CITY))


def by_key(batch):
    return {row["source_key"]: row for row in batch.frame.to_dict("records")}


def coordinates(row):
    return shapely.get_coordinates(row["geom"], include_z=True) - ORIGIN


def test_axes_follow_bends_and_sections_are_measured():
    _, batch = read(network="telecom")
    bend = by_key(batch)["n-bend"]
    line = coordinates(bend)
    if line[0, 0] > line[-1, 0]:
        line = line[::-1]
    assert line == pytest.approx(np.array([[0, 0, 198], [20, 0, 197.8], [40, 5, 197.6]]), abs=0.001)
    assert (bend["shape"], bend["diameter_basis"]) == ("circular", "outer")
    assert bend["diameter_mm"] == pytest.approx(300, abs=2)
    duct = by_key(batch)["n-duct"]
    assert (duct["shape"], duct["kind"]) == ("rectangular", "duct")
    assert (duct["outer_width_mm"], duct["outer_height_mm"]) == pytest.approx((600, 300), abs=1)
    assert coordinates(duct)[:, 1:] == pytest.approx(np.array([[40.3, 198.15]] * 2), abs=0.001)


def test_what_is_told_comes_before_what_is_drawn():
    _, batch = read(network="telecom")
    rows = by_key(batch)
    box = rows["n-box"]
    assert (box["network"], box["diameter_mm"], box["diameter_basis"]) == ("water", 200, "outer")
    assert (box["start_depth_m"], box["depth_reference"]) == (2.5, "crown")
    line = rows["n-line"]
    assert (line["network"], line["diameter_mm"], line["diameter_basis"]) == ("storm", 300, "inner")
    assert line["installed_year"] is None or np.isnan(line["installed_year"])
    assert rows["n-bend"]["installed_year"] == 1999
    assert rows["n-bend"]["material_raw"] == "2"
    assert json.loads(rows["n-bend"]["attributes"])["uro:material_codeSpace"].endswith("material.xml")
    _, mapped = read(materials={"2": "pvc"})
    assert by_key(mapped)["n-bend"]["material"] == "pvc"


def test_ends_are_the_manholes_they_lie_in_and_lend_them_their_network():
    nodes, segments = read(network="telecom")
    ends = {key: {row["start_node_key"], row["end_node_key"]} for key, row in by_key(segments).items()}
    assert "n-mh1" in ends["n-bend"]
    assert "n-mh2" in ends["n-line"]
    rows = by_key(nodes)
    # Where pipes meet without a manhole, and where one ends, a node is made.
    (meeting,) = ends["n-bend"] & ends["n-line"]
    assert (rows[meeting]["kind"], coordinates(rows[meeting])[0]) == (
        "junction",
        pytest.approx([40, 5, 197.6], abs=0.01),
    )
    assert json.loads(rows[meeting]["attributes"])["end_of"] == ["n-bend", "n-line"]
    assert ends["n-box"] == {"n-box/start", "n-box/end"}
    assert (rows["n-box/start"]["kind"], rows["n-box/start"]["network"]) == ("end", "water")
    assert set().union(*ends.values()) <= set(rows)
    assert rows["n-mh1"]["network"] == "sewage"
    assert (rows["n-mh1"]["ground_level_m"], rows["n-mh1"]["well_depth_m"]) == pytest.approx((200, 2.3))
    assert coordinates(rows["n-mh1"])[0] == pytest.approx([0, 0, 197.7], abs=0.001)
    without, _ = read()
    assert by_key(without)["n-mh2"]["network"] == "storm"


def test_what_has_no_height_or_network_is_refused_with_the_way_out():
    nodes, segments = read()
    rejects = {reject.source_key: reject for batch in (nodes, segments) for reject in batch.rejects}
    assert {key: reject.code for key, reject in rejects.items()} == {
        "n-flat": "height.missing",
        "n-mh3": "height.missing",
        "n-duct": "network.unknown",
        "n-lamp": "object.not_a_network",
    }
    assert "options.axis_level_m" in rejects["n-flat"].remedy
    members = FILE.read_text(encoding="utf-8").count("<core:cityObjectMember>")
    own = [key for key in nodes.frame["source_key"] if "/" not in key]
    assert len(own) + len(segments.frame) + len(rejects) == members
    nodes, segments = read(axis_level_m=198.5, network="power")
    assert coordinates(by_key(segments)["n-flat"])[:, 2].tolist() == [198.5, 198.5]
    assert by_key(segments)["n-flat"]["network"] == "combined"
    assert coordinates(by_key(nodes)["n-mh3"])[0].tolist() == [80, 5, 198.5]


def test_a_pipe_as_long_as_wide_is_refused_for_it_shows_no_axis(tmp_path):
    text = FILE.read_text(encoding="utf-8")
    member = next(line for line in text.splitlines() if 'gml:id="n-duct"' in line)
    cube = member.replace("500030", "500000.6").replace(" 198.3", " 198.6")
    (tmp_path / "x.gml").write_text(text.replace(member, cube), encoding="utf-8")
    source = SourceSpec("s", "citygml_network", tmp_path / "x.gml", options={"network": "telecom"})
    rejects = [reject for batch in find("citygml_network").read(source, CITY) for reject in batch.rejects]
    (reject,) = [reject for reject in rejects if reject.source_key == "n-duct"]
    assert (reject.code, reject.severity) == ("geometry.no_axis", "error")
    assert reject.reason == "Duct 'n-duct' has no geometry that shows an axis"


@pytest.mark.parametrize(
    ("options", "said"),
    [({"network": "beer"}, "network"), ({"axis_level_m": "deep"}, "axis_level_m"), ({"materials": 1}, "materials")],
)
def test_options_that_make_no_sense(options, said):
    with pytest.raises(BadSource, match=said):
        read(**options)


def test_axis_of_fine_meshes_and_of_what_has_none():
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    circle = np.column_stack([np.zeros(16), np.cos(angles), np.sin(angles)]) * 0.5
    fine = np.concatenate([circle + np.array([x, 0, 0]) for x in np.linspace(0, 30, 301)])
    found = axis(fine)
    assert (found.round_, found.width_mm) == (True, pytest.approx(1000, rel=1e-6))
    assert np.abs(found.line[:, 1:]).max() < 1e-9
    ball = np.random.default_rng(1).normal(size=(60, 3))
    assert axis(ball / np.linalg.norm(ball, axis=1)[:, None]) is None
    assert axis(circle[:4]) is None
