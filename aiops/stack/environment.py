"""What must stand before the settings can be read: keys, and the addresses of the embedded servers."""

import base64
import json
import os
import secrets
import sys
from pathlib import Path

from aiops.stack import folders
from aiops.stack.errors import StackError

ROOT = Path(__file__).resolve().parent.parent.parent
OLDEST, NEWEST = (3, 11), (3, 13)
# Commands that make a company's data folder; all others only use one.
FOUNDING = {"up", "prepare"}


def home() -> Path:
    """PAYBACK_VAR: where data, logs and generated keys live."""
    return Path(os.environ.get("PAYBACK_VAR") or ROOT / "var").absolute()


def prepare(argv: list[str]) -> None:
    """Called by manage.py before Django loads its settings."""
    check_python()
    command = argv[1] if len(argv) > 1 else ""
    if command in FOUNDING:
        make_keys(home())
    if command != "up":
        use_running_servers(home())


def check_python() -> None:
    """numpy and scipy are pinned to one version for these Pythons, so that stored results agree."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        have = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise StackError(f"Payback runs on Python 3.11, 3.12 or 3.13, not on {have}: install one of them.")


def make_keys(folder: Path) -> None:
    """Generate the two keys (0600) that the environment does not give."""
    try:
        folders.private(folder)
        _make_key(folder / "secret_key", "PAYBACK_SECRET_KEY", secrets.token_urlsafe(50))
        fernet = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        _make_key(folder / "encryption_key", "PAYBACK_ENCRYPTION_KEYS", fernet)
    except OSError as problem:
        raise StackError(
            f"{folder} cannot be written ({problem.strerror}): set PAYBACK_VAR to a folder of your own."
        ) from None


def _make_key(path: Path, variable: str, key: str) -> None:
    if os.environ.get(variable) or path.exists():
        return
    # Complete before it has its name: a key cut short by a crash must not be taken for a key.
    draft = path.with_suffix(f".{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(key)
    draft.replace(path)


def _addresses(folder: Path) -> Path:
    return folder / "addresses.json"


def publish(folder: Path, addresses: dict[str, str]) -> None:
    """Leave the addresses of the embedded servers for `manage.py` commands typed in another terminal."""
    path = _addresses(folder)
    path.write_text(json.dumps(addresses))
    path.chmod(0o600)


def withdraw(folder: Path) -> None:
    _addresses(folder).unlink(missing_ok=True)


def use_running_servers(folder: Path) -> None:
    """Point this process at the embedded servers of a running `up`, unless the environment names others."""
    try:
        addresses = json.loads(_addresses(folder).read_text())
    except (OSError, ValueError):
        return
    for name, value in addresses.items():
        os.environ.setdefault(name, value)
