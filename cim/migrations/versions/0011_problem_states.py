"""When a problem was last judged, so that what was closed can be seen to have been checked.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ABOUT = "Year of the last examination that could judge it, whether it found it or not"


def upgrade() -> None:
    """Add the year; of problems that are known it is at least the year in which they were seen."""
    op.add_column("problem", sa.Column("year_judged", sa.Integer(), comment=_ABOUT), schema="result")
    op.execute("UPDATE result.problem SET year_judged = year_seen")


def downgrade() -> None:
    """Take it away."""
    op.drop_column("problem", "year_judged", schema="result")
