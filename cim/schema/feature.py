"""Identity: which feature is which, whatever its versions say."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from cim.schema.base import Base, column


class Feature(Base):
    """A feature: an id assigned once for each source, theme and key in the source."""

    __tablename__ = "feature"
    __table_args__ = (
        # This order also serves the look-up of a key in any source.
        UniqueConstraint("theme", "source_key", "source_id", name="feature_key"),
        CheckConstraint("feature_id < 9007199254740992", name="feature_id_fits_double"),
        {"schema": "city", "comment": "Stable identities of all features"},
    )
    feature_id: Mapped[int] = column("Stable id", BigInteger, Identity(always=False), primary_key=True)
    theme: Mapped[str] = column("Name of the theme table that holds its versions")
    source_id: Mapped[int] = column("Source that speaks of it", BigInteger, ForeignKey("run.source.source_id"))
    source_key: Mapped[str] = column("Key in the source, or # and the content hash where it has none")


class FeatureLink(Base):
    """Two records, from two sources, of one real object."""

    __tablename__ = "feature_link"
    __table_args__ = (
        Index("ix_city_feature_link_same_as", "same_as"),
        CheckConstraint("feature_id <> same_as", name="feature_link_two"),
        {"schema": "city", "comment": "Records of one real object across sources"},
    )
    feature_id: Mapped[int] = column("A feature", BigInteger, ForeignKey("city.feature.feature_id"), primary_key=True)
    same_as: Mapped[int] = column(
        "The feature that is shown instead, by the city's precedence of sources",
        BigInteger,
        ForeignKey("city.feature.feature_id"),
        primary_key=True,
    )
    method: Mapped[str] = column("How the link was found: key, overlap, hand")
    confidence: Mapped[float | None] = column("0..1, where the method gives one")
