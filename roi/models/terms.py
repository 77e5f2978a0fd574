"""What the ledger needs to be told of a workload: its terms, time baselines, actual costs, splits and comparisons."""

from django.db import models
from django.db.models import F, Q

from aiops.models import User
from roi.models.value import ValueMonthQuerySet
from workloads.models import Workload


class ValueTerms(models.Model):
    """How a workload's value is counted where the items alone do not say it; a change counts in open months only.

    `verdicts`: how the judged items were chosen. Chosen at random (or all of them) gives an interval; chosen by
    somebody, or nobody knows how, gives bounds. Losses are company currency an event.
    """

    class Verdicts(models.TextChoices):
        RANDOM = "random", "drawn at random"
        CHOSEN = "chosen", "chosen by somebody, or not known how"

    workload = models.OneToOneField(Workload, on_delete=models.CASCADE, related_name="value_terms")
    verdicts = models.CharField(max_length=8, choices=Verdicts, default=Verdicts.CHOSEN)
    volume_month = models.PositiveIntegerField(null=True, blank=True, help_text="items in scope a month")
    loss_per_error = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    loss_per_leak = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ValueMonthQuerySet.as_manager()

    def __str__(self) -> str:
        return f"terms of {self.workload}"


class TimeBaseline(models.Model):
    """Minutes an item took people before: the mean of n timed items with its P10 and P90, and from which days.

    Never changed; a newer one replaces it, in open months only.
    """

    class How(models.TextChoices):
        STUDY = "study", "timed by hand"
        TICKETS = "tickets", "ticket history"
        TIMESTAMPS = "timestamps", "system timestamps"
        ESTIMATE = "estimate", "estimated, not measured"

    workload = models.ForeignKey(Workload, on_delete=models.CASCADE, related_name="time_baselines")
    minutes = models.DecimalField(max_digits=10, decimal_places=3)
    low = models.DecimalField(max_digits=10, decimal_places=3)
    high = models.DecimalField(max_digits=10, decimal_places=3)
    n = models.PositiveIntegerField(default=0)
    how = models.CharField(max_length=10, choices=How)
    measured_from = models.DateField(null=True, blank=True)
    measured_to = models.DateField(null=True, blank=True)
    before_go_live = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)
    replaced_by = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaces"
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ValueMonthQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(low__lte=F("minutes"), high__gte=F("minutes"), low__gte=0), name="baseline_ordered"
            ),
            models.CheckConstraint(condition=Q(how="estimate") | Q(n__gte=5), name="baseline_measured_has_n"),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min, {self.get_how_display()}"

    @property
    def is_measured(self) -> bool:
        return self.how != self.How.ESTIMATE


class ActualCost(models.Model):
    """What was paid in a month and no call, bill or fixed cost says: one line a workload, month, kind and source."""

    class Kind(models.TextChoices):
        BUILD = "build", "building"
        LICENCE = "licence", "licences"
        PLATFORM = "platform", "platform"
        PEOPLE = "people", "people"
        EVAL = "eval", "evals"

    class Source(models.TextChoices):
        FORM = "form", "entered"
        IMPORT = "import", "imported"
        FEED = "feed", "sent by a system"

    workload = models.ForeignKey(Workload, on_delete=models.CASCADE, related_name="actual_costs")
    month = models.DateField()
    kind = models.CharField(max_length=8, choices=Kind)
    source = models.CharField(max_length=8, choices=Source, default=Source.FORM)
    amount = models.DecimalField(max_digits=16, decimal_places=2, help_text="company currency; a credit is negative")
    cost_centre = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ValueMonthQuerySet.as_manager()

    class Meta:
        ordering = ["workload_id", "-month", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["workload", "month", "kind", "source"], name="actual_cost_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="actual_cost_first_of_month"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.workload}, {self.month:%B %Y}"


class Split(models.Model):
    """A workload of which a part became a workload of its own: from `month` on, `share` of the forecast goes along.

    `volume_before`: items in scope a month that the source's terms stated until then; months before keep them.
    """

    source = models.ForeignKey(Workload, on_delete=models.PROTECT, related_name="splits")
    part = models.OneToOneField(Workload, on_delete=models.PROTECT, related_name="split_of")
    share = models.DecimalField(max_digits=5, decimal_places=4)
    month = models.DateField()
    volume_before = models.PositiveIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["month", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(share__gt=0, share__lt=1), name="split_share"),
            models.CheckConstraint(condition=~Q(source=F("part")), name="split_of_another"),
            models.CheckConstraint(condition=Q(month__day=1), name="split_first_of_month"),
        ]

    def __str__(self) -> str:
        return f"{self.part} of {self.source}"


class Comparison(models.Model):
    """Is it real? One comparison of a workload with what would have been, as it was computed on a day."""

    class Method(models.TextChoices):
        ITS = "its", "interrupted time series"
        DID = "did", "difference in differences"
        HOLDOUT = "holdout", "holdout"

    workload = models.ForeignKey(Workload, on_delete=models.CASCADE, related_name="comparisons")
    method = models.CharField(max_length=8, choices=Method)
    question = models.CharField(max_length=200, help_text="what is compared, in words")
    unit = models.CharField(max_length=40, help_text="of the effect: minutes an item, items a day")
    inputs = models.JSONField(help_text="the series and the cut, as used")
    effect = models.DecimalField(max_digits=18, decimal_places=4)
    low = models.DecimalField(max_digits=18, decimal_places=4)
    high = models.DecimalField(max_digits=18, decimal_places=4)
    n = models.PositiveIntegerField()
    sentence = models.CharField(max_length=500)
    details = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ValueMonthQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(low__lte=F("effect"), high__gte=F("effect")), name="comparison_ordered"
            )
        ]

    def __str__(self) -> str:
        return self.question
