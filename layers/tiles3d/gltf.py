"""A mesh and the attributes of its features, written as binary glTF 2.0."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim import __version__
from cim.layers.tiles3d.container import Container
from cim.layers.tiles3d.mesh import Floats, Mesh, drop_unused, extent
from cim.layers.tiles3d.properties import Properties, schema_of, table_of

_BYTE, _UNSIGNED_BYTE, _UNSIGNED_SHORT, _FLOAT = 5120, 5121, 5123, 5126
_LINES, _TRIANGLES = 1, 4
_SHORTS = 65536

Document = dict[str, Any]


@dataclass(frozen=True)
class Appearance:
    """How the colours and sides of a mesh are shown."""

    palette: NDArray[np.uint8]
    """(K, 3) sRGB colours that `Mesh.colour` points into."""
    double_sided: bool
    """Whether faces are seen from behind too: for surfaces that do not enclose a solid."""


@dataclass(frozen=True)
class Precision:
    """Grid to which positions are rounded."""

    finest_m: float
    """Finest step worth its bytes, metres."""
    coarsest_m: float
    """Coarsest step allowed, metres; where 16 bits cannot keep it, positions are float32."""


def glb(
    mesh: Mesh,
    properties: Properties,
    appearance: Appearance,
    precision: Precision,
    *,
    copyright: str = "",
    compress: bool = True,
) -> bytes:
    """Return a glb with one mesh, its feature ids and their property table.

    Parameters
    ----------
    mesh : Mesh
        Faces in a local frame, metres, third axis up (the file itself is y-up, as glTF asks); at least one face.
    properties : Properties
        Attributes of the features that `mesh.feature` numbers.
    appearance : Appearance
        Colours and sides.
    precision : Precision
        Rounding of positions.
    copyright : str
        Who is to be named; viewers show it.
    compress : bool
        Write vertices and indices with EXT_meshopt_compression.
    """
    container = Container(compress=compress)
    corner, lowest, step = _positions(mesh, precision)
    mesh = replace(mesh, position=corner)
    if step:
        mesh = drop_unused(_without_slivers(mesh), tolerated=0.03)
    colours = np.unique(mesh.colour)
    attributes, accessors = _attributes(container, mesh, appearance if len(colours) > 1 else None, bool(step))
    view, component = container.add_indices(mesh.indices, len(mesh.position))
    accessors.append({"bufferView": view, "componentType": component, "count": mesh.indices.size, "type": "SCALAR"})
    primitive = {
        "attributes": attributes,
        "indices": len(accessors) - 1,
        "mode": _LINES if mesh.is_lines else _TRIANGLES,
        "material": 0,
        "extensions": {"EXT_mesh_features": {"featureIds": [_feature_ids(properties)]}},
    }
    base_colour = appearance.palette[colours[0]] if len(colours) == 1 else np.full(3, 255, np.uint8)
    node: Document = {"mesh": 0, "translation": lowest.tolist()} | ({"scale": [step] * 3} if step else {})
    return container.glb(
        {
            "asset": {"version": "2.0", "generator": f"cim {__version__}"}
            | ({"copyright": copyright} if copyright else {}),
            # Normals are bytes, which core glTF does not allow either.
            **_extensions(compress=compress, quantised=bool(step) or not mesh.is_lines, unlit=mesh.is_lines),
            "extensions": {
                "EXT_structural_metadata": {
                    "schema": schema_of(properties),
                    "propertyTables": [table_of(properties, container.add_table)],
                }
            },
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [node],
            "meshes": [{"primitives": [primitive]}],
            "materials": [_material(base_colour, appearance.double_sided, unlit=mesh.is_lines)],
            "accessors": accessors,
        }
    )


def linear(colour: NDArray[np.uint8]) -> Floats:
    """Return linear light 0..1 of sRGB bytes (IEC 61966-2-1): glTF's colours are linear."""
    value = colour.astype(np.float64) / 255
    low: Floats = value / 12.92
    return np.where(value <= 0.04045, low, ((value + 0.055) / 1.055) ** 2.4)


