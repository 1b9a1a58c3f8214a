"""The sample city's surveys use every column that a survey may have."""

from __future__ import annotations

import pytest

from cim.etl.readers.pipe_survey_columns import fields
from cim.etl.readers.pipe_survey_reading import read_table
from cim.etl.readers.pipe_survey_tables import tables
from cim.manifest import read_manifest

_MADE_OF = {"diameter": {"diameter_mm"}, "section": {"width_mm", "height_mm"}, "feature_code": {"attributes"}}


@pytest.fixture(scope="module")
def used(sample_dir):
    """Columns of point tables (True) and line tables (False) that have a value somewhere."""
    found = {True: set(), False: set()}
    surveys = [source for source in read_manifest(sample_dir).sources if source.kind == "pipe_survey"]
    for table in [table for source in surveys for table in tables(source.path)[0]]:
        frame = read_table(table, {}).frame
        found[table.is_points] |= {name for name in frame if frame[name].notna().any()}
    return found


@pytest.mark.parametrize("is_points", [True, False])
def test_every_column_is_used(used, is_points):
    missing = [
        field.name for field in fields(is_points) if not _MADE_OF.get(field.name, {field.name}) <= used[is_points]
    ]
    assert missing == []
