"""What models take where the data says nothing: `assumptions.yaml`, and a city's own file before it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import yaml

from cim.analytics.errors import BadAssumption

_Part = TypeVar("_Part", bound="WaterAssumptions | FireAssumptions | ClosureAssumptions | DrainAssumptions")

FILE = "assumptions.yaml"
"""Name of the file, ours and a city's."""
_LARGEST = 100_000.0
_LEAST_SPAN_M = 0.1


@dataclass(frozen=True)
class WaterAssumptions:
    """Of networks under pressure."""

    roughness: Mapping[str, float]
    """Hazen and Williams's coefficient by material."""
    usual_roughness: float
    """The same for other materials."""
    usual_bump_mm: float
    """Height of bumps where a model's other pipes tell theirs (Darcy and Weisbach), millimetres."""
    litres_a_day: float
    """Water a resident uses on an average day, litres."""
    residents_a_customer: float
    """Residents of a customer whose number is not recorded."""
    source_pressure_m: float
    """Pressure kept at the highest node of what a source of unknown head feeds, metres."""
    least_pressure_m: float
    """Nothing is delivered at and below it, metres."""
    required_pressure_m: float
    """All is delivered at and above it, metres."""
    pressure_exponent: float
    """Of Wagner's curve between the two."""
    tank: Mapping[str, float]
    """Levels and size of tanks that say none, metres."""
    pump_kw: float
    """Power of pumps without curve and power, kilowatts."""
    shortest_m: float
    """Shortest length of a pipe in a model, metres."""


@dataclass(frozen=True)
class FireAssumptions:
    """Of hydrants."""

    residual_m: float
    """Pressure above ground that must remain, metres."""
    needed_l_s: float
    """Flow asked for, L/s."""
    most_l_s: float
    """Largest flow looked for, L/s."""
    clause: str
    """Where the two stand."""
    confidence: str
    """How well they are known."""


@dataclass(frozen=True)
class ClosureAssumptions:
    """Of pipes that are shut, one at a time."""

    breaks: Sequence[float]
    """Shares of all demand at which grades 2, 3 and 4 begin."""
    short_share: float
    """Share of its demand that a node must lose to count."""


@dataclass(frozen=True)
class DrainAssumptions:
    """Of networks that drain by gravity; lengths in metres."""

    roughness: Mapping[str, float]
    """Manning's n by material."""
    usual_roughness: float
    """The same for other materials."""
    cell_m: float
    """Side of the cells that catchments are made of."""
    reach_m: float
    """Farthest cell of a manhole's catchment."""
    impervious: Mapping[str, float]
    """Share that lets no water through: building, road, green, other."""
    n_impervious: float
    """Manning's n of what lets no water through."""
    n_pervious: float
    """Manning's n of what does."""
    storage_impervious_mm: float
    """Water that stays on it, millimetres."""
    storage_pervious_mm: float
    """The same where water soaks in."""
    slope_percent: float
    """Slope of the ground."""
    overland_m: float
    """Way of the water to a manhole."""
    horton: Sequence[float]
    """First and last rate (mm/h), decay (1/h), drying time (days) of infiltration."""
    return_share: float
    """Share of the water used that comes back as sewage."""
    shortest_m: float
    """Shortest conduit of a model."""
    usual_cover_m: float
    """Ground above the highest crown where its level is not known."""
    ponding_depth_m: float
    """Depth of water round a manhole that floods."""
    farthest_m: float
    """Farthest that it is taken to spread."""
    least_flood_m3: float
    """Volume from which on it is looked for what lies near, cubic metres."""
    continuity_percent: float
    """Largest continuity error of a run that counts, percent."""
    routing_step_s: float
    """Seconds between steps of the routing."""


