"""What people bring in: findings of surveyors, and figures that departments and questionnaires report."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Double, SmallInteger
from sqlalchemy.orm import Mapped

from cim.schema.base import Base, FeatureVersion, column, geometry, reference


class SurveyFinding(FeatureVersion, Base):
    """What surveyors found: one row for each thing and item that was looked at, with a fault or without."""

    __tablename__ = "survey_finding"
    item: Mapped[str] = column(
        "What was looked at: structure, gas, stairwell, envelope, self_contained, pipes, age_friendly, tap_water, "
        "energy, digital, footpath, smart, parking_disorder, commercial_block, factory, residential_block, water_body, "
        "waterlogging, bridge, …"
    )
    fault: Mapped[bool] = column("A fault was found; false: looked at, and none was")
    severity: Mapped[int | None] = column(
        "How grave: 1 to 3 slight, 4 to 6 medium, 7 to 9 grave, 10 worst", SmallInteger
    )
    quantity: Mapped[float | None] = column(
        "How much, in the unit of the item: dwellings, metres, square metres", Double
    )
    defect: Mapped[str | None] = column("The fault in words")
    building_id: Mapped[int | None] = reference("building", "Building looked at")
    unit_id: Mapped[int | None] = reference("admin_unit", "Compound, block or other unit looked at")
    edge_id: Mapped[int | None] = reference("road_edge", "Street section looked at")
    surveyed_on: Mapped[dt.date] = column("Day of the survey")
    surveyed_by: Mapped[str | None] = column("Surveyor")
    photo: Mapped[str | None] = column("Photo")
    remarks: Mapped[str | None] = column("Remarks")
    geom: Mapped[object] = geometry("POINT", "Place, city CRS")
    geom_3857: Mapped[object] = geometry("POINT", "Place, web mercator", srid=3857)


class Statistic(FeatureVersion, Base):
    """Figures that a department or a questionnaire reports for a year."""

    __tablename__ = "statistic"
    figure: Mapped[str] = column("Name of the figure, e.g. sewage_load_collected, satisfaction")
    year: Mapped[int] = column("Year that it is for")
    value: Mapped[float] = column("The figure, in its unit", Double)
    unit: Mapped[str | None] = column("Unit of the figure")
    unit_id: Mapped[int | None] = reference("admin_unit", "Administrative unit that it is for; null: the whole city")
    sample_size: Mapped[int | None] = column("People asked, for a questionnaire")
    low: Mapped[float | None] = column("Lower end of its interval of 95 %", Double)
    high: Mapped[float | None] = column("Upper end of its interval of 95 %", Double)
    reported_by: Mapped[str | None] = column("Who reports it")
