"""`city.toml`: which city, from which files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pyproj

from cim.city import CityProfile
from cim.errors import BadManifest
from cim.grid_tables import city_grid, source_grid
from cim.local_grid import is_plane_in_metres
from cim.vertical_datum import offset_m

# Licences that whoever shows the data must name, whether or not somebody thought of it when city.toml was written.
_OWED = {"osm": ("ODbL-1.0", "© OpenStreetMap contributors")}


@dataclass(frozen=True)
class SourceSpec:
    """One source: a file, or a few files that are one, read by one kind of reader."""

    name: str
    """Unique in the city; the identity of its features hangs on it."""
    kind: str
    """Kind of reader: cityjson, footprints, pipe_survey, epanet, raster, register."""
    path: Path
    """Absolute path of the file or folder."""
    crs: str | None = None
    """CRS given by the manifest; overrides what the file says of itself."""
    height_offset_m: float = 0.0
    """Added to the file's heights to reach the city's datum, metres; from `vertical_datum` where that says it."""
    vertical_datum: str | None = None
    """Vertical datum of the file's heights, where it is not the city's."""
    licence: str | None = None
    """Licence of the data; a manifest's source of kind osm has that of OpenStreetMap unless it says another."""
    attribution: str | None = None
    """Who is to be named; a manifest's source of kind osm names OpenStreetMap's contributors unless it says another."""
    classification: int = 0
    """0 open, 1 internal, 2 restricted."""
    secrecy: str = "无"
    """State secrecy: 无, 秘密, 机密, 绝密."""
    data_grade: str = "一般"
    """Data grade: 一般, 重要, 核心."""
    precedence: int = 100
    """Of linked records, the one of the lowest number is shown."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What the kind of reader understands."""


@dataclass(frozen=True)
class Manifest:
    """A city and its sources, in the order in which they are loaded."""

    path: Path
    """The city.toml that was read."""
    profile: CityProfile
    """The city."""
    sources: tuple[SourceSpec, ...]
    """Its sources, in order."""


def read_manifest(path: Path, *, isolated: bool = False) -> Manifest:
    """Read a `city.toml`.

    Parameters
    ----------
    path
        The file, or the folder that holds it.
    isolated
        Whether the deployment is declared to be isolated: only then are sources that hold state secrets taken.

    Raises
    ------
    BadManifest
        The file is missing, is no TOML, or says something impossible; the message names the place.
    """
    if path.is_dir():
        path = path / "city.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadManifest(path, "no such file", "name a city.toml, or the folder that holds one") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadManifest(path, "not readable as TOML in UTF-8", str(error)) from error
    unknown = set(document) - {"city", "source"}
    if unknown:
        raise BadManifest(path, f"unknown part [{min(unknown)}]", "only [city] and [[source]] are known")
    profile = _profile(path, document.get("city"))
    sources = tuple(_source(path, number, table, profile) for number, table in enumerate(document.get("source", []), 1))
    for number, source in enumerate(sources, 1):
        _check_secrecy(path, f"[[source]] number {number}", source, isolated)
    names = [source.name for source in sources]
    for name in names:
        if names.count(name) > 1:
            raise BadManifest(path, f"source {name!r} stands twice", "give each source a name of its own")
    return Manifest(path.resolve(), profile, sources)


def _profile(path: Path, table: object) -> CityProfile:
    """Check and build the `[city]` table."""
    told, grid = _without_grid(path, "[city]", table)
    if grid is not None:
        told["crs"] = city_grid(path, grid, str(told.get("slug")), str(told.get("datum", CityProfile.datum)))
    values = _typed(path, "[city]", told, CityProfile)
    if "extent" in values:
        values["extent"] = _extent(path, values["extent"])
    slug = values["slug"]
    if not (slug.isascii() and slug.replace("_", "a").isalnum() and slug.islower() and len(slug) <= 40):
        raise BadManifest(path, f"[city] slug = {slug!r}", "use lower-case letters, digits and _, at most 40")
    profile = CityProfile(**values)
    try:
        crs = profile.projection
    except pyproj.exceptions.CRSError as error:
        raise BadManifest(path, f"[city] crs = {profile.crs!r}", "PROJ does not know it") from error
    if not is_plane_in_metres(crs):
        raise BadManifest(path, f"[city] crs = {profile.crs!r}", "give a projected CRS in metres")
    return profile


def _without_grid(path: Path, where: str, table: object) -> tuple[Any, Mapping[str, Any] | None]:
    """Take the table `grid` out of another, which must not say `crs` beside it."""
    if not isinstance(table, dict) or "grid" not in table:
        return table, None
    rest = {name: value for name, value in table.items() if name != "grid"}
    if "crs" in rest:
        raise BadManifest(path, f"{where} crs and grid", "both say the CRS: give one of them")
    if not isinstance(table["grid"], dict):
        raise BadManifest(path, f"{where} grid", "give a table: to, dx, dy, rotation, scale, or parameters_file")
    return rest, table["grid"]


