"""What clearance and cover of pipes found; each row belongs to one run."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped

from cim.codes import CLEARANCE_RULES, VERDICTS
from cim.schema.base import Base, column, geometry
from cim.schema.result import Finding


class ClearanceFinding(Finding, Base):
    """Pipes nearer to something, or to the surface, than the standard asks, or possibly so."""

    __tablename__ = "clearance_finding"
    __table_args__ = (
        CheckConstraint(f"rule IN {CLEARANCE_RULES}", name="clearance_finding_rule"),
        CheckConstraint(f"verdict IN {VERDICTS}", name="clearance_finding_verdict"),
        Index("clearance_finding_feature_idx", "feature_id"),
        Index("clearance_finding_other_idx", "other_id"),
        Index("clearance_finding_geom_gist", "geom", postgresql_using="gist"),
        {"schema": "result", "comment": "Pipes nearer to something than the standard asks, or possibly so"},
    )
    number: Mapped[int] = column("Number within the run, the gravest first", primary_key=True)
    rule: Mapped[str] = column("horizontal, vertical (crossings), building or cover")
    feature_id: Mapped[int] = column("Pipe", BigInteger, ForeignKey("city.feature.feature_id"))
    other_id: Mapped[int | None] = column(
        "Other pipe, building, tree or kerb; null for cover", BigInteger, ForeignKey("city.feature.feature_id")
    )
    other_kind: Mapped[str] = column("pipe, building, tree, kerb; for cover the surface: carriageway, footway")
    class_a: Mapped[str] = column("Class of the pipe in the standard's tables")
    class_b: Mapped[str] = column("Class of the other, or the surface")
    verdict: Mapped[str] = column("violation, or suspected: within the survey's tolerance of what is asked")
    too_near: Mapped[bool] = column("Falls short as measured", Boolean)
    measured_m: Mapped[float] = column("Clearance between outer walls, or cover, metres; below zero they share room")
    required_m: Mapped[float] = column("What the rule asks for, metres")
    tolerance_m: Mapped[float] = column("How far the measurement may be off by the survey's tolerance, metres")
    space_m: Mapped[float | None] = column("Distance in space between outer walls of two pipes, metres")
    clause: Mapped[str] = column("Where the rule stands")
    confidence: Mapped[str] = column("How well the rule is known: V read in a secondary source … R recalled")
    status: Mapped[str] = column("unverified until the rule was compared with the print")
    geom: Mapped[object] = geometry("POINTZ", "Place, city CRS and heights", nullable=False)


class ClearanceTally(Finding, Base):
    """How many pairs each rule judged, by verdict."""

    __tablename__ = "clearance_tally"
    __table_args__ = ({"schema": "result", "comment": "How many pairs each rule of clearance judged, by verdict"},)
    rule: Mapped[str] = column("horizontal, vertical (crossings), building or cover", primary_key=True)
    verdict: Mapped[str] = column("violation, suspected or compliant", primary_key=True)
    too_near: Mapped[bool] = column("Fall short as measured", Boolean, primary_key=True)
    pairs: Mapped[int] = column("Pairs; for cover, pipes. Horizontally compliant: only pairs within reach of the rule")
