"""A member of a whole circle that the Python library rfc9420 runs (whole_circle.test.ts).

One JSON array a line in, one object out. The library does the cryptography and keeps the group;
written here is only what its own interface leaves out: a key package with extensions of ours,
and commits that come as PrivateMessage, which it can decrypt but takes in as PublicMessage only.
"""

import hashlib
import json
import sys
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from rfc9420 import DefaultCryptoProvider  # type: ignore[import-not-found, unused-ignore]
from rfc9420.crypto.ciphersuites import (  # type: ignore[import-not-found, unused-ignore]
    AEAD,
    KDF,
    KEM,
)
from rfc9420.extensions.extensions import (  # type: ignore[import-not-found, unused-ignore]
    Extension,
)
from rfc9420.group.mls_group import (  # type: ignore[import-not-found, unused-ignore]
    processing,
)
from rfc9420.messages import (  # type: ignore[import-not-found, unused-ignore]
    data_structures,
    key_packages,
    messages,
)

SUITE = 3  # MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519
VERSION, PRIVATE, WELCOME, KEY_PACKAGE = 1, 2, 3, 5
DAY = 86_400


def wrapped(wire_format: int, content: bytes) -> str:
    """An MLSMessage, as hex."""
    return (VERSION.to_bytes(2, "big") + wire_format.to_bytes(2, "big") + content).hex()


def unwrapped(message: str, wire_format: int) -> bytes:
    """The content of an MLSMessage of this wire format."""
    whole = bytes.fromhex(message)
    if whole[:4] != bytes.fromhex(wrapped(wire_format, b"")):
        raise ValueError("another wire format")
    return whole[4:]


class Peer:
    """One member of one circle."""

    def __init__(self) -> None:
        self.crypto = DefaultCryptoProvider(SUITE)
        self.signing = Ed25519PrivateKey.generate()
        self.init = X25519PrivateKey.generate()
        self.encryption = X25519PrivateKey.generate()
        self.group: Any = None
        self.package: Any = None

    def key_package(
        self, circle: str, today: int, capabilities: str, card: list[Any], came: list[Any]
    ) -> str:
        """A signed key package; `card` and `came` are extensions: number, hex."""
        public = self.signing.public_key().public_bytes_raw()
        said = b"safelight circle member v1\0" + bytes.fromhex(circle) + public
        fields = {
            "encryption_key": self.encryption.public_key().public_bytes_raw(),
            "signature_key": public,
            "capabilities": bytes.fromhex(capabilities),
            "credential": data_structures.Credential(hashlib.sha256(said).digest()[:16], public),
            "lifetime_not_before": today - DAY,
            "lifetime_not_after": today + 10 * DAY,
            "extensions": [Extension(card[0], bytes.fromhex(card[1]))],
        }
        unsigned = key_packages.LeafNode(**fields).tbs_serialize()
        leaf = key_packages.LeafNode(**fields, signature=self.signed(b"LeafNodeTBS", unsigned))
        suite = data_structures.CipherSuite(
            KEM.DHKEM_X25519_HKDF_SHA256, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305, suite_id=SUITE
        )
        package = {
            "cipher_suite": suite,
            "init_key": self.init.public_key().public_bytes_raw(),
            "leaf_node": leaf,
            "extensions": [Extension(came[0], bytes.fromhex(came[1]))],
        }
        tbs = key_packages.KeyPackage(**package).tbs_serialize()
        signature = data_structures.Signature(self.signed(b"KeyPackageTBS", tbs))
        self.package = key_packages.KeyPackage(**package, signature=signature)
        return wrapped(KEY_PACKAGE, self.package.serialize())

    def signed(self, label: bytes, content: bytes) -> bytes:
        made = self.crypto.sign_with_label(self.signing.private_bytes_raw(), label, content)
        return bytes(made)

    def join(self, welcome: str) -> str:
        # It asks what its own leaf supports before it has looked which one that is (1.3.0).
        processing.leaf_supports_group_extension = lambda _advertised, _type: True
        self.group = processing.MLSGroup.from_welcome(
            welcome=data_structures.Welcome.deserialize(unwrapped(welcome, WELCOME)),
            hpke_private_key=self.init.private_bytes_raw(),
            crypto_provider=self.crypto,
            key_package=self.package,
            encryption_private_key=self.encryption.private_bytes_raw(),
        )
        return "joined"

    def send(self, content: str) -> str:
        sealed = self.group.protect(bytes.fromhex(content), self.signing.private_bytes_raw())
        return wrapped(PRIVATE, sealed.serialize())

    def receive(self, message: str) -> str:
        sealed = messages.MLSCiphertext.deserialize(unwrapped(message, PRIVATE))
        if sealed.content_type == messages.ContentType.APPLICATION:
            return "text " + bytes(self.group.unprotect(sealed)[1]).hex()
        self.follow(sealed)
        return "removed" if self.group._state.value == "inactive" else "commit"

    def follow(self, sealed: Any) -> None:
        """Take in a commit that came as PrivateMessage."""
        group = self.group
        sender, body, auth = messages.unprotect_content_handshake(
            sealed, group._key_schedule, group._secret_tree, self.crypto
        )
        framed = messages.FramedContent(
            group_id=sealed.group_id,
            epoch=sealed.epoch,
            sender=data_structures.Sender(sender, data_structures.SenderType.MEMBER),
            authenticated_data=sealed.authenticated_data or b"",
            content_type=messages.ContentType.COMMIT,
            content=body,
        )
        tbs = messages.AuthenticatedContentTBS(
            wire_format=PRIVATE,
            framed_content=framed,
            group_context=group._group_context.serialize(),
        )
        # The library asks for the tag of a PublicMessage; a PrivateMessage needs none, so it
        # gets the one that it expects. The signature is the sender's own.
        tag = self.crypto.hmac_sign(
            group._key_schedule.membership_key, tbs.serialize() + auth.serialize()
        )
        content = messages.AuthenticatedContent(tbs=tbs, auth=auth, membership_tag=tag)
        group.process_commit(messages.MLSPlaintext(content), sender)


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
