"""`manage.py demo`: fill an empty company with simulated people, candidates and a year of calls."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from aiops.errors import DomainError
from roi.demo.loading import load


class Command(BaseCommand):
    help = "Load the simulated company, once; a company with people in it is refused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", type=float, default=1.0, help="share of the calls, default 1")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            new = load(at=timezone.now(), say=self._say, scale=options["scale"])
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        took = time.monotonic() - started
        self._say(
            f"The demo company is loaded ({took:.0f} s)." if new else "The demo company is loaded already."
        )

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
