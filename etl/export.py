"""Exports: from the database back to files, streamed, and put in place when they are whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import orjson
from psycopg import sql

from cim._version import __version__
from cim.city import CityProfile
from cim.crs import Floats, Transformation, transformation
from cim.etl.export_place import BadExport, in_place, sidecar
from cim.etl.export_selection import Box, Relation, Selection, area_of, compound_crs
from cim.etl.places import stated_crs
from cim.store import Rows, Store
from cim.tables import THEMES, Table
from cim.viewer import OPERATOR, Viewer


@dataclass(frozen=True)
class Export:
    """What a writer writes, and where it reads it."""

    connection: Rows
    """Of the viewer, in one snapshot."""
    city: CityProfile
    """The city."""
    themes: tuple[str, ...]
    """Themes to write."""
    selection: Selection
    """Which features of them."""
    way: Transformation
    """From the export's CRS into the city's."""
    crs: str | None
    """The export's CRS as `EPSG:…`, or as it was asked for; None: the city's local grid, which has no code."""
    same_crs: bool
    """Whether the export is in the city's CRS, so that coordinates can be kept to the last bit."""
    metadata: Mapping[str, Any]
    """City, sources, licences, software."""
    notes: list[str] = field(default_factory=list)
    """What the format could not hold, or what had to be assumed; writers add to it."""

    def table(self, theme: str) -> Table:
        """Return a theme's table."""
        return THEMES[theme]

    def rows(self, query: sql.Composed, **more: Any) -> list[dict[str, Any]]:
        """Return all rows of a query."""
        return self.connection.execute(query, {**self.selection.parameters, **more}).fetchall()

    def stream(self, query: sql.Composed, size: int, **more: Any) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of a query in portions, held by the server till they are asked for."""
        # The server would plan a cursor for its first rows, with nested loops that take hours over all of them.
        self.connection.execute("SELECT set_config('cursor_tuple_fraction', '1', true)")
        with self.connection.cursor(name="export") as cursor:
            cursor.itersize = size
            cursor.execute(query, {**self.selection.parameters, **more})
            while portion := cursor.fetchmany(size):
                yield portion

    def outward(self, points: Floats) -> Floats:
        """Return (n, 2) or (n, 3) city coordinates in the export's CRS; heights stay in the city's datum."""
        out = points.copy()
        if not self.same_crs:
            out[:, 0], out[:, 1] = self.way.source_plane(points[:, 0], points[:, 1])
        return out


class Write(Protocol):
    """A writer's function: what stands in the database, to a file."""

    def __call__(self, export: Export, path: Path) -> Mapping[str, int]:
        """Write, and return how many records of each theme."""


@dataclass(frozen=True)
class FileWriter:
    """A format: found by its name in `cim.etl.writers`, one module a format."""

    name: str
    """Name on the command line."""
    title: str
    """What it writes, in a few words."""
    write: Write
    """The function that writes."""
    themes: tuple[str, ...] = ()
    """Themes that it can write; empty: any."""
    usual: tuple[str, ...] = ()
    """Themes that it writes unless told; empty: they must be told."""
    many: bool = True
    """Whether one file can hold several themes."""
    crs: str | None = None
    """The one CRS that the format has; None: any."""
    sidecar: bool = False
    """Whether licence and attribution stand in a file beside it, since the format has no place for all of it."""


@dataclass(frozen=True)
class Request:
    """What is asked for."""

    themes: tuple[str, ...] = ()
    """Themes."""
    crs: str | None = None
    """CRS of the file; None: the city's, or the format's."""
    box: Box | None = None
    """West, south, east, north in that CRS."""
    as_of: dt.datetime | None = None
    """State as recorded then."""
    sources: tuple[str, ...] = ()
    """Names of sources; empty: all."""
    networks: tuple[str, ...] = ()
    """Networks of pipes; empty: all."""


@dataclass(frozen=True)
class ExportReport:
    """What came of an export."""

    written: Mapping[str, int]
    """Records written, by theme."""
    withheld: Mapping[str, int]
    """Records that the viewer may not see, by theme."""
    notes: tuple[str, ...] = ()
    """What the format could not hold, or what had to be assumed."""


def export_city(viewer: Viewer, store: Store, writer: FileWriter, request: Request, path: Path) -> ExportReport:
    """Write a city's features to a file.

    The file is written beside its place and moved there when it is whole; what stood there stands until then.

    Parameters
    ----------
    viewer
        Who asks: features above the clearance are left out, and counted.
    store
        The city, opened as the web opens it: row policies bind its role.
    writer
        The format.
    request
        Which features, in which CRS.
    path
        File, or folder, to write.

    Raises
    ------
    CimError
        The format cannot hold what is asked for, or the file cannot be written.
    """
    themes = _themes(writer, request)
    _check_names(store, request)
    with in_place(path) as part, store.snapshot(viewer) as connection:
        export = _export(connection, store.city, writer, request, themes, path)
        written = writer.write(export, part)
        if writer.sidecar:
            told = {**export.metadata, "records": dict(written), "notes": export.notes}
            sidecar(part).write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    return ExportReport(written, _withheld(viewer, store, themes, export.selection), tuple(export.notes))


