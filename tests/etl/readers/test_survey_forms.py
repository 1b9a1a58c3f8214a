"""Form workbooks that inspectors filled in: what counts, what is refused, and which photos are taken."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
import shapely
import xlsxwriter

from cim.city import CityProfile
from cim.errors import BadSource
from cim.etl.readers.survey_forms import READER
from cim.manifest import SourceSpec
from cim.sampling import clustered
from cim.survey_forms import forms

CITY = CityProfile("t", "测", "T", "EPSG:4545", "1985", -36.0)
DAY = dt.date(2026, 3, 4)
JPEG, PNG = b"\xff\xd8\xff\xe0rest", b"\x89PNG\r\n\x1a\nrest"


def fill(path, sheets, extra=None):
    """Write a workbook of our sheets: by sheet, a row as a mapping of our names for the columns."""
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet, columns = book.add_worksheet(name), forms()[name].columns
            heads = [column.title for column in columns]
            sheet.write_row(0, 0, heads + ([extra] if extra else []))
            for line, row in enumerate(rows, 1):
                for at, column in enumerate(columns):
                    value = row.get(column.name)
                    if isinstance(value, dt.date):
                        sheet.write_datetime(line, at, dt.datetime.combine(value, dt.time()), day)
                    elif value is not None:
                        sheet.write(line, at, value)
                if extra:
                    sheet.write(line, len(columns), "x")
    return path


def batches(path, **options):
    return list(READER.read(SourceSpec("forms", "survey_forms", path, options=options), CITY))


def told(batch):
    return Counter(reject.code for reject in batch.rejects)


def test_a_row_is_a_finding_for_each_item_that_was_looked_at(tmp_path) -> None:
    rows = [
        {"key": "B1", "about": "甲楼", "structure": "无", "stairwell": "严重", "pipes": 3, "tap_water": "是",
         "self_contained": 0, "defect": "堆物", "day": DAY, "by": "李工"},
        {"key": "B2", "about": "乙楼"},  # nobody was there
        {"key": 7, "self_contained": 4, "day": "2026-03-05", "number": 2},
    ]  # fmt: skip
    (batch,) = batches(fill(tmp_path / "f.xlsx", {"住宅": rows}))
    frame = batch.frame.set_index("item")
    assert batch.theme == "survey_finding"
    assert (batch.records_in, told(batch)) == (6, {})
    first = frame[frame["building_key"] == "B1"]
    assert first["fault"].to_dict() == {
        "structure": False, "stairwell": True, "pipes": True, "self_contained": False, "tap_water": True,
    }  # fmt: skip
    assert first["severity"].fillna(-1).to_dict() == {
        "structure": -1, "stairwell": 8, "pipes": 3, "self_contained": -1, "tap_water": -1,
    }  # fmt: skip
    assert (first["defect"]["stairwell"], first["defect"]["structure"]) == ("堆物", None)
    assert first["source_key"]["stairwell"] == "住宅/B1/stairwell/2026-03-04"
    last = frame[frame["building_key"] == "7"].loc["self_contained"]
    assert (last["fault"], last["quantity"], last["source_key"]) == (True, 4.0, "住宅/7/self_contained/2026-03-05/2")


def test_what_cannot_be_meant_is_refused_and_the_rest_of_the_row_counts(tmp_path) -> None:
    rows = [
        {"key": "B1", "structure": "大概", "gas": "无", "self_contained": -1, "day": DAY},
        {"structure": "无", "day": DAY},
        {"key": "B3", "defect": "裂缝", "day": DAY},
    ]
    (batch,) = batches(fill(tmp_path / "f.xlsx", {"住宅": rows}, extra="结构"))
    assert batch.frame["item"].tolist() == ["gas"]
    assert told(batch) == {"form.not_listed": 2, "form.no_subject": 1, "form.no_item": 1, "form.unknown_column": 1}
    assert batch.records_in == 5
    wrong = next(reject for reject in batch.rejects if "大概" in reject.reason)
    assert (wrong.record, wrong.original["key"]) == ("住宅 2 结构安全隐患", "B1")
    assert wrong.reason_zh == "结构安全隐患 为“大概”，应填 无、轻微、中等、严重、危险"


def test_places_are_brought_into_the_city(tmp_path) -> None:
    rows = [
        {"place_item": "易涝积水点", "about": "下穿道", "x": 108.0, "y": 29.5, "found": "中等", "day": DAY},
        {"place_item": "water body", "x": 108.01, "y": 29.5, "found": "none", "day": DAY},
        {"place_item": "桥梁", "about": "老桥", "found": "无", "day": DAY},
        {"place_item": "隧道", "about": "洞", "x": 108.0, "y": 29.5, "found": "无", "day": DAY},
    ]
    (batch,) = batches(fill(tmp_path / "f.xlsx", {"地点": rows}))
    assert batch.frame["item"].tolist() == ["waterlogging", "water_body"]
    assert told(batch) == {"form.no_place": 1, "form.not_listed": 1}
    x, y = shapely.get_coordinates(batch.frame["geom"].iloc[0])[0]
    assert x == pytest.approx(500_000, abs=0.01)  # on the central meridian
    assert y == pytest.approx(3_264_600, abs=300)
    assert batch.frame["name"].tolist() == ["下穿道", None]


def test_photos_are_images_of_the_sources_own_folder(tmp_path) -> None:
    folder = tmp_path / "survey"
    (folder / "照片").mkdir(parents=True)
    (folder / "照片" / "1.jpg").write_bytes(JPEG)
    (folder / "照片" / "2.png").write_bytes(PNG)
    (folder / "照片" / "3.jpg").write_bytes(b"<svg onload=alert(1)>")
    (tmp_path / "secret.jpg").write_bytes(JPEG)
    (folder / "照片" / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    named = ("1.jpg; 2.png", "../../secret.jpg", str(tmp_path / "secret.jpg"), "link.jpg", "3.jpg", "4.jpg")
    rows = [{"key": f"B{n}", "gas": "轻微", "photo": name, "day": DAY} for n, name in enumerate(named)]
    rows.append({"key": "B9", "gas": "无", "photo": "2.png", "day": DAY})
    fill(folder / "f.xlsx", {"住宅": rows})
    (batch,) = batches(folder)
    assert told(batch) == {"form.photo_outside": 3, "form.photo_unreadable": 1, "form.photo_missing": 1}
    assert {reject.severity for reject in batch.rejects} == {"warning"}
    first, *others = batch.frame["photo_file"]
    assert [name[64:] for name in first.split(";")] == [".jpg", ".png"]
    assert others == [None] * 6  # what is sound shows no fault
    assert batch.frame["photo"].iloc[0] == "1.jpg；2.png"
    assert {path.name for path in batch.files.values()} == {"1.jpg", "2.png"}
    assert {place.partition("/")[0] for place in batch.files} == {"photo"}
    with pytest.raises(BadSource, match="name a folder within the source's own"):
        batches(folder, photos="../..")


def test_answers_become_shares_with_sample_and_interval_and_no_person_is_kept(tmp_path) -> None:
    def people(unit, satisfied, others, first):
        answers = [5] * satisfied + [3] * others
        return [
            {"number": f"W{first + n}", "key": unit, "day": DAY, "satisfaction": answer}
            for n, answer in enumerate(answers)
        ]

    west, east = people("SQ1 · 西社区", 30, 10, 0), people("SQ2", 10, 10, 100)
    wrong = [
        {"number": "W0", "key": "SQ1", "day": DAY, "satisfaction": 1},
        {"number": "W900", "key": "SQ1", "satisfaction": 1},
        {"number": "W901", "key": "SQ2", "day": DAY, "satisfaction": 6, "satisfaction_city": "很满意"},
    ]
    fill(tmp_path / "a.xlsx", {"满意度": west})
    fill(tmp_path / "b.xlsx", {"满意度": [*east, *wrong]})
    (batch,) = batches(tmp_path)
    assert batch.theme == "statistic"
    assert told(batch) == {"key.repeated": 1, "form.no_day": 1, "form.not_listed": 1}
    rows = batch.frame.fillna({"unit_key": ""}).set_index(["figure", "unit_key"])
    assert rows["sample_size"].to_dict() == {
        ("satisfaction", ""): 60, ("satisfaction", "SQ1"): 40, ("satisfaction", "SQ2"): 20,
        ("satisfaction_city", ""): 1, ("satisfaction_city", "SQ2"): 1,
    }  # fmt: skip
    whole = rows.loc[("satisfaction", "")]
    assert whole["value"] == pytest.approx(100 * 40 / 60)
    assert (whole["low"] / 100, whole["high"] / 100) == pytest.approx(clustered([30, 10], [40, 20]))
    assert not {"number", "by"} & set(batch.frame.columns)


def test_a_workbook_of_another_kind_is_refused_with_what_to_do(tmp_path) -> None:
    with xlsxwriter.Workbook(tmp_path / "f.xlsx") as book:
        book.add_worksheet("Sheet1")
    with pytest.raises(BadSource, match=r"has none of the sheets 住宅, .*: write empty forms with cim examine"):
        batches(tmp_path / "f.xlsx")
    with xlsxwriter.Workbook(tmp_path / "g.xlsx") as book:
        book.add_worksheet("住宅").write(0, 0, "编号")
    with pytest.raises(BadSource, match="sheet 住宅 has no column 楼栋编号: keep the heads"):
        batches(tmp_path / "g.xlsx")
    (tmp_path / "h.xlsx").write_bytes(b"PK broken")
    with pytest.raises(BadSource, match="cannot be read as a workbook"):
        batches(tmp_path / "h.xlsx")
