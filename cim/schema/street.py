"""Things beside the street that pipes must keep clear of: trees and kerbs."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from cim.schema.base import Base, FeatureVersion, column, geometry


class Tree(FeatureVersion, Base):
    """Street and park trees."""

    __tablename__ = "tree"
    species: Mapped[str | None] = column("Species")
    height_m: Mapped[float | None] = column("Height, metres")
    crown_m: Mapped[float | None] = column("Crown diameter, metres")
    trunk_cm: Mapped[float | None] = column("Trunk diameter at breast height, centimetres")
    planted_year: Mapped[int | None] = column("Year planted")
    geom: Mapped[object] = geometry("POINTZ", "Foot of the tree, city CRS and heights", nullable=False)
    geom_3857: Mapped[object] = geometry("POINT", "Foot of the tree, web mercator", srid=3857)


class Kerb(FeatureVersion, Base):
    """Kerbs and road red lines."""

    __tablename__ = "kerb"
    kind: Mapped[str] = column("kerb, red_line", server_default="kerb")
    geom: Mapped[object] = geometry("LINESTRINGZ", "Line, city CRS and heights", nullable=False)
