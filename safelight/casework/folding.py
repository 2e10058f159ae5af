"""From what all desks wrote about a case to how the case stands: one pure function.

Entries come in the journal's one order (clock, desk), so every desk that holds the same
entries sees the same case, whatever order they arrived in. A decision that was not possible
any more when it took its place (two desks decided at once) is passed over, and shown as such
in the history. Destruction takes all, wherever it stands in the order.

    case.made        the report was opened                        first one counts
    case.message     the reporter wrote again                     by envelope and tag, once
    case.file        the reporter sent a file                     by envelope and tag, once
    case.coded       codes, and the row they are counted as       last one counts
    case.set-aside   case.taken-back                              states, see `NEXT`
    case.lane        a person moved it to another lane            last one counts
    case.fact        case.fact-struck                             a fact about the funnel
    case.answered    answer.sent   answer.refused                 by answer id
    case.undone      names an entry that is passed over from now on
    case.locked      case.unlocked                                an unproven withdrawal
    case.destroyed   the keys are gone                            for ever
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from safelight.casework.followup import kinds as followup_kinds
from safelight.casework.letters import kinds as letter_kinds
from safelight.journal.content import Told
from safelight.journal.entry import Entry
from safelight.outcomes.facts import FactsError, StageFact
from safelight.outcomes.path import PathError
from safelight.outcomes.when import When, WhenError
from safelight.vocabulary.report import Report, ReportError

# What may follow what. Coding a coded case again keeps its state and adds an entry.
NEXT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "new": frozenset({"coded", "set-aside"}),
        "coded": frozenset({"coded", "set-aside"}),
        "set-aside": frozenset({"new"}),
        "locked": frozenset(),
        "withdrawn": frozenset(),
    }
)
_MOVES: Final = MappingProxyType(
    {"case.coded": "coded", "case.set-aside": "set-aside", "case.taken-back": "new"}
)
# What a person can take back; an answer only until it has left.
UNDOABLE: Final = frozenset(
    {
        "case.coded",
        "case.set-aside",
        "case.taken-back",
        "case.lane",
        "case.answered",
        "case.fact",
        "case.fact-struck",
    }
    | followup_kinds.UNDOABLE
    | letter_kinds.UNDOABLE
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said in a conversation. `who`: "reporter" or the desk's name."""

    who: str
    written: date
    kind: str  # message, file, answer
    key: str  # the envelope's digest, or the answer's id
    text: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    media_type: str = ""
    metadata: str = ""
    size: int = 0
    status: str = ""
    sealed_by: str = ""
    proof: str = ""  # the reporter's tag: the same content has the same
    state: str = ""  # of an answer: waiting, sent, refused
    entry: str = ""  # of an answer: the entry that undoes it must name


