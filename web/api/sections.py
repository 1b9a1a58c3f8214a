"""`/api/network/profile` and `/api/network/section`: levels along a path, pipes below a line; as data and drawn."""

from __future__ import annotations

import dataclasses
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, DateTime, DelimitedList, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from flask import Response, abort
from shapely import LineString

from cim.analytics.errors import BadQuestion
from cim.analytics.network.sections.profile import Profile, profile
from cim.analytics.network.sections.profile_sheet import profile_sheet
from cim.analytics.network.sections.section import Section, drawn_line, line_across, line_points, section
from cim.analytics.network.sections.section_sheet import section_sheet
from cim.analytics.network.sheet_words import LANGUAGES
from cim.sheets import FORMATS, Sheet, written
from cim.web import context
from cim.web.api.fields import omissions
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("sections", __name__, url_prefix="/api/network", tag="Networks")

_SCALE = Range(min=10, max=100_000)
_DRAWN: dict[int | str, Any] = {
    200: {
        "description": "The drawing",
        "content": {each.mimetype: {"schema": {"type": "string", "format": "binary"}} for each in FORMATS.values()},
    },
    400: "The question cannot be meant",
    404: "No such place, path or format",
}


def _scale(what: str) -> Integer:
    return Integer(load_default=None, validate=_SCALE, metadata={"description": f"{what}, 1:N; else what fits"})


class ProfileQuery(Schema):
    """Which path."""

    places = DelimitedList(
        String(validate=Length(1, 200)),
        required=True,
        validate=Length(2, 100),
        metadata={"description": "Manholes in order: feature ids or keys of the survey, separated by commas"},
    )
    network = String(load_default=None, validate=Length(1, 20), metadata={"description": "Network, for a doubtful key"})


class DrawnProfileQuery(ProfileQuery):
    """Which path, and how to draw it."""

    language = String(load_default="zh", validate=OneOf(LANGUAGES), metadata={"description": "Language of its words"})
    scale_h = _scale("Horizontal scale")
    scale_v = _scale("Vertical scale")


class SectionQuery(Schema):
    """Which line: drawn, or across a pipe."""

    line = String(
        load_default=None,
        validate=Length(3, 4000),
        metadata={"description": "longitude,latitude;longitude,latitude;… in degrees"},
    )
    across = String(
        load_default=None,
        validate=Length(1, 200),
        metadata={"description": "Instead: a pipe segment, through whose middle the line goes"},
    )
    width_m = Float(
        load_default=40.0, validate=Range(1, 2000), metadata={"description": "Length of a line across, metres"}
    )


class DrawnSectionQuery(SectionQuery):
    """Which line, and how to draw what it cuts."""

    language = String(load_default="zh", validate=OneOf(LANGUAGES), metadata={"description": "Language of its words"})
    scale = _scale("Scale")


def _level(what: str = "city height, metres") -> Float:
    return Float(required=True, allow_none=True, metadata={"description": what})


class Station(Schema):
    """A manhole of a profile."""

    chainage_m = Float(required=True)
    node_id = Integer(required=True)
    key = String(required=True, allow_none=True)
    kind = String(required=True, allow_none=True)
    ground_m = _level()
    ground_from = String(required=True, allow_none=True, metadata={"description": "survey or terrain"})
    invert_in_m = _level("Invert of the pipe that comes, city height, metres")
    invert_out_m = _level("Invert of the pipe that goes, city height, metres")
    crown_m = _level("Outer crown of the higher pipe, city height, metres")
    cover_m = _level("Ground to crown, metres")
    head_m = _level("Hydraulic head by the newest run of hydraulics, city height, metres; null: not computed")


class ProfilePipe(Schema):
    """A pipe of a profile."""

    segment_id = Integer(required=True)
    key = String(required=True)
    from_m = Float(required=True)
    to_m = Float(required=True)
    length_m = Float(required=True, metadata={"description": "In plan, metres"})
    size = String(required=True, allow_none=True)
    material = String(required=True, allow_none=True)
    slope_permille = _level("Fall along the path, per mille")
    surveyed = Boolean(required=True, metadata={"description": "Its depths or levels were surveyed at both ends"})
    axis = List(List(Float()), required=True, metadata={"description": "Chainage and level of each vertex"})
    invert = List(List(Float()), required=True, metadata={"description": "Chainage and level of each vertex"})
    crown = List(List(Float()), required=True, metadata={"description": "Chainage and level of each vertex"})


class CutPipe(Schema):
    """A pipe that is cut."""

    segment_id = Integer(required=True)
    key = String(required=True)
    network = String(required=True)
    size = String(required=True, allow_none=True)
    material = String(required=True, allow_none=True)
    state = String(required=True)
    width_m = _level("Over the walls, metres")
    height_m = _level("Over the walls, metres")
    round = Boolean(required=True)
    angle_deg = Float(required=True)
    axis_m = _level()
    crown_m = _level()
    invert_m = _level()


