"""The report of a real city, Las Palmas: OpenStreetMap with all that it tells of, and three official files."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pypdfium2
import pytest
from lxml import html as lxml_html


@pytest.fixture(scope="module")
def folder(las_palmas_cluster) -> Path:
    """What `cim examine --out` wrote; it was copied with the cluster, and is kept for people to look at."""
    written = las_palmas_cluster.status().data.parent / "report"
    shutil.copytree(written, Path(__file__).parents[3] / "artifacts" / "report-las-palmas", dirs_exist_ok=True)
    return written


@pytest.fixture(scope="module")
def pages(folder) -> list[str]:
    """Text of each page of the PDF."""
    document = pypdfium2.PdfDocument(io.BytesIO((folder / "report-zh.pdf").read_bytes()))
    return [page.get_textpage().get_text_range() for page in document]


def test_every_page_tells_the_systems_year_and_nothing_is_made_up(pages) -> None:
    assert len(pages) > 20
    assert all("指标体系年份 2024" in page for page in pages)
    assert not any("合成" in page for page in pages)


def test_every_file_is_there(folder) -> None:
    names = {"report.html", "report-zh.pdf", "report-zh.docx", "report.xlsx", "report.gpkg", "manifest.json"}
    assert {path.name for path in folder.iterdir()} == names


def test_what_is_missing_is_said(pages) -> None:
    text = " ".join(pages)
    assert "未载入街区边界：没有该层级的结果" in text
    assert "没有更早年度的体检结果" in text
    assert "未载入所需数据 (survey_finding)" in text
    # 30 units, 80,434 records of OpenStreetMap; those that the extract cuts off are refused.
    assert "148" in text


def test_the_numbers_stand_on_the_pages(pages) -> None:
    page = next(page for page in pages if "L01 300米内有学校的住宅占比" in page and "方法" in page)
    assert "全市 82.5 %" in page
    assert "分子 17,569，分母 21,287" in page
    assert "沿步行路网 50.2 %" in page
    page = next(page for page in pages if "D37 城市道路网密度" in page and "方法" in page)
    assert "全市 12.5 km/km²；达标" in page


def test_problems_are_told_by_name(pages) -> None:
    page = next(page for page in pages if "最严重的问题" in page and "D55" in page)
    assert "设施 Repsol" in page
    assert "IES POETA TOMÁS" in page
    assert "nan" not in page


def test_the_page_names_whom_the_licences_want_named_and_needs_no_network(folder) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    for name in ("© OpenStreetMap contributors", "Instituto Geográfico Nacional", "GHS-UCDB", "ODbL-1.0"):
        assert name in text
    tree = lxml_html.fromstring(text)
    assert tree.get_element_by_id("L01") is not None
    assert not [link for _, _, link, _ in tree.iterlinks() if link.startswith("http")]
