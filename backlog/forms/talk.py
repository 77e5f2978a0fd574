"""What is typed on the page of a candidate: words, questions, evidence, and the candidate it is merged into."""

from typing import Any

from django import forms
from django.db.models import Q

from aiops.models import User
from backlog import queries
from backlog.models import Candidate
from backlog.queries.around import merge_target

PEOPLE = {"list": "people-options", "autocomplete": "off"}


class CommentForm(forms.Form):
    """Words, and somebody to tell: their name is put behind the words with an @."""

    text = forms.CharField(
        label="Write a comment",
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": "Plain text. @Name tells somebody the same day."}
        ),
    )
    mention = forms.CharField(
        label="Tell somebody",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={**PEOPLE, "data-mention": "", "placeholder": "name or e-mail"}),
    )

    @property
    def words(self) -> str:
        """The text, with the name that was chosen where it is not named in it already."""
        text = self.cleaned_data["text"].rstrip()
        name = self.cleaned_data["mention"].strip().lstrip("@")
        return f"{text} @{name}" if name and f"@{name}" not in text else text


class AskForm(forms.Form):
    """A question and whom it is asked of, by name or e-mail."""

    of = forms.CharField(label="Ask", max_length=254, widget=forms.TextInput(attrs=PEOPLE))
    text = forms.CharField(label="Question", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, candidate: Candidate, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.candidate = candidate

    def clean_of(self) -> User:
        said = self.cleaned_data["of"].strip().lstrip("@")
        named = Q(name__iexact=said) | Q(email__iexact=said)
        found = list(User.objects.people().filter(named, is_active=True)[:2])
        if len(found) == 1:
            return found[0]
        seen = list(queries.people_who_see(self.candidate).filter(named)[:2])
        if len(seen) == 1:
            return seen[0]
        words = (
            f"More than one person is called {said}: give the e-mail."
            if found
            else f"Nobody is called {said}."
        )
        raise forms.ValidationError(words)


class AnswerForm(forms.Form):
    """An answer."""

    answer = forms.CharField(label="Answer", required=False, widget=forms.Textarea(attrs={"rows": 2}))


class EvidenceForm(forms.Form):
    """A file, a link or a note: whichever is filled."""

    title = forms.CharField(
        label="Title",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "what it shows"}),
    )
    file = forms.FileField(
        label="A file",
        required=False,
        widget=forms.FileInput(
            attrs={"accept": ".png,.jpg,.jpeg,.webp,.gif,.heic,.pdf,.txt,.csv,.xlsx,.docx,.eml"}
        ),
        error_messages={"empty": "The file is empty."},
    )
    url = forms.CharField(
        label="or a link",
        required=False,
        max_length=600,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    text = forms.CharField(label="or a note", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        given = [name for name in ("file", "url", "text") if said.get(name)]
        if not given and not self.errors:
            raise forms.ValidationError("Choose a file, or give a link or a note.")
        if len(given) > 1:
            raise forms.ValidationError("One at a time: a file, a link or a note.")
        return said


class MergeForm(forms.Form):
    """Which candidate it is the same as, by its key."""

    into = forms.CharField(
        label="The same work as",
        max_length=20,
        widget=forms.TextInput(attrs={"list": "merge-options", "placeholder": "C-7", "autocomplete": "off"}),
    )

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data)
        self.user = user

    def clean_into(self) -> Candidate:
        found = merge_target(self.user, self.cleaned_data["into"])
        if found is None:
            raise forms.ValidationError("Give the key of a candidate that you see, such as C-7.")
        return found
