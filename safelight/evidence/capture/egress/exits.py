"""The ways out of a capture: straight from here, or through a SOCKS5 proxy such as Tor's.

An exit opens one connection to a host that `addresses.checked_host` let through. Straight from
here the name is looked up once, every answer is checked, and exactly a checked address is
connected to: a name that answers otherwise the second time gains nothing (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from safelight.evidence.capture.egress.addresses import (
    Address,
    HostRefused,
    is_public,
    written_address,
)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Resolver = Callable[[str, int], Awaitable[Sequence[Address]]]

CONNECT_SECONDS: Final = 20.0
_MOST_TRIED: Final = 4


class Exit(Protocol):
    """A way out."""

    @property
    def name(self) -> str: ...

    @property
    def onions(self) -> bool:
        """Whether it reaches `.onion` hosts."""
        ...

    async def connect(self, host: str, port: int) -> tuple[Streams, str]:
        """Return the streams and the address reached ("" if only the exit knows it).

        Raises `HostRefused`, or `OSError` where nobody answers.
        """


async def system_resolver(host: str, port: int) -> Sequence[Address]:
    """Look a name up as this machine does. Raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]


@dataclass(frozen=True)
class Direct:
    """From this machine. The captured site sees this machine's address."""

    resolve: Resolver = system_resolver
    name: str = "direct"
    onions: bool = False

    async def connect(self, host: str, port: int) -> tuple[Streams, str]:
        written = written_address(host)
        addresses = [written] if written else await self._looked_up(host, port)
        # One private answer among public ones is how a rebinding name looks: none is used.
        if not all(is_public(address) and not _is_ours(address) for address in addresses):
            raise HostRefused("private-address")
        trouble: OSError | None = None
        for address in dict.fromkeys(addresses[:_MOST_TRIED]):
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await asyncio.open_connection(str(address), port), str(address)
            except OSError as error:  # a timeout is one too
                trouble = error
        raise trouble or OSError("no address")

    async def _looked_up(self, host: str, port: int) -> Sequence[Address]:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await self.resolve(host, port)


def _is_ours(address: Address) -> bool:
    """Whether it is an address of this machine: public ones lead to what listens here as well.

    Only what a machine has it can bind (ip(7), ipv6(7)).
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as trial:
            trial.bind((str(address), 0))
    except OSError:
        return False
    return True


@dataclass(frozen=True)
class Socks5:
    """Through a SOCKS5 proxy (RFC 1928), which looks names up itself: nothing of them is here.

    Each exit object has a random user name: Tor then keeps its circuits apart from every other
    capture's (`IsolateSOCKSAuth`, which is Tor's default).
    """

    host: str
    port: int
    user: str = ""
    name: str = "socks5"
    onions: bool = True

    def for_one_capture(self) -> Socks5:
        """The same exit with a user name that nothing else uses."""
        return Socks5(self.host, self.port, secrets.token_hex(8))

    async def connect(self, host: str, port: int) -> tuple[Streams, str]:
        async with asyncio.timeout(2 * CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(self.host, self.port)
            try:
                await self._ask(reader, writer, host, port)
            except asyncio.IncompleteReadError:
                writer.close()
                raise OSError("the proxy hung up") from None
            except BaseException:
                writer.close()
                raise
        return (reader, writer), ""

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int
    ) -> None:
        writer.write(b"\x05\x02\x00\x02" if self.user else b"\x05\x01\x00")
        version, method = await reader.readexactly(2)
        if version != 5 or method not in {0, 2} or (method == 2 and not self.user):
            raise OSError("the proxy does not speak SOCKS5 with us")
        if method == 2:  # RFC 1929
            name = self.user.encode("ascii")
            writer.write(bytes([1, len(name)]) + name + bytes([len(name)]) + name)
            _, refused = await reader.readexactly(2)
            if refused:
                raise OSError("the proxy refused the user name")
        writer.write(b"\x05\x01\x00" + _socks_address(host) + port.to_bytes(2, "big"))
        _, answer, _, kind = await reader.readexactly(4)
        if answer:
            raise OSError(f"the proxy answered {answer}")
        length = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
        await reader.readexactly(length + 2)


def _socks_address(host: str) -> bytes:
    address = written_address(host)
    if address is None:
        name = host.encode("ascii")
        return bytes([3, len(name)]) + name
    return bytes([1 if address.version == 4 else 4]) + address.packed
