"""Files of the viewer and of what it is built from, served from the package's own folder only."""

from __future__ import annotations

from pathlib import Path

from apiflask import APIBlueprint
from flask import Response, send_from_directory

VIEWER = Path(__file__).parent / "viewer"
LOCALES = Path(__file__).parent / "locales"

blueprint = APIBlueprint("static", __name__, url_prefix="/static", enable_openapi=False)


@blueprint.get("/viewer/<path:path>")
def viewer(path: str) -> Response:
    """Serve a module or stylesheet of the viewer; checked again at each load."""
    return send_from_directory(VIEWER, path, max_age=0)


@blueprint.get("/vendor/<path:path>")
def vendor(path: str) -> Response:
    """Serve a file of a locked dependency."""
    return send_from_directory(VIEWER / "vendor", path, max_age=3600)


@blueprint.get("/cesium/<path:path>")
def cesium(path: str) -> Response:
    """Serve a file of CesiumJS."""
    return send_from_directory(VIEWER / "vendor" / "cesium", path, max_age=3600)


@blueprint.get("/locales/<path:path>")
def locales(path: str) -> Response:
    """Serve the interface's strings in one language."""
    return send_from_directory(LOCALES, path, max_age=0)