def _extent(path: Path, given: list[Any]) -> tuple[float, float, float, float]:
    """Check `[city] extent`."""
    numbers = [float(item) for item in given if isinstance(item, int | float) and not isinstance(item, bool)]
    if len(numbers) == len(given) == 4:
        west, south, east, north = numbers
        if -180 <= west < east <= 180 and -90 <= south < north <= 90:
            return west, south, east, north
    remedy = "give west, south, east, north in degrees: [106.2, 29.3, 106.9, 29.9]"
    raise BadManifest(path, f"[city] extent = {given!r}", remedy)


def _datum_offset_m(path: Path, where: str, source: SourceSpec, city: CityProfile, given: bool) -> float:
    """Return what is added to a source's heights: as given, else what its vertical datum means."""
    if source.vertical_datum is None or given:
        return source.height_offset_m
    found = offset_m(source.vertical_datum, city.vertical_datum)
    if found is None:
        remedy = f"give height_offset_m, metres, to {city.vertical_datum}: it differs from place to place"
        raise BadManifest(path, f"{where} vertical_datum = {source.vertical_datum!r}", remedy)
    return found


def _check_secrecy(path: Path, where: str, source: SourceSpec, isolated: bool) -> None:
    """Refuse a state secret where the deployment is not declared isolated, or where it would be seen by everybody."""
    if source.secrecy == "无":
        return
    what = f"{where} secrecy = {source.secrecy!r}"
    if not isolated:
        remedy = "state secrets are not loaded, unless CIM_ISOLATED=1 declares that no network reaches the deployment"
        raise BadManifest(path, what, remedy)
    if source.classification < 2:
        what += f", classification = {source.classification}"
        raise BadManifest(path, what, "a state secret is restricted: give classification = 2")


def _source(path: Path, number: int, table: object, city: CityProfile) -> SourceSpec:
    """Check and build the n-th `[[source]]` table."""
    where = f"[[source]] number {number}"
    table, grid = _without_grid(path, where, table)
    values = _typed(path, where, table, SourceSpec)
    if grid is not None:
        values["crs"] = source_grid(path, where, grid, values["name"], city.datum)
    values["path"] = (path.parent / values["path"]).resolve()
    licence, attribution = _OWED.get(values["kind"], (None, None))
    source = SourceSpec(**{"licence": licence, "attribution": attribution, **values})
    offset = _datum_offset_m(path, where, source, city, "height_offset_m" in values)
    source = replace(source, height_offset_m=offset)
    if source.classification not in (0, 1, 2):
        raise BadManifest(path, f"{where} classification = {source.classification}", "give 0, 1 or 2")
    if source.secrecy not in ("无", "秘密", "机密", "绝密"):
        raise BadManifest(path, f"{where} secrecy = {source.secrecy!r}", "give 无, 秘密, 机密 or 绝密")
    if source.data_grade not in ("一般", "重要", "核心"):
        raise BadManifest(path, f"{where} data_grade = {source.data_grade!r}", "give 一般, 重要 or 核心")
    return source


_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "str | None": (str,),
    "Path": (str,),
    "float": (int, float),
    "int": (int,),
    "bool": (bool,),
    "Mapping[str, Any]": (dict,),
    "tuple[float, float, float, float] | None": (list,),
}


_EXAMPLES = {
    "slug": 'a short name in small letters, e.g. slug = "my_city"',
    "name_zh": 'its name in Chinese, e.g. name_zh = "我的城市"',
    "name_en": 'its name in English, e.g. name_en = "My city"',
    "crs": 'the projected CRS that all is kept in, e.g. crs = "EPSG:4545"',
    "vertical_datum": 'what heights are above, e.g. vertical_datum = "1985"',
    "ellipsoid_offset_m": "what is added to heights to reach the ellipsoid, metres, e.g. ellipsoid_offset_m = -36.0",
    "name": 'a name of its own, e.g. name = "buildings"',
    "kind": 'what reads it, e.g. kind = "cityjson"; docs/formats/ has a page for each',
    "path": 'the file, from the folder of city.toml, e.g. path = "buildings.city.json"',
}
"""What a key that must be there says, with an example."""


def _typed(path: Path, where: str, table: object, kind: type) -> dict[str, Any]:
    """Return a table's values after checking names and types against a dataclass's fields."""
    if not isinstance(table, dict):
        raise BadManifest(path, where, "this part is missing")
    known = {item.name: item for item in fields(kind)}
    for name, value in table.items():
        if name not in known:
            raise BadManifest(path, f"{where} {name}", f"not known; known are {', '.join(known)}")
        wanted = _TYPES[str(known[name].type)]
        if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
            raise BadManifest(path, f"{where} {name} = {value!r}", f"give a {wanted[-1].__name__}")
    required = [name for name, item in known.items() if item.default is item.default_factory]
    for name in required:
        if name not in table:
            raise BadManifest(path, f"{where} {name}", f"is missing: {_EXAMPLES[name]}")
    return dict(table)
