"""Facts that make a notice of any template, and cases that notices are about."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.casework.followup.cases import an_alarm, reportable, said, today
from tests.support.desk import TestDesk

DAY = date(2026, 3, 14)
DIGEST = "ab" * 32
EVERYTHING: dict[str, str] = {
    "sender_name": "Организация «Примерная помощь»",
    "sender_email": "help@example.org",
    "sender_address": "ул. Примерная, 1\n101000 Город",
    "recipient_name": "Пример Хостинг",
    "recipient_address": "Example Street 1\n10001 City",
    "mandate": "ON_REQUEST",
    "urls": "https://example.org/post/1\nhttps://пример.рф/страница?x=1",
    "account": "канал примера",
    "seen_on": "2026-03-13",
    "captures": f"{DIGEST} 2026-03-12",
    "shown": "PHOTO\nPRIVATE_LIFE\nFALSE_CLAIM",
    "statements": "что человек опасен",
    "reasons": "Публикации призывают писать на работу.",
    "harm": "сообщения с угрозами",
    "law": "закон страны",
    "previous": "№ 17",
}
NAMES = {"person_name": "Имя Примерное", "person_contact": "tel. 000"}


def facts_for(template: Any, **changes: Any) -> dict[str, Any]:
    """Facts with everything that a template takes and a name only where it cannot do without."""
    given = {name: value for name, value in EVERYTHING.items() if name in template.field_names}
    given |= {name: value for name, value in NAMES.items() if name in template.required}
    return given | changes


def a_draft(template_id: str = "hoster-dsa-16", language: str = "ru", **changes: Any) -> Any:
    """A draft of today's newest template."""
    from safelight.campaigns.notices.drafting import drafted
    from safelight.campaigns.notices.facts import parsed_facts
    from safelight.campaigns.notices.templates import template

    made_from = template(template_id)
    shown = changes.pop("may_show", tuple(n for n in NAMES if n in made_from.required))
    given = facts_for(made_from, **changes)
    facts = parsed_facts(made_from, given, shown=shown, language=language, today=DAY)
    return drafted(made_from, facts, language=language, day=DAY)


def a_case(desk: TestDesk, *ticked: str, words: Any = None) -> str:
    """An alarm whose person ticked what may be begun at once; it is counted."""
    answers = {"danger": "NO", "deadline": "TOMORROW", "may_do": ticked, "role": "VICTIM"}
    fields: dict[str, Any] = {"form": "smear-alarm", "answers": answers, "consent": ("STAT",)}
    report = an_alarm(**fields) if words is None else reportable(words, **fields)
    (case_id,) = desk.take_in(report)
    return case_id


__all__ = ["DAY", "DIGEST", "a_case", "a_draft", "facts_for", "said", "today"]
