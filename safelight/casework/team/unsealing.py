"""Mark a case for two people, and open it: one asks, one of the other side releases, for a time.

    asked       the asking desk makes a recipient for this one question; its seed is a content key
                of `unseal:<question>`, kept until the question is answered or over
    released    a desk of the other side seals its shares to that recipient
    opened      the asking desk puts the keys together, in memory, for `MINUTES`; the seed is
                destroyed, so that the same release never opens anything again

What is opened can be read, not changed: to work on it, end the mark.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework import inbox, opening
from safelight.casework.cases import check_open, open_case, report_in, standing_of
from safelight.casework.projecting import project
from safelight.casework.team.models import Member
from safelight.casework.team.restored import check_caught_up
from safelight.casework.team.shares import ShareError, Shares, combined
from safelight.casework.team.two_person import (
    HOURS,
    SHARES,
    Sides,
    TwoPersonError,
    carrier,
    forget_old_seeds,
    original_keys,
    seed_subject,
    share_out,
    sides_of,
    standing_mark,
)
from safelight.journal import content_keys, held_open
from safelight.journal.apart import ENDED, MARKED
from safelight.journal.chain import append, desk_key, told
from safelight.journal.content import ContentKey, Told
from safelight.journal.entry import Entry
from safelight.sealing.envelope import EnvelopeError
from safelight.sealing.header import SealedFileError
from safelight.sealing.recipients import HybridRecipient, parse_recipient
from safelight.sealing.seal import seal_bytes

ASKED: Final = "case.unseal-asked"
RELEASED: Final = "case.unseal-released"
REFUSED: Final = "case.unseal-refused"
# How long a case stays open (a question waits for `HOURS`).
MINUTES: Final = 30


@dataclass(frozen=True, slots=True)
class Question:
    """One desk's question to open a case. `state`: asked, released, used, refused, over."""

    name: str
    desk: str
    at: datetime
    purpose: str
    sentence: str
    state: str
    answered_by: str


@dataclass(frozen=True, slots=True)
class Apart:
    """How a marked case stands on this desk."""

    case_id: str
    mark: Entry
    sides: Sides
    own_side: str
    questions: tuple[Question, ...]
    seconds_left: float


def mark_for_two(case_id: str, *, first: tuple[str, ...], second: tuple[str, ...]) -> None:
    """Let nobody open this case alone from now on: a desk of each side must come together.

    Raises `TwoPersonError`, `CaseStateError`. Backups made before open no more.
    """
    sides = Sides(tuple(sorted(set(first))), tuple(sorted(set(second))))
    _check_sides(sides)
    with transaction.atomic():
        case = open_case(case_id)
        check_open(case)
        if not opening.is_open(case_id):
            raise TwoPersonError(_("open the case first, and say what for; then it can be marked"))
        now = standing_of(case)
        # Shares before the mark: who has the mark has them too.
        share_out(case_id, sides, content_keys.keys_of([case_id]))
        body = {
            "first": list(sides.first),
            "second": list(sides.second),
            "mailbox": now.mailbox,
            "withdrawal": report_in(now).withdrawal or "",
        }
        append(MARKED, body, subject=case_id)
        project(case_id)
    content_keys.finish_erasure()


def _check_sides(sides: Sides) -> None:
    known = {desk_key().desk, *Member.objects.filter(until=None).values_list("desk", flat=True)}
    if not sides.first or not sides.second:
        raise TwoPersonError(_("expected at least one desk on each side; choose two"))
    if set(sides.first) & set(sides.second):
        raise TwoPersonError(
            _(
                "a desk stands on both sides; expected two different ones, as it could open the "
                "case alone"
            )
        )
    if not {*sides.first, *sides.second} <= known:
        raise TwoPersonError(_("expected desks of the team's statement; choose among those listed"))


def apart_now(case_id: str) -> Apart | None:
    """Return how a marked case stands here, or None when it is not marked."""
    mark = standing_mark(case_id)
    if mark is None:
        return None
    sides = sides_of(mark)
    story = [one for one in told(carrier(case_id)) if one.entry.clock > 0]
    return Apart(
        case_id,
        mark,
        sides,
        sides.side_of(desk_key().desk),
        tuple(_questions(story, sides)),
        held_open.seconds_left(case_id),
    )


