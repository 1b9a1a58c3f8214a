"""A town of one's own for each test: a folder of sources, and the database that they are loaded into."""

from __future__ import annotations

import itertools
import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas
import orjson
import pandas as pd
import psycopg
import pytest
import shapely
from click.testing import CliRunner, Result
from psycopg.rows import dict_row

from cim.__main__ import main
from cim.cluster import Cluster
from cim.etl.load import LoadOptions, LoadReport, load_city
from cim.manifest import read_manifest

CRS, SRID = "EPSG:4545", 4545  # CGCS2000 / 3-degree Gauss-Kruger CM 108E: projected, metres
EAST, NORTH = 500_000.0, 3_270_000.0

_numbers = itertools.count(1)


@dataclass
class Town:
    """A city with its sources."""

    cluster: Cluster
    slug: str
    folder: Path
    sources: list[dict[str, Any]] = field(default_factory=list)
    city: dict[str, Any] = field(default_factory=dict)
    bound: Cluster | None = None
    """The same cluster with a template for cities of CRS."""

    @staticmethod
    def square(column: int = 0, row: int = 0, size: float = 10.0) -> shapely.Polygon:
        """Return a square of the town's grid."""
        x, y = EAST + column * 20.0, NORTH + row * 20.0
        return shapely.box(x, y, x + size, y + size)

    def source(self, name: str, kind: str, path: str, **fields: Any) -> None:
        """Add a source to city.toml, or put it in place of the one of its name."""
        self.sources = [item for item in self.sources if item["name"] != name]
        self.sources.append({"name": name, "kind": kind, "path": path, **fields})

    def write(self) -> Path:
        """Write city.toml."""
        city = {
            "slug": self.slug,
            "name_zh": "测试镇（合成数据）",
            "name_en": "Test town (synthetic)",
            "crs": CRS,
            "vertical_datum": "1985",
            "ellipsoid_offset_m": -36.0,
            "synthetic": True,
        } | self.city
        lines = ["[city]", *_lines(city)]
        for source in self.sources:
            options = source.get("options", {})
            lines += ["[[source]]", *_lines({name: item for name, item in source.items() if name != "options"})]
            lines += ["[source.options]", *_lines(options)]
        path = self.folder / "city.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def load(self, *only: str, **options: Any) -> dict[str, LoadReport]:
        """Load, and return the reports by source."""
        manifest = read_manifest(self.write())
        cluster = self.bound if self.bound and manifest.profile.crs == CRS else self.cluster
        found = load_city(cluster, manifest, self.folder / "data", LoadOptions(only=only, **options))
        return {report.source: report for report in found}

    def connect(self, role: str = "owner") -> psycopg.Connection[dict[str, Any]]:
        """Connect to the database."""
        return psycopg.connect(self.cluster.conninfo(f"cim_{self.slug}", role), row_factory=dict_row)

    def rows(self, query: str, *parameters: Any, role: str = "owner") -> list[dict[str, Any]]:
        """Return the rows of a query."""
        with self.connect(role) as connection:
            return connection.execute(query, parameters or None).fetchall()

    def one(self, query: str, *parameters: Any) -> Any:
        """Return the first value of the one row of a query."""
        (row,) = self.rows(query, *parameters)
        return next(iter(row.values()))

    def by_key(self, theme: str, view: str = "current") -> dict[str, dict[str, Any]]:
        """Return a theme's current versions by their keys in the source."""
        query = f"SELECT f.source_key, v.* FROM city.{theme}_{view} v JOIN city.feature f USING (feature_id)"
        return {row["source_key"]: row for row in self.rows(query)}

    def write_layer(self, file: str, frame: pd.DataFrame, **options: Any) -> Path:
        """Write a frame with `geom` as a vector file."""
        path = self.folder / file
        path.unlink(missing_ok=True)
        crs = options.pop("crs", CRS)
        geopandas.GeoDataFrame(frame, geometry="geom", crs=crs).to_file(path, **options)
        return path


def _lines(values: dict[str, Any]) -> list[str]:
    """Return lines of TOML; for what we write JSON's values are TOML's but for tables."""
    return [f"{name} = {_value(value)}" for name, value in values.items() if value is not None]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_value(name)} = {_value(item)}" for name, item in value.items()) + "}"
    return orjson.dumps(value).decode()


@pytest.fixture(scope="session")
def new_town(cluster, bound_cluster) -> Callable[..., AbstractContextManager[Town]]:
    """Make an empty town in a folder, in the worker's cluster or another one, and take it away again."""

    @contextmanager
    def make(folder: Path, other: Cluster | None = None) -> Iterator[Town]:
        place = other or cluster
        town = Town(place, f"town_{next(_numbers)}", folder, bound=None if other else bound_cluster(SRID))
        yield town
        place.drop_database(f"cim_{town.slug}")

    return make


@pytest.fixture
def town(new_town, tmp_path) -> Iterator[Town]:
    """An empty town."""
    with new_town(tmp_path) as town:
        yield town


@pytest.fixture(scope="session")
def houses() -> pd.DataFrame:
    """Four footprints with heights; not to be changed in place."""
    return pd.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "name": ["甲", "乙", "丙", None],
            "height": [6.0, 9.5, 30.0, 3.0],
            "colour": ["red", None, "blue", "red"],
            "geom": [Town.square(column) for column in range(4)],
        }
    )


@pytest.fixture
def house_town(town, houses) -> Town:
    """A town whose one source is four footprints."""
    town.write_layer("houses.gpkg", houses)
    options = {"ground_m": 0.0, "columns": {"key": "id", "height": "height"}}
    town.source("houses", "footprints", "houses.gpkg", options=options)
    return town


@pytest.fixture
def run(house_town, monkeypatch) -> Callable[..., Result]:
    """Run `cim …` on the town, which must end with a code."""
    monkeypatch.setenv("CIM_DATA_DIR", str(house_town.cluster.status().data.parent))
    monkeypatch.setenv("CIM_CITY", house_town.slug)

    def run(*arguments: Any, code: int = 0) -> Result:
        result = CliRunner().invoke(main, [str(item) for item in arguments])
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def no_room() -> Callable[[int], AbstractContextManager[None]]:
    """Keep files from growing beyond some bytes, for a block."""

    @contextmanager
    def limited(size: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limited


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Address of a Dask scheduler with two workers, processes of their own."""
    from distributed import LocalCluster

    options = {"processes": True, "host": "127.0.0.1", "dashboard_address": None, "silence_logs": 50}
    with LocalCluster(n_workers=2, threads_per_worker=1, **options) as cluster:
        yield cluster.scheduler_address
