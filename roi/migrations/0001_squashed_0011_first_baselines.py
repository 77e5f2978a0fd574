"""The first eleven migrations in one: assessments, plans, the review, claims, the ledger, and what never changes."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from aiops.migrations._at_once import AtOnce

FREEZE = """
CREATE FUNCTION roi_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('payback.demo_removal', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is frozen', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER roi_frozen BEFORE UPDATE OR DELETE ON roi_assessment FOR EACH ROW EXECUTE FUNCTION roi_frozen();
CREATE TRIGGER roi_frozen BEFORE UPDATE OR DELETE ON roi_decision FOR EACH ROW EXECUTE FUNCTION roi_frozen();
CREATE TRIGGER roi_frozen BEFORE UPDATE OR DELETE ON roi_preread FOR EACH ROW EXECUTE FUNCTION roi_frozen();
CREATE TRIGGER roi_frozen BEFORE UPDATE OR DELETE ON roi_review FOR EACH ROW WHEN (OLD.state = 'closed')
  EXECUTE FUNCTION roi_frozen();
CREATE TRIGGER roi_frozen BEFORE UPDATE OR DELETE ON roi_valuemonth FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL)
  EXECUTE FUNCTION roi_frozen();
CREATE TRIGGER roi_frozen BEFORE UPDATE OR DELETE ON roi_correction FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL)
  EXECUTE FUNCTION roi_frozen();
CREATE TRIGGER roi_frozen BEFORE UPDATE OR DELETE ON roi_statement FOR EACH ROW WHEN (OLD.state = 'signed')
  EXECUTE FUNCTION roi_frozen();
