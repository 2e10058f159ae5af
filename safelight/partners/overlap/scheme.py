"""Which tokens stand for a record: what organisations agree to compare, before hashing.

* `one-key`: one key, of one column or several. Lists agree exactly or not at all.
* `any-key`: several such keys; one in common is enough.
* `banded`: MinHash over q-grams of the columns, in bands of rows (Broder 1997; Leskovec,
  Rajaraman & Ullman, "Mining of Massive Datasets", §3.4): `shared` bands in common. Two
  records with Jaccard similarity s share one with probability 1 - (1 - s^rows)^bands. One
  band is not enough: where few records have a partner, many have something in common with
  somebody else's (FEBRL 4 with one in ten on both lists: precision 0.26; with three, 1.00).

There are no Bloom filters here: their bits can be read back (Christen et al. 2018,
"Pattern-mining based cryptanalysis of Bloom filters for privacy-preserving record linkage").
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from safelight.partners.overlap.problems import OwnListError, TermsError

MOST_TOKENS: Final = 64
MOST_COLUMNS: Final = 30
_LONGEST_NAME: Final = 60
# Above this share of tokens that stand for several records of one list, the columns do not
# tell records apart, and most of what would be matched is left out (FEBRL 4: 0.19).
MOST_REPEATED: Final = 0.5
# One absent token; random points take its place.
Token = bytes | None


@dataclass(frozen=True)
class Scheme:
    """`keys`: for the key schemes the columns of each key; for `banded` the columns of each
    group, whose q-grams count as alike only within the group.
    """

    kind: Literal["one-key", "any-key", "banded"]
    keys: tuple[tuple[str, ...], ...]
    bands: int = 0
    rows: int = 0
    grams: int = 0
    shared: int = 1

    def __post_init__(self) -> None:
        if self.kind not in ("one-key", "any-key", "banded"):
            raise TermsError("a scheme is one-key, any-key or banded; got another")
        columns = [column for key in self.keys for column in key]
        if not self.keys or not all(self.keys) or len(columns) > MOST_COLUMNS:
            raise TermsError(f"a scheme names 1 to {MOST_COLUMNS} columns, no key without one")
        if not all(0 < len(column) <= _LONGEST_NAME for column in columns):
            raise TermsError(f"a column's name has 1 to {_LONGEST_NAME} characters")
        if self.kind == "one-key" and len(self.keys) != 1:
            raise TermsError(f"the scheme one-key has one key; got {len(self.keys)}")
        if self.kind == "banded":
            if not (1 <= self.rows <= 8 and 1 <= self.grams <= 4):
                raise TermsError("bands have 1 to 8 rows of grams of 1 to 4 characters")
        elif self.bands or self.rows or self.grams or self.shared != 1:
            raise TermsError("only the scheme banded has bands, rows, grams and shared")
        if not 1 <= self.tokens <= MOST_TOKENS:
            raise TermsError(f"a record has 1 to {MOST_TOKENS} tokens; got {self.tokens}")
        if not 1 <= self.shared <= self.tokens:
            raise TermsError(f"1 to {self.tokens} tokens are shared; got {self.shared}")

    @property
    def tokens(self) -> int:
        """How many tokens stand for each record."""
        return self.bands if self.kind == "banded" else len(self.keys)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a list must have, each once."""
        return tuple(dict.fromkeys(column for key in self.keys for column in key))

    def as_json(self) -> dict[str, Any]:
        """The fields that stand in the terms."""
        facts: dict[str, Any] = {"kind": self.kind, "keys": [list(key) for key in self.keys]}
        if self.kind == "banded":
            facts |= {"bands": self.bands, "rows": self.rows, "grams": self.grams}
            facts["shared"] = self.shared
        return facts

    @classmethod
    def similar(cls, groups: tuple[tuple[str, ...], ...]) -> Scheme:
        """The scheme for what is written alike, as measured on FEBRL 4 (docs/spec)."""
        return cls("banded", groups, bands=64, rows=4, grams=2, shared=3)

    @classmethod
    def parse(cls, untrusted: Any) -> Scheme:
        """Read what `as_json` wrote. Raises `TermsError`."""
        numbers = {"bands": 0, "rows": 0, "grams": 0, "shared": 1}
        if not isinstance(untrusted, dict) or not {"kind", "keys"} <= set(untrusted):
            raise TermsError("a scheme is an object with kind and keys")
        if set(untrusted) - {"kind", "keys"} - set(numbers):
            raise TermsError("a scheme has kind, keys, bands, rows, grams, shared; got another")
        keys = untrusted["keys"]
        if not isinstance(keys, list) or not all(
            isinstance(key, list) and all(isinstance(column, str) for column in key) for key in keys
        ):
            raise TermsError("the keys of a scheme are lists of columns")
        given = {name: untrusted.get(name, usual) for name, usual in numbers.items()}
        if any(type(value) is not int for value in given.values()):
            raise TermsError("bands, rows, grams and shared are whole numbers")
        return cls(untrusted["kind"], tuple(tuple(key) for key in keys), **given)


