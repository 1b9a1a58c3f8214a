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
    ledger,
    networks,
    problem_changes,
    reports,
    risks,
    sections,
    topologies,
    traces,
)

BLUEPRINTS = (
    city.blueprint,
    layers.blueprint,
    features.blueprint,
    analyses.blueprint,
    examination.blueprint,
    ledger.blueprint,
    problem_changes.blueprint,
    networks.blueprint,
    clearances.blueprint,
    reports.blueprint,
    risks.blueprint,
    excavations.blueprint,
    gases.blueprint,
    traces.blueprint,
    sections.blueprint,
    topologies.blueprint,
)
