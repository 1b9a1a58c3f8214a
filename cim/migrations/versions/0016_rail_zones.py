"""Control protection zones of railways.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _column(name: str, kind: type, comment: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, kind(), nullable=nullable, comment=comment)


def upgrade() -> None:
    """Make the table; its row policies and view come with all others."""
    op.create_table(
        "rail_zone",
        _column("run_id", sa.BigInteger, "Run that found it"),
        _column("number", sa.Integer, "Number within the run"),
        _column("feature_id", sa.BigInteger, "Station or line"),
        _column("theme", sa.Text, "facility or city_object"),
        _column("zone", sa.Text, "Name of the zone in the table of rules, e.g. rail_entrance"),
        _column("from_m", sa.Double, "Where it begins, from what the data holds of the station or line, metres"),
        _column("to_m", sa.Double, "How far it reaches, metres"),
        _column("asks_zh", sa.Text, "What it asks, in Chinese"),
        _column("asks_en", sa.Text, "What it asks, in English"),
        _column(
            "confidence", sa.Text, "How well the rule is known: V read in a secondary source … R recalled", nullable=True
        ),
        _column("status", sa.Text, "unverified until the rule was compared with the print"),
        _column("source", sa.Text, "Where the rule is from", nullable=True),
        sa.Column(
            "geom",
            Geometry("GEOMETRY", dimension=2, spatial_index=False),
            nullable=False,
            comment="The zone, an area, city CRS",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.analysis.run_id"], name="rail_zone_run_id_fkey", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["feature_id"], ["city.feature.feature_id"], name="rail_zone_feature_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "number"),
        schema="result",
        comment="Control protection zones about stations and lines of railways",
    )
    op.create_index("rail_zone_feature_idx", "rail_zone", ["feature_id"], schema="result")
    op.create_index("rail_zone_geom_gist", "rail_zone", ["geom"], schema="result", postgresql_using="gist")


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("rail_zone", schema="result")
