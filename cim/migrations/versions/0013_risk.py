"""Risk of pipes and plans of renewal.

Revision ID: 0013
Revises: 0012
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_RATES = {
    "failures_per_100km": "Expected failures per 100 km and year",
    "failures_low": "Lower end of its interval of 90 %",
    "failures_high": "Upper end of its interval of 90 %",
    "failures_a_year": "Expected failures of the segment a year",
}
_MONEY = {
    "repair_yuan": "Cost of repair a failure, yuan",
    "supply_yuan": "Cost to customers without service a failure, yuan",
    "critical_yuan": "Cost to critical customers without service a failure, yuan",
    "road_yuan": "Cost to traffic a failure, yuan",
    "buildings_yuan": "Expected damage to buildings and people near a failure, yuan",
    "companions_yuan": "Expected cost of pipes in the trench that a failure takes with it, yuan",
    "hydraulics_yuan": "Cost of demand not met and of flooding a failure, where a model was run, yuan",
    "yuan_per_failure": "Cost of a failure: the sum of its parts, yuan",
    "loss_yuan": "Expected loss a year, yuan",
    "loss_low_yuan": "Lower end of its interval of 90 %, yuan",
    "loss_high_yuan": "Upper end of its interval of 90 %, yuan",
}
_CLASSES = {
    "likelihood_class": "Row of the risk matrix: 1 rare … 5 frequent",
    "consequence_class": "Column of the risk matrix: 1 slight … 5 disastrous",
    "risk_class": "Class of that cell, for the map: 1 lowest … 5 highest",
}
_RANKS = {
    "rank": "Rank by expected loss a year, 1 the largest",
    "rank_low": "Rank if its loss were at the upper end of its interval",
    "rank_high": "Rank if its loss were at the lower end of its interval",
}


def _column(name: str, kind: type, comment: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind(), nullable=nullable, comment=comment)


def _columns(kind: type, comments: dict[str, str]) -> list[sa.Column[Any]]:
    return [_column(name, kind, comment) for name, comment in comments.items()]


def _feature(name: str, comment: str) -> sa.Column[Any]:
    return _column(name, sa.BigInteger, comment)


def _table(
    name: str, comment: str, key: tuple[str, ...], features: tuple[str, ...], *rest: sa.schema.SchemaItem
) -> None:
    """Make a table of findings: its rows go with their run, and name features."""
    op.create_table(
        name,
        _column("run_id", sa.BigInteger, "Run that found it"),
        *rest,
        sa.ForeignKeyConstraint(["run_id"], ["run.analysis.run_id"], name=f"{name}_run_id_fkey", ondelete="CASCADE"),
        *(
            sa.ForeignKeyConstraint([column], ["city.feature.feature_id"], name=f"{name}_{column}_fkey")
            for column in features
        ),
        sa.PrimaryKeyConstraint("run_id", *key),
        schema="result",
        comment=comment,
    )


def upgrade() -> None:
    """Make the tables; their row policies and views come with all others."""
    _segment_risk()
    _table(
        "risk_model",
        "What a run of risk learnt of a network's failures",
        ("network",),
        (),
        _column("network", sa.Text, "Network"),
        _column("details", postgresql.JSONB, "Record, effects with intervals, hold-out, calibration, misconnections"),
    )
    _table(
        "trench_pair",
        "Pipes of different networks that share a trench",
        ("segment_id", "other_id"),
        ("segment_id", "other_id"),
        _feature("segment_id", "Pipe"),
        _feature("other_id", "Pipe of another network, of the larger id"),
        _column("apart_m", sa.Float, "Least distance in plan between their axes, metres"),
        _column("along_m", sa.Float, "Length over which they run together, metres"),
    )
    op.create_index("trench_pair_other_idx", "trench_pair", ["other_id"], schema="result")
    _renewal()


def _segment_risk() -> None:
    _table(
        "segment_risk",
        "Expected failures of pipe segments, what they would cost, and their rank",
        ("segment_id",),
        ("segment_id",),
        _feature("segment_id", "Segment"),
        _column("network", sa.Text, "Network"),
        _column("basis", sa.Text, "What the likelihood rests on: breaks, published, condition or similar"),
        *_columns(sa.Float, _RATES),
        _column("breaks", sa.Integer, "Breaks recorded on it"),
        _column("repair_index", sa.Float, "RI of CJJ 181, 0 to 10; null: not inspected or no sewer", nullable=True),
        _column(
            "maintenance_index", sa.Float, "MI of CJJ 181, 0 to 10; null: not inspected or no sewer", nullable=True
        ),
        _column(
            "customers_cut",
            sa.Integer,
            "Customers without service while it is repaired; null: not known",
            nullable=True,
        ),
        _column(
            "residents_cut", sa.Float, "People without service while it is repaired; null: not known", nullable=True
        ),
        _column(
            "critical_cut", sa.Integer, "Critical customers without service meanwhile; null: not known", nullable=True
        ),
        _column("buildings", sa.Integer, "Buildings near enough to be endangered"),
        _column("companions", sa.Integer, "Pipes of other networks that share its trench"),
        _column("road_class", sa.Text, "Class of the street above; null: under no street", nullable=True),
        *_columns(sa.Float, _MONEY),
        *_columns(sa.SmallInteger, _CLASSES),
        *_columns(sa.Integer, _RANKS),
        _column("reasons", sa.Text, "Top reasons: code=value joined by ;"),
        _column("rule", sa.Text, "Renewal rule that names it; null: none does", nullable=True),
        _column(
            "rule_state", sa.Text, "Of that rule: in_force, candidate (hazard to be confirmed) or lapsed", nullable=True
        ),
        sa.CheckConstraint("basis IN ('breaks', 'published', 'condition', 'similar')", name="segment_risk_basis"),
        sa.CheckConstraint("rule_state IN ('in_force', 'candidate', 'lapsed')", name="segment_risk_rule_state"),
    )
    op.create_index("segment_risk_segment_idx", "segment_risk", ["segment_id"], schema="result")
    op.create_index("segment_risk_rank_idx", "segment_risk", ["run_id", "rank"], schema="result")


def _renewal() -> None:
    _table(
        "renewal_work",
        "Lengths of pipe that a renewal plan renews",
        ("number",),
        (),
        _column("number", sa.Integer, "Number within the plan, the first to be built first"),
        _column("network", sa.Text, "Network"),
        _column("road_name", sa.Text, "Street", nullable=True),
        _column("year", sa.SmallInteger, "Year in which it is built"),
        _column("segments", sa.Integer, "Segments renewed"),
        _column("length_m", sa.Float, "Length renewed, metres"),
        _column("cost_yuan", sa.Float, "Cost of renewal, yuan"),
        _column("removed_yuan", sa.Float, "Expected loss that it removes within the horizon, yuan of today"),
        _column("failures_a_year", sa.Float, "Expected failures of its segments a year"),
        _column("forced", sa.Boolean, "A renewal rule in force asks for it"),
    )
    _table(
        "renewal_segment",
        "Which work of a renewal plan renews a segment",
        ("segment_id",),
        ("segment_id",),
        _feature("segment_id", "Segment"),
        _column("number", sa.Integer, "Work of the plan"),
    )
    op.create_index("renewal_segment_segment_idx", "renewal_segment", ["segment_id"], schema="result")


def downgrade() -> None:
    """Take the tables away."""
    for table in ("renewal_segment", "renewal_work", "trench_pair", "risk_model", "segment_risk"):
        op.drop_table(table, schema="result")
