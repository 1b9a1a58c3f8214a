"""Mended records stand for what was refused, not for a place in the file: nothing sound is ever replaced by one."""

from __future__ import annotations

import openpyxl
import pandas as pd
import psycopg
import pytest
import shapely

from cim.etl.batch import Batch, Reject
from cim.etl.mending import Mended, Mending, standing_repairs
from cim.etl.rejects_export import export_rejects
from cim.etl.rejects_rows import reject_rows
from cim.etl.repairs import offer_repairs, withdraw_repairs
from cim.etl.reporting import event, tell

COLUMNS = {"key": "id", "height": "height", "storeys_above": "storeys"}


def crossed(square):
    corners = list(square.exterior.coords)
    return shapely.Polygon([corners[0], corners[2], corners[1], corners[3]])


@pytest.fixture
def buildings(town):
    """Eight footprints: b crosses itself, d has none, two are called e, the last has no key and no storeys."""
    shapes = [town.square(column) for column in range(8)]
    shapes[1], shapes[3] = crossed(shapes[1]), None
    return pd.DataFrame(
        {
            "id": ["a", "b", "c", "d", "e", "e", "g", None],
            "height": [6.0, 9.0, 12.0, 15.0, 18.0, 21.0, 24.0, 27.0],
            "storeys": ["2", "3", "4", "5", "6", "7", "8", "nine"],
            "note": list("stuvwxyz"),
            "geom": shapes,
        }
    )


@pytest.fixture
def mended(town, buildings, tmp_path):
    """The town with its four refused records mended and taken."""
    write(town, buildings)
    town.source("houses", "footprints", "houses.gpkg", options={"columns": COLUMNS, "ground_m": 200.0})
    assert town.load()["houses"].outcome.rejected == 4
    offer(town, tmp_path / "r.xlsx", all_mended)
    report = town.load(again=True)["houses"]
    assert counts(report) == (8, 8, 0, 4)
    return town


def write(town, frame):
    town.write_layer("houses.gpkg", frame)


def offer(town, path, mend):
    with psycopg.connect(town.cluster.conninfo(f"cim_{town.slug}")) as connection:
        export_rejects(connection, reject_rows(connection), path)
        book = openpyxl.load_workbook(path)
        head = [cell.value for cell in book["building"][1]]
        for row in book["building"].iter_rows(min_row=2):
            mend(town, dict(zip(head, row, strict=True)))
        book.save(path)
        return offer_repairs(connection, path)


def all_mended(town, cells):
    key, code = cells["source_key"].value, cells["code"].value
    if code == "geometry.self_intersection":
        cells["geometry"].value = town.square(1).wkt
    elif code == "geometry.missing":
        cells["geometry"].value = town.square(3).wkt
    elif code == "key.repeated":
        cells["original.source_key"].value = "f"
    elif code == "value.not_a_number" and key is None:
        cells["original.storeys_above"].value = 9


def counts(report):
    outcome = report.outcome
    return outcome.records_in, outcome.kept, outcome.rejected, outcome.mended_records


def changes(report):
    return {name: count for name in ("added", "changed", "removed") if (count := report.outcome.total(name))}


def remarks(town, load_id):
    query = "SELECT code, record, source_key FROM run.reject WHERE load_id = %s AND code LIKE 'repair.%%'"
    return sorted((row["code"], row["record"], row["source_key"]) for row in town.rows(query, load_id))


def test_every_kind_of_refusal_is_mended_once_and_stays_so(mended, buildings, capsys):
    heights = {row["height_m"]: row["storeys_above"] for row in mended.by_key("building").values()}
    assert heights == {3.0 * count: count for count in range(2, 10)}
    assert shapely.from_wkb(mended.by_key("building")["d"]["geom"]).equals(mended.square(3))
    assert {"b", "d", "e", "f"} < set(mended.by_key("building"))
    report = mended.load(again=True)["houses"]
    assert (counts(report), changes(report), remarks(mended, report.load_id)) == ((8, 8, 0, 4), {}, [])
    assert event(report)["counts"]["mended"] == 4
    tell([report], mended.slug)
    assert "houses: 4 mended records taken" in capsys.readouterr().err


