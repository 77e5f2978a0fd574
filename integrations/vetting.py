"""Which addresses Payback may connect to: public ones, and the private ones that an IT admin allowed by name.

`ipaddress.is_private` is not enough: it says False for 100.64.0.0/10 and for NAT64 and 6to4 forms of private
addresses. So an address is unwrapped first, and must then be global and not multicast.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], list[str]]
WEB_PORTS = frozenset({80, 443, 8080, 8443})
MAIL_PORTS = frozenset({25, 465, 587, 2525})
MAILBOX_PORTS = frozenset({143, 993})
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
PROTOCOL_IPV4 = ipaddress.IPv4Network("192.0.0.0/24")
# Never, whatever an allow-list says: cloud metadata hands out the server's own credentials.
NEVER: tuple[Network, ...] = (
    ipaddress.IPv4Network("169.254.0.0/16"),
    ipaddress.IPv6Network("fe80::/10"),
    ipaddress.IPv6Network("fd00:ec2::254/128"),
)


class Blocked(Exception):
    """This address is not to be connected to; the message says why, `fix` what an IT admin can do."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True)
class Allowed:
    """One entry of a connection's allow-list: a host name or a network, and optionally one port."""

    host: str
    network: Network | None
    port: int | None

    def covers(self, host: str, address: IP, port: int) -> bool:
        if self.port is not None and self.port != port:
            return False
        return address in self.network if self.network is not None else host.lower() == self.host


@dataclass(frozen=True)
class Target:
    """A vetted place to connect to: the name for TLS and Host, the pinned address for the socket."""

    host: str
    address: str
    port: int


def parse_allowed(entry: str) -> Allowed:
    """«10.0.0.0/8», «10.1.2.3:9000», «gpu.internal», «gpu.internal:8000»; ValueError for anything else."""
    text, port = entry.strip().lower(), None
    if not text.endswith("]") and text.count(":") == 1 or "]:" in text:
        text, _, tail = text.rpartition(":")
        if not tail.isdigit() or not 0 < int(tail) < 65536:
            raise ValueError(f"«{entry}»: the port must be a number from 1 to 65535")
        port = int(tail)
    text = text.strip("[]")
    try:
        return Allowed(text, ipaddress.ip_network(text, strict=False), port)
    except ValueError:
        pass
    if not text or "/" in text or any(c.isspace() for c in text):
        raise ValueError(f"«{entry}» is neither a host name nor a network such as 10.0.0.0/8")
    return Allowed(text, None, port)


def unwrap(address: IP) -> IP:
    """The IPv4 address inside an IPv4-mapped, NAT64 or 6to4 one; else the address."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour or address


def is_public(address: IP) -> bool:
    """Reachable over the internet and meant to be: not private in any of its disguises."""
    inner = unwrap(address)
    if isinstance(inner, ipaddress.IPv6Address) and inner not in GLOBAL_IPV6:
        return False
    return inner.is_global and not (inner.is_multicast or inner.is_reserved or inner in PROTOCOL_IPV4)


def is_forbidden(address: IP) -> bool:
    """No allow-list opens these."""
    inner = unwrap(address)
    return inner.is_multicast or inner.is_unspecified or any(inner in network for network in NEVER)


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, as the system's resolver has them (it also reads 2130706433 and 0x7f.1)."""
    try:
        found = socket.getaddrinfo(host.encode("idna").decode(), port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise Blocked("This is not a host name.", "Correct the address.") from error
    return list(dict.fromkeys(str(item[4][0]).split("%")[0] for item in found))


def vet(
    host: str,
    port: int,
    *,
    allowed: Sequence[str] = (),
    ports: frozenset[int] = WEB_PORTS,
    resolver: Resolver = resolve,
) -> Target:
    """Resolve once, require every address to be permitted, and pin the first: it is the one dialled.

    Raises Blocked, or OSError where the name does not resolve.
    """
    rules = [parse_allowed(entry) for entry in allowed]
    addresses = [ipaddress.ip_address(text) for text in resolver(host, port)]
    if not addresses:
        raise Blocked(f"{host} has no address.", "Check the name.")
    for address in addresses:
        _permit(host, address, port, rules, ports)
    return Target(host.encode("idna").decode(), str(addresses[0]), port)


def _permit(host: str, address: IP, port: int, rules: Sequence[Allowed], ports: frozenset[int]) -> None:
    if is_forbidden(address):
        raise Blocked(
            f"{host} is an address that is never connected to.", "Enter the address of the service itself."
        )
    if any(rule.covers(host, unwrap(address), port) for rule in rules):
        return
    if not is_public(address):
        words = f"{host} is not a public address."
        raise Blocked(words, f"If it is yours, allow {unwrap(address)}:{port} on this connection.")
    if port not in ports:
        shown = ", ".join(str(p) for p in sorted(ports))
        raise Blocked(
            f"Port {port} is not one of {shown}.", f"If it is right, allow {host}:{port} on this connection."
        )
