"""What an analyst or engineer can ask that cannot be answered, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cim.errors import CimError


class UnknownNetwork(CimError):
    """No network is called that, or the city has none of it."""

    def __init__(self, network: str, known: Iterable[str], why: str) -> None:
        what = f"network {network!r} {why}: use one of {', '.join(known) or '(none is loaded)'}, or all"
        super().__init__(what, network=network)


class NoNetworks(CimError):
    """The city has no pipes at all."""

    def __init__(self, city: str) -> None:
        super().__init__(f"city {city!r} has no pipe segments: load a pipe_survey or epanet source with cim load")


class NoUnits(CimError):
    """The city has no administrative units to examine."""

    def __init__(self, city: str, levels: Iterable[str]) -> None:
        super().__init__(
            f"city {city!r} has no administrative units of level {' or '.join(levels)}: "
            "load a register source with theme admin_unit"
        )


class BadRegister(CimError):
    """A register of indicators says something that cannot be used."""

    def __init__(self, path: Path, where: str, remedy: str) -> None:
        super().__init__(f"{path.name}: {where}: {remedy}")


class UnknownSystem(CimError):
    """No register of that name stands beside the code."""

    def __init__(self, system: str, known: Iterable[str]) -> None:
        super().__init__(f"no indicator system {system!r}: use one of {', '.join(known)}")


class UnknownIndicator(CimError):
    """The register has no indicator of that code."""

    def __init__(self, code: str, known: Iterable[str]) -> None:
        super().__init__(f"no indicator {code!r} in this system: use one of {', '.join(known)}", indicator=code)


class NoExamination(CimError):
    """No examination of that kind has finished, or the viewer may not see it."""

    def __init__(self, city: str, year: int | None, system: str | None, run: int | None, known: str) -> None:
        asked = [f"run {run}"] if run is not None else []
        asked += [f"of {year}"] if year is not None else []
        asked += [f"by {system}"] if system is not None else []
        super().__init__(
            f"city {city!r} has no examination {' '.join(asked) or 'yet'} (there are: {known or 'none'}): "
            f"run cim examine{f' --year {year}' if year else ''}",
            year="" if year is None else str(year),
            system=system or "",
        )


class DataChanged(CimError):
    """Loads were published faster than the data could be read."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} changed while it was read: wait until loading has ended and run this again")


class NotIsolable(CimError):
    """A network that drains by gravity, or is of cables, has no valves to isolate a part of it."""

    def __init__(self, network: str) -> None:
        what = f"network {network!r} is not under pressure: no valves isolate its segments, trace it instead"
        super().__init__(what, network=network)


class UnknownSegment(CimError):
    """A segment is not part of the network, or not in use."""

    def __init__(self, segment: int | str, network: str) -> None:
        what = f"no segment {segment!r} in use in network {network!r}: give the feature id of one that is"
        super().__init__(what, segment=str(segment), network=network)


class UnknownValve(CimError):
    """A valve is not part of the network, or stands on no pipe."""

    def __init__(self, valve: int, network: str) -> None:
        what = f"no valve {valve} in the line of network {network!r}: give the feature id of one that is"
        super().__init__(what, valve=str(valve), network=network)


class AmbiguousSegment(CimError):
    """Several sources have a segment under one key."""

    def __init__(self, key: str, ids: Iterable[int]) -> None:
        known = ", ".join(map(str, ids))
        super().__init__(f"{key!r} names more than one segment: give a feature id, such as {known}")


class BadRules(CimError):
    """A table of rules, ours or the city's, says something that cannot be used."""

    def __init__(self, table: str, row: int, what: str) -> None:
        super().__init__(f"{table}.csv, line {row}: {what}")


class UnknownPlace(CimError):
    """No node, segment or device of the pipes is called that."""

    def __init__(self, name: int | str, where: str = "of this city") -> None:
        super().__init__(
            f"no pipe node or segment {name!r} {where}: give a feature id or a key of the survey", place=str(name)
        )


class AmbiguousPlace(CimError):
    """Several nodes or segments have one name."""

    def __init__(self, name: str, ids: Iterable[int]) -> None:
        known = ", ".join(map(str, ids))
        super().__init__(f"{name!r} names more than one node or segment: give a feature id, such as {known}")


class BadQuestion(CimError):
    """A question to a network contradicts itself, or lacks a part; `code` says how, where a person can mend it."""

    def __init__(self, what: str, remedy: str, code: str | None = None, **values: object) -> None:
        super().__init__(f"{what}: {remedy}", **values)
        self.code = code


class TooMuch(CimError):
    """More is asked than an answer at once can hold; the command line asks it, and keeps what it finds."""

    def __init__(self, what: str, most: int, command: str) -> None:
        super().__init__(f"{what}, above {most:,}: run {command}", most=most, command=command)


class NoPath(CimError):
    """No way leads from one place of a network to another."""

    def __init__(self, start: int | str, end: int | str, network: str) -> None:
        what = f"no way leads from {start!r} to {end!r} in network {network!r}: name places that are joined"
        super().__init__(what, start=str(start), end=str(end), network=network)


class BadAssumption(CimError):
    """A file of assumptions or design storms, a city's own, says something that cannot be used."""

    def __init__(self, file: str, where: str, what: str) -> None:
        super().__init__(f"{file}: {where}: {what}")


class NotPhysical(CimError):
    """A hydraulic model came to no numbers that can be believed; nothing of it is kept."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"the model's numbers are not physical, so none is shown: {what}: {remedy}")


class NoModel(CimError):
    """What a hydraulic model needs is not there."""

    def __init__(self, network: str, what: str, remedy: str) -> None:
        super().__init__(f"network {network!r} cannot be modelled: {what}: {remedy}")
