"""A raw mail as the values that we use: who sent it, its words, its files. Never raises on what people send."""

import hashlib
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from html.parser import HTMLParser

from integrations.messages import InboundMail, MailFile

MOST_FILES = 10
MOST_TEXT = 50_000
BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table"})
UNSEEN = frozenset({"style", "script", "head", "title"})


def parse(raw: bytes) -> InboundMail:
    """One message of RFC 5322. A missing Message-ID is replaced by a hash, so that it still counts once."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return InboundMail(
        message_id=_header(message, "Message-ID").strip()[:300] or hashlib.sha256(raw).hexdigest(),
        sender=parseaddr(_header(message, "From"))[1].lower(),
        subject=" ".join(_header(message, "Subject").split())[:300],
        text=_words(message)[:MOST_TEXT],
        files=_files(message),
        is_automatic=_is_automatic(message),
    )


def _header(message: EmailMessage, name: str) -> str:
    """The standard library raises on some broken headers; a broken one is an empty one."""
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, TypeError, AttributeError, LookupError):
        return ""


def _is_automatic(message: EmailMessage) -> bool:
    """Lists, out-of-office answers and our own mails (RFC 3834)."""
    sent = _header(message, "Auto-Submitted").lower()
    bulk = _header(message, "Precedence").lower() in ("bulk", "list", "junk")
    return bulk or (sent not in ("", "no")) or bool(_header(message, "List-Id"))


def _words(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    if not isinstance(body, EmailMessage):
        return ""
    text = _content(body)
    return _without_tags(text) if body.get_content_type() == "text/html" else text


def _content(part: EmailMessage) -> str:
    """Its text, whatever it says about its characters."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    try:
        text = data.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        text = data.decode("utf-8", "replace")
    return text.replace("\x00", "").replace("\r\n", "\n")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.hidden += tag in UNSEEN
        if tag in BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.hidden = max(0, self.hidden - (tag in UNSEEN))

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def _without_tags(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    return re.sub(r"\n\s*\n+", "\n\n", "".join(parser.parts)).strip()


def _files(message: EmailMessage) -> tuple[MailFile, ...]:
    found = []
    for part in message.walk():
        data = part.get_payload(decode=True)
        name = part.get_filename()
        if name and isinstance(data, bytes):
            found.append(MailFile(str(name)[:200], part.get_content_type(), data))
    return tuple(found[:MOST_FILES])
