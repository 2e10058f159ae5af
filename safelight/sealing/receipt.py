"""The receipt: 128 random bits, shown as twelve words, from which a reporter's keys derive.

docs/spec/receipt.md. Whoever has the words has the mailbox: no message, log or
`repr` of this module shows a word, and suggestions travel beside the error, not in it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from safelight.errors import SafelightError
from safelight.sealing.recipients import HybridRecipient
from safelight.sealing.word_list import Language, folded, number_of, similar, words

SECRET_SIZE: Final = 16
WORD_COUNT: Final = 12
_WORD_BITS: Final = 11
_CHECKSUM_BITS: Final = 4
_LONGEST_INPUT: Final = 1000
# Whoever gets more words wrong is not reading a receipt; comparing words costs a server time.
_MOST_SLIPS: Final = 4

ReceiptProblem: TypeAlias = Literal["length", "count", "word", "checksum"]

_LETTERS: Final = re.compile(r"[^\W\d_]+")
_CYRILLIC: Final = re.compile(r"[а-я]")


class ReceiptError(SafelightError):
    """Twelve words that are no receipt. The message never contains a typed or suggested word.

    `problem` is one of "length", "count", "word" and "checksum".
    `wrong` maps each position (1 to 12) that is not on the list to similar words of
    the list, nearest first (to none if more than four are wrong). They say what the
    receipt may be: show them to the person who typed, and keep them out of logs.
    """

    def __init__(
        self,
        message: str,
        *,
        problem: ReceiptProblem,
        wrong: Mapping[int, tuple[str, ...]] | None = None,
    ) -> None:
        super().__init__(message)
        self.problem: ReceiptProblem = problem
        self.wrong: Mapping[int, tuple[str, ...]] = MappingProxyType(dict(wrong or {}))


@dataclass(frozen=True)
class Receipt:
    """Sixteen secret bytes, and everything that derives from them."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET_SIZE:
            raise ReceiptError(
                f"a receipt is {SECRET_SIZE} bytes; got {len(self.secret)}", problem="length"
            )

    @classmethod
    def generate(cls) -> Receipt:
        return cls(os.urandom(SECRET_SIZE))

    @classmethod
    def parse(cls, untrusted_words: str) -> Receipt:
        """Read twelve words of either list, in any case, spacing or punctuation.

        е stands for ё, and the first four letters for a word. Raises `ReceiptError`.
        """
        if len(untrusted_words) > _LONGEST_INPUT:
            raise ReceiptError(
                f"a receipt is {WORD_COUNT} words; {len(untrusted_words)} characters are too many",
                problem="length",
            )
        typed = _LETTERS.findall(folded(untrusted_words))
        if len(typed) != WORD_COUNT:
            raise ReceiptError(
                f"a receipt is {WORD_COUNT} words; got {len(typed)}", problem="count"
            )
        cyrillic = sum(bool(_CYRILLIC.search(word)) for word in typed)
        language: Language = "ru" if 2 * cyrillic > len(typed) else "en"
        numbers = [number_of(word, language) for word in typed]
        unlisted = [place for place, number in enumerate(numbers, start=1) if number is None]
        if unlisted:
            places = ", ".join(str(place) for place in unlisted)
            helpful = len(unlisted) <= _MOST_SLIPS
            wrong = {
                place: similar(typed[place - 1], language) if helpful else () for place in unlisted
            }
            raise ReceiptError(
                f"not on the list of words: number {places} of {WORD_COUNT}; "
                "compare with what was written down",
                problem="word",
                wrong=wrong,
            )
        return cls(_secret_of([number for number in numbers if number is not None]))

    def words(self, language: Language) -> tuple[str, ...]:
        """The twelve words, as BIP 39 encodes 128 bits with four bits of SHA-256 as checksum."""
        value = int.from_bytes(self.secret, "big") << _CHECKSUM_BITS | _checksum(self.secret)
        listed = words(language)
        places = range(_WORD_BITS * (WORD_COUNT - 1), -1, -_WORD_BITS)
        return tuple(listed[value >> place & (1 << _WORD_BITS) - 1] for place in places)

    @property
    def mailbox_id(self) -> bytes:
        """16 bytes: where the server keeps what belongs to this receipt. Public to the server."""
        return self._derived(b"safelight receipt v1 mailbox id", 16)

    @property
    def auth_key(self) -> bytes:
        """32 bytes that prove one may use the mailbox; the server stores only `verifier`."""
        return self._derived(b"safelight receipt v1 mailbox auth", 32)

    @property
    def verifier(self) -> bytes:
        """SHA-256 of `auth_key`: lets a server check the key without holding it."""
        return hashlib.sha256(self.auth_key).digest()

    @property
    def reply_seed(self) -> bytes:
        """32 secret bytes: the hybrid identity that opens what a desk answers."""
        return self._derived(b"safelight receipt v1 reply identity", 32)

    @property
    def withdrawal_proof(self) -> bytes:
        """32 secret bytes that, once shown, are the reporter's order to destroy the case."""
        return self._derived(b"safelight receipt v1 withdrawal", 32)

    @property
    def withdrawal_verifier(self) -> bytes:
        """SHA-256 of `withdrawal_proof`: stands inside the report, where only desks see it.

        So a server that was told no proof can show none, and desks destroy nothing on its word.
        """
        return hashlib.sha256(self.withdrawal_proof).digest()

    @property
    def message_key(self) -> bytes:
        """32 secret bytes that mark later messages and files as the reporter's (`message_tag`).

        They stand inside the report, so the desks that opened it can check a tag, and the
        server, which cannot open it, can make none.
        """
        return self._derived(b"safelight receipt v1 message key", 32)

    def reply_recipient(self) -> HybridRecipient:
        """The public half of the reply identity: what a desk seals its answer to."""
        return HybridRecipient.from_seed(self.reply_seed)

    def _derived(self, info: bytes, size: int) -> bytes:
        return HKDF(algorithm=SHA256(), length=size, salt=b"", info=info).derive(self.secret)


def _checksum(secret: bytes) -> int:
    return hashlib.sha256(secret).digest()[0] >> 8 - _CHECKSUM_BITS


def _secret_of(numbers: list[int]) -> bytes:
    value = 0
    for number in numbers:
        value = value << _WORD_BITS | number
    secret = (value >> _CHECKSUM_BITS).to_bytes(SECRET_SIZE, "big")
    if value & (1 << _CHECKSUM_BITS) - 1 != _checksum(secret):
        raise ReceiptError(
            "the words are all on the list, but do not belong together: one was mistaken for "
            "another, or two changed places; compare with what was written down",
            problem="checksum",
        )
    return secret
