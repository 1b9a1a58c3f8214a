"""The answer to a dig as a file."""

from __future__ import annotations

import dataclasses
from typing import Literal

import orjson

from cim.analytics.network.digs.excavation import Excavation
from cim.city import CityProfile

MIMETYPES = {"json": "application/json", "pdf": "application/pdf", "dxf": "image/vnd.dxf"}
"""Media type of each kind of file."""


def written(kind: Literal["json", "pdf", "dxf"] | str, city: CityProfile, found: Excavation) -> bytes:
    """Return an answer as a file of a kind of `MIMETYPES`; the libraries of drawings are imported only when asked."""
    if kind == "json":
        return orjson.dumps(dataclasses.asdict(found), option=orjson.OPT_INDENT_2)
    if kind == "pdf":
        from cim.analytics.network.digs.report import excavation_pdf

        return excavation_pdf(city, found)
    from cim.analytics.network.digs.drawing import excavation_dxf

    return excavation_dxf(city, found)
