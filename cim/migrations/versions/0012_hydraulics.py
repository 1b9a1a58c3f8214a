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


def _column(name: str, kind: type, comment: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind(), nullable=nullable, comment=comment)


def _table(name: str, comment: str, features: dict[str, str], *rest: sa.schema.SchemaItem) -> None:
    """Make a table of findings: its rows go with their run, and features, named with what they are, are its key."""
    op.create_table(
        name,
        _column("run_id", sa.BigInteger, "Run that found it"),
        *(_column(column, sa.BigInteger, what) for column, what in features.items()),
        *rest,
        sa.ForeignKeyConstraint(["run_id"], ["run.analysis.run_id"], name=f"{name}_run_id_fkey", ondelete="CASCADE"),
        *(
            sa.ForeignKeyConstraint([column], ["city.feature.feature_id"], name=f"{name}_{column}_fkey")
            for column in features
        ),
        sa.PrimaryKeyConstraint("run_id", *features),
        schema="result",
        comment=comment,
    )
    for column in features:
        op.create_index(f"{name}_{column.removesuffix('_id')}_idx", name, [column], schema="result")


def upgrade() -> None:
    """Make the tables; their row policies and views come with all others."""
    _table(
        "node_pressure",
        "Head and pressure at nodes of a network under pressure",
        {"node_id": "Node"},
        _column("network", sa.Text, "Network"),
        _column("head_m", sa.Double, "Hydraulic head, city height, metres; null: no number, see reason", nullable=True),
        _column(
            "pressure_m",
            sa.Double,
            "Head above ground, or above the node where no ground level is known, metres",
            nullable=True,
        ),
        _column("demand_m3s", sa.Double, "Demand, m3/s"),
        _column("supplied_m3s", sa.Double, "What of it is delivered at that pressure, m3/s", nullable=True),
        _column("reason", sa.Text, "Why there is no number", nullable=True),
    )
    _table(
        "segment_flow",
        "Flow in pipe segments",
        {"segment_id": "Segment"},
        _column("network", sa.Text, "Network"),
        _column(
            "flow_m3s",
            sa.Double,
            "Flow from start to end, below zero the other way; in drains the largest of the storm, m3/s",
            nullable=True,
        ),
        _column("velocity_m_s", sa.Double, "Velocity, in drains the largest of the storm, m/s", nullable=True),
        _column("loss_m", sa.Double, "Head lost along it, metres; null in drains", nullable=True),
        _column(
            "filling", sa.Double, "Largest depth of water as a share of its height, drains only, 0..1", nullable=True
        ),
        _column("reason", sa.Text, "Why there is no number", nullable=True),
    )
    _table(
        "hydrant_flow",
        "Flow that hydrants give at the residual pressure",
        {"node_id": "Node that the hydrant stands on"},
        _column("static_m", sa.Double, "Pressure above ground before it is opened, metres", nullable=True),
        _column("residual_m", sa.Double, "Pressure above ground that must remain, metres"),
        _column(
            "available_m3s", sa.Double, "Flow that it gives at that pressure, m3/s; null: see reason", nullable=True
        ),
        _column("needed_m3s", sa.Double, "Flow that is asked for, m3/s"),
        _column("meets", sa.Boolean, "Gives what is asked for", nullable=True),
        _column("reason", sa.Text, "Why there is no number", nullable=True),
    )
    _table(
        "pipe_closure",
        "Demand that is not met while a pipe is shut",
        {"segment_id": "Segment that is shut"},
        _column("network", sa.Text, "Network"),
        _column(
            "unmet_m3s", sa.Double, "Demand that is not met then, beyond what is not met anyway, m3/s", nullable=True
        ),
        _column("unmet_share", sa.Double, "The same as a share of all demand, 0..1", nullable=True),
        _column("nodes_short", sa.Integer, "Nodes that lose more than a hundredth of their demand", nullable=True),
        _column("customers_short", sa.Integer, "Customers on these nodes", nullable=True),
        _column("grade", sa.SmallInteger, "Class for the map: 0 none, 1 few … 4 most", nullable=True),
        _column("reason", sa.Text, "Why there is no number", nullable=True),
    )
    _table(
        "node_surcharge",
        "Highest water in manholes during a storm",
        {"node_id": "Manhole"},
        _column("network", sa.Text, "Network"),
        _column("head_m", sa.Double, "Highest water level, city height, metres"),
        _column("depth_m", sa.Double, "Highest depth above the invert, metres"),
        _column("surcharge_m", sa.Double, "How far above the highest crown there, metres; 0: free"),
        _column(
            "freeboard_m", sa.Double, "From the water up to the ground, metres; null: ground not known", nullable=True
        ),
        _column("flood_m3", sa.Double, "Volume that leaves the manhole, cubic metres"),
        _column("flood_peak_m3s", sa.Double, "Largest rate at which it leaves, m3/s"),
        _column("flood_minutes", sa.Double, "How long it does, minutes"),
        _column("state", sa.Text, "free, surcharged (above a crown) or flooded (above the ground)"),
        sa.CheckConstraint("state IN ('free', 'surcharged', 'flooded')", name="node_surcharge_state"),
    )
    _table(
        "flood_contact",
        "Buildings and streets near manholes that flood",
        {"node_id": "Manhole that floods", "feature_id": "Building or street"},
        _column("network", sa.Text, "Network"),
        _column("theme", sa.Text, "building or road_edge"),
        _column("distance_m", sa.Double, "From the manhole to the footprint, or to the edge of the street, metres"),
        _column("reach_m", sa.Double, "How far the water was taken to spread, metres"),
    )


def downgrade() -> None:
    """Take the tables away."""
    for name in reversed(_TABLES):
        op.drop_table(name, schema="result")
