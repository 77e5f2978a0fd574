"""`manage.py up`: start PostgreSQL, Valkey, web server, workers and beat, and stop them all on Ctrl-C."""

import os
import signal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aiops.stack import environment, folders
from aiops.stack.errors import StackError
from aiops.stack.supervisor import Supervisor, require_port


class Command(BaseCommand):
    help = "Start Payback with its embedded servers (or DATABASE_URL and REDIS_URL); Ctrl-C stops it."
    # The checks need a database, which does not run yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="default: PORT, or 8000")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._up(_port(options["port"]))
        except StackError as problem:
            raise CommandError(str(problem)) from None

    def _up(self, port: int) -> None:
        home = environment.home()
        with folders.lock(home):
            require_port(port)
            supervisor = Supervisor(home, _child_environment(home, port), port, self._say)
            _interrupt_on_signals()
            try:
                self._start(supervisor)
                supervisor.watch()
            except KeyboardInterrupt:
                self._say("Stopping.")
            finally:
                _ignore_signals()
                supervisor.stop()
        self._say("Stopped.")

    def _start(self, supervisor: Supervisor) -> None:
        self._say("Starting the database and the broker.")
        supervisor.start_servers()
        note = supervisor.home / "sign-in.txt"
        supervisor.manage("prepare", "--note", str(note))
        self._say("Starting the web server, two workers and the timetable.")
        supervisor.start_processes()
        supervisor.wait_for_web()
        self._say(self._welcome(supervisor, note))

    def _welcome(self, supervisor: Supervisor, note: Path) -> str:
        return (
            f"\nPayback runs at http://127.0.0.1:{supervisor.port}/\n{note.read_text()}"
            f"Logs are in {supervisor.home / 'log'}. Ctrl-C stops everything; the data stay."
        )

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise StackError(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _child_environment(home: Path, port: int) -> dict[str, str]:
    metrics = folders.private(home / "metrics")
    for old in metrics.glob("*.db"):
        old.unlink(missing_ok=True)
    return {
        **os.environ,
        "PAYBACK_VAR": str(home),
        "PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "aiops.settings",
        "PYTHONUNBUFFERED": "1",
        # Two web processes count apart; this folder is where /metrics adds them up.
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
    }


def _interrupt_on_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup and shells that start in the background ignore some on purpose.
        if number == signal.SIGTERM or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
