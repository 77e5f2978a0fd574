"""Where Payback refuses to connect, in every spelling that was seen to slip through elsewhere."""

import ipaddress

import pytest

from integrations.vetting import MAIL_PORTS, Blocked, parse_allowed, resolve, vet

PUBLIC = "93.184.215.14"

BLOCKED = [
    "127.0.0.1",
    "169.254.169.254",
    "10.0.0.1",
    "172.16.3.4",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
]


def answering(*addresses: str):
    return lambda host, port: list(addresses)


@pytest.mark.parametrize("address", BLOCKED)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    with pytest.raises(Blocked) as refused:
        vet("service.example", 443, resolver=answering(address))
    assert refused.value.fix


@pytest.mark.parametrize(
    "spelling", ["2130706433", "0x7f000001", "127.1", "017700000001", "0", "127.0.0.1", "0x7f.1"]
)
def test_numbers_that_the_resolver_reads_as_loopback_are_refused(spelling: str) -> None:
    with pytest.raises(Blocked):
        vet(spelling, 80)


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    with pytest.raises(Blocked):
        vet("two.example", 443, resolver=answering(PUBLIC, "10.0.0.1"))


def test_a_public_address_is_pinned() -> None:
    target = vet("service.example", 443, resolver=answering(PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"))
    assert (target.host, target.address, target.port) == ("service.example", PUBLIC, 443)


@pytest.mark.parametrize("port", [22, 25, 3306, 6379, 9200])
def test_ports_of_other_services_are_refused(port: int) -> None:
    with pytest.raises(Blocked, match=f"Port {port}"):
        vet("service.example", port, resolver=answering(PUBLIC))


def test_an_allow_list_opens_one_port_of_a_public_host() -> None:
    assert vet("a.example", 9000, allowed=["a.example:9000"], resolver=answering(PUBLIC)).port == 9000
    with pytest.raises(Blocked):
        vet("a.example", 9001, allowed=["a.example:9000"], resolver=answering(PUBLIC))


def test_mail_has_ports_of_its_own() -> None:
    assert vet("mail.example", 587, ports=MAIL_PORTS, resolver=answering(PUBLIC)).port == 587
    with pytest.raises(Blocked):
        vet("mail.example", 443, ports=MAIL_PORTS, resolver=answering(PUBLIC))


@pytest.mark.parametrize(
    ("entry", "host", "address", "port"),
    [
        ("10.0.0.0/8", "gpu", "10.1.2.3", 8000),
        ("10.1.2.3:8000", "gpu", "10.1.2.3", 8000),
        ("gpu.internal", "gpu.internal", "10.1.2.3", 8000),
        ("GPU.internal:8000", "gpu.INTERNAL", "10.1.2.3", 8000),
        ("[fd12::5]:8000", "gpu", "fd12::5", 8000),
        ("fd12::/16", "gpu", "fd12::5", 8000),
        ("127.0.0.1", "localhost", "::ffff:127.0.0.1", 8000),
    ],
)
def test_allowed_private_hosts(entry: str, host: str, address: str, port: int) -> None:
    assert vet(host, port, allowed=[entry], resolver=answering(address)).address == str(
        ipaddress.ip_address(address)
    )


@pytest.mark.parametrize(
    ("entry", "address", "port"),
    [("10.0.0.0/8", "11.0.0.1", 22), ("10.1.2.3:8000", "10.1.2.3", 8001), ("other.internal", "10.1.2.3", 80)],
)
def test_an_allow_list_opens_nothing_else(entry: str, address: str, port: int) -> None:
    with pytest.raises(Blocked):
        vet("gpu.internal", port, allowed=[entry], resolver=answering(address))


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "fd00:ec2::254", "0.0.0.0", "224.0.0.1"])
def test_no_allow_list_opens_the_metadata_service(address: str) -> None:
    with pytest.raises(Blocked, match="never"):
        vet("meta.internal", 80, allowed=["meta.internal", "0.0.0.0/0", "::/0"], resolver=answering(address))


@pytest.mark.parametrize("entry", ["", "a b", "10.0.0.0/99", "host:0", "host:70000", "host:x"])
def test_a_wrong_entry_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="«"):
        parse_allowed(entry)


@pytest.mark.parametrize("name", ["a" * 70 + ".example", "a..b"])
def test_what_is_no_host_name_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(Blocked):
        resolve(name, 80)
