"""The tables of a 关阀分析报告: the same rows on paper and in a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cim.analytics.network.bursts.burst import WATERY
from cim.analytics.network.bursts.report import BurstReport
from cim.analytics.network.bursts.words import advice, notice_forms, return_steps, say, stop_word
from cim.analytics.network.sheet_words import city_title, material_title, network_title

_OPEN = "________"
_NAMED = 12  # buildings that a notice names
_FITTINGS = {"hydrant": "hydrants", "drain_valve": "drain", "air_valve": "air"}
_USAGES = {
    "residential": "住宅",
    "commercial": "商业",
    "office": "办公",
    "industrial": "工业",
    "education": "教育",
    "school": "学校",
    "hospital": "医院",
    "medical": "医疗",
}
_KINDS = {
    "hospital": "医院",
    "clinic": "诊所",
    "dialysis": "透析中心",
    "school": "学校",
    "kindergarten": "幼儿园",
    "primary_school": "小学",
    "middle_school": "中学",
    "childcare": "托育机构",
    "elderly_care": "养老机构",
    "fire_station": "消防站",
    "shelter": "避难场所",
}


@dataclass(frozen=True)
class Listing:
    """A table with a title."""

    title: str
    """What it lists."""
    head: Sequence[str]
    """Titles of the columns."""
    rows: Sequence[Sequence[Any]]
    """Words and numbers; None is not known."""
    widths: Sequence[float]
    """Of the columns, relative to one another."""


def segment_facts(report: BurstReport, language: str) -> list[tuple[str, Any]]:
    """Return what is known of the segment that burst."""
    segment = report.found.segment
    size = f"DN{segment['diameter_mm']:.0f}" if segment["diameter_mm"] else None
    return [
        (say("network", language), network_title(segment["network"], language)),
        (say("key", language), f"{segment['key']} ({segment['segment_id']})"),
        (say("road", language), segment["road_name"]),
        (say("size", language), size),
        (say("material", language), material_title(segment["material"], language) or None),
        (say("year", language), segment["installed_year"]),
        (say("place", language), f"{segment['longitude']:.6f}°, {segment['latitude']:.6f}°"),
        (say("made", language), report.made_on.isoformat()),
    ]


def valve_listings(report: BurstReport, language: str) -> list[Listing]:
    """Return a table of valves for each role that there is."""
    names = ("order", "valve", "number", "valve size", "chamber", "state", "works", "last", "away", "place")
    head = [say(name, language) for name in names]
    widths = (8, 22, 17, 13, 17, 10, 12, 20, 17, 36)
    return [
        Listing(say(role, language), head, [_valve(valve, language) for valve in rows], widths)
        for role in ("close", "closed", "not_usable", "reopen")
        if (rows := report.valves(role))
    ]


def _valve(valve: Mapping[str, Any], language: str) -> tuple[Any, ...]:
    state = say("shut" if valve["state"] == "closed" else "open", language)
    # Whatever the register says: who asks has found that it does not close.
    usable = False if valve["role"] == "not_usable" else valve["operable"]
    works = None if usable is None else say("yes" if usable else "no", language)
    place = None if valve["longitude"] is None else f"{valve['longitude']:.6f}, {valve['latitude']:.6f}"
    size = f"DN{valve['diameter_mm']:.0f}" if valve["diameter_mm"] else None
    day = valve["last_operated_on"].isoformat() if valve["last_operated_on"] else None
    return (
        valve["order"],
        valve["key"],
        valve["number"],
        size,
        valve["chamber"],
        state,
        works,
        day,
        valve["distance_m"],
        place,
    )


def affected_listing(report: BurstReport, language: str) -> Listing:
    """Return what the two parts hold, side by side."""
    parts = report.found.isolated, report.found.beyond
    rows: list[tuple[Any, ...]] = [(say("pipes", language), *(len(part["segments"]) for part in parts))]
    for name, key in (
        ("length", "length_m"),
        ("volume", "volume_m3"),
        ("without size", "segments_without_size"),
        ("customers", "customers"),
        ("residents", "residents"),
        ("unknown people", "residents_unknown"),
        ("critical", "critical"),
        ("facilities", "critical_facilities"),
    ):
        rows.append((say(name, language), *(part[key] for part in parts)))
    if unlinked := report.found.unlinked:
        beyond = sum(row["beyond"] for row in unlinked)
        rows.append((say("unlinked", language), len(unlinked) - beyond, beyond))
    if duration := report.found.duration:
        hours = duration["hours"]
        rows.append((say("hours", language), *(hours if part["segments"] else None for part in parts)))
        rows.append((say("customer hours", language), *(round(hours * part["customers"]) for part in parts)))
    for kind, name in _FITTINGS.items():
        keys = [_keys(report, kind, beyond) for beyond in (False, True)]
        # That there is none is told of water only: a gas main has no hydrants to miss.
        if any(keys) or report.found.segment["network"] in WATERY:
            rows.append((say(name, language), *keys))
    head = ("", say("isolated", language), say("beyond", language))
    return Listing(say("affected", language), head, rows, (56, 63, 63))


def _keys(report: BurstReport, kind: str, beyond: bool) -> str | None:
    """Return the keys of fittings of a kind in a part."""
    keys = [
        row["number"] or row["key"] for row in report.found.fittings if row["kind"] == kind and row["beyond"] == beyond
    ]
    return f"{len(keys)}: {', '.join(map(str, keys))}" if keys else None


def service_listing(report: BurstReport, language: str) -> Listing:
    """Return who is without, those that must not be without first."""
    names = ("order", "building", "usage", "customers", "residents", "why", "part")
    rows = []
    for number, row in enumerate(report.found.services, 1):
        usage = _USAGES.get(row["usage"], row["usage"]) if language == "zh" else row["usage"]
        why = _why(row, language)
        building = row["building"] or row["building_id"] or say("not linked", language)
        part = say("beyond" if row["beyond"] else "isolated", language)
        people = None if row["residents"] is None else round(row["residents"])
        rows.append((number, building, usage, row["customers"], people, why, part))
    return Listing(
        say("services", language), [say(name, language) for name in names], rows, (10, 46, 26, 20, 20, 34, 26)
    )


def unlinked_listing(report: BurstReport, language: str) -> Listing:
    """Return the facilities that may be without: nobody knows what feeds them."""
    names = ("order", "facility", "kind", "nearest", "part", "place")
    rows = [
        (
            number,
            row["name"] or str(row["feature_id"]),
            kind_title(row["kind"], language),
            row["distance_m"],
            say("beyond" if row["beyond"] else "isolated", language),
            f"{row['longitude']:.6f}, {row['latitude']:.6f}",
        )
        for number, row in enumerate(report.found.unlinked, 1)
    ]
    return Listing(say("unlinked", language), [say(name, language) for name in names], rows, (10, 56, 28, 26, 26, 36))


def kind_title(kind: str, language: str) -> str:
    """Return what a kind of facility is called."""
    return _KINDS.get(kind, kind) if language == "zh" else kind


def _why(row: Mapping[str, Any], language: str) -> str | None:
    """Return why a building must not be without: kinds, and the names of its facilities."""
    if not row["critical"]:
        return None
    kinds = (row["critical_kind"] or "").split(", ") if row["critical_kind"] else [say("yes", language)]
    named = [kind_title(kind, language) for kind in kinds]
    names = dict.fromkeys(each["name"] for each in row["facilities"] if each["name"])
    return ", ".join([*named, *names])


def reopening_listing(report: BurstReport, language: str) -> Listing:
    """Return what is done to bring supply back, step by step."""
    network = report.found.segment["network"]
    first, each, last = return_steps(network, language)
    drains, airs = ((_keys(report, kind, beyond=False) or "–").split(": ")[-1] for kind in ("drain_valve", "air_valve"))
    told: list[tuple[Mapping[str, Any], str]] = [({}, first.format(drains=drains, airs=airs))]
    told += [(valve, each) for valve in report.reopening]
    told += [(valve, say("stay", language, valve=valve["key"])) for valve in report.valves("closed")]
    told.append(({}, last))
    rows = [
        (order, *(valve.get(name) for name in ("key", "number", "chamber")), what)
        for order, (valve, what) in enumerate(told, 1)
    ]
    head = [say(name, language) for name in ("order", "valve", "number", "chamber", "what")]
    return Listing(say("reopening", language), head, rows, (10, 24, 22, 22, 104))


def notice(report: BurstReport, language: str) -> list[str]:
    """Return the title, paragraphs and signature of a draft notice; what nobody knows yet is left open."""
    found, network = report.found, report.found.segment["network"]
    parts = found.isolated, found.beyond
    told = advice(network, language)
    values = {
        "stop": stop_word(network, language),
        "road": found.segment["road_name"] or _OPEN,
        "network": network_title(network, language),
        "where": _buildings(report, language),
        "customers": sum(part["customers"] for part in parts),
        "residents": round(sum(part["residents"] for part in parts)),
        "open": _OPEN,
    }
    title, why, where, critical, signed = notice_forms(language)
    return [form.format(**values) for form in (title, why, where, *([told] if told else []), critical, signed)]


def _buildings(report: BurstReport, language: str) -> str:
    """Return the names of the buildings without supply, and how many more there are."""
    buildings = [row["building"] for row in report.found.services]
    named = list(dict.fromkeys(str(name) for name in buildings if name))[:_NAMED]
    more = len(buildings) - len(named)
    if not named:
        return _OPEN
    listed = ("、" if language == "zh" else ", ").join(named)
    return listed + (say("and more", language, count=more) if more > 0 else "")


def notes(report: BurstReport, language: str) -> list[str]:
    """Return what limits the answer: what was left out, with counts, and what was not asked."""
    separator = "：" if language == "zh" else ": "
    told = [f"{reason[language]}{separator}{reason['count']}" for reason in report.found.left_out.values()]
    unknown = report.found.isolated["segments_without_size"]
    if unknown:
        told.append(f"{say('without size', language)}{separator}{unknown}")
    if report.found.sources:
        told.append(f"{say('sources', language)}{separator}{', '.join(map(str, report.found.sources))}")
    if duration := report.found.duration:
        told.append(duration[language])
    told += [say(name, language) for name in ("pressure", "no data")]
    if report.city.synthetic:
        told.append(f"{city_title(report.city, language)}{separator}{say('synthetic', language)}")
    return told
