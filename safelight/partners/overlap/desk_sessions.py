"""Private overlaps on an unlocked desk: kept in its database, worked on beside the pages.

A step over a long list takes seconds to minutes, so a thread does it and the page asks how
far it is. If the desk is locked or stopped meanwhile, the step is lost and nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import math
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from safelight.errors import SafelightError
from safelight.journal.chain import append
from safelight.partners.models import OverlapSession
from safelight.partners.overlap import saved
from safelight.partners.overlap.folder import State, packed_state, unpacked_state
from safelight.partners.overlap.group import OnProgress
from safelight.partners.overlap.keys import Card, SessionKeys
from safelight.partners.overlap.organisation import Organisation
from safelight.partners.overlap.problems import PrivateOverlapError
from safelight.partners.overlap.session_ledger import SessionLedger
from safelight.partners.overlap.steps import TABLE
from safelight.partners.overlap.terms import Terms
from safelight.partners.overlap.wording import ACCIDENT

_log = logging.getLogger("safelight.partners")


@dataclass(frozen=True)
class Standing:
    """A session as it is: `files` followed from the last step; no state before the offer."""

    keys: SessionKeys = field(repr=False)
    terms: Terms | None = field(repr=False)
    state: State | None = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def waits_for(self) -> str:
        """`terms`, `offer`, then what an organisation waits for."""
        if isinstance(self.state, Organisation):
            return self.state.waits_for
        return "terms" if self.terms is None else "offer"


class DeskPlace:
    """One session on this desk (`steps.Place`)."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id

    def _row(self) -> OverlapSession:
        row = OverlapSession.objects.filter(session_id=self.session_id).first()
        if row is None:
            raise PrivateOverlapError("this private overlap is not on this desk any more")
        return row

    @property
    def began(self) -> bool:
        return bool(self._row().state)

    def keys(self) -> SessionKeys:
        return _keys(self._row())

    def state(self) -> State:
        return unpacked_state(bytes(self._row().state))[0]

    def keep(self, state: State, following: Mapping[str, bytes]) -> None:
        """Replace the state; the step and its journal entry are one transaction."""
        row = self._row()
        if not following and row.state:
            _, following = unpacked_state(bytes(row.state))
        with transaction.atomic():
            changed = OverlapSession.objects.filter(session_id=self.session_id).update(
                state=packed_state(state, following)
            )
            if not changed:
                raise PrivateOverlapError("this private overlap was ended meanwhile")
            clear = _clear(state.terms)
            if not row.state:
                append("overlap.offered", clear, subject=self.session_id)
            if TABLE in following:
                append("overlap.counted", clear, subject=self.session_id)

    def pay(self, terms: Terms, *, only_check: bool) -> None:
        """Book the noise in this desk's ledger. Raises `NotPaidError`."""
        ledger = session_ledger()
        if ledger is not None:
            ledger.pay(terms, self.keys().name, only_check=only_check)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """The thread of a step is alone already (`start`)."""
        yield

    def standing(self) -> Standing:
        """Everything at once: between two questions a step may end."""
        row = self._row()
        state, files = unpacked_state(bytes(row.state)) if row.state else (None, {})
        terms = Terms.parse(bytes(row.terms)) if row.terms else None
        return Standing(_keys(row), terms, state, files)

    def take_terms(self, untrusted: bytes) -> Terms:
        """Keep terms before anything was offered. Raises `TermsError` for others than ours."""
        terms = Terms.parse(untrusted)
        terms.number(self.keys().name)
        terms.check_mine(self.keys())
        if self.began:
            raise PrivateOverlapError("a list was offered already; its terms stay as they are")
        OverlapSession.objects.filter(session_id=self.session_id).update(terms=untrusted)
        return terms

    def card(self) -> Card:
        """This desk's card for the session."""
        return self.keys().card()

    def end(self) -> None:
        """Delete the session with all its secrets."""
        OverlapSession.objects.filter(session_id=self.session_id).delete()


def session_ledger() -> SessionLedger | None:
    """The desk's privacy ledger; it stands in another room, so the settings name it."""
    dotted = getattr(settings, "SAFELIGHT_SESSION_LEDGER", None)
    found: SessionLedger | None = import_string(dotted) if dotted else None
    return found


def begin(name: str, *, today: date) -> DeskPlace:
    """Draw keys for a new session. Raises `TermsError` for a name that is none."""
    keys = SessionKeys.drawn(name)
    facts = {
        "name": keys.name,
        "signing_seed": keys.signing_seed.hex(),
        "sealing_seed": keys.sealing_seed.hex(),
    }
    row = OverlapSession.objects.create(
        session_id=secrets.token_hex(8), name=name, began_on=today, keys=saved.packed(facts, {})
    )
    return DeskPlace(row.session_id)


def sessions() -> list[OverlapSession]:
    """Every session on this desk, the newest first."""
    return list(OverlapSession.objects.order_by("-began_on", "session_id"))


def _keys(row: OverlapSession) -> SessionKeys:
    facts, _ = saved.unpacked(bytes(row.keys))
    return SessionKeys(
        facts["name"],
        bytes.fromhex(facts["signing_seed"]),
        bytes.fromhex(facts["sealing_seed"]),
    )


def _clear(terms: Terms) -> dict[str, str]:
    return {
        "session": terms.session.hex(),
        "unit": terms.unit,
        "lists": str(len(terms.names)),
        "noise_scale": str(float(terms.noise_scale)),
    }


@dataclass
class Work:
    """A step that is being done, or ended with `problem`, whose `code` is of `wording.REFUSALS`."""

    done: int = 0
    of: int = 0
    running: bool = True
    problem: str = ""
    code: str = ""
    began: float = field(default_factory=time.monotonic)

    @property
    def share(self) -> int:
        """Per cent."""
        return 100 * self.done // self.of if self.of else 0

    @property
    def seconds_left(self) -> int | None:
        """By the pace so far; `None` before there is one."""
        if not self.done:
            return None
        return math.ceil((time.monotonic() - self.began) * (self.of - self.done) / self.done)


_guard = threading.Lock()
_works: dict[str, Work] = {}


def start(session_id: str, act: Callable[[OnProgress], object]) -> Work:
    """Do one step in a thread. Raises `PrivateOverlapError` while another of it runs."""
    work = Work()
    with _guard:
        if session_id in _works and _works[session_id].running:
            raise PrivateOverlapError("a step of this overlap is being done; wait until it is")
        _works[session_id] = work
    threading.Thread(target=_do, args=(work, act), name="private-overlap", daemon=True).start()
    return work


def work_on(session_id: str) -> Work | None:
    """The step that is being done, or the last one of this run of the program."""
    with _guard:
        return _works.get(session_id)


def _do(work: Work, act: Callable[[OnProgress], object]) -> None:
    def say(done: int, of: int) -> None:
        work.done, work.of = done, of

    try:
        act(say)
    except SafelightError as refusal:
        work.problem = str(refusal)
        work.code = refusal.code if isinstance(refusal, PrivateOverlapError) else "overlap"
    except Exception as error:  # noqa: BLE001  # a thread has nobody above it to tell the page
        _log.error("overlap.accident %s", type(error).__name__)
        work.code = ACCIDENT
    finally:
        work.running = False
        connection.close()
