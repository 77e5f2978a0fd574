"""What apps and connectors say to each other: frozen values, never our models."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Mail:
    """A plain-text mail; `unsubscribe` is the address that stops its kind for whoever gets it."""

    to: tuple[str, ...]
    subject: str
    text: str
    unsubscribe: str = ""


@dataclass(frozen=True)
class MailFile:
    """A file that came with a mail; type and name are the sender's word."""

    name: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class InboundMail:
    """A mail that somebody sent to Payback. `is_automatic` marks what a program sent: it is never answered."""

    message_id: str
    sender: str
    subject: str
    text: str = field(repr=False)
    files: tuple[MailFile, ...] = ()
    is_automatic: bool = False


@dataclass(frozen=True)
class Notice:
    """Something that people outside should know: sent to every enabled webhook and Slack connection."""

    event: str
    title: str
    text: str
    url: str
    severity: str


@dataclass(frozen=True)
class Alert:
    """One alert of an outside system. `key` is what makes it the same event when it is sent again."""

    fingerprint: str
    status: str
    starts_at: datetime
    ends_at: datetime | None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.fingerprint}|{self.starts_at.isoformat()}|{self.status}"


@dataclass(frozen=True)
class AlertBatch:
    """The alerts of one delivery; `truncated` counts those left out, `problems` says what was unreadable."""

    alerts: tuple[Alert, ...]
    truncated: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Completion:
    """One answer of a model endpoint. Tokens are 0 where the endpoint did not say."""

    text: str
    input_tokens: int
    output_tokens: int
    model: str
    latency_ms: int


@dataclass(frozen=True)
class Health:
    """A status, or why there was none; `was_asked` is false where asking is not permitted."""

    status: int | None
    latency_ms: int
    error: str
    was_asked: bool
