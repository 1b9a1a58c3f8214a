"""Under which names the server may be asked: a page elsewhere that makes its name point here is not answered."""

from __future__ import annotations

from collections.abc import Collection

from flask import Flask, request
from werkzeug.exceptions import SecurityError
from werkzeug.sansio.utils import host_is_trusted

from cim.web_address import bracketed

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def register(app: Flask, names: Collection[str]) -> None:
    """Refuse every request to an app under another name than the loopback's and those given (DNS rebinding).

    Parameters
    ----------
    app
        The app; to be called before anything else looks at requests.
    names
        Names and addresses, IPv6 without brackets; one that begins with a dot stands for all below it.
    """
    written = {name: bracketed(name) for name in (*LOOPBACK, *names)}
    addresses = {address for name, address in written.items() if address != name}
    plain = [name for name, address in written.items() if address == name]

    def refuse_strangers() -> None:
        # Werkzeug (3.1) takes no IPv6 address for known: it looks for a port behind the first colon.
        inside, bracket, _ = request.host.rpartition("]")
        trusted = bracketed(inside[1:]) in addresses if bracket else host_is_trusted(request.host, plain)
        if not trusted:
            raise SecurityError(f"Host {request.host!r} is not trusted")

    app.before_request(refuse_strangers)
