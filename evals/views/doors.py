"""What the pages of evals share: fetching inside what a person may see, and refusals as form errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django_htmx.middleware import HtmxDetails

from aiops.errors import DomainError
from aiops.models import User
from workloads.models import Workload


class SignedIn(HttpRequest):
    """What every page here gets, behind the sign-in: a person, and what htmx says."""

    user: User
    htmx: HtmxDetails


def workload_or_404(request: SignedIn, number: int) -> Workload:
    """The workload, or 404 for a stranger."""
    return get_object_or_404(Workload.objects.visible_to(request.user).select_related("unit"), number=number)


def attempt(form: forms.Form, act: Callable[[], Any]) -> Any:
    """What `act` gives, or None with its refusal written into the form."""
    try:
        return act()
    except DomainError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None
