"""The tables of a city's database as data: names, types, comments, keys, indexes.

The models of `cim.schema` say what the tables are; making them takes SQLAlchemy, GeoAlchemy2 and 0.4 s, a third of the
start of a command that only needs to know a column's type. `tables.json` holds what they say, written by
`scripts/describe_tables.py`; a test holds the two equal. A new column or theme needs no second list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

import orjson
from psycopg import sql


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    """Its name; units stand in it (`height_m`)."""
    table: str
    """Name of its table, without the schema."""
    type: str
    """PostgreSQL's name of its type: bigint, double precision, jsonb, smallint[]…; `geometry` for all of PostGIS."""
    nullable: bool
    """Whether it may be without a value."""
    comment: str = ""
    """Meaning and unit."""
    default: str | None = None
    """What the server puts where nothing is given, as text; None: nothing."""
    identity: bool = False
    """Whether the server numbers it."""
    listed: tuple[str, ...] = ()
    """The only values allowed; empty: any."""
    references: str = ""
    """Theme of the features that it points to by id, which frames give by key; empty: it points to none."""
    shape: str = ""
    """Of a geometry: PostGIS's type, such as MULTIPOLYGONZ."""

    @property
    def required(self) -> bool:
        """Whether every row must give it."""
        return not self.nullable and self.default is None and not self.identity

    @property
    def flat_shape(self) -> str:
        """Of a geometry: its type without Z."""
        return self.shape.removesuffix("Z")

    @property
    def dimension(self) -> int:
        """Of a geometry: 2, or 3 where it has heights."""
        return 3 if self.shape.endswith("Z") else 2


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index of a table."""

    name: str
    """Its name."""
    table: str
    """Full name of its table."""
    method: str
    """PostgreSQL's access method: btree, gist."""
    statement: str
    """What makes it."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key of a table."""

    name: str
    """Its name."""
    table: str
    """Full name of the table that has it."""
    referred: str
    """Full name of the table that it leads to."""
    statement: str
    """What makes it."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table: the one of its name, so two are equal only when they are one."""

    schema: str
    """`city`, `run`, `result` or `layer`."""
    name: str
    """Its name."""
    columns: Mapping[str, Column]
    """Its columns by name, in order."""
    role: str = ""
    """`theme`: feature versions; `detail`: rows that belong to one of them; empty: others."""
    theme: str = ""
    """Of a detail table: the theme that its rows belong to."""
    comment: str = ""
    """What a row is."""
    indexes: tuple[Index, ...] = ()
    """Its secondary indexes."""
    foreign_keys: tuple[ForeignKey, ...] = ()
    """Its foreign keys."""

    @property
    def full_name(self) -> str:
        """Name with the schema."""
        return f"{self.schema}.{self.name}"

    @property
    def identifier(self) -> sql.Identifier:
        """Name with the schema, as a part of a statement."""
        return sql.Identifier(self.schema, self.name)


def table_of(told: Mapping[str, Any]) -> Table:
    """Return a table from what `tables.json` tells of it."""
    columns = (
        Column(table=told["name"], **{**item, "listed": tuple(item.get("listed", ()))}) for item in told["columns"]
    )
    return Table(
        **{
            **told,
            "columns": MappingProxyType({column.name: column for column in columns}),
            "indexes": tuple(Index(**item) for item in told.get("indexes", ())),
            "foreign_keys": tuple(ForeignKey(**item) for item in told.get("foreign_keys", ())),
        }
    )


def _read() -> dict[str, Table]:
    content = (resources.files("cim") / "tables.json").read_bytes()
    return {table.full_name: table for table in map(table_of, orjson.loads(content))}


TABLES: Mapping[str, Table] = MappingProxyType(_read())
"""Every table by its full name, parents before those that refer to them."""

THEMES: Mapping[str, Table] = MappingProxyType({item.name: item for item in TABLES.values() if item.role == "theme"})
"""Tables of feature versions, by theme."""

DETAILS: Mapping[str, Table] = MappingProxyType({item.name: item for item in TABLES.values() if item.role == "detail"})
"""Tables whose rows belong to one feature version (levels of detail)."""
