"""What people bring to an examination, what it says beside each value, and the ledger of problems.

Revision ID: 0008
Revises: 0007
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_Rows = tuple[tuple[str, sa.types.TypeEngine[Any], bool, str], ...]

_OF_VERSIONS: _Rows = (
    ("feature_id", sa.BigInteger(), False, "Stable id of the feature, one sequence for all themes, below 2^53"),
    ("load_id", sa.BigInteger(), False, "Load that opened this version; visible once that load is published"),
    ("closed_by", sa.BigInteger(), True, "Load that superseded or removed this version; null while it is current"),
)
_OF_FINDINGS: _Rows = (
    (
        "item",
        sa.Text(),
        False,
        "What was looked at: structure, gas, stairwell, envelope, self_contained, pipes, age_friendly, tap_water, "
        "energy, digital, footpath, smart, parking_disorder, commercial_block, factory, residential_block, water_body, "
        "waterlogging, bridge, …",
    ),
    ("fault", sa.Boolean(), False, "A fault was found; false: looked at, and none was"),
    ("severity", sa.SmallInteger(), True, "How grave: 1 to 3 slight, 4 to 6 medium, 7 to 9 grave, 10 worst"),
    ("quantity", sa.Double(), True, "How much, in the unit of the item: dwellings, metres, square metres"),
    ("defect", sa.Text(), True, "The fault in words"),
    ("building_id", sa.BigInteger(), True, "Building looked at"),
    ("unit_id", sa.BigInteger(), True, "Compound, block or other unit looked at"),
    ("edge_id", sa.BigInteger(), True, "Street section looked at"),
    ("surveyed_on", sa.Date(), False, "Day of the survey"),
    ("surveyed_by", sa.Text(), True, "Surveyor"),
    ("photo", sa.Text(), True, "Photo"),
    ("remarks", sa.Text(), True, "Remarks"),
)
_OF_STATISTICS: _Rows = (
    ("figure", sa.Text(), False, "Name of the figure, e.g. sewage_load_collected, satisfaction"),
    ("year", sa.Integer(), False, "Year that it is for"),
    ("value", sa.Double(), False, "The figure, in its unit"),
    ("unit", sa.Text(), True, "Unit of the figure"),
    ("unit_id", sa.BigInteger(), True, "Administrative unit that it is for; null: the whole city"),
    ("sample_size", sa.Integer(), True, "People asked, for a questionnaire"),
    ("low", sa.Double(), True, "Lower end of its interval of 95 %"),
    ("high", sa.Double(), True, "Upper end of its interval of 95 %"),
    ("reported_by", sa.Text(), True, "Who reports it"),
)
_AT_THE_END: _Rows = (
    ("valid_from", sa.Date(), True, "Since when it holds in the world (built, surveyed)"),
    ("valid_to", sa.Date(), True, "Until when it holds in the world (abandoned, demolished)"),
)
_OF_INDICATORS: _Rows = (
    ("low", sa.Double(), True, "Value if all that is missing were without the problem (or out of reach)"),
    ("high", sa.Double(), True, "Value if all that is missing had the problem (or were in reach)"),
    ("on_foot", sa.Double(), True, "The same along walkable streets instead of straight distance"),
    ("on_foot_missing", sa.Double(), True, "Share that no street leads to, 0..1"),
    ("extent", sa.Text(), True, "What it was taken over: unit, or builtup_area/YEAR"),
    ("extent_m2", sa.Double(), True, "Area of that extent, square metres"),
)


def _columns(rows: _Rows) -> list[sa.Column[Any]]:
    """Return plain columns."""
    return [sa.Column(name, kind, nullable=nullable, comment=comment) for name, kind, nullable, comment in rows]


def upgrade() -> None:
    """Make the two themes and the ledger, and give indicators their new columns."""
    place = Geometry("POINT", srid=0, dimension=2, spatial_index=False)
    mercator = Geometry("POINT", srid=3857, dimension=2, spatial_index=False)
    _theme(
        "survey_finding",
        "What surveyors found: one row for each thing and item that was looked at, with a fault or without.",
        [
            *_columns(_OF_FINDINGS),
            sa.Column("geom", place, nullable=True, comment="Place, city CRS"),
            sa.Column("geom_3857", mercator, nullable=True, comment="Place, web mercator"),
        ],
        ("building_id", "unit_id", "edge_id"),
    )
    for field in ("geom", "geom_3857"):
        op.create_index(
            f"survey_finding_{field}_gist", "survey_finding", [field], schema="city", postgresql_using="gist"
        )
    about = "Figures that a department or a questionnaire reports for a year."
    _theme("statistic", about, _columns(_OF_STATISTICS), ("unit_id",))
    for item in _columns(_OF_INDICATORS):
        op.add_column("indicator", item, schema="result")
    _ledger()


def _theme(name: str, about: str, own: list[sa.Column[Any]], references: tuple[str, ...]) -> None:
    """Make the table of a theme."""
    op.create_table(
        name,
        sa.Column("version_id", sa.BigInteger(), sa.Identity(always=False), comment="Version, unique in the table"),
        *_columns(_OF_VERSIONS),
        *own,
        *_columns(_AT_THE_END),
        sa.Column(
            "classification",
            sa.SmallInteger(),
            server_default="0",
            nullable=False,
            comment="Who may see it: 0 open, 1 internal, 2 restricted",
        ),
        sa.Column(
            "content_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="Digest of the record's content: equal means unchanged",
        ),
        sa.Column("attributes", postgresql.JSONB(), comment="What the source said beyond the columns; nothing is lost"),
        *(
            sa.ForeignKeyConstraint([column], ["city.feature.feature_id"], name=f"{name}_{column}_fkey")
            for column in ("feature_id", *references)
        ),
        *(
            sa.ForeignKeyConstraint([column], ["run.load.load_id"], name=f"{name}_{column}_fkey")
            for column in ("load_id", "closed_by")
        ),
        sa.PrimaryKeyConstraint("version_id"),
        schema="city",
        comment=about,
    )
    for column in ("closed_by", *references):
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"{name}_{column}_idx", name, [column], schema="city", postgresql_where=there)
    op.create_index(f"{name}_feature_idx", name, ["feature_id"], schema="city")
    op.create_index(f"{name}_load_idx", name, ["load_id"], schema="city", postgresql_using="brin")


def _ledger() -> None:
    """Make the ledger of problems."""
    now = sa.text("now()")
    op.create_table(
        "problem",
        sa.Column("problem_id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Id"),
        sa.Column("run_id", sa.BigInteger(), nullable=False, comment="Newest examination that found it"),
        sa.Column("code", sa.Text(), nullable=False, comment="Code of the indicator that it counts in"),
        sa.Column(
            "definition",
            sa.Text(),
            nullable=False,
            comment="Version of that indicator's definition, e.g. national-2024",
        ),
        sa.Column(
            "feature_id", sa.BigInteger(), nullable=False, comment="Building, compound, street or unit that has it"
        ),
        sa.Column("theme", sa.Text(), nullable=False, comment="Theme of that feature"),
        sa.Column("unit_id", sa.BigInteger(), comment="Community that it lies in, else the smallest unit known"),
        sa.Column("year_found", sa.Integer(), nullable=False, comment="Year of the examination that found it first"),
        sa.Column("year_seen", sa.Integer(), nullable=False, comment="Year of the examination that found it last"),
        sa.Column(
            "severity",
            sa.SmallInteger(),
            comment="How grave: 1 to 3 slight, 4 to 6 medium, 7 to 9 grave, 10 worst; null: not told",
        ),
        sa.Column(
            "candidate", sa.Boolean(), nullable=False, comment="Pre-screened from registers, not confirmed on site"
        ),
        sa.Column("evidence", postgresql.JSONB(), comment="What shows it, by name"),
        sa.Column("deadline", sa.Text(), nullable=False, comment="within_time (限时解决) or best_effort (尽力解决)"),
        sa.Column("due_on", sa.Date(), comment="Day by which it is to be solved"),
        sa.Column("responsible", sa.Text(), comment="Who is to solve it"),
        sa.Column(
            "state",
            sa.Text(),
            server_default="open",
            nullable=False,
            comment="open, assigned, in_progress, done (said), closed (by a later examination), dismissed, reopened",
        ),
        sa.Column(
            "history",
            postgresql.JSONB(),
            server_default="[]",
            nullable=False,
            comment="Changes of state, the oldest first: at, by, from, to, note",
        ),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=now,
            nullable=False,
            comment="When its state last changed",
        ),
        sa.CheckConstraint(
            "state IN ('open', 'assigned', 'in_progress', 'done', 'closed', 'dismissed', 'reopened')",
            name="problem_state",
        ),
        sa.CheckConstraint("deadline IN ('within_time', 'best_effort')", name="problem_deadline"),
        sa.ForeignKeyConstraint(["run_id"], ["run.analysis.run_id"], name="problem_run_id_fkey"),
        sa.ForeignKeyConstraint(["feature_id"], ["city.feature.feature_id"], name="problem_feature_id_fkey"),
        sa.ForeignKeyConstraint(["unit_id"], ["city.feature.feature_id"], name="problem_unit_id_fkey"),
        sa.PrimaryKeyConstraint("problem_id"),
        sa.UniqueConstraint("code", "feature_id", name="problem_one"),
        schema="result",
        comment="Problems that examinations found, each at its place, with their states",
    )
    for name, column in (("feature", "feature_id"), ("unit", "unit_id"), ("run", "run_id")):
        op.create_index(f"problem_{name}_idx", "problem", [column], schema="result")


def downgrade() -> None:
    """Take all of it away."""
    op.drop_table("problem", schema="result")
    for name, *_ in _OF_INDICATORS:
        op.drop_column("indicator", name, schema="result")
    for theme in ("statistic", "survey_finding"):
        op.drop_table(theme, schema="city")
