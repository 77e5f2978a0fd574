"""`manage.py prepare`: what must be done once before the processes start. Safe to repeat."""

import hashlib
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandParser

from aiops import queries
from aiops.models import Company, User


class Command(BaseCommand):
    help = "Migrate, collect static files, load the demo company on the first start (unless DEMO=0)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--note", help="file to leave the sentence about signing in in")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        self._collect_static()
        if _wants_demo():
            self._load_demo()
        if options["note"]:
            Path(options["note"]).write_text(_how_to_sign_in())

    def _collect_static(self) -> None:
        # Compressing every file takes seconds; most starts change none.
        stamp, seen = Path(settings.STATIC_ROOT) / ".collected", _static_fingerprint()
        if stamp.exists() and stamp.read_text() == seen:
            return
        self._say("Collecting static files.")
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.write_text(seen)

    def _load_demo(self) -> None:
        self._say("First start: loading the demo company (DEMO=0 leaves it empty).")
        # The mark outlives a kill -9: a half-loaded demo is loaded again, not mistaken for a company.
        mark = _loading_mark()
        mark.touch()
        call_command("demo", stdout=self.stdout, stderr=self.stderr)
        mark.unlink()

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()


def _loading_mark() -> Path:
    return Path(settings.VAR) / "demo-is-loading"


def _wants_demo() -> bool:
    """On the first start only: a company with people in it is never filled with simulated rows."""
    if os.environ.get("DEMO", "1") == "0" or "demo" not in get_commands() or Company.load().set_up:
        return False
    return _loading_mark().exists() or not User.objects.people().exists()


def _how_to_sign_in() -> str:
    if Company.load().demo:
        return "Sign in: click one of the people on the sign-in page; each has a task of a few minutes.\n"
    if queries.needs_setup():
        address = f"{settings.SITE_URL}/setup/"
        return f"Nobody is here yet: open {address} on this machine and name the first people.\n"
    return "Sign in with your e-mail address and password.\n"


def _static_fingerprint() -> str:
    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            facts = os.stat(storage.path(path))
            seen.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return seen.hexdigest()
