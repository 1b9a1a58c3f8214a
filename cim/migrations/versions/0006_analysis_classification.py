"""Findings are as visible as what they were made from.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give each run the clearance of who asked; those made before were asked at the local viewer's."""
    comment = "Highest classification that it may have read: 0 open, 1 internal, 2 restricted"
    op.add_column(
        "analysis",
        sa.Column("classification", sa.SmallInteger(), server_default="2", nullable=False, comment=comment),
        schema="run",
    )
    op.execute("UPDATE run.analysis SET classification = coalesce((parameters ->> 'clearance')::smallint, 2)")


def downgrade() -> None:
    """Take the column away; the policies that name it went with the views."""
    op.drop_column("analysis", "classification", schema="run")
