"""Registers laid over one another: a system over the one it is based on, a city's own file over a system."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from cim.analytics.errors import BadRegister

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""A register of 1,400 lines takes a second in Python."""

Top = Mapping[str, Any]
Entries = list[Any]


def whole_system(path: Path, find: Callable[[str], Path]) -> tuple[Top, Entries]:
    """Return what a register file says as a whole, and its indicators with those of its base.

    Parameters
    ----------
    path
        The file. `base: NAME` takes over all indicators of another register but those in `leave_out`; an entry of a
        code that the base has changes what it names. An entry `{code: …, from: NAME}` takes over one.
    find
        File of a register by its name.

    Raises
    ------
    BadRegister
        The file is no register, or a base has no such indicator.
    """
    top = _read(path)
    listed = _listed(top, path)
    codes = [str(item.get("code")) for item in listed if isinstance(item, dict)]
    if len(set(codes)) != len(codes):
        raise BadRegister(path, "indicators", "give each code once")
    base_top: Top = {}
    below: Entries = []
    if "base" in top:
        base_top, below = whole_system(find(str(top["base"])), find)
    grading = {"grading": base_top["grading"]} if "grading" in base_top else {}
    return {**grading, **top}, _laid_over(below, [_taken(item, path, find) for item in listed], top, path)


def with_local(top: Top, entries: Entries, local: Path, find: Callable[[str], Path]) -> tuple[Top, Entries]:
    """Return a system with a city's own entries over it; both names stand in the result's. `find`: as above."""
    own = _read(local)
    if not isinstance(own.get("name"), str) or not own["name"].strip():
        raise BadRegister(local, "the file: name", "give these changes a name of their own, such as mycity-2026")
    merged = _laid_over(entries, [_taken(item, local, find) for item in _listed(own, local)], own, local)
    grading = {**(top.get("grading") or {}), **(own.get("grading") or {})}
    return {**top, "system": f"{top.get('system')}+{own['name']}", "grading": grading, "official_count": None}, merged


def _read(path: Path) -> Top:
    try:
        text = yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - a safe loader, in C where there is one
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadRegister(path, "not YAML in UTF-8", str(error).replace("\n", " ")) from None
    if not isinstance(text, dict):
        raise BadRegister(path, "the file", "give names and values (name: value)")
    return text


def _listed(top: Top, path: Path) -> Entries:
    listed = top.get("indicators") or []
    if not isinstance(listed, list):
        raise BadRegister(path, "indicators", "give a list, an entry for each indicator")
    return listed


def _taken(item: Any, path: Path, find: Callable[[str], Path]) -> Any:
    """Return an entry; one that is taken from another register in full."""
    if not isinstance(item, dict) or "from" not in item:
        return item
    _, others = whole_system(find(str(item["from"])), find)
    found = next((other for other in others if other.get("code") == item.get("code")), None)
    if found is None:
        raise BadRegister(path, f"{item.get('code')}: from", f"{item['from']} has no such indicator")
    return _changed(found, {name: value for name, value in item.items() if name != "from"})


def _laid_over(below: Entries, above: Entries, top: Top, path: Path) -> Entries:
    """Return entries with others over them, in the order of the lower ones, new ones last."""
    left_out = top.get("leave_out") or []
    known: dict[Any, Any] = {item["code"]: item for item in below}
    strange = [str(code) for code in left_out if code not in known] if isinstance(left_out, list) else [str(left_out)]
    if strange:
        raise BadRegister(path, "leave_out", f"list codes of the system; it has no {', '.join(strange)}")
    kept = {code: item for code, item in known.items() if code not in left_out}
    for place, item in enumerate(above):
        # What is no entry at all is refused later, with its place.
        code = item.get("code", place) if isinstance(item, dict) else place
        kept[code] = _changed(kept[code], item) if code in kept and isinstance(item, dict) else item
    return list(kept.values())


def _changed(entry: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with what the change names; parameters are changed one by one, and null takes one away."""
    parameters = {**(entry.get("parameters") or {}), **(change.get("parameters") or {})}
    known = {name: value for name, value in parameters.items() if value is not None}
    return {**entry, **change, "parameters": known}
