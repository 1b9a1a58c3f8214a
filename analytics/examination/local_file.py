"""Files of a city's own: they stand beside the city.toml that its data was loaded from."""

from __future__ import annotations

from pathlib import Path

from cim.store import Store
from cim.viewer import Viewer

NAME = "examination.yaml"
"""Name of the file of a city's own indicators."""
_HEIGHT = 3  # folders above a source's file in which its city.toml may stand


def chosen_file(store: Store, viewer: Viewer, local: Path | bool) -> Path | None:
    """Return the file that is asked for: one that is named, that beside the city.toml where there is one, or none."""
    if isinstance(local, bool):
        return local_file(store, viewer) if local else None
    return local


def local_file(store: Store, viewer: Viewer, name: str = NAME) -> Path | None:
    """Return the city's own indicators, or another file of its own, or None where it has none.

    The folder is found from the paths of what was loaded last: the nearest one above with a city.toml in it.
    """
    rows = store.rows(
        viewer, "SELECT path FROM run.load WHERE status = 'published' ORDER BY published_at DESC LIMIT 20"
    )
    for row in rows:
        for folder in list(Path(row["path"]).absolute().parents)[:_HEIGHT]:
            if (folder / "city.toml").is_file():
                return folder / name if (folder / name).is_file() else None
    return None
