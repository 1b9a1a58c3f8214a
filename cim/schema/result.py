"""What analyses found; each row belongs to one run."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Double, ForeignKey, Index
from sqlalchemy.orm import Mapped, declared_attr

from cim.schema.base import Base, column

GRADES = ("meets", "near", "short", "not_assessable")
"""Grades of an indicator against its standard."""


class Finding:
    """Every result names its run."""

    @declared_attr
    def run_id(cls) -> Mapped[int]:
        """Run that found it."""
        run: Mapped[int] = column(
            "Run that found it",
            BigInteger,
            ForeignKey("run.analysis.run_id", ondelete="CASCADE"),
            primary_key=True,
            sort_order=-10,
        )
        return run


class NetworkComponent(Finding, Base):
    """Connected parts of a network."""

    __tablename__ = "network_component"
    __table_args__ = ({"schema": "result", "comment": "Connected parts of a network"},)
    component: Mapped[int] = column("Number of the part, 0 the longest", primary_key=True)
    network: Mapped[str] = column("Network")
    nodes: Mapped[int] = column("Nodes in it")
    segments: Mapped[int] = column("Segments in it")
    length_m: Mapped[float] = column("Length of its segments, metres")
    sources: Mapped[int] = column("Sources in it")
    customers: Mapped[int] = column("Customers in it")


class SegmentCriticality(Finding, Base):
    """What is lost if a segment fails."""

    __tablename__ = "segment_criticality"
    __table_args__ = (
        Index("segment_criticality_segment_idx", "segment_id"),
        {"schema": "result", "comment": "What is lost if a segment fails"},
    )
    segment_id: Mapped[int] = column("Segment", BigInteger, ForeignKey("city.feature.feature_id"), primary_key=True)
    network: Mapped[str] = column("Network")
    component: Mapped[int] = column("Connected part it lies in")
    bridge: Mapped[bool] = column("Its loss splits the network", Boolean)
    nodes_cut: Mapped[int] = column("Nodes cut off from every source (or outfall) if it fails")
    customers_cut: Mapped[int] = column("Customers cut off if it fails")
    residents_cut: Mapped[float | None] = column("Residents cut off if it fails")
    critical_cut: Mapped[int] = column("Critical customers cut off if it fails")
    grade: Mapped[int] = column("Class for the map: 0 none, 1 few … 4 most")


class Indicator(Finding, Base):
    """Value of one indicator of the examination for one unit."""

    __tablename__ = "indicator"
    __table_args__ = (
        CheckConstraint(f"grade IN {GRADES}", name="indicator_grade"),
        Index("indicator_unit_idx", "unit_id"),
        {"schema": "result", "comment": "Values of the examination's indicators"},
    )
    code: Mapped[str] = column("Code of the indicator", primary_key=True)
    unit_id: Mapped[int] = column(
        "Administrative unit", BigInteger, ForeignKey("city.feature.feature_id"), primary_key=True
    )
    level: Mapped[str] = column("Level of the unit")
    year: Mapped[int] = column("Year examined")
    definition: Mapped[str] = column("Version of the definition, e.g. national-2024")
    value: Mapped[float | None] = column("Value in the indicator's unit; null: not assessable", Double)
    numerator: Mapped[float | None] = column("Numerator", Double)
    denominator: Mapped[float | None] = column("Denominator", Double)
    missing_share: Mapped[float | None] = column("Share of the data that is missing, 0..1", Double)
    standard: Mapped[float | None] = column("What is asked for, in the indicator's unit", Double)
    grade: Mapped[str] = column("meets, near, short or not_assessable")
    reason: Mapped[str | None] = column("Why it is not assessable, or what limits it")
