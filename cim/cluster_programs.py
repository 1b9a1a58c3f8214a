"""Where PostgreSQL's programs are, and the account that runs them."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cim.errors import ClusterError

_INSTALL = "run scripts/setup, or install postgresql and its postgis package, or set CIM_DATABASE_URL"
_SERVICE_ACCOUNT = "postgres"


@dataclass(frozen=True)
class Programs:
    """One installed PostgreSQL that has PostGIS."""

    folder: Path
    """Folder of `initdb`, `pg_ctl` and `psql`."""

    major: int
    """Major version, such as 15."""

    def path(self, name: str) -> str:
        """Path of one program, such as `pg_ctl`."""
        return str(self.folder / name)


@dataclass(frozen=True)
class Account:
    """The account that runs the server and owns its files: postgres for root, else oneself."""

    name: str
    """Login name."""

    uid: int
    """User id."""

    gid: int
    """Id of its primary group."""

    def run(self, *command: str, timeout_s: float, pass_input: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program as this account and wait for it; what it says comes back as text.

        The environment is not handed on: PGDATA, PGOPTIONS or a locale of the user's would change the server.
        """
        switch = os.geteuid() == 0
        try:
            return subprocess.run(
                command,
                input=pass_input,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_s,
                cwd="/",
                umask=0o077,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                user=self.uid if switch else None,
                group=self.gid if switch else None,
                extra_groups=[] if switch else None,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ClusterError(f"{Path(command[0]).name} gave no answer in {timeout_s:.0f} s") from None
        except OSError as error:
            raise ClusterError(f"{command[0]} cannot be run ({error.strerror}): {_INSTALL}") from None


def service_account() -> Account:
    """Account for the server: PostgreSQL refuses root, so root hands over to `postgres`.

    Raises
    ------
    ClusterError
        One is root and there is no account `postgres`, or one has no account name at all.
    """
    try:
        entry = pwd.getpwnam(_SERVICE_ACCOUNT) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    except KeyError:
        if os.geteuid() == 0:
            raise ClusterError(f"there is no account {_SERVICE_ACCOUNT!r} to run PostgreSQL: {_INSTALL}") from None
        raise ClusterError(f"user id {os.geteuid()} has no name in /etc/passwd: give it one") from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def client_names(account: Account) -> list[str]:
    """Names of the accounts whose programs may connect by the socket: the service's, and root when root."""
    return sorted({account.name, own_name()})


def own_name() -> str:
    """Login name of the account that runs this process, or its number when it has none."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def find_programs(major: int | None = None) -> Programs:
    """Find an installed PostgreSQL with PostGIS.

    Parameters
    ----------
    major
        The version that existing data needs; None means the newest.

    Raises
    ------
    ClusterError
        None is installed, or not the one that the data needs.
    """
    found = _debian_programs() or _programs_on_path()
    if major is not None:
        have = ", ".join(str(p.major) for p in found) or "none"
        found = [p for p in found if p.major == major]
        if not found:
            raise ClusterError(
                f"the data folder is PostgreSQL {major}'s but installed with PostGIS is: {have}: "
                f"install postgresql-{major}-postgis-3, or `make clean` and load again"
            )
    if not found:
        raise ClusterError(f"no PostgreSQL with PostGIS is installed: {_INSTALL}")
    return max(found, key=lambda p: p.major)


def _debian_programs(root: Path = Path("/usr")) -> list[Programs]:
    """Installations in Debian's layout that have PostGIS."""
    return [
        Programs(initdb.parent, int(initdb.parts[-3]))
        for initdb in (root / "lib/postgresql").glob("[0-9]*/bin/initdb")
        if (root / "share/postgresql" / initdb.parts[-3] / "extension/postgis.control").exists()
    ]


def _programs_on_path() -> list[Programs]:
    """Find the installation whose `pg_config` is on the path, when it has PostGIS."""
    config = shutil.which("pg_config")
    if config is None:
        return []
    said = subprocess.run(
        [config, "--bindir", "--sharedir", "--version"], capture_output=True, text=True, check=False
    ).stdout.splitlines()
    if len(said) != 3 or not (Path(said[1]) / "extension/postgis.control").exists():
        return []
    digits = "".join(c if c.isdigit() else " " for c in said[2]).split()
    return [Programs(Path(said[0]), int(digits[0]))] if digits else []
