"""`manage.py token EMAIL`: a personal token for somebody, printed once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from aiops import operations
from aiops.errors import DomainError
from aiops.models import User


class Command(BaseCommand):
    help = "Make a personal API token and print it; it cannot be read again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--scope", choices=["read", "write"], default="read", help="write includes read")
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--name", default="command line")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.people().filter(email=options["email"].lower()).first()
        if user is None:
            raise CommandError(f"Nobody here has the address {options['email']}.")
        try:
            _, secret = operations.create_token(
                user=user, name=options["name"], scopes=[options["scope"]], days=options["days"],
                by=User.objects.system(), at=timezone.now(),
            )  # fmt: skip
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(secret)