@dataclass(frozen=True, slots=True)
class KnownFact:
    """One fact about how far the case got (`funnel_facts`); `entry` names it."""

    entry: str
    stage: str
    code: str
    when: str = ""
    source: str = ""
    reasons: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseNow:
    """How a case stands. `report` holds the report's bytes; empty once destroyed."""

    case_id: str
    received_on: date
    report: bytes = field(default=b"", repr=False)
    envelope: str = ""
    mailbox: str = ""
    origin: str = ""
    state: str = "new"
    reason: str = ""
    lane: str = "reports"
    lane_reasons: tuple[str, ...] = ()
    suspicion: int = 0
    row_id: str = ""
    codes: Mapping[str, Any] | None = None
    conversation: tuple[Turn, ...] = ()
    facts: tuple[KnownFact, ...] = ()
    has_news: bool = False
    passed_over: frozenset[str] = frozenset()
    undone: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether there is anything left to read."""
        return self.state != "withdrawn"


def entry_name(entry: Entry) -> str:
    """How an entry is named by another one: desk:seq."""
    return f"{entry.desk}:{entry.seq}"


def fold(case_id: str, story: Iterable[Told]) -> CaseNow | None:
    """Return how the case stands after these entries, or None when it was never made here.

    None also when the entry that made it has come without its content: the key follows.
    """
    told = sorted(story, key=lambda one: one.entry.order)
    made = [one for one in told if one.entry.kind == "case.made"]
    gone = next((one for one in told if one.entry.kind == "case.destroyed"), None)
    if gone is not None:
        first = (made or [gone])[0].entry
        body = gone.entry.body
        return CaseNow(
            case_id,
            first.at.date(),
            mailbox=str(body.get("mailbox", "")),
            state="withdrawn",
            reason=str(body.get("why", "")),
            lane="withdrawn",
        )
    begun = _begun(case_id, made)
    if begun is None:
        return None
    case = replace(begun, undone=_undone(told))
    locked = False
    for one in told:
        kind = one.entry.kind
        if entry_name(one.entry) in case.undone:
            continue
        if kind in {"case.locked", "case.unlocked"}:
            locked = kind == "case.locked"
        else:
            try:
                case = _after(case, one)
            except _NOT_UNDERSTOOD:
                # Of another version, or forged: it must not hide what all others wrote.
                case = replace(case, passed_over=case.passed_over | {entry_name(one.entry)})
    return replace(case, state="locked", reason="withdrawal-unproven") if locked else case


_NAME: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
# What comes of reading a content that this version did not write.
_NOT_UNDERSTOOD: Final = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    FactsError,
    PathError,
    WhenError,
)


def _begun(case_id: str, made: list[Told]) -> CaseNow | None:
    """The case as it was made. Raises when nothing that made it can be understood here: a report
    of a newer version has to wait in the mail, where it is named, and not be lost from sight.
    """
    trouble: Exception | None = None
    contents = [one.content for one in made if one.content is not None]
    for content in contents:
        try:
            case = _made(case_id, content)
            if len(contents) > 1:
                Report.parse(case.report)  # of two, a forged one does not win by coming first
        except (*_NOT_UNDERSTOOD, ReportError) as error:
            trouble = trouble or error
        else:
            return case
    if trouble is not None:
        raise trouble
    return None


def _made(case_id: str, content: Mapping[str, Any]) -> CaseNow:
    return CaseNow(
        case_id,
        date.fromisoformat(content["received_on"]),
        report=_text(content["report"]).encode(),
        envelope=_text(content["envelope"]),
        mailbox=_text(content["mailbox"]),
        origin=_text(content["origin"]),
        lane=_text(content["lane"]),
        lane_reasons=tuple(_text(reason) for reason in content["lane_reasons"]),
        suspicion=int(content["suspicion"]),
    )


def _text(untrusted: Any) -> str:
    if not isinstance(untrusted, str):
        raise TypeError("expected a text")
    return untrusted


def _name(untrusted: Any) -> str:
    """An id or a digest: it becomes part of addresses."""
    if not _NAME.fullmatch(untrusted):
        raise ValueError("expected an id")
    return str(untrusted)


def _codes(untrusted: Mapping[str, Any]) -> dict[str, Any]:
    """Codes as `StatRow.to_mapping` gives them: nothing that a table could not keep."""
    for value in untrusted.values():
        parts = value if isinstance(value, list) else [value]
        if not all(part is None or isinstance(part, str | bool) for part in parts):
            raise TypeError("expected codes")
    return dict(untrusted)


def _undone(told: list[Told]) -> frozenset[str]:
    left = {
        str(one.entry.body.get("answer", "")) for one in told if one.entry.kind == "answer.sent"
    }
    known = {entry_name(one.entry): one for one in told if one.entry.kind in UNDOABLE}
    found = set()
    for one in told:
        if one.entry.kind != "case.undone":
            continue
        name = f"{one.entry.body.get('desk')}:{one.entry.body.get('seq')}"
        target = known.get(name)
        if target is None or target.entry.order >= one.entry.order:
            continue
        if target.content is not None and target.content.get("answer") in left:
            continue  # it had left before the undoing was known
        found.add(name)
    return frozenset(found)


def _after(case: CaseNow, one: Told) -> CaseNow:  # noqa: PLR0911  # a line for each kind
    kind, content = one.entry.kind, one.content
    if kind in {"answer.sent", "answer.refused"}:
        return _answer_ended(case, str(one.entry.body.get("answer", "")), kind.split(".")[1])
    if content is None:
        return case  # its key has not come yet
    if kind in _MOVES:
        return _moved(case, one)
    if kind == "case.fact":
        return replace(case, facts=(*case.facts, _fact(one)))
    if kind == "case.fact-struck":
        left = tuple(fact for fact in case.facts if fact.entry != content["entry"])
        return replace(case, facts=left)
    if kind == "case.lane":
        lane = _text(content["lane"])
        return replace(case, lane=lane, lane_reasons=("by-hand",), suspicion=0)
    if kind in {"case.message", "case.file"}:
        return _with_turn(case, _from_reporter(kind, content), has_news=True)
    if kind == "case.answered":
        return _with_turn(case, _answer(one), has_news=False)
    return case


def _moved(case: CaseNow, one: Told) -> CaseNow:
    to, content = _MOVES[one.entry.kind], one.content or {}
    if to not in NEXT[case.state]:
        return replace(case, passed_over=case.passed_over | {entry_name(one.entry)})
    if to == "coded":
        # The first row's id stays, so that coding again is not a second row.
        row = case.row_id or _text(content["row"])
        codes = _codes(content["codes"])
        return replace(case, state=to, reason="", row_id=row, codes=codes, has_news=False)
    reason = _text(content.get("reason", ""))
    return replace(case, state=to, reason=reason, row_id="", codes=None, has_news=False)


def _with_turn(case: CaseNow, turn: Turn, *, has_news: bool) -> CaseNow:
    for said in case.conversation:
        if turn.key == said.key or turn.proof == said.proof != "":
            return case  # opened on two desks, or sealed anew by somebody who repeats it
    return replace(case, conversation=(*case.conversation, turn), has_news=has_news)


def _from_reporter(kind: str, content: Mapping[str, Any]) -> Turn:
    return Turn(
        who="reporter",
        written=date.fromisoformat(content["written"]),
        kind=kind.removeprefix("case."),
        key=_name(content["envelope"]),
        text=_text(content.get("text", "")),
        name=_text(content.get("name", "")),
        media_type=_text(content.get("type", "")),
        metadata=_text(content.get("metadata", "")),
        size=int(content.get("size", 0)),
        sealed_by=_text(content["sealed_by"]),
        proof=_text(content.get("proof", "")),
    )


def _fact(one: Told) -> KnownFact:
    content = one.content or {}
    # Construction validates: one that the outcomes cannot count would stop all their counting.
    StageFact(
        stage=content["stage"],
        code=content["code"],
        when=When.parse(content["when"]) if content["when"] else None,
        source=content["source"],
        reasons=tuple(content["reasons"]),
    )
    return KnownFact(
        entry=entry_name(one.entry),
        stage=_text(content["stage"]),
        code=_text(content["code"]),
        when=_text(content["when"]),
        source=_text(content["source"]),
        reasons=tuple(_text(reason) for reason in content["reasons"]),
        details={str(name): _text(value) for name, value in content["details"].items()},
    )


def _answer(one: Told) -> Turn:
    content = one.content or {}
    return Turn(
        who=one.entry.desk,
        written=date.fromisoformat(content["written"]),
        kind="answer",
        key=_name(content["answer"]),
        text=_text(content["text"]),
        status=_text(content["status"]),
        state="waiting",
        entry=entry_name(one.entry),
    )


def _answer_ended(case: CaseNow, answer: str, state: str) -> CaseNow:
    return replace(
        case,
        conversation=tuple(
            replace(turn, state=state) if turn.key == answer else turn for turn in case.conversation
        ),
    )
