"""What every table of a workload's data shares."""

from decimal import Decimal

from django.db import models

from workloads.models.inventory import Workload


class WorkloadRowQuerySet(models.QuerySet):
    """Rows that are seen by whoever sees their workload."""

    def visible_to(self, user):
        return self.filter(workload__in=Workload.objects.visible_to(user))


def plain_usd(amount: Decimal) -> str:
    """Every digit that counts and no trailing zero. Never through normalize(), which rounds to 28 digits."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def counter() -> models.BigIntegerField:
    return models.BigIntegerField(default=0)


def text(length: int = 200) -> models.CharField:
    """A name that a sender chose, or nothing."""
    return models.CharField(max_length=length, blank=True, default="")
