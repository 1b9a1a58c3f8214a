"""What stands of a source from one load to the next: undone, retired, renamed, lost."""

from __future__ import annotations

import shutil

import numpy as np
import psycopg
import pytest
import rasterio
from rasterio.transform import from_origin

from cim.errors import BadManifest
from cim.etl.readers import find
from cim.etl.retire import CannotRetire, retire_source
from cim.etl.undo import undo_load
from cim.manifest import read_manifest


def undo(town, load_id):
    with psycopg.connect(town.cluster.conninfo(f"cim_{town.slug}")) as connection:
        undo_load(connection, load_id)


def retire(town, name):
    with psycopg.connect(town.cluster.conninfo(f"cim_{town.slug}")) as connection:
        return retire_source(connection, read_manifest(town.write()), name)


def names(town):
    return {row["name"] for row in town.by_key("building").values()}


def test_an_undone_file_is_not_loaded_again_until_it_changes(house_town, houses):
    house_town.load()
    house_town.write_layer("houses.gpkg", houses.assign(name="bad"))
    second = house_town.load()["houses"].load_id
    undo(house_town, second)
    for _ in range(2):
        report = house_town.load()["houses"]
        assert (report.status, report.load_id) == ("undone", second)
        assert "bad" not in names(house_town)
    assert house_town.load(again=True)["houses"].status == "published"
    assert names(house_town) == {"bad"}
    undo(house_town, 3)
    house_town.write_layer("houses.gpkg", houses.assign(name="good"))
    assert house_town.load()["houses"].status == "published"
    assert names(house_town) == {"good"}
    # Whoever hands the undone file over once more, after another, means it.
    house_town.write_layer("houses.gpkg", houses.assign(name="bad", height=1.0))
    assert house_town.load()["houses"].status == "published"


@pytest.mark.parametrize("undone", [False, True])
def test_a_misspelt_option_is_refused_though_nothing_has_changed(house_town, monkeypatch, undone):
    house_town.sources[0]["options"] = {**house_town.sources[0]["options"], "ground": 3.0}
    with monkeypatch.context() as older:
        older.setattr("cim.etl.load.reader_of", lambda *_: find("footprints"))
        first = house_town.load()["houses"].load_id
        assert house_town.load()["houses"].status == "unchanged"
    if undone:
        undo(house_town, first)
    with pytest.raises(BadManifest, match=r"source 'houses' has option 'ground': .*is ground_m meant"):
        house_town.load()


def test_an_option_that_is_misspelt_later_is_refused_and_what_stands_stays(house_town):
    house_town.load()
    before, loads = house_town.by_key("building"), house_town.one("SELECT count(*) FROM run.load")
    house_town.sources[0]["options"] = {**house_town.sources[0]["options"], "ground": 3.0}
    with pytest.raises(BadManifest, match="has option 'ground'"):
        house_town.load()
    assert (house_town.by_key("building"), house_town.one("SELECT count(*) FROM run.load")) == (before, loads)


def test_a_source_that_city_toml_no_longer_lists_is_told_of_until_it_is_retired(house_town, houses):
    house_town.write_layer("other.gpkg", houses.assign(id=["w", "x", "y", "z"]))
    house_town.source("other", "footprints", "other.gpkg", options={"columns": {"key": "id"}})
    first = house_town.load()["other"].load_id
    with pytest.raises(CannotRetire, match="lists it, and would load it again"):
        retire(house_town, "other")
    house_town.sources.pop()
    assert (house_town.load()["other"].status, len(house_town.by_key("building"))) == ("unlisted", 8)
    assert "other" not in house_town.load("houses")
    report = retire(house_town, "other")
    assert (report.status, report.outcome.total("removed")) == ("retired", 4)
    assert sorted(house_town.by_key("building")) == ["a", "b", "c", "d"]
    assert "other" not in house_town.load()
    with pytest.raises(CannotRetire, match="none of its features is shown"):
        retire(house_town, "other")
    with pytest.raises(CannotRetire, match="no source of that name"):
        retire(house_town, "third")
    undo(house_town, report.load_id)
    assert (house_town.load()["other"].load_id, len(house_town.by_key("building"))) == (first, 8)


