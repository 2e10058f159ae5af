"""What one capture may do: where it may reach, how long, how much, and through which exit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from safelight.evidence.capture.egress.exits import Direct, Socks5
from safelight.evidence.capture.egress.proxy import EgressRules
from safelight.evidence.capture.problems import CaptureError

MIB: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Hard limits of one capture; each one reached is a gap. Sizes in bytes, times in seconds.

    `seconds`: for the capture without its replay, which may take as long again.
    `resource_bytes`: of one answer, as the page gets it (decompressed); `media_bytes`: of one
    video or audio file. `total_bytes`: received over the network. `rounds`: of scrolling.
    `screenshot_height`: in pixels.
    """

    seconds: float
    resource_seconds: float
    settle_seconds: float
    resource_bytes: int
    media_bytes: int
    total_bytes: int
    requests: int
    rounds: int
    navigations: int
    screenshot_height: int


USUAL_LIMITS: Final = Limits(
    seconds=240,
    resource_seconds=30,
    settle_seconds=20,
    resource_bytes=64 * MIB,
    media_bytes=512 * MIB,
    total_bytes=1024 * MIB,
    requests=3000,
    rounds=60,
    navigations=8,
    screenshot_height=16_000,
)


@dataclass(frozen=True, kw_only=True)
class CapturePolicy:
    """How a capture goes out, and what it may take.

    `exit`: `Direct()` shows the site this machine's address; `Socks5(host, port)`, such as Tor's,
    does not. `hosts`: None for every public host that the page names; or only these and hosts
    below them. `ports`: allowed ones. `loopback_ports`: ports of 127.0.0.1 reached all the same,
    for trying things on pages of one's own. `language`: as the browser says it. `viewport`: width
    and height in pixels. `boxed`: False where this machine cannot confine a browser (the record
    says so). `any_certificate`: go on where a site's certificate is not good; that is a gap.
    """

    exit: Direct | Socks5
    hosts: tuple[str, ...] | None
    ports: frozenset[int]
    loopback_ports: frozenset[int]
    language: str
    viewport: tuple[int, int]
    limits: Limits
    boxed: bool
    any_certificate: bool

    @classmethod
    def usual(cls, *, through: Direct | Socks5, language: str) -> Self:
        """The policy of a caseworker who narrows nothing."""
        return cls(
            exit=through,
            hosts=None,
            ports=frozenset({80, 443}),
            loopback_ports=frozenset(),
            language=language,
            viewport=(1280, 900),
            limits=USUAL_LIMITS,
            boxed=True,
            any_certificate=False,
        )

    def egress_rules(self) -> EgressRules:
        """The part that the egress proxy keeps."""
        return EgressRules(
            hosts=self.hosts,
            ports=self.ports,
            loopback_ports=self.loopback_ports,
            most_bytes=self.limits.total_bytes,
            most_connections=4 * self.limits.requests,
        )


def exit_through(proxy: str | None) -> Direct | Socks5:
    """Read `socks5h://HOST:PORT`; None is straight from here. Raises `CaptureError`."""
    if proxy is None:
        return Direct()
    scheme, _, rest = proxy.partition("://")
    host, _, port = rest.rstrip("/").rpartition(":")
    if scheme not in {"socks5h", "socks5"} or not host or not port.isascii() or not port.isdigit():
        raise CaptureError(
            "a proxy for captures is written socks5h://127.0.0.1:9050 (that one is Tor's)"
        )
    return Socks5(host.strip("[]"), int(port))


def hosts_only(hosts: Sequence[str]) -> tuple[str, ...] | None:
    """The `hosts` of a policy from what a caseworker listed; nothing listed narrows nothing."""
    return tuple(host.lower().removesuffix(".") for host in hosts) or None
