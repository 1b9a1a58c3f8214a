"""What analyses found; each row belongs to one run."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr

from cim.codes import DEADLINES, GRADES, PROBLEM_STATES
from cim.schema.base import Base, column


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
    low: Mapped[float | None] = column(
        "Value if all that is missing were without the problem (or out of reach)", Double
    )
    high: Mapped[float | None] = column("Value if all that is missing had the problem (or were in reach)", Double)
    on_foot: Mapped[float | None] = column("The same along walkable streets instead of straight distance", Double)
    on_foot_missing: Mapped[float | None] = column("Share that no street leads to, 0..1", Double)
    extent: Mapped[str | None] = column("What it was taken over: unit, or builtup_area/YEAR")
    extent_m2: Mapped[float | None] = column("Area of that extent, square metres", Double)


class Problem(Base):
    """A shortfall at its place, from the examination that found it until it is closed."""

    __tablename__ = "problem"
    __table_args__ = (
        UniqueConstraint("code", "feature_id", name="problem_one"),
        CheckConstraint(f"state IN {PROBLEM_STATES}", name="problem_state"),
        CheckConstraint(f"deadline IN {DEADLINES}", name="problem_deadline"),
        Index("problem_feature_idx", "feature_id"),
        Index("problem_unit_idx", "unit_id"),
        Index("problem_run_idx", "run_id"),
        {"schema": "result", "comment": "Problems that examinations found, each at its place, with their states"},
    )
    problem_id: Mapped[int] = column("Id", BigInteger, Identity(always=False), primary_key=True)
    run_id: Mapped[int] = column("Newest examination that found it", BigInteger, ForeignKey("run.analysis.run_id"))
    code: Mapped[str] = column("Code of the indicator that it counts in")
    definition: Mapped[str] = column("Version of that indicator's definition, e.g. national-2024")
    feature_id: Mapped[int] = column(
        "Building, compound, street or unit that has it", BigInteger, ForeignKey("city.feature.feature_id")
    )
    theme: Mapped[str] = column("Theme of that feature")
    unit_id: Mapped[int | None] = column(
        "Community that it lies in, else the smallest unit known", BigInteger, ForeignKey("city.feature.feature_id")
    )
    year_found: Mapped[int] = column("Year of the examination that found it first")
    year_seen: Mapped[int] = column("Year of the examination that found it last")
    year_judged: Mapped[int | None] = column(
        "Year of the last examination that could judge it, whether it found it or not"
    )
    severity: Mapped[int | None] = column(
        "How grave: 1 to 3 slight, 4 to 6 medium, 7 to 9 grave, 10 worst; null: not told", SmallInteger
    )
    candidate: Mapped[bool] = column("Pre-screened from registers, not confirmed on site", Boolean)
    evidence: Mapped[dict[str, Any] | None] = column("What shows it, by name")
    deadline: Mapped[str] = column("within_time (限时解决) or best_effort (尽力解决)")
    due_on: Mapped[dt.date | None] = column("Day by which it is to be solved")
    responsible: Mapped[str | None] = column("Who is to solve it")
    state: Mapped[str] = column(
        "open, assigned, in_progress, done (said), closed (by a later examination), dismissed, reopened",
        server_default="open",
    )
    history: Mapped[list[Any]] = column(
        "Changes of state, the oldest first: at, by, from, to, note", JSONB, server_default="[]"
    )
    changed_at: Mapped[dt.datetime] = column(
        "When its state last changed", DateTime(timezone=True), server_default=text("now()")
    )
