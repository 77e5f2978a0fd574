"""The embedded Valkey: broker and cache on a unix socket, with an append-only file that survives kill -9."""

import signal
import socket
import subprocess
import time
from pathlib import Path

from aiops.stack import binaries, children, folders
from aiops.stack.errors import StackError
from aiops.stack.postgres import open_log

START_PATIENCE = 30.0


class Valkey:
    """One server whose data live in `home/valkey`."""

    def __init__(self, home: Path, *, safe: bool = True) -> None:
        self.home = home
        self.folder = home / "valkey"
        self.safe = safe
        self.sockets = folders.socket_folder(home)
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def socket_path(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket_path}?db=0"

    def start(self) -> None:
        """Start and wait until it answers (reading a long append-only file takes a while)."""
        folders.private(self.folder)
        self._clear_stale()
        with open_log(self.home, "valkey") as log:
            self.child = children.spawn(self._command(), log=log, death_signal=signal.SIGTERM)
        self._wait_until_ready()

    def stop(self) -> None:
        if self.child is not None:
            children.stop(self.child, with_signal=signal.SIGTERM, patience=10)
            self.child = None
        self._pid_file.unlink(missing_ok=True)
        folders.drop_socket_folder(self.sockets, self.home)

    @property
    def _pid_file(self) -> Path:
        return self.folder / "valkey.pid"

    def _command(self) -> list[str]:
        keep = ["--appendonly", "yes", "--appendfsync", "everysec"] if self.safe else ["--appendonly", "no"]
        return [
            str(binaries.valkey_server()),
            *("--port", "0", "--unixsocket", str(self.socket_path), "--unixsocketperm", "700"),
            *("--dir", str(self.folder), "--pidfile", str(self._pid_file), "--save", ""),
            *("--maxmemory-policy", "noeviction", "--daemonize", "no"),
            *keep,
        ]

    def _clear_stale(self) -> None:
        """Two servers on one append-only file would spoil it: end a survivor of a killed supervisor first."""
        if self._pid_file.exists():
            pid = self._pid_file.read_text().strip()
            if pid.isdigit():
                # The server rewrites its title to "valkey-server unixsocket:<path>".
                children.end_survivor(int(pid), marker="valkey-server", with_signal=signal.SIGTERM)
            self._pid_file.unlink(missing_ok=True)
        self.socket_path.unlink(missing_ok=True)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while not answers(self.socket_path):
            assert self.child is not None
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise StackError(f"Valkey did not start: see {self.home / 'log' / 'valkey.log'}.")
            time.sleep(0.02)


def answers(path: Path) -> bool:
    """Whether a server behind the socket answers PING and has finished loading."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith(b"+PONG")
    except OSError:
        return False
