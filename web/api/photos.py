"""`/api/examination/photos`: what surveyors photographed, for those who may see what they found."""

from __future__ import annotations

import re
from typing import Any

from apiflask import APIBlueprint
from flask import Response, abort

from cim.web import context
from cim.web.caching import fresh

blueprint = APIBlueprint("photos", __name__, url_prefix="/api/examination", tag="Examination")

_DIGEST = re.compile(r"[0-9a-f]{64}\.(jpg|png)")
_TYPES = {"jpg": "image/jpeg", "png": "image/png"}
_SEEN = """
SELECT FROM city.survey_finding_current
WHERE classification <= run.clearance() AND photo IS NOT NULL
  AND %(name)s = ANY(string_to_array(attributes ->> 'photo_file', ';'))
LIMIT 1
"""
_ANSWERS: dict[int, Any] = {
    200: {
        "description": "The photo",
        "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in _TYPES.values()},
    },
    404: "No finding that you may see has such a photo",
}


@blueprint.get("/photos/<string:name>")
@blueprint.doc(summary="A photo of a survey", operation_id="surveyPhoto", responses=_ANSWERS)
@fresh
def photo(name: str) -> Response:
    """Send a photo by the name that a problem's evidence gives (`photo_file`)."""
    # Any register may bring a column of that name: only a digest goes into a path, and only that of a finding.
    known = _DIGEST.fullmatch(name) and context.store().rows(context.viewer(), _SEEN, {"name": name})
    path = context.settings().data_dir / "photo" / name
    if not known or not path.is_file():
        abort(404, "no photo of that name, or it is not shown to you")
    return Response(path.read_bytes(), mimetype=_TYPES[path.suffix[1:]])