def _positions(mesh: Mesh, precision: Precision) -> tuple[Floats, Floats, float]:
    """Corners y-up from the lowest one, in whole steps or in metres; the lowest corner; the step or 0."""
    east, north, up = mesh.position.T
    columns = [np.ascontiguousarray(column) for column in (east, up, -north)]
    lowest = np.array([column.min() for column in columns])
    from_lowest = [column - low for column, low in zip(columns, lowest, strict=True)]
    # One step for all axes: a scale that differs between them would bend the normals.
    step = max(precision.finest_m, max(float(column.max()) for column in from_lowest) / (_SHORTS - 1))
    if step <= precision.coarsest_m:
        return np.stack([np.rint(column / step) for column in from_lowest], axis=1), lowest, step
    return np.stack(from_lowest, axis=1).astype(np.float32).astype(np.float64), lowest, 0.0


def _without_slivers(mesh: Mesh) -> Mesh:
    """Mesh without the triangles whose corners rounding has brought onto one line."""
    if mesh.is_lines:
        return mesh
    columns = [np.ascontiguousarray(column) for column in mesh.position.T]
    first, second, third = mesh.indices.T
    x1, y1, z1 = (column[second] - column[first] for column in columns)
    x2, y2, z2 = (column[third] - column[first] for column in columns)
    flat = (y1 * z2 == z1 * y2) & (z1 * x2 == x1 * z2) & (x1 * y2 == y1 * x2)
    return replace(mesh, indices=mesh.indices[~flat]) if flat.any() and not flat.all() else mesh


def _attributes(
    container: Container, mesh: Mesh, appearance: Appearance | None, quantised: bool
) -> tuple[dict[str, int], list[Document]]:
    """Vertex attributes by name, and their accessors; colours only where there is more than one."""
    count = len(mesh.position)
    accessors: list[Document] = []
    attributes: dict[str, int] = {}

    def add(name: str, values: NDArray[Any], component: int, kind: str, **more: object) -> None:
        view = container.add_vertices(values)
        attributes[name] = len(accessors)
        accessors.append({"bufferView": view, "componentType": component, "count": count, "type": kind, **more})

    bounds = {side: values.tolist() for side, values in zip(("min", "max"), extent(mesh.position), strict=True)}
    if quantised:
        bounds = {side: [int(value) for value in values] for side, values in bounds.items()}
        add("POSITION", _padded(mesh.position, "<u2"), _UNSIGNED_SHORT, "VEC3", **bounds)
    else:
        add("POSITION", mesh.position.astype("<f4"), _FLOAT, "VEC3", **bounds)
    if not mesh.is_lines:
        east, north, up = mesh.normal.T
        unit = np.rint(np.stack([east, up, -north], axis=1) * 127)
        add("NORMAL", _padded(unit, "<i1"), _BYTE, "VEC3", normalized=True)
    if appearance is not None:
        light = np.rint(linear(appearance.palette) * 255).astype(np.uint8)
        opaque = np.column_stack([light, np.full(len(light), 255, np.uint8)])
        add("COLOR_0", opaque[mesh.colour], _UNSIGNED_BYTE, "VEC4", normalized=True)
    if mesh.feature.max() < _SHORTS:
        add("_FEATURE_ID_0", _padded(mesh.feature[:, None], "<u2"), _UNSIGNED_SHORT, "SCALAR")
    else:  # floats are whole numbers up to 2^24
        add("_FEATURE_ID_0", mesh.feature[:, None].astype("<f4"), _FLOAT, "SCALAR")
    return attributes, accessors


def _padded(values: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Values in a narrow type, each row filled up to the 4 bytes that glTF aligns to."""
    per_row = 4 // np.dtype(dtype).itemsize
    width = -(-values.shape[1] // per_row) * per_row
    padded = np.zeros((len(values), width), dtype)
    padded[:, : values.shape[1]] = values
    return padded


def _feature_ids(properties: Properties) -> Document:
    return {"featureCount": properties.count, "attribute": 0, "propertyTable": 0}


def _material(colour: NDArray[np.uint8], double_sided: bool, *, unlit: bool) -> Document:
    rough = {"baseColorFactor": [*linear(colour).tolist(), 1.0], "metallicFactor": 0.0, "roughnessFactor": 1.0}
    material: Document = {"pbrMetallicRoughness": rough, "doubleSided": double_sided}
    return material | {"extensions": {"KHR_materials_unlit": {}}} if unlit else material


def _extensions(*, compress: bool, quantised: bool, unlit: bool) -> Document:
    used = ["EXT_mesh_features", "EXT_structural_metadata"]
    required = ["KHR_mesh_quantization"] if quantised else []
    required += ["EXT_meshopt_compression"] if compress else []
    used += required + (["KHR_materials_unlit"] if unlit else [])
    return {"extensionsUsed": used, **({"extensionsRequired": required} if required else {})}
