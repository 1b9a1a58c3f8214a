"""Tiles: 3D Tiles, terrain, vector tiles."""

from __future__ import annotations

import gzip

from apiflask import APIBlueprint, Schema
from apiflask.fields import Dict, Float, Integer, List, String
from apiflask.schemas import FileSchema
from flask import Response, abort, request
from marshmallow import INCLUDE

from cim.layers import terrain as terrain_layer
from cim.layers import vector_tiles
from cim.layers.tiles3d import tileset
from cim.web import context
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("tiles", __name__, url_prefix="/tiles", tag="Tiles")

BINARY = FileSchema(type="string", format="binary")


class Tileset(Schema):
    """A tileset of OGC 3D Tiles 1.1."""

    class Meta:
        """More is allowed: the standard is extensible."""

        unknown = INCLUDE

    asset = Dict(required=True)
    geometricError = Float(required=True)  # noqa: N815 - named by the standard
    root = Dict(required=True)


class Terrain(Schema):
    """A layer.json of quantized-mesh terrain."""

    class Meta:
        """More is allowed: the format is a custom without a standard."""

        unknown = INCLUDE

    format = String(required=True)
    tiles = List(String(), required=True, metadata={"description": "{z}/{x}/{y}, TMS"})
    bounds = List(Float(), required=True)
    maxzoom = Integer(required=True)
    available = List(List(Dict()), required=True, metadata={"description": "Tiles that exist, by level"})


@blueprint.get("/3d/<string:layer>/tileset.json")
@blueprint.output(Tileset)
@blueprint.doc(summary="A 3D tileset", operation_id="tileset", responses=[404])
@fresh
def tileset_json(layer: str) -> Response:
    """3D Tiles 1.1: explicit tree of binary glTF tiles."""
    return json_body(tileset.tileset_json(context.store(), context.viewer(), layer))


@blueprint.get("/3d/<string:layer>/<string:key>.json")
@blueprint.output(Tileset)
@blueprint.doc(summary="A part of a 3D tileset", operation_id="subtileset", responses=[404])
@fresh
def subtileset_json(layer: str, key: str) -> Response:
    """External tileset below a tile, where the whole tree is too large for one document."""
    return json_body(tileset.tileset_json(context.store(), context.viewer(), layer, key))


@blueprint.get("/3d/<string:layer>/<string:key>.glb")
@blueprint.output(BINARY, content_type="model/gltf-binary")
@blueprint.doc(summary="Content of a 3D tile", operation_id="tile3d", responses=[404])
@fresh
def glb(layer: str, key: str) -> Response:
    """Binary glTF with feature ids and a property table."""
    content = tileset.tile_content(context.store(), context.viewer(), layer, key)
    return Response(content, mimetype="model/gltf-binary")


@blueprint.get("/terrain/layer.json")
@blueprint.output(Terrain)
@blueprint.doc(summary="Terrain", operation_id="terrain", responses=[404])
@fresh
def terrain_json() -> Response:
    """Which quantized-mesh tiles there are."""
    return json_body(terrain_layer.layer_json(context.store(), context.viewer()))


@blueprint.get("/terrain/<int:z>/<int:x>/<int:y>.terrain")
@blueprint.output(BINARY, content_type="application/vnd.quantized-mesh")
@blueprint.doc(summary="A terrain tile", operation_id="terrain_tile", responses=[404])
@fresh
def terrain(z: int, x: int, y: int) -> Response:
    """Quantized mesh with vertex normals, stored gzipped and sent so to who accepts it; TMS addresses."""
    content = terrain_layer.terrain_tile(context.store(), context.viewer(), z, x, y)
    if content is None:
        abort(404, f"no terrain tile {z}/{x}/{y}")
    packed = request.accept_encodings["gzip"] > 0
    response = Response(content if packed else gzip.decompress(content), mimetype="application/vnd.quantized-mesh")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response


@blueprint.get("/vector/<string:layer>/<int:z>/<int:x>/<int:y>.mvt")
@blueprint.output(BINARY, content_type="application/vnd.mapbox-vector-tile")
@blueprint.doc(summary="A vector tile", operation_id="vector_tile", responses=[204, 400, 404])
@fresh
def vector(layer: str, z: int, x: int, y: int) -> Response:
    """Mapbox vector tile; XYZ addresses."""
    content = vector_tiles.tile(context.store(), context.viewer(), layer, z, x, y)
    return Response(content, status=200 if content else 204, mimetype="application/vnd.mapbox-vector-tile")
