"""Which code made something: what was built by other code is not up to date, whatever the data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

_MADE_OF = (".py", ".sql", ".yaml", ".csv")


@cache
def code_digest(*packages: str) -> str:
    """Return a digest of the code and the tables of some packages, 16 hexadecimal digits.

    A release number alone would leave yesterday's tiles standing after an update of a checkout.

    Parameters
    ----------
    packages
        Names such as `cim.layers`; those below them count too.
    """
    seen = hashlib.sha256()
    for package in packages:
        for name, content in sorted(_files(resources.files(package), package)):
            seen.update(name.encode() + b"\0" + content + b"\0")
    return seen.hexdigest()[:16]


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        if item.is_dir() and item.name != "__pycache__":
            yield from _files(item, f"{path}/{item.name}")
        elif item.name.endswith(_MADE_OF):
            yield f"{path}/{item.name}", item.read_bytes()