def _questions(story: list[Told], sides: Sides) -> list[Question]:
    answers: dict[str, list[Told]] = {}
    for one in story:
        if one.entry.kind in {RELEASED, REFUSED} and one.content is not None:
            answers.setdefault(str(one.content.get("question")), []).append(one)
    found = []
    for one in story:
        if one.entry.kind != ASKED or one.content is None:
            continue
        name = str(one.content.get("question"))
        # A desk of the same side, or of neither, cannot answer, nor stand before one that can.
        answer = next(
            (by for by in answers.get(name, ()) if sides.opposite(one.entry.desk, by.entry.desk)),
            None,
        )
        found.append(
            Question(
                name,
                one.entry.desk,
                one.entry.at,
                str(one.content.get("purpose", "")),
                str(one.content.get("sentence", "")),
                _state(name, one.entry, answer),
                answer.entry.desk if answer else "",
            )
        )
    return found


def _state(name: str, asked: Entry, answer: Told | None) -> str:
    if answer is not None and answer.entry.kind == REFUSED:
        return "refused"
    if asked.desk == desk_key().desk and content_keys.is_destroyed(seed_subject(name, asked.at)):
        return "used" if answer is not None else "over"
    if datetime.now(UTC) - asked.at > timedelta(hours=HOURS):
        return "over"
    return "asked" if answer is None else "released"


def ask_to_open(case_id: str, purpose: str, sentence: str = "") -> str:
    """Ask the other side; return the question's name. Raises `TwoPersonError`, `PurposeError`."""
    said = opening.checked_purpose(purpose, sentence)
    stands = _stands_here(case_id)
    name, seed = secrets.token_hex(16), secrets.token_bytes(32)
    at = datetime.now(UTC).replace(microsecond=0)
    with transaction.atomic():
        forget_old_seeds()
        over = [q for q in stands.questions if q.desk == desk_key().desk]
        content_keys.destroy(seed_subject(q.name, q.at) for q in over)
        content_keys.keep_key(ContentKey(secrets.token_hex(16), seed_subject(name, at), seed))
        content = {
            "question": name,
            "purpose": said["purpose"],
            "sentence": said.get("sentence", ""),
            "recipient": HybridRecipient.from_seed(seed).encode(),
        }
        append(ASKED, {}, subject=carrier(case_id), content=content, at=at)
    content_keys.finish_erasure()
    return name


def release(case_id: str, question: str) -> None:
    """Answer a question of the other side with this desk's shares, sealed to that question."""
    asked = _answerable(case_id, question)
    recipient = parse_recipient(str(_content(case_id, ASKED, question)["recipient"]))
    own = [shares.to_bytes().hex() for shares in _own_shares(case_id, with_desk=asked.desk)]
    if not own:
        raise TwoPersonError(
            _(
                "no share of this case is here for the desk that asks: expected one that opens, "
                "got none. Exchange with colleagues, and try again"
            )
        )
    sealed = seal_bytes("\n".join(own).encode("ascii"), [recipient])
    content = {"question": question, "sealed": base64.b64encode(sealed).decode("ascii")}
    with transaction.atomic():
        append(RELEASED, {}, subject=carrier(case_id), content=content)


def refuse(case_id: str, question: str) -> None:
    """Answer a question of the other side with no."""
    _answerable(case_id, question)
    with transaction.atomic():
        append(REFUSED, {}, subject=carrier(case_id), content={"question": question})


def _answerable(case_id: str, question: str) -> Question:
    stands = _stands_here(case_id)
    asked = next((q for q in stands.questions if q.name == question), None)
    if asked is None or asked.state != "asked":
        raise TwoPersonError(_("this question was answered already, or is over; reload the page"))
    if not stands.sides.opposite(asked.desk, desk_key().desk):
        raise TwoPersonError(
            _("only a desk of the other side can answer: expected the second person, got the first")
        )
    return asked


