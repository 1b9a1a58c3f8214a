"""Findings of hydraulic models: pressures and flows of water mains, hydrants, closures; surcharge of drains.

Revision ID: 0012
Revises: 0011
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLES = ("node_pressure", "segment_flow", "hydrant_flow", "pipe_closure", "node_surcharge", "flood_contact")


def _run() -> sa.Column[int]:
    return sa.Column("run_id", sa.BigInteger(), nullable=False, comment="Run that found it")


def _column(name: str, kind: sa.types.TypeEngine[Any], comment: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, comment=comment)


def upgrade() -> None:
    """Make the tables; their row policies and views come with all others."""
    op.create_table(
        "node_pressure",
        _run(),
        _column("node_id", sa.BigInteger(), "Node"),
        _column("network", sa.Text(), "Network"),
        _column(
            "head_m", sa.Double(), "Hydraulic head, city height, metres; null: no number, see reason", nullable=True
        ),
        _column(
            "pressure_m",
            sa.Double(),
            "Head above ground, or above the node where no ground level is known, metres",
            nullable=True,
        ),
        _column("demand_m3s", sa.Double(), "Demand, m3/s"),
        _column("supplied_m3s", sa.Double(), "What of it is delivered at that pressure, m3/s", nullable=True),
        _column("reason", sa.Text(), "Why there is no number", nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.analysis.run_id"], name="node_pressure_run_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["node_id"], ["city.feature.feature_id"], name="node_pressure_node_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "node_id"),
        schema="result",
        comment="Head and pressure at nodes of a network under pressure",
    )
    op.create_index("node_pressure_node_idx", "node_pressure", ["node_id"], schema="result")
    op.create_table(
        "segment_flow",
        _run(),
        _column("segment_id", sa.BigInteger(), "Segment"),
        _column("network", sa.Text(), "Network"),
        _column(
            "flow_m3s",
            sa.Double(),
            "Flow from start to end, below zero the other way; in drains the largest of the storm, m3/s",
            nullable=True,
        ),
        _column("velocity_m_s", sa.Double(), "Velocity, in drains the largest of the storm, m/s", nullable=True),
        _column("loss_m", sa.Double(), "Head lost along it, metres; null in drains", nullable=True),
        _column(
            "filling", sa.Double(), "Largest depth of water as a share of its height, drains only, 0..1", nullable=True
        ),
        _column("reason", sa.Text(), "Why there is no number", nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.analysis.run_id"], name="segment_flow_run_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["segment_id"], ["city.feature.feature_id"], name="segment_flow_segment_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "segment_id"),
        schema="result",
        comment="Flow in pipe segments",
    )
    op.create_index("segment_flow_segment_idx", "segment_flow", ["segment_id"], schema="result")
    op.create_table(
        "hydrant_flow",
        _run(),
        _column("node_id", sa.BigInteger(), "Node that the hydrant stands on"),
        _column("static_m", sa.Double(), "Pressure above ground before it is opened, metres", nullable=True),
        _column("residual_m", sa.Double(), "Pressure above ground that must remain, metres"),
        _column(
            "available_m3s", sa.Double(), "Flow that it gives at that pressure, m3/s; null: see reason", nullable=True
        ),
        _column("needed_m3s", sa.Double(), "Flow that is asked for, m3/s"),
        _column("meets", sa.Boolean(), "Gives what is asked for", nullable=True),
        _column("reason", sa.Text(), "Why there is no number", nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.analysis.run_id"], name="hydrant_flow_run_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["node_id"], ["city.feature.feature_id"], name="hydrant_flow_node_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "node_id"),
        schema="result",
        comment="Flow that hydrants give at the residual pressure",
    )
    op.create_index("hydrant_flow_node_idx", "hydrant_flow", ["node_id"], schema="result")
    op.create_table(
        "pipe_closure",
        _run(),
        _column("segment_id", sa.BigInteger(), "Segment that is shut"),
        _column("network", sa.Text(), "Network"),
        _column(
            "unmet_m3s", sa.Double(), "Demand that is not met then, beyond what is not met anyway, m3/s", nullable=True
        ),
        _column("unmet_share", sa.Double(), "The same as a share of all demand, 0..1", nullable=True),
        _column("nodes_short", sa.Integer(), "Nodes that lose more than a hundredth of their demand", nullable=True),
        _column("customers_short", sa.Integer(), "Customers on these nodes", nullable=True),
        _column("grade", sa.SmallInteger(), "Class for the map: 0 none, 1 few … 4 most", nullable=True),
        _column("reason", sa.Text(), "Why there is no number", nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.analysis.run_id"], name="pipe_closure_run_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["segment_id"], ["city.feature.feature_id"], name="pipe_closure_segment_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "segment_id"),
        schema="result",
        comment="Demand that is not met while a pipe is shut",
    )
    op.create_index("pipe_closure_segment_idx", "pipe_closure", ["segment_id"], schema="result")
    op.create_table(
        "node_surcharge",
        _run(),
        _column("node_id", sa.BigInteger(), "Manhole"),
        _column("network", sa.Text(), "Network"),
        _column("head_m", sa.Double(), "Highest water level, city height, metres"),
        _column("depth_m", sa.Double(), "Highest depth above the invert, metres"),
        _column("surcharge_m", sa.Double(), "How far above the highest crown there, metres; 0: free"),
        _column(
            "freeboard_m", sa.Double(), "From the water up to the ground, metres; null: ground not known", nullable=True
        ),
        _column("flood_m3", sa.Double(), "Volume that leaves the manhole, cubic metres"),
        _column("flood_peak_m3s", sa.Double(), "Largest rate at which it leaves, m3/s"),
        _column("flood_minutes", sa.Double(), "How long it does, minutes"),
        _column("state", sa.Text(), "free, surcharged (above a crown) or flooded (above the ground)"),
        sa.CheckConstraint("state IN ('free', 'surcharged', 'flooded')", name="node_surcharge_state"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.analysis.run_id"], name="node_surcharge_run_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["node_id"], ["city.feature.feature_id"], name="node_surcharge_node_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "node_id"),
        schema="result",
        comment="Highest water in manholes during a storm",
    )
    op.create_index("node_surcharge_node_idx", "node_surcharge", ["node_id"], schema="result")
    op.create_table(
        "flood_contact",
        _run(),
        _column("node_id", sa.BigInteger(), "Manhole that floods"),
        _column("feature_id", sa.BigInteger(), "Building or street"),
        _column("network", sa.Text(), "Network"),
        _column("theme", sa.Text(), "building or road_edge"),
        _column("distance_m", sa.Double(), "From the manhole to the footprint, or to the edge of the street, metres"),
        _column("reach_m", sa.Double(), "How far the water was taken to spread, metres"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.analysis.run_id"], name="flood_contact_run_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["node_id"], ["city.feature.feature_id"], name="flood_contact_node_id_fkey"),
        sa.ForeignKeyConstraint(["feature_id"], ["city.feature.feature_id"], name="flood_contact_feature_id_fkey"),
        sa.PrimaryKeyConstraint("run_id", "node_id", "feature_id"),
        schema="result",
        comment="Buildings and streets near manholes that flood",
    )
    op.create_index("flood_contact_feature_idx", "flood_contact", ["feature_id"], schema="result")
    op.create_index("flood_contact_node_idx", "flood_contact", ["node_id"], schema="result")


def downgrade() -> None:
    """Take the tables away."""
    for name in reversed(_TABLES):
        op.drop_table(name, schema="result")
