"""Writes vectors/: `python -m tests.sealing.write_vectors`.

Everything but the envelopes is deterministic and is compared with the files by
test_vectors.py. Envelopes hold fresh randomness: those that exist are kept.
All keys here are for tests; their seeds are hashes of the labels below.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.sealing.header import header_bytes
from safelight.sealing.opening import HybridIdentity, X25519Identity
from safelight.sealing.receipt import Receipt
from safelight.sealing.recipients import Recipient
from safelight.sealing.roster import PAYLOAD_TYPE, fingerprint
from safelight.sealing.seal import SealingWriter, seal_bytes
from safelight.sealing.statement import sign_statement
from safelight.sealing.word_list import Language, words
from tests.sealing.tag_vectors import tags
from tests.vocabulary.message_vectors import messages

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
SMALLEST = 32 * 1024
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

Vector = dict[str, Any]


def seed(label: str) -> bytes:
    return hashlib.sha256(f"safelight test vector: {label}".encode()).digest()


def signing_key(label: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed(label))


ROOT, OTHER_ROOT = signing_key("root"), signing_key("another root")
DESK_1 = HybridIdentity(seed("desk-1 identity"))
DESK_2 = HybridIdentity(seed("desk-2 identity"))
STRANGER = HybridIdentity(seed("not on the roster"))
CLASSIC = X25519Identity(seed("classic identity"))


def _hex_key(private: Ed25519PrivateKey) -> str:
    return private.public_key().public_bytes_raw().hex()


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


# -- receipts -------------------------------------------------------------------------

SECRETS = ("00" * 16, "7f" * 16, "80" * 16, "ff" * 16, seed("receipt")[:16].hex())
LISTS: tuple[Language, ...] = ("en", "ru")


def _receipt(secret: str) -> Vector:
    receipt = Receipt(bytes.fromhex(secret))
    return {
        "secret": secret,
        "words": {language: list(receipt.words(language)) for language in LISTS},
        "mailbox_id": receipt.mailbox_id.hex(),
        "auth_key": receipt.auth_key.hex(),
        "verifier": receipt.verifier.hex(),
        "reply_seed": receipt.reply_seed.hex(),
        "withdrawal_proof": receipt.withdrawal_proof.hex(),
        "withdrawal_verifier": receipt.withdrawal_verifier.hex(),
        "message_key": receipt.message_key.hex(),
        "reply_recipient": receipt.reply_recipient().encode(),
    }


def _damaged(kind: str, typed: str, language: Language, **more: Any) -> Vector:
    return {"problem": kind, "language": language, "typed": typed, **more}


def receipts() -> dict[str, Vector]:
    random = Receipt(bytes.fromhex(SECRETS[-1]))
    typings, refused = [], []
    for language in LISTS:
        good = list(random.words(language))
        listed = words(language)
        typings += [
            {"how": f"{language}: {how}", "typed": typed, "secret": SECRETS[-1]}
            for how, typed in (
                ("as shown", " ".join(good)),
                ("capitals, tabs and line ends", "\t\r\n ".join(good).upper() + "\n"),
                ("numbered", ", ".join(f"{n}. {word}" for n, word in enumerate(good, 1))),
                ("first four letters", " ".join(word[:4] for word in good)),
                ("with no-break spaces", "\u00a0".join(good)),
                ("with zero-width characters", " ".join("\u200b" + word for word in good)),
            )
        ]
        other = next(word for word in listed if word not in good)
        unlisted = "qqqqqq" if language == "en" else "щщщщщщ"
        refused += [
            _damaged("count", " ".join(good[:11]), language),
            _damaged("count", " ".join([*good, other]), language),
            _damaged("word", " ".join([*good[:4], unlisted, *good[5:]]), language, wrong=[5]),
            _damaged("checksum", " ".join([*good[:11], _breaking(good, listed)]), language),
        ]
    ru = [word.replace("е", "ё") for word in random.words("ru")]
    typings.append({"how": "ru: ё for every е", "typed": " ".join(ru), "secret": SECRETS[-1]})
    refused += [
        _damaged("count", "", "en"),
        _damaged("length", "word " * 201, "en"),
    ]
    return {
        "receipts/good.json": {
            "what": "secret → words, keys and reply recipient",
            "receipts": [_receipt(secret) for secret in SECRETS],
        },
        "receipts/good-however-typed.json": {
            "what": "spellings that read as the same receipt",
            "typings": typings,
        },
        "receipts/refused.json": {
            "what": "words that are no receipt; `wrong` are the positions that are not listed",
            "typings": refused,
        },
    }


def _breaking(good: list[str], listed: tuple[str, ...]) -> str:
    # The last word carries the checksum in its low bits: its neighbour has the same secret.
    number = listed.index(good[-1])
    return listed[number ^ 1]


# -- rosters --------------------------------------------------------------------------


def _desk(name: str, identity: HybridIdentity, **changes: Any) -> Vector:
    return {
        "name": name,
        "recipient": identity.recipient().encode(),
        "verify_key": _hex_key(signing_key(f"{name} signing")),
        "valid_from": "2026-01-01",
        "valid_until": "2027-12-31",
        **changes,
    }


def _roster_payload(**changes: Any) -> Vector:
    return {
        "version": 3,
        "issued": "2026-11-01",
        "expires": "2027-05-01",
        "desks": [_desk("desk-1", DESK_1), _desk("desk-2", DESK_2)],
        **changes,
    }


def _signed(payload: Vector, key: Ed25519PrivateKey = ROOT, kind: str = PAYLOAD_TYPE) -> str:
    encoded = json.dumps(payload, separators=(",", ":")).encode()
    return sign_statement(encoded, kind, key).decode("ascii")


def _roster(what: str, signed: str, **outcome: Any) -> Vector:
    return {
        "what": what,
        "root": _hex_key(ROOT),
        "fingerprint": fingerprint(ROOT.public_key()),
        "today": TODAY.isoformat(),
        "last_seen_version": None,
        **outcome,
        "roster": signed,
    }


def _refused(what: str, problem: str, signed: str, **more: Any) -> Vector:
    return _roster(what, signed, expect="refused", problem=problem, **more)


def rosters() -> dict[str, Vector]:
    good = _signed(_roster_payload())
    statement = json.loads(good)
    signature = bytearray(base64.b64decode(statement["signatures"][0]["sig"]))
    signature[0] ^= 1
    flipped = {**statement, "signatures": [{"keyid": "", "sig": _b64(bytes(signature))}]}
    changed = {**statement, "payload": _b64(json.dumps(_roster_payload(version=4)).encode())}
    classic = _desk("desk-1", DESK_1, recipient=CLASSIC.recipient().encode())
    left = _desk("desk-1", DESK_1, valid_until="2026-11-21")
    coming = _desk("desk-2", DESK_2, valid_from="2026-11-23")
    usable = {"expect": "ok", "version": 3}
    both = ["desk-1", "desk-2"]
    return {
        f"rosters/{name}.json": vector
        for name, vector in {
            "good": _roster("two desks", good, **usable, usable=both),
            "good-last-seen-is-this-one": _roster(
                "the same version again", good, **usable, usable=both, last_seen_version=3
            ),
            "good-on-its-last-day": _roster(
                "days are inclusive", good, **usable, usable=both, today="2027-05-01"
            ),
            "good-one-desk-has-left": _roster(
                "only usable desks are sealed to",
                _signed(_roster_payload(desks=[left, _desk("desk-2", DESK_2)])),
                **usable,
                usable=["desk-2"],
            ),
            "good-second-signature": _roster(
                "a signature by another key beside the good one is ignored",
                json.dumps(
                    {
                        **statement,
                        "signatures": flipped["signatures"] + statement["signatures"],
                    }
                ),
                **usable,
                usable=both,
            ),
            "bad-signature": _refused(
                "one bit of the signature is flipped", "signature", json.dumps(flipped)
            ),
            "changed-payload": _refused(
                "the signature is of another payload", "signature", json.dumps(changed)
            ),
            "signed-by-another-root": _refused(
                "another root key", "signature", _signed(_roster_payload(), OTHER_ROOT)
            ),
            "not-signed": _refused(
                "no signature at all", "signature", json.dumps({**statement, "signatures": []})
            ),
            "another-type": _refused(
                "a statement of another type, well signed",
                "type",
                _signed(_roster_payload(), kind="application/vnd.safelight.other+json"),
            ),
            "expired": _refused(
                "expired yesterday", "expired", _signed(_roster_payload(expires="2026-11-21"))
            ),
            "rolled-back": _refused(
                "older than the last one seen", "rolled-back", good, last_seen_version=4
            ),
            "empty": _refused("no desk", "no-usable-desk", _signed(_roster_payload(desks=[]))),
            "no-usable-desk": _refused(
                "one has left, one is yet to come",
                "no-usable-desk",
                _signed(_roster_payload(desks=[left, coming])),
            ),
            "classic-recipient": _refused(
                "a recipient that is not post-quantum",
                "recipient",
                _signed(_roster_payload(desks=[classic])),
            ),
            "one-recipient-twice": _refused(
                "two desks with one recipient",
                "duplicate",
                _signed(_roster_payload(desks=[_desk("desk-1", DESK_1), _desk("desk-2", DESK_1)])),
            ),
            "no-version": _refused(
                "a key is missing",
                "malformed",
                _signed({k: v for k, v in _roster_payload().items() if k != "version"}),
            ),
            "not-json": _refused("not a statement", "malformed", "roster"),
        }.items()
    }


# -- statements -----------------------------------------------------------------------


def statements() -> dict[str, Vector]:
    kind, payload = "application/vnd.safelight.test+json", '{"сказано":"да"}'.encode()
    good = json.loads(sign_statement(payload, kind, ROOT))
    base = {"key": _hex_key(ROOT), "payload_type": kind}

    def refused(what: str, problem: str, **changes: Any) -> Vector:
        changed = json.dumps({**good, **changes})
        return {"what": what, **base, "expect": "refused", "problem": problem, "statement": changed}

    keyless = sign_statement(payload, kind, OTHER_ROOT).decode()
    return {
        f"statements/{name}.json": vector
        for name, vector in {
            "good": {
                "what": "payload and type as signed",
                **base,
                "expect": "ok",
                "payload": _b64(payload),
                "statement": json.dumps(good),
            },
            "changed-payload": refused("one byte more", "signature", payload=_b64(payload + b" ")),
            "changed-type": refused("another type", "type", payloadType=kind + "x"),
            "signed-by-another-key": {
                "what": "another key",
                **base,
                "expect": "refused",
                "problem": "signature",
                "statement": keyless,
            },
            "not-canonical-base64": refused(
                "left-over bits that are not zero",
                "malformed",
                payload=good["payload"].rstrip("=")[:-1] + _next(good["payload"]),
            ),
            "too-many-signatures": refused("nine", "malformed", signatures=good["signatures"] * 9),
        }.items()
    }


def _next(encoded: str) -> str:
    """The last character and padding, with a left-over bit set."""
    text = encoded.rstrip("=")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    assert len(text) < len(encoded), "choose a payload whose length is not divisible by three"
    return alphabet[alphabet.index(text[-1]) | 1] + "=" * (len(encoded) - len(text))


# -- desk requests --------------------------------------------------------------------


def desk_requests() -> dict[str, Vector]:
    from safelight.sealing.desk_request import sign_request

    body = b'{"ids":[1,2]}'
    with mock.patch("os.urandom", lambda size: seed("nonce")[:size]):
        header = sign_request(
            "POST",
            "/collect/acknowledge?x=1",
            body,
            desk="desk-1",
            key=signing_key("desk-1 signing"),
            now=NOW,
        )
    base = {
        "roster": "good.json",
        "method": "POST",
        "path": "/collect/acknowledge?x=1",
        "body": _b64(body),
        "now": NOW.isoformat(),
        "max_skew_seconds": 300,
        "header": header,
    }
    scheme, name, seconds, nonce, signature = header.split(" ")

    def refused(what: str, problem: str, **changes: Any) -> Vector:
        return {"what": what, **base, "expect": "refused", "problem": problem, **changes}

    return {
        f"desk-requests/{key}.json": vector
        for key, vector in {
            "good": {"what": "as signed", **base, "expect": "ok", "desk": "desk-1"},
            "another-body": refused("another body", "signature", body=_b64(body + b" ")),
            "another-path": refused("another query", "signature", path="/collect/acknowledge?x=2"),
            "another-method": refused("another method", "signature", method="PUT"),
            "another-desk": refused(
                "desk-1's signature in desk-2's name",
                "signature",
                header=f"{scheme} desk-2 {seconds} {nonce} {signature}",
            ),
            "unknown-desk": refused(
                "a desk that the roster does not list",
                "signature",
                header=f"{scheme} desk-3 {seconds} {nonce} {signature}",
            ),
            "too-old": refused("301 s later", "time", now="2026-11-22T12:05:01+00:00"),
            "too-early": refused("301 s before", "time", now="2026-11-22T11:54:59+00:00"),
            "no-nonce": refused(
                "four words only", "malformed", header=f"{scheme} {name} {seconds} {signature}"
            ),
        }.items()
    }


# -- envelopes ------------------------------------------------------------------------

CONTENT = "Это произошло в среду. It happened on Wednesday.\n".encode()


def _plain(content: bytes, recipients: list[Recipient], length: int) -> bytes:
    """An unpadded sealed file of exactly `length` bytes (content repeated and cut)."""
    sink = io.BytesIO()
    writer = SealingWriter(sink, recipients, padded=False)
    overhead = sink.tell() + 16
    writer.write((content * (length // len(content) + 1))[: length - overhead])
    writer.finish()
    return sink.getvalue()


def _with_stanzas(*recipients: Recipient) -> bytes:
    """An envelope-sized file with stanzas that `seal` would refuse; it opens nowhere."""
    file_key = seed("file key")[:16]
    header = header_bytes(file_key, [recipient.wrap(file_key) for recipient in recipients])
    return header + bytes(SMALLEST - len(header))


def _nobody() -> bytes:
    header = b"age-encryption.org/v1\n--- " + base64.b64encode(seed("mac")).rstrip(b"=") + b"\n"
    return header + bytes(SMALLEST - len(header))


def envelopes() -> dict[str, Vector]:
    one, two = DESK_1.recipient(), DESK_2.recipient()
    good = seal_bytes(CONTENT, [one])
    changed = good[:-1] + bytes([good[-1] ^ 1])
    mac_at = good.index(b"\n--- ") + 5
    other_mac = good[:mac_at] + (b"A" if good[mac_at] != 65 else b"B") + good[mac_at + 1 :]
    long = CONTENT[:-1] + b"\x80\x00\x00"

    def opens(what: str, envelope: bytes, content: bytes, recipients: int = 1) -> Vector:
        return {
            "what": what,
            "expect": "ok",
            "recipients": recipients,
            "identity": DESK_1.encode(),
            "content": _b64(content),
            "envelope": _b64(envelope),
        }

    def refused(what: str, problem: str, envelope: bytes) -> Vector:
        """Refused by whoever parses it, also without a key."""
        return {
            "what": what,
            "expect": "refused",
            "problem": problem,
            "envelope": _b64(envelope),
        }

    def shut(what: str, problem: str, envelope: bytes) -> Vector:
        """Looks like an envelope, but does not open."""
        return {
            "what": what,
            "expect": "does-not-open",
            "problem": problem,
            "identity": DESK_1.encode(),
            "envelope": _b64(envelope),
        }

    return {
        f"envelopes/{name}.json": vector
        for name, vector in {
            "good": opens("one recipient", good, CONTENT),
            "good-two-recipients": opens(
                "two recipients, ours second", seal_bytes(CONTENT, [two, one]), CONTENT, 2
            ),
            "good-nothing-inside": opens("no content", seal_bytes(b"", [one]), b""),
            "good-content-like-padding": opens(
                "content that ends like padding", seal_bytes(long, [one]), long
            ),
            "changed-last-byte": shut("the last byte is changed", "payload", changed),
            "changed-header": shut("the header's MAC is changed", "header-mac", other_mac),
            "sealed-to-somebody-else": shut(
                "sealed to another key", "no-match", seal_bytes(CONTENT, [STRANGER.recipient()])
            ),
            "not-padded": shut(
                "the right length by chance, without padding",
                "padding",
                _plain(b"no padding here. ", [one], SMALLEST),
            ),
            "truncated-header": refused("cut inside the header", "size", good[:1000]),
            "one-byte-short": refused("the last byte is missing", "size", good[:-1]),
            "header-without-end": refused(
                "a header that never ends", "header", (good[:100] * 400)[:SMALLEST]
            ),
            "sealed-to-nobody": refused("a header without recipients", "nobody", _nobody()),
            "classic-recipient": refused(
                "an X25519 recipient", "recipient", _with_stanzas(CLASSIC.recipient())
            ),
            "mixed-recipients": refused(
                "a post-quantum and a classic recipient",
                "recipient",
                _with_stanzas(one, CLASSIC.recipient()),
            ),
            "not-an-age-file": refused("32 KiB of zeros", "header", bytes(SMALLEST)),
        }.items()
    }


def as_text(vector: Vector) -> str:
    return json.dumps(vector, ensure_ascii=False, indent=1) + "\n"


def deterministic() -> dict[str, Vector]:
    """All vectors that come out the same each time, by path below vectors/."""
    return receipts() | rosters() | statements() | desk_requests() | messages() | tags()


def write() -> None:
    for path, vector in (deterministic() | envelopes()).items():
        target = VECTORS / path
        if path.startswith("envelopes/") and target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(as_text(vector), encoding="utf-8")


if __name__ == "__main__":
    write()
