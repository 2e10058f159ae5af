"""Whatever three desks write about a letter, in whatever order it is heard, all show the same."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.casework.folding import entry_name, fold
from safelight.casework.letters import kinds
from safelight.casework.letters.redaction import digest_of
from safelight.casework.letters.standing import LetterNow, letter_now
from safelight.journal.content import Told
from tests.journal.simulated_team import SimulatedDesk, a_team, everybody_hears_everybody, made

CASE = "c0" * 8
STEPS = (
    "take", "hand", "draft", "offer", "approve", "approve-alone", "return", "answer", "message",
    "escalate", "settle", "propose", "agree", "send-back", "take-out", "undo",
)  # fmt: skip


def story(desk: SimulatedDesk) -> list[Told]:
    return [Told(e, desk._content(e)) for e in desk.entries() if e.subject == CASE]


def standing(desk: SimulatedDesk) -> LetterNow:
    told = story(desk)
    now = fold(CASE, told)
    assert now is not None
    return letter_now(now, told)


def do(desk: SimulatedDesk, step: str, number: int) -> None:
    """What a person or a careless program does: possible or not, the fold decides."""
    letter = standing(desk)
    drafts = letter.drafts or (None,)
    draft = drafts[number % len(drafts)]
    of = {"draft": letter.offered or (draft.entry if draft else "desk-1:1")}
    proposal = letter.proposal
    texts = {"letter": f"Письмо {'а' * (number % 3 + 1)}.", "answer": "Ответ.", "language": "ru"}
    contents: dict[str, tuple[str, dict[str, Any]]] = {
        "take": (kinds.TAKEN, {"from": letter.holder if number % 4 else ""}),
        "hand": (kinds.HANDED, {"to": f"desk-{number % 4}", "urgent": True, "note": ""}),
        "draft": (kinds.DRAFTED, {"text": f"{number}", "status": ""}),
        "offer": (kinds.OFFERED, {"draft": letter.latest.entry if letter.latest else "x"}),
        "approve": (kinds.APPROVED, of | {"alone": False}),
        "approve-alone": (kinds.APPROVED, of | {"alone": True}),
        "return": (kinds.RETURNED, of | {"remarks": "нет"}),
        "answer": ("case.answered", {"draft": letter.approved, "answer": f"{number:016x}",
                                     "text": "да", "status": "", "written": "2026-03-20"}),
        "message": ("case.message", {"envelope": f"m{number % 5}", "text": "ещё",
                                     "written": "2026-03-20", "sealed_by": "browser"}),
        "escalate": (kinds.ESCALATED, {"sign": "a", "to": "b", "note": "",
                                       "due": "2026-03-20T10:00Z"}),
        "settle": (kinds.SETTLED, {"escalation": letter.escalations[-1].entry
                                   if letter.escalations else "x", "note": "да"}),
        "propose": (kinds.PROPOSED, {"id": f"{number:032x}", "why": {}, **texts}),
        "agree": (kinds.AGREED, {"proposal": proposal.entry if proposal else "x",
                                 "digest": digest_of(proposal.redacted) if proposal else ""}),
        "send-back": (kinds.SENT_BACK, {"proposal": proposal.entry if proposal else "x",
                                        "remarks": ""}),
        "take-out": (kinds.TAKEN_OUT, {"why": ""}),
    }  # fmt: skip
    if step == "undo":
        told = [t for t in story(desk) if t.entry.kind in kinds.UNDOABLE]
        if told:
            entry = told[-1 - number % min(3, len(told))].entry
            desk.write("case.undone", CASE, body={"desk": entry.desk, "seq": entry.seq})
        return
    kind, content = contents[step]
    desk.write(kind, CASE, content)


def go_on(desks: list[SimulatedDesk], number: int) -> None:
    """The next sensible step, by whoever it is for, as one of the desks sees the letter."""
    seer = desks[number % 3]
    letter = standing(seer)
    by_name = {desk.name: desk for desk in desks}
    holder = by_name.get(letter.holder)
    offered = letter.draft(letter.offered)
    if holder is None:
        do(seer, "take", 1)
    elif offered is not None:
        do(next(d for d in desks if d.name != offered.desk), "approve", number)
    elif letter.approved:
        do(holder, "answer", number)
    elif letter.answered and letter.proposal is not None:
        do(next(d for d in desks if d.name != letter.proposal.desk), "agree", number)
    elif letter.answered:
        do(seer, "propose", number)
    else:
        do(holder, "offer" if letter.latest else "draft", number)


@settings(max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("do"), st.integers(0, 2), st.sampled_from(STEPS),
                      st.integers(0, 200)),
            st.tuples(st.just("go-on"), st.integers(0, 200)),
            st.tuples(st.just("all-hear")),
            st.tuples(st.just("hear"), st.integers(0, 2), st.integers(0, 2), st.integers(1, 30)),
        ),
        max_size=45,
    )
)  # fmt: skip
def test_three_desks_end_with_the_same_letter_and_two_people_behind_what_goes_out(
    plan: list[tuple[Any, ...]],
) -> None:
    desks = a_team("desk-1", "desk-2", "desk-3")
    desks[0].write("case.made", CASE, made(CASE))
    everybody_hears_everybody(desks)
    for what, *about in plan:
        if what == "go-on":
            go_on(desks, about[0])
            continue
        if what == "all-hear":
            everybody_hears_everybody(desks)
            continue
        first, second, number = about
        if what == "do":
            do(desks[first], second, number)
        else:
            desks[first].receive(desks[second].batch(desks[first].ends(), most=number))
    everybody_hears_everybody(desks)
    everybody_hears_everybody(desks)
    seen = [standing(desk) for desk in desks]
    assert seen[0] == seen[1] == seen[2]
    letter = seen[0]
    for remark in letter.remarks:
        draft = letter.draft(remark.of)
        if remark.agreed and draft is not None:
            assert (draft.desk == remark.desk) == remark.alone
    published = letter.published
    assert published is None or published.agreed_by not in {"", published.desk}
    assert not (letter.offered and letter.approved)
    if letter.offered or letter.approved:
        assert letter.holder == letter.draft(letter.offered or letter.approved).desk  # type: ignore[union-attr]
    written = [t for t in story(desks[0]) if t.entry.kind == kinds.DRAFTED]
    now = fold(CASE, story(desks[0]))
    assert now is not None
    kept = {entry_name(t.entry) for t in written} - now.undone
    assert {draft.entry for draft in letter.drafts} == kept, "no draft is lost"


def test_the_sensible_way_ends_published_so_the_test_above_is_about_something() -> None:
    desks = a_team("desk-1", "desk-2", "desk-3")
    desks[0].write("case.made", CASE, made(CASE))
    seen = []
    for number in range(8):
        everybody_hears_everybody(desks)
        go_on(desks, number)
        seen.append(standing(desks[0]).state)
    everybody_hears_everybody(desks)
    letter = standing(desks[2])
    assert letter.state == "answered"
    assert letter.published is not None
    assert len(letter.remarks) == 1
