"""Buildings, other city objects, and their geometry at each level of detail."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, declared_attr

from cim.schema.base import Base, FeatureVersion, column, geometry, reference


class Building(FeatureVersion, Base):
    """Buildings, building parts and installations."""

    __tablename__ = "building"
    object_type: Mapped[str] = column(
        "CityJSON type: Building, BuildingPart, BuildingInstallation, …", server_default="Building"
    )
    parent_id: Mapped[int | None] = reference("building", "Building it is a part of")
    compound_id: Mapped[int | None] = reference("admin_unit", "Compound it stands in, where the source says so")
    name: Mapped[str | None] = column("Name")
    address: Mapped[str | None] = column("Address")
    usage: Mapped[str | None] = column(
        "Use: residential, commercial, office, school, kindergarten, hospital, clinic, industrial, public, …"
    )
    structure: Mapped[str | None] = column("Structure: brick_wood, brick_concrete, frame, shear_wall, steel")
    roof_type: Mapped[str | None] = column("Roof: flat, gabled, hipped, shed, podium")
    storeys_above: Mapped[float | None] = column("Storeys above ground")
    storeys_below: Mapped[float | None] = column("Storeys below ground")
    height_m: Mapped[float | None] = column("Height from lowest ground to highest point, metres")
    ground_min_m: Mapped[float | None] = column("Lowest ground at the walls, city height, metres")
    ground_max_m: Mapped[float | None] = column(
        "Highest ground at the walls; more than 3 m above the lowest: hangs below its street (吊层)"
    )
    block_base_m: Mapped[float | None] = column(
        "Foot of the block (LoD1) that the footprint is raised to where the source has no model, city height, metres"
    )
    block_top_m: Mapped[float | None] = column("Top of that block, city height, metres")
    built_year: Mapped[int | None] = column("Year of construction")
    renovated_year: Mapped[int | None] = column("Year of the last renovation")
    floor_area_m2: Mapped[float | None] = column("Gross floor area, square metres")
    households: Mapped[int | None] = column("Households")
    residents: Mapped[float | None] = column("Residents")
    elevators: Mapped[int | None] = column("Elevators")
    geom: Mapped[object] = geometry("MULTIPOLYGON", "Footprint, city CRS")
    geom_3857: Mapped[object] = geometry("MULTIPOLYGON", "Footprint, web mercator", srid=3857)


class CityObject(FeatureVersion, Base):
    """City objects that have no table of their own: bridges, water bodies, relief, furniture and the like."""

    __tablename__ = "city_object"
    object_type: Mapped[str] = column("CityJSON type")
    parent_id: Mapped[int | None] = reference("city_object", "Object it is a part of")
    name: Mapped[str | None] = column("Name")
    geom: Mapped[object] = geometry("GEOMETRY", "Footprint or axis, city CRS")
    geom_3857: Mapped[object] = geometry("GEOMETRY", "Footprint or axis, web mercator", srid=3857)


class LodGeometry:
    """Columns of a geometry at one level of detail, and what MultiPolygonZ cannot hold."""

    lod_id: Mapped[int] = column("Id", BigInteger, Identity(always=False), primary_key=True, sort_order=-10)
    lod: Mapped[str] = column("Level of detail, e.g. 0, 1.2, 2.2")
    ordinal: Mapped[int] = column(
        "Order among geometries of the same object and level", SmallInteger, server_default="0"
    )
    geometry_type: Mapped[str] = column("CityJSON type: Solid, MultiSurface, CompositeSurface, …")
    geom: Mapped[object] = geometry("MULTIPOLYGONZ", "All surfaces, in order; city CRS and heights")
    solid: Mapped[list[int] | None] = column("Solid of each polygon, for MultiSolid; null: one", ARRAY(SmallInteger))
    shell: Mapped[list[int] | None] = column("Shell of each polygon, 0 outer; null: all outer", ARRAY(SmallInteger))
    surface: Mapped[list[int] | None] = column(
        "Kind of each polygon: 0 unknown, 1 ground, 2 wall, 3 roof, 4 closure, 5 outer ceiling, 6 outer floor, "
        "7 window, 8 door, 9 other",
        ARRAY(SmallInteger),
    )
    semantic: Mapped[list[int] | None] = column("Index of each polygon into semantics, -1 none", ARRAY(SmallInteger))
    semantics: Mapped[list[Any] | None] = column("Semantic surface records where they say more than their kind", JSONB)
    appearance: Mapped[dict[str, Any] | None] = column("Materials and packed texture references")
    measured_error_m: Mapped[float | None] = column("Deviation from the finest level, metres")

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        """One geometry for each version, level and ordinal."""
        name: str = cls.__tablename__  # type: ignore[attr-defined]
        return (
            UniqueConstraint("version_id", "lod", "ordinal", name=f"{name}_one"),
            {
                "schema": "city",
                "comment": (cls.__doc__ or "").split("\n")[0],
                "info": {"role": "detail", "theme": name.removesuffix("_lod")},
            },
        )


class BuildingLod(LodGeometry, Base):
    """Geometry of a building version at one level of detail."""

    __tablename__ = "building_lod"
    version_id: Mapped[int] = column(
        "Version it belongs to", BigInteger, ForeignKey("city.building.version_id", ondelete="CASCADE")
    )


class CityObjectLod(LodGeometry, Base):
    """Geometry of a city object version at one level of detail."""

    __tablename__ = "city_object_lod"
    version_id: Mapped[int] = column(
        "Version it belongs to", BigInteger, ForeignKey("city.city_object.version_id", ondelete="CASCADE")
    )
