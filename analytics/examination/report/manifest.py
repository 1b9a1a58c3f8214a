"""What a report was made of, for programs: inputs with their digests, versions, parameters, and its files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import PurePath
from typing import Any

import orjson
import shapely

from cim._version import __version__
from cim.analytics.examination.report.report import Report

LIBRARIES = (
    "geopandas",
    "numpy",
    "pandas",
    "pyogrio",
    "pypdfium2",
    "python-docx",
    "reportlab",
    "shapely",
    "xlsxwriter",
)
"""Libraries that the bytes of the files depend on."""


def manifest(report: Report, files: Mapping[str, bytes]) -> bytes:
    """Return the manifest as JSON with sorted names.

    Parameters
    ----------
    report
        What was told.
    files
        What was written, by name.
    """
    told = {
        "report": {
            "city": report.city.slug,
            "name_zh": report.city.name_zh,
            "name_en": report.city.name_en,
            "synthetic": report.synthetic,
            "year": report.year,
            "system": report.parameters["system"],
            "system_year": report.parameters["system_year"],
            "provisional": bool(report.parameters.get("provisional")),
            "made_on": report.made_on.isoformat(),
        },
        "versions": {
            "cim": __version__,
            "examined_by": report.software_version,
            "geos": ".".join(map(str, shapely.geos_version)),
            **{name: version(name) for name in LIBRARIES},
        },
        "parameters": report.parameters,
        "data_versions": report.data_versions,
        "inputs": [_input(source) for source in report.sources],
        "files": [
            {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(files.items())
        ],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _input(source: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "kind",
        "sha256",
        "size_bytes",
        "licence",
        "attribution",
        "synthetic",
        "records_in",
        "kept",
        "rejected",
    )
    return {"source": source["name"], "file": PurePath(source["path"]).name, **{name: source[name] for name in names}}
