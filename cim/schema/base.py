"""What every table of the city has in common: identity, two times, load, classification."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, declared_attr, mapped_column


class Base(DeclarativeBase):
    """Root of all tables."""

    type_annotation_map: ClassVar = {str: Text, dict[str, Any]: JSONB}
    # PostgreSQL's own names, said aloud: the loader takes foreign keys away and puts them back by name.
    metadata = MetaData(naming_convention={"fk": "%(table_name)s_%(column_0_name)s_fkey"})


def column(comment: str, *args: Any, **options: Any) -> Any:
    """Return a mapped column whose meaning and unit stand in the database too."""
    return mapped_column(*args, comment=comment, **options)


def listed(comment: str, values: tuple[str, ...], *args: Any, **options: Any) -> Any:
    """Return a column of text that is limited to a list of values."""
    return mapped_column(*args, comment=comment, info={"listed": values}, **options)


def geometry(kind: str, comment: str, *, nullable: bool = True, srid: int = 0) -> Any:
    """Return a geometry column; SRID 0 means the city's, bound by `cim.city` after each migration.

    Parameters
    ----------
    kind
        PostGIS type name, e.g. ``MULTIPOLYGONZ``.
    comment
        Meaning and unit.
    srid
        3857 for the stored web-mercator copy, 0 for the city's own CRS.
    """
    dimension = 3 if kind.endswith("Z") else 2
    kind_of_column = Geometry(kind, srid=srid, dimension=dimension, spatial_index=False)
    return mapped_column(kind_of_column, comment=comment, nullable=nullable)


def reference(theme: str, comment: str, *, nullable: bool = True) -> Any:
    """Return a column that points to a feature of another theme, by its stable id.

    Frames give it by key: the column ``start_node_id`` is filled from ``start_node_key``.
    The foreign key goes to `city.feature`, since a feature outlives its versions.
    """
    return mapped_column(
        BigInteger,
        ForeignKey("city.feature.feature_id"),
        comment=comment,
        nullable=nullable,
        info={"references": theme},
    )


class FeatureVersion:
    """Columns of every theme table: one row is one version of one feature."""

    version_id: Mapped[int] = column(
        "Version, unique in the table", BigInteger, Identity(always=False), primary_key=True, sort_order=-100
    )
    feature_id: Mapped[int] = column(
        "Stable id of the feature, one sequence for all themes, below 2^53",
        BigInteger,
        ForeignKey("city.feature.feature_id"),
        sort_order=-99,
    )
    load_id: Mapped[int] = column(
        "Load that opened this version; visible once that load is published",
        BigInteger,
        ForeignKey("run.load.load_id"),
        sort_order=-98,
    )
    closed_by: Mapped[int | None] = column(
        "Load that superseded or removed this version; null while it is current",
        BigInteger,
        ForeignKey("run.load.load_id"),
        sort_order=-97,
    )
    valid_from: Mapped[dt.date | None] = column("Since when it holds in the world (built, surveyed)", sort_order=90)
    valid_to: Mapped[dt.date | None] = column("Until when it holds in the world (abandoned, demolished)", sort_order=91)
    classification: Mapped[int] = column(
        "Who may see it: 0 open, 1 internal, 2 restricted", SmallInteger, server_default="0", sort_order=92
    )
    content_hash: Mapped[bytes] = column(
        "Digest of the record's content: equal means unchanged", LargeBinary, sort_order=93
    )
    attributes: Mapped[dict[str, Any] | None] = column(
        "What the source said beyond the columns; nothing is lost", JSONB, sort_order=94
    )

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        """Index versions by feature, load and reference, and each geometry with GiST; hold columns to their lists."""
        name: str = cls.__tablename__  # type: ignore[attr-defined]
        columns = {key: item.column for key, item in vars(cls).items() if isinstance(item, MappedColumn)}
        spatial = [
            Index(f"{name}_{field}_gist", field, postgresql_using="gist")
            for field in ("geom", "geom_3857")
            if field in columns
        ]
        # Most versions are current and refer to nothing: an index of the others is small and quick to keep.
        sparse = [
            Index(f"{name}_{key}_idx", key, postgresql_where=text(f"{key} IS NOT NULL"))
            for key in ("closed_by", *(key for key, item in columns.items() if "references" in item.info))
        ]
        return (
            Index(f"{name}_feature_idx", "feature_id"),
            # Rows of a load stand together.
            Index(f"{name}_load_idx", "load_id", postgresql_using="brin"),
            *sparse,
            *spatial,
            *(
                CheckConstraint(f"{key} IN {item.info['listed']}", name=f"{name}_{key}_listed")
                for key, item in columns.items()
                if "listed" in item.info
            ),
            {"schema": "city", "comment": (cls.__doc__ or "").split("\n")[0], "info": {"role": "theme"}},
        )
