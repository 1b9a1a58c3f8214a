"""One error tree: an error takes data and writes value, place and remedy in one line.

The command line prints the line and exits with `exit_code`; the web maps classes to HTTP statuses
in one table (`cim.web.errors`). No traceback reaches a user.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


class CimError(Exception):
    """Base of every error that a user can cause and mend.

    Parameters
    ----------
    message
        One line in English: value, place and remedy.
    values
        What the line tells, by name: whoever says it in another language fills in the same.
    """

    exit_code = 1
    code: str | None = None
    """What is wrong, where the class alone does not say it."""

    def __init__(self, message: object = "", /, **values: object) -> None:
        super().__init__(message)
        self.values = values

    def __reduce__(self) -> tuple[Any, ...]:
        """Come whole out of another process: what was given to `__init__` is not kept, what it made of it is."""
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(kind: type[CimError], args: tuple[Any, ...], state: dict[str, Any]) -> CimError:
    """Return an error as it was in another process."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class BadSetting(CimError):
    """An environment variable or option has a value that cannot be used."""

    def __init__(self, name: str, value: object, remedy: str) -> None:
        super().__init__(f"{name}={value!r} cannot be used: {remedy}")


class BadManifest(CimError):
    """`city.toml` is unreadable or says something impossible."""

    def __init__(self, path: Path, where: str, remedy: str) -> None:
        super().__init__(f"{path}: {where}: {remedy}")


class BadSource(CimError):
    """A source file cannot be read as what the manifest says it is."""

    def __init__(self, path: Path, what: str, remedy: str) -> None:
        self.path, self.what, self.remedy = path, what, remedy
        super().__init__(f"{path}: {what}: {remedy}")


class MissingSource(BadSource):
    """The file that the manifest names does not exist."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "no such file", "correct the path in city.toml or put the file there")


class MissingCrs(BadSource):
    """A source says nothing of its coordinate reference system."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "has no CRS", 'give one with crs = "EPSG:…" in city.toml or --crs')


class BadCrs(BadSource):
    """A coordinate reference system is unknown, mixed, or cannot be brought into the city's."""

    def __init__(self, path: Path, crs: str, why: str) -> None:
        told = crs if len(crs) < 120 else f"{crs[:80]}…"
        super().__init__(path, f"CRS {told!r} {why}", "give the right one with --crs or crs in city.toml")


class UnknownCity(CimError):
    """No database of that name stands in the cluster."""

    def __init__(self, slug: str, known: list[str]) -> None:
        have = ", ".join(sorted(known)) or "none yet"
        super().__init__(f"no city {slug!r} is loaded (loaded: {have}): run cim load DIR/city.toml")


class OutdatedCity(CimError):
    """A city's tables are not those of this version."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"city {slug!r} has the tables of another version of this software: run cim db upgrade {slug}")


class NewerCity(CimError):
    """A city's tables are of a version that came after this one."""

    def __init__(self) -> None:
        super().__init__("the database was made by a newer version of this software: install that one")


class CityMismatch(CimError):
    """A manifest contradicts the city that is already in the database (its CRS is bound for ever)."""

    def __init__(self, slug: str, what: str, stored: object, given: object) -> None:
        super().__init__(
            f"city {slug!r} has {what} {stored!r} but the manifest says {given!r}: "
            "a city's CRS is fixed when it is made; give the new one another slug"
        )


class ClusterError(CimError):
    """The private PostGIS cluster cannot be started, reached or stopped."""


class UnknownRegister(CimError):
    """There is no register of that kind."""

    def __init__(self, kind: str, known: list[str]) -> None:
        super().__init__(f"no register {kind!r}: give one of {', '.join(known)}")


class MissingExtra(CimError):
    """A part of the software is asked for that was not installed."""

    def __init__(self, extra: str, what: str) -> None:
        super().__init__(f"{what} needs the extra {extra!r}: pip install 'cim[{extra}]'")


class WorkerLost(CimError):
    """A process that worked for this one was ended from outside."""

    def __init__(self) -> None:
        super().__init__("a worker process was ended, perhaps for want of memory: try again with --workers 1")


class SchedulerError(CimError):
    """The Dask cluster that is to do the work does not answer."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"no Dask cluster works at {address} ({why}): start one, or leave --cluster out")


class DatabaseError(CimError):
    """The database refused or dropped the work; the last good state stands."""


class UnknownLayer(CimError):
    """The catalogue has no layer of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no layer {name!r}: cim layers list shows what there is")


class UnknownTile(UnknownLayer):
    """A layer has no tile at that place."""

    def __init__(self, layer: str, key: str) -> None:
        CimError.__init__(self, f"layer {layer!r} has no tile {key!r}: start from its tileset.json")


class UnknownFeature(CimError):
    """No current feature has that id, or the viewer may not see it."""

    def __init__(self, feature_id: int) -> None:
        super().__init__(f"no feature {feature_id}: it does not exist or is not shown to you", feature=str(feature_id))


class BadRequest(CimError):
    """A query parameter has a value that cannot be used."""

    def __init__(self, name: str, value: object, remedy: str) -> None:
        super().__init__(f"parameter {name}={value!r} cannot be used: {remedy}")
