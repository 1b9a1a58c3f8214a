"""Drawings as other readers see them: GDAL and ezdxf, poppler, lxml, Pillow."""

from __future__ import annotations

import io
import subprocess

import ezdxf
import numpy as np
import pyogrio
import pytest
from lxml import etree
from PIL import Image

from cim.sheets import FORMATS, Sheet, Stroke, written
from cim.sheets.fonts import text_width

RED = Stroke(0.5, "#cc0000", (3, 1))


@pytest.fixture
def sheet() -> Sheet:
    """A page of 120 × 60 mm: a frame, a dashed line, a filled ellipse, a word upright."""
    page = Sheet(120, 60, "Try & 试")
    page.box(5, 5, 110, 50, stroke=Stroke(0.35))
    page.box(20, 20, 20, 10, fill="#ffffff")
    page.line((10, 10), (60, 30), stroke=RED, layer="PIPE")
    page.ellipse(90, 25, 10, 6, fill="#0000ff", layer="PIPE")
    page.text(60, 45, "纵断面图 <1:500>", size=4, anchor="middle")
    page.text(20, 30, "井号", angle=90, anchor="middle")
    return page


def test_svg_has_the_text_and_the_size(sheet) -> None:
    root = etree.fromstring(written(sheet, "svg"))
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("120mm", "60mm", "0 0 120 60")
    assert [node.text for node in root.iterfind(".//{*}text")] == ["纵断面图 <1:500>", "井号"]
    line = root.find(".//{*}polyline")
    assert (line.get("points"), line.get("stroke-dasharray")) == ("10.000,50.000 60.000,30.000", "3 1")


def test_pdf_has_the_text_and_the_size(sheet, tmp_path) -> None:
    path = tmp_path / "sheet.pdf"
    path.write_bytes(written(sheet, "pdf"))
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
    assert "纵断面图 <1:500>" in text
    told = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    assert "340.158 x 170.079 pts" in told
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout
    (face,) = [line for line in fonts.splitlines() if "TrueType" in line]
    assert face.split()[-5:-2] == ["yes", "yes", "yes"]  # embedded, a subset, its text can be copied
    assert written(sheet, "pdf") == path.read_bytes()


def test_png_shows_what_is_drawn(sheet) -> None:
    picture = Image.open(io.BytesIO(written(sheet, "png"))).convert("RGB")
    assert picture.size == (945, 473)
    pixel = np.asarray(picture)
    at = lambda x, y: pixel[round((60 - y) * 200 / 25.4), round(x * 200 / 25.4)].tolist()  # noqa: E731
    assert at(90, 25) == [0, 0, 255]
    assert at(110, 50) == [255, 255, 255]


def test_dxf_as_gdal_reads_it(sheet, tmp_path) -> None:
    path = tmp_path / "sheet.dxf"
    path.write_bytes(written(sheet, "dxf"))
    frame = pyogrio.read_dataframe(path)
    texts = frame[frame["SubClasses"] == "AcDbEntity:AcDbText:AcDbText"]
    assert set(texts["Text"]) == {"纵断面图 <1:500>", "井号"}
    line = frame[(frame["Layer"] == "PIPE") & (frame.geom_type == "LineString")].geometry.iloc[0]
    assert list(line.coords) == [(10, 10), (60, 30)]


def test_dxf_is_sound_and_leaves_white_out(sheet, tmp_path) -> None:
    path = tmp_path / "sheet.dxf"
    path.write_bytes(written(sheet, "dxf"))
    document = ezdxf.readfile(path)
    assert not document.audit().errors
    assert document.header["$INSUNITS"] == 4
    kinds = [entity.dxftype() for entity in document.modelspace()]
    assert sorted(kinds) == ["HATCH", "LWPOLYLINE", "LWPOLYLINE", "TEXT", "TEXT"]


def test_chinese_is_as_wide_as_it_is_high() -> None:
    assert text_width("纵断面图", 5.0) == pytest.approx(20.0, abs=0.5)
    assert set(FORMATS) == {"svg", "pdf", "png", "dxf"}
