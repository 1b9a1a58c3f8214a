"""A made-up street for tests: gabled houses on it, pipes with bends, wells and valves beneath it."""

import numpy as np
import shapely

from cim.store import Store
from cim.viewer import OPERATOR

X0, Y0 = 505_000.0, 3_270_000.0
STREET_M = 200.0
GROUND_M = 230.0


def house(x, y, width=10.0, depth=8.0, eaves=6.0, ridge=9.0, ground=GROUND_M):
    """Gabled house as polygons, all facing out, and the kind of each (1 ground, 2 wall, 3 roof)."""
    low, high, top = ground, ground + eaves, ground + ridge
    a, b, c, d = (x, y), (x + width, y), (x + width, y + depth), (x, y + depth)
    west, east = (x, y + depth / 2), (x + width, y + depth / 2)

    def at(place, z):
        return (*place, z)

    faces = [
        [at(a, low), at(d, low), at(c, low), at(b, low)],
        [at(a, low), at(b, low), at(b, high), at(a, high)],
        [at(c, low), at(d, low), at(d, high), at(c, high)],
        [at(d, low), at(a, low), at(a, high), at(west, top), at(d, high)],
        [at(b, low), at(c, low), at(c, high), at(east, top), at(b, high)],
        [at(a, high), at(b, high), at(east, top), at(west, top)],
        [at(c, high), at(d, high), at(west, top), at(east, top)],
    ]
    return shapely.MultiPolygon([shapely.Polygon(face) for face in faces]), [1, 2, 2, 2, 2, 3, 3]


class Town:
    """Writes features straight into a city's tables, as one published load."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.connection = None
        self.load = None
        self.srid = store.city.srid
        self.themes = set()

    def __enter__(self):
        self._lent = self.store.connection(OPERATOR)
        self.connection = self._lent.__enter__()
        source = self._id(
            "INSERT INTO run.source (name, kind) VALUES (%s, 'test') RETURNING source_id AS id",
            f"test {self._id('SELECT count(*) AS id FROM run.source')}",
        )
        self.source = source
        self.load = self._id(
            "INSERT INTO run.load (source_id, status, path, attribution, software_version, published_at) "
            "VALUES (%s, 'published', 'made here', 'Test town', '0', now()) RETURNING load_id AS id",
            source,
        )
        return self

    def __exit__(self, *error):
        version = self._id("UPDATE run.city SET data_version = data_version + 1 RETURNING data_version AS id")
        for theme in self.themes:
            self.connection.execute(
                "INSERT INTO run.theme_version VALUES (%s, %s) "
                "ON CONFLICT (theme) DO UPDATE SET version = excluded.version",
                (theme, version),
            )
        self._lent.__exit__(*error)

    def _id(self, query, *values):
        return self.connection.execute(query, values).fetchone()["id"]

    def add(self, theme, geom=None, **columns):
        """Insert a feature version and return (feature id, version id)."""
        self.themes.add(theme)
        number = self._id("SELECT count(*) AS id FROM city.feature")
        feature = self._id(
            "INSERT INTO city.feature (theme, source_id, source_key) VALUES (%s, %s, %s) RETURNING feature_id AS id",
            theme,
            self.source,
            str(number),
        )
        values = {"feature_id": feature, "load_id": self.load, "content_hash": b"test", **columns}
        if geom is not None:
            values["geom"] = shapely.to_wkb(shapely.set_srid(geom, self.srid), include_srid=True)
        return feature, self._insert(f"city.{theme}", values, "version_id")

    def add_lod(self, theme, version, geom, surface=None, lod="2", geometry_type="Solid"):
        wkb = shapely.to_wkb(shapely.set_srid(geom, self.srid), include_srid=True)
        values = {"version_id": version, "lod": lod, "geometry_type": geometry_type, "geom": wkb, "surface": surface}
        self._insert(f"city.{theme}_lod", values, "lod_id")

    def _insert(self, table, values, returning):
        slots = ", ".join("%s::geometry" if name == "geom" else "%s" for name in values)
        query = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({slots}) RETURNING {returning} AS id"
        return self._id(query, *values.values())

    def add_house(self, x, y, **shape):
        body, kinds = house(x, y, **shape)
        feature, version = self.add(
            "building",
            shapely.MultiPolygon([shapely.force_2d(body.geoms[0])]),
            name=f"{feature_name(x, y)}",
            usage="residential",
            height_m=shape.get("ridge", 9.0),
            storeys_above=2,
            built_year=1987,
        )
        self.add_lod("building", version, body, kinds)
        return feature

    def add_pipe(self, network, points, start=None, end=None, **columns):
        columns = {"diameter_mm": 300, "outer_width_mm": 326, "outer_height_mm": 326, **columns}
        line = shapely.LineString(points)
        return self.add("pipe_segment", line, network=network, start_node_id=start, end_node_id=end, **columns)[0]

    def add_node(self, network, point, kind="junction", **columns):
        return self.add("pipe_node", shapely.Point(point), network=network, kind=kind, **columns)[0]


def feature_name(x, y):
    return f"样例 {x - X0:.0f}-{y - Y0:.0f}"


def fill(town: Town, houses=60):
    """Houses in rows along a street, a water main with a bend, a sewer with wells, and a storm culvert."""
    for number in range(houses):
        town.add_house(X0 + 14.0 * (number % 12), Y0 + 12.0 + 16.0 * (number // 12), ridge=9.0 + number % 4)
    water = GROUND_M - 1.5
    path = [(X0, Y0, water), (X0 + 60, Y0, water), (X0 + 120, Y0 + 8, water), (X0 + 120, Y0 + 60, water)]
    kinds = ["junction", "valve", "junction", "hydrant"]
    nodes = [town.add_node("water", p, k, ground_level_m=GROUND_M) for p, k in zip(path, kinds, strict=True)]
    for index in range(3):
        town.add_pipe(
            "water",
            path[index : index + 2],
            nodes[index],
            nodes[index + 1],
            material="ductile_iron",
            installed_year=1995,
        )
    town.add("pipe_device", shapely.Point(path[1]), network="water", kind="valve", node_id=nodes[1], number="V1")
    wells = [(X0 + 30 * i, Y0 + 4.0, GROUND_M - 3.0 - 0.15 * i) for i in range(6)]
    manholes = [
        town.add_node("sewage", w, "manhole", ground_level_m=GROUND_M, well_depth_m=GROUND_M - w[2] + 0.4)
        for w in wells
    ]
    for index in range(5):
        size = {"diameter_mm": 600, "outer_width_mm": 720, "outer_height_mm": 720, "material": "concrete"}
        town.add_pipe("sewage", wells[index : index + 2], manholes[index], manholes[index + 1], **size)
    culvert = {"shape": "rectangular", "outer_width_mm": 2400, "outer_height_mm": 1600, "diameter_mm": None}
    town.add_pipe("storm", [(X0, Y0 - 6, 226.0), (X0 + 90, Y0 - 6, 225.5), (X0 + 150, Y0 - 30, 225.0)], **culvert)


def positions(count, seed=1):
    """Points in the city, for tests of coordinates (N, 3)."""
    random = np.random.default_rng(seed)
    return np.array([X0, Y0, GROUND_M]) + random.random((count, 3)) * [900.0, 700.0, 80.0]
