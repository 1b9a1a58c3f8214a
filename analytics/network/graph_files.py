"""Graphs as memory-mapped files, so that every process of the machine shares one copy (no process parses it again)."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from cim.analytics.network.graph import ARRAYS, NetworkGraph

FORMAT = 3
"""Part of a folder's name: raise it when the arrays or counts change their meaning: old files are not opened then."""

_KEPT = 2  # folders of a network that stay: the newest, and the one before, which a process may be opening


def save_graph(graph: NetworkGraph, folder: Path) -> None:
    """Write the arrays to `folder`, which appears whole or not at all.

    Another process that was faster wins: both wrote the same data version.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
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


def load_graph(folder: Path) -> NetworkGraph | None:
    """Map the arrays of `folder` read-only, or return None when there is none."""
    try:
        head = json.loads((folder / "graph.json").read_text(encoding="utf-8"))
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
    except FileNotFoundError:
        return None
    return NetworkGraph(**head, **arrays)


def remove_old_graphs(folder: Path, network: str) -> None:
    """Remove the graphs of a network that newer ones have replaced; a process that has one mapped keeps it."""
    graphs = [path for path in folder.glob(f"{network}-*") if path.is_dir()]
    graphs.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in graphs[_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
