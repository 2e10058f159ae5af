"""Reading the fields of a document that somebody signs: rosters, teams, helpers, rules, terms.

A signature says who wrote it, not that it is well-formed; and the same documents are read
from a file before anybody signs them. So each field is checked for its exact type, and what
is wrong is raised as the document's own error, without repeating what stood there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.errors import SafelightError
from safelight.sealing.statement import StatementError, verified_payload
from safelight.sealing.strict_json import parse_object
from safelight.vocabulary.codes import LANGUAGES
from safelight.vocabulary.wording import Wording

# The browser reads numbers as doubles; above this two versions would be one.
LARGEST_NUMBER: Final = 2**53 - 1
_LONGEST_LINE: Final = 300
# As the browser reads it; `fromisoformat` alone would also read 2026-W01-1 and 20260101.
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class SignedFields:
    """Reads fields and raises `error` for those that are not what they must be.

    `at` names the field in the message: what was expected, where, and never what came.
    """

    error: type[SafelightError]

    def signed_content(
        self,
        untrusted: bytes,
        payload_type: str,
        key: Ed25519PublicKey,
        *,
        largest: int,
        what: str,
        whose: str = "this root key",
    ) -> tuple[dict[str, Any], bytes]:
        """The object that `key` signed as `payload_type`, and the bytes that were signed.

        `what` ("a list of helpers") and `whose` are said of what is none.
        """
        try:
            payload = verified_payload(untrusted, payload_type, key)
            return parse_object(payload, largest=largest), payload
        except StatementError as reason:
            raise self.error(f"not {what} of {whose}: {reason}") from None
        except ValueError as reason:
            raise self.error(f"not {what}: {reason}") from None

    def lifetime(self, issued: date, expires: date) -> None:
        """Raise if a document ends before it begins; of one day is fine."""
        if expires < issued:
            raise self.error("expires: expected a day not before `issued`, got an earlier one")

    def exactly(self, untrusted: Any, names: set[str], *, at: str) -> Mapping[str, Any]:
        """An object of these keys and no others."""
        if not isinstance(untrusted, Mapping) or set(untrusted) != names:
            raise self.error(f"{at}: expected the keys {', '.join(sorted(names))}, got others")
        return untrusted

    def an_object(self, untrusted: Any, *, at: str) -> Mapping[str, Any]:
        """An object of any keys: a later version may say more."""
        if not isinstance(untrusted, Mapping):
            raise self.error(f"{at}: expected an object, got something else")
        return untrusted

    def entries(self, untrusted: Any, *, least: int, most: int, at: str) -> list[Any]:
        """A list, counted before any of it is looked at."""
        if not isinstance(untrusted, list) or not least <= len(untrusted) <= most:
            raise self.error(f"{at}: expected a list of {least} to {most}, got something else")
        return untrusted

    def number(self, untrusted: Any, *, at: str) -> int:
        """A whole number; True and 1.0 are none."""
        if type(untrusted) is not int:
            raise self.error(f"{at}: expected a whole number, got something else")
        return untrusted

    def written_number(self, untrusted: Any, *, at: str) -> int:
        """A whole number, or its digits: our reader of YAML keeps all scalars as text."""
        if isinstance(untrusted, str) and untrusted.isascii() and untrusted.isdecimal():
            untrusted = int(untrusted) if len(untrusted) < 17 else None
        return self.number(untrusted, at=at)

    def version(self, number: int) -> None:
        """Raise unless `number` can be the version of a document whose versions only grow."""
        if not 1 <= number <= LARGEST_NUMBER:
            raise self.error("version: expected a whole number from 1, got another")

    def text(self, untrusted: Any, *, at: str) -> str:
        """A text of whatever form; the type that it becomes looks further."""
        if not isinstance(untrusted, str):
            raise self.error(f"{at}: expected a text, got something else or nothing")
        return untrusted

    def line(self, untrusted: Any, *, at: str) -> str:
        """One line for people to read: 1 to 300 characters that show as they stand."""
        if not isinstance(untrusted, str) or not untrusted.strip():
            raise self.error(f"{at}: expected a text in {' and '.join(LANGUAGES)}, got none")
        if len(untrusted) > _LONGEST_LINE:
            raise self.error(
                f"{at}: expected a text of 1 to {_LONGEST_LINE} characters, got {len(untrusted)}"
            )
        # Cc, Cf: control characters and those that turn the order of reading around.
        if any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in untrusted):
            raise self.error(f"{at}: expected one line of plain text, got control characters")
        return untrusted

    def wording(self, untrusted: Any, *, at: str) -> Wording:
        """One line in each language."""
        both = self.exactly(untrusted, set(LANGUAGES), at=at)
        return Wording(ru=self.line(both["ru"], at=at), en=self.line(both["en"], at=at))

    def day(self, untrusted: Any, *, at: str) -> date:
        """A day, YYYY-MM-DD and in no other form."""
        if isinstance(untrusted, str) and _DAY.fullmatch(untrusted):
            try:
                return date.fromisoformat(untrusted)
            except ValueError:
                pass
        raise self.error(f"{at}: expected a day such as 2026-05-31, got something else")
