"""A member that mls-rs runs: one JSON object a line in, one out (mls_rs.test.ts).

Runs in the environment of `make peers`, which knows nothing of Safelight.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from mls_rs_uniffi import (  # type: ignore[import-not-found, unused-ignore]
    CipherSuite,
    Client,
    Message,
    client_config_default,
    generate_signature_keypair,
)


class Peer:
    """One client, at most one group."""

    def __init__(self) -> None:
        keys = generate_signature_keypair(CipherSuite.CURVE25519_AES128)
        self.client = Client(b"mls-rs", keys, client_config_default())
        self.group: Any = None

    def key_package(self) -> str:
        return str(self.client.generate_key_package_message().to_bytes().hex())

    def join(self, welcome: str) -> str:
        message = Message.from_bytes(bytes.fromhex(welcome))
        self.group = self.client.join_group(None, message).group
        return "joined"

    def create(self, group: str) -> str:
        self.group = self.client.create_group(bytes.fromhex(group))
        return "created"

    def add(self, key_package: str) -> str:
        added = self.group.add_members([Message.from_bytes(bytes.fromhex(key_package))])
        self.group.process_incoming_message(added.commit_message)
        return str(added.welcome_message.to_bytes().hex())

    def commit(self) -> str:
        return str(self.group.commit().commit_message.to_bytes().hex())

    def send(self, text: str) -> str:
        return str(self.group.encrypt_application_message(bytes.fromhex(text)).to_bytes().hex())

    def receive(self, message: str) -> str:
        received = self.group.process_incoming_message(Message.from_bytes(bytes.fromhex(message)))
        if received.is_application_message():
            return "text " + bytes(received.data).hex()
        effect = getattr(received, "effect", None)
        removed = effect is not None and effect.is_removed()
        return "removed" if removed else "commit"

    def export(self, label: str) -> str:
        return str(self.group.export_secret(label.encode(), b"", 32).hex())


def main() -> None:
    """Answer until standard input ends."""
    peer = Peer()
    for line in sys.stdin:
        operation, *arguments = json.loads(line)
        method: Callable[..., str] = getattr(peer, operation)
        try:
            answer = {"ok": method(*arguments)}
        except Exception as problem:  # noqa: BLE001 - whatever the library raises is the answer
            answer = {"problem": f"{type(problem).__name__}: {problem}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
