"""What hydraulic models found of water mains and drains; each row belongs to one run."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped

from cim.schema.base import Base, column
from cim.schema.result import Finding

DRAIN_STATES = ("free", "surcharged", "flooded")
"""Below the crown of every pipe there; above a crown; above the ground."""


def _feature(what: str) -> Any:
    """Return the column that names the feature a row is about."""
    return column(what, BigInteger, ForeignKey("city.feature.feature_id"), primary_key=True)


def _about(name: str, comment: str, column_name: str) -> tuple[object, ...]:
    return Index(f"{name}_{column_name[:-3]}_idx", column_name), {"schema": "result", "comment": comment}


class NodePressure(Finding, Base):
    """Head and pressure at nodes of a network under pressure."""

    __tablename__ = "node_pressure"
    __table_args__ = _about(__tablename__, "Head and pressure at nodes of a network under pressure", "node_id")
    node_id: Mapped[int] = _feature("Node")
    network: Mapped[str] = column("Network")
    head_m: Mapped[float | None] = column("Hydraulic head, city height, metres; null: no number, see reason")
    pressure_m: Mapped[float | None] = column(
        "Head above ground, or above the node where no ground level is known, metres"
    )
    demand_m3s: Mapped[float] = column("Demand, m3/s")
    supplied_m3s: Mapped[float | None] = column("What of it is delivered at that pressure, m3/s")
    reason: Mapped[str | None] = column("Why there is no number")


class SegmentFlow(Finding, Base):
    """Flow in pipe segments."""

    __tablename__ = "segment_flow"
    __table_args__ = _about(__tablename__, "Flow in pipe segments", "segment_id")
    segment_id: Mapped[int] = _feature("Segment")
    network: Mapped[str] = column("Network")
    flow_m3s: Mapped[float | None] = column(
        "Flow from start to end, below zero the other way; in drains the largest of the storm, m3/s"
    )
    velocity_m_s: Mapped[float | None] = column("Velocity, in drains the largest of the storm, m/s")
    loss_m: Mapped[float | None] = column("Head lost along it, metres; null in drains")
    filling: Mapped[float | None] = column("Largest depth of water as a share of its height, drains only, 0..1")
    reason: Mapped[str | None] = column("Why there is no number")


class HydrantFlow(Finding, Base):
    """Flow that hydrants give at the residual pressure."""

    __tablename__ = "hydrant_flow"
    __table_args__ = _about(__tablename__, "Flow that hydrants give at the residual pressure", "node_id")
    node_id: Mapped[int] = _feature("Node that the hydrant stands on")
    static_m: Mapped[float | None] = column("Pressure above ground before it is opened, metres")
    residual_m: Mapped[float] = column("Pressure above ground that must remain, metres")
    available_m3s: Mapped[float | None] = column("Flow that it gives at that pressure, m3/s; null: see reason")
    needed_m3s: Mapped[float] = column("Flow that is asked for, m3/s")
    meets: Mapped[bool | None] = column("Gives what is asked for", Boolean)
    reason: Mapped[str | None] = column("Why there is no number")


class PipeClosure(Finding, Base):
    """Demand that is not met while a pipe is shut."""

    __tablename__ = "pipe_closure"
    __table_args__ = _about(__tablename__, "Demand that is not met while a pipe is shut", "segment_id")
    segment_id: Mapped[int] = _feature("Segment that is shut")
    network: Mapped[str] = column("Network")
    unmet_m3s: Mapped[float | None] = column("Demand that is not met then, beyond what is not met anyway, m3/s")
    unmet_share: Mapped[float | None] = column("The same as a share of all demand, 0..1")
    nodes_short: Mapped[int | None] = column("Nodes that lose more than a hundredth of their demand")
    customers_short: Mapped[int | None] = column("Customers on these nodes")
    grade: Mapped[int | None] = column("Class for the map: 0 none, 1 few … 4 most", SmallInteger)
    reason: Mapped[str | None] = column("Why there is no number")


class NodeSurcharge(Finding, Base):
    """Highest water in manholes during a storm."""

    __tablename__ = "node_surcharge"
    __table_args__ = (
        CheckConstraint(f"state IN {DRAIN_STATES}", name="node_surcharge_state"),
        *_about(__tablename__, "Highest water in manholes during a storm", "node_id"),
    )
    node_id: Mapped[int] = _feature("Manhole")
    network: Mapped[str] = column("Network")
    head_m: Mapped[float] = column("Highest water level, city height, metres")
    depth_m: Mapped[float] = column("Highest depth above the invert, metres")
    surcharge_m: Mapped[float] = column("How far above the highest crown there, metres; 0: free")
    freeboard_m: Mapped[float | None] = column("From the water up to the ground, metres; null: ground not known")
    flood_m3: Mapped[float] = column("Volume that leaves the manhole, cubic metres")
    flood_peak_m3s: Mapped[float] = column("Largest rate at which it leaves, m3/s")
    flood_minutes: Mapped[float] = column("How long it does, minutes")
    state: Mapped[str] = column("free, surcharged (above a crown) or flooded (above the ground)")


class FloodContact(Finding, Base):
    """Buildings and streets near manholes that flood."""

    __tablename__ = "flood_contact"
    __table_args__ = (
        Index("flood_contact_node_idx", "node_id"),
        Index("flood_contact_feature_idx", "feature_id"),
        {"schema": "result", "comment": "Buildings and streets near manholes that flood"},
    )
    node_id: Mapped[int] = _feature("Manhole that floods")
    feature_id: Mapped[int] = _feature("Building or street")
    network: Mapped[str] = column("Network")
    theme: Mapped[str] = column("building or road_edge")
    distance_m: Mapped[float] = column("From the manhole to the footprint, or to the edge of the street, metres")
    reach_m: Mapped[float] = column("How far the water was taken to spread, metres")
