"""The embedded PostgreSQL: make, start, recover and stop one server on a unix socket.

The caller holds the lock of the home folder; nothing here listens on the network.
"""

import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from aiops.stack import binaries, children, folders
from aiops.stack.errors import StackError

USER = "payback"
DATABASE = "payback"
START_PATIENCE = 60.0
# Without these a crash of the machine loses data: for throw-away servers of tests only.
UNSAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
LOG_LIMIT = 10_000_000


class Postgres:
    """One server whose data live in `home/postgres-<major>`."""

    def __init__(
        self, home: Path, *, safe: bool = True, connections: int = 100, major: int = binaries.POSTGRES_MAJOR
    ) -> None:
        self.home = home
        self.major = major
        self.folder = home / f"postgres-{major}"
        self.safe = safe
        self.connections = connections
        self.sockets = folders.socket_folder(home)
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self.sockets))}"

    def start(self) -> None:
        """Make the data folder if needed, bring over an older major's data, start and wait until ready."""
        older = self._older_folder()
        self._initialise()
        self._launch()
        if older is not None:
            self._bring_over(older)

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, data are written."""
        if self.child is not None:
            children.stop(self.child, with_signal=signal.SIGINT, patience=20)
            self.child = None
        folders.drop_socket_folder(self.sockets, self.home)

    # -- making the folder

    def _bin(self, program: str) -> str:
        return str(binaries.postgres_bin(self.major) / program)

    def _initialise(self) -> None:
        self._open_way()
        if self._ready_marker.exists():
            children.hand_over(self.folder)
            return
        # No marker: an initdb that was cut short left nothing worth keeping.
        shutil.rmtree(self.folder, ignore_errors=True)
        folders.private(self.folder)
        children.hand_over(self.folder)
        self._initdb()
        self._create_database()
        if self._older_folder() is None:
            self._ready_marker.touch()

    @property
    def _ready_marker(self) -> Path:
        return self.home / f"postgres-{self.major}.ok"

    def _open_way(self) -> None:
        """Let `nobody` walk through our folder (not list it) and make sockets in a folder of its own."""
        if children.must_drop_root() and not children.can_unshare():
            self.home.chmod(0o711)
        children.hand_over(self.sockets)

    def _initdb(self) -> None:
        command = [self._bin("initdb"), "--pgdata", str(self.folder), "--username", USER, "--encoding=UTF8"]
        command += ["--auth-local=trust", "--auth-host=reject", "--data-checksums", "--locale=C"]
        if self.major >= 17:
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self.safe:
            command.append("--no-sync")
        children.run(command, unprivileged=True, what="Making the PostgreSQL data folder")

    def _create_database(self) -> None:
        command = [self._bin("postgres"), "--single", "-D", str(self.folder), "postgres"]
        sql = f"CREATE DATABASE {DATABASE};\n".encode()
        children.run(command, unprivileged=True, give_in=sql, what="Making the database")

    # -- starting

    def _launch(self) -> None:
        self._clear_stale()
        options = [f"unix_socket_directories={self.sockets}", "listen_addresses=", "timezone=UTC"]
        options += [f"max_connections={self.connections}", "shared_buffers=128MB", "log_timezone=UTC"]
        # Ingest writes whole pages after each checkpoint: fewer checkpoints, less to write.
        options += ["max_wal_size=2GB"]
        options += [] if self.safe else list(UNSAFE)
        command = [self._bin("postgres"), "-D", str(self.folder)]
        command += [part for option in options for part in ("-c", option)]
        with open_log(self.home, "postgres") as log:
            self.child = children.spawn(command, log=log, death_signal=signal.SIGINT, unprivileged=True)
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while not self._says_ready():
            assert self.child is not None
            if self.child.poll() is not None:
                raise StackError(f"PostgreSQL did not start: {self._last_log_line()} (see {self._log})")
            if time.monotonic() > deadline:
                raise StackError(f"PostgreSQL is not ready after {START_PATIENCE:.0f} s: see {self._log}.")
            time.sleep(0.02)

    def _says_ready(self) -> bool:
        lines = self._pid_lines()
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _pid_lines(self) -> list[str]:
        try:
            return (self.folder / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    @property
    def _log(self) -> Path:
        return self.home / "log" / "postgres.log"

    def _last_log_line(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        wrong = [line for line in lines[-20:] if "FATAL" in line or "PANIC" in line]
        return (wrong or lines or ["no reason given"])[-1]

    def _clear_stale(self) -> None:
        """After a kill -9: end a survivor of ours, then remove pid file and socket lock."""
        lines = self._pid_lines()
        if lines and lines[0].strip().isdigit():
            children.end_survivor(int(lines[0]), marker=str(self.folder), with_signal=signal.SIGINT)
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self.sockets / name).unlink(missing_ok=True)

    # -- a new major version

    def _older_folder(self) -> Path | None:
        """The newest folder of another major, when this major has no finished folder yet."""
        if self._ready_marker.exists():
            return None
        found = [path for path in self.home.glob("postgres-*") if path.is_dir() and path != self.folder]
        return max(found, key=_major_of, default=None)

    def _bring_over(self, older: Path) -> None:
        """Dump the older folder with its own binaries and restore it here; the old folder stays untouched."""
        major = _major_of(older)
        if major not in binaries.POSTGRES_FOLDERS:
            self.stop()
            raise StackError(
                f"The data in {older} were written by PostgreSQL {major}, which this release does not bring: "
                f"dump them with pg_dump {major} under the release that wrote them, and restore them here."
            )
        dump = self.home / f"postgres-{major}-to-{self.major}.sql"
        self._dump_from(Postgres(self.home, major=major), dump)
        self._restore(dump)
        dump.unlink()
        self._ready_marker.touch()

    def _dump_from(self, source: "Postgres", dump: Path) -> None:
        # Both use the one socket folder, so one runs at a time; a temporary folder goes with each stop.
        self.stop()
        folders.socket_folder(self.home)
        children.hand_over(source.folder)
        source._launch()
        try:
            sql = children.run(
                [self._bin("pg_dump"), "-h", str(source.sockets), "-U", USER, "--no-owner", DATABASE],
                unprivileged=False,
                what=f"Dumping PostgreSQL {source.major}",
            )
            dump.write_bytes(sql)
            dump.chmod(0o600)
        finally:
            source.stop()
            folders.socket_folder(self.home)
            self._launch()

    def _restore(self, dump: Path) -> None:
        command = [self._bin("psql"), "-h", str(self.sockets), "-U", USER, "-d", DATABASE, "-q", "-1"]
        command += ["-v", "ON_ERROR_STOP=1", "-f", str(dump)]
        children.run(command, unprivileged=False, what="Restoring the older data")


def open_log(home: Path, name: str):
    """Open a log for appending; one that has grown past the limit becomes `.1`."""
    path = folders.private(home / "log") / f"{name}.log"
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return open(path, "ab")


def _major_of(folder: Path) -> int:
    return int(folder.name.rpartition("-")[2]) if folder.name.rpartition("-")[2].isdigit() else 0
