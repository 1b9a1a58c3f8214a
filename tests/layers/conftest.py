"""A small city planted row by row, without the loader: what is tested here is reading."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import shapely
from psycopg import sql
from psycopg.types.json import Jsonb

from cim.store import Store
from cim.tables import DETAILS, THEMES
from cim.viewer import OPERATOR, Viewer

HERE = Path(__file__).parent
INSIDER = Viewer("insider", frozenset(), 2)
EAST, NORTH = 505_800.0, 3_271_600.0
"""A place near 106.56 E, 29.56 N in the local grid."""

_keys = itertools.count(1)


class Planter:
    """Puts features into a city as a published load would."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.load_id = self._make_load()

    def _make_load(self) -> int:
        with self.store.connection(OPERATOR) as connection:
            source = connection.execute(
                "INSERT INTO run.source (name, kind) VALUES ('planted', 'register') RETURNING source_id"
            ).fetchone()
            row = connection.execute(
                "INSERT INTO run.load (source_id, status, path, licence, attribution, software_version, published_at)"
                " VALUES (%s, 'published', '/somewhere/planted.gpkg', 'CC0-1.0', 'The planters', '0', now())"
                " RETURNING load_id, source_id",
                (source["source_id"],),
            ).fetchone()
            self.source_id = row["source_id"]
            return row["load_id"]

    def __call__(self, theme: str, geom: Any = None, **columns: Any) -> int:
        """Plant a feature and return its id."""
        with self.store.connection(OPERATOR) as connection:
            feature = connection.execute(
                "INSERT INTO city.feature (theme, source_id, source_key) VALUES (%s, %s, %s) RETURNING feature_id",
                (theme, self.source_id, columns.pop("source_key", f"K{next(_keys)}")),
            ).fetchone()
            values = {"feature_id": feature["feature_id"], "load_id": self.load_id, "content_hash": b"-", **columns}
            self.insert(connection, "city", theme, values, geom, mercator="geom_3857" in THEMES[theme].columns)
            connection.execute("UPDATE run.city SET data_version = data_version + 1")
            return feature["feature_id"]

    def insert(self, connection, schema, table, values, geom=None, *, mercator=False) -> None:
        names = [sql.Identifier(name) for name in values]
        items = [sql.Placeholder(name) for name in values]
        bound = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in values.items()}
        if geom is not None:
            shape = sql.SQL("ST_SetSRID(%(geom)s::geometry, {})").format(sql.Literal(self.store.city.srid))
            names.append(sql.Identifier("geom"))
            items.append(shape)
            bound["geom"] = shapely.to_wkb(geom)
            if mercator:
                names.append(sql.Identifier("geom_3857"))
                items.append(sql.SQL("ST_Force2D(ST_Transform({}, 3857))").format(shape))
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(schema, table), sql.SQL(", ").join(names), sql.SQL(", ").join(items)
        )
        connection.execute(statement, bound)

    def lod(self, theme: str, feature_id: int, lod: str, geom: Any, geometry_type: str = "Solid") -> None:
        """Give the current version of a feature a geometry at a level of detail."""
        assert f"{theme}_lod" in DETAILS
        with self.store.connection(OPERATOR) as connection:
            row = connection.execute(
                sql.SQL("SELECT version_id FROM {} WHERE feature_id = %s").format(sql.Identifier("city", theme)),
                (feature_id,),
            ).fetchone()
            values = {"version_id": row["version_id"], "lod": lod, "geometry_type": geometry_type}
            self.insert(connection, "city", f"{theme}_lod", values, geom)

    def extent(self, theme: str, west: float, south: float, east: float, north: float) -> None:
        """Say how far the load reaches."""
        with self.store.connection(OPERATOR) as connection:
            values = {"load_id": self.load_id, "theme": theme, "records": 1}
            self.insert(connection, "run", "load_extent", values, shapely.box(west, south, east, north))

    def run(self, kind: str, table: str, rows: list[dict[str, Any]], **parameters: Any) -> int:
        """Plant a finished analysis with what it found."""
        with self.store.connection(OPERATOR) as connection:
            run = connection.execute(
                "INSERT INTO run.analysis (kind, parameters, data_version, software_version, viewer, classification, "
                "status, finished_at) VALUES (%s, %s, 1, '0', 'test', 1, 'done', now()) RETURNING run_id",
                (kind, Jsonb(parameters)),
            ).fetchone()
            for row in rows:
                self.insert(connection, "result", table, {"run_id": run["run_id"], **row})
            return run["run_id"]


def square(x: float, y: float, size: float = 20.0) -> shapely.MultiPolygon:
    """A square footprint, metres from the middle of the planted city."""
    return shapely.MultiPolygon([shapely.box(EAST + x, NORTH + y, EAST + x + size, NORTH + y + size)])


def point(x: float, y: float, z: float | None = None) -> shapely.Point:
    """A point, metres from the middle of the planted city."""
    return shapely.Point(EAST + x, NORTH + y) if z is None else shapely.Point(EAST + x, NORTH + y, z)


def line(*places: tuple[float, ...]) -> shapely.LineString:
    """A line, metres from the middle of the planted city."""
    return shapely.LineString([(EAST + x, NORTH + y, *rest) for x, y, *rest in places])


@pytest.fixture
def plant(database) -> Planter:
    """Plant features into the test's empty city."""
    return Planter(database)


@pytest.fixture
def web(database, cluster) -> Iterator[Store]:
    """The same city as the web server opens it: row policies hold."""
    with Store.open(cluster, database.city.slug, role="web") as store:
        yield store


@pytest.fixture(scope="session")
def shapes() -> SimpleNamespace:
    """Makers of shapes near the middle of the planted city: `square`, `point`, `line`."""
    return SimpleNamespace(square=square, point=point, line=line, east=EAST, north=NORTH)


@pytest.fixture(scope="session")
def quantized_mesh_file() -> ModuleType:
    """Reader of terrain tiles that knows nothing of their writer; tests are no package, so it is loaded by path."""
    spec = importlib.util.spec_from_file_location("quantized_mesh_file", HERE / "quantized_mesh_file.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def insider() -> Viewer:
    """One who may see everything."""
    return INSIDER
