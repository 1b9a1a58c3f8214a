"""A quality report as one HTML file that needs nothing else: no network, no fonts, no scripts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import jinja2
from markupsafe import Markup

from cim._version import __version__
from cim.city import CityProfile
from cim.etl.quality.facts import FileCount, LoadFacts
from cim.etl.quality.map import map_svg

_WORST = 12


def page(city: CityProfile, loads: Sequence[LoadFacts], at: dt.datetime) -> str:
    """Return a report.

    Parameters
    ----------
    city
        The city.
    loads
        Its loads; of several, a first page sums up.
    at
        When it is written.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("cim.etl.quality", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": _number, "size": _size, "time": _time, "short": _short}
    return environment.get_template("report.html").render(
        city=city,
        loads=loads,
        at=at,
        version=__version__,
        maps=[_drawn(item) for item in loads],
        worst=worst_files(loads),
        provenance=[_provenance(item.load) for item in loads],
        most_files=_WORST,
    )


def _drawn(facts: LoadFacts) -> Markup | None:
    """Return a load's map; it is made of numbers and names of our own."""
    return Markup(map_svg(facts.drawing)) if facts.drawing else None  # noqa: S704 - see above


def worst_files(loads: Sequence[LoadFacts]) -> list[tuple[str, FileCount]]:
    """Return source and counts of the files with most faults, over all loads."""
    found = [(item.load["source"], file) for item in loads for file in item.files]
    return sorted(found, key=lambda pair: (-pair[1].errors, -pair[1].warnings, pair[0]))[:_WORST]


def _provenance(load: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the lines of a load's provenance: title in Chinese and English, and what it says."""
    height = load["height_offset_m"]
    accuracy = load["accuracy_m"]
    way = load["transformation"]
    lines = [
        ("文件", "File", load["path"]),
        ("摘要 SHA-256", "Digest", load["sha256"] or "—"),
        ("大小", "Size", _size(load["size_bytes"])),
        ("坐标系", "CRS", load["crs"] or "—"),
        ("转换", "Transformation", way or "无 none"),
        ("高程改正", "Height offset", "—" if height is None else f"{height:+g} m"),
        ("许可", "Licence", load["licence"] or "—"),
        ("署名", "Attribution", load["attribution"] or "—"),
        ("密级、分级", "Secrecy, grade", f"{load['secrecy']}、{load['data_grade']}"),
        ("入库时间", "Published", _time(load["published_at"])),
        ("软件版本", "Software", f"cim {load['software_version']}"),
    ]
    if way and accuracy is not None:
        lines.insert(5, ("转换精度", "Accuracy", f"{accuracy:g} m"))
    return lines


def _number(value: Any) -> str:
    return "—" if value is None else f"{value:,}"


def _size(value: int | None) -> str:
    """Return a size in bytes as people read it."""
    if value is None:
        return "—"
    size = float(value)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def _time(value: dt.datetime | None) -> str:
    return "—" if value is None else value.strftime("%Y-%m-%d %H:%M")


def _short(text: str | None, most: int = 160) -> str:
    """Return a text that fits a cell."""
    text = text or ""
    return text if len(text) <= most else text[: most - 1] + "…"
