"""CityJSON files: documents read whole, sequences (CityJSONSeq) read line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson

from cim.errors import BadSource, MissingSource
from cim.etl.batch import Reject
from cim.etl.readers.cityjson_objects import Feature
from cim.etl.readers.cityjson_polygons import MALFORMED, Floats
from cim.etl.readers.cityjson_templates import Template, templates

VERSIONS = ("1.0", "1.1", "2.0")
SUFFIXES = (".json", ".jsonl", ".cityjson", ".cityjsonl")
LINES, BYTES = 500, 8_000_000
"""A batch ends at this many features or bytes of a sequence, whichever is first."""
LARGE_BYTES = 200_000_000
"""From this size of a sequence on its batches are half as large."""


@dataclass(frozen=True)
class Header:
    """What a document says of all its objects."""

    body: Mapping[str, Any]
    """The document without city objects and vertices."""
    scale: Floats
    """(3,) Units of the CRS in a step of the vertices."""
    translate: Floats
    """(3,) Origin of the vertices, in the CRS."""
    templates: tuple[Template, ...]
    """Geometry templates."""
    appearance: Mapping[str, Any]
    """Materials and textures of the whole document."""


@dataclass(frozen=True)
class Chunk:
    """Some features that share a header."""

    path: Path
    """File they stand in."""
    header: Header
    """What holds for all of them."""
    features: list[Feature] = field(default_factory=list)
    """The features."""
    rejects: list[Reject] = field(default_factory=list)
    """Lines that are no features."""
    vertices: Any = None
    """Vertices that features without their own point to."""


def files(path: Path) -> list[Path]:
    """Return the CityJSON files of a path: itself, or those of a folder in the order of their names.

    Raises
    ------
    MissingSource, BadSource
        Nothing is there.
    """
    if path.is_dir():
        found = sorted(item for item in path.iterdir() if item.suffix.lower() in SUFFIXES and item.is_file())
        if not found:
            raise BadSource(path, "the folder holds no CityJSON file", f"put files there with {', '.join(SUFFIXES)}")
        return found
    if not path.is_file():
        raise MissingSource(path)
    if is_packed(path):
        raise BadSource(path, "is packed (gzip)", f"unpack it: gunzip {path.name}")
    return [path]


def is_packed(path: Path) -> bool:
    """Whether a file is gzip; one that cannot be opened is not."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"
    return False


def chunks(path: Path) -> Iterator[Chunk]:
    """Yield the features of a file in batches.

    Raises
    ------
    BadSource
        The file is no CityJSON, is cut off, or has a version that we do not read.
    """
    try:
        with path.open("rb") as file:
            first, second, head = first_lines(file)
            if head is not None:
                yield from _sequence(path, head, second, file)
                return
            text = first + second + file.read()
    except OSError as error:
        raise BadSource(path, f"cannot be read ({error.strerror})", "check the file and its permissions") from error
    yield from _document(path, text)


def first_lines(file: IO[bytes]) -> tuple[bytes, bytes, Any]:
    """Return the first two lines with something on them, and the first as JSON where it begins a sequence."""
    first = _next_line(file)
    second = _next_line(file)
    return first, second, orjson.loads(first) if second and _is_header(first) else None


def _next_line(file: IO[bytes]) -> bytes:
    """Return the next line with something on it, empty at the end."""
    for line in file:
        if line.strip():
            return line
    return b""


def _is_header(line: bytes) -> bool:
    """Return whether a line is a whole JSON object."""
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def document_header(path: Path, body: Any) -> Header:
    """Check a document's version and transform."""
    if not isinstance(body, dict) or body.get("type") != "CityJSON":
        kind = body.get("type") if isinstance(body, dict) else type(body).__name__
        what = f"begins with {kind!r}, not with a CityJSON object"
        raise BadSource(path, what, "give a CityJSON file, or a CityJSONSeq file with its first line")
    version = str(body.get("version"))
    if not version.startswith(VERSIONS):
        raise BadSource(
            path, f"CityJSON version {version!r}", f"convert to one of {', '.join(VERSIONS)}, e.g. by cjio upgrade"
        )
    transform = body.get("transform") or {}
    try:
        scale = np.array(transform.get("scale", (1, 1, 1)), dtype=np.float64).reshape(3)
        translate = np.array(transform.get("translate", (0, 0, 0)), dtype=np.float64).reshape(3)
    except MALFORMED as error:
        raise BadSource(
            path, f"transform is malformed ({error})", "give three numbers each for scale and translate"
        ) from error
    rest = {name: value for name, value in body.items() if name not in ("CityObjects", "vertices")}
    return Header(rest, scale, translate, templates(body, path), body.get("appearance") or {})


