"""The frozen result of scoring a candidate. A database trigger keeps it frozen."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from aiops.models import User
from backlog.models import Candidate


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, user: Any) -> "AssessmentQuerySet":
        return self.filter(candidate__in=Candidate.objects.visible_to(user))

    def latest(self) -> "AssessmentQuerySet":  # type: ignore[override]
        """The newest one of each candidate."""
        return self.order_by("candidate_id", "-pk").distinct("candidate_id")


def _money(**options: Any) -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=18, decimal_places=2, null=True, **options)


def _hours() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=14, decimal_places=1, null=True)


def _months() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=6, decimal_places=1, null=True)


def _ratio() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=14, decimal_places=4, null=True)


class Assessment(models.Model):
    """Inputs, seed and calc version with what they gave: money in company currency, hours a year, months.

    Null means not known (no cost, no rate) or, for payback, not within the horizon. The columns are what lists sort
    by; `details` holds all that was computed, as the API answers it.
    """

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="assessments")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    inputs = models.JSONField()
    inputs_hash = models.CharField(max_length=64)
    seed = models.BigIntegerField()
    calc_version = models.CharField(max_length=10)
    draws = models.PositiveIntegerField()
    horizon_months = models.PositiveSmallIntegerField()
    discount_rate = models.DecimalField(max_digits=5, decimal_places=4)
    ramp_months = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    hours_p10, hours_p50, hours_p90 = _hours(), _hours(), _hours()
    capacity_p10, capacity_p50, capacity_p90 = _hours(), _hours(), _hours()
    capacity_worth_p50 = _money()
    cash_year_p10, cash_year_p50, cash_year_p90 = _money(), _money(), _money()
    npv_p10, npv_p50, npv_p90, npv_mean = _money(), _money(), _money(), _money()
    prob_positive = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    payback_p10, payback_p50, payback_p90 = _months(), _months(), _months()
    breakeven_build = _money()
    build_p10, build_p50, build_p90, build_mean = _money(), _money(), _money(), _money()
    roi_p10, roi_p50, roi_p90, mirr = _ratio(), _ratio(), _ratio(), _ratio()
    discounted_payback_p10, discounted_payback_p50, discounted_payback_p90 = _months(), _months(), _months()
    cvar, evpi, cost_of_delay = _money(), _money(), _money()
    wsjf, rice = _ratio(), _ratio()
    details = models.JSONField(default=dict)
    drivers = models.JSONField(default=list)
    sentence = models.CharField(max_length=400)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(npv_p10=None) | Q(npv_p10__lte=F("npv_p50"), npv_p50__lte=F("npv_p90")),
                name="assessment_npv_ordered",
            ),
            models.CheckConstraint(
                condition=Q(hours_p10=None) | Q(hours_p10__lte=F("hours_p50"), hours_p50__lte=F("hours_p90")),
                name="assessment_hours_ordered",
            ),
            models.CheckConstraint(
                condition=Q(prob_positive=None) | Q(prob_positive__gte=0, prob_positive__lte=1),
                name="assessment_probability",
            ),
        ]
        # With the figures that lists are ordered by: ten thousand rows are put in order from the index alone.
        indexes = [
            models.Index(
                fields=["candidate", "-id"],
                include=["npv_p50", "hours_p50"],
                name="assessment_newest_figures",
            )
        ]

    def __str__(self) -> str:
        return f"{self.candidate.key} scored on {self.at:%Y-%m-%d}"
