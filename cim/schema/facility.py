"""Public facilities."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from cim.schema.base import Base, FeatureVersion, column, geometry, reference


class Facility(FeatureVersion, Base):
    """Facilities that people use: schools, clinics, care, shops, stops, shelters."""

    __tablename__ = "facility"
    kind: Mapped[str] = column(
        "kindergarten, primary_school, middle_school, hospital, clinic, elderly_care, childcare, canteen, market, "
        "shop, bus_stop, metro_station, parking, charging, park_entrance, sports, culture, fire_station, shelter, "
        "community_centre, recycling, toilet, …"
    )
    name: Mapped[str | None] = column("Name")
    building_id: Mapped[int | None] = reference("building", "Building it is in")
    operator: Mapped[str | None] = column("Who runs it")
    public: Mapped[bool | None] = column("Publicly run or open to the public")
    inclusive: Mapped[bool | None] = column("普惠: at a regulated price")
    capacity: Mapped[float | None] = column("Places, beds or spaces")
    area_m2: Mapped[float | None] = column("Area, square metres")
    opened_year: Mapped[int | None] = column("Year of opening")
    geom: Mapped[object] = geometry("POINTZ", "Place (entrance), city CRS and heights", nullable=False)
    geom_3857: Mapped[object] = geometry("POINT", "Place, web mercator", srid=3857)
