"""The JSON API, a blueprint a concern."""

from cim.web.api import analyses, city, features, layers, networks, traces

BLUEPRINTS = (
    city.blueprint,
    layers.blueprint,
    features.blueprint,
    analyses.blueprint,
    networks.blueprint,
    traces.blueprint,
)
