"""Write cim/tables.json, which says as data what the models of cim.schema are; with --check only compare."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
from written_page import keep

from cim.schema import metadata
from cim.schema.as_data import told

PATH = Path(__file__).parents[1] / "cim" / "tables.json"


def content() -> str:
    """Return the file's content: a line for each column, index and key, so that changes are seen in a diff."""
    return "[\n" + ",\n".join(map(_table, map(told, metadata.sorted_tables))) + "\n]\n"


def _table(said: dict[str, object]) -> str:
    members = [f"  {_json(name)}: {_value(value)}" for name, value in said.items()]
    return "{\n" + ",\n".join(members) + "\n}"


def _value(value: object) -> str:
    if isinstance(value, list):
        return "[\n" + ",\n".join(f"    {_json(item)}" for item in value) + "\n  ]"
    return _json(value)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


if __name__ == "__main__":
    sys.exit(keep(PATH, content()))
