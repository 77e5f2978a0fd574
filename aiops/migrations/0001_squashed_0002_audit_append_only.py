"""The first two migrations in one: people, units, roles, the company, and an audit log that only grows."""

from decimal import Decimal

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from aiops.migrations._at_once import AtOnce

APPEND_ONLY = """
CREATE FUNCTION aiops_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER aiops_audit_append_only BEFORE UPDATE OR DELETE ON aiops_auditevent
    FOR EACH ROW EXECUTE FUNCTION aiops_audit_append_only();
"""

ANYTHING = """
DROP TRIGGER aiops_audit_append_only ON aiops_auditevent;
DROP FUNCTION aiops_audit_append_only();
"""

TABLES = [
    migrations.CreateModel(
        name="BusinessUnit",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("name", models.CharField(max_length=120, unique=True)),
            ("code", models.SlugField(max_length=40, unique=True)),
            ("simulated", models.BooleanField(default=False)),
        ],
        options={
            "ordering": ["name", "pk"],
        },
    ),
    migrations.CreateModel(
        name="Heartbeat",
        fields=[
            ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
            ("seen_at", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        name="AuditEvent",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("at", models.DateTimeField(db_index=True)),
            ("actor_id", models.BigIntegerField()),
            ("actor_label", models.CharField(max_length=160)),
            ("action", models.CharField(db_index=True, max_length=80)),
            ("object_type", models.CharField(blank=True, max_length=80)),
            ("object_id", models.CharField(blank=True, max_length=40)),
            ("object_label", models.CharField(blank=True, max_length=200)),
            ("unit_id", models.BigIntegerField(blank=True, null=True)),
            ("changes", models.JSONField(blank=True, default=dict)),
            ("reason", models.TextField(blank=True)),
        ],
        options={
            "ordering": ["-at", "-pk"],
            "indexes": [models.Index(fields=["object_type", "object_id"], name="audit_object")],
        },
    ),
    migrations.CreateModel(
        name="User",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("password", models.CharField(max_length=128, verbose_name="password")),
            ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
            (
                "is_superuser",
                models.BooleanField(
                    default=False,
                    help_text="Designates that this user has all permissions without explicitly assigning them.",
                    verbose_name="superuser status",
                ),
            ),
            (
                "is_staff",
                models.BooleanField(
                    default=False,
                    help_text="Designates whether the user can log into this admin site.",
                    verbose_name="staff status",
                ),
            ),
            (
                "is_active",
                models.BooleanField(
                    default=True,
                    help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                    verbose_name="active",
                ),
            ),
            (
                "date_joined",
                models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined"),
            ),
            ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail")),
            ("name", models.CharField(max_length=120)),
            ("title", models.CharField(blank=True, max_length=120)),
            ("is_system", models.BooleanField(default=False)),
            ("simulated", models.BooleanField(default=False)),
            (
                "groups",
                models.ManyToManyField(
                    blank=True,
                    help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                    related_name="user_set",
                    related_query_name="user",
                    to="auth.group",
                    verbose_name="groups",
                ),
            ),
            (
                "user_permissions",
                models.ManyToManyField(
                    blank=True,
                    help_text="Specific permissions for this user.",
                    related_name="user_set",
                    related_query_name="user",
                    to="auth.permission",
                    verbose_name="user permissions",
                ),
            ),
            (
                "home_unit",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="people",
                    to="aiops.businessunit",
                ),
            ),
        ],
        options={
            "ordering": ["name", "pk"],
            "constraints": [
                models.UniqueConstraint(
                    django.db.models.functions.text.Lower("email"), name="user_email_once"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Company",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("name", models.CharField(default="Our company", max_length=120)),
            ("currency", models.CharField(default="USD", max_length=3)),
            (
                "usd_rate",
                models.DecimalField(
                    decimal_places=6,
                    default=Decimal("1"),
                    help_text="company currency per US dollar",
                    max_digits=12,
                ),
            ),
            ("usd_rate_on", models.DateField(blank=True, null=True)),
            (
                "discount_rate",
                models.DecimalField(
                    decimal_places=4,
                    default=Decimal("0.10"),
                    help_text="a year",
                    max_digits=5,
                    validators=[
                        django.core.validators.MinValueValidator(0),
                        django.core.validators.MaxValueValidator(1),
                    ],
                ),
            ),
            ("hurdle_npv", models.DecimalField(decimal_places=2, default=Decimal("0"), max_digits=14)),
            (
                "fiscal_year_start",
                models.PositiveSmallIntegerField(
                    default=1,
                    help_text="month, 1 to 12",
                    validators=[
                        django.core.validators.MinValueValidator(1),
                        django.core.validators.MaxValueValidator(12),
                    ],
                ),
            ),
            (
                "horizon_months",
                models.PositiveSmallIntegerField(
                    default=36,
                    validators=[
                        django.core.validators.MinValueValidator(6),
                        django.core.validators.MaxValueValidator(120),
                    ],
                ),
            ),
            ("set_up", models.BooleanField(default=False)),
            ("demo", models.BooleanField(default=False, help_text="simulated rows are loaded")),
        ],
        options={
            "verbose_name_plural": "company",
            "constraints": [
                models.CheckConstraint(condition=models.Q(("pk", 1)), name="company_one_row"),
                models.CheckConstraint(
                    condition=models.Q(("discount_rate__gte", 0), ("discount_rate__lte", 1)),
                    name="company_rate_share",
                ),
                models.CheckConstraint(
                    condition=models.Q(("usd_rate__gt", 0)), name="company_usd_rate_positive"
                ),
                models.CheckConstraint(
                    condition=models.Q(("fiscal_year_start__gte", 1), ("fiscal_year_start__lte", 12)),
                    name="company_fiscal_month",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Membership",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            (
                "role",
                models.CharField(
                    choices=[
                        ("owner", "owner"),
                        ("assessor", "assessor"),
                        ("lead", "lead"),
                        ("reviewer", "reviewer"),
                        ("finance", "finance"),
                        ("it_admin", "it admin"),
                        ("evaluator", "evaluator"),
                        ("auditor", "auditor"),
                        ("executive", "executive"),
                    ],
                    max_length=20,
                ),
            ),
            ("granted_at", models.DateTimeField()),
            ("confirmed_at", models.DateTimeField(blank=True, null=True)),
            ("revoked_at", models.DateTimeField(blank=True, null=True)),
            (
                "confirmed_by",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "granted_by",
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
                    to="aiops.businessunit",
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="memberships",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["user__name", "role", "pk"],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("revoked_at", None)),
                    fields=("user", "unit", "role"),
                    name="membership_once",
                    nulls_distinct=False,
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("confirmed_at", None), ("confirmed_by", None)),
                        models.Q(
                            models.Q(("confirmed_by", None), _negated=True),
                            models.Q(("confirmed_at", None), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="membership_confirmed_pair",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("confirmed_by", None),
                        models.Q(("confirmed_by", models.F("user")), _negated=True),
                        _connector="OR",
                    ),
                    name="membership_not_self_confirmed",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="RateCard",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("job", models.CharField(default="all jobs", max_length=80)),
            ("hourly_rate", models.DecimalField(decimal_places=2, max_digits=10)),
            ("valid_from", models.DateField()),
            ("valid_to", models.DateField(blank=True, null=True)),
            (
                "unit",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="rates",
                    to="aiops.businessunit",
                ),
            ),
        ],
        options={
            "ordering": ["unit__name", "job", "-valid_from", "pk"],
            "constraints": [
                models.CheckConstraint(condition=models.Q(("hourly_rate__gt", 0)), name="rate_positive"),
                models.CheckConstraint(
                    condition=models.Q(
                        ("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                    ),
                    name="rate_period_forward",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Token",
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            ("name", models.CharField(max_length=80)),
            ("prefix", models.CharField(max_length=16, unique=True)),
            ("digest", models.CharField(max_length=64)),
            (
                "scopes",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=20), size=None
                ),
            ),
            ("created_at", models.DateTimeField()),
            ("expires_at", models.DateTimeField()),
            ("last_used_at", models.DateTimeField(blank=True, null=True)),
            ("revoked_at", models.DateTimeField(blank=True, null=True)),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="tokens",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["-created_at", "pk"],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True
    replaces = [("aiops", "0001_initial"), ("aiops", "0002_audit_append_only")]
    dependencies = [("auth", "0012_alter_user_first_name_max_length")]
    operations = [AtOnce(TABLES), migrations.RunSQL(APPEND_ONLY, ANYTHING)]
