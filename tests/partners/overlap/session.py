"""A whole session in memory, which a test can bend: every message passes one function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from safelight.partners.overlap.keys import SessionKeys
from safelight.partners.overlap.message import Message
from safelight.partners.overlap.organisation import Organisation, count, join, offer
from safelight.partners.overlap.relay import Relay, carry, relay
from safelight.partners.overlap.result import OverlapCounts
from safelight.partners.overlap.scheme import Scheme
from safelight.partners.overlap.terms import Terms

ONE_KEY = Scheme("one-key", (("key",),))
NAMES = ("helpline", "centre", "shelter", "archive")
Records = Sequence[Mapping[str, str]]
# Gets a message on its way; gives back what arrives.
OnItsWay = Callable[[Message], bytes]


def as_sent(message: Message) -> bytes:
    return message.encode()


def keyed(*keys: object) -> list[dict[str, str]]:
    return [{"key": str(key)} for key in keys]


@dataclass
class Session:
    """Keys of everybody, terms, and the states as they are."""

    lists: Sequence[Records]
    rules: Mapping[str, Any] = field(default_factory=dict)
    on_its_way: OnItsWay = as_sent

    def __post_init__(self) -> None:
        names = NAMES[: len(self.lists)]
        self.keys = {name: SessionKeys.drawn(name) for name in names}
        self.relay_keys = SessionKeys.drawn("relay")
        rules: dict[str, Any] = {
            "unit": "incident",
            "first_day": date(2024, 1, 1),
            "last_day": date(2024, 12, 31),
            "scheme": ONE_KEY,
            "least": 2,
            "most": 2_000,
            "masks": 5,
            "epsilon": None,
        }
        self.terms = Terms.made(
            self.keys[names[0]],
            [keys.card() for keys in self.keys.values()],
            self.relay_keys.card(),
            **{**rules, **self.rules},
        )
        self.relay: Relay = relay(self.relay_keys, self.terms)
        self.parts: dict[str, Organisation] = {}
        self.seen: list[Message] = []

    def offered(self) -> list[Message]:
        """Everybody offers; the commitments are not sent yet."""
        messages = []
        for name, records in zip(self.keys, self.lists, strict=True):
            self.parts[name], message = offer(
                records, self.terms, self.keys[name], unit=self.terms.unit
            )
            messages.append(message)
        return messages

    def carried(self, messages: Sequence[Message]) -> list[Message]:
        """The relay takes messages in and says what follows."""
        out: list[Message] = []
        for message in messages:
            self.seen.append(message)
            self.relay, following = carry(self.relay, self.on_its_way(message))
            out += following
        return out

    def joined(self, messages: Sequence[Message]) -> list[Message]:
        """Each organisation answers what is for it."""
        out = []
        for message in messages:
            self.seen.append(message)
            name = message.header.reader
            self.parts[name], answer = join(self.parts[name], self.on_its_way(message))
            out.append(answer)
        return out

    def results(self) -> list[Message]:
        """Everything up to the relay's results."""
        messages = self.carried(self.offered())
        for _ in self.keys:
            messages = self.carried(self.joined(messages))
        return messages

    def run(self) -> dict[str, OverlapCounts]:
        """The whole session: what each organisation learns."""
        found = {}
        for message in self.results():
            self.seen.append(message)
            name = message.header.reader
            self.parts[name], found[name] = count(self.parts[name], self.on_its_way(message))
        return found


def plain_counts(lists: Sequence[Records], key: str = "key") -> dict[tuple[int, ...], int]:
    """The readable twin: plain linkage on the same keys."""
    patterns: dict[object, set[int]] = {}
    for number, records in enumerate(lists):
        for place, record in enumerate(records):
            name: object = record[key].casefold() if record[key] else (number, place)
            patterns.setdefault(name, set()).add(number)
    counts: dict[tuple[int, ...], int] = {}
    for on in patterns.values():
        pattern = tuple(int(number in on) for number in range(len(lists)))
        counts[pattern] = counts.get(pattern, 0) + 1
    return counts


EPSILON = Fraction(1, 2)
