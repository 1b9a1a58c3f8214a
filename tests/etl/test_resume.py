"""`cim load --resume`: what was committed before a load was cut off is neither checked nor written again."""

from __future__ import annotations

import time
from dataclasses import replace

import pandas as pd
import psycopg
import pytest

from cim.etl import staging
from cim.etl.batch import Batch, Reader, Reject
from cim.etl.fingerprint import fingerprint
from cim.etl.load import CityLoad, LoadOptions
from cim.etl.outcome import Outcome, ThemeOutcome
from cim.etl.rejects import RejectTally
from cim.etl.runs import fail_load, sweep_interrupted
from cim.etl.trail import Staged, Trail, read_staged
from cim.etl.undo import undo_load
from cim.manifest import read_manifest

COUNTS = ("added", "changed", "removed", "unchanged")


class CutOff(BaseException):
    """Stands for the end of the process: nothing is tidied up after it."""


def wait_until_committed(town, batches):
    """Wait until the writer, working in the background, has committed so many batches, or rows where it cannot say."""
    query = """SELECT coalesce((staged->>'batches')::int,
                               (SELECT count(*) FROM city.building WHERE load_id = l.load_id))
               FROM run.load l WHERE status = 'staging'"""
    deadline = time.monotonic() + 60
    while town.one(query) < batches and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.fixture
def load(house_town, monkeypatch):
    """Load batches into the town's one source, which has four features; say what was checked."""
    house_town.load()
    manifest = read_manifest(house_town.write())
    conninfo = house_town.cluster.conninfo(f"cim_{house_town.slug}")
    checked = []
    check = staging.checked
    monkeypatch.setattr(staging, "checked", lambda batch, *a, **k: checked.append(batch) or check(batch, *a, **k))

    def run(batches, cut_after=None, resume=False):
        def read(source, city):
            for number, batch in enumerate(batches):
                if number == cut_after:
                    wait_until_committed(house_town, number)
                    raise CutOff
                yield batch

        checked.clear()
        options = LoadOptions(resume=resume, again=True)
        with psycopg.connect(conninfo) as connection:
            city = CityLoad(connection, conninfo, manifest.profile, house_town.folder / "data", options)
            source = manifest.sources[0]
            if cut_after is None:
                report = city.take(source, Reader("test", "A reader of the test", read), fingerprint(source))
                return report, list(checked)
            monkeypatch.setattr("cim.etl.load.fail_load", lambda *_: True)
            with pytest.raises(CutOff):
                city.take(source, Reader("test", "A reader of the test", read), fingerprint(source))
            monkeypatch.setattr("cim.etl.load.fail_load", fail_load)
        return None, list(checked)

    return run


@pytest.fixture
def batches(house_town):
    """Five batches: new houses, one that stands and changes, one refused by the checks, one by the reader."""

    def batch(*keys, **more):
        frame = pd.DataFrame({"source_key": keys, "geom": [house_town.square(len(key)) for key in keys]})
        return Batch("building", frame, **more)

    refused = Reject("9", "test.refused", "is not wanted", theme="building", source_key="b")
    return [batch("a", "n1"), batch("n2", "n1"), batch(rejects=[refused]), batch("n3"), batch("n4", "n2")]


def state(town):
    """Return all that a load leaves but numbers of versions and loads, and times."""
    left = {"version_id", "load_id", "feature_id"}
    houses = {
        key: {name: value for name, value in row.items() if name not in left}
        for key, row in town.by_key("building").items()
    }
    rejects = town.rows(
        "SELECT record, code, reason, source_key FROM run.reject JOIN run.load USING (load_id) "
        "WHERE status = 'published' ORDER BY 1, 2, 3"
    )
    counts = town.rows(
        "SELECT records_in, kept, rejected, added, changed, removed, unchanged, staged FROM run.load "
        "WHERE status = 'published' ORDER BY load_id DESC LIMIT 1"
    )
    return houses, rejects, counts


