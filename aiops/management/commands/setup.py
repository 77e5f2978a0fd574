"""`manage.py setup`: the first people of an empty company, for servers without a browser of their own."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from aiops import operations
from aiops.errors import DomainError
from aiops.operations import FirstPerson
from aiops.views.people import invitation_path

WHO = ("it", "lead", "finance")


class Command(BaseCommand):
    help = (
        "Set an empty company up: units and the first IT administrator, lead and finance. Prints invitations."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", default="Our company")
        parser.add_argument("--currency", default="USD")
        parser.add_argument("--usd-rate", default="1", help="company currency per US dollar")
        parser.add_argument("--fiscal-year-start", type=int, default=1, help="month, 1 to 12")
        parser.add_argument("--unit", action="append", required=True, help="repeat for each business unit")
        for who in WHO:
            parser.add_argument(f"--{who}", nargs=2, metavar=("NAME", "EMAIL"), required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            people = operations.set_up(
                name=options["company"], currency=options["currency"].upper(),
                usd_rate=Decimal(options["usd_rate"]),
                fiscal_year_start=options["fiscal_year_start"], units=options["unit"], at=timezone.now(),
                **{who: FirstPerson(*options[who]) for who in WHO},
            )  # fmt: skip
        except DomainError as error:
            raise CommandError(error.message) from error
        except InvalidOperation as error:
            raise CommandError("--usd-rate is a number, such as 0.92.") from error
        for user in people.values():
            self.stdout.write(f"{user} chooses a password at {settings.SITE_URL}{invitation_path(user)}")
