"""What a request knows: the city's store, and who is asking."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from flask import Flask, current_app

from cim.analytics.network.bursts.burst import Parts
from cim.settings import Settings
from cim.store import Store
from cim.viewer import LOCAL, Viewer

_KEY = "cim"
_PARTS = "cim.network.parts"


def attach(app: Flask, settings: Settings, store: Store) -> None:
    """Give an app its settings and its city."""
    app.extensions[_KEY] = (settings, store)


def settings() -> Settings:
    """Return the settings of the app that answers."""
    return cast("tuple[Settings, Store]", current_app.extensions[_KEY])[0]


def store() -> Store:
    """Return the city of the app that answers."""
    return cast("tuple[Settings, Store]", current_app.extensions[_KEY])[1]


def graphs() -> Path:
    """Return the folder in which graphs of the networks are kept."""
    return settings().data_dir / "graphs"


def parts() -> Parts:
    """Return the app's parts of the networks asked of last: every question about valves shares them."""
    return cast("Parts", current_app.extensions.setdefault(_PARTS, Parts()))


def viewer() -> Viewer:
    """Return who is asking: until accounts exist, the one local viewer."""
    return LOCAL
