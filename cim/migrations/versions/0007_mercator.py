"""Vector tiles of breaks and built-up areas are cut from stored geometries too.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SHAPES = {"pipe_break": ("POINT", "Place, web mercator"), "builtup_area": ("MULTIPOLYGON", "Extent, web mercator")}


def upgrade() -> None:
    """Store web mercator beside the city's CRS, as every other theme on the map does."""
    for table, (kind, comment) in SHAPES.items():
        shape = Geometry(kind, srid=3857, dimension=2, spatial_index=False)
        op.add_column(table, sa.Column("geom_3857", shape, nullable=True, comment=comment), schema="city")
        op.execute(f"UPDATE city.{table} SET geom_3857 = ST_Transform(geom, 3857) WHERE ST_SRID(geom) > 0")
        op.create_index(f"{table}_geom_3857_gist", table, ["geom_3857"], schema="city", postgresql_using="gist")


def downgrade() -> None:
    """Take the copies away."""
    for table in SHAPES:
        op.drop_column(table, "geom_3857", schema="city")
