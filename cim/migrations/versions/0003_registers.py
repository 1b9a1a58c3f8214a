"""Registers: customers, sensors, control lines.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; sewer inspections, breaks, devices, projects and parcels have had theirs from the start."""
    op.create_table(
        "customer",
        sa.Column(
            "version_id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="Version, unique in the table",
        ),
        sa.Column(
            "feature_id",
            sa.BigInteger(),
            nullable=False,
            comment="Stable id of the feature, one sequence for all themes, below 2^53",
        ),
        sa.Column(
            "load_id",
            sa.BigInteger(),
            nullable=False,
            comment="Load that opened this version; visible once that load is published",
        ),
        sa.Column(
            "closed_by",
            sa.BigInteger(),
            nullable=True,
            comment="Load that superseded or removed this version; null while it is current",
        ),
        sa.Column(
            "network",
            sa.Text(),
            nullable=False,
            comment="Network that serves: water, storm, sewage, combined, gas, heat, power, telecom, industrial",
        ),
        sa.Column("account_no", sa.Text(), nullable=False, comment="Account number (户号)"),
        sa.Column("meter_no", sa.Text(), nullable=True, comment="Meter number (表号)"),
        sa.Column("name", sa.Text(), nullable=True, comment="Name of the customer"),
        sa.Column("address", sa.Text(), nullable=True, comment="Address of the supply"),
        sa.Column(
            "use",
            sa.Text(),
            nullable=True,
            comment="residential, commercial, industrial, public, special, agricultural, …",
        ),
        sa.Column("households", sa.Integer(), nullable=True, comment="Households behind the meter"),
        sa.Column("residents", sa.Double(), nullable=True, comment="People served"),
        sa.Column(
            "sensitive",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="Must not be without: hospital, dialysis, …",
        ),
        sa.Column(
            "sensitive_kind",
            sa.Text(),
            nullable=True,
            comment="hospital, dialysis, clinic, school, elderly_care, fire_station, …",
        ),
        sa.Column("node_id", sa.BigInteger(), nullable=True, comment="Node that serves, as the register says"),
        sa.Column("building_id", sa.BigInteger(), nullable=True, comment="Building served, as the register says"),
        sa.Column("opened_on", sa.Date(), nullable=True, comment="Day the account was opened"),
        sa.Column("closed_on", sa.Date(), nullable=True, comment="Day the account was closed"),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=0,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
            comment="Place of the meter or the address, city CRS",
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
            comment="Place, web mercator",
        ),
        sa.Column("valid_from", sa.Date(), nullable=True, comment="Since when it holds in the world (built, surveyed)"),
        sa.Column(
            "valid_to", sa.Date(), nullable=True, comment="Until when it holds in the world (abandoned, demolished)"
        ),
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
        sa.Column(
            "attributes",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="What the source said beyond the columns; nothing is lost",
        ),
        sa.CheckConstraint(
            "network IN ('water', 'storm', 'sewage', 'combined', 'gas', 'heat', 'power', 'telecom', 'industrial')",
            name="customer_network_listed",
        ),
        sa.ForeignKeyConstraint(["building_id"], ["city.feature.feature_id"], name=op.f("customer_building_id_fkey")),
        sa.ForeignKeyConstraint(["closed_by"], ["run.load.load_id"], name=op.f("customer_closed_by_fkey")),
        sa.ForeignKeyConstraint(["feature_id"], ["city.feature.feature_id"], name=op.f("customer_feature_id_fkey")),
        sa.ForeignKeyConstraint(["load_id"], ["run.load.load_id"], name=op.f("customer_load_id_fkey")),
        sa.ForeignKeyConstraint(["node_id"], ["city.feature.feature_id"], name=op.f("customer_node_id_fkey")),
        sa.PrimaryKeyConstraint("version_id"),
        schema="city",
        comment="Customers of a utility, one row for each account and meter.",
        info={"role": "theme"},
    )
    op.create_index(
        "customer_building_id_idx",
        "customer",
        ["building_id"],
        unique=False,
        schema="city",
        postgresql_where=sa.text("building_id IS NOT NULL"),
    )
    op.create_index(
        "customer_closed_by_idx",
        "customer",
        ["closed_by"],
        unique=False,
        schema="city",
        postgresql_where=sa.text("closed_by IS NOT NULL"),
    )
    op.create_index("customer_feature_idx", "customer", ["feature_id"], unique=False, schema="city")
    op.create_index(
        "customer_geom_3857_gist", "customer", ["geom_3857"], unique=False, schema="city", postgresql_using="gist"
    )
    op.create_index("customer_geom_gist", "customer", ["geom"], unique=False, schema="city", postgresql_using="gist")
    op.create_index("customer_load_idx", "customer", ["load_id"], unique=False, schema="city", postgresql_using="brin")
    op.create_index(
        "customer_node_id_idx",
        "customer",
        ["node_id"],
        unique=False,
        schema="city",
        postgresql_where=sa.text("node_id IS NOT NULL"),
    )
    op.create_table(
        "sensor",
        sa.Column(
            "version_id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="Version, unique in the table",
        ),
        sa.Column(
            "feature_id",
            sa.BigInteger(),
            nullable=False,
            comment="Stable id of the feature, one sequence for all themes, below 2^53",
        ),
        sa.Column(
            "load_id",
            sa.BigInteger(),
            nullable=False,
            comment="Load that opened this version; visible once that load is published",
        ),
        sa.Column(
            "closed_by",
            sa.BigInteger(),
            nullable=True,
            comment="Load that superseded or removed this version; null while it is current",
        ),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="level, flow, pressure, rain, water_quality, gas, temperature, displacement, …",
        ),
        sa.Column("name", sa.Text(), nullable=True, comment="Name"),
        sa.Column("quantity", sa.Text(), nullable=True, comment="What is measured, e.g. water level, CH4"),
        sa.Column("unit", sa.Text(), nullable=True, comment="Unit of its readings, e.g. m, m3/h, kPa, mm, %LEL"),
        sa.Column("stream", sa.Text(), nullable=True, comment="Name of its readings in the system that collects them"),
        sa.Column("node_id", sa.BigInteger(), nullable=True, comment="Node it watches"),
        sa.Column("segment_id", sa.BigInteger(), nullable=True, comment="Segment it watches"),
        sa.Column("building_id", sa.BigInteger(), nullable=True, comment="Building it is on or in"),
        sa.Column("level_m", sa.Double(), nullable=True, comment="Height of the sensor, city height, metres"),
        sa.Column("operator", sa.Text(), nullable=True, comment="Who runs it"),
        sa.Column("installed_on", sa.Date(), nullable=True, comment="Day of installation"),
        sa.Column("state", sa.Text(), nullable=True, comment="in_use, faulty, removed"),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=0,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
            comment="Place, city CRS",
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
            comment="Place, web mercator",
        ),
        sa.Column("valid_from", sa.Date(), nullable=True, comment="Since when it holds in the world (built, surveyed)"),
        sa.Column(
            "valid_to", sa.Date(), nullable=True, comment="Until when it holds in the world (abandoned, demolished)"
        ),
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
        sa.Column(
            "attributes",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="What the source said beyond the columns; nothing is lost",
        ),
        sa.ForeignKeyConstraint(["building_id"], ["city.feature.feature_id"], name=op.f("sensor_building_id_fkey")),
        sa.ForeignKeyConstraint(["closed_by"], ["run.load.load_id"], name=op.f("sensor_closed_by_fkey")),
        sa.ForeignKeyConstraint(["feature_id"], ["city.feature.feature_id"], name=op.f("sensor_feature_id_fkey")),
        sa.ForeignKeyConstraint(["load_id"], ["run.load.load_id"], name=op.f("sensor_load_id_fkey")),
        sa.ForeignKeyConstraint(["node_id"], ["city.feature.feature_id"], name=op.f("sensor_node_id_fkey")),
        sa.ForeignKeyConstraint(["segment_id"], ["city.feature.feature_id"], name=op.f("sensor_segment_id_fkey")),
        sa.PrimaryKeyConstraint("version_id"),
        schema="city",
        comment="Sensors: where they are and what they measure; their readings are kept elsewhere.",
        info={"role": "theme"},
    )
    op.create_index(
        "sensor_building_id_idx",
        "sensor",
        ["building_id"],
        unique=False,
        schema="city",
        postgresql_where=sa.text("building_id IS NOT NULL"),
    )
    op.create_index(
        "sensor_closed_by_idx",
        "sensor",
        ["closed_by"],
        unique=False,
        schema="city",
        postgresql_where=sa.text("closed_by IS NOT NULL"),
    )
    op.create_index("sensor_feature_idx", "sensor", ["feature_id"], unique=False, schema="city")
    op.create_index(
        "sensor_geom_3857_gist", "sensor", ["geom_3857"], unique=False, schema="city", postgresql_using="gist"
    )
    op.create_index("sensor_geom_gist", "sensor", ["geom"], unique=False, schema="city", postgresql_using="gist")
    op.create_index("sensor_load_idx", "sensor", ["load_id"], unique=False, schema="city", postgresql_using="brin")
    op.create_index(
        "sensor_node_id_idx",
        "sensor",
        ["node_id"],
        unique=False,
        schema="city",
        postgresql_where=sa.text("node_id IS NOT NULL"),
    )
    op.create_index(
        "sensor_segment_id_idx",
        "sensor",
        ["segment_id"],
        unique=False,
        schema="city",
        postgresql_where=sa.text("segment_id IS NOT NULL"),
    )
    op.create_table(
        "control_line",
        sa.Column(
            "version_id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="Version, unique in the table",
        ),
        sa.Column(
            "feature_id",
            sa.BigInteger(),
            nullable=False,
            comment="Stable id of the feature, one sequence for all themes, below 2^53",
        ),
        sa.Column(
            "load_id",
            sa.BigInteger(),
            nullable=False,
            comment="Load that opened this version; visible once that load is published",
        ),
        sa.Column(
            "closed_by",
            sa.BigInteger(),
            nullable=True,
            comment="Load that superseded or removed this version; null while it is current",
        ),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="Kind: red, green, blue, purple, yellow, orange, black, ecological, farmland, urban_growth",
        ),
        sa.Column("name", sa.Text(), nullable=True, comment="Name"),
        sa.Column("plan", sa.Text(), nullable=True, comment="Plan that sets it"),
        sa.Column("authority", sa.Text(), nullable=True, comment="Who approved it"),
        sa.Column("approved_on", sa.Date(), nullable=True, comment="Day of approval"),
        sa.Column("width_m", sa.Double(), nullable=True, comment="Width that it keeps free, metres"),
        sa.Column(
            "geom",
            Geometry(
                srid=0, dimension=2, spatial_index=False, from_text="ST_GeomFromEWKT", name="geometry", nullable=False
            ),
            nullable=False,
            comment="Line or area, city CRS",
        ),
        sa.Column(
            "geom_3857",
            Geometry(srid=3857, dimension=2, spatial_index=False, from_text="ST_GeomFromEWKT", name="geometry"),
            nullable=True,
            comment="Line or area, web mercator",
        ),
        sa.Column("valid_from", sa.Date(), nullable=True, comment="Since when it holds in the world (built, surveyed)"),
        sa.Column(
            "valid_to", sa.Date(), nullable=True, comment="Until when it holds in the world (abandoned, demolished)"
        ),
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
        sa.Column(
            "attributes",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="What the source said beyond the columns; nothing is lost",
        ),
        sa.CheckConstraint(
            "kind IN ('red', 'green', 'blue', 'purple', 'yellow', 'orange', 'black', 'ecological', 'farmland', 'urban_growth')",
            name="control_line_kind_listed",
        ),
        sa.ForeignKeyConstraint(["closed_by"], ["run.load.load_id"], name=op.f("control_line_closed_by_fkey")),
        sa.ForeignKeyConstraint(["feature_id"], ["city.feature.feature_id"], name=op.f("control_line_feature_id_fkey")),
        sa.ForeignKeyConstraint(["load_id"], ["run.load.load_id"], name=op.f("control_line_load_id_fkey")),
        sa.PrimaryKeyConstraint("version_id"),
        schema="city",
        comment="Control lines of planning (规划控制线), as lines or as the areas that they enclose.",
        info={"role": "theme"},
    )
    op.create_index(
        "control_line_closed_by_idx",
        "control_line",
        ["closed_by"],
        unique=False,
        schema="city",
        postgresql_where=sa.text("closed_by IS NOT NULL"),
    )
    op.create_index("control_line_feature_idx", "control_line", ["feature_id"], unique=False, schema="city")
    op.create_index(
        "control_line_geom_3857_gist",
        "control_line",
        ["geom_3857"],
        unique=False,
        schema="city",
        postgresql_using="gist",
    )
    op.create_index(
        "control_line_geom_gist", "control_line", ["geom"], unique=False, schema="city", postgresql_using="gist"
    )
    op.create_index(
        "control_line_load_idx", "control_line", ["load_id"], unique=False, schema="city", postgresql_using="brin"
    )


def downgrade() -> None:
    """Drop the tables."""
    for theme in ("control_line", "sensor", "customer"):
        op.drop_table(theme, schema="city")
