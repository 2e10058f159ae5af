"""Which hosts and addresses a capture may reach: public ones, written in the one usual way.

A page chooses the names that are asked for. If one led to this machine, to its network or to a
cloud's metadata service, the page could make us read what only we can reach, and put it into the
record.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from safelight.evidence.capture.problems import CaptureError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# Names that by RFC 6761, 6762, 7686, 8375 and custom never lead to a public host.
_PRIVATE_ENDINGS: Final = (
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "localdomain",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
)
# Beside what `ipaddress` calls not global: ranges that carry an IPv4 address inside, so that a
# router or a translator may lead to a private one (RFC 4291, 6052, 8215, 3056, 4380, 3068), and
# site-local addresses, which are deprecated and still routed here and there (RFC 3879).
_CARRIERS: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "::/96",
        "::ffff:0:0/96",
        "::ffff:0:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/32",
        "fec0::/10",
        "192.88.99.0/24",
        "0.0.0.0/8",
        "240.0.0.0/4",
    )
)


class HostRefused(CaptureError):  # noqa: N818  # an answer, recorded as gap or noise
    """A host that a capture does not reach; `reason` is a code for the record."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"a host was refused ({reason}); a capture reaches public hosts that its page names"
        )
        self.reason = reason


def is_public(address: Address) -> bool:
    """Whether an address leads into the public Internet, and nowhere else."""
    if any(address in network for network in _CARRIERS if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast


def written_address(host: str) -> Address | None:
    """The address that `host` spells, or None for a name. Only the usual spelling is one."""
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def checked_host(untrusted: str, *, onions: bool) -> str:
    """Return a host in lower case that may be looked up, or raise `HostRefused`.

    `127.1`, `0x7f.0.0.1`, `2130706433` and `0177.0.0.1` are addresses to a resolver and names to
    everyone else: what ends in a number and is not four plain numbers is refused (the URL
    standard's "ends in a number" check). `onions`: whether the exit can reach `.onion`.
    """
    host = untrusted.lower().removesuffix(".")
    address = written_address(host)
    if address is not None:
        if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
            raise HostRefused("not-a-host")
        if not is_public(address):
            raise HostRefused("private-address")
        return str(address)
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise HostRefused("not-a-host")
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        raise HostRefused("odd-address")
    if labels[-1] == "onion":
        if not onions:
            raise HostRefused("onion-needs-tor")
        return host
    private = any(host == ending or host.endswith("." + ending) for ending in _PRIVATE_ENDINGS)
    if len(labels) < 2 or private:
        raise HostRefused("private-name")
    return host
