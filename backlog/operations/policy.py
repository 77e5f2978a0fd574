"""The rules of intake that the lead keeps, and when the next review is."""

from datetime import datetime

from django.db import transaction

from aiops import audit
from aiops.errors import DomainError
from aiops.models import BusinessUnit, User
from aiops.operations.whole_company import require_everywhere
from aiops.permissions import Permission
from backlog.models import Policy, ReviewDate

# Least and most of each rule, as the database keeps them.
LIMITS = {"waiting_days": (1, 90), "sizing_days": (1, 60), "largest_file_mb": (1, 25)}


def require_lead_everywhere(by: User) -> None:
    """These rules hold in every unit: whoever decides in one unit only does not set them."""
    if not by.is_system:
        require_everywhere(by, Permission.DECIDE)


def set_policy(
    *, waiting_days: int, sizing_days: int, largest_file_mb: int, by: User, at: datetime
) -> Policy:
    """Days a candidate waits before somebody is named, working days for sizing its cost, largest file in MB."""
    require_lead_everywhere(by)
    values = {"waiting_days": waiting_days, "sizing_days": sizing_days, "largest_file_mb": largest_file_mb}
    for name, value in values.items():
        least, most = LIMITS[name]
        if not least <= value <= most:
            raise DomainError(name, f"Between {least} and {most}.", name)
    with transaction.atomic():
        Policy.load()
        kept = Policy.objects.select_for_update().get(pk=1)
        changed = {n: [getattr(kept, n), v] for n, v in values.items() if getattr(kept, n) != v}
        if changed:
            Policy.objects.filter(pk=1).update(**values)
            audit.record(by=by, at=at, action="policy.changed", obj=kept, changes=changed)
    return Policy.load()


def set_review_date(
    *,
    unit: BusinessUnit | None,
    starts_at: datetime | None,
    freeze_at: datetime | None,
    by: User,
    at: datetime,
) -> ReviewDate | None:
    """When the next review of a unit (None: of all units) is; without a date there is none any more.

    A fact that the review hands down, so that a receipt can name it.
    """
    require_lead_everywhere(by)
    if starts_at is None or freeze_at is None:
        ReviewDate.objects.filter(unit=unit).delete()
        return None
    if freeze_at > starts_at:
        raise DomainError("freeze_at", "The pre-read is frozen before the review starts.", "freeze_at")
    dates = {"starts_at": starts_at, "freeze_at": freeze_at}
    return ReviewDate.objects.update_or_create(unit=unit, defaults=dates)[0]