def test_a_retired_source_that_is_listed_again_is_loaded_again(house_town):
    house_town.load()
    before = house_town.by_key("building")
    sources, house_town.sources = house_town.sources, []
    retire(house_town, "houses")
    assert house_town.by_key("building") == {}
    house_town.sources = sources
    assert house_town.load()["houses"].outcome.total("added") == 4
    assert {key: row["feature_id"] for key, row in house_town.by_key("building").items()} == {
        key: row["feature_id"] for key, row in before.items()
    }


NAMED = "SELECT licence, attribution FROM run.source"


def test_a_corrected_licence_reaches_unchanged_features(house_town):
    house_town.sources[0] |= {"licence": "CC0-1.0", "attribution": "The town"}
    house_town.load()
    before, version = house_town.by_key("building"), house_town.one("SELECT data_version FROM run.city")
    house_town.sources[0] |= {"licence": "ODbL-1.0", "attribution": None}
    report = house_town.load()["houses"]
    assert report.outcome.total("unchanged") == 4
    assert house_town.by_key("building") == before
    assert house_town.rows(NAMED) == [{"licence": "ODbL-1.0", "attribution": ""}]
    # Whatever was drawn or cached under the old name is drawn anew.
    assert house_town.one("SELECT version FROM run.theme_version") == version + 1
    undo(house_town, report.load_id)
    assert house_town.rows(NAMED) == [{"licence": "CC0-1.0", "attribution": "The town"}]


def test_a_raised_classification_reaches_what_was_refused_and_so_stays(house_town, houses):
    house_town.load()
    before = house_town.by_key("building")
    house_town.write_layer("houses.gpkg", houses.assign(height=[6.0, 9.5, float("inf"), 3.0]))
    house_town.sources[0]["classification"] = 2
    report = house_town.load()["houses"]
    assert (report.tally.refused, report.outcome.total("changed")) == (1, 4)
    after = house_town.by_key("building")
    assert {row["classification"] for row in after.values()} == {2}
    own = {"version_id", "load_id", "classification"}
    assert {k: v for k, v in after["c"].items() if k not in own} == {
        k: v for k, v in before["c"].items() if k not in own
    }
    assert house_town.rows("SELECT * FROM city.building_current", role="web") == []
    undo(house_town, report.load_id)
    assert house_town.by_key("building") == before


def test_a_record_is_never_less_restricted_than_its_source(town, houses):
    book = "key,kind,classification,x,y,z\nf,school,,1,1,1\ng,school,2,1,1,1\nh,school,0,1,1,1\n"
    (town.folder / "facility.csv").write_text(book, encoding="utf-8")
    town.source("f", "register", "facility.csv", crs="EPSG:4545", classification=1, options={"theme": "facility"})
    town.load()
    assert {key: row["classification"] for key, row in town.by_key("facility").items()} == {"f": 1, "g": 2, "h": 1}


def test_a_raster_whose_kept_file_has_gone_is_loaded_again(town):
    path = town.folder / "dem.tif"
    profile = {"driver": "GTiff", "width": 4, "height": 4, "count": 1, "dtype": "float32", "crs": "EPSG:4545"}
    with rasterio.open(path, "w", transform=from_origin(500_000, 3_270_040, 10, 10), **profile) as dataset:
        dataset.write(np.ones((1, 4, 4), dtype="float32"))
    town.source("dem", "raster", "dem.tif")
    town.load()
    (kept,) = (town.folder / "data/raster").iterdir()
    assert town.load()["dem"].status == "unchanged"
    shutil.rmtree(kept.parent)
    report = town.load()["dem"]
    assert (report.status, report.outcome.total("unchanged")) == ("published", 1)
    assert kept.read_bytes() == path.read_bytes()
    assert town.load()["dem"].status == "unchanged"
