"""An egress proxy to ask by hand, without a browser."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from safelight.evidence.capture.egress.exits import Direct, Exit
from safelight.evidence.capture.egress.proxy import Connection, EgressProxy, EgressRules

RULES = EgressRules(
    hosts=None,
    ports=frozenset({80, 443}),
    loopback_ports=frozenset(),
    most_bytes=1 << 20,
    most_connections=100,
)


@dataclass(frozen=True)
class Asked:
    """What the browser was answered first, and what the proxy wrote down."""

    answer: bytes
    journal: Sequence[Connection]


def ask(
    request: bytes,
    *,
    named: Sequence[str] = (),
    rules: EgressRules = RULES,
    way: Exit | None = None,
) -> Asked:
    """Send one request to a proxy whose page named these addresses."""

    async def run() -> Asked:
        proxy = EgressProxy(rules, way or Direct(), on_full=lambda: None)
        for url in named:
            proxy.admit(url)
        listener = socket.create_server(("127.0.0.1", 0))
        async with proxy.serving(listener):
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            writer.write(request)
            async with asyncio.timeout(20):
                answer = await reader.read(4096)
            writer.close()
        return Asked(answer, proxy.journal)

    return asyncio.run(run())


def connect(host: str, port: int = 443) -> bytes:
    return f"CONNECT {host}:{port} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
