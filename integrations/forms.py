"""The shape of what is typed about a connection. Rules live in the operations."""

from typing import Any

from django import forms

from integrations.connectors import KINDS
from integrations.models import Connection

PLACEHOLDERS = {
    "model_endpoint": "https://api.example.com/v1",
    "webhook": "https://hooks.example.com/payback",
    "health": "https://bot.example.com/healthz",
}


class ConnectionForm(forms.Form):
    """The settings that this kind of connection has; an empty secret keeps the one that is stored."""

    name = forms.CharField(max_length=80, help_text="As people will know it.")
    url = forms.CharField(max_length=400, label="Address", widget=forms.URLInput)
    host = forms.CharField(max_length=200, label="Mail server")
    port = forms.IntegerField(min_value=1, max_value=65535, initial=587)
    encryption = forms.ChoiceField(choices=Connection.Encryption.choices)
    username = forms.CharField(
        max_length=200,
        required=False,
        label="User name",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    sender = forms.EmailField(label="Sender's address")
    default_model = forms.CharField(
        max_length=120, required=False, label="Model", help_text="Asked where nobody names another."
    )
    secret = forms.CharField(
        max_length=2000,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    allowed_hosts = forms.CharField(
        required=False,
        label="Private hosts it may reach",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="One in a line: 10.1.2.3:9000, gpu.internal:8000 or 10.0.0.0/8. Everything private stays "
        "closed otherwise.",
    )

    def __init__(self, *args: Any, kind: str, connection: Connection | None = None, **kwargs: Any) -> None:
        if connection is not None:
            kwargs["initial"] = _initial(connection)
        super().__init__(*args, **kwargs)
        self.kind, self.connection = kind, connection
        for name in set(self.fields) - {"name", "secret", *KINDS[kind].fields}:
            del self.fields[name]
        self._describe_secret()
        self._describe_url()
        self._describe_mailbox()

    def _describe_mailbox(self) -> None:
        if self.kind == Connection.Kind.IMAP:
            self.fields["port"].initial = 993
            self.fields["encryption"].initial = Connection.Encryption.TLS
            self.fields["username"].required = True
            self.fields["username"].help_text = "Best a mailbox of its own, such as candidates@."

    def _describe_url(self) -> None:
        field = self.fields.get("url")
        if field is not None:
            field.widget.attrs["placeholder"] = PLACEHOLDERS.get(self.kind, "")
            if self._hides_url():
                field.required = False
                field.help_text = "It may give access, so it is not shown. Leave it empty to keep it."

    def _hides_url(self) -> bool:
        """The path of a webhook is often all that protects it."""
        return self.kind == Connection.Kind.WEBHOOK and self.connection is not None

    def _describe_secret(self) -> None:
        field, connection = self.fields["secret"], self.connection
        field.label = KINDS[self.kind].secret_label
        field.required = self.kind == Connection.Kind.SLACK and connection is None
        if connection is not None and connection.secret_fingerprint:
            field.help_text = "Leave it empty to keep the one that is stored."
        elif connection is None and self.kind in (Connection.Kind.ALERTMANAGER, Connection.Kind.WEBHOOK):
            field.help_text = "Leave it empty: a strong one is made and shown once."

    def clean_url(self) -> str:
        kept = self.connection.url if self.connection is not None and self._hides_url() else ""
        return self.cleaned_data["url"] or kept

    def clean_allowed_hosts(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["allowed_hosts"].splitlines() if line.strip()]


def _initial(connection: Connection) -> dict[str, Any]:
    kept = {name: getattr(connection, name) for name in ("name", *KINDS[connection.kind].fields)}
    if "allowed_hosts" in kept:
        kept["allowed_hosts"] = "\n".join(connection.allowed_hosts)
    if connection.kind == Connection.Kind.WEBHOOK:
        kept["url"] = ""
    return kept


class RemoveForm(forms.Form):
    """Removing takes the name, typed."""

    typed = forms.CharField(max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["typed"].label = f"Type «{name}» to delete it"
