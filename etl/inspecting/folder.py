"""Folders of tiles: rasters, scans, CityJSON, CityGML; the files that the loader would take, counted together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from cim.errors import BadSource, CimError
from cim.etl.fingerprint import source_files
from cim.etl.inspecting import citygml, cityjson, geotiff, point_cloud
from cim.etl.inspecting.findings import EXAMPLES, Attribute, Clock, Findings, Inspector, Layer, Sample
from cim.etl.inspecting.places import short_crs
from cim.etl.inspecting.vector_layers import span, union
from cim.etl.readers import citygml_stream, cityjson_document, raster, scan

_HEAD_BYTES = 1 << 16
_MOST_PROBLEMS = 20


def _scans(folder: Path) -> list[Path]:
    return [path for path in source_files(folder) if path.suffix.lower() in scan.SUFFIXES]


_LISTS: tuple[tuple[Callable[[Path], list[Path]], Inspector], ...] = (
    (raster.tiles, geotiff.INSPECTOR),
    (_scans, point_cloud.INSPECTOR),
    (cityjson_document.files, cityjson.INSPECTOR),
    (citygml_stream.files, citygml.INSPECTOR),
)
"""How each reader lists the files of a folder, and what looks at one of them."""


def claims(sample: Sample) -> bool:
    """Whether a folder holds files of a format that is loaded by the folder."""
    return sample.path.is_dir() and _listed(sample.path) is not None


def _listed(folder: Path) -> tuple[list[Path], Inspector] | None:
    """Return the files that a reader would take of a folder; None: no reader takes any."""
    for files, inspector in _LISTS:
        # A folder without such files is refused by the reader's list.
        with suppress(CimError, OSError):
            found = files(folder)
            if found and inspector.claims(_sample(found[0])):
                return found, inspector
    return None


def _sample(path: Path) -> Sample:
    with path.open("rb") as file:
        return Sample(path, file.read(_HEAD_BYTES))


def look(path: Path, clock: Clock) -> Findings:
    """Find out about all files of a folder as far as time allows."""
    # Here, for it asks this one, too.
    from cim.etl.inspecting.inspection import looked

    listed = _listed(path)
    if listed is None:
        raise BadSource(path, "holds no file that a reader takes", "see the kinds in docs/loading.md")
    files, _ = listed
    found: list[tuple[Path, Findings]] = []
    broken: list[str] = []
    for file in files:
        if clock.up and (found or broken):
            break
        try:
            found.append((file, looked(file, clock)))
        except CimError as error:
            broken.append(" ".join(str(error).replace(str(path), path.name).split()))
    if not found:
        raise BadSource(path, f"none of its files can be read: {broken[0]}", "see that they are whole")
    return _together(len(files), found, broken, complete=len(found) + len(broken) == len(files))


def _together(count: int, found: list[tuple[Path, Findings]], broken: list[str], *, complete: bool) -> Findings:
    """Return findings of several files as those of one."""
    parts = [item for _, item in found]
    first = parts[0]
    crs = {short_crs(item.crs) for item in parts}
    alike = [item for item in parts if short_crs(item.crs) == short_crs(first.crs)]
    problems = broken + [f"{file.name}: {said}" for file, item in found for said in item.problems]
    if len(problems) > _MOST_PROBLEMS:
        problems = [*problems[:_MOST_PROBLEMS], f"… and {len(problems) - _MOST_PROBLEMS} more problems of its files"]
    if len(crs) > 1:
        told = ", ".join(sorted(name or "none" for name in crs))
        problems.append(f"its files are in several CRSs ({told}): extent and WGS 84 are told of those in the first")
    return replace(
        first,
        format=f"folder of {count:,} {first.format} {'file' if count == 1 else 'files'}",
        extent=union([item.extent for item in alike if item.extent is not None]),
        heights=span([item.heights for item in parts if item.heights is not None]),
        layers=_layers(parts),
        facts={name: fact for name, fact in first.facts.items() if all(item.facts.get(name) == fact for item in parts)},
        problems=tuple(problems),
        sources=tuple({repr(source): source for item in parts for source in item.sources}.values()),
        complete=complete and all(item.complete for item in parts),
    )


def _layers(parts: Sequence[Findings]) -> tuple[Layer, ...]:
    """Return the layers of all parts, those of one name as one."""
    by_name: dict[str, list[Layer]] = {}
    for layer in (layer for part in parts for layer in part.layers):
        by_name.setdefault(layer.name, []).append(layer)
    return tuple(_joined(layers) for layers in by_name.values())


def _joined(layers: list[Layer]) -> Layer:
    """Return layers of one name as one."""
    count = sum(layer.count for layer in layers)
    lods: dict[str, int] = {}
    for layer in layers:
        for lod, number in layer.lods.items():
            lods[lod] = lods.get(lod, 0) + number
    columns: dict[str, list[tuple[int, Attribute]]] = {}
    for layer in layers:
        for item in layer.attributes:
            columns.setdefault(item.name, []).append((layer.count, item))
    # Those of a band are its least and greatest value, of which the heights tell.
    bands = layers[0].name == "cells"
    attributes = tuple(_attribute(name, items, count, bands=bands) for name, items in columns.items())
    return Layer(layers[0].name, count, layers[0].geometry, dict(sorted(lods.items())), attributes)


def _attribute(name: str, items: list[tuple[int, Attribute]], count: int, *, bands: bool) -> Attribute:
    """Return an attribute of several layers as one of all their records."""
    types = _distinct(kind for _, item in items for kind in item.type.split(" | "))
    filled = sum(number * item.filled for number, item in items) / max(count, 1)
    examples = () if bands else _distinct(example for _, item in items for example in item.examples)[:EXAMPLES]
    return Attribute(name, " | ".join(sorted(types)), filled, tuple(examples))


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


INSPECTOR = Inspector(28, "a folder of files", claims, look, ())
