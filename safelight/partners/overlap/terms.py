"""The terms: what all organisations agree to before anything of a list leaves anybody.

One of them, the convener, writes and signs them. Everything later names the terms by their
hash, the session, and people compare its short code by voice before they offer.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final

from safelight.partners.overlap.keys import Card, SessionKeys
from safelight.partners.overlap.problems import TermsError
from safelight.partners.overlap.scheme import Scheme
from safelight.sealing.signed_fields import SignedFields
from safelight.sealing.statement import StatementError, sign_statement, verified_payload
from safelight.sealing.strict_json import parse_object

_FORMAT: Final = "safelight-overlap-terms/1"
TERMS_TYPE: Final = "application/vnd.safelight.overlap-terms+json"
_LARGEST: Final = 256 * 1024
SEED_SIZE: Final = 32
UNITS: Final = ("incident", "victim", "perpetrator", "ruling")
MOST_ORGANISATIONS: Final = 12
MOST_RECORDS: Final = 2_000_000
LEAST_RECORDS: Final = 2
MOST_MASKS: Final = 100_000
_KEYS: Final = frozenset(
    {
        "format", "drawn", "convener", "organisations", "relay", "unit", "from", "until",
        "scheme", "least", "most", "masks", "epsilon", "seeds",
    }
)  # fmt: skip
_FIELDS: Final = SignedFields(TermsError)


@dataclass(frozen=True)
class Terms:
    """What is compared and under which rules.

    `least`, `most`: records of a list. `masks`: each inclusion pattern gets 0 to this many
    records that are nobody's, known to the organisations alone. `epsilon`: of the noise on
    every count, or `None` for true counts. `statement`: the signed bytes.
    """

    organisations: tuple[Card, ...]
    relay: Card
    convener: str
    unit: str
    first_day: date
    last_day: date
    scheme: Scheme
    least: int
    most: int
    masks: int
    epsilon: Fraction | None
    seeds: tuple[bytes, ...] = field(repr=False)
    drawn: str = field(repr=False)
    statement: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 2 <= len(self.organisations) <= MOST_ORGANISATIONS:
            raise TermsError(
                f"2 to {MOST_ORGANISATIONS} organisations overlap; got {len(self.organisations)}"
            )
        cards = (*self.organisations, self.relay)
        if len({card.name for card in cards}) != len(cards):
            raise TermsError("two participants have one name; the relay has a name of its own too")
        keys = [card.signing for card in cards] + [card.recipient.public for card in cards]
        if len(set(keys)) != len(keys):
            raise TermsError(
                "two participants have one key. The relay must not be one of the organisations"
            )
        if self.convener not in self.names:
            raise TermsError("the convener is one of the organisations")
        self._check_rules()

    def _check_rules(self) -> None:
        if self.unit not in UNITS:
            raise TermsError(f"the unit is one of {', '.join(UNITS)}")
        if self.first_day > self.last_day:
            raise TermsError("the period ends before it begins")
        if not LEAST_RECORDS <= self.least <= self.most <= MOST_RECORDS:
            raise TermsError(
                f"lists have {LEAST_RECORDS} to {MOST_RECORDS:,} records, least before most"
            )
        if not 0 <= self.masks <= MOST_MASKS:
            raise TermsError(f"0 to {MOST_MASKS:,} masks stand on each pattern")
        if self.epsilon is not None:
            if not 0 < self.epsilon <= 10:
                raise TermsError("epsilon is above 0 and at most 10")
            if self.scheme.kind != "one-key":
                raise TermsError(
                    "noise needs the scheme one-key: where records are linked by similarity one "
                    "record can change more counts than the noise is made for"
                )
        if len(self.seeds) != len(self.organisations):
            raise TermsError("the terms hold one sealed seed for each organisation")
        if not re.fullmatch(r"[0-9a-f]{32}", self.drawn):
            raise TermsError("the terms hold 32 random hex digits")

    @property
    def names(self) -> tuple[str, ...]:
        """The organisations' names; list i is organisation i's."""
        return tuple(card.name for card in self.organisations)

    @property
    def session(self) -> bytes:
        """SHA-256 over the signed terms, 32 bytes."""
        return hashlib.sha256(self.statement).digest()

    @property
    def code(self) -> str:
        """What people read to each other: 80 bits of the session, in groups of four digits."""
        digits = self.session.hex()[:20]
        return " ".join(digits[place : place + 4] for place in range(0, 20, 4))

    @property
    def noise_scale(self) -> Fraction:
        """Scale of the discrete Laplace noise in every count; 0 without noise.

        Lists' sizes are known to all, so neighbours differ in one record of one list that is
        another: one incident leaves a pattern for another, and one comes, so counts move by
        at most 4 in sum. Scale 4/epsilon is epsilon-differentially private for that change.
        """
        return Fraction(0) if self.epsilon is None else 4 / self.epsilon

    def number(self, name: str) -> int:
        """Which list an organisation has. Raises `TermsError` for a stranger."""
        try:
            return self.names.index(name)
        except ValueError:
            raise TermsError("the terms name no organisation with this card") from None

    def card(self, name: str) -> Card:
        """The card of an organisation or of the relay. Raises `TermsError` for a stranger."""
        return self.relay if name == self.relay.name else self.organisations[self.number(name)]

    def check_mine(self, keys: SessionKeys) -> None:
        """Raise `TermsError` unless the card in the terms is the one that these keys made."""
        if self.card(keys.name) != keys.card():
            raise TermsError(
                "the terms hold another card under your name; give the convener yours again"
            )

    def seed(self, keys: SessionKeys) -> bytes:
        """The organisations' shared seed, which the relay has not. Raises `MessageError`."""
        sealed = self.seeds[self.number(keys.name)]
        seed = keys.open(sealed, session=bytes.fromhex(self.drawn))
        if len(seed) != SEED_SIZE:
            raise TermsError(f"the seed of the terms is {SEED_SIZE} bytes; got {len(seed)}")
        return seed

    @classmethod
    def made(
        cls,
        keys: SessionKeys,
        organisations: Sequence[Card],
        relay: Card,
        *,
        unit: str,
        first_day: date,
        last_day: date,
        scheme: Scheme,
        least: int,
        most: int,
        masks: int,
        epsilon: Fraction | None,
    ) -> Terms:
        """Write and sign terms as the convener. Raises `TermsError`."""
        drawn = os.urandom(16)
        seed = os.urandom(SEED_SIZE)
        payload = {
            "format": _FORMAT,
            "drawn": drawn.hex(),
            "convener": keys.name,
            "organisations": [card.as_json() for card in organisations],
            "relay": relay.as_json(),
            "unit": unit,
            "from": first_day.isoformat(),
            "until": last_day.isoformat(),
            "scheme": scheme.as_json(),
            "least": least,
            "most": most,
            "masks": masks,
            "epsilon": None if epsilon is None else str(epsilon),
            "seeds": [
                base64.b64encode(card.seal(seed, session=drawn)).decode("ascii")
                for card in organisations
            ],
        }
        encoded = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode("utf-8")
        terms = cls.parse(sign_statement(encoded, TERMS_TYPE, keys.signer()))
        terms.check_mine(keys)
        return terms

    @classmethod
    def parse(cls, untrusted: bytes) -> Terms:
        """Read signed terms. That they are the agreed ones, only the code says. `TermsError`."""
        found = _payload(untrusted)
        organisations = tuple(
            Card.parse(card) for card in _listed(found["organisations"], at="organisations")
        )
        convener = [card for card in organisations if card.name == found["convener"]]
        if len(convener) != 1:
            raise TermsError("the convener is one of the organisations")
        try:
            verified_payload(untrusted, TERMS_TYPE, convener[0].verifier())
        except StatementError as reason:
            raise TermsError(f"the terms: {reason}") from None
        return cls(
            organisations=organisations,
            relay=Card.parse(found["relay"]),
            convener=convener[0].name,
            unit=_FIELDS.text(found["unit"], at="unit"),
            first_day=_FIELDS.day(found["from"], at="from"),
            last_day=_FIELDS.day(found["until"], at="until"),
            scheme=Scheme.parse(found["scheme"]),
            least=_FIELDS.number(found["least"], at="least"),
            most=_FIELDS.number(found["most"], at="most"),
            masks=_FIELDS.number(found["masks"], at="masks"),
            epsilon=_epsilon(found["epsilon"]),
            seeds=tuple(_base64(seed) for seed in _listed(found["seeds"], at="seeds")),
            drawn=_FIELDS.text(found["drawn"], at="drawn"),
            statement=untrusted,
        )


def _payload(untrusted: bytes) -> dict[str, Any]:
    """The fields, before anybody knows who signed them: the signer's card stands inside."""
    try:
        statement = parse_object(untrusted, largest=_LARGEST)
        encoded = statement.get("payload")
        if not isinstance(encoded, str):
            raise TermsError("the terms are a signed statement with a payload")
        found = parse_object(base64.b64decode(encoded, validate=True), largest=_LARGEST)
    except ValueError as reason:
        kind = "not base64" if isinstance(reason, binascii.Error) else str(reason)
        raise TermsError(f"not terms of a private overlap: {kind}") from None
    if found.get("format") != _FORMAT or set(found) != _KEYS:
        raise TermsError(f"expected terms of format {_FORMAT} with all its fields and no other")
    return found


def _listed(untrusted: Any, *, at: str) -> list[Any]:
    return _FIELDS.entries(untrusted, least=0, most=MOST_ORGANISATIONS, at=at)


def _epsilon(value: Any) -> Fraction | None:
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,6}(/[1-9][0-9]{0,5})?", value):
        raise TermsError("epsilon is null or a fraction such as 1/2")
    return Fraction(value)


def _base64(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise TermsError("a sealed seed is base64") from None
