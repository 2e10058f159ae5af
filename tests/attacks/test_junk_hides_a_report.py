"""Threat: junk-hides-a-report: Somebody sends ten thousand junk reports an hour, through every
door; one real report stands on the first screen all the same, and nothing of the junk is lost.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from datetime import date
from typing import Any

import pytest

from tests.support.desk import TestDesk, a_report, desk

__all__ = ["desk"]

DAY = date(2026, 3, 14)
REAL = {
    "acts": ("THR",),
    "when": "2026-H1",
    "story": "Вчера у подъезда меня ждали двое. Они знают, где я работаю, и сказали, что "
    "покажут видео начальнику, если я не заплачу. Я боюсь идти домой и не знаю, что делать.",
}
WORDS = ["дом", "ночь", "вода", "песня", "берег", "слово", "город", "время", "окно", "снег"]
TEMPLATES = [
    "Меня избили на улице {} и отняли всё что было с собой в сумке вечером",
    "Прошу помочь мне {} потому что соседи всё узнали и угрожают мне теперь",
    "They posted my photos {} in the school chat and now everybody knows",
]
# So many are really put through the rules. The rest of the flood stands where these stood:
# later ones of the same kinds, which the rules could only trust less.
JUDGED = 1200


def junk(draw: random.Random) -> dict[str, Any]:
    """One junk report: empty, random letters, the same again, or one of three templates."""
    kind = draw.randrange(4)
    if kind == 0:
        return {}
    if kind == 1:
        letters = "qwrtpsdfghjklzxcvbnm" if draw.random() < 0.5 else "бвгджзйклмнпрстфхцчшщаео"
        words = ("".join(draw.choices(letters, k=draw.randrange(3, 11))) for _ in range(30))
        return {"story": " ".join(words)}
    if kind == 2:
        return {"story": " ".join(draw.choices(WORDS, k=3) * 20), "acts": ("THR",)}
    template = draw.choice(TEMPLATES)
    return {"story": template.format(" ".join(draw.choices(WORDS, k=2))), "acts": ("THR",)}


class InMemory:
    """The table of marks, in memory."""

    def __init__(self) -> None:
        self.cases_with: dict[int, list[int]] = defaultdict(list)

    def sorted(self, report: Any, number: int) -> Any:
        from safelight.casework.triage import alike_rule, marks_of, sort

        marks = marks_of(report, b"k" * 32)
        shared: dict[int, int] = defaultdict(int)
        for mark in marks.words:
            for case in self.cases_with[mark]:
                shared[case] += 1
        alike = sum(count >= alike_rule("shared") for count in shared.values())
        same = 0 if marks.words else len(self.cases_with[marks.whole])
        found = sort(report, work=14, alike=alike, the_same=same)
        if not {"many-alike", "many-the-same"} & set(found.reasons):
            for mark in marks.words or (marks.whole,):
                self.cases_with[mark].append(number)
        return found


@pytest.mark.parametrize("form", ["what-happened", "smear-alarm"])
def test_one_real_report_among_ten_thousand_stands_on_the_first_screen(
    desk: TestDesk, form: str
) -> None:
    from safelight.casework.models import Case
    from safelight.casework.summaries import sealed_summary
    from safelight.casework.triage import place

    draw, marks = random.Random(5), InMemory()
    flood = 10_000 if form == "what-happened" else 500
    real_at = flood // 2
    lines, real = [], ""
    judged: list[Any] = []
    for number in range(flood + 1):
        is_real = number == real_at
        summary = b""
        if is_real or len(judged) < JUDGED:
            answers = REAL if is_real else junk(draw)
            if form == "smear-alarm":  # its questions are others; the words are what is judged
                answers = {"posted_what": answers["story"]} if "story" in answers else {}
            report = a_report(
                form=form, form_version="1", answers=_known(form, answers), consent=()
            )
            found = marks.sorted(report, number)
            judged.append(found)
        else:
            found = draw.choice(judged[200:])
        case_id = f"{number:016x}"
        if is_real:
            real, summary = case_id, sealed_summary(case_id, report.to_bytes())
        lines.append(
            Case(
                case_id=case_id, received_on=DAY, lane=found.lane,
                place=place(found.lane, found.suspicion), summary=summary,
            )
        )  # fmt: skip
    Case.objects.bulk_create(lines, batch_size=2000)
    first = desk.client.get("/cases/").text
    shown = re.findall(r'href="/cases/([0-9a-f]{16})/"', first)
    assert real in shown[:50], "on the first screen"
    assert len(shown) < 50, "and the screen is not even full"
    assert Case.objects.count() == flood + 1, "nothing is deleted"
    aside = desk.client.get("/cases/?lane=aside").text
    assert "These look like junk" in aside
    assert re.findall(r'href="/cases/([0-9a-f]{16})/"', aside)


def _known(form: str, answers: dict[str, Any]) -> dict[str, Any]:
    from safelight.vocabulary.questions import question_set

    texts = [q.id for q in question_set(form).questions if q.kind == "text" and q.only_if is None]
    return {texts[0] if name == "posted_what" else name: value for name, value in answers.items()}


def test_a_person_moves_a_case_out_of_the_junk_and_it_stays_out(desk: TestDesk) -> None:
    from safelight.casework.models import Case
    from safelight.casework.projecting import project
    from safelight.journal.chain import told

    (case_id,) = desk.take_in(a_report(answers={}))
    case = Case.objects.get()
    assert case.lane == "aside"
    assert case_id not in desk.client.get("/cases/").text
    page = desk.client.get(f"/cases/{case_id}/").text
    assert "no question was answered" in page
    desk.client.post(f"/cases/{case_id}/lane", {"lane": "urgent"})
    assert case_id in desk.client.get("/cases/").text
    assert told(case_id)[-1].content == {"lane": "urgent"}
    project(case_id)
    assert Case.objects.get().lane == "urgent"


@pytest.mark.parametrize(
    ("answers", "lane"),
    [
        ({"danger": "NOW"}, "urgent"),
        ({"acts": ("THR",)}, "reports"),
        ({"story": "https://t.me/c/1843/77 https://vk.com/wall-1_2 https://t.me/x/99"}, "reports"),
        ({"story": "Помогите"}, "reports"),
        ({"story": "Мне 17. Мама сказала, что лучше бы меня не было. Я не знаю, куда идти."},
         "reports"),
        ({"story": "I was at the cafe when four men came in and asked who was gay. They hit me."},
         "reports"),
    ],
)  # fmt: skip
def test_what_people_send_in_need_is_not_taken_for_junk(
    desk: TestDesk, answers: dict[str, Any], lane: str
) -> None:
    from safelight.casework.models import Case

    desk.take_in(a_report(answers=answers))
    assert Case.objects.get().lane == lane


def test_work_that_was_paid_is_a_hint_and_no_ticket(desk: TestDesk) -> None:
    from safelight.casework.triage import sort

    empty = a_report(answers={})
    assert sort(empty, work=None, alike=0, the_same=0).suspicion == 3
    paid = sort(empty, work=20, alike=0, the_same=0)
    assert (paid.lane, paid.suspicion) == ("reports", 2), "shown, after those that look whole"
    assert sort(empty, work=20, alike=0, the_same=99).lane == "aside"
