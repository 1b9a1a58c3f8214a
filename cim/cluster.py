"""The PostGIS cluster that the platform keeps for itself, or the user's own server in its place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from cim.cluster_address import ClusterStatus, foreign_conninfo, private_conninfo
from cim.cluster_databases import (
    ROLES,
    DatabaseState,
    database_names,
    ensure_database,
    ensure_roles,
    prepare,
    remove_database,
    set_password,
)
from cim.cluster_files import ClusterFiles, write_secret
from cim.cluster_programs import own_name, service_account
from cim.cluster_server import PrivateServer, loopback_passwords
from cim.errors import ClusterError
from cim.settings import Settings

_MAKING_LOCK = 990003
"""Advisory lock of the one that makes a database."""
_CONNECT_S = 10


class Cluster:
    """One PostgreSQL with PostGIS: the private one of `settings.data_dir`, or that of `settings.database_url`.

    Parameters
    ----------
    settings
        Where the data folder is, or whose server to use.
    durable
        False trades safety in a crash of the machine for speed: for the data of tests only.
    template
        Database that `create_database` copies; None makes empty ones.
    """

    def __init__(self, settings: Settings, durable: bool = True, template: str | None = None) -> None:
        self._foreign_url = settings.database_url
        self._root = settings.data_dir
        self._durable = durable
        self._template = template

    @property
    def private(self) -> bool:
        """Whether the server is the platform's own to start and stop."""
        return self._foreign_url is None

    def up(self, tcp: bool = False) -> ClusterStatus:
        """Make the cluster when there is none, start it when it is stopped, and tell where it is.

        Parameters
        ----------
        tcp
            Also listen on 127.0.0.1, with generated passwords in a file. It lasts until the cluster is stopped.

        Raises
        ------
        ClusterError
            It cannot be made, started or reached.
        """
        if not self.private:
            return self.status(required=True)
        server = self._server()
        server.files.make()
        with server.files.locked():
            server.make()
            if server.pid() is not None and tcp and not server.listens_by_tcp():
                server.stop()
            if server.pid() is None:
                server.start(tcp)
            with self._patient_admin() as admin:
                ensure_roles(admin, login=True)
                if tcp:
                    self._ensure_passwords(admin, server.files)
        return self.status(required=True)

    def down(self) -> bool:
        """Stop the private cluster, ending its connections; False when there was nothing (of ours) to stop."""
        if not self.private or not self._root.exists():
            return False
        server = self._server()
        with server.files.locked():
            return server.stop()

    def status(self, required: bool = False) -> ClusterStatus:
        """Tell whether the cluster answers and where it is.

        Parameters
        ----------
        required
            Raise ClusterError when it does not answer.
        """
        place: dict[str, object] = {}
        if self.private:
            server = self._server()
            files = server.files
            place = {"data": files.data, "sockets": files.sockets, "port": files.port_number(), "pid": server.pid()}
            place |= {
                "tcp": server.listens_by_tcp(),
                "passwords": files.passwords if files.passwords.exists() else None,
            }
            if place["pid"] is None and not required:
                return ClusterStatus(running=False, private=True, **place)  # type: ignore[arg-type]
        try:
            with self.admin() as admin:
                found = {"version": str(admin.info.parameter_status("server_version"))}
                names = tuple(database_names(admin))
        except ClusterError:
            if required:
                raise
            return ClusterStatus(running=False, private=self.private, **place)  # type: ignore[arg-type]
        return ClusterStatus(running=True, private=self.private, databases=names, **found, **place)  # type: ignore[arg-type]

    def url(self, database: str, role: str = "owner") -> str:
        """SQLAlchemy's URL of one database.

        Parameters
        ----------
        database
            Name of the database, such as `cim_sample`.
        role
            Who connects: `admin` (the superuser), `owner` (of every table) or `web` (that owns nothing).
        """
        return "postgresql+psycopg" + self.conninfo(database, role).removeprefix("postgresql")

    def conninfo(self, database: str, role: str = "owner") -> str:
        """URL of one database as libpq reads it: for psycopg, psql, ogr2ogr and QGIS; parameters as in `url`."""
        if self._foreign_url is not None:
            return foreign_conninfo(self._foreign_url, database, role)
        files = self._server().files
        if files.sockets.exists():
            files.check_private(files.sockets)
        return private_conninfo(files.sockets, files.port_number(), database, role)

    @contextmanager
    def admin(self, database: str = "postgres") -> Iterator[psycopg.Connection]:
        """Connect as the administrator, each statement its own transaction.

        Raises
        ------
        ClusterError
            The server does not answer or refuses.
        """
        try:
            connection = psycopg.connect(
                self.conninfo(database, "admin"), autocommit=True, connect_timeout=_CONNECT_S, application_name="cim"
            )
        except psycopg.OperationalError as error:
            raise ClusterError(self._unreachable(error)) from None
        with connection:
            yield connection

    def create_database(self, name: str) -> DatabaseState:
        """Make a database with PostGIS, owned by `cim_owner`; complete it when an earlier attempt was cut.

        Parameters
        ----------
        name
            Its name, such as `cim_sample`.

        Raises
        ------
        DatabaseError
            The server refuses; the message says what its administrator must do.
        """
        with self.admin() as admin:
            # One at a time, until the connection ends: the catalogue's own tables know no "if not exists".
            admin.execute("SELECT pg_advisory_lock(%s)", [_MAKING_LOCK])
            ensure_roles(admin, login=self.private)
            created = ensure_database(admin, name, self._template)
            with self.admin(name) as inside:
                notes = prepare(inside)
        return DatabaseState(name, created, notes)

    def drop_database(self, name: str) -> bool:
        """Drop a database, ending its connections; False when there was none."""
        with self.admin() as admin:
            return remove_database(admin, name)

    def databases(self) -> list[str]:
        """Names of the cities' databases (`cim_…`), sorted."""
        with self.admin() as admin:
            return database_names(admin)

    def psql(self) -> str:
        """Path of the `psql` that fits the server, or its bare name for a server of the user's."""
        return self._server().programs().path("psql") if self.private else "psql"

    def _server(self) -> PrivateServer:
        """Return the private server's files and process, found anew: another process may have changed them."""
        return PrivateServer(ClusterFiles(self._root, service_account()), self._durable)

    @contextmanager
    def _patient_admin(self) -> Iterator[psycopg.Connection]:
        """Connect as the administrator to a server that another start left in the middle of its recovery."""
        deadline = time.monotonic() + 60
        while True:
            try:
                with self.admin() as connection:
                    yield connection
                    return
            except ClusterError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _ensure_passwords(self, admin: psycopg.Connection, files: ClusterFiles) -> None:
        """Give the roles passwords for TCP, unless the file has them for the port in use."""
        port = files.port_number()
        if files.passwords.exists() and f"127.0.0.1:{port}:" in files.passwords.read_text(encoding="utf-8"):
            return
        passwords, text = loopback_passwords(port, list(ROLES))
        for role, word in passwords.items():
            set_password(admin, role, word)
        write_secret(files.passwords, text)

    def _unreachable(self, error: psycopg.OperationalError) -> str:
        """One line: what is wrong and what to do."""
        reason = " ".join(str(error).split())
        if not self.private:
            return f"the server of CIM_DATABASE_URL does not let us in: {reason}"
        if "Peer authentication" in reason:
            return f"{own_name()!r} may not use the cluster in {self._root}: set CIM_DATA_DIR to a folder of yours"
        return f"the private cluster in {self._root} does not answer: run `cim db up` ({reason})"
