"""Drawings on paper: marks in millimetres, written as SVG, PDF, PNG or DXF.

A `Sheet` is built once and written by whichever writer is asked for, so that all four show the same.
"""

from cim.sheets.sheet import Mark, Shape, Sheet, Stroke, Text
from cim.sheets.written import FORMATS, written

__all__ = ["FORMATS", "Mark", "Shape", "Sheet", "Stroke", "Text", "written"]
