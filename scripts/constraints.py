"""Write constraints.txt: the versions installed here of all that cim, its tests and notebooks need, and no more."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

EXTRAS = ("test", "notebook")
OLDEST_PYTHON = "3.11.2"  # Debian 12's: a release for 3.11.5 and later is of no use there


def requirements(name: str, extras: frozenset[str]) -> list[Requirement]:
    """List the requirements of an installed package that hold here, with the given extras."""
    try:
        lines = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        raise SystemExit(f"{name} is not installed here: run scripts/setup test") from None
    parsed = [Requirement(line) for line in lines]
    environments = [{"extra": extra} for extra in ("", *extras)]
    return [r for r in parsed if r.marker is None or any(r.marker.evaluate(e) for e in environments)]


def closure(name: str, extras: frozenset[str]) -> set[str]:
    """Names of all packages that a package needs, directly or not."""
    seen: dict[str, frozenset[str]] = {}
    waiting = [(canonicalize_name(name), extras)]
    while waiting:
        package, wanted = waiting.pop()
        if wanted <= seen.get(package, frozenset()) and package in seen:
            continue
        seen[package] = wanted | seen.get(package, frozenset())
        waiting += [(canonicalize_name(r.name), frozenset(r.extras)) for r in requirements(package, seen[package])]
    return set(seen) - {name}


def too_new(name: str) -> bool:
    """Whether the installed release of a package refuses the oldest Python that we support."""
    wanted = importlib.metadata.metadata(name).get("Requires-Python")
    return wanted is not None and OLDEST_PYTHON not in SpecifierSet(wanted)


def main() -> None:
    """Write the file."""
    names = sorted(closure("cim", frozenset(EXTRAS)))
    if refused := [name for name in names if too_new(name)]:
        raise SystemExit(f"install older releases of these, for Python {OLDEST_PYTHON}: {', '.join(refused)}")
    lines = [f"{name}=={importlib.metadata.version(name)}" for name in names]
    header = "# Written by `make constraints` from an environment in which every test passes.\n"
    Path(__file__).parents[1].joinpath("constraints.txt").write_text(header + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"constraints.txt: {len(lines)} packages")


if __name__ == "__main__":
    main()
