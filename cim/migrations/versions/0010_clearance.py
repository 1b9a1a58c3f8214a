"""Findings of clearance and cover of pipes.

Revision ID: 0010
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

_FINDING = "Pipes nearer to something than the standard asks, or possibly so"
_TALLY = "How many pairs each rule of clearance judged, by verdict"


def _run() -> sa.Column[int]:
    return sa.Column("run_id", sa.BigInteger(), nullable=False, comment="Run that found it")


def _text(name: str, comment: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, comment=comment)


def _metres(name: str, comment: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Float(), nullable=nullable, comment=comment)


def upgrade() -> None:
    """Make the tables; their row policies and views come with all others."""
    op.create_table(
        "clearance_finding",
        _run(),
        sa.Column("number", sa.Integer(), nullable=False, comment="Number within the run, the gravest first"),
        _text("rule", "horizontal, vertical (crossings), building or cover"),
        sa.Column("feature_id", sa.BigInteger(), nullable=False, comment="Pipe"),
        sa.Column(
            "other_id", sa.BigInteger(), nullable=True, comment="Other pipe, building, tree or kerb; null for cover"
        ),
        _text("other_kind", "pipe, building, tree, kerb; for cover the surface: carriageway, footway"),
        _text("class_a", "Class of the pipe in the standard's tables"),
        _text("class_b", "Class of the other, or the surface"),
        _text("verdict", "violation, or suspected: within the survey's tolerance of what is asked"),
        sa.Column("too_near", sa.Boolean(), nullable=False, comment="Falls short as measured"),
        _metres("measured_m", "Clearance between outer walls, or cover, metres; below zero they share room"),
        _metres("required_m", "What the rule asks for, metres"),
        _metres("tolerance_m", "How far the measurement may be off by the survey's tolerance, metres"),
        _metres("space_m", "Distance in space between outer walls of two pipes, metres", nullable=True),
        _text("clause", "Where the rule stands"),
        _text("confidence", "How well the rule is known: V read in a secondary source … R recalled"),
        _text("status", "unverified until the rule was compared with the print"),
        sa.Column(
            "geom",
            Geometry("POINTZ", dimension=3, spatial_index=False),
            nullable=False,
            comment="Place, city CRS and heights",
        ),
        sa.CheckConstraint("rule IN ('horizontal', 'vertical', 'building', 'cover')", name="clearance_finding_rule"),
        sa.CheckConstraint("verdict IN ('violation', 'suspected', 'compliant')", name="clearance_finding_verdict"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.analysis.run_id"], name="clearance_finding_run_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["feature_id"], ["city.feature.feature_id"], name="clearance_finding_feature_id_fkey"),
        sa.ForeignKeyConstraint(["other_id"], ["city.feature.feature_id"], name="clearance_finding_other_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "number"),
        schema="result",
        comment=_FINDING,
    )
    for column in ("feature", "other"):
        op.create_index(f"clearance_finding_{column}_idx", "clearance_finding", [f"{column}_id"], schema="result")
    op.create_index(
        "clearance_finding_geom_gist", "clearance_finding", ["geom"], schema="result", postgresql_using="gist"
    )
    op.create_table(
        "clearance_tally",
        _run(),
        _text("rule", "horizontal, vertical (crossings), building or cover"),
        _text("verdict", "violation, suspected or compliant"),
        sa.Column("too_near", sa.Boolean(), nullable=False, comment="Fall short as measured"),
        sa.Column(
            "pairs",
            sa.Integer(),
            nullable=False,
            comment="Pairs; for cover, pipes. Horizontally compliant: only pairs within reach of the rule",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.analysis.run_id"], name="clearance_tally_run_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "rule", "verdict", "too_near"),
        schema="result",
        comment=_TALLY,
    )


def downgrade() -> None:
    """Take the tables away."""
    op.drop_table("clearance_tally", schema="result")
    op.drop_table("clearance_finding", schema="result")
