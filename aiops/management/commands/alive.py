"""`manage.py alive NAME`: exit 0 when that part is ready; what a container's health check runs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from aiops import readiness


class Command(BaseCommand):
    help = "Say whether one part (" + ", ".join(readiness.PARTS) + ") is ready."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("part", choices=readiness.PARTS)

    def handle(self, *args: Any, **options: Any) -> None:
        part = next(part for part in readiness.parts(at=timezone.now()) if part.name == options["part"])
        if not part.ok:
            raise CommandError(f"{part.name}: {part.says}")
        self.stdout.write(f"{part.name}: {part.says}")
