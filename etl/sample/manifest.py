"""`city.toml` of the sample: the city and every file, with licence and attribution."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cim.etl.sample.filled_forms import FOLDER

CRS = "+proj=tmerc +lat_0=0 +lon_0=106.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
"""Local grid on 106.5 degrees east, as hill cities near a zone edge use."""
SLUG = "sample"
"""Short name of the city."""
LICENCE = "CC0-1.0"
"""Licence of everything that is written."""
ATTRIBUTION = "Made-up data of a sample city (synthetic)"
"""Who is to be named."""
ELLIPSOID_OFFSET_M = -36.0
"""City height + this = ellipsoidal height."""

_THEMES_FIRST = ("admin_unit", "builtup_area", "land_use", "planning_parcel", "green_space", "population",
                 "construction_project", "road_node", "road_edge", "kerb", "control_line", "tree")  # fmt: skip
_THEMES_LAST = (
    "facility",
    "pipe_device",
    "service_connection",
    "pipe_break",
    "pipe_inspection",
    "sensor",
    "survey_finding",
    "statistic",
)


def city_toml(registers: Mapping[str, str], pipes: Mapping[str, str]) -> str:
    """Return the text of the manifest; what others refer to comes first.

    Parameters
    ----------
    registers
        File of each register, by theme.
    pipes
        File or folder of each network.
    """
    parts = [_CITY, _source("terrain", "raster", "terrain.tif", {"raster": "dem"})]
    parts += [_register(theme, registers[theme]) for theme in _THEMES_FIRST if theme in registers]
    parts.append(_source("buildings", "cityjson", "buildings.city.jsonl", {}))
    parts.append(_source("objects", "cityjson", "objects.city.jsonl", {}))
    parts.append(_source("kiosks", "footprints", "footprints_extra.gpkg", {"layer": "footprints"}))
    parts += [
        _source(f"pipes-{network}", "pipe_survey", path, {"network": network}, classification=1)
        for network, path in pipes.items()
    ]
    parts += [_register(theme, registers[theme]) for theme in _THEMES_LAST if theme in registers]
    # Longitude and latitude, as the form asks for them.
    parts.append(_source("survey-forms", "survey_forms", FOLDER, {}, classification=1, crs=""))
    return "\n".join(parts)


def _register(theme: str, path: str) -> str:
    options = {"theme": theme} if Path(path).suffix == ".csv" else {"theme": theme, "layer": theme}
    restricted = theme.startswith("pipe_") or theme in ("service_connection", "sensor", "survey_finding")
    return _source(theme.replace("_", "-"), "register", path, options, classification=int(restricted))


def _source(
    name: str, kind: str, path: str, options: Mapping[str, str], *, classification: int = 0, crs: str = CRS
) -> str:
    lines = [
        "[[source]]", f'name = "{name}"', f'kind = "{kind}"', f'path = "{path}"', *([f'crs = "{crs}"'] if crs else []),
        f'licence = "{LICENCE}"', f'attribution = "{ATTRIBUTION}"', f"classification = {classification}",
    ]  # fmt: skip
    if options:
        lines += ["[source.options]", *(f'{key} = "{value}"' for key, value in options.items())]
    return "\n".join([*lines, ""])


_CITY = f"""# A made-up city (synthetic): terrain, streets, names, people and pipes come from a seed.
[city]
slug = "{SLUG}"
name_zh = "两江样例区（合成数据）"
name_en = "Two Rivers sample district (synthetic)"
crs = "{CRS}"
vertical_datum = "1985 (synthetic)"
ellipsoid_offset_m = {ELLIPSOID_OFFSET_M}
synthetic = true
"""
