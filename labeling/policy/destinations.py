"""Where a webhook may send to: public addresses over TLS, and what the installation names besides.

Whoever enters an address makes this machine connect to it, from inside its network. So what is allowed is listed, what
a name resolves to is judged and not the name, and every address of it has to pass.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

LONGEST_URL = 500
DEFAULT_PORTS = {"https": 443, "http": 80}
HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")

# The IANA registries of special-purpose addresses, written out: what Python calls global changes with its version.
NOT_PUBLIC_V4 = [
    IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # public by its number, but inside Azure it is the machine's own platform
    )
]
# Of IPv6 only global unicast can be public, less what tunnels or documents.
GLOBAL_UNICAST = IPv6Network("2000::/3")
NOT_PUBLIC_V6 = [
    IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
]
# Where a network has no IPv4, public IPv4 addresses are reached under this prefix; the last four bytes are the address.
TRANSLATED = IPv6Network("64:ff9b::/96")


class BadDestination(ValueError):
    """This address is not sent to; the message is for the person who entered it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What this installation sends to besides public addresses: hosts by name, networks by number."""

    names: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    includes_public: bool = True

    def names_host(self, host: str) -> bool:
        """Whether the host is listed: by its name, or as an address in a listed network."""
        address = address_in(host)
        return host in self.names or (address is not None and self.holds(address))

    def holds(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self.networks)

    def takes(self, host: str, address: str) -> bool:
        """Whether a connection to this address, which the host resolved to, is allowed."""
        parsed = address_in(address)
        if parsed is None:
            return False
        return host in self.names or self.holds(parsed) or (self.includes_public and is_public(parsed))


@dataclass(frozen=True, slots=True)
class Destination:
    """An address taken apart, every part as it will be used."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def is_tls(self) -> bool:
        return self.scheme == "https"


def parse_reach(entries: Iterable[str], *, includes_public: bool = True) -> Reach:
    """The listed hosts and networks. Raises ValueError naming an entry that is neither."""
    names, networks = set(), []
    for entry in entries:
        text = entry.lower().rstrip(".")
        try:
            networks.append(ip_network(text))
        except ValueError:
            # `10.0.0.1/8` is a slip of a network, and no name.
            if not HOST.fullmatch(text) or text.replace(".", "").isdigit():
                raise ValueError(f"{entry!r} is no host name, address or network like 10.1.0.0/16") from None
            names.add(text)
    return Reach(frozenset(names), tuple(networks), includes_public)


def parse_destination(url: str, reach: Reach) -> Destination:
    """The parts of a webhook's address. What is wrong with it by its looks alone raises BadDestination."""
    # urlsplit drops tabs and line ends silently; what is checked must be what was entered.
    if len(url) > LONGEST_URL or not url.isascii() or any(char <= " " or char in '\\"<>^`{|}\x7f' for char in url):
        raise BadDestination(f"Write a plain address: at most {LONGEST_URL} characters, others percent-encoded.")
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").rstrip(".")
    except ValueError:
        raise BadDestination("This is no address; it begins like https://hooks.example.com/.") from None
    is_host = HOST.fullmatch(host) or (address_in(host) and "%" not in host)
    if parts.scheme not in DEFAULT_PORTS or not is_host or port == 0:
        raise BadDestination("This is no address; it begins like https://hooks.example.com/.")
    if "@" in parts.netloc:
        raise BadDestination("Leave name and password out of the address; the signature says who is sending.")
    if parts.fragment:
        raise BadDestination("Leave out the part after #; it is never sent.")
    if parts.scheme == "http" and not reach.names_host(host):
        raise BadDestination("Use https: only hosts in WEBHOOK_PRIVATE_HOSTS are sent to in plain text.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], target)


def allowed_addresses(destination: Destination, addresses: Sequence[str], reach: Reach) -> Sequence[str]:
    """The addresses of a host, when there are any and every one of them may be connected to.

    One answer for *no such host* and *a private one*: else names inside the network could be guessed from outside.
    """
    if not addresses or not all(reach.takes(destination.host, address) for address in addresses):
        if not reach.includes_public:
            raise BadDestination("The demonstration sends only to hosts in WEBHOOK_PRIVATE_HOSTS.")
        raise BadDestination("This host has no public address, and WEBHOOK_PRIVATE_HOSTS does not name it.")
    return addresses


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether anybody on the internet could be meant by this address. IPv4 inside of IPv6 is looked at as IPv4."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in NOT_PUBLIC_V4)
    if address in TRANSLATED:
        return is_public(IPv4Address(address.packed[-4:]))
    if address.scope_id is not None or address not in GLOBAL_UNICAST:
        return False
    return address.is_global and not any(address in network for network in NOT_PUBLIC_V6)


def address_in(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
