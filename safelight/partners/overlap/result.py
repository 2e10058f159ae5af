"""What the relay counted, and what organisations make of it; the transcript that proves it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from safelight.partners.overlap import saved
from safelight.partners.overlap.commitments import agreed_digest, checked_commitments, masks_on
from safelight.partners.overlap.message import Header, Message, verified_header
from safelight.partners.overlap.problems import MessageError, ResultError
from safelight.partners.overlap.terms import Terms
from safelight.sealing.strict_json import parse_object
from safelight.undercount.overlap import Overlap

_TRANSCRIPT: Final = "safelight-overlap-transcript/1"
_LARGEST: Final = 16 * 1024 * 1024


@dataclass(frozen=True)
class OverlapCounts:
    """What an organisation learns: how many incidents show each inclusion pattern.

    `counts`: shape (2^n,), list 0 is the low bit; with noise also below zero. `noise_scale`: of
    the discrete Laplace noise in every count, 0 if they are true. `transcript`: everything that
    was signed, and the relay's counts; holds no list.
    """

    lists: tuple[str, ...]
    counts: NDArray[np.int64] = field(repr=False)
    noise_scale: float
    unit: str
    first_day: date
    last_day: date
    sizes: tuple[int, ...]
    transcript: bytes = field(repr=False)

    def patterns(self) -> dict[tuple[int, ...], int]:
        """{(0, 1, …): count}, every pattern but that of no list."""
        return {
            tuple(pattern >> number & 1 for number in range(len(self.lists))): int(
                self.counts[pattern]
            )
            for pattern in range(1, self.counts.size)
        }

    def overlap(self) -> Overlap:
        """The table as `undercount` takes it. Raises `OverlapError` where it cannot be one."""
        return Overlap.from_private_counts(
            self.lists, self.patterns(), noise_scale=self.noise_scale
        )

    def to_csv(self) -> str:
        """The table as `safelight undercount` reads it; give it `--noise-scale` if there is any."""
        lines = [",".join([*self.lists, "count"])]
        lines += [
            ",".join(str(value) for value in (*pattern, count))
            for pattern, count in self.patterns().items()
        ]
        return "\n".join(lines) + "\n"


def table_digest(counts: Sequence[int]) -> str:
    """What the relay signs of its counts."""
    return hashlib.sha256(json.dumps(list(counts)).encode("ascii")).hexdigest()


def result_content(counts: Sequence[int], statements: Sequence[bytes]) -> bytes:
    """What the relay tells every organisation: the counts, and all headers of lists."""
    facts = {
        "counts": list(counts),
        "statements": [saved.as_text(statement) for statement in statements],
    }
    return json.dumps(facts).encode("ascii")


def counted(
    message: Message,
    content: bytes,
    terms: Terms,
    *,
    commitments: Sequence[bytes],
    sizes: Sequence[int],
    masks: NDArray[np.int64],
    mine: Sequence[str],
) -> OverlapCounts:
    """Check a result against everything known and take masks and padding off.

    `mine`: digests of what this organisation sent. Raises `MessageError` for a transcript that
    is not whole, `ResultError` for counts that cannot be.
    """
    facts = _facts(content)
    counts, statements = facts["counts"], [saved.from_text(one) for one in facts["statements"]]
    transcript = _packed_transcript(terms, commitments, statements, message.statement, counts)
    headers = check_transcript(transcript, terms)
    digests = {hashlib.sha256(one).hexdigest() for one in (*statements, *commitments)}
    if not set(mine) <= digests:
        raise MessageError(
            "altered",
            "a message that this organisation sent is missing from the transcript, or another "
            "stands in its place",
        )
    true = np.array(counts, dtype=np.int64) - masks
    for number, size in enumerate(sizes):
        pads = headers[number].bundles - size - masks_on(masks, number)
        true[1 << number] -= pads
    true[0] = 0
    scale = float(terms.noise_scale)
    if scale == 0:
        _check_true(true, sizes, terms)
    true.setflags(write=False)
    return OverlapCounts(
        lists=terms.names,
        counts=true,
        noise_scale=scale,
        unit=terms.unit,
        first_day=terms.first_day,
        last_day=terms.last_day,
        sizes=tuple(sizes),
        transcript=transcript,
    )


def _check_true(counts: NDArray[np.int64], sizes: Sequence[int], terms: Terms) -> None:
    patterns = np.arange(counts.size)
    if (counts < 0).any():
        raise ResultError(
            "fewer matches came back than the organisations themselves had put in to be found; "
            "somebody dropped or replaced records. Begin a new session, with another relay"
        )
    for number, size in enumerate(sizes):
        total = int(counts[(patterns >> number & 1) == 1].sum())
        if total != size:
            raise ResultError(
                f"the list of {terms.names[number]} has {size:,} records, the counts say "
                f"{total:,}; somebody added or dropped records. Begin a new session"
            )


def _facts(untrusted: bytes) -> dict[str, Any]:
    try:
        found = parse_object(untrusted, largest=_LARGEST)
        readable = _are_counts(found["counts"]) and _are_base64(found["statements"])
    except (ValueError, KeyError):
        readable = False
    if not readable:
        raise MessageError("not-a-message", "the result cannot be read; ask the relay for it again")
    return found


def _are_counts(untrusted: Any) -> bool:
    return isinstance(untrusted, list) and all(
        type(one) is int and abs(one) < 2**40 for one in untrusted
    )


def _are_base64(untrusted: Any) -> bool:
    try:
        return isinstance(untrusted, list) and all(
            isinstance(saved.from_text(one), bytes) for one in untrusted
        )
    except (ValueError, TypeError):
        return False


def _packed_transcript(
    terms: Terms,
    commitments: Sequence[bytes],
    statements: Sequence[bytes],
    result: bytes,
    counts: Sequence[int],
) -> bytes:
    facts = {
        "format": _TRANSCRIPT,
        "terms": saved.as_text(terms.statement),
        "commitments": [saved.as_text(one) for one in commitments],
        "lists": [saved.as_text(one) for one in statements],
        "result": saved.as_text(result),
        "counts": list(counts),
    }
    return json.dumps(facts, indent=1).encode("ascii")


def check_transcript(untrusted: bytes, terms: Terms) -> list[Header]:
    """Verify that everybody signed everything that belongs to a session of these terms.

    Returns the commitments. Every organisation committed once, to one set of commitments;
    every list went once through every organisation in its turn, at its committed length; each
    answered a message; the relay signed these counts. That what each did with a list was
    right, a transcript cannot show. Raises `MessageError`.
    """
    found = _transcript_facts(untrusted)
    if saved.from_text(found["terms"]) != terms.statement:
        raise MessageError("other-session", "the transcript is of other terms")
    commitments = [saved.from_text(one) for one in found["commitments"]]
    headers = checked_commitments(commitments, terms)
    agreed = agreed_digest(commitments)
    names = terms.names
    turns = {
        (names[(number - turn) % len(names)], turn, names[number])
        for number in range(len(names))
        for turn in range(len(names))
    }
    lists = [verified_header(saved.from_text(one), terms) for one in found["lists"]]
    if len(lists) != len(turns) or {(h.owner, h.round, h.sender) for h in lists} != turns:
        raise MessageError(
            "truncated", "the transcript does not hold every list once for every organisation"
        )
    for header in lists:
        committed = headers[terms.number(header.owner)]
        same = (header.bundles, header.tokens) == (committed.bundles, committed.tokens)
        first = header.round > 0 or header.commits == committed.commits
        if header.kind != "list" or header.agreed != agreed or not same or not first:
            raise MessageError(
                "other-commitments", f"a list of {header.owner} is not the committed one"
            )
    result = verified_header(saved.from_text(found["result"]), terms)
    if (
        result.kind != "result"
        or result.sender != terms.relay.name
        or result.agreed != agreed
        or result.commits != table_digest(found["counts"])
        or len(found["counts"]) != 1 << len(names)
    ):
        raise MessageError("altered", "the counts are not those that the relay signed")
    return headers


def _transcript_facts(untrusted: bytes) -> Mapping[str, Any]:
    try:
        found = parse_object(untrusted, largest=_LARGEST)
        readable = (
            found["format"] == _TRANSCRIPT
            and _are_counts(found["counts"])
            and _are_base64([found["terms"], found["result"]])
            and _are_base64(found["commitments"])
            and _are_base64(found["lists"])
        )
    except (ValueError, KeyError):
        readable = False
    if not readable:
        raise MessageError("not-a-message", "this is no transcript that can be read")
    return found


def transcript_terms(untrusted: bytes) -> Terms:
    """The terms that stand in a transcript; whose code people know. Raises `MessageError`."""
    return Terms.parse(saved.from_text(_transcript_facts(untrusted)["terms"]))
