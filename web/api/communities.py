"""`/api/examination/communities/{unit_id}.pdf`: the sheet of a community."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Integer, String
from apiflask.validators import Range
from flask import Response

from cim.analytics.examination.community.files import communities_pdf
from cim.analytics.examination.community.gathering import communities
from cim.analytics.examination.projects.catalogue import load_catalogue
from cim.analytics.network.clearance.keeping import rules_folder
from cim.web import context
from cim.web.api.ledger import ledger_etag
from cim.web.caching import tagged

blueprint = APIBlueprint("communities", __name__, url_prefix="/api/examination", tag="Examination")


class SheetQuery(Schema):
    """Which examination."""

    year = Integer(validate=Range(1900, 2200), metadata={"description": "Year examined; without it the newest run"})
    system = String(metadata={"description": "System of indicators, where a year was examined by several"})


_WRITTEN: dict[int, Any] = {
    200: {
        "description": "The page",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    },
    400: {"description": "Bad request"},
    404: {"description": "No such unit, or no examination"},
}


@blueprint.get("/communities/<int:unit_id>.pdf")
@blueprint.input(SheetQuery, location="query", arg_name="query")
@blueprint.doc(summary="The sheet of a community", operation_id="communitySheet", responses=_WRITTEN)
@tagged(ledger_etag)
def community_sheet(unit_id: int, query: dict[str, Any]) -> Response:
    """Write one A4 page of a unit: map, indicators worst first, problems, what helps, projects, in both languages."""
    store = context.store()
    catalogue = load_catalogue(rules_folder(context.settings(), store.city.slug))
    asked: dict[str, Any] = {name: query.get(name) for name in ("year", "system")}
    found = communities(store, context.viewer(), [unit_id], **asked, catalogue=catalogue)
    answer = Response(communities_pdf(found, str(unit_id)), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="community-{unit_id}.pdf"'
    return answer