def test_a_row_put_in_above_takes_nothing_away_and_what_the_file_tells_anew_is_kept(mended, buildings):
    new = pd.DataFrame({"id": ["new"], "height": [3.0], "storeys": ["1"], "note": ["r"], "geom": [mended.square(9)]})
    write(mended, pd.concat([new, buildings], ignore_index=True))
    report = mended.load()["houses"]
    assert (counts(report), changes(report), remarks(mended, report.load_id)) == ((9, 9, 0, 4), {"added": 1}, [])
    # Another state of the refused record, under its number and key.
    frame = buildings.copy()
    frame.loc[1, ["storeys", "note"]] = ["4", "anew"]
    write(mended, frame)
    report = mended.load()["houses"]
    assert (counts(report), changes(report)) == ((8, 8, 0, 4), {"changed": 1, "removed": 1})
    b = mended.by_key("building")["b"]
    assert (b["storeys_above"], b["attributes"]) == (4, {"note": "anew"})
    assert shapely.from_wkb(b["geom"]).equals(mended.square(1))


def test_the_file_s_own_corrections_win(mended, buildings):
    """b is corrected, the second e is called f, c's storeys change: what is sound is the file's."""
    frame = buildings.copy()
    frame.loc[1, "geom"] = shapely.box(*mended.square(1).bounds[:2], *mended.square(1).centroid.coords[0])
    frame.loc[5, ["id", "note"]] = ["f", "its own"]
    write(mended, frame)
    report = mended.load()["houses"]
    assert (counts(report), changes(report)) == ((8, 8, 0, 2), {"changed": 2})
    found = mended.by_key("building")
    assert shapely.from_wkb(found["b"]["geom"]).area == pytest.approx(25.0)
    assert found["f"]["attributes"] == {"note": "its own"}
    assert remarks(mended, report.load_id) == [("repair.superseded", "2", "b"), ("repair.superseded", "6", "e")]


def test_what_is_refused_no_more_or_elsewhere_replaces_nothing(mended, buildings):
    """b and the keyless one are dropped; d has another number and other storeys, and still no place."""
    frame = buildings.drop(index=[1, 7]).reset_index(drop=True)
    frame.loc[2, "storeys"] = "55"
    write(mended, frame)
    report = mended.load()["houses"]
    assert counts(report) == (6, 5, 1, 1)
    assert set(mended.by_key("building")) == {"a", "c", "d", "e", "f", "g"}  # d stands as it was
    assert remarks(mended, report.load_id) == [
        ("repair.unmatched", "2", "b"),
        ("repair.unmatched", "4", "d"),
        ("repair.unmatched", "8", None),
    ]


def test_a_mended_record_that_is_refused_again_can_be_mended_again(town, buildings, tmp_path):
    frame = buildings.iloc[:3].copy()
    frame.loc[1, "storeys"] = "three"
    write(town, frame)
    town.source("houses", "footprints", "houses.gpkg", options={"columns": COLUMNS, "ground_m": 200.0})
    town.load()

    def storeys(_, cells):
        cells["original.storeys_above"].value = 3

    def shape(_, cells):
        cells["geometry"].value = town.square(1).wkt

    assert offer(town, tmp_path / "1.xlsx", storeys) == {"houses": 1}
    report = town.load(again=True)["houses"]
    assert (counts(report), dict(report.tally.errors)) == ((3, 2, 1, 0), {"geometry.self_intersection": 1})
    assert offer(town, tmp_path / "2.xlsx", shape) == {"houses": 1}
    assert counts(town.load(again=True)["houses"]) == (3, 3, 0, 1)
    assert town.by_key("building")["b"]["storeys_above"] == 3


