"""The relay's part: wait until all are there, shuffle, pass on; at the end link and count.

It holds no list and no seed. It sees lists whose lengths are padded and whose counts have
masks, under secrets of every organisation; see docs/spec/private-overlap.md for what is left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from safelight.partners.overlap import saved
from safelight.partners.overlap.bundles import Bundles
from safelight.partners.overlap.commitments import (
    agreed_digest,
    check_commitment,
    checked_commitments,
    packed_statements,
)
from safelight.partners.overlap.group import SIZE, OnProgress, inverse, nothing_to_say
from safelight.partners.overlap.keys import SessionKeys
from safelight.partners.overlap.linking import pattern_counts
from safelight.partners.overlap.message import Header, Message, read, written
from safelight.partners.overlap.noise import with_noise
from safelight.partners.overlap.organisation import check_length
from safelight.partners.overlap.problems import MessageError
from safelight.partners.overlap.result import result_content, table_digest
from safelight.partners.overlap.terms import Terms


@dataclass(frozen=True)
class Relay:
    """What the relay keeps between two messages.

    `round`: -1 while commitments come, then that of the lists that come; as many as there are
    organisations when all is done. `arrived`: by sender, what came in this round. `owns`: each
    list's own secret, told in round 0 and forgotten at the end. `signed`: headers of all lists.
    """

    keys: SessionKeys = field(repr=False)
    terms: Terms = field(repr=False)
    round: int = -1
    commitments: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    arrived: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    owns: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    signed: tuple[bytes, ...] = field(default=(), repr=False)
    last: Mapping[str, str] = field(default_factory=dict)
    taken: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Whose message this step still waits for."""
        there = self.commitments if self.round < 0 else self.arrived
        done = self.round == len(self.terms.names)
        return () if done else tuple(name for name in self.terms.names if name not in there)

    def saved(self) -> bytes:
        """The state as bytes, with its secrets."""
        facts = {
            "part": "relay",
            "name": self.keys.name,
            "signing_seed": self.keys.signing_seed.hex(),
            "sealing_seed": self.keys.sealing_seed.hex(),
            "terms": saved.as_text(self.terms.statement),
            "round": self.round,
            "commitments": {name: saved.as_text(one) for name, one in self.commitments.items()},
            "owns": {name: own.hex() for name, own in self.owns.items()},
            "signed": [saved.as_text(one) for one in self.signed],
            "last": dict(self.last),
            "taken": self.taken,
        }
        return saved.packed(facts, self.arrived)

    @classmethod
    def restored(cls, facts: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Relay:
        """The state that `saved` wrote."""
        return cls(
            keys=SessionKeys(
                facts["name"],
                bytes.fromhex(facts["signing_seed"]),
                bytes.fromhex(facts["sealing_seed"]),
            ),
            terms=Terms.parse(saved.from_text(facts["terms"])),
            round=facts["round"],
            commitments={name: saved.from_text(one) for name, one in facts["commitments"].items()},
            arrived=dict(blobs),
            owns={name: bytes.fromhex(own) for name, own in facts["owns"].items()},
            signed=tuple(saved.from_text(one) for one in facts["signed"]),
            last=facts["last"],
            taken=tuple(facts["taken"]),
        )


def relay(keys: SessionKeys, terms: Terms) -> Relay:
    """A relay that waits for commitments. Raises `TermsError` if the terms name another."""
    terms.check_mine(keys)
    if keys.name != terms.relay.name:
        raise MessageError("not-for-us", "these keys are an organisation's, not the relay's")
    return Relay(keys, terms)


def carry(
    state: Relay, untrusted: bytes, *, on_progress: OnProgress = nothing_to_say
) -> tuple[Relay, tuple[Message, ...]]:
    """Take one message in; once a step is whole, the messages that follow from it.

    Raises `MessageError`; the state stays, so a good message can still come.
    """
    message = read(untrusted, state.terms, reader=state.keys.name)
    if message.digest in state.taken:
        raise MessageError("replayed", "this message was taken in before, and is not taken twice")
    taken = replace(state, taken=(*state.taken, message.digest))
    if state.round < 0:
        return _commitment(taken, message)
    return _list(taken, message, on_progress=on_progress)


def _commitment(state: Relay, message: Message) -> tuple[Relay, tuple[Message, ...]]:
    header = message.header
    check_commitment(header, state.terms)
    if header.sender in state.commitments:
        raise MessageError(
            "duplicated", f"{header.sender} committed already, to another list; one is taken"
        )
    state = replace(
        state,
        commitments={**state.commitments, header.sender: message.statement},
        last={**state.last, header.sender: message.digest},
    )
    if state.missing:
        return state, ()
    statements = _statements(state)
    checked_commitments(statements, state.terms)
    content = packed_statements(statements)
    return replace(state, round=0), tuple(
        _to(state, name, content, kind="commitments", round_=0, owner=name, bundles=0)
        for name in state.terms.names
    )


def _statements(state: Relay) -> list[bytes]:
    return [state.commitments[name] for name in state.terms.names]


def _list(
    state: Relay, message: Message, *, on_progress: OnProgress
) -> tuple[Relay, tuple[Message, ...]]:
    terms, header = state.terms, message.header
    names = terms.names
    if header.kind != "list" or header.round != state.round or header.sender not in names:
        waits = f"lists of round {state.round}" if state.missing else "nothing more"
        raise MessageError(
            "out-of-order",
            f"expected {waits}; this is: {header.kind} of round {header.round}. Messages are "
            "taken in in their order",
        )
    owner = names[(terms.number(header.sender) - state.round) % len(names)]
    committed = checked_commitments(_statements(state), terms)[terms.number(owner)]
    if header.owner != owner or header.sender in state.arrived:
        raise MessageError(
            "duplicated" if header.sender in state.arrived else "out-of-order",
            f"expected one list of {owner} from {header.sender} in this round",
        )
    if header.agreed != agreed_digest(_statements(state)):
        raise MessageError(
            "other-commitments", f"{header.sender} has seen other commitments; begin anew"
        )
    check_length(header, committed)
    content = state.keys.open(message.body, session=terms.session)
    if state.round == 0:
        state = replace(state, owns={**state.owns, owner: content[:SIZE]})
        content = content[SIZE:]
    if hashlib.sha256(content).hexdigest() != header.commits:
        raise MessageError("altered", f"the list is not the one that {header.sender} signed")
    if state.round == 0 and header.commits != committed.commits:
        raise MessageError(
            "not-committed",
            f"{owner} sent another list than it committed to; it is refused. Begin anew",
        )
    bundles = Bundles.parse(content, tokens=committed.tokens, number=committed.bundles)
    bundles.check_distinct()
    state = replace(
        state,
        arrived={**state.arrived, header.sender: bundles.shuffled().data},
        signed=(*state.signed, message.statement),
        last={**state.last, header.sender: message.digest},
    )
    if state.missing:
        return state, ()
    return _passed_on(state, on_progress=on_progress)


def _passed_on(state: Relay, *, on_progress: OnProgress) -> tuple[Relay, tuple[Message, ...]]:
    terms, names = state.terms, state.terms.names
    held = {
        names[(terms.number(sender) - state.round) % len(names)]: Bundles(terms.scheme.tokens, data)
        for sender, data in state.arrived.items()
    }
    following = state.round + 1
    if following == len(names):
        return _counted(state, held, on_progress=on_progress)
    messages = tuple(
        _to(
            state,
            names[(terms.number(owner) + following) % len(names)],
            bundles.data,
            kind="list",
            round_=following,
            owner=owner,
            bundles=bundles.number,
        )
        for owner, bundles in held.items()
    )
    return replace(state, round=following, arrived={}), messages


def _counted(
    state: Relay, held: Mapping[str, Bundles], *, on_progress: OnProgress
) -> tuple[Relay, tuple[Message, ...]]:
    terms = state.terms
    # Until here each list stood under a secret of its own besides, which its owner told only
    # the relay: organisations that hold two lists between them cannot compare them.
    lists = [
        held[name].raised(inverse(state.owns[name]), on_progress=on_progress)
        for name in terms.names
    ]
    for one in lists:
        one.check_distinct()
    counts = with_noise(pattern_counts(lists, shared=terms.scheme.shared), scale=terms.noise_scale)
    content = result_content(counts, state.signed)
    following = replace(state, round=state.round + 1, arrived={}, owns={})
    return following, tuple(
        _to(
            following,
            name,
            content,
            kind="result",
            round_=following.round,
            owner=name,
            bundles=0,
            commits=table_digest(counts),
        )
        for name in terms.names
    )


def _to(
    state: Relay,
    name: str,
    content: bytes,
    *,
    kind: Any,
    round_: int,
    owner: str,
    bundles: int,
    commits: str = "",
) -> Message:
    header = Header(
        session=state.terms.session.hex(),
        kind=kind,
        round=round_,
        owner=owner,
        sender=state.keys.name,
        reader=name,
        unit=state.terms.unit,
        bundles=bundles,
        tokens=state.terms.scheme.tokens,
        commits=commits or hashlib.sha256(content).hexdigest(),
        agreed=agreed_digest(_statements(state)),
        answers=state.last[name],
        sizes={},
    )
    return written(header, content, state.keys, state.terms)
