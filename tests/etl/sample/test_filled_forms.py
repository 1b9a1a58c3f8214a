"""The forms that come with the sample: filled in as the platform hands them out, and read without a remark."""

from __future__ import annotations

from collections import Counter

import pytest
import rasterio

from cim.city import CityProfile
from cim.etl.readers.survey_forms import READER
from cim.etl.sample.inspections import FEW_ANSWERS, MOST_HOMES
from cim.manifest import SourceSpec
from cim.survey_forms import PHOTOS, forms


@pytest.fixture(scope="module")
def read(planted):
    """What the reader makes of the source, batch by batch."""
    (told,) = [source for source in planted.manifest["source"] if source["kind"] == "survey_forms"]
    assert "synthetic" in told["attribution"]
    city = CityProfile("t", "测", "T", planted.manifest["city"]["crs"], "1985", -36.0)
    return list(READER.read(SourceSpec("survey-forms", "survey_forms", planted.folder / told["path"]), city))


def test_findings_are_of_homes_that_stand_and_show_their_faults(read, planted) -> None:
    frames = [batch.frame for batch in read if batch.theme == "survey_finding" and len(batch.frame)]
    assert [reject for batch in read for reject in batch.rejects] == []
    (frame,) = frames
    assert set(frame["building_key"]) <= set(planted.plans.index)
    assert 1 <= frame["building_key"].nunique() <= MOST_HOMES
    assert set(frame["item"]) == {column.item for column in forms()["住宅"].items}
    assert {True, False} <= set(frame["fault"])
    shown = frame[frame["photo"].notna()]
    assert len(shown) > 0
    assert shown["fault"].all()
    assert shown["photo_file"].notna().all()
    # Inspectors were in homes that the survey register knows too, later: of what both saw theirs counts.
    register = planted.register("survey_finding")
    assert frame["surveyed_on"].astype(str).min() > register["surveyed_on"].astype(str).max()


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_photos_are_pictures_that_say_they_are_made_up(planted) -> None:
    for path in (planted.folder / "survey" / PHOTOS).iterdir():
        with rasterio.open(path) as picture:  # GDAL's own reader
            assert (picture.width, picture.height, picture.count) == (160, 120, 1)
            assert picture.read(1).std() > 10
        assert b"Synthetic" in path.read_bytes()
        assert "合成" in path.name


def test_people_were_asked_in_communities_one_of_them_too_few(read, planted) -> None:
    (frame,) = [batch.frame for batch in read if batch.theme == "statistic"]
    units = planted.register("admin_unit")
    communities = set(units["source_key"][units["level"] == "community"])
    assert set(frame["unit_key"].dropna()) <= communities
    whole = frame[frame["unit_key"].isna()].set_index("figure")
    assert set(whole.index) == {column.name for column in forms()["满意度"].answers}
    sizes = Counter(frame[frame["figure"] == "satisfaction"]["sample_size"].tolist())
    assert sizes[FEW_ANSWERS] == 1
    assert whole.loc["satisfaction", "sample_size"] == sum(
        size * count for size, count in sizes.items() if size != whole.loc["satisfaction", "sample_size"]
    )
    assert 50 < whole.loc["satisfaction", "value"] < 95
