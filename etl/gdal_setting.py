"""Settings of GDAL that are the process's, where no option of a driver says the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyogrio


@contextmanager
def gdal_setting(name: str, value: str | None) -> Iterator[None]:
    """Set one for the block; None: nothing is set."""
    if value is None:
        yield
        return
    before = pyogrio.get_gdal_config_option(name)
    pyogrio.set_gdal_config_options({name: value})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({name: before})
