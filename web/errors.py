"""From an error to an answer: one table of statuses; JSON problems for programs, a page for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import psycopg
import psycopg_pool
from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, json, make_response, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError

from cim.analytics.errors import (
    AmbiguousPlace,
    AmbiguousSegment,
    BadQuestion,
    NoExamination,
    NoModel,
    NoPath,
    NotIsolable,
    NotPhysical,
    TooMuch,
    UnknownIndicator,
    UnknownNetwork,
    UnknownPlace,
    UnknownSegment,
    UnknownValve,
)
from cim.analytics.examination.community.gathering import UnknownUnit
from cim.analytics.examination.problem_states import BadChange, UnknownProblem
from cim.analytics.examination.scores.score import NothingToScore
from cim.errors import BadRequest, CimError, DatabaseError, UnknownCity, UnknownFeature, UnknownLayer
from cim.web.editing import NotAllowed, NotEditable
from cim.web.languages import asked_language

STATUSES: dict[type[CimError], int] = {
    BadRequest: 400,
    UnknownCity: 503,
    UnknownFeature: 404,
    UnknownLayer: 404,
    UnknownSegment: 404,
    AmbiguousSegment: 400,
    NotIsolable: 400,
    NoModel: 400,
    NotPhysical: 400,
    UnknownValve: 400,
    UnknownPlace: 404,
    NoPath: 404,
    UnknownIndicator: 404,
    NoExamination: 404,
    NothingToScore: 404,
    UnknownUnit: 404,
    UnknownProblem: 404,
    BadChange: 409,
    NotEditable: 403,
    NotAllowed: 403,
    AmbiguousPlace: 400,
    BadQuestion: 400,
    TooMuch: 422,
    UnknownNetwork: 404,
    DatabaseError: 503,
}
"""HTTP status of each kind of error; the nearest base class counts, and 500 where none stands here."""

_PROGRAM_PATHS = ("/api", "/tiles", "/static", "/healthz")
_log = logging.getLogger(__name__)


def register(app: APIFlask) -> None:
    """Make every failure of an app an answer that says what to do."""
    app.register_error_handler(CimError, _own)
    app.register_error_handler(HTTPError, _invalid)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SecurityError, _stranger)
    app.register_error_handler(psycopg.OperationalError, _database)
    app.register_error_handler(psycopg_pool.PoolTimeout, _database)
    app.register_error_handler(Exception, _unexpected)


def status_of(error: CimError) -> int:
    """Return the HTTP status of an error."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)


def problem(
    status: int, title: str, detail: str, code: str = "", values: Mapping[str, object] | None = None
) -> Response:
    """Return an answer that says what went wrong: RFC 9457 for programs, a page for people.

    The detail is English; by the code, and the values that it tells, a client says it in another language.
    """
    if request.path.startswith(_PROGRAM_PATHS):
        body = {"type": "about:blank", "status": status, "title": title, "detail": detail}
        told = json.dumps({**body, "code": code or title, "values": dict(values or {})})
        return Response(told, status, mimetype="application/problem+json")
    language = asked_language()
    page = render_template("error.html", lang=language, status=status, title=title, detail=detail)
    return make_response(page, status)


def _own(error: CimError) -> Response:
    status = status_of(error)
    if status >= 500:
        _log.error("%s %s: %s", request.method, request.path, error)
    name = type(error).__name__
    return problem(status, name, str(error), error.code or name, error.values)


def _invalid(error: HTTPError) -> Response:
    fields = error.detail.get("query", error.detail) if isinstance(error.detail, dict) else {}
    detail = "; ".join(
        f"parameter {name}: {' '.join(map(str, why)) if isinstance(why, list) else why}" for name, why in fields.items()
    )
    message = error.message or "Bad request"
    return problem(error.status_code, message, detail or message, "BadParameter", {"names": ", ".join(fields)})


def _http(error: HTTPException) -> Response:
    code = {404: "NotFound", 503: "Busy"}.get(error.code or 500, "")
    return problem(error.code or 500, error.name, error.description or error.name, code)


def _stranger(_: SecurityError) -> Response:
    detail = "the server is not known under this name: give it in CIM_HOST_NAMES, or ask for 127.0.0.1"
    return Response(detail, 400, mimetype="text/plain")


def _database(error: Exception) -> Response:
    _log.error("%s %s: database: %s", request.method, request.path, error)
    detail = "the database does not answer: cim db status tells more"
    return problem(503, "Database unavailable", detail, "DatabaseUnavailable")


def _unexpected(error: Exception) -> Response:
    _log.error("%s %s", request.method, request.path, exc_info=error)
    return problem(500, "Internal error", "this is our fault; the server's log has the details", "InternalError")
