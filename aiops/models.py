"""People, business units, roles, rates, personal tokens, the audit log and process heartbeats."""

from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from aiops.roles import NEEDS_SECOND_PERSON, Role

SYSTEM_EMAIL = "system@payback.invalid"
CURRENCY_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}


def currency_symbol(currency: str) -> str:
    """What stands before an amount: a sign where there is a common one, else the code and a space."""
    return CURRENCY_SYMBOLS.get(currency, f"{currency} ")


class BusinessUnit(models.Model):
    """A part of the company that owns candidates and workloads."""

    name = models.CharField(max_length=120, unique=True)
    code = models.SlugField(max_length=40, unique=True)
    simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def system(self) -> "User":
        """The named actor of work that no person started."""
        user, _ = self.get_or_create(
            email=SYSTEM_EMAIL, defaults={"name": "Payback", "is_system": True, "password": "!"}
        )
        return user

    def people(self) -> "models.QuerySet[User]":
        return self.filter(is_system=False)


class User(AbstractUser):
    """Somebody who signs in by e-mail; `is_system` marks the actor of scheduled work."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail", unique=True)
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, blank=True)
    home_unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, null=True, blank=True, related_name="people")
    is_system = models.BooleanField(default=False)
    simulated = models.BooleanField(default=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    @cached_property
    def active_memberships(self) -> "list[Membership]":
        """Read once per request: the roles that count now."""
        return list(Membership.objects.active().filter(user=self).select_related("unit"))


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> "MembershipQuerySet":
        """Granted, confirmed where a second person is needed, not revoked."""
        waiting = Q(role__in=[role.value for role in NEEDS_SECOND_PERSON], confirmed_at=None)
        return self.filter(revoked_at=None).exclude(waiting)

    def waiting(self) -> "MembershipQuerySet":
        return self.filter(revoked_at=None, confirmed_at=None, role__in=[r.value for r in NEEDS_SECOND_PERSON])


class Membership(models.Model):
    """A role of a person in one unit, or in the whole company (unit is null)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, null=True, blank=True)
    role = models.CharField(max_length=20, choices=[(r.value, r.value.replace("_", " ")) for r in Role])
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["user__name", "role", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "unit", "role"], condition=Q(revoked_at=None), nulls_distinct=False,
                name="membership_once",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None) | ~Q(confirmed_by=None) & ~Q(confirmed_at=None),
                name="membership_confirmed_pair",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("user")), name="membership_not_self_confirmed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()} of {self.unit or 'the whole company'}"

    @property
    def needs_confirmation(self) -> bool:
        return Role(self.role) in NEEDS_SECOND_PERSON and self.confirmed_at is None and self.revoked_at is None


