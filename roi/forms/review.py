"""The shape of a series, a moved meeting, an added item and an answer; the operations check the rules."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db.models import Q

from aiops.models import BusinessUnit, User
from aiops.roles import Role
from aiops.widgets import date_input
from roi.models import Answer, Series

ZONES = sorted(
    z for z in available_timezones() if "/" in z and not z.startswith(("Etc/", "SystemV/", "posix"))
)
SITTERS = [
    Role.LEAD,
    Role.REVIEWER,
    Role.FINANCE,
    Role.IT_ADMIN,
    Role.ASSESSOR,
    Role.EXECUTIVE,
    Role.EVALUATOR,
]
PLAIN: tuple[str, ...] = (
    "name",
    "chair",
    "first_on",
    "start_time",
    "time_zone",
    "every_weeks",
    "minutes",
    "most_items",
)
PLAIN += ("freeze_hours", "consent_below", "votes", "quorum", "place")


def people_with(*roles: Role) -> Any:
    """Active people who hold one of these roles now."""
    held = Q(memberships__role__in=[r.value for r in roles], memberships__revoked_at=None)
    return User.objects.people().filter(held, is_active=True).distinct().order_by("name", "pk")


class SeriesForm(forms.Form):
    """Who meets when. `values()` is what the operations take."""

    name = forms.CharField(max_length=80, initial="Weekly ROI review")
    unit = forms.ModelChoiceField(
        BusinessUnit.objects.order_by("name"), required=False, empty_label="All units",
        help_text="A review of all units leaves those alone that have one of their own.",
    )  # fmt: skip
    chair = forms.ModelChoiceField(User.objects.none(), help_text="Decides; has to be a lead there.")
    members = forms.ModelMultipleChoiceField(
        User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple,
        help_text="They read the pre-read, object and, where you switch it on, vote.",
    )  # fmt: skip
    others = forms.CharField(
        required=False, max_length=1000, label="Others, by e-mail", help_text="Separated by commas."
    )
    first_on = forms.DateField(label="First on", widget=date_input(), help_text="Gives the weekday too.")
    start_time = forms.TimeField(
        label="At", initial="09:30", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    time_zone = forms.ChoiceField(
        choices=[("UTC", "UTC"), *((z, z.replace("_", " ")) for z in ZONES)],
        help_text="It keeps this time when the clocks change.",
    )
    every_weeks = forms.IntegerField(min_value=1, max_value=12, initial=1, label="Every so many weeks")
    minutes = forms.IntegerField(min_value=10, max_value=240, initial=30, label="Minutes")
    most_items = forms.IntegerField(
        min_value=1, max_value=30, initial=6, label="Items to discuss, at most",
        help_text="The slot is shared out evenly; what fits less well is carried over.",
    )  # fmt: skip
    freeze_hours = forms.IntegerField(
        min_value=0, max_value=240, initial=48, label="Pre-read goes out so many hours before"
    )
    consent_below = forms.DecimalField(
        min_value=0, max_digits=14, decimal_places=2, required=False, label="By consent below",
        help_text="Money at stake that needs no talk, where the proposal is to approve, reject or keep. Empty: only "
        "what is clear goes by consent.",
    )  # fmt: skip
    votes = forms.BooleanField(
        required=False, label="Members vote", help_text="As advice: the chair decides."
    )
    quorum = forms.IntegerField(
        min_value=0,
        max_value=50,
        initial=0,
        help_text="Members who must be there to decide; 0: nobody counts.",
    )
    place = forms.CharField(max_length=300, required=False, help_text="A room, or the link of the call.")

    def __init__(self, data: Any = None, *, series: Series | None = None, chair: User | None = None) -> None:
        super().__init__(data, initial=_initial(series) if series else {"chair": chair.pk if chair else None})
        self.fields["chair"].queryset = people_with(Role.LEAD)  # type: ignore[attr-defined]
        self.fields["members"].queryset = people_with(*SITTERS)  # type: ignore[attr-defined]
        if series is not None:
            del self.fields["unit"]

    def clean_others(self) -> list[User]:
        asked = [
            e.strip().lower() for e in self.cleaned_data["others"].replace(";", ",").split(",") if e.strip()
        ]
        found = {u.email.lower(): u for u in User.objects.people().filter(email__in=asked, is_active=True)}
        if unknown := [e for e in asked if e not in found]:
            raise forms.ValidationError(f"Nobody here has the address {unknown[0]}.")
        return list(found.values())

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {name: data[name] for name in PLAIN} | {"members": [*data["members"], *data["others"]]}


def _initial(series: Series) -> dict[str, Any]:
    held = people_with(*SITTERS).values_list("pk", flat=True)
    members = list(series.members.select_related("user"))
    others = ", ".join(m.user.email for m in members if m.user_id not in set(held))
    known = {name: getattr(series, name) for name in PLAIN if name != "chair"}
    return known | {"chair": series.chair_id, "members": [m.user_id for m in members], "others": others}


class MoveForm(forms.Form):
    """Another day and time, in the zone of the series."""

    day = forms.DateField(widget=date_input())
    start_time = forms.TimeField(label="At", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class PlaceForm(forms.Form):
    """What a button of an item asks for: a place in a section, or up and down by one."""

    to = forms.ChoiceField(
        choices=[(t, t) for t in ("up", "down", "discuss", "consent", "carried", "drop", "nth")]
    )
    position = forms.IntegerField(required=False, min_value=1, max_value=30_000)
    revision = forms.IntegerField(required=False)


class AddForm(forms.Form):
    """A candidate or a workload by its key."""

    key = forms.RegexField(
        r"(?i)^\s*[CW]-?\s*\d{1,9}\s*$", label="Add", max_length=20,
        error_messages={"invalid": "Write a key such as C-12 or W-3."},
        widget=forms.TextInput(attrs={"placeholder": "C-12 or W-3", "autocomplete": "off"}),
    )  # fmt: skip


class AnswerForm(forms.Form):
    """What a member says of an item."""

    kind = forms.ChoiceField(choices=Answer.Kind.choices)
    text = forms.CharField(max_length=500, required=False)
