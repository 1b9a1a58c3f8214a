"""Control protection zones of railways; each row belongs to one run."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped

from cim.schema.base import Base, column, geometry
from cim.schema.result import Finding


class RailZone(Finding, Base):
    """Control protection zones (控制保护区) about stations and lines of railways, by the rules of the run."""

    __tablename__ = "rail_zone"
    __table_args__ = (
        Index("rail_zone_feature_idx", "feature_id"),
        Index("rail_zone_geom_gist", "geom", postgresql_using="gist"),
        {"schema": "result", "comment": "Control protection zones about stations and lines of railways"},
    )
    number: Mapped[int] = column("Number within the run", primary_key=True)
    feature_id: Mapped[int] = column("Station or line", BigInteger, ForeignKey("city.feature.feature_id"))
    theme: Mapped[str] = column("facility or city_object")
    zone: Mapped[str] = column("Name of the zone in the table of rules, e.g. rail_entrance")
    from_m: Mapped[float] = column("Where it begins, from what the data holds of the station or line, metres")
    to_m: Mapped[float] = column("How far it reaches, metres")
    asks_zh: Mapped[str] = column("What it asks, in Chinese")
    asks_en: Mapped[str] = column("What it asks, in English")
    confidence: Mapped[str | None] = column("How well the rule is known: V read in a secondary source … R recalled")
    status: Mapped[str] = column("unverified until the rule was compared with the print")
    source: Mapped[str | None] = column("Where the rule is from")
    geom: Mapped[object] = geometry("GEOMETRY", "The zone, an area, city CRS", nullable=False)
