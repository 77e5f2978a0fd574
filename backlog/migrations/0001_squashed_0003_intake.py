"""The first three migrations in one: candidates, estimates with their evidence, intake and tickets."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from aiops.migrations._at_once import AtOnce

TABLES = [
    migrations.CreateModel(
        name="Candidate",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("number", models.PositiveIntegerField(unique=True)),
            ("title", models.CharField(blank=True, max_length=120)),
            ("description", models.TextField(blank=True)),
            (
                "klass",
                models.CharField(
                    choices=[
                        ("business_ai", "business AI"),
                        ("ai_for_ops", "AI for Ops"),
                        ("ops_for_ai", "Ops for AI"),
                    ],
                    default="business_ai",
                    max_length=12,
                    verbose_name="class",
                ),
            ),
            ("systems", models.CharField(blank=True, max_length=300)),
            (
                "risk_tier",
                models.CharField(
                    blank=True, choices=[("low", "low"), ("medium", "medium"), ("high", "high")], max_length=8
                ),
            ),
            ("who_does_it", models.CharField(blank=True, max_length=120)),
            ("count", models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
            (
                "period",
                models.CharField(
                    choices=[("day", "a day"), ("week", "a week"), ("month", "a month"), ("year", "a year")],
                    default="month",
                    max_length=6,
                ),
            ),
            ("minutes", models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True)),
            ("people", models.DecimalField(blank=True, decimal_places=1, max_digits=8, null=True)),
            (
                "share",
                models.CharField(
                    blank=True,
                    choices=[
                        ("all", "all of their time"),
                        ("three_quarters", "about three quarters"),
                        ("half", "about half their time"),
                        ("quarter", "about a quarter"),
                        ("hour_a_day", "about an hour a day"),
                    ],
                    max_length=16,
                ),
            ),
            (
                "sureness",
                models.CharField(
                    choices=[
                        ("measured", "I counted or timed it"),
                        ("fairly_sure", "Fairly sure"),
                        ("guess", "It is a guess"),
                    ],
                    default="fairly_sure",
                    max_length=12,
                ),
            ),
            (
                "state",
                models.CharField(
                    choices=[
                        ("draft", "draft"),
                        ("received", "received"),
                        ("sizing", "being sized"),
                        ("in_review", "in review"),
                        ("approved", "approved"),
                        ("building", "building"),
                        ("live", "live"),
                        ("deferred", "deferred"),
                        ("measuring", "measure first"),
                        ("rejected", "rejected"),
                        ("withdrawn", "withdrawn"),
                        ("duplicate", "duplicate"),
                        ("retired", "retired"),
                    ],
                    default="draft",
                    max_length=12,
                ),
            ),
            ("deferred_until", models.DateField(blank=True, null=True)),
            ("external_id", models.CharField(blank=True, max_length=80)),
            ("client_token", models.CharField(blank=True, max_length=40)),
            ("simulated", models.BooleanField(default=False)),
            ("created_at", models.DateTimeField()),
            ("submitted_at", models.DateTimeField(blank=True, null=True)),
            (
                "assessor",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "owner",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="candidates",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "unit",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="candidates",
                    to="aiops.businessunit",
                ),
            ),
            ("discount_rate", models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True)),
            ("horizon_months", models.PositiveSmallIntegerField(blank=True, null=True)),
            ("rate_job", models.CharField(blank=True, max_length=80)),
            (
                "token_model",
                models.CharField(blank=True, help_text="provider/model of the price book", max_length=160),
            ),
            (
                "team",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="candidates",
                    to="backlog.team",
                ),
            ),
            (
                "answers",
                models.JSONField(blank=True, default=dict, help_text="by field name of the form version"),
            ),
            (
                "filed_by",
                models.ForeignKey(
                    blank=True,
                    help_text="if not the owner",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "funder",
                models.ForeignKey(
                    blank=True,
                    help_text="whose budget pays",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "merged_into",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="merged",
                    to="backlog.candidate",
                ),
            ),
            ("parked_until", models.DateField(blank=True, null=True)),
            ("parked_why", models.CharField(blank=True, max_length=200)),
            (
                "form_version",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="backlog.formversion",
                ),
            ),
            (
                "search",
                models.GeneratedField(
                    db_persist=True,
                    expression=django.contrib.postgres.search.CombinedSearchVector(
                        django.contrib.postgres.search.SearchVector("title", config="english", weight="A"),
                        "||",
                        django.contrib.postgres.search.SearchVector(
                            "description", config="english", weight="B"
                        ),
                        django.contrib.postgres.search.SearchConfig("english"),
                    ),
                    output_field=django.contrib.postgres.search.SearchVectorField(),
                ),
            ),
        ],
        options={
            "ordering": ["-number"],
            "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["search"], name="candidate_search")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("count", None), ("count__gt", 0), _connector="OR"),
                    name="candidate_count_positive",
                ),
                models.CheckConstraint(
                    condition=models.Q(("minutes", None), ("minutes__gt", 0), _connector="OR"),
                    name="candidate_minutes_positive",
                ),
                models.CheckConstraint(
                    condition=models.Q(("people", None), ("people__gt", 0), _connector="OR"),
                    name="candidate_people_positive",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "deferred"), _negated=True),
                        ("deferred_until__isnull", False),
                        _connector="OR",
                    ),
                    name="candidate_deferred_has_date",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["draft", "withdrawn"]),
                        ("submitted_at__isnull", False),
                        _connector="OR",
                    ),
                    name="candidate_submitted_has_time",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("client_token", ""), _negated=True),
                    fields=("owner", "client_token"),
                    name="candidate_token_once",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("horizon_months", None),
                        models.Q(("horizon_months__gte", 1), ("horizon_months__lte", 120)),
                        _connector="OR",
                    ),
                    name="candidate_horizon",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("discount_rate", None),
                        models.Q(("discount_rate__gte", 0), ("discount_rate__lte", 1)),
                        _connector="OR",
                    ),
                    name="candidate_discount_rate",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("external_id", ""), _negated=True),
                    fields=("external_id",),
                    name="candidate_external_id_once",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("parked_until", None), models.Q(("parked_why", ""), _negated=True), _connector="OR"
                    ),
                    name="candidate_parked_has_reason",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("merged_into", None),
                        models.Q(("merged_into", models.F("pk")), _negated=True),
                        _connector="OR",
                    ),
                    name="candidate_not_merged_into_itself",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Estimate",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "quantity",
                models.CharField(
                    choices=[
                        ("volume", "Volume (items a year)"),
                        ("minutes", "Minutes an item"),
                        ("automation_share", "Share automated"),
                        ("review_minutes", "Review minutes an automated item"),
                        ("error_share_before", "Share with errors today"),
                        ("rework_minutes_before", "Rework minutes an error, today"),
                        ("error_share_after", "Share with errors once automated"),
                        ("rework_minutes_after", "Rework minutes an error, once automated"),
                        ("loaded_rate", "Loaded rate an hour"),
                        ("cashable_share", "Planned share of hours that becomes cash"),
                        ("build_cost", "Build cost, once"),
                        ("run_cost", "Run cost a year, fixed"),
                        ("run_cost_item", "Run cost an automated item"),
                        ("tokens_in", "Tokens in, an automated item"),
                        ("tokens_out", "Tokens out, an automated item"),
                        ("start_months", "Months until first use"),
                        ("ramp_months", "Months from first to full use"),
                        ("other_cash", "Other cash benefit a year"),
                        ("cost_avoided", "Cost avoided a year"),
                        ("revenue", "Revenue a year"),
                        ("risk_reduction", "Risk reduction a year"),
                    ],
                    max_length=24,
                ),
            ),
            ("low", models.DecimalField(decimal_places=4, max_digits=18)),
            ("likely", models.DecimalField(decimal_places=4, max_digits=18)),
            ("high", models.DecimalField(decimal_places=4, max_digits=18)),
            (
                "meaning",
                models.CharField(
                    choices=[
                        ("percentiles", "eight times in ten between the ends"),
                        ("hard_limits", "never outside the ends"),
                    ],
                    default="percentiles",
                    max_length=12,
                ),
            ),
            (
                "evidence",
                models.CharField(
                    choices=[
                        ("measured", "measured"),
                        ("history", "from history"),
                        ("expert", "an expert's word"),
                        ("assumed", "assumed"),
                    ],
                    default="assumed",
                    max_length=10,
                ),
            ),
            ("note", models.CharField(blank=True, max_length=300)),
            ("as_of", models.DateField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "candidate",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="estimates",
                    to="backlog.candidate",
                ),
            ),
        ],
        options={
            "ordering": ["candidate_id", "pk"],
            "constraints": [
                models.UniqueConstraint(fields=("candidate", "quantity"), name="estimate_once"),
                models.CheckConstraint(
                    condition=models.Q(("likely__lte", models.F("high")), ("low__lte", models.F("likely"))),
                    name="estimate_ordered",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("low__gte", 0),
                        ("quantity__in", ["other_cash", "cost_avoided", "revenue", "risk_reduction"]),
                        _connector="OR",
                    ),
                    name="estimate_not_negative",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            (
                                "quantity__in",
                                [
                                    "automation_share",
                                    "cashable_share",
                                    "error_share_before",
                                    "error_share_after",
                                ],
                            ),
                            _negated=True,
                        ),
                        ("high__lte", 1),
                        _connector="OR",
                    ),
                    name="estimate_share_at_most_one",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="StageEntry",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "state",
                models.CharField(
                    choices=[
                        ("draft", "draft"),
                        ("received", "received"),
                        ("sizing", "being sized"),
                        ("in_review", "in review"),
                        ("approved", "approved"),
                        ("building", "building"),
                        ("live", "live"),
                        ("deferred", "deferred"),
                        ("measuring", "measure first"),
                        ("rejected", "rejected"),
                        ("withdrawn", "withdrawn"),
                        ("duplicate", "duplicate"),
                        ("retired", "retired"),
                    ],
                    max_length=12,
                ),
            ),
            ("holder_role", models.CharField(blank=True, max_length=60)),
            ("entered_at", models.DateTimeField()),
            ("left_at", models.DateTimeField(blank=True, null=True)),
            (
                "candidate",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="stages", to="backlog.candidate"
                ),
            ),
            (
                "holder",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["entered_at", "pk"],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("left_at", None)), fields=("candidate",), name="stage_one_current"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("left_at", None), ("left_at__gte", models.F("entered_at")), _connector="OR"
                    ),
                    name="stage_forward",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Correlation",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "first",
                models.CharField(
                    choices=[
                        ("volume", "Volume (items a year)"),
                        ("minutes", "Minutes an item"),
                        ("automation_share", "Share automated"),
                        ("review_minutes", "Review minutes an automated item"),
                        ("error_share_before", "Share with errors today"),
                        ("rework_minutes_before", "Rework minutes an error, today"),
                        ("error_share_after", "Share with errors once automated"),
                        ("rework_minutes_after", "Rework minutes an error, once automated"),
                        ("loaded_rate", "Loaded rate an hour"),
                        ("cashable_share", "Planned share of hours that becomes cash"),
                        ("build_cost", "Build cost, once"),
                        ("run_cost", "Run cost a year, fixed"),
                        ("run_cost_item", "Run cost an automated item"),
                        ("tokens_in", "Tokens in, an automated item"),
                        ("tokens_out", "Tokens out, an automated item"),
                        ("start_months", "Months until first use"),
                        ("ramp_months", "Months from first to full use"),
                        ("other_cash", "Other cash benefit a year"),
                        ("cost_avoided", "Cost avoided a year"),
                        ("revenue", "Revenue a year"),
                        ("risk_reduction", "Risk reduction a year"),
                    ],
                    max_length=24,
                ),
            ),
            (
                "second",
                models.CharField(
                    choices=[
                        ("volume", "Volume (items a year)"),
                        ("minutes", "Minutes an item"),
                        ("automation_share", "Share automated"),
                        ("review_minutes", "Review minutes an automated item"),
                        ("error_share_before", "Share with errors today"),
                        ("rework_minutes_before", "Rework minutes an error, today"),
                        ("error_share_after", "Share with errors once automated"),
                        ("rework_minutes_after", "Rework minutes an error, once automated"),
                        ("loaded_rate", "Loaded rate an hour"),
                        ("cashable_share", "Planned share of hours that becomes cash"),
                        ("build_cost", "Build cost, once"),
                        ("run_cost", "Run cost a year, fixed"),
                        ("run_cost_item", "Run cost an automated item"),
                        ("tokens_in", "Tokens in, an automated item"),
                        ("tokens_out", "Tokens out, an automated item"),
                        ("start_months", "Months until first use"),
                        ("ramp_months", "Months from first to full use"),
                        ("other_cash", "Other cash benefit a year"),
                        ("cost_avoided", "Cost avoided a year"),
                        ("revenue", "Revenue a year"),
                        ("risk_reduction", "Risk reduction a year"),
                    ],
                    max_length=24,
                ),
            ),
            ("rho", models.DecimalField(decimal_places=2, max_digits=3)),
            ("note", models.CharField(blank=True, max_length=300)),
            (
                "candidate",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="correlations",
                    to="backlog.candidate",
                ),
            ),
        ],
        options={
            "ordering": ["candidate_id", "first", "second"],
            "constraints": [
                models.UniqueConstraint(fields=("candidate", "first", "second"), name="correlation_once"),
                models.CheckConstraint(
                    condition=models.Q(("first__lt", models.F("second"))), name="correlation_ordered"
                ),
                models.CheckConstraint(
                    condition=models.Q(("rho__gte", -0.95), ("rho__lte", 0.95)), name="correlation_bounded"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Effort",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "role",
                models.CharField(
                    choices=[
                        ("engineering", "engineering"),
                        ("data", "data"),
                        ("integration", "integration (IT)"),
                        ("business", "business"),
                        ("security", "security and legal"),
                    ],
                    max_length=12,
                ),
            ),
            ("days", models.DecimalField(decimal_places=1, max_digits=7)),
            (
                "candidate",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="efforts",
                    to="backlog.candidate",
                ),
            ),
        ],
        options={
            "ordering": ["candidate_id", "role"],
            "constraints": [
                models.UniqueConstraint(fields=("candidate", "role"), name="effort_once"),
                models.CheckConstraint(condition=models.Q(("days__gt", 0)), name="effort_positive"),
            ],
        },
    ),
    migrations.CreateModel(
        name="Relation",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("excludes", "only one of the two"),
                        ("needs", "needs the other first"),
                        ("overlaps", "they share part of the benefit"),
                    ],
                    max_length=8,
                ),
            ),
            ("overlap", models.DecimalField(blank=True, decimal_places=3, max_digits=4, null=True)),
            (
                "candidate",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="relations",
                    to="backlog.candidate",
                ),
            ),
            (
                "other",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="related_by",
                    to="backlog.candidate",
                ),
            ),
        ],
        options={
            "ordering": ["candidate_id", "other_id"],
            "constraints": [
                models.UniqueConstraint(fields=("candidate", "other"), name="relation_once"),
                models.CheckConstraint(
                    condition=models.Q(("candidate", models.F("other")), _negated=True),
                    name="relation_of_two",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("kind", "overlaps"), ("overlap__gt", 0), ("overlap__lte", 1)),
                        models.Q(models.Q(("kind", "overlaps"), _negated=True), ("overlap", None)),
                        _connector="OR",
                    ),
                    name="relation_overlap_share",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Team",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("name", models.CharField(max_length=120)),
            ("people", models.DecimalField(decimal_places=1, max_digits=8)),
            (
                "unit",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="teams", to="aiops.businessunit"
                ),
            ),
        ],
        options={
            "ordering": ["unit__name", "name"],
            "constraints": [
                models.UniqueConstraint(
                    models.F("unit"), django.db.models.functions.text.Lower("name"), name="team_once"
                ),
                models.CheckConstraint(condition=models.Q(("people__gt", 0)), name="team_has_people"),
            ],
        },
    ),
    migrations.CreateModel(
        name="Policy",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "waiting_days",
                models.PositiveSmallIntegerField(
                    default=10,
                    help_text="nothing waits longer without a name on it",
                    validators=[
                        django.core.validators.MinValueValidator(1),
                        django.core.validators.MaxValueValidator(90),
                    ],
                ),
            ),
            (
                "sizing_days",
                models.PositiveSmallIntegerField(
                    default=5,
                    help_text="days in which a new candidate's cost is sized",
                    validators=[
                        django.core.validators.MinValueValidator(1),
                        django.core.validators.MaxValueValidator(60),
                    ],
                ),
            ),
            (
                "largest_file_mb",
                models.PositiveSmallIntegerField(
                    default=10,
                    validators=[
                        django.core.validators.MinValueValidator(1),
                        django.core.validators.MaxValueValidator(25),
                    ],
                ),
            ),
        ],
        options={
            "verbose_name_plural": "policy",
            "constraints": [
                models.CheckConstraint(condition=models.Q(("pk", 1)), name="intake_policy_one_row")
            ],
        },
    ),
    migrations.CreateModel(
        name="Question",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("at", models.DateTimeField()),
            ("text", models.TextField(max_length=1000)),
            ("answer", models.TextField(blank=True, max_length=4000)),
            ("answered_at", models.DateTimeField(blank=True, null=True)),
            ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
            (
                "answered_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
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
                "candidate",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="%(class)ss",
                    to="backlog.candidate",
                ),
            ),
            (
                "of",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "origin",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to="backlog.candidate",
                ),
            ),
        ],
        options={
            "ordering": ["at", "pk"],
            "abstract": False,
            "indexes": [
                models.Index(
                    condition=models.Q(("answered_at", None), ("withdrawn_at", None)),
                    fields=["of"],
                    name="question_open",
                )
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("answered_at", None), models.Q(("answer", ""), _negated=True), _connector="OR"
                    ),
                    name="question_answered_has_words",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="ReviewDate",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("starts_at", models.DateTimeField()),
            ("freeze_at", models.DateTimeField()),
            (
                "unit",
                models.OneToOneField(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to="aiops.businessunit",
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("unit",), name="review_date_once", nulls_distinct=False)
            ],
        },
    ),
    migrations.CreateModel(
        name="TicketFile",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("data", models.BinaryField()),
            (
                "log",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="file", to="backlog.ticketlog"
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="TicketGroup",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "grouped_by",
                models.CharField(
                    choices=[("category", "by category"), ("text", "by their words")], max_length=8
                ),
            ),
            ("name", models.CharField(max_length=200)),
            ("cases", models.PositiveIntegerField()),
            ("cases_year_low", models.FloatField()),
            ("cases_year", models.FloatField()),
            ("cases_year_high", models.FloatField()),
            ("touches", models.FloatField(help_text="mean events a case by people")),
            ("reassignments", models.FloatField(help_text="mean a case")),
            (
                "waiting_hours",
                models.FloatField(
                    help_text="median from opened to resolved: waiting, never effort", null=True
                ),
            ),
            ("rank", models.FloatField(help_text="volume x touches x (1 + reassignments)")),
            ("details", models.JSONField(default=dict)),
            (
                "candidate",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="ticket_groups",
                    to="backlog.candidate",
                ),
            ),
            (
                "log",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="groups", to="backlog.ticketlog"
                ),
            ),
        ],
        options={
            "ordering": ["log", "grouped_by", "-rank", "pk"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("cases_year__lte", models.F("cases_year_high")),
                        ("cases_year_low__lte", models.F("cases_year")),
                    ),
                    name="ticket_group_ordered",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="TicketLog",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("name", models.CharField(max_length=200)),
            ("at", models.DateTimeField()),
            (
                "state",
                models.CharField(
                    choices=[
                        ("mapping", "columns to confirm"),
                        ("reading", "being read"),
                        ("ready", "read"),
                        ("failed", "not readable"),
                    ],
                    default="mapping",
                    max_length=8,
                ),
            ),
            ("head", models.JSONField(default=list)),
            ("mapping", models.JSONField(default=dict)),
            ("options", models.JSONField(default=dict)),
            ("progress", models.PositiveSmallIntegerField(default=0, help_text="percent")),
            ("problem", models.TextField(blank=True)),
            ("summary", models.JSONField(default=dict)),
            ("simulated", models.BooleanField(default=False)),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "unit",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="aiops.businessunit"
                ),
            ),
        ],
        options={
            "ordering": ["-at", "-pk"],
        },
    ),
    migrations.CreateModel(
        name="TriageStep",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "verb",
                models.CharField(
                    choices=[
                        ("ask", "ask"),
                        ("size", "size"),
                        ("measure", "measure"),
                        ("merge", "merge"),
                        ("park", "park"),
                        ("send", "send to review"),
                    ],
                    max_length=8,
                ),
            ),
            ("at", models.DateTimeField()),
            ("before", models.JSONField()),
            ("undone_at", models.DateTimeField(blank=True, null=True)),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "ordering": ["-at", "-pk"],
        },
    ),
    migrations.CreateModel(
        name="Vote",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "candidate",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="%(class)ss",
                    to="backlog.candidate",
                ),
            ),
            (
                "origin",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to="backlog.candidate",
                ),
            ),
        ],
        options={
            "ordering": ["at", "pk"],
            "abstract": False,
            "constraints": [models.UniqueConstraint(fields=("candidate", "by"), name="vote_once")],
        },
    ),
    migrations.CreateModel(
        name="ColumnMap",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "purpose",
                models.CharField(
                    choices=[("candidates", "candidates"), ("tickets", "tickets")], max_length=10
                ),
            ),
            (
                "head",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=200), size=None
                ),
            ),
            ("head_hash", models.CharField(max_length=64)),
            ("mapping", models.JSONField(help_text="our name to the column's name")),
            (
                "options",
                models.JSONField(
                    blank=True, default=dict, help_text="day first, decimal comma, words for missing"
                ),
            ),
            ("used_at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("purpose", "by", "head_hash"), name="column_map_once")
            ],
        },
    ),
    migrations.CreateModel(
        name="Comment",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("at", models.DateTimeField()),
            ("text", models.TextField(max_length=4000)),
            (
                "mentions",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.BigIntegerField(),
                    blank=True,
                    default=list,
                    help_text="ids of people",
                    size=None,
                ),
            ),
            ("edited_at", models.DateTimeField(blank=True, null=True)),
            ("removed_at", models.DateTimeField(blank=True, null=True)),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "candidate",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="%(class)ss",
                    to="backlog.candidate",
                ),
            ),
            (
                "origin",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to="backlog.candidate",
                ),
            ),
        ],
        options={
            "ordering": ["at", "pk"],
            "abstract": False,
            "indexes": [models.Index(fields=["candidate", "at"], name="comment_of_candidate")],
        },
    ),
    migrations.CreateModel(
        name="Distinct",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("at", models.DateTimeField()),
            ("reason", models.CharField(max_length=300)),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "candidate",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="%(class)ss",
                    to="backlog.candidate",
                ),
            ),
            (
                "origin",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to="backlog.candidate",
                ),
            ),
            (
                "other",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="+", to="backlog.candidate"
                ),
            ),
        ],
        options={
            "ordering": ["at", "pk"],
            "abstract": False,
            "constraints": [
                models.UniqueConstraint(fields=("candidate", "other"), name="distinct_once"),
                models.CheckConstraint(
                    condition=models.Q(("reason", ""), _negated=True), name="distinct_has_reason"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Evidence",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("at", models.DateTimeField()),
            (
                "kind",
                models.CharField(
                    choices=[("link", "link"), ("file", "file"), ("note", "note"), ("tickets", "tickets")],
                    max_length=8,
                ),
            ),
            ("title", models.CharField(max_length=200)),
            ("url", models.URLField(blank=True, max_length=600)),
            ("text", models.TextField(blank=True, max_length=4000)),
            ("file_name", models.CharField(blank=True, max_length=200)),
            ("content_type", models.CharField(blank=True, max_length=100)),
            ("size", models.PositiveIntegerField(default=0, help_text="bytes")),
            ("sha256", models.CharField(blank=True, max_length=64)),
            ("removed_at", models.DateTimeField(blank=True, null=True)),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "candidate",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="%(class)ss",
                    to="backlog.candidate",
                ),
            ),
            (
                "origin",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to="backlog.candidate",
                ),
            ),
        ],
        options={
            "verbose_name_plural": "evidence",
            "ordering": ["at", "pk"],
            "abstract": False,
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("kind", "link"), _negated=True),
                        models.Q(("url", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="evidence_link_has_address",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="EvidenceFile",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("data", models.BinaryField()),
            (
                "evidence",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, related_name="file", to="backlog.evidence"
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="Feasibility",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "verdict",
                models.CharField(
                    choices=[
                        ("yes", "can be built"),
                        ("effort", "can be built, with effort"),
                        ("no", "cannot be built now"),
                    ],
                    max_length=6,
                ),
            ),
            ("line", models.CharField(max_length=200)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "candidate",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="feasibility",
                    to="backlog.candidate",
                ),
            ),
        ],
        options={
            "verbose_name_plural": "feasibilities",
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("line", ""), _negated=True), name="feasibility_has_line"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Follower",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("at", models.DateTimeField()),
            ("left_at", models.DateTimeField(blank=True, null=True)),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "candidate",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="%(class)ss",
                    to="backlog.candidate",
                ),
            ),
            (
                "origin",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to="backlog.candidate",
                ),
            ),
        ],
        options={
            "ordering": ["at", "pk"],
            "abstract": False,
            "constraints": [models.UniqueConstraint(fields=("candidate", "by"), name="follower_once")],
        },
    ),
    migrations.CreateModel(
        name="FormVersion",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("klass", models.CharField(max_length=12, verbose_name="class")),
            ("version", models.PositiveIntegerField()),
            ("fields", models.JSONField(default=list)),
            ("help", models.JSONField(default=dict)),
            ("note", models.CharField(blank=True, max_length=200)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "ordering": ["klass", "-version"],
            "constraints": [models.UniqueConstraint(fields=("klass", "version"), name="form_version_once")],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("backlog", "0001_initial"),
        ("backlog", "0002_estimates_in_full"),
        ("backlog", "0003_intake"),
    ]
    dependencies = [("aiops", "0001_squashed_0002_audit_append_only")]
    operations = [AtOnce(TABLES)]
