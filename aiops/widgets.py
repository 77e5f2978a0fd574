"""Inputs of forms and filters that every app shows alike."""

from django import forms


def date_input() -> forms.DateInput:
    """A day, in the browser's own calendar; ISO both ways, so that a proposed day is shown."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
