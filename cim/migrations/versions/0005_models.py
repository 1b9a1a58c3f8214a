"""Laser scans.

Revision ID: 0005
Revises: 0004
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_Rows = tuple[tuple[str, sa.types.TypeEngine[Any], bool, str], ...]

_OF_VERSIONS: _Rows = (
    ("feature_id", sa.BigInteger(), False, "Stable id of the feature, one sequence for all themes, below 2^53"),
    ("load_id", sa.BigInteger(), False, "Load that opened this version; visible once that load is published"),
    ("closed_by", sa.BigInteger(), True, "Load that superseded or removed this version; null while it is current"),
)
_OF_SCANS: _Rows = (
    ("format", sa.Text(), False, "las, laz, copc"),
    ("file", sa.Text(), False, "File name under the data folder's scan/"),
    ("crs", sa.Text(), False, "CRS of the scan"),
    ("points", sa.BigInteger(), False, "Points"),
    ("density", sa.Double(), True, "Points a square metre of the extent"),
    ("classes", sa.Text(), True, "Classes of points that occur (ASPRS numbers), separated by commas"),
    ("lowest_m", sa.Double(), True, "Height of the lowest point, city height, metres"),
    ("highest_m", sa.Double(), True, "Height of the highest point, city height, metres"),
)
_AT_THE_END: _Rows = (
    ("valid_from", sa.Date(), True, "Since when it holds in the world (built, surveyed)"),
    ("valid_to", sa.Date(), True, "Until when it holds in the world (abandoned, demolished)"),
)


def _columns(rows: _Rows) -> list[sa.Column[Any]]:
    """Return plain columns."""
    return [sa.Column(name, kind, nullable=nullable, comment=comment) for name, kind, nullable, comment in rows]


def upgrade() -> None:
    """Make the table of scans."""
    extent = Geometry("POLYGON", srid=0, dimension=2, spatial_index=False)
    op.create_table(
        "scan_asset",
        sa.Column("version_id", sa.BigInteger(), sa.Identity(always=False), comment="Version, unique in the table"),
        *_columns(_OF_VERSIONS),
        *_columns(_OF_SCANS),
        sa.Column(
            "height_offset_m",
            sa.Double(),
            server_default="0",
            nullable=False,
            comment="Added to its heights to reach the city's datum",
        ),
        sa.Column("geom", extent, nullable=False, comment="Extent, city CRS"),
        *_columns(_AT_THE_END),
        sa.Column(
            "classification",
            sa.SmallInteger(),
            server_default="0",
            nullable=False,
            comment="Who may see it: 0 open, 1 internal, 2 restricted",
        ),
        sa.Column(
            "content_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="Digest of the record's content: equal means unchanged",
        ),
        sa.Column("attributes", postgresql.JSONB(), comment="What the source said beyond the columns; nothing is lost"),
        sa.CheckConstraint("format IN ('las', 'laz', 'copc')", name="scan_asset_format_listed"),
        sa.ForeignKeyConstraint(["feature_id"], ["city.feature.feature_id"], name="scan_asset_feature_id_fkey"),
        sa.ForeignKeyConstraint(["load_id"], ["run.load.load_id"], name="scan_asset_load_id_fkey"),
        sa.ForeignKeyConstraint(["closed_by"], ["run.load.load_id"], name="scan_asset_closed_by_fkey"),
        sa.PrimaryKeyConstraint("version_id"),
        schema="city",
        comment="Laser scans of the city, kept as files beside the database.",
    )
    closed = sa.text("closed_by IS NOT NULL")
    op.create_index("scan_asset_closed_by_idx", "scan_asset", ["closed_by"], schema="city", postgresql_where=closed)
    op.create_index("scan_asset_feature_idx", "scan_asset", ["feature_id"], schema="city")
    op.create_index("scan_asset_load_idx", "scan_asset", ["load_id"], schema="city", postgresql_using="brin")
    op.create_index("scan_asset_geom_gist", "scan_asset", ["geom"], schema="city", postgresql_using="gist")


def downgrade() -> None:
    """Drop the table of scans."""
    op.drop_table("scan_asset", schema="city")
