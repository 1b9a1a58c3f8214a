"""Checks a built tileset as a stranger would: from its JSON and its files alone."""

import numpy as np
import pyproj

from cim.layers.tiles3d.tileset import tile_content, tileset_json
from cim.viewer import LOCAL

TO_DEGREES = pyproj.Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
# A hundredth of a millimetre and a millimetre: what float64 and the writing of decimals may lose.
ANGLE, HEIGHT_M = 2e-12, 1e-3
LEAF_STEP_M = 0.01


class Report:
    """What was seen of a tileset, and what is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.tiles = 0
        self.documents = 0
        self.leaves: dict[str, np.ndarray] = {}
        """Key of each leaf -> its vertices, ECEF metres."""
        self.leaf_ids: list[int] = []
        self.corners: dict[int, np.ndarray] = {}
        """Feature id -> its vertices in its leaf, ECEF metres."""
        self.contents: dict[str, bytes] = {}

    def expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.problems.append(what)


def examine(store, layer, glb_type) -> Report:
    """Walk a layer's whole tree."""
    report = Report()
    known = {row["feature_id"] for row in store.rows(LOCAL, "SELECT feature_id FROM city.feature")}
    document = tileset_json(store, LOCAL, layer)
    report.documents += 1
    report.expect(document["asset"]["version"] == "1.1", "not 3D Tiles 1.1")
    report.expect(document["geometricError"] >= document["root"]["geometricError"], "root truer than the tileset")

    def visit(tile, outer, matrix, where):
        report.tiles += 1
        region = tile["boundingVolume"]["region"]
        if outer is not None:
            report.expect(tile["geometricError"] <= outer["geometricError"], f"{where}: error grows downwards")
            report.expect(inside(region, outer["boundingVolume"]["region"]), f"{where}: leaves its parent's region")
        if "transform" in tile:
            matrix = matrix @ np.array(tile["transform"]).reshape(4, 4).T
        turn = matrix[:3, :3]
        report.expect(np.allclose(turn @ turn.T, np.eye(3), atol=1e-9), f"{where}: transform is no rotation")
        uri = tile.get("content", {}).get("uri", "")
        if uri.endswith(".json"):
            below = tileset_json(store, LOCAL, layer, uri.removesuffix(".json"))
            report.documents += 1
            report.expect("children" not in tile, f"{where}: children beside another tileset")
            report.expect(below["geometricError"] == tile["geometricError"], f"{where}: errors of the two documents")
            report.tiles -= 1
            visit(below["root"], outer, matrix, f"{where}>")
            return
        if uri:
            look(report, store, layer, glb_type, tile, matrix, uri.removesuffix(".glb"), known)
        else:
            report.expect("children" in tile, f"{where}: a leaf without content")
        report.expect(bool(tile.get("children")) or tile["geometricError"] == 0, f"{where}: error of a leaf")
        for number, child in enumerate(tile.get("children", [])):
            visit(child, tile, matrix, f"{where}/{number}")

    visit(document["root"], None, np.eye(4), layer)
    return report


def inside(inner, outer) -> bool:
    west, south, east, north, low, high = inner
    return (
        west >= outer[0] - ANGLE
        and south >= outer[1] - ANGLE
        and east <= outer[2] + ANGLE
        and north <= outer[3] + ANGLE
        and low >= outer[4] - HEIGHT_M
        and high <= outer[5] + HEIGHT_M
    )


def look(report, store, layer, glb_type, tile, matrix, key, known) -> None:
    """Check the content of one tile."""
    data = tile_content(store, LOCAL, layer, key)
    report.contents[key] = data
    glb = glb_type(data)
    where = f"{layer} {key}"
    vertices = glb.positions @ matrix[:3, :3].T + matrix[:3, 3]
    lon, lat, height = TO_DEGREES.transform(*vertices.T)
    lon, lat = np.radians(lon), np.radians(lat)
    box = [lon.min(), lat.min(), lon.max(), lat.max(), height.min(), height.max()]
    report.expect(inside(box, tile["boundingVolume"]["region"]), f"{where}: vertices leave the region")
    leaf = "children" not in tile
    step = glb.document["nodes"][0].get("scale", [0])[0]
    allowed = LEAF_STEP_M if leaf else max(LEAF_STEP_M, tile["geometricError"] / 10)
    report.expect(step <= allowed + 1e-9, f"{where}: a step of {step} m")
    table, features = glb.table, glb.feature_ids
    (told,) = glb.primitive["extensions"]["EXT_mesh_features"]["featureIds"]
    count = len(table["feature_id"])
    report.expect(told["featureCount"] == count, f"{where}: counts differ")
    report.expect(features.min() >= 0 and features.max() < count, f"{where}: feature ids beyond the table")
    ids = [int(value) for value in table["feature_id"]]
    report.expect(len(set(ids)) == count, f"{where}: an id stands twice")
    report.expect(set(ids) <= known, f"{where}: ids that are not in the database")
    row = store.rows(
        LOCAL, "SELECT members, features FROM layer.tile3d WHERE layer = %(l)s AND key = %(k)s", {"l": layer, "k": key}
    )[0]
    report.expect(row["features"] == count, f"{where}: stored count")
    faces = glb.faces
    report.expect(faces.max() < len(vertices), f"{where}: indices beyond the vertices")
    if faces.shape[1] == 3:
        check_normals(report, glb, faces, step, where)
    report.expect(bool((features[faces] == features[faces][:, :1]).all()), f"{where}: a face of two features")
    if leaf:
        report.expect(row["members"] == ids, f"{where}: stored members")
        report.leaves[key] = vertices
        report.leaf_ids += ids
        report.corners |= {feature: vertices[features == number] for number, feature in enumerate(ids)}


def check_normals(report, glb, faces, step, where) -> None:
    """Faces have an area, and their normals look the way they are wound."""
    a, b, c = (glb.positions[faces[:, column]] for column in range(3))
    facing = np.cross(b - a, c - a)
    area = np.linalg.norm(facing, axis=1)
    report.expect(bool((area > 0).all()), f"{where}: faces without area")
    normals = glb.normals
    report.expect(bool((np.abs(np.linalg.norm(normals, axis=1) - 1) < 0.02).all()), f"{where}: normals not of length 1")
    along = np.einsum("ij,ij->i", facing / area[:, None], normals[faces].mean(axis=1))
    # Rounding its corners turns a sliver about as thick as a step; anything thicker keeps its side.
    longest = np.max([np.linalg.norm(edge, axis=1) for edge in (b - a, c - b, a - c)], axis=0)
    wide = area / longest > 4 * max(step, 1e-3)
    wrong = int((along[wide] <= 0.3).sum())
    # One in a thousand: 3DBAG has a roof that is no plane, whose corner triangles lean away from the whole.
    report.expect(wrong <= wide.sum() / 1000, f"{where}: {wrong} faces wound the wrong way")
