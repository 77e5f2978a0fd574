"""The shape of input for services, keys of an environment and mappings."""

from typing import Any

from django import forms

from aiops.models import BusinessUnit, User
from aiops.widgets import date_input
from workloads.models.inventory import Workload


class EnvironmentKeyForm(forms.Form):
    name = forms.CharField(
        max_length=80,
        label="Who will use it",
        help_text="The cluster or gateway, such as «production cluster».",
    )
    environment = forms.CharField(
        max_length=200,
        required=False,
        label="Environment",
        help_text="Every call that comes with this key counts for it. Empty: as each call says.",
    )
    expires_on = forms.DateField(
        required=False,
        label="Valid until",
        help_text="Empty: until somebody revokes it.",
        widget=date_input(),
    )


class RegisterServiceForm(forms.Form):
    name = forms.CharField(max_length=200, label="Name of the workload")
    unit = forms.ModelChoiceField(
        BusinessUnit.objects.none(), label="Business unit", empty_label="Choose a unit"
    )
    business_owner = forms.ModelChoiceField(
        User.objects.none(), label="Business owner", empty_label="Choose a person"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "unit", BusinessUnit.objects.order_by("name"))
        choose(self, "business_owner", User.objects.filter(is_active=True, is_system=False).order_by("name"))


class AssignServiceForm(forms.Form):
    workload = forms.ModelChoiceField(
        Workload.objects.none(), label="Workload", empty_label="Choose a workload"
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "workload", Workload.objects.visible_to(user).exclude(stage="retired").order_by("name"))


def choose(form: forms.Form, name: str, rows: Any) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows


class MappingForm(forms.Form):
    """Attributes are chosen among those seen; one that is mapped and was not seen lately stays a choice."""

    cost_centre_key = forms.ChoiceField(
        required=False, label="Cost centre", help_text="The attribute that says whose cost a call is."
    )
    outcome_key = forms.ChoiceField(
        required=False,
        label="Finished work",
        help_text="The attribute that names the piece of work: an order, ticket or invoice number.",
    )
    accepted_key = forms.ChoiceField(
        required=False,
        label="Accepted or not",
        help_text="The attribute that says whether the work was accepted. Empty: a call with a number finishes it.",
    )
    accepted_value = forms.CharField(
        required=False,
        max_length=120,
        label="Value that means accepted",
        help_text="Empty: true, yes, 1, ok, accepted or resolved.",
    )

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key in ("cost_centre_key", "outcome_key", "accepted_key"):
            held = self.initial.get(key, "")
            offered = sorted({*names, held} - {""})
            field = self.fields[key]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "nothing"), *((name, name) for name in offered)]
