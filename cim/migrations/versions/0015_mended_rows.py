"""Rejects tell whether their original is the file's row; a mended record names its reject in a column of its own.

Rows of surveys that were refused before stay as they are: they can be mended once their source is loaded anew.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_VALUES = "The mended record: columns of the theme, geometry as WKT in the city's CRS"


def upgrade() -> None:
    """Add the columns, and move what the values told of the reject."""
    op.add_column(
        "reject",
        sa.Column(
            "original_is_row",
            sa.Boolean,
            nullable=False,
            server_default=sa.text("false"),
            comment="Whether the original holds the cells of the file's row by their titles; "
            "else columns of the theme",
        ),
        schema="run",
    )
    op.add_column(
        "repair",
        sa.Column("reject_id", sa.BigInteger, comment="Reject that was mended: what it was refused as"),
        schema="run",
    )
    op.execute(
        "UPDATE run.repair SET reject_id = (values ->> 'reject_id')::bigint, values = values - 'reject_id' "
        "WHERE values ? 'reject_id'"
    )
    op.alter_column("repair", "values", comment=f"{_VALUES}; of a row its cells by title", schema="run")


def downgrade() -> None:
    """Take the columns away; the values tell of the reject again."""
    op.execute(
        "UPDATE run.repair SET values = values || jsonb_build_object('reject_id', reject_id) "
        "WHERE reject_id IS NOT NULL"
    )
    op.alter_column("repair", "values", comment=_VALUES, schema="run")
    op.drop_column("repair", "reject_id", schema="run")
    op.drop_column("reject", "original_is_row", schema="run")
