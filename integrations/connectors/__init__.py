"""The kinds of connections, named one by one: nothing is discovered."""

from integrations.connectors import health, imap, model_endpoint, slack, smtp, webhook
from integrations.connectors.base import Kind

KINDS: dict[str, Kind] = {
    "model_endpoint": Kind(
        fields=("url", "default_model", "allowed_hosts"),
        secret_label="API key",
        help="An OpenAI-compatible address that ends in /v1. Evals ask it.",
        sample=model_endpoint.sample,
    ),
    "alertmanager": Kind(
        fields=(),
        secret_label="Bearer token",
        help="Alertmanager posts its alerts here. Leave the token empty and one is made.",
    ),
    "webhook": Kind(
        fields=("url", "allowed_hosts"),
        secret_label="Signing secret",
        help="Incidents are posted as JSON, signed as Standard Webhooks says.",
        deliver=webhook.deliver,
    ),
    "slack": Kind(
        fields=("allowed_hosts",),
        secret_label="Incoming webhook address",
        help="Incidents are posted to a channel. The address is the secret.",
        deliver=slack.deliver,
    ),
    "smtp": Kind(
        fields=("host", "port", "encryption", "username", "sender", "allowed_hosts"),
        secret_label="Password",
        help="Decisions, incidents and receipts go out through this mail server.",
        deliver=smtp.deliver,
        sample=smtp.sample,
    ),
    "imap": Kind(
        fields=("host", "port", "encryption", "username", "allowed_hosts"),
        secret_label="Password",
        help="People forward a mail to this mailbox and find it as a draft of a candidate. It is read every minute.",
        sample=imap.sample,
    ),
    "health": Kind(
        fields=("url", "allowed_hosts"),
        secret_label="Bearer token",
        help="An address that answers while a workload is there. Its probe asks it on a schedule.",
        sample=health.sample,
    ),
}
