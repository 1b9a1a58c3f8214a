"""What a request knows: the city's store, and who is asking."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from cim.settings import Settings
from cim.store import Store
from cim.viewer import LOCAL, Viewer

_KEY = "cim"


def attach(app: Flask, settings: Settings, store: Store) -> None:
    """Give an app its settings and its city."""
    app.extensions[_KEY] = (settings, store)


def settings() -> Settings:
    """Return the settings of the app that answers."""
    return cast("tuple[Settings, Store]", current_app.extensions[_KEY])[0]


def store() -> Store:
    """Return the city of the app that answers."""
    return cast("tuple[Settings, Store]", current_app.extensions[_KEY])[1]


def viewer() -> Viewer:
    """Return who is asking: until accounts exist, the one local viewer."""
    return LOCAL
