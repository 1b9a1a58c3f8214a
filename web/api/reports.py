"""`/api/examination/report.…`: the report of an examination, made from the kept run when it is asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from apiflask import APIBlueprint, Schema
from apiflask.fields import Integer, String
from apiflask.validators import Length, OneOf, Range
from flask import Response, abort, current_app

from cim.analytics.examination.local_file import local_file
from cim.analytics.examination.report.files import FORMATS, report_file
from cim.analytics.examination.report.gathering import kept_report
from cim.analytics.examination.report.submission import NAME
from cim.analytics.examination.report.words import LANGUAGES
from cim.analytics.file_format import JSON
from cim.analytics.network.clearance.keeping import rules_folder
from cim.web import context
from cim.web.at_once import room
from cim.web.caching import city_etag, fresh

blueprint = APIBlueprint("reports", __name__, url_prefix="/api/examination", tag="Examination")

_KEY = "cim.examination.reports"
_KEPT = 8
_PATIENCE_S = 60.0
_TYPES = {ending: form.mimetype for ending, form in FORMATS.items()} | {"json": JSON}
_ANSWERS: dict[int | str, Any] = {
    200: {
        "description": "The report",
        "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in _TYPES.values()}
        | {JSON: {"schema": {"type": "object"}}},
    },
    400: "The question cannot be meant",
    404: "No such examination or format",
    503: "Other answers are being computed: ask again",
}


class ReportQuery(Schema):
    """Which examination, and in which language it is told."""

    year = Integer(validate=Range(1900, 2200), metadata={"description": "Year examined; without it the newest run"})
    system = String(
        validate=Length(1, 200), metadata={"description": "System of indicators, where a year was examined by several"}
    )
    language = String(
        load_default="zh",
        validate=OneOf(LANGUAGES),
        metadata={"description": "Of pdf and docx; the other files hold both languages"},
    )


@dataclass
class Shelf:
    """The last reports that were made."""

    kept: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    """Reports by what was asked in which state of the city, by whom; the one asked of last at the end."""

    def file(self, key: str, make: Callable[[], bytes]) -> bytes:
        """Return a report, made only if it is not kept; it takes seconds of a whole core, as other answers do."""
        with room(_PATIENCE_S):
            if key not in self.kept:
                self.kept[key] = make()
                while len(self.kept) > _KEPT:
                    self.kept.popitem(last=False)
            self.kept.move_to_end(key)
            return self.kept[key]


@blueprint.get("/report.<string:ending>")
@blueprint.input(ReportQuery, location="query", arg_name="query")
@blueprint.doc(summary="The report of an examination", operation_id="examinationReport", responses=_ANSWERS)
@fresh
def examination_report(ending: str, query: dict[str, Any]) -> Response:
    """Write the report of the newest examination: html, pdf, docx, xlsx, gpkg, or json for its manifest."""
    if ending not in _TYPES:
        abort(404, f"no report is written as {ending!r}: use one of {', '.join(_TYPES)}")
    shelf = cast("Shelf", current_app.extensions.setdefault(_KEY, Shelf()))
    written = shelf.file(city_etag(), lambda: _written(ending, query))
    response = Response(written, mimetype=_TYPES[ending])
    name = FORMATS[ending].name(ending, query["language"]) if ending in FORMATS else "manifest.json"
    way = "inline" if ending in ("html", "json") else "attachment"
    response.headers["Content-Disposition"] = f'{way}; filename="{name}"'
    return response


def _written(ending: str, query: dict[str, Any]) -> bytes:
    store, viewer = context.store(), context.viewer()
    rules = rules_folder(context.settings(), store.city.slug)
    report = kept_report(store, viewer, query.get("year"), system=query.get("system"), rules=rules)
    return report_file(report, ending, query["language"], local_file(store, viewer, NAME))