@dataclass(frozen=True)
class Assumptions:
    """All of them."""

    water: WaterAssumptions
    fire: FireAssumptions
    closure: ClosureAssumptions
    drainage: DrainAssumptions
    status: str
    """unverified until somebody compares the values with the prints."""
    digest: str
    """Of the content: other assumptions give other findings."""
    replaced: Sequence[str]
    """What the city has replaced, e.g. water.litres_a_day."""


def load_assumptions(folder: Path | None = None) -> Assumptions:
    """Return the assumptions, those of a city's folder before our own.

    Parameters
    ----------
    folder
        Where the city keeps `assumptions.yaml`; one that does not exist holds none.

    Raises
    ------
    BadAssumption
        The city's file says something that is not known, or no number in range.
    """
    ours = yaml.safe_load((resources.files(__package__) / FILE).read_text(encoding="utf-8"))
    own = city_file(folder, FILE)
    told, replaced = _laid_over(ours, own)
    water = _part(WaterAssumptions, "water", told)
    if water.required_pressure_m - water.least_pressure_m < _LEAST_SPAN_M:
        raise BadAssumption(FILE, "water.required_pressure_m", "lies not above water.least_pressure_m, as EPANET asks")
    return Assumptions(
        water=water,
        fire=_part(FireAssumptions, "fire", told),
        closure=_part(ClosureAssumptions, "closure", told),
        drainage=_part(DrainAssumptions, "drainage", told),
        status=str(told["status"]),
        digest=hashlib.sha256(repr(told).encode()).hexdigest()[:16],
        replaced=replaced,
    )


def city_file(folder: Path | None, name: str) -> Mapping[str, Any]:
    """Return what a city's own file says; nothing where there is none.

    Raises
    ------
    BadAssumption
        It is no YAML, or no mapping.
    """
    path = folder / name if folder else None
    if path is None or not path.is_file():
        return {}
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadAssumption(name, "the file", "is no YAML") from error
    if not isinstance(told, dict):
        raise BadAssumption(name, "the file", "is no mapping of names to values")
    return told


def _laid_over(ours: dict[str, Any], own: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return our values with a city's in their place, and the names of those."""
    told, replaced = dict(ours), []
    for name, value in own.items():
        if name not in ours:
            raise BadAssumption(FILE, name, f"is not known: use one of {', '.join(ours)}")
        if not isinstance(ours[name], dict):
            told[name] = value
            continue
        if not isinstance(value, dict) or set(value) - set(ours[name]):
            known = ", ".join(ours[name])
            raise BadAssumption(FILE, name, f"holds what is not known: use {known}")
        told[name] = ours[name] | {each: _replaced(f"{name}.{each}", ours[name][each], value[each]) for each in value}
        replaced += [f"{name}.{each}" for each in value]
    return told, replaced


def _replaced(name: str, ours: Any, own: Any) -> Any:
    """Return a city's value in place of ours: alike in form; where ours are values by name, it tells some or more."""
    if isinstance(ours, dict) and isinstance(own, dict):
        return ours | own
    lists = isinstance(ours, list) and isinstance(own, list) and len(ours) == len(own)
    if not lists and (isinstance(ours, dict | list) or isinstance(own, dict | list)):
        raise BadAssumption(FILE, name, f"is not told as ours is: {ours!r}")
    return own


def _part(kind: type[_Part], name: str, told: Mapping[str, Any]) -> _Part:
    values = {field.name: told[name][field.name] for field in fields(kind)}
    for each, value in values.items():
        _check(f"{name}.{each}", value)
    return kind(**values)


def _check(name: str, value: Any) -> None:
    """Refuse what is no number from 0 up; words are words."""
    if isinstance(value, dict):
        for each, one in value.items():
            _check(f"{name}.{each}", one)
    elif isinstance(value, list):
        for one in value:
            _check(name, one)
    elif name.rpartition(".")[2] not in ("clause", "confidence"):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value <= _LARGEST:
            raise BadAssumption(FILE, name, f"{value!r} is no number from 0 to {_LARGEST:,.0f}")