"""

THAW = """
DROP TRIGGER roi_frozen ON roi_statement;
DROP TRIGGER roi_frozen ON roi_correction;
DROP TRIGGER roi_frozen ON roi_valuemonth;
DROP TRIGGER roi_frozen ON roi_review;
DROP TRIGGER roi_frozen ON roi_preread;
DROP TRIGGER roi_frozen ON roi_decision;
DROP TRIGGER roi_frozen ON roi_assessment;
DROP FUNCTION roi_frozen();
"""


TABLES = [
    migrations.CreateModel(
        name="Assessment",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("at", models.DateTimeField()),
            ("inputs", models.JSONField()),
            ("inputs_hash", models.CharField(max_length=64)),
            ("seed", models.BigIntegerField()),
            ("calc_version", models.CharField(max_length=10)),
            ("draws", models.PositiveIntegerField()),
            ("horizon_months", models.PositiveSmallIntegerField()),
            ("discount_rate", models.DecimalField(decimal_places=4, max_digits=5)),
            ("ramp_months", models.PositiveSmallIntegerField()),
            ("currency", models.CharField(max_length=3)),
            ("hours_p10", models.DecimalField(decimal_places=1, max_digits=14, null=True)),
            ("hours_p50", models.DecimalField(decimal_places=1, max_digits=14, null=True)),
            ("hours_p90", models.DecimalField(decimal_places=1, max_digits=14, null=True)),
            ("capacity_p10", models.DecimalField(decimal_places=1, max_digits=14, null=True)),
            ("capacity_p50", models.DecimalField(decimal_places=1, max_digits=14, null=True)),
            ("capacity_p90", models.DecimalField(decimal_places=1, max_digits=14, null=True)),
            ("capacity_worth_p50", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("cash_year_p10", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("cash_year_p50", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("cash_year_p90", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("npv_p10", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("npv_p50", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("npv_p90", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("npv_mean", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("prob_positive", models.DecimalField(decimal_places=4, max_digits=5, null=True)),
            ("payback_p10", models.DecimalField(decimal_places=1, max_digits=6, null=True)),
            ("payback_p50", models.DecimalField(decimal_places=1, max_digits=6, null=True)),
            ("payback_p90", models.DecimalField(decimal_places=1, max_digits=6, null=True)),
            ("breakeven_build", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("drivers", models.JSONField(default=list)),
            ("sentence", models.CharField(max_length=400)),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "candidate",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="assessments",
                    to="backlog.candidate",
                ),
            ),
            ("build_mean", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("build_p10", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("build_p50", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("build_p90", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("cost_of_delay", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("cvar", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("details", models.JSONField(default=dict)),
            ("discounted_payback_p10", models.DecimalField(decimal_places=1, max_digits=6, null=True)),
            ("discounted_payback_p50", models.DecimalField(decimal_places=1, max_digits=6, null=True)),
            ("discounted_payback_p90", models.DecimalField(decimal_places=1, max_digits=6, null=True)),
            ("evpi", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("mirr", models.DecimalField(decimal_places=4, max_digits=14, null=True)),
            ("rice", models.DecimalField(decimal_places=4, max_digits=14, null=True)),
            ("roi_p10", models.DecimalField(decimal_places=4, max_digits=14, null=True)),
            ("roi_p50", models.DecimalField(decimal_places=4, max_digits=14, null=True)),
            ("roi_p90", models.DecimalField(decimal_places=4, max_digits=14, null=True)),
            ("wsjf", models.DecimalField(decimal_places=4, max_digits=14, null=True)),
        ],
        options={
            "ordering": ["-pk"],
            "indexes": [
                models.Index(
                    fields=["candidate", "-id"],
                    include=("npv_p50", "hours_p50"),
                    name="assessment_newest_figures",
                )
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("npv_p10", None),
                        models.Q(
                            ("npv_p10__lte", models.F("npv_p50")), ("npv_p50__lte", models.F("npv_p90"))
                        ),
                        _connector="OR",
                    ),
                    name="assessment_npv_ordered",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("hours_p10", None),
                        models.Q(
                            ("hours_p10__lte", models.F("hours_p50")),
                            ("hours_p50__lte", models.F("hours_p90")),
                        ),
                        _connector="OR",
                    ),
                    name="assessment_hours_ordered",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("prob_positive", None),
                        models.Q(("prob_positive__gte", 0), ("prob_positive__lte", 1)),
                        _connector="OR",
                    ),
                    name="assessment_probability",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Claim",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("hours", "hours freed, now cash"),
                        ("cost_ended", "a cost that ended: contract, licence"),
                        ("discount", "a discount"),
                        ("cost_avoided", "cost avoidance"),
                        ("revenue", "revenue"),
                        ("risk_reduction", "risk reduction, avoided loss"),
                    ],
                    max_length=20,
                ),
            ),
            (
                "amount_month",
                models.DecimalField(decimal_places=2, help_text="company currency a month", max_digits=14),
            ),
            ("hours_month", models.DecimalField(blank=True, decimal_places=1, max_digits=10, null=True)),
            ("valid_from", models.DateField()),
            ("valid_to", models.DateField(blank=True, help_text="exclusive", null=True)),
            (
                "post",
                models.CharField(blank=True, help_text="the post or contract that ended", max_length=80),
            ),
            ("act", models.TextField(help_text="what was done so that the money is really saved")),
            ("cost_centre", models.CharField(blank=True, max_length=40)),
            ("evidence", models.TextField(blank=True)),
            (
                "state",
                models.CharField(
                    choices=[
                        ("claimed", "waits for finance"),
                        ("signed", "signed"),
                        ("sent_back", "sent back"),
                        ("ended", "ended"),
                    ],
                    default="claimed",
                    max_length=12,
                ),
            ),
            ("filed_at", models.DateTimeField()),
            ("signed_at", models.DateTimeField(blank=True, null=True)),
            ("sent_back_reason", models.TextField(blank=True)),
            (
                "filed_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "signed_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="claims",
                    to="workloads.workload",
                ),
            ),
            (
                "account",
                models.CharField(blank=True, help_text="of the ledger that shows the saving", max_length=40),
            ),
            (
                "amount_asked",
                models.DecimalField(
                    blank=True,
                    decimal_places=2,
                    help_text="before finance signed a part of it",
                    max_digits=14,
                    null=True,
                ),
            ),
            (
                "amount_proposed",
                models.DecimalField(
                    blank=True,
                    decimal_places=2,
                    help_text="low end a month, as proposed on filing",
                    max_digits=14,
                    null=True,
                ),
            ),
            (
                "posts",
                models.DecimalField(
                    blank=True, decimal_places=2, help_text="full-time posts", max_digits=5, null=True
                ),
            ),
            (
                "again_of",
                models.OneToOneField(
                    blank=True,
                    help_text="the claim that was sent back, and that this one mends",
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="filed_again",
                    to="roi.claim",
                ),
            ),
        ],
        options={
            "ordering": ["-filed_at", "-pk"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("amount_month__gt", 0)), name="claim_amount_positive"
                ),
                models.CheckConstraint(
                    condition=models.Q(("hours_month", None), ("hours_month__gt", 0), _connector="OR"),
                    name="claim_hours_positive",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                    ),
                    name="claim_period_forward",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("signed_at", None), ("signed_by", None)),
                        models.Q(("signed_at__isnull", False), ("signed_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="claim_signed_pair",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["signed", "ended"]), _negated=True),
                        ("signed_by__isnull", False),
                        _connector="OR",
                    ),
                    name="claim_signed_by",
                ),
                models.CheckConstraint(
                    condition=models.Q(("filed_by", models.F("signed_by")), _negated=True),
                    name="claim_not_self_signed",
                ),
                models.CheckConstraint(
                    condition=models.Q(("posts", None), ("posts__gt", 0), _connector="OR"),
                    name="claim_posts_positive",
                ),
                models.UniqueConstraint(
                    django.db.models.functions.text.Lower("post"),
                    condition=models.Q(
                        ("state__in", ["claimed", "signed"]), models.Q(("post", ""), _negated=True)
                    ),
                    name="claim_post_once",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Decision",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "verdict",
                models.CharField(
                    choices=[
                        ("approve", "approved"),
                        ("defer", "deferred"),
                        ("measure", "measure first"),
                        ("reject", "rejected"),
                        ("duplicate", "duplicate"),
                        ("scale", "scale"),
                        ("fix", "fix"),
                        ("keep", "keep"),
                        ("retire", "retire"),
                    ],
                    max_length=9,
                ),
            ),
            ("reason", models.TextField()),
            ("until", models.DateField(blank=True, null=True)),
            ("measure", models.CharField(blank=True, help_text="what to measure first", max_length=200)),
            ("at", models.DateTimeField()),
            (
                "assessment",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="decisions",
                    to="roi.assessment",
                ),
            ),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "candidate",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="decisions",
                    to="backlog.candidate",
                ),
            ),
            ("as_seen", models.JSONField(blank=True, default=dict)),
            ("by_consent", models.BooleanField(default=False)),
            (
                "corrects",
                models.OneToOneField(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="corrected_by",
                    to="roi.decision",
                ),
            ),
            (
                "duplicate_of",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="backlog.candidate",
                ),
            ),
            ("quality_bar", models.CharField(blank=True, max_length=200)),
            ("reapprove_on", models.DateField(blank=True, null=True)),
            (
                "workload",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="decisions",
                    to="workloads.workload",
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="decisions",
                    to="roi.agendaitem",
                ),
            ),
            (
                "review",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="decisions",
                    to="roi.review",
                ),
            ),
        ],
        options={
            "ordering": ["-at", "-pk"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("reason", ""), _negated=True), name="decision_has_reason"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("until__isnull", False), ("verdict", "defer")),
                        models.Q(("verdict", "defer"), _negated=True),
                        _connector="OR",
                    ),
                    name="decision_defer_has_date",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("verdict", "measure"), _negated=True),
                        models.Q(("measure", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="decision_measure_says_what",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("candidate__isnull", False), ("workload__isnull", False), _connector="OR"
                    ),
                    name="decision_is_of_something",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("verdict", "duplicate"), _negated=True),
                        ("duplicate_of__isnull", False),
                        _connector="OR",
                    ),
                    name="decision_duplicate_says_of_what",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ValueMonth",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("month", models.DateField(help_text="first day")),
            ("done", models.IntegerField(default=0)),
            ("accepted", models.IntegerField(default=0)),
            ("self_reported", models.BooleanField(default=False)),
            ("baseline_minutes", models.DecimalField(decimal_places=3, max_digits=10, null=True)),
            (
                "baseline_measured",
                models.BooleanField(default=False, help_text="before go-live, with n and date"),
            ),
            (
                "handling_minutes",
                models.DecimalField(
                    decimal_places=3,
                    help_text="people's minutes an item still takes, rework in it",
                    max_digits=10,
                    null=True,
                ),
            ),
            ("hours_freed", models.DecimalField(blank=True, decimal_places=1, max_digits=12, null=True)),
            ("hours_signed", models.DecimalField(decimal_places=1, default=0, max_digits=12)),
            ("hourly_rate", models.DecimalField(decimal_places=2, max_digits=10, null=True)),
            ("cash_signed", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("model_cost", models.DecimalField(decimal_places=10, default=0, max_digits=20)),
            ("unpriced_calls", models.PositiveIntegerField(default=0)),
            (
                "forecast_hours_p10",
                models.DecimalField(blank=True, decimal_places=1, max_digits=12, null=True),
            ),
            (
                "forecast_hours_p50",
                models.DecimalField(blank=True, decimal_places=1, max_digits=12, null=True),
            ),
            (
                "forecast_hours_p90",
                models.DecimalField(blank=True, decimal_places=1, max_digits=12, null=True),
            ),
            (
                "forecast_cash_p10",
                models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True),
            ),
            (
                "forecast_cash_p50",
                models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True),
            ),
            (
                "forecast_cash_p90",
                models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True),
            ),
            ("through", models.DateField(help_text="last day counted, exclusive")),
            ("refreshed_at", models.DateTimeField()),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="value_months",
                    to="workloads.workload",
                ),
            ),
            (
                "accepted_from",
                models.CharField(
                    blank=True,
                    choices=[
                        ("system", "the business system"),
                        ("feedback", "users' feedback"),
                        ("evals", "evals"),
                        ("self", "the owner's answer"),
                        ("", "nobody"),
                    ],
                    default="",
                    max_length=8,
                ),
            ),
            ("accepted_high", models.DecimalField(blank=True, decimal_places=8, max_digits=9, null=True)),
            ("accepted_low", models.DecimalField(blank=True, decimal_places=8, max_digits=9, null=True)),
            ("accepted_share", models.DecimalField(blank=True, decimal_places=8, max_digits=9, null=True)),
            ("avoided_signed", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("bounds", models.BooleanField(default=False)),
            ("build_cost", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("cash_claimed", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("closed_at", models.DateTimeField(blank=True, null=True)),
            ("cost_provisional", models.BooleanField(default=False)),
            (
                "cost_source",
                models.CharField(default="none", help_text="billed, traced, both or none", max_length=20),
            ),
            ("coverage", models.DecimalField(blank=True, decimal_places=8, max_digits=9, null=True)),
            ("currency", models.CharField(max_length=3)),
            ("eval_cost", models.DecimalField(decimal_places=10, default=0, max_digits=20)),
            ("expected_loss", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("gap", models.JSONField(blank=True, default=dict)),
            ("hours_high", models.DecimalField(blank=True, decimal_places=1, max_digits=12, null=True)),
            ("hours_low", models.DecimalField(blank=True, decimal_places=1, max_digits=12, null=True)),
            ("judged", models.PositiveIntegerField(default=0, help_text="items with a verdict")),
            ("licence_cost", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("made_of", models.JSONField(blank=True, default=dict)),
            ("people_cost", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("platform_cost", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("revenue_signed", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("risk_signed", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            (
                "volume",
                models.PositiveIntegerField(blank=True, help_text="items in scope this month", null=True),
            ),
        ],
        options={
            "ordering": ["workload_id", "month"],
            "indexes": [models.Index(fields=["month", "workload"], name="value_month_by_month")],
            "constraints": [
                models.UniqueConstraint(fields=("workload", "month"), name="value_month_once"),
                models.CheckConstraint(
                    condition=models.Q(("accepted__gte", 0), ("accepted__lte", models.F("done"))),
                    name="value_month_accepted",
                ),
                models.CheckConstraint(
                    condition=models.Q(("month__day", 1)), name="value_month_first_of_month"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("hours_low", None),
                        models.Q(
                            ("hours_high__gte", models.F("hours_freed")),
                            ("hours_low__lte", models.F("hours_freed")),
                        ),
                        _connector="OR",
                    ),
                    name="value_month_hours_ordered",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("accepted_low", None),
                        models.Q(
                            ("accepted_high__gte", models.F("accepted_share")),
                            ("accepted_low__lte", models.F("accepted_share")),
                        ),
                        _connector="OR",
                    ),
                    name="value_month_share_ordered",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="BoardView",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("name", models.CharField(blank=True, max_length=60)),
            ("query", models.CharField(blank=True, max_length=600)),
            (
                "columns",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=30), default=list, size=None
                ),
            ),
            ("is_shared", models.BooleanField(default=False)),
            ("saved_at", models.DateTimeField()),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="board_views",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["name", "pk"],
            "constraints": [
                models.UniqueConstraint(fields=("user", "name"), name="board_view_once"),
                models.CheckConstraint(
                    condition=models.Q(("is_shared", True), ("name", ""), _negated=True),
                    name="board_view_shared_has_name",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Plan",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("name", models.CharField(max_length=80)),
            ("created_at", models.DateTimeField()),
            ("changed_at", models.DateTimeField()),
            ("settings", models.JSONField(default=dict)),
            ("currency", models.CharField(max_length=3)),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "waiting"),
                        ("computing", "computing"),
                        ("done", "done"),
                        ("failed", "failed"),
                    ],
                    default="queued",
                    max_length=10,
                ),
            ),
            ("revision", models.PositiveIntegerField(default=1)),
            ("done", models.PositiveIntegerField(default=0)),
            ("total", models.PositiveIntegerField(default=0)),
            ("error", models.CharField(blank=True, max_length=400)),
            ("result", models.JSONField(default=dict)),
            ("solved_at", models.DateTimeField(blank=True, null=True)),
            ("lease_until", models.DateTimeField(blank=True, null=True)),
            ("is_published", models.BooleanField(default=False)),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="plans",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["-changed_at", "-pk"],
            "constraints": [
                models.UniqueConstraint(django.db.models.functions.text.Lower("name"), name="plan_name_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "done"), _negated=True),
                        ("solved_at__isnull", False),
                        _connector="OR",
                    ),
                    name="plan_done_has_time",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Sample",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("value", models.DecimalField(decimal_places=4, max_digits=14)),
            ("at", models.DateTimeField()),
            ("client_id", models.CharField(max_length=40)),
            ("struck_at", models.DateTimeField(blank=True, help_text="taken back: a wrong tap", null=True)),
            (
                "measurement",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="samples", to="roi.measurement"
                ),
            ),
        ],
        options={
            "ordering": ["at", "pk"],
            "constraints": [
                models.UniqueConstraint(fields=("measurement", "client_id"), name="sample_once"),
                models.CheckConstraint(condition=models.Q(("value__gte", 0)), name="sample_not_negative"),
            ],
        },
    ),
    migrations.CreateModel(
        name="Series",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("name", models.CharField(max_length=80)),
            ("first_on", models.DateField(help_text="gives the weekday too")),
            ("start_time", models.TimeField()),
            ("time_zone", models.CharField(default="UTC", max_length=60)),
            (
                "every_weeks",
                models.PositiveSmallIntegerField(
                    default=1,
                    validators=[
                        django.core.validators.MinValueValidator(1),
                        django.core.validators.MaxValueValidator(12),
                    ],
                ),
            ),
            (
                "minutes",
                models.PositiveSmallIntegerField(
                    default=30,
                    validators=[
                        django.core.validators.MinValueValidator(10),
                        django.core.validators.MaxValueValidator(240),
                    ],
                ),
            ),
            (
                "most_items",
                models.PositiveSmallIntegerField(
                    default=6,
                    help_text="to discuss",
                    validators=[
                        django.core.validators.MinValueValidator(1),
                        django.core.validators.MaxValueValidator(30),
                    ],
                ),
            ),
            (
                "freeze_hours",
                models.PositiveSmallIntegerField(
                    default=48, validators=[django.core.validators.MaxValueValidator(240)]
                ),
            ),
            (
                "consent_below",
                models.DecimalField(
                    blank=True,
                    decimal_places=2,
                    help_text="money at stake below which an item goes to the consent list; empty: the proposal alone decides",
                    max_digits=14,
                    null=True,
                ),
            ),
            ("votes", models.BooleanField(default=False)),
            (
                "quorum",
                models.PositiveSmallIntegerField(
                    default=0, help_text="members who must be there; 0: no quorum"
                ),
            ),
            (
                "place",
                models.CharField(blank=True, help_text="a room or the link of the call", max_length=300),
            ),
            ("ended_on", models.DateField(blank=True, null=True)),
            ("simulated", models.BooleanField(default=False)),
            ("created_at", models.DateTimeField()),
            (
                "chair",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "unit",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="aiops.businessunit",
                ),
            ),
        ],
        options={
            "verbose_name_plural": "series",
            "ordering": ["name", "pk"],
        },
    ),
    migrations.CreateModel(
        name="Tripwire",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "quantity",
                models.CharField(
                    choices=[
                        ("accepted_share", "accepted share"),
                        ("automation_share", "share automated"),
                        ("volume", "volume a year"),
                        ("minutes", "minutes saved an item"),
                        ("review_minutes", "review minutes an item"),
                        ("run_cost", "run cost a year"),
                        ("cost_item", "cost an item"),
                        ("build_cost", "build cost so far"),
                    ],
                    max_length=16,
                ),
            ),
            ("side", models.CharField(choices=[("below", "under"), ("above", "over")], max_length=5)),
            ("level", models.DecimalField(decimal_places=4, max_digits=18)),
            ("weeks", models.PositiveSmallIntegerField(default=4)),
            ("check_from", models.DateField(blank=True, help_text="empty: from go-live", null=True)),
            ("note", models.CharField(blank=True, help_text="where the level comes from", max_length=200)),
            (
                "state",
                models.CharField(
                    choices=[("set", "set"), ("fired", "fired"), ("ended", "ended")],
                    default="set",
                    max_length=5,
                ),
            ),
            ("fired_at", models.DateTimeField(blank=True, null=True)),
            ("seen", models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True)),
            (
                "candidate",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="tripwires",
                    to="backlog.candidate",
                ),
            ),
            (
                "decision",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="tripwires", to="roi.decision"
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="tripwires",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["pk"],
            "constraints": [
                models.UniqueConstraint(fields=("decision", "quantity", "side"), name="tripwire_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "fired"), _negated=True),
                        ("fired_at__isnull", False),
                        _connector="OR",
                    ),
                    name="tripwire_fired_has_time",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Voice",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("kind", models.CharField(choices=[("objection", "objection"), ("vote", "vote")], max_length=9)),
            ("verdict", models.CharField(blank=True, help_text="of a vote", max_length=9)),
            ("text", models.CharField(blank=True, max_length=500)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="voices", to="roi.agendaitem"
                ),
            ),
        ],
        options={
            "ordering": ["at", "pk"],
            "constraints": [
                models.UniqueConstraint(fields=("item", "by", "kind"), name="voice_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("kind", "objection"), _negated=True),
                        models.Q(("text", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="objection_has_words",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Action",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("text", models.CharField(max_length=300)),
            ("due_on", models.DateField()),
            ("created_at", models.DateTimeField()),
            ("done_at", models.DateTimeField(blank=True, null=True)),
            ("done_note", models.CharField(blank=True, max_length=300)),
            ("dropped_at", models.DateTimeField(blank=True, null=True)),
            (
                "created_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "owner",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="actions",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="actions_from_it",
                    to="roi.agendaitem",
                ),
            ),
            (
                "review",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="actions", to="roi.review"
                ),
            ),
        ],
        options={
            "ordering": ["due_on", "pk"],
            "indexes": [
                models.Index(
                    condition=models.Q(("done_at", None), ("dropped_at", None)),
                    fields=["due_on"],
                    name="action_open",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="AgendaItem",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "reason",
                models.CharField(
                    choices=[
                        ("new", "new"),
                        ("measured", "the measurement came back"),
                        ("deferred", "its date has come"),
                        ("tripwire", "tripwire fired"),
                        ("expires", "approval expires"),
                        ("budget", "budget runs out"),
                        ("incident", "incident needs an answer"),
                        ("action", "action overdue"),
                        ("carried", "carried over"),
                        ("added", "added by the chair"),
                    ],
                    max_length=8,
                ),
            ),
            ("why", models.CharField(help_text="one sentence", max_length=300)),
            (
                "section",
                models.CharField(
                    choices=[
                        ("discuss", "to discuss"),
                        ("consent", "by consent"),
                        ("carried", "carried over"),
                        ("not_ready", "not ready"),
                        ("dropped", "dropped"),
                    ],
                    max_length=9,
                ),
            ),
            (
                "section_why",
                models.CharField(blank=True, help_text="why it is in this section", max_length=300),
            ),
            ("position", models.PositiveSmallIntegerField(default=0)),
            ("minutes", models.PositiveSmallIntegerField(default=5)),
            ("stake", models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
            ("missing", models.JSONField(default=list)),
            ("proposed", models.CharField(blank=True, help_text="a verdict", max_length=9)),
            ("proposed_why", models.CharField(blank=True, help_text="the rule behind it", max_length=300)),
            ("placed_by_hand", models.BooleanField(default=False)),
            ("pulled_why", models.CharField(blank=True, max_length=300)),
            ("opened_at", models.DateTimeField(blank=True, null=True)),
            ("seconds", models.PositiveIntegerField(default=0, help_text="talked about so far")),
            ("done_at", models.DateTimeField(blank=True, null=True)),
            ("revision", models.PositiveIntegerField(default=0)),
            (
                "action",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="agenda_items",
                    to="roi.action",
                ),
            ),
            (
                "candidate",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="agenda_items",
                    to="backlog.candidate",
                ),
            ),
            (
                "pulled_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="agenda_items",
                    to="workloads.workload",
                ),
            ),
            (
                "review",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="items", to="roi.review"
                ),
            ),
        ],
        options={
            "ordering": ["position", "pk"],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("candidate__isnull", False)),
                    fields=("review", "candidate"),
                    name="agenda_candidate_once",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("workload__isnull", False)),
                    fields=("review", "workload", "reason"),
                    name="agenda_workload_once",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("action__isnull", False)),
                    fields=("review", "action"),
                    name="agenda_action_once",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("candidate__isnull", False),
                        ("workload__isnull", False),
                        ("action__isnull", False),
                        _connector="OR",
                    ),
                    name="agenda_item_is_of_something",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Answer",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("fine", "fine with me"),
                        ("talk", "I want to talk"),
                        ("question", "a question"),
                    ],
                    max_length=8,
                ),
            ),
            ("text", models.CharField(blank=True, max_length=500)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="roi.agendaitem"
                ),
            ),
        ],
        options={
            "ordering": ["at", "pk"],
            "constraints": [
                models.UniqueConstraint(fields=("item", "by"), name="pre_read_answer_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("kind", "question"), _negated=True),
                        models.Q(("text", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="pre_read_question_has_words",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Measurement",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("quantity", models.CharField(help_text="of an estimate", max_length=24)),
            ("what", models.CharField(help_text="in words, for whoever measures", max_length=200)),
            ("samples_wanted", models.PositiveSmallIntegerField(default=20)),
            ("due_on", models.DateField()),
            (
                "state",
                models.CharField(
                    choices=[("open", "open"), ("done", "done"), ("cancelled", "cancelled")],
                    default="open",
                    max_length=9,
                ),
            ),
            ("link_digest", models.CharField(blank=True, max_length=64)),
            ("created_at", models.DateTimeField()),
            ("done_at", models.DateTimeField(blank=True, null=True)),
            (
                "result",
                models.JSONField(
                    blank=True, help_text="n, low, likely, high, before, as stored on closing", null=True
                ),
            ),
            (
                "candidate",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="measurements",
                    to="backlog.candidate",
                ),
            ),
            (
                "created_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "decision",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="measurements",
                    to="roi.decision",
                ),
            ),
            (
                "person",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "ordering": ["due_on", "pk"],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("state", "open")),
                    fields=("candidate", "quantity"),
                    name="measurement_one_open",
                ),
                models.CheckConstraint(
                    condition=models.Q(("samples_wanted__gte", 1)), name="measurement_wants_samples"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Member",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "series",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="members", to="roi.series"
                ),
            ),
        ],
        options={
            "ordering": ["user__name", "pk"],
            "constraints": [models.UniqueConstraint(fields=("series", "user"), name="review_member_once")],
        },
    ),
    migrations.CreateModel(
        name="PreRead",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("content", models.JSONField()),
            ("content_hash", models.CharField(help_text="SHA-256 of the canonical JSON", max_length=64)),
            ("frozen_at", models.DateTimeField()),
            (
                "assessment",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="roi.assessment",
                ),
            ),
            (
                "item",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="pre_read", to="roi.agendaitem"
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="Review",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("number", models.PositiveIntegerField(unique=True)),
            ("starts_at", models.DateTimeField()),
            ("freeze_at", models.DateTimeField()),
            ("minutes", models.PositiveSmallIntegerField()),
            (
                "state",
                models.CharField(
                    choices=[
                        ("planned", "planned"),
                        ("frozen", "pre-read out"),
                        ("running", "under way"),
                        ("closed", "closed"),
                        ("cancelled", "cancelled"),
                    ],
                    default="planned",
                    max_length=9,
                ),
            ),
            ("frozen_at", models.DateTimeField(blank=True, null=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            ("closed_at", models.DateTimeField(blank=True, null=True)),
            ("revision", models.PositiveIntegerField(default=0)),
            ("minutes_content", models.JSONField(blank=True, null=True)),
            ("minutes_hash", models.CharField(blank=True, max_length=64)),
            (
                "chair",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "current",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to="roi.agendaitem",
                ),
            ),
            (
                "series",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="roi.series"
                ),
            ),
        ],
        options={
            "ordering": ["-starts_at", "-pk"],
            "constraints": [
                models.UniqueConstraint(fields=("series", "starts_at"), name="review_slot_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "closed"), _negated=True),
                        ("closed_at__isnull", False),
                        _connector="OR",
                    ),
                    name="review_closed_has_time",
                ),
                models.CheckConstraint(
                    condition=models.Q(("freeze_at__lte", models.F("starts_at"))), name="review_freeze_before"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Presence",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("first_seen_at", models.DateTimeField()),
            ("last_seen_at", models.DateTimeField()),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "review",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="presences", to="roi.review"
                ),
            ),
        ],
        options={
            "ordering": ["first_seen_at", "pk"],
            "constraints": [models.UniqueConstraint(fields=("review", "user"), name="presence_once")],
        },
    ),
    migrations.CreateModel(
        name="ActualCost",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("month", models.DateField()),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("build", "building"),
                        ("licence", "licences"),
                        ("platform", "platform"),
                        ("people", "people"),
                        ("eval", "evals"),
                    ],
                    max_length=8,
                ),
            ),
            (
                "source",
                models.CharField(
                    choices=[("form", "entered"), ("import", "imported"), ("feed", "sent by a system")],
                    default="form",
                    max_length=8,
                ),
            ),
            (
                "amount",
                models.DecimalField(
                    decimal_places=2, help_text="company currency; a credit is negative", max_digits=16
                ),
            ),
            ("cost_centre", models.CharField(blank=True, max_length=80)),
            ("note", models.CharField(blank=True, max_length=300)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="actual_costs",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["workload_id", "-month", "kind"],
            "constraints": [
                models.UniqueConstraint(
                    fields=("workload", "month", "kind", "source"), name="actual_cost_once"
                ),
                models.CheckConstraint(
                    condition=models.Q(("month__day", 1)), name="actual_cost_first_of_month"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Comparison",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "method",
                models.CharField(
                    choices=[
                        ("its", "interrupted time series"),
                        ("did", "difference in differences"),
                        ("holdout", "holdout"),
                    ],
                    max_length=8,
                ),
            ),
            ("question", models.CharField(help_text="what is compared, in words", max_length=200)),
            (
                "unit",
                models.CharField(help_text="of the effect: minutes an item, items a day", max_length=40),
            ),
            ("inputs", models.JSONField(help_text="the series and the cut, as used")),
            ("effect", models.DecimalField(decimal_places=4, max_digits=18)),
            ("low", models.DecimalField(decimal_places=4, max_digits=18)),
            ("high", models.DecimalField(decimal_places=4, max_digits=18)),
            ("n", models.PositiveIntegerField()),
            ("sentence", models.CharField(max_length=500)),
            ("details", models.JSONField(blank=True, default=dict)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="comparisons",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["-at", "-pk"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("high__gte", models.F("effect")), ("low__lte", models.F("effect"))),
                    name="comparison_ordered",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Correction",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("done", models.IntegerField(default=0)),
            ("accepted", models.IntegerField(default=0)),
            ("hours_freed", models.DecimalField(blank=True, decimal_places=1, max_digits=12, null=True)),
            ("hours_signed", models.DecimalField(decimal_places=1, default=0, max_digits=12)),
            ("cash_signed", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("avoided_signed", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("revenue_signed", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("risk_signed", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("model_cost", models.DecimalField(decimal_places=10, default=0, max_digits=20)),
            ("eval_cost", models.DecimalField(decimal_places=10, default=0, max_digits=20)),
            ("licence_cost", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("platform_cost", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("people_cost", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("build_cost", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("expected_loss", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("month", models.DateField(help_text="first day of the month it is booked in")),
            ("about", models.DateField(help_text="first day of the closed month it corrects")),
            ("currency", models.CharField(max_length=3)),
            ("reason", models.CharField(help_text="what changed, in words", max_length=400)),
            ("closed_at", models.DateTimeField(blank=True, null=True)),
            ("refreshed_at", models.DateTimeField()),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="corrections",
                    to="workloads.workload",
                ),
            ),
            ("judged", models.IntegerField(default=0)),
        ],
        options={
            "ordering": ["workload_id", "month", "about"],
            "constraints": [
                models.UniqueConstraint(fields=("workload", "month", "about"), name="correction_once"),
                models.CheckConstraint(
                    condition=models.Q(("month__gt", models.F("about"))), name="correction_comes_later"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Outlook",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("month", models.DateField(help_text="first day of the last month it rests on")),
            ("at", models.DateTimeField()),
            ("currency", models.CharField(max_length=3)),
            ("months_seen", models.PositiveSmallIntegerField()),
            ("forward_p10", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("forward_p50", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("forward_p90", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
            ("prob_reach", models.DecimalField(decimal_places=4, max_digits=5, null=True)),
            ("prob_positive", models.DecimalField(decimal_places=4, max_digits=5, null=True)),
            ("fan", models.JSONField(blank=True, default=list)),
            (
                "quantities",
                models.JSONField(blank=True, default=list, help_text="before and after, by quantity"),
            ),
            ("breakevens", models.JSONField(blank=True, default=list)),
            (
                "verdict",
                models.CharField(
                    blank=True,
                    choices=[
                        ("scale", "scale"),
                        ("keep", "keep"),
                        ("fix", "fix"),
                        ("retire", "retire"),
                        ("", "not enough data"),
                    ],
                    default="",
                    max_length=6,
                ),
            ),
            ("why", models.CharField(max_length=400)),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="outlooks",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["workload_id", "-month"],
            "constraints": [
                models.UniqueConstraint(fields=("workload", "month"), name="outlook_once_a_month"),
                models.CheckConstraint(
                    condition=models.Q(
                        ("forward_p10", None),
                        models.Q(
                            ("forward_p10__lte", models.F("forward_p50")),
                            ("forward_p50__lte", models.F("forward_p90")),
                        ),
                        _connector="OR",
                    ),
                    name="outlook_ordered",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="PastCase",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("name", models.CharField(max_length=200)),
            (
                "quantity",
                models.CharField(
                    choices=[("value", "value"), ("cost", "cost"), ("time", "time")], max_length=5
                ),
            ),
            ("measure", models.CharField(help_text="of both figures: EUR, hours, months", max_length=40)),
            ("low", models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
            ("likely", models.DecimalField(decimal_places=4, max_digits=20)),
            ("high", models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
            ("actual", models.DecimalField(decimal_places=4, max_digits=20)),
            ("finished_on", models.DateField()),
            (
                "klass",
                models.CharField(
                    blank=True,
                    choices=[
                        ("business_ai", "business AI"),
                        ("ai_for_ops", "AI for Ops"),
                        ("ops_for_ai", "Ops for AI"),
                    ],
                    max_length=12,
                    verbose_name="class",
                ),
            ),
            ("source", models.CharField(blank=True, help_text="the file it came from", max_length=120)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "owner",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="past_cases",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "unit",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="aiops.businessunit",
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="past_cases",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["-finished_on", "name", "quantity"],
            "indexes": [models.Index(fields=["quantity", "unit", "klass"], name="past_case_by_class")],
            "constraints": [
                models.UniqueConstraint(fields=("name", "quantity", "finished_on"), name="past_case_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("high", None), ("low", None)),
                        models.Q(("high__gte", models.F("likely")), ("low__lte", models.F("likely"))),
                        _connector="OR",
                    ),
                    name="past_case_ordered",
                ),
                models.CheckConstraint(
                    condition=models.Q(("likely__gt", 0)), name="past_case_likely_positive"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Split",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("share", models.DecimalField(decimal_places=4, max_digits=5)),
            ("month", models.DateField()),
            ("reason", models.CharField(max_length=300)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "part",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="split_of",
                    to="workloads.workload",
                ),
            ),
            (
                "source",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="splits",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["month", "pk"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("share__gt", 0), ("share__lt", 1)), name="split_share"
                ),
                models.CheckConstraint(
                    condition=models.Q(("source", models.F("part")), _negated=True), name="split_of_another"
                ),
                models.CheckConstraint(condition=models.Q(("month__day", 1)), name="split_first_of_month"),
            ],
        },
    ),
    migrations.CreateModel(
        name="StandIn",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("starts_on", models.DateField()),
            ("ends_on", models.DateField(help_text="the last day")),
            ("at", models.DateTimeField()),
            (
                "absent",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="stand_ins",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "deputy",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="stands_in_for",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["-starts_on", "pk"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="stand_in_forward"
                ),
                models.CheckConstraint(
                    condition=models.Q(("absent", models.F("deputy")), _negated=True),
                    name="stand_in_is_another",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Statement",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("month", models.DateField(help_text="first day")),
            ("currency", models.CharField(max_length=3)),
            (
                "state",
                models.CharField(
                    choices=[("open", "waits for finance"), ("signed", "signed")],
                    default="open",
                    max_length=6,
                ),
            ),
            ("totals", models.JSONField(default=dict)),
            ("exceptions", models.JSONField(default=list)),
            ("due_on", models.DateField()),
            ("made_at", models.DateTimeField()),
            ("signed_at", models.DateTimeField(blank=True, null=True)),
            ("note", models.CharField(blank=True, max_length=400)),
            (
                "signed_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "unit",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="statements",
                    to="aiops.businessunit",
                ),
            ),
        ],
        options={
            "ordering": ["-month", "unit__name"],
            "constraints": [
                models.UniqueConstraint(fields=("unit", "month"), name="statement_once"),
                models.CheckConstraint(
                    condition=models.Q(("month__day", 1)), name="statement_first_of_month"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("signed_by", None), ("state", "open")),
                        models.Q(("signed_by__isnull", False), ("state", "signed")),
                        _connector="OR",
                    ),
                    name="statement_signed_by",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="TimeBaseline",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("minutes", models.DecimalField(decimal_places=3, max_digits=10)),
            ("low", models.DecimalField(decimal_places=3, max_digits=10)),
            ("high", models.DecimalField(decimal_places=3, max_digits=10)),
            ("n", models.PositiveIntegerField(default=0)),
            (
                "how",
                models.CharField(
                    choices=[
                        ("study", "timed by hand"),
                        ("tickets", "ticket history"),
                        ("timestamps", "system timestamps"),
                        ("estimate", "estimated, not measured"),
                    ],
                    max_length=10,
                ),
            ),
            ("measured_from", models.DateField(blank=True, null=True)),
            ("measured_to", models.DateField(blank=True, null=True)),
            ("before_go_live", models.BooleanField(default=False)),
            ("note", models.CharField(blank=True, max_length=300)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "replaced_by",
                models.OneToOneField(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="replaces",
                    to="roi.timebaseline",
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="time_baselines",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["-at", "-pk"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("high__gte", models.F("minutes")), ("low__gte", 0), ("low__lte", models.F("minutes"))
                    ),
                    name="baseline_ordered",
                ),
                models.CheckConstraint(
                    condition=models.Q(("how", "estimate"), ("n__gte", 5), _connector="OR"),
                    name="baseline_measured_has_n",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="TripwireWeek",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("week", models.DateField()),
            ("value", models.DecimalField(decimal_places=4, max_digits=18, null=True)),
            ("n", models.PositiveIntegerField(default=0)),
            ("breached", models.BooleanField(default=False)),
            ("at", models.DateTimeField()),
            (
                "tripwire",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="readings", to="roi.tripwire"
                ),
            ),
        ],
        options={
            "ordering": ["tripwire_id", "-week"],
            "constraints": [models.UniqueConstraint(fields=("tripwire", "week"), name="tripwire_week_once")],
        },
    ),
    migrations.CreateModel(
        name="ValueTerms",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "verdicts",
                models.CharField(
                    choices=[
                        ("random", "drawn at random"),
                        ("chosen", "chosen by somebody, or not known how"),
                    ],
                    default="chosen",
                    max_length=8,
                ),
            ),
            (
                "volume_month",
                models.PositiveIntegerField(blank=True, help_text="items in scope a month", null=True),
            ),
            ("loss_per_error", models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
            ("loss_per_leak", models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
            ("note", models.CharField(blank=True, max_length=300)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "workload",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="value_terms",
                    to="workloads.workload",
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="ValueToDate",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("done", models.IntegerField(default=0)),
            ("accepted", models.IntegerField(default=0)),
            ("hours_freed", models.DecimalField(blank=True, decimal_places=1, max_digits=12, null=True)),
            ("hours_signed", models.DecimalField(decimal_places=1, default=0, max_digits=12)),
            ("cash_signed", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("avoided_signed", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("revenue_signed", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("risk_signed", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("model_cost", models.DecimalField(decimal_places=10, default=0, max_digits=20)),
            ("eval_cost", models.DecimalField(decimal_places=10, default=0, max_digits=20)),
            ("licence_cost", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("platform_cost", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("people_cost", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("build_cost", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("expected_loss", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            (
                "forecast_hours_p10",
                models.DecimalField(blank=True, decimal_places=1, max_digits=12, null=True),
            ),
            (
                "forecast_hours_p50",
                models.DecimalField(blank=True, decimal_places=1, max_digits=12, null=True),
            ),
            (
                "forecast_hours_p90",
                models.DecimalField(blank=True, decimal_places=1, max_digits=12, null=True),
            ),
            (
                "forecast_cash_p10",
                models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True),
            ),
            (
                "forecast_cash_p50",
                models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True),
            ),
            (
                "forecast_cash_p90",
                models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True),
            ),
            ("currency", models.CharField(max_length=3)),
            ("first_month", models.DateField()),
            ("months", models.PositiveSmallIntegerField()),
            ("months_closed", models.PositiveSmallIntegerField(default=0)),
            ("through", models.DateField(help_text="last day counted, exclusive")),
            ("self_reported", models.BooleanField(default=False)),
            ("baseline_measured", models.BooleanField(default=False)),
            ("bounds", models.BooleanField(default=False)),
            ("hours_low", models.DecimalField(blank=True, decimal_places=1, max_digits=12, null=True)),
            ("hours_high", models.DecimalField(blank=True, decimal_places=1, max_digits=12, null=True)),
            ("capacity_hours", models.DecimalField(blank=True, decimal_places=1, max_digits=12, null=True)),
            ("capacity_worth", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
            ("cash_claimed", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
            ("unpriced_calls", models.PositiveIntegerField(default=0)),
            ("gap", models.JSONField(blank=True, default=dict)),
            ("refreshed_at", models.DateTimeField()),
            (
                "workload",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="value_to_date",
                    to="workloads.workload",
                ),
            ),
            ("judged", models.IntegerField(default=0, help_text="items with a verdict")),
        ],
        options={
            "ordering": ["workload_id"],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("roi", "0001_initial"),
        ("roi", "0002_frozen"),
        ("roi", "0003_range_engine"),
        ("roi", "0004_review"),
        ("roi", "0005_frozen_reviews"),
        ("roi", "0006_newest_figures"),
        ("roi", "0007_value_ledger"),
        ("roi", "0008_frozen_months"),
        ("roi", "0010_claims_again"),
        ("roi", "0009_judged_to_date"),
        ("roi", "0011_first_baselines"),
    ]
    dependencies = [
        ("aiops", "0003_time_zone_and_currency"),
        ("backlog", "0001_squashed_0003_intake"),
        ("workloads", "0028_outcome_days"),
    ]
    operations = [AtOnce(TABLES), migrations.RunSQL(FREEZE, THAW)]
