"""The server process of the private cluster: made once, started, found again, stopped."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cim.cluster_files import ClusterFiles, access_rules, configuration, identity_map, write_secret
from cim.cluster_programs import Programs, client_names, find_programs
from cim.errors import ClusterError

_START_S = 300.0  # recovery after a crash in the middle of a bulk load replays gigabytes
_STOP_S = 120.0
_RETRY_S = 15.0
_FIRST_TCP_PORT = 54320


class PrivateServer:
    """One data folder's PostgreSQL; every method that changes anything expects `files.locked()` to be held."""

    def __init__(self, files: ClusterFiles, durable: bool) -> None:
        self.files = files
        self.durable = durable

    def programs(self) -> Programs:
        """Programs of the version that the data needs, or the newest when there is no data yet."""
        try:
            version = (self.files.data / "PG_VERSION").read_text(encoding="ascii")
        except FileNotFoundError:
            return find_programs()
        return find_programs(int(version))

    def pid(self) -> int | None:
        """Process id of the running server; None when stopped, crashed, or the number is another's by now."""
        recorded = _recorded_pid(self.files.data / "postmaster.pid")
        return recorded if recorded is not None and self._is_ours(recorded) else None

    def listens_by_tcp(self) -> bool:
        """Whether the configuration that the server was last started with opens loopback."""
        conf = self.files.data / "cim.conf"
        return conf.exists() and "listen_addresses = ''" not in conf.read_text(encoding="utf-8")

    def make(self) -> bool:
        """Make the data folder unless it stands; True when it was made now."""
        files = self.files
        if files.data.exists():
            return False
        if files.unfinished.exists():  # a crash in the middle of an earlier attempt
            shutil.rmtree(files.unfinished)
        files.make_private(files.unfinished)
        options = ["--data-checksums"] if self.durable else ["--no-sync"]
        self._run(
            "initdb",
            f"--pgdata={files.unfinished}",
            "--username=cim_admin",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth-local=peer",
            "--auth-host=scram-sha-256",
            *options,
        )
        with (files.unfinished / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\ninclude 'cim.conf'\n")
        files.unfinished.rename(files.data)
        return True

    def start(self, tcp: bool) -> None:
        """Start the server and wait until it answers.

        Raises
        ------
        ClusterError
            It does not start; the message ends with the last words of its log.
        """
        files = self.files
        port = files.port_number()
        if tcp:  # at first another port than PostgreSQL's own, which a server of the system's may want later
            port = _free_port(port if files.port.exists() else _FIRST_TCP_PORT)
        files.write("pg_hba.conf", access_rules())
        files.write("pg_ident.conf", identity_map(client_names(files.account)))
        files.write("cim.conf", configuration(files, port, tcp, self.durable))
        if port != files.port_number():
            write_secret(files.port, f"{port}\n")
        self._remove_stale_locks(port)
        self._end_orphans()
        _until(self._start_once, "cannot start PostgreSQL")

    def stop(self) -> bool:
        """Stop the server, ending its connections; False when it was not running."""
        if self.pid() is None:
            return False
        self._run("pg_ctl", "stop", f"--pgdata={self.files.data}", "--mode=fast", "--wait", f"--timeout={_STOP_S:.0f}")
        return True

    def _start_once(self) -> str | None:
        """Try to start; the reason when it failed in a way that may pass."""
        data = self.files.data
        log = data / "start.log"
        log.unlink(missing_ok=True)
        done = self.files.account.run(
            self.programs().path("pg_ctl"),
            "start",
            f"--pgdata={data}",
            f"--log={log}",
            "--wait",
            f"--timeout={_START_S:.0f}",
            "--silent",
            timeout_s=_START_S + 10,
        )
        if done.returncode == 0:
            return None
        said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else done.stderr
        # Children of a killed server end a moment after it; until then its shared memory is in use.
        if "shared memory block" in said:
            return _last_words(said)
        raise ClusterError(f"cannot start PostgreSQL in {data}: {_last_words(said)}")

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs; its last words become the error."""
        done = self.files.account.run(self.programs().path(program), *arguments, timeout_s=_STOP_S + 10)
        if done.returncode != 0:
            raise ClusterError(f"{program} failed in {self.files.root}: {_last_words(done.stderr or done.stdout)}")

    def _remove_stale_locks(self, port: int) -> None:
        """Remove lock files of a killed server whose process id belongs to some other program by now.

        PostgreSQL itself removes those whose process is gone, and refuses to start beside the others.
        """
        for lock in (self.files.data / "postmaster.pid", self.files.sockets / f".s.PGSQL.{port}.lock"):
            recorded = _recorded_pid(lock)
            if recorded is not None and Path(f"/proc/{recorded}").exists() and not self._is_ours(recorded):
                lock.unlink(missing_ok=True)

    def _end_orphans(self) -> None:
        """End what a killed server has left running: a long query holds its shared memory and bars the start."""
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # ended meanwhile, or another's
                if (process / "exe").readlink().name == "postgres" and self._is_ours(int(process.name)):
                    os.kill(int(process.name), signal.SIGQUIT)

    def _is_ours(self, pid: int) -> bool:
        """Whether a living process is this data folder's server: its working folder tells."""
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == self.files.data.resolve()
        except OSError:
            return False


def loopback_passwords(port: int, roles: list[str]) -> tuple[dict[str, str], str]:
    """Fresh passwords by role, and the text of a libpq password file that holds them."""
    passwords = {role: secrets.token_urlsafe(24) for role in roles}
    lines = [f"127.0.0.1:{port}:*:{role}:{word}\n" for role, word in passwords.items()]
    return passwords, "".join(lines)


def _free_port(wanted: int) -> int:
    """Return the wanted TCP port of loopback, or another when that one is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ClusterError("no TCP port of 127.0.0.1 is free")


def _recorded_pid(lock: Path) -> int | None:
    """Process id in the first line of a lock file of PostgreSQL's (negative for single-user mode)."""
    try:
        first = lock.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
        return abs(int(first))
    except (FileNotFoundError, ValueError):
        return None


def _last_words(said: str) -> str:
    """Return the last two lines without their times: PostgreSQL says what failed last and why just before."""
    lines = [re.sub(r"^[-\d]+ [:.\d]+ \w+ \[\d+\]( @)?", "", line).strip() for line in said.splitlines()]
    return "; ".join([line for line in lines if line][-2:]) or "it said nothing"


def _until(attempt: Callable[[], str | None], what: str) -> None:
    """Repeat an attempt until it gives no reason for failure any more."""
    deadline = time.monotonic() + _RETRY_S
    while (reason := attempt()) is not None:
        if time.monotonic() > deadline:
            raise ClusterError(f"{what}: {reason}")
        time.sleep(0.2)
