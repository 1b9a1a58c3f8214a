"""Reads binary glTF by the specification alone, without the code that writes it."""

import json
import struct
from itertools import pairwise

import meshoptimizer
import numpy as np

TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
METADATA = {"FLOAT64": "<f8", "FLOAT32": "<f4", "INT16": "<i2"}


class Glb:
    """One glb with one mesh of one primitive."""

    def __init__(self, data: bytes) -> None:
        magic, version, length = struct.unpack_from("<4sII", data)
        assert (magic, version, length) == (b"glTF", 2, len(data))
        json_length, kind = struct.unpack_from("<I4s", data, 12)
        assert kind == b"JSON"
        assert json_length % 4 == 0
        self.document = json.loads(data[20 : 20 + json_length])
        binary_length, kind = struct.unpack_from("<I4s", data, 20 + json_length)
        assert kind == b"BIN\0"
        self.binary = data[28 + json_length : 28 + json_length + binary_length]
        self.primitive = self.document["meshes"][0]["primitives"][0]

    def view(self, number: int) -> bytes:
        """Bytes of a buffer view, decompressed where they are compressed."""
        view = self.document["bufferViews"][number]
        packed = view.get("extensions", {}).get("EXT_meshopt_compression")
        start = (packed or view).get("byteOffset", 0)
        data = self.binary[start : start + (packed or view)["byteLength"]]
        if packed is None:
            return data
        count, stride = packed["count"], packed["byteStride"]
        if packed["mode"] == "ATTRIBUTES":
            raw = np.ascontiguousarray(meshoptimizer.decode_vertex_buffer(count, stride, data)).tobytes()
        else:
            triangles = packed["mode"] == "TRIANGLES"
            decode = meshoptimizer.decode_index_buffer if triangles else meshoptimizer.decode_index_sequence
            # The stream is the same for both widths; the Python package fills four bytes a number.
            raw = decode(count, 4, data).astype("<u2" if stride == 2 else "<u4").tobytes()
        assert len(raw) == view["byteLength"]
        return raw

    def accessor(self, number: int) -> np.ndarray:
        """Values of an accessor as stored, one row an element."""
        accessor = self.document["accessors"][number]
        view = self.document["bufferViews"][accessor["bufferView"]]
        dtype, width = np.dtype(TYPES[accessor["componentType"]]), WIDTHS[accessor["type"]]
        stride = view.get("byteStride", dtype.itemsize * width) // dtype.itemsize
        rows = np.frombuffer(self.view(accessor["bufferView"]), dtype)[: accessor["count"] * stride]
        return rows.reshape(accessor["count"], stride)[:, :width]

    def attribute(self, name: str) -> np.ndarray | None:
        number = self.primitive["attributes"].get(name)
        return None if number is None else self.accessor(number)

    @property
    def positions(self) -> np.ndarray:
        """(V, 3) local east, north, up: node transform applied, y-up undone."""
        node = self.document["nodes"][0]
        scaled = self.attribute("POSITION").astype(np.float64) * node.get("scale", [1, 1, 1])
        x, y, z = (scaled + node["translation"]).T
        return np.column_stack([x, -z, y])

    @property
    def normals(self) -> np.ndarray:
        x, y, z = (self.attribute("NORMAL").astype(np.float64) / 127).T
        return np.column_stack([x, -z, y])

    @property
    def faces(self) -> np.ndarray:
        return self.accessor(self.primitive["indices"]).reshape(-1, 3 if self.primitive["mode"] == 4 else 2).astype(int)

    @property
    def feature_ids(self) -> np.ndarray:
        """(V,) feature number of each vertex."""
        (told,) = self.primitive["extensions"]["EXT_mesh_features"]["featureIds"]
        return self.attribute(f"_FEATURE_ID_{told['attribute']}").ravel().astype(int)

    @property
    def table(self) -> dict[str, list]:
        """Property table, decoded: column name to a value for each feature."""
        metadata = self.document["extensions"]["EXT_structural_metadata"]
        (table,) = metadata["propertyTables"]
        described = metadata["schema"]["classes"][table["class"]]["properties"]
        columns = {}
        for name, stored in table["properties"].items():
            raw = self.view(stored["values"])
            if described[name]["type"] == "STRING":
                offsets = np.frombuffer(self.view(stored["stringOffsets"]), "<u4")
                assert len(offsets) == table["count"] + 1
                values = [raw[a:b].decode() for a, b in pairwise(offsets.tolist())]
            else:
                values = np.frombuffer(raw, METADATA[described[name]["componentType"]]).tolist()
            assert len(values) == table["count"], name
            missing = described[name].get("noData")
            columns[name] = [None if value == missing else value for value in values]
        return columns

    def expanded(self) -> bytes:
        """The same file without compression, so that a validator that lacks meshopt sees its numbers."""
        document = json.loads(json.dumps(self.document))
        binary = bytearray()
        for number, view in enumerate(document["bufferViews"]):
            data = self.view(number)
            binary += b"\0" * (-len(binary) % 8)
            view.pop("extensions", None)
            view.update(buffer=0, byteOffset=len(binary), byteLength=len(data))
            if "target" in view and view["target"] == 34963:
                view.pop("byteStride", None)
            binary += data
        document["buffers"] = [{"byteLength": len(binary)}]
        for key in ("extensionsUsed", "extensionsRequired"):
            document[key] = [name for name in document.get(key, []) if name != "EXT_meshopt_compression"]
            if not document[key]:
                del document[key]
        text = json.dumps(document).encode()
        text += b" " * (-len(text) % 4)
        binary += b"\0" * (-len(binary) % 4)
        head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(binary))
        return (
            head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
        )
