"""The first two migrations in one: datasets, suites, runs, and references that never change."""

from decimal import Decimal

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from aiops.migrations._at_once import AtOnce

FREEZE = """
CREATE FUNCTION evals_reference_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'evals_referencefeature' THEN
    RAISE EXCEPTION 'a reference is frozen: set a new one instead';
  END IF;
  IF (NEW.workload_id, NEW.check_id, NEW.start, NEW."end", NEW.n)
     IS DISTINCT FROM (OLD.workload_id, OLD.check_id, OLD.start, OLD."end", OLD.n) THEN
    RAISE EXCEPTION 'a reference is frozen: set a new one instead';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER evals_reference_frozen BEFORE UPDATE ON evals_reference
  FOR EACH ROW EXECUTE FUNCTION evals_reference_is_frozen();
CREATE TRIGGER evals_referencefeature_frozen BEFORE UPDATE ON evals_referencefeature
  FOR EACH ROW EXECUTE FUNCTION evals_reference_is_frozen();
"""
THAW = """
DROP TRIGGER evals_referencefeature_frozen ON evals_referencefeature;
DROP TRIGGER evals_reference_frozen ON evals_reference;
DROP FUNCTION evals_reference_is_frozen();
"""

TABLES = [
    migrations.CreateModel(
        name="Dataset",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("name", models.CharField(max_length=120)),
            ("version", models.PositiveIntegerField()),
            ("created_at", models.DateTimeField()),
            (
                "created_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="datasets",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["name", "-version", "pk"],
            "constraints": [
                models.UniqueConstraint(fields=("workload", "name", "version"), name="dataset_version_once"),
                models.CheckConstraint(
                    condition=models.Q(("version__gte", 1)), name="dataset_version_positive"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Case",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("key", models.CharField(max_length=120)),
            ("input", models.TextField()),
            ("expected", models.TextField()),
            ("output", models.TextField(blank=True)),
            (
                "dataset",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="cases", to="evals.dataset"
                ),
            ),
        ],
        options={
            "ordering": ["pk"],
            "constraints": [models.UniqueConstraint(fields=("dataset", "key"), name="case_key_once")],
        },
    ),
    migrations.CreateModel(
        name="Reference",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "state",
                models.CharField(
                    choices=[("proposed", "proposed"), ("approved", "approved")],
                    default="proposed",
                    max_length=10,
                ),
            ),
            ("created_at", models.DateTimeField()),
            ("approved_at", models.DateTimeField(blank=True, null=True)),
            ("start", models.DateTimeField()),
            ("end", models.DateTimeField()),
            ("n", models.PositiveIntegerField(help_text="calls in the window")),
            ("replaced_at", models.DateTimeField(blank=True, null=True)),
            (
                "approved_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "check_of",
                models.ForeignKey(
                    db_column="check_id",
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="references",
                    to="workloads.check",
                ),
            ),
            (
                "created_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="references",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["-created_at", "-pk"],
            "abstract": False,
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("approved_at", None), ("approved_by", None), ("state", "proposed")),
                        models.Q(
                            ("approved_at__isnull", False),
                            ("approved_by__isnull", False),
                            ("state", "approved"),
                        ),
                        _connector="OR",
                    ),
                    name="reference_approved_by_whom",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("replaced_at", None)),
                    fields=("check_of",),
                    name="reference_current_once",
                ),
                models.CheckConstraint(
                    condition=models.Q(("end__gt", models.F("start"))), name="reference_window_forward"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ReferenceFeature",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("feature", models.CharField(max_length=40)),
            ("edges", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
            (
                "counts",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.PositiveIntegerField(), size=None
                ),
            ),
            (
                "day_medians",
                django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None),
            ),
            ("median", models.FloatField()),
            (
                "reference",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="features", to="evals.reference"
                ),
            ),
        ],
        options={
            "ordering": ["reference", "feature"],
            "constraints": [
                models.UniqueConstraint(fields=("reference", "feature"), name="reference_feature_once")
            ],
        },
    ),
    migrations.CreateModel(
        name="Run",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("model", models.CharField(blank=True, max_length=120)),
            ("target", models.DecimalField(decimal_places=4, max_digits=5)),
            ("confidence", models.DecimalField(decimal_places=3, max_digits=4)),
            ("created_at", models.DateTimeField()),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
            ("passed", models.PositiveIntegerField(default=0)),
            (
                "total",
                models.PositiveIntegerField(
                    default=0, help_text="graded cases; those without an answer are not in it"
                ),
            ),
            ("errors", models.PositiveIntegerField(default=0)),
            ("low", models.FloatField(blank=True, null=True)),
            ("high", models.FloatField(blank=True, null=True)),
            (
                "check_run",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="eval_run",
                    to="workloads.checkrun",
                ),
            ),
            (
                "dataset",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="evals.dataset"
                ),
            ),
            (
                "suite",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="evals.suite"
                ),
            ),
        ],
        options={
            "ordering": ["-created_at", "-pk"],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("passed__lte", models.F("total"))), name="run_passed_of_total"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("high", None), ("low", None)),
                        models.Q(
                            ("high__isnull", False),
                            ("high__lte", 1),
                            ("low__gte", 0),
                            ("low__isnull", False),
                            ("low__lte", models.F("high")),
                        ),
                        _connector="OR",
                    ),
                    name="run_interval_ordered",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Result",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("output", models.TextField(blank=True)),
            ("passed", models.BooleanField(null=True)),
            ("score", models.FloatField(blank=True, null=True)),
            ("why", models.CharField(blank=True, max_length=200)),
            ("error", models.CharField(blank=True, max_length=300)),
            ("latency_ms", models.PositiveIntegerField(blank=True, null=True)),
            ("input_tokens", models.PositiveBigIntegerField(default=0)),
            ("output_tokens", models.PositiveBigIntegerField(default=0)),
            ("graded_at", models.DateTimeField()),
            (
                "case",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="results", to="evals.case"
                ),
            ),
            (
                "run",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="results", to="evals.run"
                ),
            ),
        ],
        options={
            "ordering": ["run", models.OrderBy(models.F("passed"), nulls_last=True), "pk"],
            "constraints": [
                models.UniqueConstraint(fields=("run", "case"), name="result_case_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("passed", None), ("score", None), models.Q(("error", ""), _negated=True)),
                        models.Q(
                            ("error", ""), ("passed__isnull", False), ("score__gte", 0), ("score__lte", 1)
                        ),
                        _connector="OR",
                    ),
                    name="result_graded_or_error",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Suite",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "state",
                models.CharField(
                    choices=[("proposed", "proposed"), ("approved", "approved")],
                    default="proposed",
                    max_length=10,
                ),
            ),
            ("created_at", models.DateTimeField()),
            ("approved_at", models.DateTimeField(blank=True, null=True)),
            ("name", models.CharField(max_length=120)),
            (
                "grader",
                models.CharField(
                    choices=[("exact", "the same text"), ("numeric", "the same figure")], max_length=10
                ),
            ),
            ("tolerance", models.DecimalField(decimal_places=6, default=Decimal("0"), max_digits=14)),
            (
                "relative",
                models.BooleanField(
                    default=False, help_text="the tolerance is a share of the expected figure"
                ),
            ),
            (
                "target",
                models.DecimalField(
                    decimal_places=4,
                    help_text="the share of cases that must be right: the quality bar",
                    max_digits=5,
                    validators=[
                        django.core.validators.MinValueValidator(0),
                        django.core.validators.MaxValueValidator(1),
                    ],
                ),
            ),
            ("confidence", models.DecimalField(decimal_places=3, default=Decimal("0.95"), max_digits=4)),
            ("model", models.CharField(blank=True, max_length=120)),
            ("system_prompt", models.TextField(blank=True)),
            (
                "approved_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "check_of",
                models.OneToOneField(
                    db_column="check_id",
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="suite",
                    to="workloads.check",
                ),
            ),
            (
                "connection",
                models.ForeignKey(
                    blank=True,
                    help_text="the endpoint that answers; without one the recorded outputs are graded",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="suites",
                    to="integrations.connection",
                ),
            ),
            (
                "created_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "dataset",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="suites", to="evals.dataset"
                ),
            ),
            (
                "workload",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="suites",
                    to="workloads.workload",
                ),
            ),
        ],
        options={
            "ordering": ["name", "pk"],
            "abstract": False,
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("approved_at", None), ("approved_by", None), ("state", "proposed")),
                        models.Q(
                            ("approved_at__isnull", False),
                            ("approved_by__isnull", False),
                            ("state", "approved"),
                        ),
                        _connector="OR",
                    ),
                    name="suite_approved_by_whom",
                ),
                models.UniqueConstraint(fields=("workload", "name"), name="suite_name_once"),
                models.CheckConstraint(
                    condition=models.Q(("target__gt", 0), ("target__lte", 1)), name="suite_target_share"
                ),
                models.CheckConstraint(
                    condition=models.Q(("confidence__gt", 0), ("confidence__lt", 1)), name="suite_confidence"
                ),
                models.CheckConstraint(
                    condition=models.Q(("tolerance__gte", 0)), name="suite_tolerance_positive"
                ),
            ],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True
    replaces = [("evals", "0001_initial"), ("evals", "0002_frozen_references")]
    dependencies = [
        ("aiops", "0001_squashed_0002_audit_append_only"),
        ("integrations", "0001_squashed_0003_telling"),
        ("workloads", "0001_squashed_0026_usage_days_in_full"),
    ]
    operations = [AtOnce(TABLES), migrations.RunSQL(FREEZE, THAW)]
