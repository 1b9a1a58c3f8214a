"""What every route has in common in the OpenAPI document: problems, answers without a body, and tags."""

from __future__ import annotations

from typing import Any

from apiflask import APIFlask

_PROBLEM = {
    "type": "object",
    "description": "What went wrong, and what to do (RFC 9457)",
    "properties": {
        "type": {"type": "string", "description": "about:blank: the status says what kind of problem it is"},
        "status": {"type": "integer", "description": "HTTP status"},
        "title": {"type": "string", "description": "Kind of the problem"},
        "detail": {"type": "string", "description": "Which value, where, and what to do, in English"},
        "code": {"type": "string", "description": "Stable name of what is wrong, to say it in another language by"},
        "values": {"type": "object", "description": "What the detail tells, by name, for such a sentence"},
    },
    "required": ["type", "status", "title", "detail", "code", "values"],
    "additionalProperties": False,
}
_FAILURE = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_ETAG = {
    "ETag": {
        "description": "Stays while nothing is published, built or analysed: send it as If-None-Match",
        "schema": {"type": "string"},
    }
}


def register(app: APIFlask) -> None:
    """Make an app's OpenAPI document say what `web.errors` and `web.caching` answer."""
    app.spec_processor(_completed)


def _completed(document: dict[str, Any] | str) -> dict[str, Any] | str:
    if isinstance(document, str):  # YAML, which this app is not set to write
        return document
    schemas = document["components"]["schemas"]
    for name in ("HTTPError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    # Several blueprints share a tag; the document names it once.
    document["tags"] = list({tag["name"]: tag for tag in document.get("tags", ())}.values())
    for path in document["paths"].values():
        for method, operation in path.items():
            operation["responses"] = _responses(operation["responses"], kept=method == "get")
    return document


def _responses(declared: dict[str, Any], *, kept: bool) -> dict[str, Any]:
    """Return the answers of one operation: a failure is a problem, whichever its status; what is posted is not kept."""
    answers = {status: _answer(status, answer, kept=kept) for status, answer in declared.items()}
    if kept:
        answers["304"] = {"description": "The copy that If-None-Match names still holds", "headers": _ETAG}
    answers["default"] = {"description": "Any other failure", "content": _FAILURE}
    return answers


def _answer(status: str, declared: dict[str, Any], *, kept: bool) -> dict[str, Any]:
    if status.startswith(("4", "5")):
        return {"description": declared["description"], "content": _FAILURE}
    told = {key: value for key, value in declared.items() if key != "content" or status != "204"}
    return told | {"headers": _ETAG} if kept else told
