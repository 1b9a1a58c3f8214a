"""The web front of one city: pages, JSON API, tiles. One served app is one city."""

from __future__ import annotations

from apiflask import APIFlask
from flask_compress import Compress

from cim._version import __version__
from cim.cluster import Cluster
from cim.settings import Settings
from cim.store import Store
from cim.web import api, context, editing, errors, headers, hosts, openapi, pages, static, tiles

__all__ = ["create_app"]

COMPRESSED = (
    "application/geo+json",
    "application/javascript",
    "application/json",
    "application/problem+json",
    "application/vnd.mapbox-vector-tile",
    "image/svg+xml",
    "model/gltf-binary",
    "text/css",
    "text/html",
    "text/javascript",
)


def create_app(settings: Settings, store: Store | None = None) -> APIFlask:
    """Return the WSGI app of the city that the settings name.

    Parameters
    ----------
    settings
        Which city, in which cluster.
    store
        An open store to use instead of one of the role ``web`` (tests).

    Raises
    ------
    UnknownCity
        The city is not loaded.
    BadSetting
        People may change problems from other machines without a token.
    """
    editing.check_settings(settings)
    app = APIFlask(
        "cim.web",
        title="CIM platform",
        version=__version__,
        spec_path="/api/openapi.json",
        docs_path=None,
        json_errors=False,
        static_folder=None,  # type: ignore[arg-type]  # Flask takes None; we serve files ourselves
        template_folder="templates",
    )
    app.config.update(
        DESCRIPTION="City Information Modelling: layers, features and analyses of one city",
        # From 3.1 on a schema is JSON Schema itself, which any validator reads.
        OPENAPI_VERSION="3.1.0",
        MAX_CONTENT_LENGTH=1_000_000,
        VALIDATION_ERROR_STATUS_CODE=400,
        COMPRESS_MIMETYPES=list(COMPRESSED),
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=4,
        COMPRESS_MIN_SIZE=800,
    )
    context.attach(app, settings, store or Store.open(Cluster(settings), settings.city, role="web", size=8))
    hosts.register(app, (settings.host, *settings.host_names))
    Compress(app)
    headers.register(app)
    errors.register(app)
    openapi.register(app)
    for blueprint in (*api.BLUEPRINTS, tiles.blueprint, pages.blueprint, static.blueprint):
        app.register_blueprint(blueprint)
    return app
