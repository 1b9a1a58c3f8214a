"""Attributes of city objects: CityGML's own, generic ones, addresses, and those of extensions such as i-UR, nested."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from cim.etl.readers.citygml_names import XLINK, gml_id, is_standard, local, namespace

_WHOLE = re.compile(r"^-?(?:0|[1-9]\d{0,14})$")
_DECIMAL = re.compile(r"^-?(?:0|[1-9]\d*)\.\d+(?:[eE][+-]?\d+)?$")
_TEXTS = frozenset({"name", "description", "class", "function", "usage", "roofType", "species", "crop"})
"""Attributes whose values are codes or words even where they look like numbers."""
_LENGTHS = {"m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "cm": 0.01, "mm": 0.001, "km": 1000.0, "ft": 0.3048}
_UNKNOWN = {"measuredHeight": (-9999,), "storeysAboveGround": (9999, -9999), "storeysBelowGround": (9999, -9999)}
"""What PLATEAU writes for a value that is not known."""
_XAL = {
    "CountryName": "CountryName",
    "LocalityName": "LocalityName",
    "ThoroughfareName": "ThoroughfareName",
    "ThoroughfareNumber": "ThoroughfareNumber",
    "PostalCodeNumber": "PostalCode",
    "AdministrativeAreaName": "AdministrativeAreaName",
    "DependentLocalityName": "DependentLocalityName",
    "PremiseNumber": "PremiseNumber",
    "BuildingName": "BuildingName",
}


def put(out: dict[str, Any], name: str, value: Any) -> None:
    """Give an attribute a value; a second value makes a list of both."""
    if name not in out:
        out[name] = value
    elif isinstance(out[name], list):
        out[name].append(value)
    else:
        out[name] = [out[name], value]


def simple(out: dict[str, Any], element: etree._Element, name: str) -> None:
    """Take an element that holds text only, with its unit and the name of its code list beside it."""
    text = (element.text or "").strip()
    unit, codes = element.get("uom"), element.get("codeSpace")
    href = element.get(XLINK)
    if not text:
        if href:
            put(out, name, href)
        return
    put(out, name, text if codes or name in _TEXTS else typed(text))
    if unit:
        out[f"{name}_uom"] = unit
    if codes:
        out[f"{name}_codeSpace"] = codes


def typed(text: str) -> Any:
    """Return a number or truth value where a text is written as one; numbers with leading zeros are codes."""
    if _WHOLE.match(text):
        return int(text)
    if _DECIMAL.match(text):
        return float(text)
    return {"true": True, "false": False}.get(text, text)


def take_nested(out: dict[str, Any], element: etree._Element, prefixes: Mapping[str, str]) -> None:
    """Take a property of any shape: text, or objects of objects; extensions' names keep their prefix."""
    name = local(element.tag)
    if not is_standard(element.tag):
        name = f"{_prefix(element, prefixes)}{name}"
    if len(element) == 0:
        simple(out, element, name)
        return
    for child in element:
        put(out, name, _object(child))


def _prefix(element: etree._Element, prefixes: Mapping[str, str]) -> str:
    """Return the prefix of an extension: i-UR's own whatever the file calls it."""
    uri = namespace(element.tag)
    for known in ("uro", "urf", "urg", "urt", "urc"):
        if f"/iur/{known}/" in uri:
            return f"{known}:"
    prefix = prefixes.get(uri) or element.prefix
    return f"{prefix}:" if prefix else ""


def _object(element: etree._Element) -> Any:
    """Return an element with all below it as nested values; geometry is kept elsewhere."""
    if len(element) == 0:
        out: dict[str, Any] = {}
        simple(out, element, "value")
        return out["value"] if len(out) == 1 else {"type": local(element.tag), **out}
    out = {"type": local(element.tag)} if local(element.tag)[:1].isupper() else {}
    if (key := gml_id(element)) is not None:
        out["id"] = key
    for child in element:
        name = local(child.tag)
        if namespace(child.tag).startswith("http://www.opengis.net/gml") and name[:1].isupper():
            continue
        if len(child) == 0:
            simple(out, child, name)
        elif not name.startswith("lod"):
            for inner in child if local(child[0].tag)[:1].isupper() else (child,):
                value = _object(inner)
                if value not in (None, {}, []):
                    put(out, name, value)
    return out