def batch_limits(path: Path) -> tuple[int, int]:
    """Return the most features and bytes of a batch of a sequence.

    Of a large one half as many: where nobody waits for the last batch but all take memory, two workers load a gigabyte
    in 550 MB instead of 860, for 6 % more processor time.
    """
    return (LINES // 2, BYTES // 2) if path.stat().st_size >= LARGE_BYTES else (LINES, BYTES)


def _sequence(path: Path, head: Any, line: bytes, file: IO[bytes]) -> Iterator[Chunk]:
    """Yield the lines of a CityJSONSeq in batches; a further header line begins a new document."""
    header = document_header(path, head)
    if head.get("CityObjects"):
        yield _whole(path, head)
    number, (most, room) = 2, batch_limits(path)
    while line:
        chunk, size = Chunk(path, header), 0
        while line and len(chunk.features) < most and size < room:
            other = add_line(line, number, chunk) if line.strip() else None
            size += len(line)
            line, number = file.readline(), number + 1
            if other is not None:
                header = document_header(path, other)
                break
        # Handed over, not shared: a waiting generator would keep the parsed lines of its last chunk alive.
        handed = [chunk]
        del chunk
        yield handed.pop()


def add_line(line: bytes, number: int, chunk: Chunk) -> Any:
    """Add a line to the chunk; return it instead when it is another header."""
    record = f"line {number}"
    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        chunk.rejects.append(_broken(record, "json.broken", f"is no JSON: {error}", line))
        return None
    if isinstance(body, dict) and body.get("type") == "CityJSON":
        return body
    fault = _feature_fault(body)
    if fault:
        chunk.rejects.append(_broken(record, "feature.malformed", fault, line))
        return None
    chunk.features.append(Feature(record, body["CityObjects"], body["vertices"], body.get("appearance") or {}))
    return None


def _feature_fault(body: Any) -> str | None:
    """Return why a line is no feature."""
    if not isinstance(body, dict) or body.get("type") != "CityJSONFeature":
        kind = body.get("type") if isinstance(body, dict) else type(body).__name__
        return f"is a {kind!r}, not a CityJSONFeature"
    for name, wanted in (("CityObjects", dict), ("vertices", list)):
        if not isinstance(body.get(name), wanted):
            return f"has no {name}"
    if not isinstance(body.get("appearance"), dict | None):
        return "appearance is no object"
    return None


def _broken(record: str, code: str, reason: str, line: bytes) -> Reject:
    """Return the reject of a line."""
    beginning = line[:200].decode("utf-8", "replace")
    remedy = "every line after the first is one CityJSONFeature"
    return Reject(record, code, f"{record} {reason}", remedy, "building", original={"line_begins": beginning})


def _document(path: Path, text: bytes) -> Iterator[Chunk]:
    """Yield the objects of a document read whole."""
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        what = "is empty" if not text.strip() else f"is not whole JSON ({error})"
        raise BadSource(path, what, "the file may be cut off: fetch it again") from error
    whole = _whole(path, body)
    for begin in range(0, max(len(whole.features), 1), LINES):
        yield Chunk(path, whole.header, whole.features[begin : begin + LINES], [], whole.vertices)


def _whole(path: Path, body: Any) -> Chunk:
    """Return a document as one chunk, its objects grouped into features."""
    header = document_header(path, body)
    objects, vertices = body.get("CityObjects"), body.get("vertices")
    if not isinstance(objects, dict) or not isinstance(vertices, list):
        raise BadSource(path, "has no CityObjects or no vertices", "the file may be cut off: fetch it again")
    appearance = header.appearance if isinstance(header.appearance, dict) else {}
    features = [
        Feature(root, {key: objects[key] for key in family}, None, appearance, objects)
        for root, family in _families(objects).items()
    ]
    return Chunk(path, header, features, [], vertices)


def _families(objects: Mapping[str, Any]) -> dict[str, list[str]]:
    """Group objects under their top-level object; a group's members are families of their own."""
    root: dict[str, str] = {}
    for key in objects:
        trail = []
        at = key
        while at not in root and at not in trail:
            trail.append(at)
            above = _parent(objects, at)
            if above is None:
                break
            at = above
        top = root.get(at, at)
        root.update(dict.fromkeys(trail, top))
    out: dict[str, list[str]] = {}
    for key, top in root.items():
        out.setdefault(top, []).append(key)
    return out


def _parent(objects: Mapping[str, Any], key: str) -> str | None:
    """Return the object that one is a part of."""
    body = objects[key]
    parents = body.get("parents") if isinstance(body, dict) else None
    for name in parents if isinstance(parents, list) else ():
        above = objects.get(name) if isinstance(name, str) else None
        if isinstance(above, dict) and above.get("type") != "CityObjectGroup":
            return str(name)
    return None
