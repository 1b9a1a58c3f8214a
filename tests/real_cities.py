"""Cities of real files, for tests and the browser: each function writes a city.toml and returns its path.

The files stay where they are (`CIM_REAL_DATA`, and the networks that come with WNTR); city.toml names them.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

BAG_FILES = ("3dbag_5908_99b.city.jsonl", "3dbag_901_52b.city.jsonl", "3dbag_5870_54b_ext.city.jsonl")
"""Tiles of 3DBAG v210908, CC BY 4.0."""

NETHERLANDS = {
    "crs": "EPSG:28992",
    "vertical_datum": "NAP",
    # Ellipsoidal height of NAP zero near Delft, to about half a metre.
    "ellipsoid_offset_m": 43.3,
}
_BAG = {"licence": "CC-BY-4.0", "attribution": "(c) 3DBAG by tudelft3d"}
_PDOK = {"licence": "CC-BY-4.0", "attribution": "PDOK 3D Basisvoorziening"}
_WNTR = {"licence": "BSD-3-Clause", "attribution": "WNTR example networks"}


def delft(folder: Path, data: Path, slug: str = "delft") -> Path:
    """Write a part of Delft: 160 buildings, streets, water, green (CityJSON 2.0)."""
    source = {"name": "delft", "kind": "cityjson", "path": _found(data, "delft_3dbasisvoorziening.city.json"), **_PDOK}
    return _manifest(folder, {"slug": slug, "name_zh": "代尔夫特", "name_en": "Delft", **NETHERLANDS}, [source])


def bag(folder: Path, data: Path, slug: str = "bag") -> Path:
    """Write three tiles of 3DBAG: 206 buildings at four levels of detail (CityJSONSeq 1.1)."""
    sources = [
        {"name": name.split(".")[0], "kind": "cityjson", "path": _found(data, name), **_BAG} for name in BAG_FILES
    ]
    return _manifest(folder, {"slug": slug, "name_zh": "荷兰三维建筑", "name_en": "3DBAG", **NETHERLANDS}, sources)


def rotterdam(folder: Path, data: Path, slug: str = "rotterdam") -> Path:
    """Write 16 textured buildings of Rotterdam whose file names no CRS: refused until one is given."""
    source = {"name": "rotterdam", "kind": "cityjson", "path": _found(data, "rotterdam_textured_16b.city.json")}
    return _manifest(folder, {"slug": slug, "name_zh": "鹿特丹", "name_en": "Rotterdam", **NETHERLANDS}, [source])


def ky4(folder: Path, slug: str = "ky4") -> Path:
    """Write a water network in Kentucky, drawn in US survey feet (EPSG:3089), as a city in UTM metres."""
    city = {
        "slug": slug,
        "name_zh": "肯塔基供水网",
        "name_en": "Kentucky water network",
        "crs": "EPSG:26916",
        "vertical_datum": "NAVD88",
        # Ellipsoidal height of NAVD88 zero in western Kentucky, to about a metre.
        "ellipsoid_offset_m": -32.0,
    }
    source = {"name": "ky4", "kind": "epanet", "path": str(wntr_network("ky4")), "crs": "EPSG:3089", **_WNTR}
    return _manifest(folder, city, [source])


def net3(folder: Path, slug: str = "net3") -> Path:
    """Write EPANET's Net3, a schematic drawing, on a grid that makes it about as large as its pipes are long."""
    city = {
        "slug": slug,
        "name_zh": "三号示例网",
        "name_en": "EPANET Net3",
        "crs": "EPSG:26916",
        "vertical_datum": "NAVD88",
        "ellipsoid_offset_m": -32.0,
    }
    grid = "+proj=tmerc +lat_0=38 +lon_0=-87 +x_0=0 +y_0=0 +datum=NAD83 +to_meter=300"
    source = {"name": "net3", "kind": "epanet", "path": str(wntr_network("Net3")), "crs": grid, **_WNTR}
    return _manifest(folder, city, [source])


def codem(folder: Path, data: Path, slug: str = "codem") -> Path:
    """Write the terrain model of CODEM's sample (UTM 16N): a city of nothing but ground."""
    city = {
        "slug": slug,
        "name_zh": "地形样例",
        "name_en": "CODEM",
        "crs": "EPSG:32616",
        "vertical_datum": "ellipsoid",
        "ellipsoid_offset_m": 12.5,
    }
    path = data / "terrain" / "codem_dem.tif"
    assert path.is_file(), f"{path} is missing"
    source = {"name": "dem", "kind": "raster", "path": str(path), "licence": "Apache-2.0", "attribution": "NCALM CODEM"}
    return _manifest(folder, city, [source])


def wntr_network(name: str) -> Path:
    """Return the file of a network that comes with WNTR."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import wntr
    return Path(wntr.__file__).parent / "library" / "networks" / f"{name}.inp"


def _found(data: Path, name: str) -> str:
    """Return the path of a model; that it is missing is a failure, not a reason to skip."""
    path = data / "citymodels" / name
    assert path.is_file(), f"{path} is missing"
    return str(path)


def _manifest(folder: Path, city: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]) -> Path:
    """Write city.toml."""
    lines = ["[city]", *(f"{name} = {_value(value)}" for name, value in city.items())]
    for source in sources:
        lines += ["[[source]]", *(f"{name} = {_value(value)}" for name, value in source.items())]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "city.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _value(value: object) -> str:
    """Return a value as TOML."""
    return f"'{value}'" if isinstance(value, str) else str(value)