class Company(models.Model):
    """The one row of company-wide settings that finance keeps."""

    name = models.CharField(max_length=120, default="Our company")
    currency = models.CharField(max_length=3, default="USD")
    usd_rate = models.DecimalField(
        max_digits=12, decimal_places=6, default=Decimal(1), help_text="company currency per US dollar"
    )
    usd_rate_on = models.DateField(null=True, blank=True)
    discount_rate = models.DecimalField(
        max_digits=5, decimal_places=4, default=Decimal("0.10"),
        validators=[MinValueValidator(0), MaxValueValidator(1)], help_text="a year",
    )
    hurdle_npv = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    fiscal_year_start = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(12)], help_text="month, 1 to 12"
    )
    horizon_months = models.PositiveSmallIntegerField(
        default=36, validators=[MinValueValidator(6), MaxValueValidator(120)]
    )
    time_zone = models.CharField(max_length=64, default="UTC", help_text="where a day and a month of work begin")
    close_working_day = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text="the working day of the next month on which a month is closed",
    )
    set_up = models.BooleanField(default=False)
    demo = models.BooleanField(default=False, help_text="simulated rows are loaded")

    class Meta:
        verbose_name_plural = "company"
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="company_one_row"),
            models.CheckConstraint(condition=Q(discount_rate__gte=0, discount_rate__lte=1), name="company_rate_share"),
            models.CheckConstraint(condition=Q(usd_rate__gt=0), name="company_usd_rate_positive"),
            models.CheckConstraint(
                condition=Q(fiscal_year_start__gte=1, fiscal_year_start__lte=12), name="company_fiscal_month"
            ),
            models.CheckConstraint(
                condition=Q(close_working_day__gte=1, close_working_day__lte=20), name="company_close_day"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def load(cls) -> "Company":
        """The settings row, made with its defaults on first use."""
        return cls.objects.get_or_create(pk=1)[0]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def day_of(self, moment: datetime) -> date:
        """The company's day at that moment."""
        return moment.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """When a day of the company begins: the first moment of it, where clocks are set at midnight too."""
        return datetime.combine(day, time(), self.zone)


class CurrencyChange(models.Model):
    """The day from which the company counts in another currency; months before it keep theirs.

    `rate`: units of the new currency for one of the old, fixed here for every sum over both.
    """

    old = models.CharField(max_length=3)
    new = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    valid_from = models.DateField(unique=True, help_text="first day of a month")
    by = models.ForeignKey("aiops.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["valid_from"]
        constraints = [
            models.CheckConstraint(condition=Q(rate__gt=0), name="currency_change_rate_positive"),
            models.CheckConstraint(condition=~Q(old=F("new")), name="currency_change_changes"),
            models.CheckConstraint(condition=Q(valid_from__day=1), name="currency_change_first_of_month"),
        ]

    def __str__(self) -> str:
        return f"{self.old} to {self.new} from {self.valid_from:%Y-%m-%d}"


class RateCardQuerySet(models.QuerySet["RateCard"]):
    def on(self, day: date) -> "RateCardQuerySet":
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)

    def for_unit(self, unit: BusinessUnit | None, day: date, job: str = "") -> "RateCard | None":
        """The rate of that job where there is one, the unit's before the company's; else their rate of any job."""
        rows = self.on(day).filter(Q(unit=unit) | Q(unit=None))
        rows = rows.order_by(F("unit").asc(nulls_last=True), "-valid_from", "pk")
        return (rows.filter(job__iexact=job).first() if job else None) or rows.first()


class RateCard(models.Model):
    """A loaded hourly rate in company currency, valid in [valid_from, valid_to)."""

    unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, null=True, blank=True, related_name="rates")
    job = models.CharField(max_length=80, default="all jobs")
    hourly_rate = models.DecimalField(max_digits=10, decimal_places=2)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    objects = RateCardQuerySet.as_manager()

    class Meta:
        ordering = ["unit__name", "job", "-valid_from", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(hourly_rate__gt=0), name="rate_positive"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="rate_period_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job}, {self.unit or 'all units'}"


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def of(self, obj: models.Model) -> "AuditEventQuerySet":
        return self.filter(object_type=obj._meta.label_lower, object_id=str(obj.pk))


class AuditEvent(models.Model):
    """Who did what, when. No foreign keys: it outlives everything it speaks of. Append-only by trigger."""

    at = models.DateTimeField(db_index=True)
    actor_id = models.BigIntegerField()
    actor_label = models.CharField(max_length=160)
    action = models.CharField(max_length=80, db_index=True)
    object_type = models.CharField(max_length=80, blank=True)
    object_id = models.CharField(max_length=40, blank=True)
    object_label = models.CharField(max_length=200, blank=True)
    unit_id = models.BigIntegerField(null=True, blank=True)
    changes = models.JSONField(default=dict, blank=True)
    reason = models.TextField(blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["object_type", "object_id"], name="audit_object")]

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.action}"


class Token(models.Model):
    """A personal API token: stored hashed, shown once, scoped, expiring."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=20))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Heartbeat(models.Model):
    """When a process was last seen; /readyz reads it."""

    name = models.CharField(max_length=40, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
