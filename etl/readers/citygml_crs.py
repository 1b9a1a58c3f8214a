"""The CRS that a CityGML file names, in every way of naming it that is met, and the order of its coordinates."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pyproj

from cim.errors import BadCrs, MissingCrs
from cim.etl.readers.axis_order import EAST_NORTH, NORTH_EAST, authority_order
from cim.source_crs import horizontal, known_crs

_PARTS = (
    re.compile(r"crs(?::|,crs:)(?P<authority>EPSG|ESRI|IGNF):[^:,]*:(?P<code>\w+)", re.IGNORECASE),
    re.compile(r"/def/crs/(?P<authority>\w+)/[^/]+/(?P<code>\w+)", re.IGNORECASE),
)
_SHORT = re.compile(r"^(?P<authority>EPSG|ESRI|IGNF)[: ]+(?P<code>\w+)$", re.IGNORECASE)
_OLD = re.compile(r"/gml/srs/epsg\.xml#(?P<code>\d+)$", re.IGNORECASE)
# The names that German surveying offices give; heights follow after the star.
_ADV = re.compile(r"^urn:adv:crs:ETRS89_UTM(?P<zone>3[123])\b", re.IGNORECASE)
_HORIZONTAL = {"31": "EPSG:25831", "32": "EPSG:25832", "33": "EPSG:25833"}


@lru_cache(maxsize=256)
def normal_name(name: str) -> str:
    """Return an srsName as `AUTHORITY:code`, compound ones as `EPSG:a+b`; as it stands where that is no known form."""
    text = name.strip()
    for form in _PARTS:
        found = list(form.finditer(text))
        if found:
            codes = "+".join(part["code"] for part in found)
            return f"{found[0]['authority'].upper()}:{codes}"
    if found_short := _SHORT.match(text):
        return f"{found_short['authority'].upper()}:{found_short['code']}"
    if found_old := _OLD.search(text):
        return f"EPSG:{found_old['code']}"
    if found_adv := _ADV.match(text):
        return _HORIZONTAL[found_adv["zone"]]
    return text


class CrsNames:
    """The one CRS of a file, as given by the manifest or by the first srsName; another one is refused."""

    def __init__(self, path: Path, given: str | None) -> None:
        self.path, self.given = path, given
        self.name: str | None = None
        """The first srsName, as it stands."""

    def meet(self, name: str) -> None:
        """Take note of an srsName.

        Raises
        ------
        BadCrs
            It is another one than before.
        """
        if self.name is None:
            self.name = name
        elif name != self.name and not _same(name, self.name) and self.given is None:
            raise BadCrs(self.path, name, f"differs from {self.name!r} of what was read before it: CRSs are mixed")

    @property
    def crs(self) -> str:
        """CRS for PROJ.

        Raises
        ------
        MissingCrs
            Nobody names one.
        """
        if self.given:
            return self.given
        if self.name is None:
            raise MissingCrs(self.path)
        return normal_name(self.name)

    @property
    def usual_order(self) -> str:
        """Order of coordinates unless the source's option says otherwise.

        A URN or URL promises the order of the authority (OGC 09-048r5), and CityGML files keep to it: north first
        in Japan's plane zones. A short name such as EPSG:25832 promises easting first for metres.
        """
        crs = self.crs
        name = self.name or ""
        formal = any(form.search(name) for form in _PARTS) and normal_name(name) == crs
        if not formal:
            return authority_order(crs)
        flat = horizontal(known_crs(crs))
        return NORTH_EAST if flat.axis_info[0].direction == "north" else EAST_NORTH


@lru_cache(maxsize=256)
def _same(one: str, other: str) -> bool:
    """Return whether two names mean the same places: EPSG:6668 is EPSG:6697 without its heights."""
    names = normal_name(one), normal_name(other)
    if names[0] == names[1]:
        return True
    try:
        first, second = (horizontal(known_crs(name)) for name in names)
    except pyproj.exceptions.CRSError:
        return False
    return first.equals(second)
