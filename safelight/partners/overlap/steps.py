"""The steps of a session on a participant's folder, for the command line and the desk alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, Protocol

from safelight.partners.overlap.folder import State
from safelight.partners.overlap.group import OnProgress, nothing_to_say
from safelight.partners.overlap.keys import SessionKeys
from safelight.partners.overlap.message import Message
from safelight.partners.overlap.organisation import Organisation, count, join, offer
from safelight.partners.overlap.problems import (
    MessageError,
    NotAgreedError,
    PrivateOverlapError,
    TermsError,
)
from safelight.partners.overlap.relay import Relay, carry, relay
from safelight.partners.overlap.result import OverlapCounts
from safelight.partners.overlap.terms import Terms

# A list of 2,000,000 records with one token, or of 30,000 with 64.
LARGEST_MESSAGE: Final = 1024 * 1024 * 1024
TABLE: Final = "overlap.csv"
TRANSCRIPT: Final = "overlap.transcript.json"
FACTS: Final = "overlap.json"


def read_message(file: Path) -> bytes:
    """The bytes of a message, bounded. Raises `MessageError`."""
    size = file.stat().st_size
    if size > LARGEST_MESSAGE:
        raise MessageError(
            "not-a-message", f"at most {LARGEST_MESSAGE:,} bytes are a message; got {size:,}"
        )
    return file.read_bytes()


def check_code(terms: Terms, said: str) -> None:
    """Raise `NotAgreedError` unless `said`, heard from the convener, is the code of the terms."""
    if "".join(said.split()).lower() != "".join(terms.code.split()):
        raise NotAgreedError(
            "these are not the terms whose code you were told: ask the convener for both again"
        )


class Place(Protocol):
    """Where one participant's session is kept: a folder, or an unlocked desk."""

    @property
    def began(self) -> bool:
        """Whether something was offered or relayed from here."""
        ...

    def keys(self) -> SessionKeys:
        """The keys of the session."""
        ...

    def state(self) -> State:
        """Where the participant stands."""
        ...

    def keep(self, state: State, following: Mapping[str, bytes]) -> None:
        """Replace the state, with the files that follow from it, as one."""
        ...

    def pay(self, terms: Terms, *, only_check: bool) -> None:
        """Book the noise of these terms where a ledger is kept; raise `NotPaidError`."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Keep others out while one step is done."""
        ...


def offer_list(
    folder: Place,
    terms: Terms,
    records: Sequence[Mapping[str, str]],
    *,
    unit: str,
    code: str,
    on_progress: OnProgress = nothing_to_say,
) -> Organisation:
    """Blind a list, book what its noise costs, and keep a commitment to send."""
    check_code(terms, code)
    folder.pay(terms, only_check=True)  # blinding takes minutes: refuse before, book after
    with folder.alone():
        if folder.began:
            raise PrivateOverlapError(
                "a list was offered from this folder already; each session has a folder of its own"
            )
        state, message = offer(records, terms, folder.keys(), unit=unit, on_progress=on_progress)
        folder.pay(terms, only_check=False)
        folder.keep(state, {_name(message): message.encode()})
        return state


def join_message(
    folder: Place, untrusted: bytes, *, on_progress: OnProgress = nothing_to_say
) -> Organisation:
    """Take in what the relay sent and keep the answer to send."""
    with folder.alone():
        state, message = join(_organisation(folder), untrusted, on_progress=on_progress)
        folder.keep(state, {_name(message): message.encode()})
        return state


def count_result(folder: Place, untrusted: bytes) -> OverlapCounts:
    """Take in the result; keep table, facts and transcript to be written."""
    with folder.alone():
        state = _organisation(folder)
        after, found = count(state, untrusted)
        facts = json.dumps(result_facts(found, state.terms), indent=1)
        files = {TABLE: found.to_csv(), FACTS: facts + "\n"}
        encoded = {name: text.encode("utf-8") for name, text in files.items()}
        folder.keep(after, {**encoded, TRANSCRIPT: found.transcript})
        return found


def relay_message(
    folder: Place,
    untrusted: bytes,
    *,
    terms: Terms | None,
    on_progress: OnProgress = nothing_to_say,
) -> tuple[Relay, bool]:
    """Take one message in; say whether a step is whole, and messages are kept to be sent."""
    with folder.alone():
        if not folder.began:
            if terms is None:
                raise TermsError("the relay needs the terms with its first message: --terms")
            folder.keep(relay(folder.keys(), terms), {})
        state = folder.state()
        if not isinstance(state, Relay):
            raise PrivateOverlapError("this folder is an organisation's; it joins, not relays")
        state, following = carry(state, untrusted, on_progress=on_progress)
        folder.keep(state, {_name(message): message.encode() for message in following})
        return state, bool(following)


def result_facts(found: OverlapCounts, terms: Terms) -> dict[str, Any]:
    """What must be said with the counts."""
    return {
        "lists": list(found.lists),
        "unit": found.unit,
        "from": found.first_day.isoformat(),
        "until": found.last_day.isoformat(),
        "sizes": dict(zip(found.lists, found.sizes, strict=True)),
        "noise_scale": found.noise_scale,
        "epsilon": None if terms.epsilon is None else str(terms.epsilon),
        "scheme": terms.scheme.as_json(),
        "session": terms.code,
        "counts": [
            {"pattern": list(pattern), "count": count}
            for pattern, count in found.patterns().items()
        ],
    }


def status_facts(folder: Place) -> dict[str, Any]:
    """Where a participant stands and for what it waits."""
    keys = folder.keys()
    if not folder.began:
        return {"name": keys.name, "part": None, "waits_for": "terms"}
    state = folder.state()
    terms = state.terms
    facts = {"name": keys.name, "session": terms.code, "of": len(terms.names)}
    if isinstance(state, Relay):
        waits = "nothing" if not state.missing else ", ".join(state.missing)
        return facts | {"part": "relay", "round": max(state.round, 0), "waits_for": waits}
    return facts | {"part": "organisation", "round": state.round, "waits_for": state.waits_for}


def _organisation(folder: Place) -> Organisation:
    state = folder.state()
    if not isinstance(state, Organisation):
        raise PrivateOverlapError("this folder is the relay's; it relays, and never joins")
    return state


def _name(message: Message) -> str:
    header = message.header
    kind = f"list-of-{header.owner}" if header.kind == "list" else header.kind
    step = f"{header.session[:4]}-{header.round}-{kind}"
    return f"{step}-{header.sender}-to-{header.reader}.overlap"
