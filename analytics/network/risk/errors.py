"""What cannot be used of what risk is weighed by."""

from __future__ import annotations

from cim.errors import CimError


class BadAssumptions(CimError):
    """A file of what risk is weighed by says something that cannot be used."""

    def __init__(self, file: str, where: str, what: str) -> None:
        super().__init__(f"{file}: {where}: {what}")
