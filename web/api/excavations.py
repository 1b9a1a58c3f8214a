"""`/api/network/excavation`: what lies in the ground where somebody wants to dig."""

from __future__ import annotations

import datetime as dt
from typing import Any

from apiflask import APIBlueprint
from flask import Response, abort

from cim.analytics.network.clearance.keeping import rules_folder
from cim.analytics.network.digs.area import Dig, in_city, outline
from cim.analytics.network.digs.excavation import excavation
from cim.analytics.network.digs.files import MIMETYPES, written
from cim.analytics.network.rules.tables import load_rules
from cim.web import context
from cim.web.api.excavation_schemas import ExcavationAnswer, ExcavationBody

blueprint = APIBlueprint("excavations", __name__, url_prefix="/api/network", tag="Networks")


_FILE = {"schema": {"type": "string", "format": "binary"}}
_WRITTEN: dict[int, Any] = {
    200: {"description": "The file", "content": {MIMETYPES[ending]: _FILE for ending in ("pdf", "dxf")}},
    400: {"description": "Bad request"},
    404: {"description": "No such file"},
}


@blueprint.post("/excavation")
@blueprint.input(ExcavationBody, location="json", arg_name="body")
@blueprint.output(ExcavationAnswer)
@blueprint.doc(summary="What lies where somebody wants to dig", operation_id="excavation", responses=[400])
def ask_excavation(body: dict[str, Any]) -> Response:
    """Tell every pipe and manhole in or near a polygon, what must be dug by hand, and who signs."""
    return _written(body, "json")


@blueprint.post("/excavation.<string:ending>")
@blueprint.input(ExcavationBody, location="json", arg_name="body")
@blueprint.doc(summary="The same as a file", operation_id="excavationWritten", responses=_WRITTEN)
def write_excavation(ending: str, body: dict[str, Any]) -> Response:
    """Write the same as pdf (map, lists, 会签单) or dxf (city coordinates, metres)."""
    if ending not in ("pdf", "dxf"):
        abort(404, f"no excavation is written as {ending!r}: use pdf or dxf")
    return _written(body, ending)


def _written(body: dict[str, Any], kind: str) -> Response:
    store, settings = context.store(), context.settings()
    dig = Dig(
        in_city(store.city, outline(body["polygon"])),
        depth_m=body["depth_m"],
        day=body["day"] or dt.date.today(),
        valid_days=body["valid_days"],
        project=body["project"],
        applicant=body["applicant"],
    )
    found = excavation(store, context.viewer(), dig, load_rules(rules_folder(settings, store.city.slug)))
    response = Response(written(kind, store.city, found), mimetype=MIMETYPES[kind])
    response.headers["Cache-Control"] = "no-store"
    if kind != "json":
        response.headers["Content-Disposition"] = f'attachment; filename="excavation-{dig.day.isoformat()}.{kind}"'
    return response
