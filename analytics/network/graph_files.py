"""Graphs as memory-mapped files, so that every process of the machine shares one copy (no process parses it again)."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from cim.analytics.network.graph import ARRAYS, NetworkGraph

FORMAT = 4
"""Part of a folder's name: raise it when the arrays or counts change their meaning: old files are not opened then."""

_KEPT = 2  # folders of a network and a clearance that stay: the newest, and the one before, which may be being opened
_BUILDING = ".building-"
_SETTLED_S = 10.0
"""A folder younger than this may belong to a process that has made it and not yet said so."""


def save_graph(graph: NetworkGraph, folder: Path) -> None:
    """Write the arrays to `folder`, which appears whole or not at all.

    Another process that was faster wins: both wrote the same data version.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=folder.parent))
    held = _lock(building)
    try:
        for name in ARRAYS:
            np.save(building / f"{name}.npy", np.ascontiguousarray(getattr(graph, name)))
        head = {"network": graph.network, "data_version": graph.data_version, "left_out": dict(graph.left_out)}
        (building / "graph.json").write_text(json.dumps(head), encoding="utf-8")
        building.chmod(0o750)
        with suppress(OSError):  # a folder that is there and not empty: the other process's
            building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
        os.close(held)


def _lock(folder: Path) -> int:
    """Hold a folder as long as this process lives, and no longer; return what to close.

    Raises
    ------
    BlockingIOError
        Another process holds it.
    """
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise
    return held


def load_graph(folder: Path) -> NetworkGraph | None:
    """Map the arrays of `folder` read-only, or return None when there is none."""
    try:
        head = json.loads((folder / "graph.json").read_text(encoding="utf-8"))
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
    except FileNotFoundError:
        return None
    return NetworkGraph(**head, **arrays)


def remove_old_graphs(folder: Path, network: str) -> None:
    """Remove what nobody will open again; a process that has a graph mapped keeps it.

    These are the graphs of a network that newer ones of the same clearance have replaced, and what processes that were
    killed had begun to write, of any network.
    """
    by_clearance: dict[str, list[tuple[float, Path]]] = {}
    for path in folder.glob(f"{network}-*"):
        with suppress(FileNotFoundError):  # another process removes, too
            clearance = re.search(r"-c(\d+)-", path.name)
            of_it = by_clearance.setdefault(clearance[1] if clearance else "", [])
            of_it.append((path.stat().st_mtime, path))
    for graphs in by_clearance.values():
        for _, path in sorted(graphs, reverse=True)[_KEPT:]:
            shutil.rmtree(path, ignore_errors=True)
    for path in folder.glob(f"{_BUILDING}*"):
        _remove_abandoned(path)


def _remove_abandoned(building: Path) -> None:
    """Remove a folder that was begun, unless a living process holds it."""
    with suppress(OSError):  # held, or removed by another process
        if time.time() - building.stat().st_mtime < _SETTLED_S:
            return
        held = _lock(building)
        shutil.rmtree(building, ignore_errors=True)
        os.close(held)
