"""What is known of a candidate as ranges, and which of them move together."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from aiops.models import User
from backlog.models.candidate import Candidate


class Estimate(models.Model):
    """One quantity of a candidate as a range, with its meaning, evidence and date."""

    class Quantity(models.TextChoices):
        VOLUME = "volume", "Volume (items a year)"
        MINUTES = "minutes", "Minutes an item"
        AUTOMATION_SHARE = "automation_share", "Share automated"
        REVIEW_MINUTES = "review_minutes", "Review minutes an automated item"
        ERROR_SHARE_BEFORE = "error_share_before", "Share with errors today"
        REWORK_MINUTES_BEFORE = "rework_minutes_before", "Rework minutes an error, today"
        ERROR_SHARE_AFTER = "error_share_after", "Share with errors once automated"
        REWORK_MINUTES_AFTER = "rework_minutes_after", "Rework minutes an error, once automated"
        LOADED_RATE = "loaded_rate", "Loaded rate an hour"
        CASHABLE_SHARE = "cashable_share", "Planned share of hours that becomes cash"
        BUILD_COST = "build_cost", "Build cost, once"
        RUN_COST = "run_cost", "Run cost a year, fixed"
        RUN_COST_ITEM = "run_cost_item", "Run cost an automated item"
        TOKENS_IN = "tokens_in", "Tokens in, an automated item"
        TOKENS_OUT = "tokens_out", "Tokens out, an automated item"
        START_MONTHS = "start_months", "Months until first use"
        RAMP_MONTHS = "ramp_months", "Months from first to full use"
        OTHER_CASH = "other_cash", "Other cash benefit a year"
        COST_AVOIDED = "cost_avoided", "Cost avoided a year"
        REVENUE = "revenue", "Revenue a year"
        RISK_REDUCTION = "risk_reduction", "Risk reduction a year"

    class Meaning(models.TextChoices):
        PERCENTILES = "percentiles", "eight times in ten between the ends"
        HARD_LIMITS = "hard_limits", "never outside the ends"

    class Evidence(models.TextChoices):
        MEASURED = "measured", "measured"
        HISTORY = "history", "from history"
        EXPERT = "expert", "an expert's word"
        ASSUMED = "assumed", "assumed"

    MAY_BE_NEGATIVE: ClassVar[tuple[str, ...]] = ("other_cash", "cost_avoided", "revenue", "risk_reduction")
    # Everybody who sees a candidate sees these; the others are money.
    MONEY: ClassVar[tuple[str, ...]] = (
        "loaded_rate",
        "cashable_share",
        "build_cost",
        "run_cost",
        "run_cost_item",
        "other_cash",
        "cost_avoided",
        "revenue",
        "risk_reduction",
    )
    OPEN_TO_ALL: ClassVar[tuple[str, ...]] = (
        "volume",
        "minutes",
        "automation_share",
        "review_minutes",
        "error_share_before",
        "rework_minutes_before",
        "error_share_after",
        "rework_minutes_after",
        "tokens_in",
        "tokens_out",
        "start_months",
        "ramp_months",
    )
    SHARES: ClassVar[tuple[str, ...]] = (
        "automation_share",
        "cashable_share",
        "error_share_before",
        "error_share_after",
    )

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="estimates")
    quantity = models.CharField(max_length=24, choices=Quantity.choices)
    low = models.DecimalField(max_digits=18, decimal_places=4)
    likely = models.DecimalField(max_digits=18, decimal_places=4)
    high = models.DecimalField(max_digits=18, decimal_places=4)
    meaning = models.CharField(max_length=12, choices=Meaning.choices, default=Meaning.PERCENTILES)
    evidence = models.CharField(max_length=10, choices=Evidence.choices, default=Evidence.ASSUMED)
    note = models.CharField(max_length=300, blank=True)
    as_of = models.DateField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["candidate_id", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["candidate", "quantity"], name="estimate_once"),
            models.CheckConstraint(
                condition=Q(low__lte=F("likely"), likely__lte=F("high")), name="estimate_ordered"
            ),
            models.CheckConstraint(
                condition=Q(low__gte=0)
                | Q(quantity__in=["other_cash", "cost_avoided", "revenue", "risk_reduction"]),
                name="estimate_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(
                    quantity__in=[
                        "automation_share",
                        "cashable_share",
                        "error_share_before",
                        "error_share_after",
                    ]
                )
                | Q(high__lte=1),
                name="estimate_share_at_most_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_quantity_display()} of {self.candidate}"


class Correlation(models.Model):
    """Two quantities of a candidate that move together: a rank correlation, stated by whoever sized it."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="correlations")
    first = models.CharField(max_length=24, choices=Estimate.Quantity.choices)
    second = models.CharField(max_length=24, choices=Estimate.Quantity.choices)
    rho = models.DecimalField(max_digits=3, decimal_places=2)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["candidate_id", "first", "second"]
        constraints = [
            models.UniqueConstraint(fields=["candidate", "first", "second"], name="correlation_once"),
            # One order of the two names, so that the pair cannot stand twice.
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="correlation_ordered"),
            models.CheckConstraint(condition=Q(rho__gte=-0.95, rho__lte=0.95), name="correlation_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.first} with {self.second} of {self.candidate}: {self.rho}"
