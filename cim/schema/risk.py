"""What pipe failures are to be expected and what they would cost, and which works a plan renews; by run."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped

from cim.codes import LIKELIHOOD_BASES, RENEWAL_RULE_STATES
from cim.schema.base import Base, column
from cim.schema.result import Finding


class SegmentRisk(Finding, Base):
    """Expected failures of a pipe segment, what one would cost, and what that makes a year."""

    __tablename__ = "segment_risk"
    __table_args__ = (
        CheckConstraint(f"basis IN {LIKELIHOOD_BASES}", name="segment_risk_basis"),
        CheckConstraint(f"rule_state IN {RENEWAL_RULE_STATES}", name="segment_risk_rule_state"),
        Index("segment_risk_segment_idx", "segment_id"),
        Index("segment_risk_rank_idx", "run_id", "rank"),
        {"schema": "result", "comment": "Expected failures of pipe segments, what they would cost, and their rank"},
    )
    segment_id: Mapped[int] = column("Segment", BigInteger, ForeignKey("city.feature.feature_id"), primary_key=True)
    network: Mapped[str] = column("Network")
    basis: Mapped[str] = column("What the likelihood rests on: breaks, published, condition or similar")
    failures_per_100km: Mapped[float] = column("Expected failures per 100 km and year")
    failures_low: Mapped[float] = column("Lower end of its interval of 90 %")
    failures_high: Mapped[float] = column("Upper end of its interval of 90 %")
    failures_a_year: Mapped[float] = column("Expected failures of the segment a year")
    breaks: Mapped[int] = column("Breaks recorded on it")
    repair_index: Mapped[float | None] = column("RI of CJJ 181, 0 to 10; null: not inspected or no sewer")
    maintenance_index: Mapped[float | None] = column("MI of CJJ 181, 0 to 10; null: not inspected or no sewer")
    customers_cut: Mapped[int | None] = column("Customers without service while it is repaired; null: not known")
    residents_cut: Mapped[float | None] = column("People without service while it is repaired; null: not known")
    critical_cut: Mapped[int | None] = column("Critical customers without service meanwhile; null: not known")
    buildings: Mapped[int] = column("Buildings near enough to be endangered")
    companions: Mapped[int] = column("Pipes of other networks that share its trench")
    road_class: Mapped[str | None] = column("Class of the street above; null: under no street")
    repair_yuan: Mapped[float] = column("Cost of repair a failure, yuan")
    supply_yuan: Mapped[float] = column("Cost to customers without service a failure, yuan")
    critical_yuan: Mapped[float] = column("Cost to critical customers without service a failure, yuan")
    road_yuan: Mapped[float] = column("Cost to traffic a failure, yuan")
    buildings_yuan: Mapped[float] = column("Expected damage to buildings and people near a failure, yuan")
    companions_yuan: Mapped[float] = column("Expected cost of pipes in the trench that a failure takes with it, yuan")
    hydraulics_yuan: Mapped[float] = column(
        "Cost of demand not met and of flooding a failure, where a model was run, yuan"
    )
    yuan_per_failure: Mapped[float] = column("Cost of a failure: the sum of its parts, yuan")
    loss_yuan: Mapped[float] = column("Expected loss a year, yuan")
    loss_low_yuan: Mapped[float] = column("Lower end of its interval of 90 %, yuan")
    loss_high_yuan: Mapped[float] = column("Upper end of its interval of 90 %, yuan")
    likelihood_class: Mapped[int] = column("Row of the risk matrix: 1 rare … 5 frequent", SmallInteger)
    consequence_class: Mapped[int] = column("Column of the risk matrix: 1 slight … 5 disastrous", SmallInteger)
    risk_class: Mapped[int] = column("Class of that cell, for the map: 1 lowest … 5 highest", SmallInteger)
    rank: Mapped[int] = column("Rank by expected loss a year, 1 the largest")
    rank_low: Mapped[int] = column("Rank if its loss were at the upper end of its interval")
    rank_high: Mapped[int] = column("Rank if its loss were at the lower end of its interval")
    reasons: Mapped[str] = column("Top reasons: code=value joined by ;")
    rule: Mapped[str | None] = column("Renewal rule that names it; null: none does")
    rule_state: Mapped[str | None] = column("Of that rule: in_force, candidate (hazard to be confirmed) or lapsed")


class RiskModel(Finding, Base):
    """What a run learnt of a network's failures: effects, how well they foretold later breaks, what was left out."""

    __tablename__ = "risk_model"
    __table_args__ = ({"schema": "result", "comment": "What a run of risk learnt of a network's failures"},)
    network: Mapped[str] = column("Network", primary_key=True)
    details: Mapped[dict[str, Any]] = column("Record, effects with intervals, hold-out, calibration, misconnections")


class TrenchPair(Finding, Base):
    """Two pipes of different networks that share a trench."""

    __tablename__ = "trench_pair"
    __table_args__ = (
        Index("trench_pair_other_idx", "other_id"),
        {"schema": "result", "comment": "Pipes of different networks that share a trench"},
    )
    segment_id: Mapped[int] = column("Pipe", BigInteger, ForeignKey("city.feature.feature_id"), primary_key=True)
    other_id: Mapped[int] = column(
        "Pipe of another network, of the larger id", BigInteger, ForeignKey("city.feature.feature_id"), primary_key=True
    )
    apart_m: Mapped[float] = column("Least distance in plan between their axes, metres")
    along_m: Mapped[float] = column("Length over which they run together, metres")


class RenewalWork(Finding, Base):
    """A length of one street's pipe that a plan renews at once."""

    __tablename__ = "renewal_work"
    __table_args__ = ({"schema": "result", "comment": "Lengths of pipe that a renewal plan renews"},)
    number: Mapped[int] = column("Number within the plan, the first to be built first", primary_key=True)
    network: Mapped[str] = column("Network")
    road_name: Mapped[str | None] = column("Street")
    year: Mapped[int] = column("Year in which it is built", SmallInteger)
    segments: Mapped[int] = column("Segments renewed")
    length_m: Mapped[float] = column("Length renewed, metres")
    cost_yuan: Mapped[float] = column("Cost of renewal, yuan")
    removed_yuan: Mapped[float] = column("Expected loss that it removes within the horizon, yuan of today")
    failures_a_year: Mapped[float] = column("Expected failures of its segments a year")
    forced: Mapped[bool] = column("A renewal rule in force asks for it", Boolean)


class RenewalSegment(Finding, Base):
    """Which work of a plan renews a segment."""

    __tablename__ = "renewal_segment"
    __table_args__ = (
        Index("renewal_segment_segment_idx", "segment_id"),
        {"schema": "result", "comment": "Which work of a renewal plan renews a segment"},
    )
    segment_id: Mapped[int] = column("Segment", BigInteger, ForeignKey("city.feature.feature_id"), primary_key=True)
    number: Mapped[int] = column("Work of the plan")
