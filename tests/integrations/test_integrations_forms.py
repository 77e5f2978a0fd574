"""What the pages of connections refuse, filter and keep to themselves, field by field."""

import pytest
from django.urls import reverse

from integrations import operations
from integrations.messages import Mail
from integrations.models import Connection, Delivery

pytestmark = pytest.mark.django_db
FORMS = {
    "model_endpoint": {"name": "Model", "url": "https://api.example.com/v1", "secret": "key"},
    "webhook": {"name": "Hook", "url": "https://hooks.example.com/in"},
    "slack": {"name": "Channel", "secret": "https://hooks.example.com/T0/B0"},
    "smtp": {
        "name": "Mail",
        "host": "mail.example.com",
        "port": "587",
        "encryption": "starttls",
        "sender": "payback@example.com",
        "allowed_hosts": "10.0.0.1:2525\n\n 10.1.0.0/16 ",
    },
}


@pytest.fixture
def client(cast):
    return cast.client(cast.it)


@pytest.fixture
def alerts(make_connection):
    return make_connection("alertmanager", name="Alerts")


@pytest.fixture
def received(alerts, now):
    payload = {"labels": {"alertname": "<b>Slow</b>"}}
    return operations.record_inbound(connection=alerts, dedup_key="k", payload=payload, at=now)[0]


def to(name, *args):
    return reverse(f"integrations:{name}", args=args)


@pytest.mark.parametrize(
    ("kind", "wrong", "field"),
    [
        ("model_endpoint", {"url": ""}, "url"),
        ("model_endpoint", {"url": "ftp://x.example"}, "url"),
        ("model_endpoint", {"name": ""}, "name"),
        ("webhook", {"allowed_hosts": "not a host"}, "allowed_hosts"),
        ("webhook", {"secret": "whsec_???"}, "secret"),
        ("slack", {"secret": ""}, "secret"),
        ("slack", {"secret": "hooks.example.com"}, "secret"),
        ("smtp", {"host": ""}, "host"),
        ("smtp", {"port": "70000"}, "port"),
        ("smtp", {"sender": "nobody"}, "sender"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(kind, wrong, field, client):
    answer = client.post(to("new_connection", kind), FORMS[kind] | wrong)
    assert answer.status_code == 422
    assert answer.context["form"].errors.get(field)
    assert not Connection.objects.exists()


def test_private_hosts_are_read_one_in_a_line(client):
    client.post(to("new_connection", "smtp"), FORMS["smtp"])
    assert Connection.objects.get().allowed_hosts == ["10.0.0.1:2525", "10.1.0.0/16"]


def test_a_webhooks_address_is_kept_unseen(client, make_connection):
    made = make_connection("webhook", name="Hook", secret="old-secret", url="https://hooks.example.com/in?k=1")
    assert "k=1" not in client.get(to("edit_connection", made.pk)).content.decode()
    sent = {"name": "Renamed", "url": "", "secret": "", "allowed_hosts": "10.0.0.1"}
    assert client.post(to("edit_connection", made.pk), sent).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.secret, made.allowed_hosts) == ("Renamed", "old-secret", ["10.0.0.1"])
    assert made.url == "https://hooks.example.com/in?k=1"


def test_the_verdict_follows_a_test(client, make_connection, peer):
    made = make_connection("webhook", url=f"{peer.url}/in")
    part = client.post(to("test_connection", made.pk), headers={"HX-Request": "true"}).content.decode()
    assert 'id="how"' in part and "hx-swap-oob" in part and "healthy" in part
    assert "hx-swap-oob" not in client.get(to("connection", made.pk)).content.decode()


def test_what_is_not_there_is_404_and_only_posts_change_something(client, alerts, received):
    assert client.get(to("connection", alerts.pk + 1)).status_code == 404
    assert client.get(to("new_connection", "carrier-pigeon")).status_code == 404
    assert client.get(to("delivery", received.pk + 1)).status_code == 404
    assert client.post(to("api_test_connection", alerts.pk + 1)).status_code == 404
    for name in ("test_connection", "switch_connection", "rotate_secret", "remove_connection"):
        assert client.get(to(name, alerts.pk)).status_code == 405
    assert client.get(to("replay", received.pk)).status_code == 405


def test_messages_are_filtered_in_the_address(client, alerts, received, now):
    operations.queue_mail(mail=Mail(("a@example.com",), "s", "t"), dedup_key="m", at=now)
    assert len(client.get(to("deliveries")).context["page"]) == 2
    for query in (f"connection={alerts.pk}", "direction=in", "state=received", "kind=alert"):
        assert list(client.get(f"{to('deliveries')}?{query}").context["page"]) == [received], query
    assert not client.get(f"{to('deliveries')}?since=2026-11-21").context["page"].object_list
    assert client.get(f"{to('deliveries')}?state=lost").status_code == 422
    assert client.get(f"{to('api_deliveries')}?state=lost").status_code == 400


def test_messages_are_paged_with_their_filter(client, alerts, now):
    for number in range(51):
        operations.record_inbound(connection=alerts, dedup_key=f"k{number}", payload={}, at=now)
    second = client.get(f"{to('deliveries')}?direction=in&page=2")
    assert len(second.context["page"]) == 1 and "direction=in" in second.content.decode()


def test_a_message_is_shown_as_text_and_replayed_from_its_list(client, alerts, received):
    page = client.get(to("delivery", received.pk)).content.decode()
    assert "&lt;b&gt;Slow&lt;/b&gt;" in page and "<b>Slow</b>" not in page
    assert to("replay", received.pk) in client.get(to("connection", alerts.pk)).content.decode()
    answer = client.post(to("replay", received.pk))
    assert answer["Location"] == to("delivery", Delivery.objects.get(replay_of=received).pk)


def test_a_message_under_way_is_not_replayed(client, now):
    row = operations.queue_mail(mail=Mail(("a@example.com",), "s", "t"), dedup_key="m", at=now)
    assert "under way" in client.post(to("replay", row.pk), follow=True).content.decode()
    refused = client.post(to("api_replay", row.pk))
    assert refused.status_code == 409 and refused.json()["code"] == "under_way"
