"""What a pocket form makes, without a browser: deposit files, QR frames, pictures of them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from safelight.sealing.deposit_file import DepositFile
from safelight.sealing.envelope import Envelope
from safelight.sealing.opening import HybridIdentity
from safelight.sealing.recipients import HybridRecipient
from safelight.sealing.roster import Roster, RosterDesk, sign_roster
from safelight.sealing.seal import seal_bytes

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
FRAME_BYTES = 942


@cache
def identity() -> HybridIdentity:
    return HybridIdentity.generate()


def deposit_of(*contents: bytes, to: HybridRecipient | None = None) -> DepositFile:
    recipient = to or identity().recipient()
    envelopes = tuple(Envelope.parse(seal_bytes(content, [recipient])) for content in contents)
    return DepositFile(bytes(range(16)), bytes(32), 3, envelopes)


def frames_of(file: bytes, *, name: str | None = None) -> list[str]:
    """As browser/src/pocket/frames.ts; `name` lets an attacker use another file's."""
    name = name or hashlib.sha256(file).hexdigest()[:16].upper()
    pieces = [file[at : at + FRAME_BYTES] for at in range(0, len(file), FRAME_BYTES)]
    frames = []
    for index, piece in enumerate(pieces, start=1):
        place, data = f"{name}/{index}/{len(pieces)}", base45(piece)
        check = hashlib.sha256(f"{place}/{data}".encode()).hexdigest()[:8].upper()
        frames.append(f"SL1/{place}/{check}/{data}")
    return frames


def base45(data: bytes) -> str:
    text = ""
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        value, digits = int.from_bytes(pair, "big"), 3 if len(pair) == 2 else 2
        for _ in range(digits):
            text += BASE45[value % 45]
            value //= 45
    return text


def picture_of(texts: Sequence[str], *, kind: str = "PNG", angle: float = 0) -> bytes:
    """Several codes side by side, as on a photo of a printed sheet."""
    codes = [
        Image.fromarray(
            zxingcpp.write_barcode_to_image(
                zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M"), scale=3
            )
        )
        for text in texts
    ]
    sheet = Image.new("L", (sum(c.width for c in codes) + 40, codes[0].height + 40), 255)
    at = 20
    for code in codes:
        sheet.paste(code, (at, 20))
        at += code.width
    if angle:
        sheet = sheet.rotate(angle, expand=True, fillcolor=200, resample=Image.Resampling.BICUBIC)
    stream = io.BytesIO()
    sheet.save(stream, format=kind)
    return stream.getvalue()


def a_roster(
    *, issued: date, days: int = 30, root: Ed25519PrivateKey, desks: int = 1
) -> tuple[bytes, list[HybridIdentity]]:
    """A signed roster and the identities that open what is sealed to it."""
    identities = [HybridIdentity.generate() for _ in range(desks)]
    last = issued + timedelta(days=days)
    made = Roster(
        version=3,
        issued=issued,
        expires=last,
        desks=tuple(
            RosterDesk(
                name=f"desk-{number}",
                recipient=one.recipient().encode(),
                verify_key_hex=Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex(),
                valid_from=issued,
                valid_until=last,
            )
            for number, one in enumerate(identities, start=1)
        ),
    )
    return sign_roster(made, root), identities
