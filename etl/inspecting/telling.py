"""An inspection as text: for people, and as lines of city.toml."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cim.etl.inspecting.places import crs_title

if TYPE_CHECKING:
    from cim.etl.inspecting.findings import Attribute, Layer
    from cim.etl.inspecting.inspection import Inspection

_OBEYED = {"Cc", "Cf", "Zl", "Zp"}
_ATTRIBUTES = 24
"""Attributes of a layer that are listed; `--json` has them all."""


def told(inspection: Inspection) -> str:
    """Return an inspection for people."""
    return "\n".join(map(visible, _lines(inspection)))


def visible(line: str) -> str:
    """Return a line without what a terminal would obey: control characters in a file's names are escaped."""
    if line.isprintable():
        return line
    return "".join(
        char if char.isprintable() or unicodedata.category(char) not in _OBEYED else ascii(char)[1:-1] for char in line
    )


def _lines(inspection: Inspection) -> Iterator[str]:
    found = inspection.found
    version = f" {found.version}" if found.version else ""
    yield f"{inspection.path}: {found.format}{version}, {inspection.size_bytes:,} bytes"
    yield f"  kind      {found.kind or 'none: no reader takes it'}"
    crs = f"{crs_title(inspection.crs)}, {inspection.crs_from}" if inspection.crs else "none"
    yield f"  CRS       {crs}"
    if found.extent is not None:
        order = " (northing first)" if found.northing_first else ""
        yield f"  extent    {_numbers(found.extent)}{order}"
    if inspection.extent_wgs84 is not None:
        yield f"  WGS 84    {', '.join(f'{value:.6f}' for value in inspection.extent_wgs84)}"
    if found.heights is not None:
        yield f"  heights   {_numbers(found.heights)}"
    for name, fact in found.facts.items():
        yield f"  {name:9s} {fact}"
    for layer in found.layers:
        yield from _layer_lines(layer)
    for problem in inspection.problems:
        yield f"  problem   {problem}"
    tables = source_tables(inspection)
    if tables:
        yield "  for city.toml:"
        yield from (f"    {line}" for line in tables.split("\n"))


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.10g}" for value in values)


def _layer_lines(layer: Layer) -> Iterator[str]:
    lods = ", ".join(f"LoD {lod}: {count}" for lod, count in layer.lods.items())
    more = "; ".join(part for part in (layer.geometry or "", lods) if part)
    yield f"  {layer.name}: {layer.count:,}{f' ({more})' if more else ''}"
    for attribute in _told_first(layer.attributes):
        yield f"    {_attribute_line(attribute)}"
    if len(layer.attributes) > _ATTRIBUTES:
        yield f"    … and {len(layer.attributes) - _ATTRIBUTES} more"


def _told_first(attributes: tuple[Attribute, ...]) -> list[Attribute]:
    """Return the attributes to list: all in the order of the file, or of many those that say most."""
    if len(attributes) <= _ATTRIBUTES:
        return list(attributes)
    return sorted(attributes, key=lambda item: -item.filled)[:_ATTRIBUTES]


def _attribute_line(attribute: Attribute) -> str:
    share = attribute.filled * 100
    filled = f"{share:.0f} %" if share in (0, 100) or 1 <= share <= 99 else "<1 %" if share < 1 else ">99 %"
    return f"{attribute.name}: {attribute.type}, {filled}; {' · '.join(attribute.examples)}".rstrip("; ")


def source_tables(inspection: Inspection) -> str:
    """Return the `[[source]]` tables to paste into city.toml; empty: no reader takes the file."""
    found = inspection.found
    if found.kind is None:
        return ""
    stem = re.sub(r"\W+", "_", inspection.path.name.split(".")[0]).strip("_").lower() or "source"
    blocks = []
    for options in found.sources:
        told = (
            options.get("layer"),
            options.get("sheet"),
            Path(str(options.get("path", ""))).stem,
            options.get("kind"),
        )
        layer = str(next(filter(None, told), ""))
        name = f"{stem}_{re.sub(r'[^0-9a-z]+', '_', layer.lower()).strip('_')}" if len(found.sources) > 1 else stem
        lines = ["[[source]]", f"name = {_toml(name)}", f"kind = {_toml(str(options.get('kind', found.kind)))}"]
        lines.append(f"path = {_toml(str(options.get('path', inspection.path)))}")
        if found.extent is not None and found.crs is None:
            crs = _toml(inspection.crs) if inspection.crs else '"EPSG:…"   # not in the file: fill in'
            lines.append(f"crs = {crs}")
        blocks.append("\n".join(lines + _option_lines(options)))
    return "\n".join(blocks)


def _option_lines(options: Mapping[str, object]) -> list[str]:
    lines = [f"{name} = {_toml(value)}" for name, value in options.items() if name not in {"kind", "path"}]
    return ["[source.options]", *lines] if lines else []


def _toml(value: object) -> str:
    """Return a text or number of TOML, whose basic strings are JSON's."""
    return json.dumps(value, ensure_ascii=False)
