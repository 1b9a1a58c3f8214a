"""The JSON API, a blueprint a concern."""

from cim.web.api import (
    analyses,
    city,
    clearances,
    examination,
    excavations,
    features,
    gases,
    layers,
    networks,
    sections,
    traces,
)

BLUEPRINTS = (
    city.blueprint,
    layers.blueprint,
    features.blueprint,
    analyses.blueprint,
    examination.blueprint,
    networks.blueprint,
    clearances.blueprint,
    excavations.blueprint,
    gases.blueprint,
    traces.blueprint,
    sections.blueprint,
)
