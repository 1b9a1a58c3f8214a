"""The CRS that a CityJSON file names, in every way of naming it that is met."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cim.errors import BadSource, MissingCrs

_FORMS = (
    re.compile(r"^urn:ogc:def:crs:(?P<authority>\w+):[^:]*:(?P<code>\w+)$", re.IGNORECASE),
    re.compile(r"^https?://www\.opengis\.net/def/crs/(?P<authority>\w+)/[^/]+/(?P<code>\w+)/?$", re.IGNORECASE),
    re.compile(r"^(?P<authority>EPSG|ESRI|IGNF)[: ]+(?P<code>\w+)$", re.IGNORECASE),
)


def named_crs(document: Mapping[str, Any], path: Path) -> str:
    """Return the CRS of a document or header as `AUTHORITY:code`, or as it stands where that is no known form.

    Raises
    ------
    MissingCrs
        The file names none.
    BadSource
        `metadata` is no object.
    """
    metadata = document.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise BadSource(path, f"metadata is a {type(metadata).__name__}", "correct the file, or give crs in city.toml")
    name = metadata.get("referenceSystem")
    if not isinstance(name, str) or not name.strip():
        raise MissingCrs(path)
    for form in _FORMS:
        found = form.match(name.strip())
        if found:
            return f"{found['authority'].upper()}:{found['code']}"
    return name.strip()