def plain(value: str) -> str:
    """What of a cell is compared: NFKC, case folded, letters and digits, single blanks."""
    folded = unicodedata.normalize("NFKC", value).casefold()
    kept = (one if one.isalnum() else " " for one in folded)
    return " ".join("".join(kept).split())


def list_tokens(records: Sequence[Mapping[str, str]], scheme: Scheme) -> list[list[Token]]:
    """The tokens of each record, in the scheme's order; each token stands once in the list.

    With one key a repeated key is refused. With several tokens for a record, those that stand
    for more than one record are left out everywhere. Raises `OwnListError`; it names rows of
    the file, the header being row 1, never what stands in them.
    """
    found = [_record_tokens(record, scheme) for record in records]
    times = Counter(token for tokens in found for token in tokens if token is not None)
    if scheme.kind == "one-key":
        _check_one_key(found, times)
        return found
    present = times.total()
    repeated = sum(number for number in times.values() if number > 1)
    if repeated > MOST_REPEATED * present:
        raise OwnListError(
            "too-common",
            f"expected keys that tell the records of a list apart; {repeated:,} of {present:,} "
            "tokens stand for more than one record. Link the list within itself first, or "
            "agree on finer columns",
        )
    return [
        [token if token is not None and times[token] == 1 else None for token in tokens]
        for tokens in found
    ]


def _check_one_key(found: Sequence[Sequence[Token]], times: Counter[bytes]) -> None:
    if not times:
        raise OwnListError("no-key", "no row of the list has a key; nothing can be matched")
    commonest, number = times.most_common(1)[0]
    if number == 1:
        return
    rows = [place + 2 for place, tokens in enumerate(found) if tokens[0] == commonest]
    shown = ", ".join(str(row) for row in rows[:5])
    code = "too-common" if number > 2 else "duplicates"
    repeated = sum(1 for times_here in times.values() if times_here > 1)
    raise OwnListError(
        code,
        f"expected each key on one row; {repeated:,} keys stand on several, one of them on "
        f"{number:,} (rows {shown}{', …' if number > 5 else ''}). Link the list within itself "
        "first (`safelight link`), so that each incident is one row",
    )


def _record_tokens(record: Mapping[str, str], scheme: Scheme) -> list[Token]:
    if scheme.kind == "banded":
        return _bands(record, scheme)
    return [_key_token(record, number, key) for number, key in enumerate(scheme.keys)]


def _key_token(record: Mapping[str, str], number: int, key: Sequence[str]) -> Token:
    """`None` if a column of the key is empty: what is not known agrees with nothing."""
    values = [plain(record[column]).encode() for column in key]
    if not all(values):
        return None
    return _message(b"key", bytes([number]), *values)


def _bands(record: Mapping[str, str], scheme: Scheme) -> list[Token]:
    grams = {
        f"{number}:{padded[place : place + scheme.grams]}"
        for number, group in enumerate(scheme.keys)
        for column in group
        if (value := plain(record[column]))
        for padded in [f"_{value}_"]
        for place in range(max(1, len(padded) - scheme.grams + 1))
    }
    if not grams:
        return [None] * scheme.bands
    hashes = scheme.bands * scheme.rows
    least = np.min([_hashes_of(gram, hashes) for gram in grams], axis=0).astype("<u8")
    bands = least.reshape(scheme.bands, scheme.rows)
    return [_message(b"band", bytes([number]), band.tobytes()) for number, band in enumerate(bands)]


# A gram is two letters: no secret, and nobody's name. Some ten thousand exist.
@lru_cache(maxsize=20_000)
def _hashes_of(gram: str, hashes: int) -> NDArray[np.uint64]:
    digest = hashlib.shake_128(b"safelight-overlap/1 gram" + gram.encode()).digest(8 * hashes)
    return np.frombuffer(digest, dtype="<u8")


def _message(*parts: bytes) -> bytes:
    """Parts with their lengths, so that no two rows of parts are the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