class Crossing(CutPipe):
    """A pipe that crosses a profile."""

    chainage_m = Float(required=True)
    above = Boolean(required=True)
    clear_m = _level("Between the outer walls, upright, metres")


class Cut(CutPipe):
    """A pipe that a section cuts."""

    offset_m = Float(required=True)
    code = String(required=True, allow_none=True)
    surveyed = Boolean(required=True)
    cut_width_m = _level("Of the cut, along the line, metres")
    ground_m = _level()
    depth_m = _level("Ground to crown, metres")
    spacing_m = _level("Clear, along the line, to the next cut, metres")


class Beside(Schema):
    """What stands on the ground."""

    kind = String(required=True)
    name = String(required=True, allow_none=True)
    from_m = Float(required=True)
    to_m = Float(required=True)


class HydraulicRun(Schema):
    """The run of hydraulics that computed the heads; null where none has."""

    run_id = Integer(required=True)
    kind = String(required=True, metadata={"description": "network.pressure or network.surcharge"})
    finished_at = DateTime(required=True)


class ProfileAnswer(Schema):
    """A long profile."""

    network = String(required=True)
    length_m = Float(required=True)
    stations = List(Nested(Station), required=True)
    pipes = List(Nested(ProfilePipe), required=True)
    crossings = List(Nested(Crossing), required=True)
    ground = List(List(Float()), required=True, metadata={"description": "Chainage and level"})
    left_out = omissions("What the data did not allow")
    hydraulics = Nested(HydraulicRun, required=True, allow_none=True)


class SectionAnswer(Schema):
    """A cross-section."""

    length_m = Float(required=True)
    line = List(List(Float()), required=True, metadata={"description": "Longitude and latitude"})
    cuts = List(Nested(Cut), required=True)
    ground = List(List(Float()), required=True, metadata={"description": "Offset and level"})
    beside = List(Nested(Beside), required=True)
    left_out = omissions("What the data did not allow")


@blueprint.get("/profile")
@blueprint.input(ProfileQuery, location="query", arg_name="query")
@blueprint.output(ProfileAnswer)
@blueprint.doc(summary="A long profile", operation_id="profile", responses=[400, 404])
@fresh
def profiled(query: dict[str, Any]) -> Response:
    """Levels along the shortest path from manhole to manhole, and what crosses it."""
    return json_body(dataclasses.asdict(_profile(query)))


@blueprint.get("/profile.<string:ending>")
@blueprint.input(DrawnProfileQuery, location="query", arg_name="query")
@blueprint.doc(summary="A long profile, drawn", operation_id="profileDrawn", responses=_DRAWN)
@fresh
def profile_drawn(ending: str, query: dict[str, Any]) -> Response:
    """Draw the same: svg, pdf, png or dxf."""
    _check(ending)
    scales = query["scale_h"], query["scale_v"]
    return _file(profile_sheet(_profile(query), context.store().city, query["language"], scales), ending)


@blueprint.get("/section")
@blueprint.input(SectionQuery, location="query", arg_name="query")
@blueprint.output(SectionAnswer)
@blueprint.doc(summary="A cross-section", operation_id="section", responses=[400, 404])
@fresh
def sectioned(query: dict[str, Any]) -> Response:
    """Tell what a line cuts below the ground."""
    return json_body(dataclasses.asdict(_section(query)))


@blueprint.get("/section.<string:ending>")
@blueprint.input(DrawnSectionQuery, location="query", arg_name="query")
@blueprint.doc(summary="A cross-section, drawn", operation_id="sectionDrawn", responses=_DRAWN)
@fresh
def section_drawn(ending: str, query: dict[str, Any]) -> Response:
    """Draw the same: svg, pdf, png or dxf."""
    _check(ending)
    return _file(section_sheet(_section(query), context.store().city, query["language"], query["scale"]), ending)


def _profile(query: dict[str, Any]) -> Profile:
    folder = context.settings().data_dir
    return profile(context.store(), context.viewer(), query["places"], folder, network=query["network"])


def _section(query: dict[str, Any]) -> Section:
    return section(context.store(), context.viewer(), _line(query), context.settings().data_dir)


def _line(query: dict[str, Any]) -> LineString:
    if (query["line"] is None) == (query["across"] is None):
        raise BadQuestion("a section follows one line", "give line or across")
    if query["across"] is not None:
        return line_across(context.store(), context.viewer(), query["across"], query["width_m"])
    return drawn_line(context.store(), line_points(query["line"]))


def _check(ending: str) -> None:
    if ending not in FORMATS:
        abort(404, f"no drawing is written as {ending!r}: use one of {', '.join(FORMATS)}")


def _file(sheet: Sheet, ending: str) -> Response:
    return Response(written(sheet, ending), mimetype=FORMATS[ending].mimetype)
