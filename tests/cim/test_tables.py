"""The tables as data say what the models say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cim.schema import metadata
from cim.schema.as_data import told
from cim.tables import DETAILS, TABLES, THEMES, table_of

ROOT = Path(__file__).parents[2]


def test_the_file_is_what_the_models_say():
    command = [sys.executable, str(ROOT / "scripts" / "describe_tables.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", sorted(metadata.tables))
def test_a_table_reads_back_as_it_was_told(name: str):
    model, table = metadata.tables[name], TABLES[name]
    assert list(table.columns) == [column.name for column in model.columns]
    assert [column.nullable for column in table.columns.values()] == [column.nullable for column in model.columns]
    assert {index.name for index in table.indexes} == {index.name for index in model.indexes}
    assert {(key.name, key.referred) for key in table.foreign_keys} == {
        (key.name, key.referred_table.fullname) for key in model.foreign_key_constraints
    }
    assert table_of(told(model)).columns == table.columns


def test_a_column_tells_all_that_a_load_asks():
    building, device = THEMES["building"].columns, THEMES["pipe_device"].columns
    assert (building["geom"].shape, building["geom"].flat_shape, building["geom"].dimension) == (
        "MULTIPOLYGON",
        "MULTIPOLYGON",
        2,
    )
    assert (building["classification"].default, building["classification"].required) == ("0", False)
    assert building["version_id"].identity
    assert not building["version_id"].required
    assert building["content_hash"].required
    assert device["node_id"].references == "pipe_node"
    assert THEMES["pipe_node"].columns["geom"].dimension == 3
    assert THEMES["admin_unit"].columns["level"].listed[0] == "city"
    assert DETAILS["building_lod"].columns["version_id"].required
    assert building["valid_from"].type == "date"
    assert DETAILS["building_lod"].theme == "building"


@pytest.mark.parametrize(
    "imports",
    [
        "import cim.etl.load, cim.etl.checks.families as f, cim.etl.readers as r; f.families(), r.readers()",
        "import cim.analytics, cim.analytics.commands",
        "import cim.web",
        "import cim.layers.commands",
    ],
)
def test_the_models_are_needed_by_none_who_works_with_the_tables(imports):
    script = (
        f"import sys\n{imports}\nprint(*[m for m in ('sqlalchemy', 'geoalchemy2', 'cim.schema') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "", "a third of the start of `cim load`"