@pytest.mark.parametrize("cut_after", [1, 2, 3, 4])
def test_a_load_taken_up_ends_as_one_that_was_never_cut_off(house_town, load, batches, cut_after):
    load(batches, cut_after=cut_after)
    report, checked = load(batches, resume=True)
    assert [item.frame["source_key"].tolist() for item in checked] == [
        item.frame["source_key"].tolist() for item in batches[cut_after:]
    ]
    assert house_town.rows("SELECT status FROM run.load ORDER BY load_id") == [{"status": "published"}] * 2
    assert [report.outcome.total(what) for what in COUNTS] == [4, 1, 2, 0]  # b was refused, so it stays
    assert (report.outcome.records_in, report.tally.refused) == (8, 3)
    found = state(house_town)
    assert house_town.one("SELECT count(*) FROM city.building") == 4 + 5
    with psycopg.connect(house_town.cluster.conninfo(f"cim_{house_town.slug}")) as connection:
        undo_load(connection, report.load_id)
        connection.execute("DELETE FROM city.building WHERE load_id = %s", (report.load_id,))
    load(batches)
    assert state(house_town) == found


def test_other_batches_than_before_begin_anew(house_town, load, batches):
    load(batches, cut_after=2)
    report, checked = load([batches[1], *batches[3:]], resume=True)
    assert len(checked) == 3
    assert sorted(house_town.by_key("building")) == ["n1", "n2", "n3", "n4"]
    statuses = [row["status"] for row in house_town.rows("SELECT status FROM run.load ORDER BY load_id")]
    assert statuses == ["published", "failed", "published"]
    load(batches, cut_after=4)
    report, checked = load(batches[:2], resume=True)  # ends before the place is reached
    assert len(checked) == 2
    assert report.outcome.total("removed") == 2


def test_without_keys_there_is_no_trail(house_town, load, batches):
    keyless = Batch("building", pd.DataFrame({"geom": [house_town.square(9)]}))
    load([batches[0], keyless, *batches[1:]], cut_after=3)
    assert house_town.one("SELECT count(*) FROM run.load WHERE status = 'staging' AND staged IS NULL") == 1
    _, checked = load([batches[0], keyless, *batches[1:]], resume=True)
    assert len(checked) == 6


def test_what_is_not_resumed_is_swept(house_town, load, batches):
    load(batches, cut_after=2)
    with psycopg.connect(house_town.cluster.conninfo(f"cim_{house_town.slug}")) as connection:
        (number,) = connection.execute("SELECT load_id FROM run.load WHERE status = 'staging'").fetchone()
        connection.commit()
        assert sweep_interrupted(connection, keep=[number]) == 0
        assert sweep_interrupted(connection) == 1
    assert house_town.one("SELECT count(*) FROM city.building") == 4


def test_a_trail_is_read_as_it_was_written():
    outcome = Outcome({"building": ThemeOutcome(3, 2, 1, 0, (1.0, 2.0, 3.0, 4.0))}, {"building": [7]}, 9, 6, 3)
    tally = RejectTally()
    tally.add([Reject("1", "a.b", "is bad", "mend it"), Reject("2", "a.b", "is bad", severity="warning")])
    staged = Staged(Trail(4, "ab"), outcome, tally)
    found = read_staged(staged.document())
    assert found.trail == staged.trail
    assert found.outcome == Outcome(outcome.themes, {}, 9, 6, 3)
    assert (found.tally.errors, found.tally.warnings) == (tally.errors, tally.warnings)
    assert found.tally.examples["a.b"].reason == "is bad"


REPAIR = """
    INSERT INTO run.repair (source_id, theme, record, reject_id, source_key, values, file, sha256)
    SELECT 1, theme, record, reject_id, source_key, original || jsonb_build_object('height_m', 5), 'f', 's'
    FROM run.reject WHERE code = 'test.refused' ORDER BY reject_id LIMIT 1"""


@pytest.mark.parametrize("offered_between", [False, True])
def test_mended_records_taken_before_are_known_after(house_town, load, batches, offered_between):
    original = {"source_key": "b", "height_m": "five", "geom": house_town.square(1).wkt}
    batches[2] = replace(batches[2], rejects=[replace(batches[2].rejects[0], original=original)])
    load(batches)

    def offer():
        with psycopg.connect(house_town.cluster.conninfo(f"cim_{house_town.slug}")) as connection:
            connection.execute(REPAIR)

    if not offered_between:
        offer()
    load(batches, cut_after=4)
    if offered_between:
        offer()
    report, checked = load(batches, resume=True)
    # One offered in between is for records that may have been passed over: the load begins anew.
    assert len(checked) == (6 if offered_between else 1)
    assert (report.outcome.mended_records, report.tally.warnings.total(), report.tally.refused) == (1, 0, 2)
    assert house_town.by_key("building")["b"]["height_m"] == 5.0
