"""`/api/examination/projects`: problems grouped into projects."""

from __future__ import annotations

import dataclasses
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, Date, Dict, Float, Integer, List, Nested, String
from apiflask.validators import OneOf, Range
from flask import Response, abort

from cim.analytics.examination.projects.catalogue import load_catalogue
from cim.analytics.examination.projects.files import FORMATS, LANGUAGES
from cim.analytics.examination.projects.project import ProjectList
from cim.analytics.examination.projects.project_list import project_list
from cim.analytics.network.clearance.keeping import rules_folder
from cim.web import context
from cim.web.api.fields import BothLanguages, number, point, whole
from cim.web.api.ledger import ledger_etag
from cim.web.caching import json_body, tagged

blueprint = APIBlueprint("projects", __name__, url_prefix="/api/examination", tag="Examination")


class ProjectsQuery(Schema):
    """Which problems are grouped, and how many projects are told."""

    unit = Integer(metadata={"description": "Only problems of this community, by feature id"})
    limit = Integer(load_default=100, validate=Range(1, 5000), metadata={"description": "Most projects"})


class WrittenQuery(ProjectsQuery):
    """The same as a file."""

    language = String(load_default="zh", validate=OneOf(LANGUAGES), metadata={"description": "Of the workbook"})


class ProjectItem(Schema):
    """What a project does for one indicator."""

    code = String(required=True)
    title = Nested(BothLanguages, required=True)
    action = Nested(BothLanguages, required=True, metadata={"description": "What is done"})
    problems = Integer(required=True)
    amount = number("How much, in `unit`; null: not known")
    unit = Nested(BothLanguages, required=True)
    uncosted = Integer(required=True, metadata={"description": "Problems of unknown amount: in no cost"})
    low_cny = Float(required=True)
    high_cny = Float(required=True)
    status = String(required=True, metadata={"description": "Of the unit cost: unverified until a city replaces it"})


class OneProject(Schema):
    """Works of one kind in one renewal area."""

    number = String(required=True, metadata={"description": "Stays while the area and the works do"})
    work = String(required=True)
    title = Nested(BothLanguages, required=True)
    area = String(required=True)
    area_kind = String(required=True, validate=OneOf(("compounds", "streets", "unit")))
    area_name = Nested(BothLanguages, required=True)
    unit_id = whole("Community, or the unit itself")
    unit = Nested(BothLanguages, required=True)
    items = List(Nested(ProjectItem), required=True)
    problems = List(Integer(), required=True, metadata={"description": "Numbers of the problems that it solves"})
    candidates = Integer(required=True, metadata={"description": "Of these, not confirmed on site"})
    severity = whole("The gravest, 1 slight to 10 worst")
    deadline = String(required=True, validate=OneOf(("within_time", "best_effort")))
    due_on = Date(required=True, allow_none=True)
    responsible = Nested(BothLanguages, required=True)
    named = Boolean(required=True, metadata={"description": "The ledger names them; else who usually sees to it"})
    low_cny = Float(required=True, metadata={"description": "Yuan"})
    high_cny = Float(required=True, metadata={"description": "Yuan"})
    uncosted = Integer(required=True)
    place = point("Its middle")


class Projects(Schema):
    """Projects, the most pressing first."""

    about = Dict(required=True, metadata={"description": "City, year, system, problems grouped, the rule's distance"})
    total = Integer(required=True)
    projects = List(Nested(OneProject), required=True)
    notes = List(Nested(BothLanguages), required=True)


_WRITTEN: dict[int, Any] = {
    200: {
        "description": "The file",
        "content": {FORMATS["xlsx"].mimetype: {"schema": {"type": "string", "format": "binary"}}},
    },
    400: {"description": "Bad request"},
    404: {"description": "No such file"},
}


@blueprint.get("/projects")
@blueprint.input(ProjectsQuery, location="query", arg_name="query")
@blueprint.output(Projects)
@blueprint.doc(summary="Projects from problems", operation_id="projects", responses=[400])
@tagged(ledger_etag)
def projects(query: dict[str, Any]) -> Response:
    """Group the problems that are to be solved by renewal area and works, with bands of cost."""
    found = _found(query)
    told = dataclasses.asdict(dataclasses.replace(found, projects=found.projects[: query["limit"]]))
    return json_body(told | {"total": len(found.projects)})


@blueprint.get("/projects.<string:ending>")
@blueprint.input(WrittenQuery, location="query", arg_name="query")
@blueprint.doc(summary="The same as a workbook", operation_id="projectsWritten", responses=_WRITTEN)
@tagged(ledger_etag)
def projects_written(ending: str, query: dict[str, Any]) -> Response:
    """Write all projects as xlsx."""
    if ending != "xlsx":
        abort(404, f"no project list is written as {ending!r}: use xlsx")
    answer = Response(FORMATS[ending].write(_found(query), query["language"]), mimetype=FORMATS[ending].mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="projects.{ending}"'
    return answer


def _found(query: dict[str, Any]) -> ProjectList:
    store = context.store()
    catalogue = load_catalogue(rules_folder(context.settings(), store.city.slug))
    return project_list(store, context.viewer(), catalogue=catalogue, unit=query.get("unit"))
