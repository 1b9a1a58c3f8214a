"""Code tables of pipeline surveys: networks, features, materials, burial; a city can override each by an option."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from cim.codes import NETWORKS
from cim.errors import BadSource


@dataclass(frozen=True)
class Feature:
    """What a feature (特征) or an appurtenance (附属物) means."""

    kind: str
    """Kind of node."""
    device: str | None
    """Kind of device on it."""
    flow: str | None
    """source, sink, or nothing."""


@dataclass(frozen=True)
class Material:
    """What a material means, and how thick its pipes are where the survey does not say."""

    material: str
    """Our word."""
    basis: str
    """What its diameters mean: nominal, outer, inner."""
    wall_share: float
    """Wall as a share of the diameter."""
    wall_extra_mm: float
    """And this more, mm."""


@cache
def table(name: str) -> list[dict[str, str]]:
    """Read a table that lies beside this module."""
    text = (resources.files("cim.etl.readers") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _by_name(rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return rows by each of their names, as `spelled`; the first row that claims a name has it."""
    out: dict[str, dict[str, str]] = {}
    for row in rows:
        for name in row["names"].split("|"):
            if name:
                out.setdefault(spelled(name), row)
    return out


def spelled(text: str) -> str:
    """Return a code or word as it is looked up: without spaces, letters large, brackets as in ASCII."""
    return "".join(text.split()).upper().replace("\uff08", "(").replace("\uff09", ")")


@cache
def networks() -> dict[str, str | None]:
    """Return the network of each CJJ 61 code and name; None where one code covers several (PS) or none (QT)."""
    out: dict[str, str | None] = {}
    for row in table("cjj61_codes.csv"):
        for name in (row["code"], *row["names"].split("|")):
            if name:
                out.setdefault(spelled(name), row["network"] or None)
    return out


@cache
def classes_by_number() -> dict[str, str]:
    """Return the network by the second digit of a feature code, and by digits 2 to 4 where the sub-class decides."""
    out = {}
    for row in table("cjj61_codes.csv"):
        if row["network"] and row["sub_no"]:
            out[row["class_no"] + row["sub_no"]] = row["network"]
        elif row["network"] and row["level"] == "class" and row["class_no"]:
            out[row["class_no"]] = row["network"]
    return out


def network_of_feature_code(code: str) -> str | None:
    """Return the network that an eight-digit feature code names: 52022205 (5, class 2, sub-class 02) is sewage."""
    if len(code) != 8 or not code.isdigit() or code[0] != "5":
        return None
    known = classes_by_number()
    return known.get(code[1:4], known.get(code[1]))


@cache
def features(kind: str) -> dict[str, Feature]:
    """Return the known features or appurtenances (`kind`) by name."""
    rows = [row for row in table("pipe_features.csv") if row["list"] == kind]
    return {
        name: Feature(row["kind"], row["device"] or None, row["flow"] or None) for name, row in _by_name(rows).items()
    }


@cache
def materials() -> dict[str, Material]:
    """Return the known materials by code and name."""
    return {
        name: Material(row["material"], row["diameter_basis"], float(row["wall_share"]), float(row["wall_extra_mm"]))
        for name, row in _by_name(table("pipe_materials.csv")).items()
    }


@cache
def burials() -> dict[str, str]:
    """Return the known ways of burial by code and name."""
    return {name: row["burial"] for name, row in _by_name(table("pipe_burial.csv")).items()}


@cache
def choices(kind: str) -> dict[str, str]:
    """Return our values for the words of a short list: state, flow, method, device, operable."""
    rows = [row for row in table("pipe_states.csv") if row["list"] == kind]
    return {name: row["value"] for name, row in _by_name(rows).items()}


@dataclass(frozen=True)
class Codes:
    """The code tables as one source uses them: ours, and what its options say otherwise."""

    networks: Mapping[str, str | None]
    """Network by class code."""
    features: Mapping[str, Feature]
    """By feature."""
    appurtenances: Mapping[str, Feature]
    """By appurtenance."""
    materials: Mapping[str, Material]
    """By material."""
    burials: Mapping[str, str]
    """By way of burial."""


def codes(options: Mapping[str, Any], path: Path) -> Codes:
    """Return the code tables of a source.

    Parameters
    ----------
    options
        Of the source: tables `classes` (code = network), `materials` (word = our material), `burials`,
        `features` and `appurtenances` (word = kind of node).
    path
        File, for messages.

    Raises
    ------
    BadSource
        An option is no table, or names a network or material that does not exist.
    """
    given = {name: _option(options, name, path) for name in CODE_TABLES}
    by_material = {item.material: item for item in materials().values()}
    wrong = [word for word in given["classes"].values() if word not in NETWORKS]
    if wrong:
        raise BadSource(path, f"options.classes names network {wrong[0]!r}", f"give one of {', '.join(NETWORKS)}")
    wrong = [word for word in given["materials"].values() if word not in by_material]
    if wrong:
        remedy = f"give one of {', '.join(sorted(by_material))}"
        raise BadSource(path, f"options.materials names material {wrong[0]!r}", remedy)
    return Codes(
        networks() | given["classes"],
        features("feature") | {word: Feature(kind, None, None) for word, kind in given["features"].items()},
        features("appurtenance") | {word: _feature(kind) for word, kind in given["appurtenances"].items()},
        materials() | {word: by_material[name] for word, name in given["materials"].items()},
        burials() | given["burials"],
    )


CODE_TABLES = ("classes", "materials", "burials", "features", "appurtenances")
"""Options that say of a word what it means."""


def _option(options: Mapping[str, Any], name: str, path: Path) -> dict[str, str]:
    """Return a table among the options, its words as they are looked up."""
    given = options.get(name, {})
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise BadSource(path, f"options.{name} = {given!r}", 'give a table: { word = "meaning" }')
    return {spelled(word): value for word, value in given.items()}


def _feature(kind: str) -> Feature:
    """Return what a kind of node means elsewhere in the table."""
    known = {item.kind: item for item in features("appurtenance").values()}
    return known.get(kind, Feature(kind, None, None))
