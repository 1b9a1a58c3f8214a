"""What a reject tells beyond its reason: the reason in Chinese, the place; and mended records that are offered again.

Revision ID: 0004
Revises: 0003
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _reject_columns() -> list[sa.Column[Any]]:
    """Return new columns of `run.reject`; made anew each time, since a column belongs to one table for ever."""
    general = "What is wrong, in Chinese; null: the register of checks says it in general"
    return [
        sa.Column("reason_zh", sa.Text, comment=general),
        sa.Column(
            "place_x", sa.Double, comment="Where the fault is: easting, city CRS, metres; null: where the feature is"
        ),
        sa.Column("place_y", sa.Double, comment="Where the fault is: northing, city CRS, metres"),
    ]


def upgrade() -> None:
    """Add columns to rejects, and the table of repairs."""
    for item in _reject_columns():
        op.add_column("reject", item, schema="run")
    when = sa.DateTime(timezone=True)
    op.create_table(
        "repair",
        sa.Column("repair_id", sa.BigInteger, sa.Identity(always=False), nullable=False, comment="Id"),
        sa.Column("source_id", sa.BigInteger, nullable=False, comment="Source that it is a record of"),
        sa.Column("theme", sa.Text, nullable=False, comment="Theme of the record"),
        sa.Column(
            "record",
            sa.Text,
            nullable=False,
            comment="Record that it stands for: row number or id in the source's file",
        ),
        sa.Column("source_key", sa.Text, comment="Key of the record, where it has one"),
        sa.Column(
            "values",
            JSONB,
            nullable=False,
            comment="The mended record: columns of the theme, geometry as WKT in the city's CRS",
        ),
        sa.Column("file", sa.Text, nullable=False, comment="File that the mended record came from"),
        sa.Column("sha256", sa.Text, nullable=False, comment="Digest of that file"),
        sa.Column("offered_at", when, nullable=False, server_default=sa.text("now()"), comment="When it was offered"),
        sa.Column("withdrawn_at", when, comment="When it was taken back; null: it holds"),
        sa.PrimaryKeyConstraint("repair_id"),
        sa.ForeignKeyConstraint(["source_id"], ["run.source.source_id"]),
        schema="run",
        comment="Refused records that were mended and are offered again with their source",
    )
    op.create_index("ix_run_repair_source_id", "repair", ["source_id"], schema="run")


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("repair", schema="run")
    for item in _reject_columns():
        op.drop_column("reject", item.name, schema="run")
