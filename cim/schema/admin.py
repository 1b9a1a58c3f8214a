"""Administrative units, built-up area, population, land use, planning and construction."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Mapped

from cim.codes import LEVELS
from cim.schema.base import Base, FeatureVersion, column, geometry, listed, reference


class AdminUnit(FeatureVersion, Base):
    """Administrative units: city, district, sub-district, block, community, compound."""

    __tablename__ = "admin_unit"
    level: Mapped[str] = listed(f"Level: {', '.join(LEVELS)}", LEVELS)
    parent_id: Mapped[int | None] = reference("admin_unit", "Unit of the next level up")
    code: Mapped[str | None] = column("Official code")
    name: Mapped[str] = column("Name")
    name_en: Mapped[str | None] = column("Name in English")
    kind: Mapped[str | None] = column("Kind within the level, e.g. residential compound, old compound")
    built_year: Mapped[int | None] = column("Year a compound was completed")
    households: Mapped[int | None] = column("Registered households")
    residents: Mapped[int | None] = column("Residents")
    parking_spaces: Mapped[int | None] = column("Parking spaces of a compound")
    charging_piles: Mapped[int | None] = column("Charging piles of a compound")
    property_managed: Mapped[bool | None] = column("A compound with property management")
    gated: Mapped[bool | None] = column("A gated compound")
    geom: Mapped[object] = geometry("MULTIPOLYGON", "Extent, city CRS", nullable=False)
    geom_3857: Mapped[object] = geometry("MULTIPOLYGON", "Extent, web mercator", srid=3857)


class BuiltupArea(FeatureVersion, Base):
    """Built-up area of the city by year: the declared denominator of the examination."""

    __tablename__ = "builtup_area"
    year: Mapped[int] = column("Year it was declared for")
    area_km2: Mapped[float | None] = column("Declared area, square kilometres")
    geom: Mapped[object] = geometry("MULTIPOLYGON", "Extent, city CRS")
    geom_3857: Mapped[object] = geometry("MULTIPOLYGON", "Extent, web mercator", srid=3857)


class Population(FeatureVersion, Base):
    """Residents by grid cell or register area."""

    __tablename__ = "population"
    year: Mapped[int] = column("Year counted")
    residents: Mapped[float] = column("Residents")
    households: Mapped[float | None] = column("Households")
    children: Mapped[float | None] = column("Residents aged 0 to 14")
    preschoolers: Mapped[float | None] = column("Residents aged 3 to 5")
    toddlers: Mapped[float | None] = column("Residents aged 0 to 2")
    elderly: Mapped[float | None] = column("Residents aged 60 and over")
    geom: Mapped[object] = geometry("MULTIPOLYGON", "Cell or area, city CRS", nullable=False)
    geom_3857: Mapped[object] = geometry("MULTIPOLYGON", "Cell or area, web mercator", srid=3857)


class LandUse(FeatureVersion, Base):
    """Present land use."""

    __tablename__ = "land_use"
    use_code: Mapped[str] = column("Land-use code, e.g. of 国土空间调查、规划、用途管制用地用海分类")
    use_name: Mapped[str | None] = column("Land use in words")
    name: Mapped[str | None] = column("Name of the place")
    geom: Mapped[object] = geometry("MULTIPOLYGON", "Extent, city CRS", nullable=False)
    geom_3857: Mapped[object] = geometry("MULTIPOLYGON", "Extent, web mercator", srid=3857)


class PlanningParcel(FeatureVersion, Base):
    """Parcels of the control plan, with what may be built."""

    __tablename__ = "planning_parcel"
    parcel_no: Mapped[str | None] = column("Parcel number in the plan")
    use_code: Mapped[str | None] = column("Planned use code")
    plot_ratio_max: Mapped[float | None] = column("Highest plot ratio (floor area / parcel area)")
    density_max: Mapped[float | None] = column("Highest building density, 0..1")
    green_ratio_min: Mapped[float | None] = column("Lowest green ratio, 0..1")
    height_limit_m: Mapped[float | None] = column("Highest building height, metres")
    setback_m: Mapped[float | None] = column("Setback from the parcel's edge, metres")
    geom: Mapped[object] = geometry("MULTIPOLYGON", "Extent, city CRS", nullable=False)
    geom_3857: Mapped[object] = geometry("MULTIPOLYGON", "Extent, web mercator", srid=3857)


class GreenSpace(FeatureVersion, Base):
    """Parks, squares and other green space."""

    __tablename__ = "green_space"
    kind: Mapped[str] = column("park, pocket_park, square, protective, attached, greenway")
    name: Mapped[str | None] = column("Name")
    public: Mapped[bool | None] = column("Open to the public")
    area_m2: Mapped[float | None] = column("Declared area, square metres")
    geom: Mapped[object] = geometry("MULTIPOLYGON", "Extent, city CRS", nullable=False)
    geom_3857: Mapped[object] = geometry("MULTIPOLYGON", "Extent, web mercator", srid=3857)


class ConstructionProject(FeatureVersion, Base):
    """Construction projects, from plan to completion."""

    __tablename__ = "construction_project"
    project_no: Mapped[str | None] = column("Project number")
    name: Mapped[str] = column("Name")
    kind: Mapped[str | None] = column("new, renovation, renewal, infrastructure")
    stage: Mapped[str | None] = column("planned, approved, under_construction, completed")
    started_on: Mapped[dt.date | None] = column("Start of works")
    completed_on: Mapped[dt.date | None] = column("Completion")
    floor_area_m2: Mapped[float | None] = column("Floor area, square metres")
    prefabricated: Mapped[bool | None] = column("Prefabricated construction")
    green_stars: Mapped[int | None] = column("Stars of green building, 0 to 3")
    smart_construction: Mapped[bool | None] = column("Smart-construction project")
    ai_scenes: Mapped[int | None] = column("AI + construction scenes in use")
    geom: Mapped[object] = geometry("MULTIPOLYGON", "Site, city CRS")
    geom_3857: Mapped[object] = geometry("MULTIPOLYGON", "Site, web mercator", srid=3857)