def _themes(writer: FileWriter, request: Request) -> tuple[str, ...]:
    """Return the themes to write, or say why they cannot be."""
    themes = request.themes or writer.usual
    able = writer.themes or tuple(THEMES)
    wrong = [theme for theme in themes if theme not in able]
    if not themes or wrong:
        what = f"{writer.name} cannot hold theme {wrong[0]!r}" if wrong else "no theme is given"
        raise BadExport(what, f"give --theme, one of {', '.join(able)}")
    if len(themes) > 1 and not writer.many:
        raise BadExport(f"a {writer.name} file holds one theme, not {len(themes)}", "write a file for each")
    if request.box is not None:
        flat = [theme for theme in themes if "geom" not in THEMES[theme].columns]
        if flat:
            raise BadExport(f"theme {flat[0]!r} has no places", "leave --bbox out")
    return themes


def _check_names(store: Store, request: Request) -> None:
    """Refuse sources that the city does not have."""
    known = [row["name"] for row in store.rows(OPERATOR, "SELECT name FROM run.source ORDER BY source_id")]
    for name in request.sources:
        if name not in known:
            raise BadExport(f"the city has no source {name!r}", f"it has {', '.join(known) or 'none'}")


def _export(
    connection: Rows, city: CityProfile, writer: FileWriter, request: Request, themes: tuple[str, ...], path: Path
) -> Export:
    """Put together what a writer needs."""
    if writer.crs and request.crs and request.crs != writer.crs:
        raise BadExport(f"{writer.name} is always in {writer.crs}, not in {request.crs}", "leave --crs out")
    asked = request.crs or writer.crs
    way = transformation(asked or city.crs, city, path)
    area = area_of(request.box, way) if request.box else None
    selection = Selection(request.sources, request.as_of, area, city.srid, request.networks)
    sources = _sources(connection, themes, selection)
    own = way.pipeline is None
    crs = asked
    if asked is None:
        crs = compound_crs(city, [item.pop("crs") for item in sources]) or stated_crs(city.projection)
    else:
        for item in sources:
            item.pop("crs")
    metadata = {
        "city": city.slug,
        "name_zh": city.name_zh,
        "name_en": city.name_en,
        "synthetic": city.synthetic or any(item["synthetic"] for item in sources),
        "crs": crs,
        "vertical_datum": city.vertical_datum,
        "as_of": request.as_of.isoformat() if request.as_of else None,
        "themes": list(themes),
        "sources": sources,
        "exported_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "software": f"cim {__version__}",
    }
    return Export(connection, city, themes, selection, way, crs, own, metadata)


def _sources(connection: Rows, themes: Sequence[str], selection: Selection) -> list[dict[str, Any]]:
    """Return the sources that the export draws from, each load's licence and who is to be named."""
    loads = sql.SQL(" UNION ").join(
        sql.SQL("SELECT DISTINCT load_id FROM {relation} AS r").format(relation=selection.relation(THEMES[theme]))
        for theme in themes
    )
    query = sql.SQL(
        "SELECT s.name, s.kind, l.licence, l.attribution, bool_or(l.synthetic) AS synthetic, l.crs "
        "FROM ({loads}) AS d JOIN run.load l USING (load_id) JOIN run.source s USING (source_id) "
        "GROUP BY s.name, s.kind, l.licence, l.attribution, l.crs ORDER BY s.name"
    ).format(loads=loads)
    return connection.execute(query, selection.parameters).fetchall()


def _withheld(viewer: Viewer, store: Store, themes: Sequence[str], selection: Selection) -> dict[str, int]:
    """Count the features that the viewer may not see."""
    out = {}
    for theme in themes:
        counts = [_count(store, who, selection.relation(THEMES[theme]), selection) for who in (OPERATOR, viewer)]
        if counts[0] > counts[1]:
            out[theme] = counts[0] - counts[1]
    return out


def _count(store: Store, viewer: Viewer, relation: Relation, selection: Selection) -> int:
    """Count the rows of a relation."""
    query = sql.SQL("SELECT count(*) AS count FROM {relation} AS r").format(relation=relation)
    (row,) = store.rows(viewer, query, selection.parameters)
    return int(row["count"])
