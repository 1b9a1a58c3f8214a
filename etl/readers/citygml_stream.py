"""CityGML files: opened with bounds, looked at before anything is parsed, and read one member at a time."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from lxml import etree

from cim.errors import BadSource, MissingSource
from cim.etl.readers.citygml_names import local, namespace
from cim.etl.readers.citygml_tin import TinParts

VERSIONS = ("1.0", "2.0", "3.0")
SUFFIXES = (".gml", ".xml", ".citygml", ".gml.gz", ".xml.gz", ".citygml.gz")

_CORE = re.compile(r"^http://www\.opengis\.net/citygml/(\d+\.\d+)$")
_HEAD = 1 << 20
"""The root element begins within this many bytes."""
_FREE = 100_000_000
_RATIO = 200
"""Above `_FREE` bytes gzip may not have made a file smaller than to one in this many: XML reaches one in thirty."""
_MEMBERS = ("boundedBy", "cityObjectMember", "featureMember", "featureMembers", "appearanceMember", "versionMember")
SURFACE_DATA = ("surfaceDataMember", "surfaceData")
"""Parts of an appearance: one for all objects may be most of a file, so they come one by one."""
_ENCODINGS = ("utf-8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "windows-1252", "shift_jis", "euc-jp", "gb18030")

# Entities are never expanded, nothing is fetched, and libxml2's own bounds on depth and length of text stay on.
_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


@dataclass(frozen=True)
class Head:
    """What the beginning of a file says."""

    version: str
    """Version of CityGML: 1.0, 2.0, 3.0."""
    prefixes: dict[str, str]
    """Prefix of each namespace."""


def files(path: Path) -> list[Path]:
    """Return the CityGML files of a path: itself, or those of a folder in the order of their names.

    Raises
    ------
    MissingSource, BadSource
        Nothing is there.
    """
    if path.is_dir():
        found = sorted(item for item in path.iterdir() if item.name.lower().endswith(SUFFIXES) and item.is_file())
        if not found:
            raise BadSource(path, "the folder holds no CityGML file", f"put files there with {', '.join(SUFFIXES)}")
        return found
    if not path.is_file():
        raise MissingSource(path)
    return [path]


class _Expanded:
    """A gzip file that refuses to grow without end."""

    def __init__(self, path: Path, packed: IO[bytes]) -> None:
        self._path, self._packed = path, packed
        self._stream = gzip.GzipFile(fileobj=packed)
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        """Read as a file does."""
        data = self._stream.read(size)
        self._read += len(data)
        if self._read > _FREE and self._read > _RATIO * max(self._packed.tell(), 1):
            what = f"grows to more than {_RATIO} times its size when unpacked, as no city model does"
            raise BadSource(self._path, what, "fetch the file again, or unpack it yourself and look at it")
        return data


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacking gzip whatever its name.

    Raises
    ------
    BadSource
        It cannot be read, or is no sound gzip file.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            # Only `read` is ever called.
            yield cast("IO[bytes]", _Expanded(path, file)) if packed else file
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadSource(path, f"is not whole gzip ({error})", "the file may be cut off: fetch it again") from error
    except OSError as error:
        raise BadSource(path, f"cannot be read ({error.strerror})", "check the file and its permissions") from error


def head(path: Path) -> Head:
    """Look at the beginning of a file.

    Raises
    ------
    BadSource
        It is no XML, declares entities, or its root is no CityModel of a version that we read.
    """
    with opened(path) as file:
        data = file.read(_HEAD)
    _check_encoding(path, data)
    if _has_doctype(data):
        raise _doctype(path)
    parser = etree.XMLPullParser(events=("start",), **_SAFE)
    try:
        parser.feed(data)
        event = next(iter(parser.read_events()), None)
        if event is None and data.strip() and len(data) < _HEAD:
            parser.close()
    except etree.XMLSyntaxError as error:
        raise _no_xml(path, error) from error
    if event is None:
        what = "is empty" if not data.strip() else f"has no element within its first {_HEAD} bytes"
        raise BadSource(path, what, "give a CityGML file")
    root: Any = event[1]
    tree = root.getroottree()
    if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
        raise _doctype(path)
    return Head(_version(path, root), {uri: prefix or "" for prefix, uri in root.nsmap.items()})


def _has_doctype(data: bytes) -> bool:
    """Return whether a DOCTYPE stands before the root: looked for in the bytes, since parsing it is the danger."""
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", errors="ignore")
    at = 0
    while (at := text.find("<", at)) >= 0:
        ends = {"<?": "?>", "<!--": "-->"}
        end = next((end for begin, end in ends.items() if text.startswith(begin, at)), None)
        if end is None:
            return text.startswith("<!", at)
        at = text.find(end, at)
        if at < 0:
            return False
        at += len(end)
    return False


def _doctype(path: Path) -> BadSource:
    """Return what to say of a DOCTYPE."""
    what = "has a DOCTYPE, which may declare entities"
    return BadSource(path, what, "remove the DOCTYPE: CityGML has a schema, no DTD")


def _check_encoding(path: Path, data: bytes) -> None:
    """Refuse encodings in which a DOCTYPE could hide from those who look for one."""
    found = re.match(rb"(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)", data[:200])
    name = found[1].decode("ascii").lower() if found else "utf-8"
    if name not in _ENCODINGS:
        raise BadSource(path, f"has encoding {name!r}", "save it as UTF-8")


def _version(path: Path, root: etree._Element) -> str:
    """Check the root element."""
    found = _CORE.match(namespace(root.tag))
    if local(root.tag) != "CityModel" or not namespace(root.tag).startswith("http://www.opengis.net/citygml"):
        what = f"its root is {local(root.tag)!r} of {namespace(root.tag)!r}, not a CityModel of CityGML"
        raise BadSource(path, what, "give a CityGML file")
    if found is None or found[1] not in VERSIONS:
        version = found[1] if found else namespace(root.tag)
        raise BadSource(path, f"CityGML version {version!r}", f"convert it to one of {', '.join(VERSIONS)}")
    return found[1]


def _no_xml(path: Path, error: etree.XMLSyntaxError) -> BadSource:
    """Return what to say of broken XML."""
    text = " ".join(str(error.msg or error).split())
    return BadSource(path, f"is not whole XML ({text})", "the file may be cut off: fetch it again")


def members(path: Path) -> Iterator[etree._Element]:
    """Yield envelope, members and parts of common appearances one by one; each is cleared afterwards.

    A terrain of very many triangles comes in parts, each a TINRelief in a member of its own, before what is left of it.

    Raises
    ------
    BadSource
        The file is cut off or no XML.
    """
    tags = [f"{{*}}{name}" for name in (*_MEMBERS, *SURFACE_DATA, "Triangle")]
    parts = TinParts()
    with opened(path) as file:
        try:
            for _, element in etree.iterparse(file, events=("end",), tag=tags, **_SAFE):
                if local(element.tag) == "Triangle":
                    if (part := parts.meet(element)) is not None:
                        yield part
                elif _stands_alone(element):
                    yield element
                    _clear(element)
        except etree.XMLSyntaxError as error:
            raise _no_xml(path, error) from error


def _clear(element: etree._Element) -> None:
    """Empty an element, and take away those of its kind before it: a million of them would fill the memory."""
    element.clear()
    parent = element.getparent()
    while parent is not None and (before := element.getprevious()) is not None and before.tag == element.tag:
        parent.remove(before)


def _stands_alone(element: etree._Element) -> bool:
    """Return whether an element is a child of the city model, or part of an appearance that is."""
    above = element.getparent()
    if local(element.tag) in SURFACE_DATA:
        above = above.getparent() if above is not None else None
        if above is None or local(above.tag) != "appearanceMember":
            return False
        above = above.getparent()
    return above is not None and above.getparent() is None
