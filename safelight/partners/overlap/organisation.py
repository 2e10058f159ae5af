"""An organisation's part: offer, join as often as there are organisations, count.

Pure: a state and a message go in, the next state and a message come out. Whatever is wrong
raises before a new state exists, so nothing is ever half taken in.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from safelight.partners.overlap import saved
from safelight.partners.overlap.bundles import Bundles, padded_number
from safelight.partners.overlap.commitments import (
    agreed_digest,
    checked_commitments,
    opened_sizes,
    unpacked_statements,
)
from safelight.partners.overlap.group import (
    HashToGroup,
    OnProgress,
    nothing_to_say,
    product,
    raised_one,
    random_point,
    random_scalar,
)
from safelight.partners.overlap.key_list import checked_tokens
from safelight.partners.overlap.keys import SessionKeys
from safelight.partners.overlap.masks import mask_counts, masks_of_list
from safelight.partners.overlap.message import Header, Message, read, written
from safelight.partners.overlap.problems import MessageError
from safelight.partners.overlap.result import OverlapCounts, counted
from safelight.partners.overlap.scheme import Token
from safelight.partners.overlap.terms import Terms

DST: Final = b"safelight-overlap-v1-ristretto255_XMD:SHA-512_R255MAP_RO_"
_STEP: Final = 2_000


@dataclass(frozen=True)
class Organisation:
    """What an organisation keeps between two messages.

    `round`: the round of the list it waits for; 0 while it waits for the commitments, as many
    as there are organisations while it waits for the result, one more when all is done.
    `secret`: raises every list; `own`: raises its own besides, and only the relay is told.
    Both, and the list, are empty once they are no longer needed.
    """

    keys: SessionKeys = field(repr=False)
    terms: Terms = field(repr=False)
    round: int
    records: int
    secret: bytes = field(repr=False)
    own: bytes = field(repr=False)
    bundles: Bundles = field(repr=False)
    commitment: bytes = field(repr=False)
    commitments: tuple[bytes, ...] = field(repr=False)
    sent: tuple[str, ...]
    taken: tuple[str, ...]
    result: bytes = field(default=b"", repr=False)

    @property
    def name(self) -> str:
        return self.keys.name

    @property
    def waits_for(self) -> str:
        """The kind of message that comes next, or `nothing`."""
        last = len(self.terms.names)
        if self.round > last:
            return "nothing"
        return {0: "commitments", last: "result"}.get(self.round, "list")

    def saved(self) -> bytes:
        """The state as bytes, with its secrets."""
        facts = {
            "part": "organisation",
            "name": self.name,
            "signing_seed": self.keys.signing_seed.hex(),
            "sealing_seed": self.keys.sealing_seed.hex(),
            "terms": saved.as_text(self.terms.statement),
            "round": self.round,
            "records": self.records,
            "secret": self.secret.hex(),
            "own": self.own.hex(),
            "commitments": [saved.as_text(one) for one in self.commitments],
            "sent": self.sent,
            "taken": self.taken,
        }
        blobs = {
            "bundles": self.bundles.data,
            "commitment": self.commitment,
            "result": self.result,
        }
        return saved.packed(facts, blobs)

    @classmethod
    def restored(cls, facts: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Organisation:
        """The state that `saved` wrote."""
        terms = Terms.parse(saved.from_text(facts["terms"]))
        return cls(
            keys=SessionKeys(
                facts["name"],
                bytes.fromhex(facts["signing_seed"]),
                bytes.fromhex(facts["sealing_seed"]),
            ),
            terms=terms,
            round=facts["round"],
            records=facts["records"],
            secret=bytes.fromhex(facts["secret"]),
            own=bytes.fromhex(facts["own"]),
            bundles=Bundles(terms.scheme.tokens, blobs["bundles"]),
            commitment=blobs["commitment"],
            commitments=tuple(saved.from_text(one) for one in facts["commitments"]),
            sent=tuple(facts["sent"]),
            taken=tuple(facts["taken"]),
            result=blobs["result"],
        )


def offer(
    records: Sequence[Mapping[str, str]],
    terms: Terms,
    keys: SessionKeys,
    *,
    unit: str,
    on_progress: OnProgress = nothing_to_say,
) -> tuple[Organisation, Message]:
    """Blind a list and commit to it; nothing of the list leaves yet.

    Raises `OwnListError` for a list that the terms do not let in, `TermsError` for terms that
    are not ours.
    """
    number = terms.number(keys.name)
    terms.check_mine(keys)
    tokens = checked_tokens(records, terms, unit=unit)
    seed = terms.seed(keys)
    secret, own = random_scalar(), random_scalar()
    tokens = [*tokens, *masks_of_list(seed, terms, number)]
    pads = padded_number(len(tokens)) - len(tokens)
    tokens += [[None] * terms.scheme.tokens] * pads
    bundles = _blinded(tokens, terms, product(secret, own), on_progress=on_progress).shuffled()
    header = Header(
        session=terms.session.hex(),
        kind="commitment",
        round=0,
        owner=keys.name,
        sender=keys.name,
        reader=terms.relay.name,
        unit=unit,
        bundles=bundles.number,
        tokens=bundles.tokens,
        commits=hashlib.sha256(bundles.data).hexdigest(),
        agreed="",
        answers="",
        sizes={
            card.name: base64.b64encode(
                card.seal(b"%08d" % len(records), session=terms.session)
            ).decode("ascii")
            for card in terms.organisations
            if card.name != keys.name
        },
    )
    message = written(header, b"", keys, terms)
    state = Organisation(
        keys=keys,
        terms=terms,
        round=0,
        records=len(records),
        secret=secret,
        own=own,
        bundles=bundles,
        commitment=message.statement,
        commitments=(),
        sent=(message.digest,),
        taken=(),
    )
    return state, message


def _blinded(
    tokens: Sequence[Sequence[Token]], terms: Terms, scalar: bytes, *, on_progress: OnProgress
) -> Bundles:
    to_group = HashToGroup(DST)
    session = terms.session
    out = bytearray()
    for place, bundle in enumerate(tokens):
        if place * terms.scheme.tokens % _STEP < terms.scheme.tokens:
            on_progress(place, len(tokens))
        for token in bundle:
            if token is None:
                out += random_point()
            else:
                out += raised_one(to_group(session + token), scalar)
    on_progress(len(tokens), len(tokens))
    return Bundles(terms.scheme.tokens, bytes(out))


def join(
    state: Organisation, untrusted: bytes, *, on_progress: OnProgress = nothing_to_say
) -> tuple[Organisation, Message]:
    """Take in what the relay sent and answer it. Raises `MessageError`; the state stays."""
    message = _expected(state, untrusted, ("commitments", "list"))
    if message.header.kind == "commitments":
        return _join_first(state, message)
    return _join_list(state, message, on_progress=on_progress)


def count(state: Organisation, untrusted: bytes) -> tuple[Organisation, OverlapCounts]:
    """Take in the result. Raises `MessageError`, or `ResultError` for counts that cannot be."""
    message = _expected(state, untrusted, ("result",))
    content = state.keys.open(message.body, session=state.terms.session)
    sizes = _sizes(state, state.commitments)
    masks = mask_counts(state.terms.seed(state.keys), state.terms)
    found = counted(
        message,
        content,
        state.terms,
        commitments=state.commitments,
        sizes=sizes,
        masks=masks,
        mine=state.sent,
    )
    done = replace(
        state,
        round=state.round + 1,
        secret=b"",
        own=b"",
        taken=(*state.taken, message.digest),
        result=found.transcript,
    )
    return done, found


def _expected(state: Organisation, untrusted: bytes, kinds: tuple[str, ...]) -> Message:
    terms = state.terms
    message = read(untrusted, terms, reader=state.name)
    if message.digest in state.taken:
        raise MessageError(
            "replayed",
            "this message was taken in before, and is not taken twice; what it led to was "
            "written then (`safelight overlap again` writes it once more)",
        )
    header = message.header
    if state.waits_for not in kinds or header.kind != state.waits_for:
        raise MessageError(
            "out-of-order",
            f"expected the next message to be: {state.waits_for}"
            f"{f' of round {state.round}' if state.waits_for == 'list' else ''}; this is: "
            f"{header.kind}. Take messages in in their order",
        )
    if header.sender != terms.relay.name or header.round != state.round:
        raise MessageError(
            "out-of-order",
            f"expected round {state.round} from {terms.relay.name}; got round {header.round} "
            f"from {header.sender}",
        )
    if state.commitments and header.agreed != agreed_digest(state.commitments):
        raise MessageError(
            "other-commitments",
            "this message rests on other commitments than those this organisation has seen; "
            "somebody was shown others. Begin a new session",
        )
    return message


def _sizes(state: Organisation, commitments: Sequence[bytes]) -> tuple[int, ...]:
    terms = state.terms
    headers = checked_commitments(commitments, terms)
    masks = mask_counts(terms.seed(state.keys), terms)
    return opened_sizes(headers, terms, state.keys, own=state.records, masks=masks)


def _join_first(state: Organisation, message: Message) -> tuple[Organisation, Message]:
    terms = state.terms
    content = state.keys.open(message.body, session=terms.session)
    statements = tuple(unpacked_statements(content, most=len(terms.names)))
    headers = checked_commitments(statements, terms)
    if statements[terms.number(state.name)] != state.commitment:
        raise MessageError(
            "other-commitments",
            "the commitment under this organisation's name is not the one it gave; begin anew",
        )
    if message.header.agreed != agreed_digest(statements):
        raise MessageError("other-commitments", "the commitments are not those that were named")
    _sizes(state, statements)
    mine = headers[terms.number(state.name)]
    answer = _list_message(
        state, state.bundles, mine, agreed_digest(statements), message.digest, first=state.own
    )
    after = replace(
        state,
        round=1,
        own=b"",
        bundles=Bundles(state.bundles.tokens, b""),
        commitments=statements,
        sent=(*state.sent, answer.digest),
        taken=(*state.taken, message.digest),
    )
    return after, answer


def _join_list(
    state: Organisation, message: Message, *, on_progress: OnProgress
) -> tuple[Organisation, Message]:
    terms, header = state.terms, message.header
    names = terms.names
    owner = names[(terms.number(state.name) - state.round) % len(names)]
    if header.owner != owner:
        raise MessageError(
            "out-of-order", f"expected the list of {owner} in round {state.round}; got another"
        )
    committed = checked_commitments(state.commitments, terms)[terms.number(owner)]
    check_length(header, committed)
    content = state.keys.open(message.body, session=terms.session)
    bundles = Bundles.parse(content, tokens=committed.tokens, number=committed.bundles)
    bundles.check_distinct()
    raised = bundles.raised(state.secret, on_progress=on_progress).shuffled()
    answer = _list_message(state, raised, committed, header.agreed, message.digest)
    last = state.round + 1 == len(names)
    after = replace(
        state,
        round=state.round + 1,
        secret=b"" if last else state.secret,
        sent=(*state.sent, answer.digest),
        taken=(*state.taken, message.digest),
    )
    return after, answer


def check_length(header: Header, committed: Header) -> None:
    """Raise `MessageError` unless a list is still as long as its owner committed to."""
    if (header.bundles, header.tokens) != (committed.bundles, committed.tokens):
        raise MessageError(
            "wrong-size",
            f"{committed.owner} committed to {committed.bundles:,} bundles of "
            f"{committed.tokens}; this list has {header.bundles:,} of {header.tokens}",
        )


def _list_message(
    state: Organisation,
    bundles: Bundles,
    committed: Header,
    agreed: str,
    answers: str,
    *,
    first: bytes = b"",
) -> Message:
    header = replace(
        committed,
        kind="list",
        round=state.round,
        sender=state.name,
        reader=state.terms.relay.name,
        commits=hashlib.sha256(bundles.data).hexdigest(),
        agreed=agreed,
        answers=answers,
        sizes={},
    )
    return written(header, first + bundles.data, state.keys, state.terms)
