"""Where the stack keeps its files, and the lock that makes a folder one supervisor's own."""

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import IO

from aiops.stack import children
from aiops.stack.errors import StackError

# sockaddr_un holds 108 bytes with the final NUL (104 on macOS); our longest name is .s.PGSQL.5432.lock.
LONGEST_SOCKET_PATH = 107 if sys.platform.startswith("linux") else 103
LONGEST_SOCKET_NAME = len(".s.PGSQL.5432.lock")


def private(folder: Path) -> Path:
    """Make the folder (0700) when it is not there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def socket_folder(home: Path) -> Path:
    """A private folder for unix sockets: inside `home`, or a short temporary one if that path is too long."""
    inside = home / "run"
    if len(os.fsencode(str(inside.resolve()))) + 1 + LONGEST_SOCKET_NAME <= LONGEST_SOCKET_PATH:
        return private(inside.resolve())
    digest = hashlib.sha256(os.fsencode(str(home.resolve()))).hexdigest()[:10]
    short = Path(tempfile.gettempdir()) / f"payback-{os.geteuid()}-{digest}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.is_symlink() or short.stat().st_uid not in _ours():
        raise StackError(f"{short} is somebody else's: remove it, or set PAYBACK_VAR to a shorter path.")
    return short


def _ours() -> set[int]:
    # Root may have handed the folder to `nobody`, whom PostgreSQL runs as where namespaces are refused.
    return {os.geteuid(), children.nobody().pw_uid} if children.must_drop_root() else {os.geteuid()}


def drop_socket_folder(folder: Path, home: Path) -> None:
    """Remove a temporary socket folder; one inside `home` stays."""
    if home.resolve() not in folder.resolve().parents:
        shutil.rmtree(folder, ignore_errors=True)


def lock(home: Path) -> IO[str]:
    """Take the folder for this process; the lock is free again as soon as the returned file is closed."""
    private(home)
    handle = open(home / "lock", "a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.seek(0)
        holder = handle.read().strip() or "another process"
        handle.close()
        raise StackError(
            f"Payback is already running with the data in {home} ({holder}): stop it first, "
            "or set PAYBACK_VAR to another folder."
        ) from None
    handle.truncate(0)
    handle.write(f"process {os.getpid()}")
    handle.flush()
    return handle