def open_released(case_id: str, question: str) -> None:
    """Open the case with a release, in memory, for `MINUTES`; write the opening down.

    Raises `TwoPersonError` for a release that was used, is over, or does not open anything;
    `BulkReadingError` as any opening.
    """
    check_caught_up()
    stands = _stands_here(case_id)
    own = desk_key().desk
    asked = next((q for q in stands.questions if q.name == question), None)
    if asked is None or asked.desk != own or asked.state != "released":
        raise TwoPersonError(
            _(
                "this release was used already, is over, or answers another desk's question; "
                "ask anew"
            )
        )
    seed = content_keys.keys_of([seed_subject(question, asked.at)])
    keys = _released_keys(case_id, question, asked, seed[0].secret) if seed else []
    if not keys:
        raise TwoPersonError(_("what was released opens nothing here; ask anew"))
    with transaction.atomic():
        content_keys.destroy([seed_subject(question, asked.at)])
        originals = original_keys(case_id, keys)
        held_open.hold_open(case_id, [*keys, *originals.values()], seconds=MINUTES * 60)
        try:
            opening.open_for(open_case(case_id), asked.purpose, asked.sentence)
        except BaseException:
            held_open.close(case_id)
            raise
    content_keys.finish_erasure()


def _released_keys(case_id: str, question: str, asked: Question, seed: bytes) -> list[ContentKey]:
    sealed = base64.b64decode(str(_content(case_id, RELEASED, question)["sealed"]), validate=True)
    try:
        lines = inbox.open_with_seed(sealed, seed).decode("ascii").split("\n")
        theirs = {one.name: one for one in map(_parsed_share, lines)}
    except (EnvelopeError, SealedFileError, ShareError, ValueError):
        return []
    keys: dict[str, ContentKey] = {}
    for mine in _own_shares(case_id, with_desk=asked.answered_by):
        other = theirs.get(mine.name)
        if other is not None:
            for key in combined(mine, other, subject=case_id):
                keys.setdefault(key.key_id, key)
    return list(keys.values())


def _parsed_share(line: str) -> Shares:
    return Shares.parse(bytes.fromhex(line))


def _own_shares(case_id: str, *, with_desk: str) -> list[Shares]:
    """This desk's shares of every splitting in which `with_desk` is of the other side."""
    own, found = desk_key().desk, []
    for one in told(carrier(case_id)):
        if one.entry.kind != SHARES or one.content is None:
            continue
        try:
            sides = Sides(tuple(one.content["first"]), tuple(one.content["second"]))
            if not sides.opposite(own, with_desk):
                continue
            sealed = base64.b64decode(one.content["sealed"][sides.side_of(own)], validate=True)
        except (KeyError, TypeError, ValueError):
            continue  # not what this program writes
        try:
            found.append(Shares.parse(inbox.open_team_mail(sealed)))
        except (EnvelopeError, SealedFileError, ShareError):
            continue  # of a splitting made for another key of this desk, or not made by Safelight
    return found


def _content(case_id: str, kind: str, question: str) -> Any:
    for one in told(carrier(case_id)):
        if one.entry.kind == kind and one.content and one.content.get("question") == question:
            return one.content
    raise TwoPersonError(_("this question is not here any more; reload the page"))


def _stands_here(case_id: str) -> Apart:
    stands = apart_now(case_id)
    if stands is None:
        raise TwoPersonError(_("this case is not marked for two people; reload the page"))
    if not stands.own_side:
        raise TwoPersonError(
            _(
                "this desk stands on neither side of the case; expected a desk of %(first)s or of "
                "%(second)s"
            )
            % {"first": ", ".join(stands.sides.first), "second": ", ".join(stands.sides.second)}
        )
    return stands


def close_now(case_id: str) -> None:
    """Forget the keys of a case that is open here before its time is over."""
    held_open.close(case_id)


def end_mark(case_id: str) -> None:
    """Let every desk open the case again; only while two people have it open."""
    stands = _stands_here(case_id)
    keys = held_open.held_keys(case_id)
    if not keys:
        raise TwoPersonError(
            _("the mark can be ended only while the case is open by two people; ask for a release")
        )
    with transaction.atomic():
        # All of them: a colleague takes a key with the contents of a batch only.
        secret = {key.key_id: key.secret.hex() for key in keys}
        append(ENDED, {}, subject=case_id, content={"by": stands.own_side, "keys": secret})
        for key in keys:
            content_keys.keep_key(key)
        held_open.close(case_id)
        project(case_id)
