"""What a load tells: format, kept files, links into other sources, what is staged; licences as a source's last word.

Revision ID: 0002
Revises: 0001
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _source_columns() -> list[sa.Column[Any]]:
    """Return new columns of `run.source`; made anew each time, since a column belongs to one table for ever."""
    return [
        sa.Column("licence", sa.Text, comment="Licence of its data, as its newest published load was told"),
        sa.Column("attribution", sa.Text, comment="Who is to be named for its data, as that load was told"),
    ]


def _load_columns() -> list[sa.Column[Any]]:
    """Return new columns of `run.load`."""
    return [
        sa.Column("format", sa.Text, comment="Kind of reader, and the ending of the file's name: footprints .gpkg"),
        sa.Column("files", sa.ARRAY(sa.Text), comment="Files kept beside the database, paths below the data folder"),
        sa.Column(
            "retires",
            sa.Boolean,
            nullable=False,
            server_default="false",
            comment="Takes away all features of its source, which is given up",
        ),
        sa.Column(
            "looked_up_at",
            sa.BigInteger,
            comment="Data version when features of other sources were last looked up for it; null: none were",
        ),
        sa.Column(
            "staged", JSONB, comment="What a load under way has committed, to be resumed from; null once it has ended"
        ),
    ]


def upgrade() -> None:
    """Add columns to sources and loads, and the table of look-ups; sources learn what their newest load was told."""
    for item in _source_columns():
        op.add_column("source", item, schema="run")
    for item in _load_columns():
        op.add_column("load", item, schema="run")
    op.create_table(
        "lookup",
        sa.Column("load_id", sa.BigInteger, nullable=False, comment="Load"),
        sa.Column("theme", sa.Text, nullable=False, comment="Theme of the feature named"),
        sa.Column("source_key", sa.Text, nullable=False, comment="Key of the feature named"),
        sa.Column(
            "feature_id",
            sa.BigInteger,
            nullable=False,
            comment="Feature found; 0: none, or several of equal precedence",
        ),
        sa.ForeignKeyConstraint(["load_id"], ["run.load.load_id"]),
        sa.PrimaryKeyConstraint("load_id", "theme", "source_key"),
        schema="run",
        comment="Keys that loads looked up among other sources' features",
    )
    op.execute(
        "UPDATE run.source s SET licence = coalesce(l.licence, ''), attribution = coalesce(l.attribution, '') "
        "FROM run.load l WHERE l.load_id = (SELECT max(load_id) FROM run.load WHERE source_id = s.source_id "
        "AND published_at IS NOT NULL)"
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("lookup", schema="run")
    for item in reversed(_load_columns()):
        op.drop_column("load", item.name, schema="run")
    for item in reversed(_source_columns()):
        op.drop_column("source", item.name, schema="run")
