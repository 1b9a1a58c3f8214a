"""The binary glTF file around meshes and tables: buffers, views and the two chunks."""

from __future__ import annotations

import struct
from typing import Any, Literal

import meshoptimizer
import numpy as np
import orjson
from numpy.typing import NDArray

Target = Literal[34962, 34963]
VERTICES: Target = 34962
INDICES: Target = 34963


class Container:
    """Buffer views of one glb, compressed with meshopt where that is asked for.

    Parameters
    ----------
    compress
        Store vertices and indices as EXT_meshopt_compression; without, as plain glTF (for tools that lack it).
    """

    def __init__(self, *, compress: bool) -> None:
        self._compress = compress
        self._views: list[dict[str, Any]] = []
        self._binary = bytearray()
        self._decoded_bytes = 0

    def add_table(self, values: NDArray[Any]) -> int:
        """Store an array of a property table and return the number of its view."""
        offset, length = self._append(values.tobytes(), 8)
        return self._view({"buffer": 0, "byteOffset": offset, "byteLength": length})

    def add_vertices(self, values: NDArray[Any]) -> int:
        """Store an array of one row a vertex, each row a multiple of 4 bytes, and return the number of its view."""
        stride = values.dtype.itemsize * values.shape[1]
        view = {"byteStride": stride, "target": VERTICES}
        if not self._compress:
            return self._plain(values, view)
        # Version 0 is what EXT_meshopt_compression says; the library's own default is newer.
        meshoptimizer.encode_vertex_version(0)
        data = meshoptimizer.encode_vertex_buffer(np.ascontiguousarray(values))
        return self._packed(data, view, {"byteStride": stride, "count": len(values), "mode": "ATTRIBUTES"})

    def add_indices(self, indices: NDArray[Any], vertices: int) -> tuple[int, int]:
        """Store faces (F, 2 or 3) and return the number of their view and their glTF component type."""
        flat = np.ascontiguousarray(indices, dtype="<u4").ravel()
        # 65535 itself is kept free: it restarts strips.
        short = vertices < 65535
        component = 5123 if short else 5125
        if not self._compress:
            return self._plain(flat.astype("<u2") if short else flat, {"target": INDICES}), component
        triangles = indices.shape[1] == 3
        encode = meshoptimizer.encode_index_buffer if triangles else meshoptimizer.encode_index_sequence
        meshoptimizer.encode_index_version(1)
        packing = {
            "byteStride": 2 if short else 4,
            "count": len(flat),
            "mode": "TRIANGLES" if triangles else "INDICES",
        }
        return self._packed(encode(flat, len(flat), vertices), {"target": INDICES}, packing), component

    def glb(self, document: dict[str, Any]) -> bytes:
        """Return the file: the document with these views, then the binary chunk."""
        buffers: list[dict[str, Any]] = [{"byteLength": len(self._binary)}]
        if self._decoded_bytes:
            fallback = {"EXT_meshopt_compression": {"fallback": True}}
            buffers.append({"byteLength": self._decoded_bytes, "extensions": fallback})
        text = orjson.dumps(document | {"buffers": buffers, "bufferViews": self._views})
        text += b" " * (-len(text) % 4)
        binary = bytes(self._binary) + b"\0" * (-len(self._binary) % 4)
        size = 12 + 8 + len(text) + 8 + len(binary)
        head = struct.pack("<4sII", b"glTF", 2, size)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
        return head + chunks

    def _append(self, data: bytes, alignment: int) -> tuple[int, int]:
        self._binary += b"\0" * (-len(self._binary) % alignment)
        offset = len(self._binary)
        self._binary += data
        return offset, len(data)

    def _view(self, view: dict[str, Any]) -> int:
        self._views.append(view)
        return len(self._views) - 1

    def _plain(self, values: NDArray[Any], view: dict[str, Any]) -> int:
        offset, length = self._append(np.ascontiguousarray(values).tobytes(), 4)
        return self._view({"buffer": 0, "byteOffset": offset, "byteLength": length} | view)

    def _packed(self, data: bytes, view: dict[str, Any], packing: dict[str, Any]) -> int:
        offset, length = self._append(data, 4)
        decoded = int(packing["byteStride"]) * int(packing["count"])
        start = self._decoded_bytes + -self._decoded_bytes % 4
        self._decoded_bytes = start + decoded
        extension = {"buffer": 0, "byteOffset": offset, "byteLength": length} | packing
        return self._view(
            {"buffer": 1, "byteOffset": start, "byteLength": decoded}
            | view
            | {"extensions": {"EXT_meshopt_compression": extension}}
        )
