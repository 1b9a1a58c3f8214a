"""FlatGeobuf: one theme, with a spatial index."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cim.etl.export import Export, FileWriter
from cim.etl.export_place import BadExport
from cim.etl.writers.ogr_file import write_layers
from cim.etl.writers.vector_rows import GEOMETRY


def write(export: Export, path: Path) -> Mapping[str, int]:
    """Write a FlatGeobuf file."""
    (theme,) = export.themes
    if GEOMETRY not in export.table(theme).columns:
        raise BadExport(f"theme {theme!r} has no places", "export it as geopackage or geoparquet")
    return write_layers(export, path, "FlatGeobuf")


WRITER = FileWriter(
    name="flatgeobuf", title="FlatGeobuf: one theme, with a spatial index", write=write, many=False, sidecar=True
)
