"""Alembic environment: runs on the connection that `cim.city.migrate` hands over."""

from __future__ import annotations

from alembic import context
from geoalchemy2 import alembic_helpers

from cim.schema import metadata

OWN_SCHEMAS = {"city", "run", "result", "layer"}


def _is_ours(name: str | None, kind: str, _parent: object) -> bool:
    """Compare our schemas only, not PostGIS's or the server's."""
    return kind != "schema" or name in OWN_SCHEMAS


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    include_schemas=True,
    include_name=_is_ours,
    include_object=alembic_helpers.include_object,
    render_item=alembic_helpers.render_item,
    version_table_schema="run",
)
with context.begin_transaction():
    context.run_migrations()
