"""Load, export, load again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cim.cluster import Cluster
from cim.etl.export import ExportReport, Request, export_city
from cim.etl.load import LoadOptions, LoadReport, load_city
from cim.etl.writers import writers
from cim.manifest import Manifest, SourceSpec, read_manifest
from cim.store import Store
from cim.viewer import OPERATOR, Viewer

_numbers = itertools.count(1)


@dataclass
class Loaded:
    """A city that was loaded from a manifest."""

    cluster: Cluster
    manifest: Manifest
    folder: Path

    def load(self, *sources: SourceSpec) -> dict[str, LoadReport]:
        """Load sources in place of the manifest's of their names, or all of the manifest's."""
        manifest = replace(self.manifest, sources=sources) if sources else self.manifest
        return {item.source: item for item in load_city(self.cluster, manifest, self.folder / "data", LoadOptions())}

    def rows(self, query: Any, parameters: Any = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with psycopg.connect(self.cluster.conninfo(self.manifest.profile.database)) as connection:
            return connection.execute(query, parameters).fetchall()

    def export(self, name: str, file: str, *, viewer: Viewer = OPERATOR, **request: object) -> ExportReport:
        """Write a file into the folder."""
        with Store.open(self.cluster, self.manifest.profile.slug, role="web") as store:
            return export_city(viewer, store, writers()[name], Request(**request), self.folder / file)  # type: ignore[arg-type]

    def again(self, source: str, kind: str, file: str, **fields: object) -> tuple[int, int, int, int]:
        """Load a file into a source; return features added, changed, removed and unchanged."""
        (spec,) = (item for item in self.manifest.sources if item.name == source)
        given = {"kind": kind, "path": self.folder / file, "options": {}, "crs": None, "height_offset_m": 0.0}
        changed = replace(spec, **{**given, **fields})
        sources = [changed if item.name == source else item for item in self.manifest.sources]
        return counts(self.load(*sources)[source])


def counts(report: LoadReport) -> tuple[int, int, int, int]:
    """Return features added, changed, removed and unchanged, of all themes."""
    themes = report.outcome.themes.values()
    assert report.outcome.rejected == 0, report.tally.examples
    return tuple(sum(getattr(item, name) for item in themes) for name in ("added", "changed", "removed", "unchanged"))  # type: ignore[return-value]


@pytest.fixture
def slug(cluster) -> Iterator[str]:
    """Slug of a city that is dropped after the test."""
    name = f"export_{next(_numbers)}"
    yield name
    if f"cim_{name}" in cluster.databases():
        cluster.drop_database(f"cim_{name}")


@pytest.fixture(scope="session")
def load_manifest(cluster) -> Callable[[Manifest, Path], Loaded]:
    """Load a manifest; files go to a folder."""

    def run(manifest: Manifest, folder: Path) -> Loaded:
        city = Loaded(cluster, manifest, folder)
        city.load()
        return city

    return run


@pytest.fixture
def loaded(load_manifest, tmp_path) -> Callable[[Path], Loaded]:
    """Load a city.toml."""
    return lambda path: load_manifest(read_manifest(path), tmp_path)
