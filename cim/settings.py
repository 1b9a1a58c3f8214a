"""What the platform is told from outside: the one place that reads the environment."""

from __future__ import annotations

import configparser
import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cim.errors import BadSetting

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,49}")
_INSTANCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}")


@dataclass(frozen=True)
class Settings:
    """One deployment's settings; nothing else in the project reads the environment."""

    data_dir: Path
    """Absolute folder of everything that the platform keeps: the private cluster, rasters, graphs."""

    database_url: str | None = None
    """`postgresql://` URL of a server of the user's own; None means the private cluster in `data_dir`."""

    city: str = "sample"
    """Slug of the city that commands and the server mean when none is named."""

    host: str = "127.0.0.1"
    """Address that the web server binds."""

    port: int = 8000
    """TCP port that the web server binds."""

    host_names: tuple[str, ...] = ()
    """Names under which browsers may ask for the web server, beside the loopback's and `host`."""

    isolated: bool = False
    """Declared by who runs it: no network reaches this deployment, so that it may hold state secrets."""

    editing: bool = False
    """Whether the web server lets people change the states of problems; it only shows unless somebody says so."""

    edit_token: str | None = None
    """What a browser must send to change anything; needed where the server is reached from other machines."""

    instance: str = "default"
    """Name that keeps two checkouts on one machine apart."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from environment variables.

        Parameters
        ----------
        environ
            The variables; None means those of this process. An empty value counts as unset.

        Raises
        ------
        BadSetting
            A variable holds a value that cannot be used.
        """
        variables = {k: v.strip() for k, v in (os.environ if environ is None else environ).items() if v.strip()}
        instance = _matching(
            "CIM_INSTANCE",
            variables.get("CIM_INSTANCE") or checkout_instance(),
            _INSTANCE,
            "letters and digits",
        )
        return cls(
            data_dir=_data_dir(variables, instance),
            database_url=_database_url(variables.get("CIM_DATABASE_URL")),
            city=_matching(
                "CIM_CITY",
                variables.get("CIM_CITY", "sample"),
                _SLUG,
                "a slug of lower-case letters, digits and _, such as sample",
            ),
            host=_host("CIM_HOST", variables.get("CIM_HOST", "127.0.0.1")),
            port=_port(variables.get("CIM_PORT", "8000")),
            host_names=tuple(_host("CIM_HOST_NAMES", name) for name in variables.get("CIM_HOST_NAMES", "").split()),
            isolated=_flag("CIM_ISOLATED", variables.get("CIM_ISOLATED", "0")),
            editing=_flag("CIM_EDITING", variables.get("CIM_EDITING", "0")),
            edit_token=_token(variables.get("CIM_EDIT_TOKEN")),
            instance=instance,
        )


def checkout_instance(package: Path | None = None) -> str:
    """Short hash of the checkout that holds the package, or "default" for an installed wheel.

    Parameters
    ----------
    package
        Folder of the package `cim`; None means the running one.
    """
    root = (package or Path(__file__).parent).resolve().parent
    setup = configparser.ConfigParser(interpolation=None)
    try:
        setup.read(root / "setup.cfg", encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return "default"
    if setup.get("metadata", "name", fallback="") != "cim":
        return "default"
    return hashlib.sha256(os.fsencode(root)).hexdigest()[:10]


def _data_dir(variables: Mapping[str, str], instance: str) -> Path:
    """Folder that is told, or the place for it that the account's kind suggests."""
    told = variables.get("CIM_DATA_DIR")
    if told:
        return _folder("CIM_DATA_DIR", told)
    if os.geteuid() == 0:
        # Not under /root: the cluster runs as postgres, who must be able to reach its files.
        return Path("/var/lib/cim") / instance
    return _folder("XDG_DATA_HOME", variables.get("XDG_DATA_HOME", "~/.local/share")) / "cim" / instance


def _folder(name: str, told: str) -> Path:
    """Absolute path of a folder that stands or can be made; `~` is one's home."""
    if told.isprintable():
        # No such home, a name too long, a folder that one may not look into: not usable, whichever.
        with suppress(RuntimeError, OSError):
            folder = Path(told).expanduser().absolute()
            if folder.is_dir() or not folder.exists():
                return folder
    raise BadSetting(name, told, "give the path of a folder (it is made when missing)")


def _database_url(url: str | None) -> str | None:
    """Refuse what is not a PostgreSQL URL; keep the rest as it was written."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"postgresql", "postgres", "postgresql+psycopg"} and parts.port != 0
    except ValueError:  # a port that is no number, a bracket left open
        usable = False
    if not usable:
        shown = url.split("@")[-1]  # what stands before the @ may be a password
        raise BadSetting("CIM_DATABASE_URL", shown, "give postgresql://USER:PASSWORD@HOST:PORT/")
    return url


def _matching(name: str, value: str, pattern: re.Pattern[str], remedy: str) -> str:
    """Return the value when the pattern fits all of it."""
    if not pattern.fullmatch(value):
        raise BadSetting(name, value, f"use {remedy}, at most 50 characters")
    return value


def _flag(name: str, value: str) -> bool:
    """Yes or no."""
    if value not in ("0", "1"):
        raise BadSetting(name, value, "give 1 or 0")
    return value == "1"


def _token(told: str | None) -> str | None:
    """Refuse a token that could be guessed, or that no header can carry."""
    if told is not None and not re.fullmatch(r"[!-~]{16,200}", told):
        raise BadSetting("CIM_EDIT_TOKEN", "…", "give 16 to 200 letters, digits and signs without blanks")
    return told


def _host(name: str, value: str) -> str:
    """Refuse what cannot be an address or a host's name."""
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", value):
        raise BadSetting(name, value, "give an address such as 127.0.0.1")
    return value


def _port(value: str) -> int:
    """TCP port as a number from 1 to 65535."""
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        raise BadSetting("CIM_PORT", value, "give a number from 1 to 65535")
    return int(value)
