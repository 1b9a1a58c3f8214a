"""Form workbooks of the examination: what inspectors found, with photos, and the answers of a questionnaire.

The path is a workbook as `cim examine survey-forms` writes them, or a folder of several, each filled in by another
inspector. Photos lie in the folder 照片 beside the workbooks, or the one that option `photos` names, within
the source's folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from cim.city import CityProfile
from cim.errors import BadSource
from cim.etl.batch import Batch, Reader, Reject
from cim.etl.columns import text_option
from cim.etl.fingerprint import source_files
from cim.etl.readers.survey_forms_answers import Answers
from cim.etl.readers.survey_forms_photos import Photos
from cim.etl.readers.survey_forms_rows import findings
from cim.etl.readers.survey_forms_sheets import Sheet, filled_sheets
from cim.etl.rejects import original_record
from cim.etl.table_places import PlaceColumns, table_geometry
from cim.etl.vector_places import placed, way_into_city
from cim.manifest import SourceSpec
from cim.survey_forms import PHOTOS, forms

_DEGREES = "EPSG:4490"
"""CRS of places unless the manifest says another: longitude and latitude of CGCS2000."""
_WORKBOOKS = (".xlsx", ".xlsm")


def read(source: SourceSpec, city: CityProfile) -> Iterator[Batch]:
    """Yield the findings sheet by sheet, then what the questionnaires come to.

    Raises
    ------
    BadSource
        There is no workbook, one cannot be read, or none has a sheet of ours.
    """
    books, folder = _books(source.path)
    photos = Photos(folder, text_option(source, "photos") or PHOTOS, source.path)
    answers, met = Answers(), 0
    for book in books:
        for sheet in filled_sheets(book, f"{book.stem} " if len(books) > 1 else ""):
            met += 1
            if sheet.form.answers:
                answers.add(sheet)
            else:
                yield _findings(source, city, sheet, photos)
    if not met:
        what = f"has none of the sheets {', '.join(forms())}"
        raise BadSource(source.path, what, "write empty forms with cim examine survey-forms, and fill those in")
    if answers.people or answers.rejects:
        frame = answers.figures()
        yield Batch("statistic", frame, rejects=answers.rejects, records_in=len(frame) + _errors(answers.rejects))


def _books(path: Path) -> tuple[list[Path], Path]:
    """Return the workbooks of a source, and the folder that it is confined to."""
    if not path.is_dir():
        return source_files(path), path.parent
    books = [file for file in source_files(path) if file.suffix.lower() in _WORKBOOKS and file.name[:2] != "~$"]
    if not books:
        raise BadSource(path, "holds no workbook", "put the filled forms there, as .xlsx")
    return books, path


def _findings(source: SourceSpec, city: CityProfile, sheet: Sheet, photos: Photos) -> Batch:
    """Return a sheet's findings, a record for each thing and item."""
    frame, refused = findings(sheet, photos)
    rejects = [*sheet.rejects, *refused]
    if sheet.form.subject is not None or frame.empty:
        count = len(frame) + _errors(rejects)
        return Batch("survey_finding", frame, rejects=rejects, records_in=count, files=photos.taken())
    way = way_into_city(source, source.crs or _DEGREES, city)
    shapes, wrong, bad = table_geometry(frame, PlaceColumns(x="x", y="y"), "survey_finding", frame["source_key"])
    nowhere = np.array([shape is None for shape in shapes], dtype=bool) & ~bad
    rejects += [*wrong, *(_nowhere(frame, row) for row in np.flatnonzero(nowhere).tolist())]
    frame = frame.drop(columns=["x", "y"]).assign(geom=placed(shapes, way))[~(bad | nowhere)]
    return Batch(
        "survey_finding",
        frame,
        rejects=rejects,
        records_in=len(frame) + _errors(rejects),
        crs=way.crs,
        pipeline=way.pipeline,
        accuracy_m=way.accuracy_m,
        files=photos.taken(),
    )


def _errors(rejects: Iterable[Reject]) -> int:
    """Return how many records were refused."""
    return sum(reject.severity == "error" for reject in rejects)


def _nowhere(frame: pd.DataFrame, row: int) -> Reject:
    """Refuse a place without coordinates: nobody could find it again."""
    record = frame.iloc[row]
    return Reject(
        str(frame.index[row]), "form.no_place", "longitude and latitude are empty", "fill in where it is",
        "survey_finding", record["source_key"], original_record({str(k): v for k, v in record.items()}),
        reason_zh="经度、纬度为空",
    )  # fmt: skip


READER = Reader(
    kind="survey_forms", title="Form workbooks of the examination, filled in", read=read, options=frozenset({"photos"})
)
