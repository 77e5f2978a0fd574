"""Start child processes that cannot outlive us, and stop them.

Each child gets a session of its own and a parent-death signal. PostgreSQL refuses to run as root, so for root
the child enters a user namespace in which it is an ordinary user; files stay the caller's. Where namespaces
are refused (a container's default seccomp profile) the child becomes `nobody`.
"""

import ctypes
import functools
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from aiops.stack import binaries
from aiops.stack.errors import StackError

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
# The uid a root caller has inside its namespace: any number that is not 0.
INNER_ID = 1000

LINUX = sys.platform.startswith("linux")
# Loaded before the fork: dlopen in a forked child may wait for a lock that nobody will release.
_libc = ctypes.CDLL(None, use_errno=True) if LINUX else None


def spawn(
    command: Sequence[str],
    *,
    log: IO[Any] | int | None,
    death_signal: int,
    unprivileged: bool = False,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in its own session; it receives `death_signal` when we die."""
    return subprocess.Popen(  # noqa: PLW1509  the supervisor starts children from its only thread
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=None if env is None else dict(env),
        cwd=cwd,
        start_new_session=True,
        preexec_fn=_before_exec(death_signal, unprivileged),
    )


def run(command: Sequence[str], *, unprivileged: bool, give_in: bytes = b"", what: str = "") -> bytes:
    """Run a short command to its end and return its output; a failure is a StackError with the last line."""
    done = subprocess.run(
        command,
        input=give_in,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=_before_exec(signal.SIGTERM, unprivileged),
    )
    if done.returncode:
        lines = done.stdout.decode(errors="replace").strip().splitlines()
        raise StackError(f"{what or command[0]} failed: {lines[-1] if lines else done.returncode}")
    return done.stdout


def stop(child: subprocess.Popen[bytes], *, with_signal: int, patience: float) -> None:
    """Ask the child to end; after `patience` seconds kill its whole session."""
    if child.poll() is None:
        child.send_signal(with_signal)
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        pass
    kill_session(child)


def kill_session(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the child's session (its own children included)."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    child.wait()


def must_drop_root() -> bool:
    return os.geteuid() == 0


@functools.cache
def can_unshare() -> bool:
    """Whether this kernel lets us enter a user namespace (tried once, in a child)."""
    if not LINUX:
        return False
    try:
        subprocess.run(["/bin/true"], preexec_fn=_enter_user_namespace, check=True)
    except (subprocess.SubprocessError, OSError):
        return False
    return True


def nobody() -> pwd.struct_passwd:
    """The account used where root may not enter a namespace."""
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise StackError(
            "PostgreSQL does not run as root, and this machine has no account 'nobody': "
            "start Payback as an ordinary user, or set DATABASE_URL to a server of your own."
        ) from None


def hand_over(folder: Path) -> None:
    """Give a data folder to the account that will run PostgreSQL: root itself in a namespace, else `nobody`.

    A machine may allow namespaces today and not tomorrow; PostgreSQL accepts a folder of its own user only.
    """
    if not must_drop_root():
        return
    uid, gid = (os.geteuid(), os.getegid()) if can_unshare() else (nobody().pw_uid, nobody().pw_gid)
    if folder.stat().st_uid != uid:
        for path in (*folder.rglob("*"), folder):
            os.chown(path, uid, gid, follow_symlinks=False)
    if not can_unshare():
        _require_way_in(folder)


def _require_way_in(folder: Path) -> None:
    command = ["/bin/sh", "-c", f'cd "$0" && "{binaries.postgres_bin()}/postgres" --version', str(folder)]
    silent = subprocess.DEVNULL
    if subprocess.run(command, preexec_fn=_become_nobody, stdout=silent, stderr=silent).returncode:
        raise StackError(
            f"PostgreSQL does not run as root here, and the account 'nobody' cannot reach {folder} or the "
            "binaries: start Payback as an ordinary user, move PAYBACK_VAR to a folder that others may "
            "enter, or set DATABASE_URL."
        )


def _before_exec(death_signal: int, unprivileged: bool) -> Callable[[], None]:
    drop = unprivileged and must_drop_root()
    namespace = drop and can_unshare()

    def prepare() -> None:
        if namespace:
            _enter_user_namespace()
        elif drop:
            _become_nobody()
        # Last, because a change of credentials clears it.
        _die_with_parent(death_signal)

    return prepare


def _die_with_parent(with_signal: int) -> None:
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, with_signal, 0, 0, 0)


def _enter_user_namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    if _libc is None or _libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare was refused")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{INNER_ID} {uid} 1")
    _write("/proc/self/gid_map", f"{INNER_ID} {gid} 1")


def _write(path: str, text: str) -> None:
    handle = os.open(path, os.O_WRONLY)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)


def _become_nobody() -> None:
    account = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def command_of(pid: int) -> str:
    """The command line of a running process, or '' when there is none."""
    if LINUX:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            return b" ".join(words).decode(errors="replace").strip()
        except OSError:
            return ""
    asked = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    return asked.stdout.strip()


def wait_until_gone(pid: int, *, marker: str, patience: float) -> bool:
    """Wait for a process whose command line holds `marker` to end; False when it is still there."""
    deadline = time.monotonic() + patience
    while marker in command_of(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def end_survivor(pid: int, *, marker: str, with_signal: int) -> None:
    """End what a killed supervisor left behind: ask, then kill. A reused pid is left alone."""
    if marker not in command_of(pid):
        return
    if wait_until_gone(pid, marker=marker, patience=3):
        return
    for attempt in (with_signal, signal.SIGKILL):
        try:
            os.kill(pid, attempt)
        except ProcessLookupError:
            return
        if wait_until_gone(pid, marker=marker, patience=5):
            return
    raise StackError(f"Process {pid} of an earlier start does not end: stop it and start again.")
