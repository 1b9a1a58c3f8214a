"""What a cluster tells of itself: its state, and the addresses of its databases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit


@dataclass(frozen=True)
class ClusterStatus:
    """What `cim db status` tells."""

    running: bool
    """Whether the server answers."""

    private: bool
    """Whether it is the platform's own; else CIM_DATABASE_URL names it."""

    pid: int | None = None
    """Process id of the private server, when running."""

    data: Path | None = None
    """Data folder of the private server."""

    sockets: Path | None = None
    """Folder of its socket."""

    port: int | None = None
    """Its port."""

    tcp: bool = False
    """Whether it listens on 127.0.0.1."""

    passwords: Path | None = None
    """libpq password file for connections by TCP, when there is one."""

    version: str = ""
    """The server's version, when running."""

    databases: tuple[str, ...] = ()
    """Names of the cities' databases, when running."""


def private_conninfo(sockets: Path, port: int, database: str, role: str) -> str:
    """URL (libpq) of a database of the private cluster, by its socket."""
    query = urlencode({"host": str(sockets), "port": port}, safe="/")
    return f"postgresql://cim_{role}@/{quote(database, safe='')}?{query}"


def foreign_conninfo(url: str, database: str, role: str) -> str:
    """URL (libpq) of a database on the user's server; our roles are taken on after log-in."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if role != "admin":
        # Without a blank: SQLAlchemy writes one as "+", which libpq takes as it stands.
        query["options"] = f"{query.get('options', '')} -crole=cim_{role}".strip()
    elif database == "postgres":  # that one may be closed to the user
        database = parts.path.strip("/") or database
    path = "/" + quote(database, safe="")
    return urlunsplit(("postgresql", parts.netloc, path, urlencode(query, safe="/", quote_via=quote), ""))