def test_offered_anew_it_takes_the_place_of_the_former_of_the_same_record_only(mended, buildings, tmp_path):
    with psycopg.connect(mended.cluster.conninfo(f"cim_{mended.slug}")) as connection:
        assert len(standing_repairs(connection, 1)) == 4
    # Another record stands second by now, and is refused.
    frame = buildings.iloc[[0, 6, 1]].reset_index(drop=True)
    frame.loc[1, "storeys"] = "eight"
    write(mended, frame)
    mended.load()

    def storeys(_, cells):
        if cells["source_key"].value == "g" and cells["severity"].value == "error":
            cells["original.storeys_above"].value = 8

    assert offer(mended, tmp_path / "g.xlsx", storeys) == {"houses": 1}
    assert counts(mended.load(again=True)["houses"]) == (3, 3, 0, 2)
    with psycopg.connect(mended.cluster.conninfo(f"cim_{mended.slug}")) as connection:
        assert len(standing_repairs(connection, 1)) == 5
        assert withdraw_repairs(connection, None) == 5


@pytest.mark.parametrize("rows", [6, 100_000])
def test_a_mended_record_never_takes_the_key_of_a_sound_one(town, tmp_path, rows):
    """Whether the sound one is read with it or long after."""
    lines = ["key,name,height_m", *(f"B{at},b{at},{'nine' if at == 1 else 9}" for at in range(rows))]
    (town.folder / "b.csv").write_text("\n".join(lines), encoding="utf-8")
    town.source("list", "register", "b.csv", options={"theme": "building"})
    assert counts(town.load()["list"])[1:3] == (rows - 1, 1)
    last = f"B{rows - 1}"
    before = town.by_key("building")[last]

    def renamed(_, cells):
        if cells["severity"].value == "error":
            cells["original.source_key"].value, cells["original.height_m"].value = last, 99

    assert offer(town, tmp_path / "r.xlsx", renamed) == {"list": 1}
    report = town.load()["list"]
    assert (counts(report), dict(report.tally.errors)) == ((rows, rows - 1, 1, 0), {"key.repeated": 1})
    assert town.by_key("building")[last] == before


def mend(*repairs, rejects):
    batch = Batch("building", pd.DataFrame({"source_key": ["a"]}, index=[1]), records_in=2)
    mending = Mending(repairs)
    left, batches = mending.answer(rejects, batch)
    return left, batches, mending


def refused(original, record="2", key="b", **more):
    return Reject(record, "value.not_a_number", "is wrong", theme="building", source_key=key, original=original, **more)


def test_blocks_are_raised_of_what_is_mended():
    original = {"source_key": "b", "geom": "POLYGON ((10 0, 14 0, 14 5, 10 0))", "storeys_above": "x"}
    for told, block in (
        ({"height_m": 4.0}, [0.0, 4.0]),
        # An option of the source told the ground, or storeys the height: the refused record's block knows.
        ({"height_m": 4.0, "block_base_m": 205.0, "block_top_m": 211.0}, [205.0, 209.0]),
        ({"block_base_m": 205.0, "block_top_m": 211.0}, [205.0, 211.0]),
    ):
        before = original | told
        item = Mended("building", "2", before | {"storeys_above": 3}, before, "b", repair_id=1)
        left, (batch,), _ = mend(item, rejects=[refused(before)])
        assert (left, batch.frame.index.tolist(), batch.details) == ([], ["2"], {})
        assert batch.frame[["block_base_m", "block_top_m"]].to_numpy().tolist() == [block]
        assert batch.frame["storeys_above"].tolist() == [3]


def test_of_records_that_are_quite_the_same_each_has_its_own():
    original = {"height_m": "x"}
    repairs = [
        Mended("building", str(number), {"height_m": float(number)}, original, repair_id=number) for number in (3, 2)
    ]
    rejects = [refused(original, record=record, key=None) for record in ("2", "3", "4")]
    left, (batch,), mending = mend(*repairs, rejects=rejects)
    assert [item.record for item in left] == ["4"]
    assert batch.frame["height_m"].to_dict() == {"2": 2.0, "3": 3.0}
    assert (mending.left({}), sorted(mending.taken)) == ([], [2, 3])


def test_remarks_and_other_themes_are_let_be():
    original = {"height_m": "x"}
    item = Mended("tree", "2", {"height_m": 3}, original, "b", repair_id=1)
    left, batches, mending = mend(item, rejects=[refused(original), refused(original, severity="warning")])
    assert (len(left), batches) == (2, [])
    (remark,) = mending.left({})
    assert (remark.code, remark.severity, remark.original) == ("repair.unmatched", "warning", {"height_m": 3})
