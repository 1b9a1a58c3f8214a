"""Pages for people: the viewer; and the health check."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, make_response, render_template

from cim._version import __version__
from cim.analytics.network.bursts.burst import WATERY
from cim.analytics.network.graph import PRESSURE
from cim.web import context
from cim.web.caching import json_body
from cim.web.headers import nonce
from cim.web.languages import LANGUAGES, asked_language

blueprint = APIBlueprint("pages", __name__, enable_openapi=False)


_NETWORKS = {"pressure": sorted(PRESSURE), "hydrants": sorted(WATERY)}
"""What the viewer needs to know of networks: those that valves part, and those with hydrants."""


@blueprint.get("/")
def index() -> Response:
    """Show the viewer in the asked language."""
    city = context.store().city
    config = {"version": __version__, "languages": list(LANGUAGES), "city": city.slug}
    told = {"lang": asked_language(), "city": city, "config": config, "networks": _NETWORKS, "nonce": nonce()}
    page = render_template("index.html", **told)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/healthz")
def health() -> Response:
    """Say that the server and its database answer."""
    return json_body({"status": "ok", "city": context.settings().city, "data_version": context.store().data_version()})
