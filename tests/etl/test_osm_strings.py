"""A text with a NUL ends osmium's process: such extracts are refused before it reads them."""

from __future__ import annotations

import zlib

import osmium
import pytest
from osmium.osm.mutable import Node, Way

from cim.city import CityProfile
from cim.errors import BadSource
from cim.etl.inspecting.inspection import inspect_file
from cim.etl.osm_strings import refuse_nul
from cim.etl.readers.osm import READER
from cim.manifest import SourceSpec

CITY = CityProfile("x", "x", "x", "EPSG:32648", "1985", -36.0)


def number(value):
    """A number as Protocol Buffers write it."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + number(value >> 7)


def number_at(content, at):
    """A number and where it ends."""
    low, at = content[at] & 127, at + 1
    if content[at - 1] < 128:
        return low, at
    high, at = number_at(content, at)
    return low | high << 7, at


def repacked(content):
    """The blobs of an extract, written plain, packed with zlib."""
    out = b""
    while content:
        header, content = content[4 : 4 + content[3]], content[4 + content[3] :]
        size, _ = number_at(header, header.index(b"\x18") + 1)
        blob, content = content[:size], content[size:]
        block = blob[number_at(blob, 1)[1] :]
        pack = zlib.compress(block)
        blob = b"\x10" + number(len(block)) + b"\x1a" + number(len(pack)) + pack
        header = header[: header.index(b"\x18") + 1] + number(len(blob))
        out += len(header).to_bytes(4, "big") + header + blob
    return out


def written(path, text, *, packed):
    """An extract with a house of a colour; its blocks are written plain or packed with zlib."""
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf,pbf_compression=none"), overwrite=True) as writer:
        for at, place in enumerate([(106.5, 29.5), (106.501, 29.5), (106.501, 29.501)], 1):
            writer.add_node(Node(id=at, location=place, version=1))
        tags = {"building": "yes", "colour": "colour-of-house"}
        writer.add_way(Way(id=1, nodes=[1, 2, 3, 1], tags=tags, version=1))
        writer.add_way(Way(id=2, nodes=[1, 2], tags={"highway": "residential"}, version=1))
        # Without nodes: another way in which extracts are cut.
        writer.add_way(Way(id=3, nodes=[], tags={"highway": "residential"}, version=1))
    content = path.read_bytes().replace(b"colour-of-house", text)
    path.write_bytes(repacked(content) if packed else content)
    return SourceSpec("osm", "osm", path, attribution="© OpenStreetMap contributors")


@pytest.mark.parametrize("packed", [False, True])
def test_a_nul_in_a_text_refuses_the_extract(tmp_path, packed):
    source = written(tmp_path / "t.osm.pbf", b"colour-\0f-house", packed=packed)
    for themes in (["building"], ["road_edge"]):
        with pytest.raises(BadSource, match=r"is not readable as OSM data \(a text holds a NUL character\)"):
            list(READER.read(SourceSpec("osm", "osm", source.path, options={"themes": themes}), CITY))
    with pytest.raises(BadSource, match="NUL"):
        inspect_file(source.path)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("text", [b"colour-of-house", b"colour\n\x01f-house"])
def test_other_texts_pass_and_a_way_without_nodes_is_told(tmp_path, text, packed):
    found = {batch.theme: batch for batch in READER.read(written(tmp_path / "t.osm.pbf", text, packed=packed), CITY)}
    assert [item["colour"] for item in found["building"].frame["attributes"]] == [text.decode()]
    assert [(item.record, item.severity) for item in found["road_edge"].rejects] == [("way 3", "error")]


@pytest.mark.parametrize(
    "content", [b"", b"<osm/>", b"\0\0\0\x0d\n\x07OSMData\x18\x7f", b"\0\0\0\x02\x18\x05\x1a\x03abc"]
)
def test_what_is_no_whole_extract_is_left_to_osmium(tmp_path, content):
    (tmp_path / "t.osm.pbf").write_bytes(content)
    refuse_nul(tmp_path / "t.osm.pbf")