def generic(out: dict[str, Any], element: etree._Element) -> bool:
    """Take a generic attribute or set of version 1 to 3; return whether it was one."""
    kind = local(element.tag)
    if kind == "genericAttribute":
        return all([generic(out, child) for child in element])
    if not kind.lower().endswith(("attribute", "attributeset")) or "generics" not in namespace(element.tag):
        return False
    name = element.get("name") or _child_text(element, "name") or "unnamed"
    if kind.lower() == "genericattributeset":
        inner: dict[str, Any] = {}
        for child in element:
            generic(inner, child)
        if element.get("codeSpace"):
            inner["codeSpace"] = element.get("codeSpace")
        put(out, name, inner)
        return True
    value = next((child for child in element if local(child.tag) == "value"), None)
    text = (value.text or "").strip() if value is not None else ""
    number = kind.lower() in ("intattribute", "doubleattribute", "measureattribute")
    put(out, name, _number(text) if number else text)
    if value is not None and value.get("uom"):
        out[f"{name}_uom"] = value.get("uom")
    if value is not None and value.get("codeSpace"):
        out[f"{name}_codeSpace"] = value.get("codeSpace")
    return True


def _number(text: str) -> Any:
    """Return a number, or the text where it is none."""
    try:
        value = float(text)
    except ValueError:
        return text
    return int(text) if _WHOLE.match(text) else value if abs(value) < 1e300 else text


def _child_text(element: etree._Element, name: str) -> str | None:
    """Return the text of a child."""
    return next(((child.text or "").strip() for child in element if local(child.tag) == name), None)


def address(element: etree._Element) -> dict[str, Any] | None:
    """Return an address (xAL) as CityJSON writes it."""
    out: dict[str, Any] = {}
    for part in element.iter("{*}*"):
        name, text = local(part.tag), (part.text or "").strip()
        if name in _XAL and text:
            put(out, _XAL[name], text)
        elif name in ("AddressLine", "NameElement") and text:
            put(out, name, text)
    return {name: " ".join(value) if isinstance(value, list) else value for name, value in out.items()} or None


def external_reference(element: etree._Element) -> dict[str, Any] | None:
    """Return a core:ExternalReference: the system, and the object's name or address there."""
    out: dict[str, Any] = {}
    for part in element.iter("{*}*"):
        if part is not element and len(part) == 0:
            simple(out, part, local(part.tag))
    return out or None


def settle(attributes: dict[str, Any]) -> list[str]:
    """Bring the measured height to metres and set aside what stands for a value that is not known.

    Returns
    -------
    list
        What could not be read as a height.
    """
    for name, marks in _UNKNOWN.items():
        if attributes.get(name) in marks:
            attributes[f"{name}_raw"] = attributes.pop(name)
    if "measuredHeight" not in attributes and "height" in attributes:
        _from_heights(attributes)
    unit = attributes.get("measuredHeight_uom")
    value = attributes.get("measuredHeight")
    if unit is None or not isinstance(value, int | float):
        return []
    factor = _LENGTHS.get(re.split(r"[#:]", str(unit))[-1].strip().lower())
    if factor == 1.0:
        return []
    attributes["measuredHeight_raw"] = attributes.pop("measuredHeight")
    attributes["measuredHeight_raw_uom"] = attributes.pop("measuredHeight_uom")
    if factor is None:
        return [f"measuredHeight has the unknown unit {unit!r}"]
    attributes["measuredHeight"], attributes["measuredHeight_uom"] = value * factor, "m"
    return []


def _from_heights(attributes: dict[str, Any]) -> None:
    """Take the height of version 3, which a building may have several of: a measured one before an estimated one."""
    given = attributes["height"]
    heights = [item for item in (given if isinstance(given, list) else [given]) if isinstance(item, dict)]
    heights.sort(key=lambda item: item.get("status") != "measured")
    for item in heights:
        if isinstance(item.get("value"), int | float):
            attributes["measuredHeight"] = item["value"]
            if "value_uom" in item:
                attributes["measuredHeight_uom"] = item["value_uom"]
            return
