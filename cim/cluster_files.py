"""The private cluster's folders and configuration files, and who may reach them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cim.cluster_programs import Account
from cim.errors import ClusterError

# sun_path holds 108 bytes with its final zero; "/.s.PGSQL.65535" takes 15 of them.
_LONGEST_SOCKET_FOLDER = 107 - 15
_MIB = 1 << 20


@dataclass(frozen=True)
class ClusterFiles:
    """Places of one private cluster."""

    root: Path
    """The platform's data folder."""

    account: Account
    """Owner of the server's own folders."""

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.root / "pg"

    @property
    def unfinished(self) -> Path:
        """Data folder while `initdb` works: renamed to `data` when whole."""
        return self.root / "pg.new"

    @property
    def port(self) -> Path:
        """File with the port's number; without it the number is PostgreSQL's own."""
        return self.root / "port"

    @property
    def passwords(self) -> Path:
        """Libpq password file (use it as PGPASSFILE) for connections by TCP."""
        return self.root / "pgpass"

    @property
    def sockets(self) -> Path:
        """Folder of the server's socket: beside the data, or a short one when that path is too long."""
        beside = self.root / "s"
        if len(os.fsencode(beside)) <= _LONGEST_SOCKET_FOLDER:
            return beside
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        if os.geteuid() == 0:
            return Path("/run") / f"cim-{name}"
        return Path("/tmp") / f"cim-{self.account.uid}-{name}"  # noqa: S108 - checked by `check_private`

    def make(self) -> None:
        """Make the data folder and the socket's folder, and see that the server's account can reach them."""
        if not self.root.exists():
            self.root.mkdir(parents=True, mode=0o700)
            if os.geteuid() == 0:
                os.chown(self.root, 0, self.account.gid)
                self.root.chmod(0o750)
        self.make_private(self.sockets)
        for folder in (self.root, self.sockets):
            if self.account.run("/usr/bin/env", "test", "-x", str(folder), timeout_s=10).returncode != 0:
                raise ClusterError(
                    f"{folder} is out of reach of the account {self.account.name!r} that runs PostgreSQL: "
                    "set CIM_DATA_DIR to a folder where it can go, such as /var/lib/cim"
                )

    def make_private(self, folder: Path) -> None:
        """Make a folder that only the server's account can enter; a foreign one in its place is refused."""
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        if os.geteuid() == 0 and folder.lstat().st_uid == 0:
            os.chown(folder, self.account.uid, self.account.gid, follow_symlinks=False)
        self.check_private(folder)

    def check_private(self, folder: Path) -> None:
        """Refuse a folder that is a link, another's, or open to others: someone may sit in our socket's place."""
        state = folder.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != self.account.uid or state.st_mode & 0o077:
            raise ClusterError(
                f"{folder} is not a folder of {self.account.name!r} with mode 0700: remove it, or set CIM_DATA_DIR"
            )

    def port_number(self) -> int:
        """Port of the socket's name and, when opened, of TCP."""
        try:
            return int(self.port.read_text(encoding="ascii"))
        except FileNotFoundError:
            return 5432
        except ValueError:
            raise ClusterError(f"{self.port} holds no port number: remove it and run `cim db down`") from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the cluster for oneself while it is made, started or stopped; another process waits."""
        with (self.root / "lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def write(self, name: str, text: str) -> None:
        """Put a whole configuration file in place at once, owned by the server's account."""
        path, part = self.data / name, self.data / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        part.chmod(0o600)
        if os.geteuid() == 0:
            os.chown(part, self.account.uid, self.account.gid)
        part.replace(path)


def write_secret(path: Path, text: str) -> None:
    """Write a file that only oneself can read, at no moment otherwise."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as handle:
        handle.write(text)
    part.replace(path)


def access_rules() -> str:
    """`pg_hba.conf`: our own accounts by the socket, passwords by loopback, nobody else, never trust."""
    return (
        "# Written by cim at each start.\n"
        "local  all  cim_admin,cim_owner,cim_web                peer map=cim\n"
        "host   all  all                          127.0.0.1/32  scram-sha-256\n"
        "host   all  all                          ::1/128       scram-sha-256\n"
    )


def identity_map(accounts: list[str]) -> str:
    """`pg_ident.conf`: which accounts of the machine may be which roles."""
    lines = ["# Written by cim at each start: map, account, role.\n"]
    for account in accounts:
        lines += [f"cim  {_double_quoted(account)}  {role}\n" for role in ("cim_admin", "cim_owner", "cim_web")]
    return "".join(lines)


def configuration(files: ClusterFiles, port: int, tcp: bool, durable: bool) -> str:
    """`cim.conf`, included by `postgresql.conf`: how the server listens, remembers and plans."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    buffers = min(max(memory // 8, 128 * _MIB), 2048 * _MIB) if durable else 64 * _MIB
    values = {
        "listen_addresses": "127.0.0.1" if tcp else "",
        "port": str(port),
        "unix_socket_directories": _double_quoted(str(files.sockets)),
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "max_connections": "100",
        "shared_buffers": f"{buffers // _MIB}MB",
        "effective_cache_size": f"{memory // 2 // _MIB}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        "dynamic_shared_memory_type": _shared_memory(files.account),
        "max_wal_size": "4GB" if durable else "1GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "default_toast_compression": "lz4",
        # Our statements are many and short: compiling them costs more than it gives.
        "jit": "off",
        "random_page_cost": "1.1",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %u@%d ",
    }
    if durable:
        values |= {"logging_collector": "on", "log_filename": "%a.log", "log_truncate_on_rotation": "on"}
    else:  # test data only: a crash of the machine may spoil it
        values |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    quoted = {name: value.replace("'", "''") for name, value in values.items()}
    return "# Written by cim at each start.\n" + "".join(f"{name} = '{value}'\n" for name, value in quoted.items())


def _double_quoted(text: str) -> str:
    """Quoted as PostgreSQL's configuration files and identifiers want it."""
    return '"' + text.replace('"', '""') + '"'


def _shared_memory(account: Account) -> str:
    """Kind of memory that parallel workers share.

    systemd removes an ordinary user's POSIX segments at log-out, and containers have 64 MB of them.
    """
    small = shutil.disk_usage("/dev/shm").total < 256 * _MIB if Path("/dev/shm").exists() else True  # noqa: S108
    return "mmap" if small or account.uid >= 1000 else "posix"
