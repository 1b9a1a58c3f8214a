"""`[city.grid]` and `[source.grid]` of a manifest: a local grid told there, or in a file that only its owner reads."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyproj

from cim.errors import BadManifest
from cim.grid_fit import fit_of
from cim.local_grid import SecretCrs, checked, four_parameters, is_plane_in_metres, local_grid, standing_on

_FILE = "parameters_file"


def city_grid(path: Path, table: Mapping[str, Any], slug: str, datum: str) -> str:
    """Return the city's CRS of `[city.grid]` as WKT 2.

    Raises
    ------
    BadManifest
        Something is missing or wrong, or the parameters are kept apart: a city's CRS cannot be secret, as the
        database, its tiles and every program that reads it must compute with it.
    """
    where = "[city.grid]"
    if _FILE in table:
        remedy = "the city's own CRS is in the database for all to compute with, so it cannot be secret: give the city "
        remedy += "a public CRS, and the secret grid to its sources under [source.grid]"
        raise BadManifest(path, f"{where} {_FILE}", remedy)
    return _crs(path, where, table, f"{slug} local grid", datum).to_wkt()


def source_grid(path: Path, where: str, table: Mapping[str, Any], name: str, datum: str) -> str:
    """Return the CRS of a source on a local grid: WKT 2, or a label where its parameters are secret.

    Raises
    ------
    BadManifest
        Something is missing or wrong, or others can read the file of the parameters. No message holds a parameter.
    """
    where = f"{where} grid"
    if _FILE not in table:
        return _crs(path, where, table, f"{name} local grid", datum).to_wkt()
    private, revision = _private_table(path, where, table[_FILE])
    both = set(private) & set(table)
    if both:
        raise BadManifest(path, f"{where} {min(both)}", f"stands in {_FILE} too: say it once")
    told = {part: value for part, value in table.items() if part != _FILE}
    crs = _crs(path, where, private | told, f"{name} local grid", datum, shown=False)
    return SecretCrs(f"secret local grid of {name}", crs, revision)


def fits(path: Path) -> Iterator[str]:
    """Yield what there is to tell of the grids of a manifest that are fitted to points; of secret ones nothing.

    Parameters
    ----------
    path
        A city.toml that has been read without an error.
    """
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    named = [("[city.grid]", document["city"])]
    named += [(f"[source.grid] of {source['name']}", source) for source in document.get("source", [])]
    for where, table in named:
        grid = table.get("grid", {})
        if "points" in grid:
            fit = fit_of({name: value for name, value in grid.items() if name != "to"}, shown=True)
            first, *more = fit.lines()
            yield f"{where}: {first}"
            yield from (f"  {line}" for line in more)


def _crs(path: Path, where: str, table: Mapping[str, Any], name: str, datum: str, *, shown: bool = True) -> pyproj.CRS:
    """Build a grid of its table: `to`, and four parameters, or points to fit, unless `to` is the whole of it."""
    rest = dict(table)
    to = rest.pop("to", None)
    if not isinstance(to, str):
        raise BadManifest(path, f"{where} to", "name the known projected CRS that the parameters lead to")
    try:
        base = standing_on(pyproj.CRS.from_user_input(to), datum, name)
    except pyproj.exceptions.CRSError:
        # Not chained: PROJ's words would quote a definition that may be secret.
        raise BadManifest(path, f"{where} to", "PROJ does not know this CRS") from None
    if not is_plane_in_metres(base):
        raise BadManifest(path, f"{where} to", "give a projected CRS in metres")
    if not rest:
        return base
    try:
        if "points" in rest:
            fit = fit_of(rest, shown=shown)
            return local_grid(base, checked(fit.parameters), name, fit.summary())
        return local_grid(base, four_parameters(rest), name)
    except ValueError as error:
        raise BadManifest(path, f"{where}: {error}", "see docs/coordinates.md") from None


def _private_table(path: Path, where: str, given: object) -> tuple[dict[str, Any], str]:
    """Read a file of parameters that none but its owner can, and return it with what tells it from a later one."""
    if not isinstance(given, str):
        raise BadManifest(path, f"{where} {_FILE}", "give the path of a file")
    file = (path.parent / Path(given).expanduser()).resolve()
    try:
        with file.open("rb") as stream:
            # Of the open file, so that nobody can put another in its place in between.
            status = os.fstat(stream.fileno())
            if stat.S_IMODE(status.st_mode) & 0o077:
                raise BadManifest(path, f"{where} {_FILE} = {given!r}", f"others can use it: chmod 600 {file}")
            content = stream.read()
    except OSError as error:
        raise BadManifest(path, f"{where} {_FILE} = {given!r}", f"cannot be read ({error.strerror})") from None
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except ValueError:
        raise BadManifest(path, f"{where} {_FILE} = {given!r}", "is not readable as TOML in UTF-8") from None
    # Not a digest of the content: numbers of few digits could be guessed from it.
    return table, f"{status.st_mtime_ns}-{status.st_size}"
