"""A single file as if it were the only source of a city: its kind by its name, its CRS as the city's."""

from __future__ import annotations

import re
from pathlib import Path

import pyproj

from cim.city import CityProfile
from cim.errors import BadCrs, BadSource, MissingCrs
from cim.etl.parquet_layer import ENDINGS, open_parquet
from cim.etl.readers import find, readers
from cim.manifest import Manifest, SourceSpec
from cim.source_crs import horizontal

_KINDS = (
    (".city.json", "cityjson"), (".city.jsonl", "cityjson"), (".jsonl", "cityjson"), (".json", "cityjson"),
    (".gml", "citygml"), (".gml.gz", "citygml"), (".inp", "epanet"), (".xlsx", "pipe_survey"), (".xls", "pipe_survey"),
    (".tif", "raster"), (".tiff", "raster"), (".pbf", "osm"), (".gpkg", "footprints"), (".shp", "footprints"),
    (".geojson", "footprints"), (".fgb", "footprints"), (".parquet", "footprints"),
    (".geoparquet", "footprints"),
)  # fmt: skip
_HEAD_BYTES = 1 << 20


def lone_manifest(path: Path, kind: str | None, crs: str | None) -> Manifest:
    """Return a manifest of one file.

    Parameters
    ----------
    path
        The file, or the folder of a survey's tables.
    kind
        Kind of reader; None: by the file's name.
    crs
        CRS where the file states none.

    Raises
    ------
    BadSource
        The name does not tell the kind, or the CRS is not one of metres.
    """
    path = path.resolve()
    kind = kind or _kind(path)
    if find(kind) is None:
        raise BadSource(path, f"there is no reader of kind {kind!r}", f"known kinds are {', '.join(sorted(readers()))}")
    stated = crs or _stated_crs(path, kind)
    city = CityProfile("lone", path.name, path.name, _city_crs(path, stated), "as in the file", 0.0)
    return Manifest(path, city, (SourceSpec(path.stem, kind, path, crs=crs),))


def _kind(path: Path) -> str:
    """Return the kind that a name tells."""
    if path.is_dir():
        return "pipe_survey"
    for ending, kind in _KINDS:
        if path.name.lower().endswith(ending) and find(kind) is not None:
            return "swmm" if kind == "epanet" and _is_swmm(path) and find("swmm") is not None else kind
    raise BadSource(path, "its name does not tell what it is", f"give --kind: one of {', '.join(sorted(readers()))}")


def _is_swmm(path: Path) -> bool:
    """Return whether an .inp file is SWMM's: EPANET knows no conduits."""
    with path.open("rb") as file:
        return re.search(rb"^\[(CONDUITS|SUBCATCHMENTS|XSECTIONS)\]", file.read(_HEAD_BYTES), re.M | re.I) is not None


def _stated_crs(path: Path, kind: str) -> str:
    """Return the CRS that a file states.

    Raises
    ------
    MissingCrs
        It states none.
    BadSource
        It cannot be read.
    """
    try:
        stated = _crs_within(path, kind)
    except (OSError, RuntimeError, ValueError) as error:  # of the libraries that read formats
        said = " ".join(str(error).partition("; It might help")[0].split()).replace(str(path), path.name)
        raise BadSource(path, f"cannot be read ({said})", "see that it is whole and of that format") from error
    if not stated:
        raise MissingCrs(path)
    return stated


def _crs_within(path: Path, kind: str) -> str | None:
    """Return the CRS that a file states; None where it states none."""
    stated: str | None = None
    if path.suffix.lower() in ENDINGS:
        with open_parquet(path) as (_, _, stated, _):
            pass
    elif kind == "footprints":
        import pyogrio

        stated = pyogrio.read_info(path)["crs"]
    elif kind == "raster":
        import rasterio

        with rasterio.open(path) as raster:
            stated = raster.crs.to_wkt() if raster.crs else None
    elif path.is_file() and kind in ("cityjson", "citygml"):
        from cim.etl.readers.cityjson_crs import named_crs

        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES).decode("utf-8", errors="replace")
        found = re.search(r'"referenceSystem"\s*:\s*"([^"]+)"|srsName\s*=\s*"([^"]+)"', head)
        stated = named_crs({"metadata": {"referenceSystem": found[1] or found[2]}}, path) if found else None
    return stated


def _city_crs(path: Path, stated: str) -> str:
    """Return the projected CRS in which a file is checked: its own."""
    try:
        whole = pyproj.CRS.from_user_input(stated)
    except pyproj.exceptions.CRSError as error:
        raise BadCrs(path, stated, "is not known to PROJ") from error
    crs = horizontal(whole)
    if crs.is_projected and {axis.unit_conversion_factor for axis in crs.axis_info[:2]} == {1.0}:
        # As it was stated where that is flat: a PROJ string without a datum is the city's own only word for word.
        return stated if crs == whole else crs.to_string()
    what, remedy = f"CRS {crs.name!r} is not one of metres", "check it by a city.toml whose [city] has a projected CRS"
    raise BadSource(path, what, remedy)
