"""Registers of a city's departments and utilities: customers, sensors, control lines of the plan."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Mapped

from cim.codes import NETWORKS
from cim.schema.base import Base, FeatureVersion, column, geometry, listed, reference

CONTROL_LINES = (
    "red", "green", "blue", "purple", "yellow", "orange", "black", "ecological", "farmland", "urban_growth",
)  # fmt: skip
"""Kinds of control lines: roads, green space, water, heritage, infrastructure, safety, utilities, and the three lines
of territorial planning."""


class Customer(FeatureVersion, Base):
    """Customers of a utility, one row for each account and meter."""

    __tablename__ = "customer"
    network: Mapped[str] = listed(f"Network that serves: {', '.join(NETWORKS)}", NETWORKS)
    account_no: Mapped[str] = column("Account number (户号)")
    meter_no: Mapped[str | None] = column("Meter number (表号)")
    name: Mapped[str | None] = column("Name of the customer")
    address: Mapped[str | None] = column("Address of the supply")
    use: Mapped[str | None] = column("residential, commercial, industrial, public, special, agricultural, …")
    households: Mapped[int | None] = column("Households behind the meter")
    residents: Mapped[float | None] = column("People served")
    sensitive: Mapped[bool] = column("Must not be without: hospital, dialysis, …", server_default="false")
    sensitive_kind: Mapped[str | None] = column("hospital, dialysis, clinic, school, elderly_care, fire_station, …")
    node_id: Mapped[int | None] = reference("pipe_node", "Node that serves, as the register says")
    building_id: Mapped[int | None] = reference("building", "Building served, as the register says")
    opened_on: Mapped[dt.date | None] = column("Day the account was opened")
    closed_on: Mapped[dt.date | None] = column("Day the account was closed")
    geom: Mapped[object] = geometry("POINT", "Place of the meter or the address, city CRS")
    geom_3857: Mapped[object] = geometry("POINT", "Place, web mercator", srid=3857)


class Sensor(FeatureVersion, Base):
    """Sensors: where they are and what they measure; their readings are kept elsewhere."""

    __tablename__ = "sensor"
    kind: Mapped[str] = column("level, flow, pressure, rain, water_quality, gas, temperature, displacement, …")
    name: Mapped[str | None] = column("Name")
    quantity: Mapped[str | None] = column("What is measured, e.g. water level, CH4")
    unit: Mapped[str | None] = column("Unit of its readings, e.g. m, m3/h, kPa, mm, %LEL")
    stream: Mapped[str | None] = column("Name of its readings in the system that collects them")
    node_id: Mapped[int | None] = reference("pipe_node", "Node it watches")
    segment_id: Mapped[int | None] = reference("pipe_segment", "Segment it watches")
    building_id: Mapped[int | None] = reference("building", "Building it is on or in")
    level_m: Mapped[float | None] = column("Height of the sensor, city height, metres")
    operator: Mapped[str | None] = column("Who runs it")
    installed_on: Mapped[dt.date | None] = column("Day of installation")
    state: Mapped[str | None] = column("in_use, faulty, removed")
    geom: Mapped[object] = geometry("POINT", "Place, city CRS", nullable=False)
    geom_3857: Mapped[object] = geometry("POINT", "Place, web mercator", srid=3857)


class ControlLine(FeatureVersion, Base):
    """Control lines of planning (规划控制线), as lines or as the areas that they enclose."""

    __tablename__ = "control_line"
    kind: Mapped[str] = listed(f"Kind: {', '.join(CONTROL_LINES)}", CONTROL_LINES)
    name: Mapped[str | None] = column("Name")
    plan: Mapped[str | None] = column("Plan that sets it")
    authority: Mapped[str | None] = column("Who approved it")
    approved_on: Mapped[dt.date | None] = column("Day of approval")
    width_m: Mapped[float | None] = column("Width that it keeps free, metres")
    geom: Mapped[object] = geometry("GEOMETRY", "Line or area, city CRS", nullable=False)
    geom_3857: Mapped[object] = geometry("GEOMETRY", "Line or area, web mercator", srid=3857)
