"""Tiles that were built: 3D Tiles as a tree of rows, terrain by address."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, DateTime, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION
from sqlalchemy.orm import Mapped

from cim.schema.base import Base, column, geometry

_LAYER = {"schema": "layer"}

_BUILT_FOR = text("coalesce(nullif(current_setting('cim.clearance', true), ''), '0')::smallint")
"""Clearance of the viewer of the transaction: a tile shows what its builder saw, so who sees less must not have it."""


class Build(Base):
    """State of each built layer: which data it shows."""

    __tablename__ = "build"
    __table_args__ = ({**_LAYER, "comment": "State of each built layer"},)
    layer: Mapped[str] = column("Layer", primary_key=True)
    kind: Mapped[str] = column("tiles3d or terrain")
    data_version: Mapped[int] = column("Data version it was built from", BigInteger)
    parameters_hash: Mapped[str] = column("Digest of the build's parameters", server_default="")
    details: Mapped[dict[str, Any] | None] = column("Counts, bounds, levels")
    built_at: Mapped[dt.datetime] = column("When", DateTime(timezone=True), server_default=text("now()"))


class Tile3d(Base):
    """One tile of a 3D tileset: a node of its explicit tree."""

    __tablename__ = "tile3d"
    __table_args__ = (
        Index("tile3d_stale_idx", "layer", postgresql_where=text("stale")),
        Index("tile3d_geom_gist", "geom", postgresql_using="gist"),
        {**_LAYER, "comment": "Tiles of 3D tilesets, a tree of rows"},
    )
    layer: Mapped[str] = column("Layer, e.g. buildings, pipes-water", primary_key=True)
    key: Mapped[str] = column("Path in the quadtree: r, r0, r03 …", primary_key=True)
    parent: Mapped[str | None] = column("Key of the parent; null: the root")
    depth: Mapped[int] = column("Depth, 0 the root", SmallInteger)
    geometric_error_m: Mapped[float] = column("Error when this tile is shown instead of its children, metres")
    region: Mapped[list[float]] = column(
        "west, south, east, north in radians, lowest and highest ellipsoidal height in metres",
        ARRAY(DOUBLE_PRECISION),
    )
    members: Mapped[list[int] | None] = column("Feature ids of a leaf", ARRAY(BigInteger))
    triangles: Mapped[int] = column("Triangles in its content", server_default="0")
    features: Mapped[int] = column("Features in its content", server_default="0")
    content: Mapped[bytes | None] = column("Binary glTF", LargeBinary)
    revision: Mapped[int] = column("Grows when the tile is rebuilt", BigInteger, server_default="0")
    stale: Mapped[bool] = column("Its features changed since it was built", server_default="false")
    classification: Mapped[int] = column(
        "Clearance that it was built for, and that its readers need", SmallInteger, server_default=_BUILT_FOR
    )
    geom: Mapped[object] = geometry("POLYGON", "Extent, city CRS")


class TerrainTile(Base):
    """One quantized-mesh tile, gzipped."""

    __tablename__ = "terrain_tile"
    __table_args__ = ({**_LAYER, "comment": "Terrain tiles (quantized-mesh, gzipped)"},)
    z: Mapped[int] = column("Level", SmallInteger, primary_key=True)
    x: Mapped[int] = column("Column from the west", primary_key=True)
    y: Mapped[int] = column("Row from the south (TMS)", primary_key=True)
    content: Mapped[bytes] = column("Gzipped quantized-mesh", LargeBinary)
    classification: Mapped[int] = column(
        "Clearance that it was built for, and that its readers need", SmallInteger, server_default=_BUILT_FOR
    )
