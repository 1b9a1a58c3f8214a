"""The address of our web server as a URL writes it."""

from __future__ import annotations

import ipaddress
from contextlib import suppress


def bracketed(host: str) -> str:
    """Return a host as it stands before a port: an IPv6 address in brackets, all else as it is."""
    with suppress(ValueError):
        return f"[{ipaddress.IPv6Address(host)}]"
    return host


def origin(host: str, port: int) -> str:
    """Return scheme, host and port of a page that is served there, such as `http://[::1]:8000`."""
    return f"http://{bracketed(host)}:{port}"
