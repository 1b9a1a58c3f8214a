"""What a model's table says, as data: see `cim.tables`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.schema import AddConstraint, CreateIndex, DDLElement, DefaultClause

_DIALECT: Any = dialect()  # type: ignore[no-untyped-call]


def told(table: sa.Table) -> dict[str, Any]:
    """Return what a table says in plain values; what is empty is left out."""
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    keys = sorted(table.foreign_key_constraints, key=lambda key: str(key.name))
    return _without_empty(
        {
            "schema": table.schema or "public",
            "name": table.name,
            "role": table.info.get("role"),
            "theme": table.info.get("theme"),
            "comment": table.comment,
            "columns": [_column(column) for column in table.columns],
            "indexes": [
                {
                    "name": str(index.name),
                    "table": table.fullname,
                    "method": index.dialect_options["postgresql"]["using"] or "btree",
                    "statement": _statement(CreateIndex(index)),
                }
                for index in indexes
            ],
            "foreign_keys": [
                {
                    "name": str(key.name),
                    "table": table.fullname,
                    "referred": key.referred_table.fullname,
                    "statement": _statement(AddConstraint(key)),
                }
                for key in keys
            ],
        }
    )


def _column(column: sa.Column[Any]) -> dict[str, Any]:
    kind = column.type
    default = column.server_default
    out = _without_empty(
        {
            "comment": column.comment,
            "listed": list(column.info.get("listed", ())),
            "references": column.info.get("references"),
            "identity": column.identity is not None,
            "shape": kind.geometry_type if isinstance(kind, Geometry) else None,
        }
    )
    if isinstance(default, DefaultClause):
        out["default"] = str(default.arg).strip("'")
    name = "geometry" if isinstance(kind, Geometry) else kind.compile(dialect=_DIALECT).lower()
    return {"name": column.name, "type": name, "nullable": bool(column.nullable), **out}


def _statement(element: DDLElement) -> str:
    return " ".join(str(element.compile(dialect=_DIALECT)).split())


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [], False, 0)}
