"""Blocks of footprints are told by their foot and top; their surfaces are made where they are shown or exported.

Blocks that stand as surfaces in `city.building_lod` stay there until their source is loaded anew.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_COLUMNS = {
    "block_base_m": "Foot of the block (LoD1) that the footprint is raised to where the source has no model, "
    "city height, metres",
    "block_top_m": "Top of that block, city height, metres",
}


def upgrade() -> None:
    """Add foot and top."""
    for name, comment in _COLUMNS.items():
        op.add_column("building", sa.Column(name, sa.Double(), comment=comment), schema="city")


def downgrade() -> None:
    """Take them away."""
    for name in _COLUMNS:
        op.drop_column("building", name, schema="city")
