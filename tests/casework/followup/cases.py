"""Cases that can be followed: with a way back, consents, an alarm, and a place to refer to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from safelight.sealing.receipt import Receipt
from tests.support.desk import TestDesk, a_report

SHARE = "SHARE_PARTNER"


def today() -> date:
    return datetime.now(UTC).date()


def days(number: int) -> str:
    return (today() + timedelta(days=number)).isoformat()


def reportable(words: Receipt, **changes: Any) -> Any:
    """A report of today that can be answered; agrees to be counted and to be passed on."""
    fields = {
        "written": today(),
        "consent": ("STAT", SHARE),
        "mailbox": words.mailbox_id.hex(),
        "withdrawal": words.withdrawal_verifier.hex(),
        "message_key": words.message_key.hex(),
        "reply_to": words.reply_recipient().encode(),
    }
    return a_report(**(fields | changes))


def an_alarm(**changes: Any) -> Any:
    """A smear alarm that says: tomorrow, look for a lawyer, write to me."""
    answers = {
        "danger": "NO",
        "deadline": "TOMORROW",
        "deadline_what": "Педсовет утром",
        "may_do": ("FIND_LAWYER", "WRITE_TO_ME"),
        "role": "VICTIM",
    }
    return a_report(**({"form": "smear-alarm", "written": today(), "answers": answers} | changes))


def said(desk: TestDesk, words: Receipt, text: str, *, on: date | None = None) -> None:
    """The reporter writes again."""
    from safelight.casework.inbox import take_in
    from safelight.sealing.message_tag import tagged
    from safelight.vocabulary.messages import Message

    message = Message(
        mailbox=words.mailbox_id.hex(),
        written=on or today(),
        language="ru",
        sealed_by="browser",
        text=text,
    )
    take_in([desk.sealed(tagged(message.to_bytes(), words.message_key))])


def sent_file(desk: TestDesk, words: Receipt, name: str, content: bytes) -> None:
    """The reporter sends a file."""
    from safelight.casework.inbox import take_in
    from safelight.sealing.message_tag import tagged
    from safelight.vocabulary.messages import FileHeader

    header = FileHeader(
        mailbox=words.mailbox_id.hex(),
        written=today(),
        sealed_by="browser",
        name=name,
        type="image/jpeg",
        metadata="removed",
    )
    take_in([desk.sealed(tagged(header.to_bytes() + content, words.message_key))])


def a_place(**changes: Any) -> str:
    """A lawyer in the directory; returns its id."""
    from safelight.casework.followup.places import enter

    fields = {
        "helper": "LAWYER",
        "name": "Юрист на связи",
        "what": "Труд и школа",
        "how": "Через секретаря",
        "recipient": "",
    }
    return enter(**(fields | changes))


def refer(case_id: str, place_id: str, *parts: str, **changes: Any) -> str:
    """Refer a case as a caseworker does who did everything right."""
    from safelight.casework.followup.referring import refer as refer_case

    given = {
        "place_id": place_id,
        "consent": SHARE,
        "is_named": True,
        "part_names": parts or ("answer:story",),
        "note": "",
        "language": "ru",
    }
    return refer_case(case_id, **(given | changes))


def follow_up(case_id: str) -> Any:
    from safelight.casework.followup.deciding import follow_up_of

    return follow_up_of(case_id)


def act(desk: TestDesk, case_id: str, action: str, **given: Any) -> Any:
    return desk.client.post(f"/cases/{case_id}/follow-up/{action}", given)


def tables() -> dict[str, Any]:
    """Everything the projections of following up hold."""
    from safelight.casework.followup import models

    made = (models.FollowedCase, models.OpenTask, models.AgreedPurpose, models.Place, models.Recall)
    return {
        table.__name__: sorted(
            (tuple((k, v) for k, v in row.items() if k != "id") for row in table.objects.values()),
            key=repr,
        )
        for table in made
    }
