"""The value ledger: what each workload gave and cost in a month, frozen on closing, corrected by later entries."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q

from workloads.models import Workload

ZERO = Decimal(0)
CASH_COSTS = ("model_cost", "eval_cost", "licence_cost", "platform_cost", "people_cost")
OTHER_KINDS = ("avoided_signed", "revenue_signed", "risk_signed")


def _money() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=16, decimal_places=2, default=0)


def _known_money() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)


def _hours(**options: Any) -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=12, decimal_places=1, **(options or {"default": 0}))


def _share() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=9, decimal_places=8, null=True, blank=True)


class LedgerSums(models.Model):
    """What ledger rows add up. Money in the currency of the month; cash and hours never meet in one column.

    `cash_signed` is what signed claims of cash kinds give; avoidance, revenue and risk reduction have columns of their
    own. Costs are charged once, to cash. `build_cost` is what was spent on building; `expected_loss` is what wrong or
    leaked items are expected to cost: beside cash, in none of its sums.
    """

    done = models.IntegerField(default=0)
    accepted = models.IntegerField(default=0)
    hours_freed = _hours(null=True, blank=True)
    hours_signed = _hours()
    cash_signed = _money()
    avoided_signed = _money()
    revenue_signed = _money()
    risk_signed = _money()
    model_cost = models.DecimalField(max_digits=20, decimal_places=10, default=0)
    eval_cost = models.DecimalField(max_digits=20, decimal_places=10, default=0)
    licence_cost = _money()
    platform_cost = _money()
    people_cost = _money()
    build_cost = _money()
    expected_loss = _money()

    class Meta:
        abstract = True

    @property
    def other_signed(self) -> Decimal:
        """Signed, of the kinds that are not cash."""
        return sum((getattr(self, name) for name in OTHER_KINDS), ZERO)

    @property
    def run_cost(self) -> Decimal:
        """All costs of running, unrounded; building is apart."""
        return sum((getattr(self, name) for name in CASH_COSTS), ZERO)

    @property
    def cash_net(self) -> Decimal:
        """Signed cash less all costs of running."""
        return Decimal(self.cash_signed - self.run_cost)

    @property
    def hours_capacity(self) -> Decimal | None:
        """Freed hours that no claim has turned into cash."""
        return None if self.hours_freed is None else max(self.hours_freed - self.hours_signed, ZERO)

    @property
    def cost_per_outcome(self) -> Decimal | None:
        """Model cost of a finished item."""
        return self.model_cost / self.done if self.done else None


class LedgerForecast(models.Model):
    """What was forecast for the same months: P10, P50, P90 of hours freed, and of cash before costs."""

    forecast_hours_p10 = _hours(null=True, blank=True)
    forecast_hours_p50 = _hours(null=True, blank=True)
    forecast_hours_p90 = _hours(null=True, blank=True)
    forecast_cash_p10 = _known_money()
    forecast_cash_p50 = _known_money()
    forecast_cash_p90 = _known_money()

    class Meta:
        abstract = True


class ValueMonthQuerySet(models.QuerySet["ValueMonth"]):
    def visible_to(self, user: Any) -> "ValueMonthQuerySet":
        return self.filter(workload__in=Workload.objects.visible_to(user))

    def closed(self) -> "ValueMonthQuerySet":
        return self.filter(closed_at__isnull=False)


class ValueMonth(LedgerSums, LedgerForecast):
    """One workload in one month. Open months are computed anew; a closed one is frozen, by a trigger too.

    `low` and `high` are the ends of a 90 % interval; with `bounds` they are the worst and the best case instead,
    because nobody knows how the items with a verdict were chosen. `coverage` is done / `volume`, the share of the work
    in scope that the workload did. `made_of` names the rows and rules behind each figure, for the page that tells it.
    `gap` holds the Shapley parts of realised less forecast cash-equivalent value, {factor: amount as text}, in cents.
    """

    class AcceptedFrom(models.TextChoices):
        SYSTEM = "system", "the business system"
        FEEDBACK = "feedback", "users' feedback"
        EVALS = "evals", "evals"
        SELF = "self", "the owner's answer"
        NONE = "", "nobody"

    workload = models.ForeignKey(Workload, on_delete=models.CASCADE, related_name="value_months")
    month = models.DateField(help_text="first day")
    currency = models.CharField(max_length=3)
    closed_at = models.DateTimeField(null=True, blank=True)
    judged = models.PositiveIntegerField(default=0, help_text="items with a verdict")
    volume = models.PositiveIntegerField(null=True, blank=True, help_text="items in scope this month")
    coverage = _share()
    accepted_from = models.CharField(max_length=8, choices=AcceptedFrom, default=AcceptedFrom.NONE, blank=True)
    accepted_share, accepted_low, accepted_high = _share(), _share(), _share()
    bounds = models.BooleanField(default=False)
    self_reported = models.BooleanField(default=False)
    baseline_minutes = models.DecimalField(max_digits=10, decimal_places=3, null=True)
    baseline_measured = models.BooleanField(default=False, help_text="before go-live, with n and date")
    handling_minutes = models.DecimalField(
        max_digits=10, decimal_places=3, null=True, help_text="people's minutes an item still takes, rework in it"
    )
    hours_low, hours_high = _hours(null=True, blank=True), _hours(null=True, blank=True)
    hourly_rate = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    cash_claimed = _money()
    cost_source = models.CharField(max_length=20, default="none", help_text="billed, traced, both or none")
    cost_provisional = models.BooleanField(default=False)
    unpriced_calls = models.PositiveIntegerField(default=0)
    made_of = models.JSONField(default=dict, blank=True)
    gap = models.JSONField(default=dict, blank=True)
    through = models.DateField(help_text="last day counted, exclusive")
    refreshed_at = models.DateTimeField()

    objects = ValueMonthQuerySet.as_manager()

    class Meta:
        ordering = ["workload_id", "month"]
        constraints = [
            models.UniqueConstraint(fields=["workload", "month"], name="value_month_once"),
            models.CheckConstraint(condition=Q(accepted__lte=F("done"), accepted__gte=0), name="value_month_accepted"),
            models.CheckConstraint(condition=Q(month__day=1), name="value_month_first_of_month"),
            models.CheckConstraint(
                condition=Q(hours_low=None) | Q(hours_low__lte=F("hours_freed"), hours_high__gte=F("hours_freed")),
                name="value_month_hours_ordered",
            ),
            models.CheckConstraint(
                condition=Q(accepted_low=None)
                | Q(accepted_low__lte=F("accepted_share"), accepted_high__gte=F("accepted_share")),
                name="value_month_share_ordered",
            ),
        ]
        indexes = [models.Index(fields=["month", "workload"], name="value_month_by_month")]

    @property
    def last_day(self) -> date:
        """The last day that is counted."""
        return self.through - timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.workload}, {self.month:%B %Y}"

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def capacity_worth(self) -> Any:
        """Gross worth of the capacity hours at the loaded rate: beside the hours, never added to cash."""
        if self.hours_capacity is None or self.hourly_rate is None:
            return None
        return self.hours_capacity * self.hourly_rate


class Correction(LedgerSums):
    """What came to be known of a closed month after its close: an entry of a later month that refers to it.

    The sums are differences (they may be negative). It is computed anew while its own month is open, and is frozen
    with it.
    """

    workload = models.ForeignKey(Workload, on_delete=models.CASCADE, related_name="corrections")
    month = models.DateField(help_text="first day of the month it is booked in")
    about = models.DateField(help_text="first day of the closed month it corrects")
    judged = models.IntegerField(default=0)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=400, help_text="what changed, in words")
    closed_at = models.DateTimeField(null=True, blank=True)
    refreshed_at = models.DateTimeField()

    objects = ValueMonthQuerySet.as_manager()

    class Meta:
        ordering = ["workload_id", "month", "about"]
        constraints = [
            models.UniqueConstraint(fields=["workload", "month", "about"], name="correction_once"),
            models.CheckConstraint(condition=Q(month__gt=F("about")), name="correction_comes_later"),
        ]

    def __str__(self) -> str:
        return f"{self.workload}, {self.about:%B %Y} corrected in {self.month:%B %Y}"


class ValueToDate(LedgerSums, LedgerForecast):
    """Everything a workload gave so far, corrections in it, in the company's present currency: what dashboards read.

    Written with the months, in the same transaction. `gap` sums the parts of all months, `hours_low` and `hours_high`
    are a 90 % interval of the sum, `capacity_hours` and `capacity_worth` count hours that no claim turned into cash.
    """

    workload = models.OneToOneField(Workload, on_delete=models.CASCADE, related_name="value_to_date")
    currency = models.CharField(max_length=3)
    first_month = models.DateField()
    months = models.PositiveSmallIntegerField()
    months_closed = models.PositiveSmallIntegerField(default=0)
    judged = models.IntegerField(default=0, help_text="items with a verdict")
    through = models.DateField(help_text="last day counted, exclusive")
    self_reported = models.BooleanField(default=False)
    baseline_measured = models.BooleanField(default=False)
    bounds = models.BooleanField(default=False)
    hours_low, hours_high = _hours(null=True, blank=True), _hours(null=True, blank=True)
    capacity_hours = _hours(null=True, blank=True)
    capacity_worth = _known_money()
    cash_claimed = _money()
    unpriced_calls = models.PositiveIntegerField(default=0)
    gap = models.JSONField(default=dict, blank=True)
    refreshed_at = models.DateTimeField()

    objects = ValueMonthQuerySet.as_manager()

    class Meta:
        ordering = ["workload_id"]

    @property
    def last_day(self) -> date:
        """The last day that is counted."""
        return self.through - timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.workload} to {self.through:%Y-%m-%d}"
