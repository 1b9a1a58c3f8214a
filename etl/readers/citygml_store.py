"""What a file says in one place of objects in another: common appearances, shared geometry; kept on disk."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from lxml import etree

from cim.etl.readers.citygml_appearance import Look, Record, look, theme_of
from cim.etl.readers.citygml_names import GML, IDS, XLINK, gml_id, local
from cim.etl.readers.citygml_stream import SURFACE_DATA, members, opened

_SPEAKS_OF_OTHERS = re.compile(rb"href\s*=\s*[\"']#|Appearance|\x00h\x00r\x00e\x00f|h\x00r\x00e\x00f\x00")
_BLOCK = 1 << 20
_NO_GEOMETRY = frozenset({"groupMember", "parent", "generalizesTo", "relatedTo", "target", "predecessor", "successor",
                          "buildingSpace", "adjacentToOriginal"})  # fmt: skip
_linking: Any = etree.XPath(
    ".//*[starts-with(@x:href, '#')]", namespaces={"x": "http://www.w3.org/1999/xlink"}, smart_strings=False
)
_ids: list[Any] = [etree.XPath(".//@g:id", namespaces={"g": uri}, smart_strings=False) for uri in GML]
_with_id: list[Any] = [etree.XPath(".//*[@g:id]", namespaces={"g": uri}, smart_strings=False) for uri in GML]


def look_ahead(path: Path) -> Store:
    """Read a file for what its members say of one another.

    A file of which no member does so is only skimmed: no parsing.
    """
    store = Store()
    if not _worth_it(path):
        return store
    wanted: set[str] = set()
    for element in members(path):
        if local(element.tag) in SURFACE_DATA:
            found = look(element, theme_of(element.getparent()))
            if found is not None:
                store.add_look(found)
        else:
            wanted |= _links_out(element)
    if wanted:
        for element in members(path):
            for part in with_ids(element):
                key = gml_id(part)
                if key in wanted:
                    store.add_element(key, part)
    store.finish()
    return store


def _worth_it(path: Path) -> bool:
    """Return whether a file holds anything that speaks of something elsewhere."""
    before = b""
    with opened(path) as file:
        while block := file.read(_BLOCK):
            if _SPEAKS_OF_OTHERS.search(before + block):
                return True
            before = block[-64:]
    return False


def _links_out(element: etree._Element) -> set[str]:
    """Return the ids of geometry that a member links to and does not hold."""
    links = [part for part in _linking(element) if local(part.tag) not in _NO_GEOMETRY]
    if not links:
        return set()
    own: set[str] = set()
    for find in _ids:
        own.update(find(element))
    return {str(part.get(XLINK))[1:] for part in links} - own


def with_ids(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the elements below one that have a gml:id."""
    for find in _with_id:
        yield from find(element)


class Store:
    """A temporary database on disk, gone when nobody holds it any more."""

    def __init__(self) -> None:
        # SQLite's own temporary database: in memory while it is small, on disk when it grows.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA cache_size = -32000")
        self._database.execute("CREATE TABLE look (target TEXT, kind TEXT, theme TEXT, record INTEGER, uv TEXT)")
        self._database.execute("CREATE TABLE record (body BLOB)")
        self._database.execute("CREATE TABLE element (key TEXT PRIMARY KEY, body BLOB)")
        self._database.execute("BEGIN")
        self._kinds: set[str] = set()
        self._elements = False
        self._record = lru_cache(maxsize=2048)(self._read_record)

    def add_look(self, found: Look) -> None:
        """Keep a material or texture."""
        self._kinds.add(found.kind)
        added = self._database.execute("INSERT INTO record VALUES (?)", (orjson.dumps(found.record),))
        rows = [(target, found.kind, found.theme, added.lastrowid, uv) for target, uv in found.targets]
        self._database.executemany("INSERT INTO look VALUES (?, ?, ?, ?, ?)", rows)

    def add_element(self, key: str, element: etree._Element) -> None:
        """Keep an element that others link to."""
        self._elements = True
        body = etree.tostring(element, with_tail=False)
        self._database.execute("INSERT OR IGNORE INTO element VALUES (?, ?)", (key, body))

    def finish(self) -> None:
        """Make what was added quick to find."""
        self._database.execute("CREATE INDEX look_target ON look (target)")
        self._database.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def at(self, kind: str, target: str) -> Sequence[tuple[str, Record, str]]:
        """Return theme, record and texture coordinates of everything of a kind that aims at an id."""
        if kind not in self._kinds:
            return ()
        query = "SELECT theme, record, uv FROM look WHERE target = ? AND kind = ? ORDER BY rowid"
        rows = self._database.execute(query, (target, kind)).fetchall()
        return [(theme, self._record(record), uv) for theme, record, uv in rows]

    def _read_record(self, number: int) -> Any:
        """Return a material or texture."""
        row = self._database.execute("SELECT body FROM record WHERE rowid = ?", (number,)).fetchone()
        return orjson.loads(row[0])

    def element(self, key: str) -> etree._Element | None:
        """Return an element that others link to."""
        if not self._elements:
            return None
        row = self._database.execute("SELECT body FROM element WHERE key = ?", (key,)).fetchone()
        return None if row is None else etree.fromstring(row[0], _PARSER)


_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


class MemberLinks:
    """Follows the links of one member: to what it holds itself, then to what the store kept of others."""

    def __init__(self, member: etree._Element, store: Store) -> None:
        self._member, self._store = member, store
        self._own: dict[str, etree._Element] | None = None
        self._others: dict[str, etree._Element | None] = {}

    def target(self, href: str) -> etree._Element | None:
        """Return the element that a link points to, None where there is none or it is in another file."""
        if not href.startswith("#"):
            return None
        if self._own is None:
            self._own = {str(part.get(IDS[0]) or part.get(IDS[1])): part for part in with_ids(self._member)}
        key = href[1:]
        if key in self._own:
            return self._own[key]
        if key not in self._others:
            self._others[key] = self._store.element(key)
        return self._others[key]


class MemberLooks:
    """Appearances of one member, then the common ones."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._own: dict[tuple[str, str], list[tuple[str, Record, str]]] = {}

    def add(self, found: Look) -> None:
        """Take a material or texture of the member itself."""
        for target, uv in found.targets:
            self._own.setdefault((found.kind, target), []).append((found.theme, found.record, uv))

    def at(self, kind: str, target: str) -> Sequence[tuple[str, Record, str]]:
        """Return theme, record and texture coordinates of everything of a kind that aims at an id."""
        own = self._own.get((kind, target))
        common = self._store.at(kind, target)
        return [*common, *own] if own else common
