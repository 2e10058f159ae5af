"""Opening a case is accountable: for a purpose, written down; reading in bulk locks the desk.

    lists            codes of the inbox only; nothing here needs an opening
    the opening      a purpose from data/opening.yaml, or "other" with a sentence
    case.opened      the entry: this desk, the case; the purpose is sealed and goes with the case
    reading on       the same desk reads this case for `holds_minutes` without being asked again
    too many         alarm.read-in-bulk; every case is closed again; the desk locks

It does not keep a person from reading: it makes reading visible to the team, and slow for a
program that got hold of the browser's cookie. Whoever has the passphrase and the files can
read everything with a program of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import yaml
from django.db import transaction

from safelight.casework.models import Case, Opening
from safelight.casework.team.restored import check_caught_up, is_waiting
from safelight.casework.team.roles import allows, own_roles
from safelight.errors import SafelightError
from safelight.journal.chain import append, desk_key
from safelight.journal.entry import Entry
from safelight.journal.models import JournalEntry

OTHER: Final = "other"
OPENED: Final = "case.opened"
ALARM: Final = "alarm.read-in-bulk"
# All alarms have one subject, so that they are found without walking the journal.
ALARM_SUBJECT: Final = "alarm"
LONGEST_SENTENCE: Final = 300


class PurposeError(SafelightError):
    """A purpose that is not in the list, or "other" without a sentence."""


class BulkReadingError(SafelightError):
    """More cases were opened than work explains. Whoever catches it locks the desk."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a case is opened for. `usual`: states of cases for which it is the common one.

    `asked` is false for what no person chooses: a search that opens cases by itself.
    """

    value: str
    labels: Mapping[str, str]
    usual: tuple[str, ...]
    asked: bool = True

    def label(self, language: str) -> str:
        return self.labels["ru" if language.startswith("ru") else "en"]


@dataclass(frozen=True, slots=True)
class BulkRule:
    """So many different cases in so many minutes are still work; one more is not."""

    cases: int
    minutes: int


@cache
def _rules() -> Mapping[str, Any]:
    text = (files("safelight.casework") / "data" / "opening.yaml").read_text("utf-8")
    return MappingProxyType(yaml.safe_load(text))


@cache
def purposes() -> tuple[Purpose, ...]:
    """The purposes, in the order of the page."""
    return tuple(
        Purpose(
            value,
            {"en": entry["en"], "ru": entry["ru"]},
            tuple(entry.get("usual", ())),
            asked=entry.get("asked", True),
        )
        for value, entry in _rules()["purposes"].items()
    )


@cache
def bulk_rules() -> tuple[BulkRule, ...]:
    """What counts as reading in bulk."""
    return tuple(BulkRule(rule["cases"], rule["minutes"]) for rule in _rules()["bulk"])


def usual_first(case: Case) -> tuple[Purpose, ...]:
    """The purposes with the common one for this case in front."""
    state = "news" if case.has_news else str(case.state)
    asked = (purpose for purpose in purposes() if purpose.asked)
    return tuple(sorted(asked, key=lambda purpose: state not in purpose.usual))


def is_open(case_id: str) -> bool:
    """Whether this desk opened the case a while ago, and no alarm has closed it since.

    A desk that lost the role meanwhile has nothing open.
    """
    if is_waiting() or not allows(own_roles(), OPENED):
        return False
    now = datetime.now(UTC)
    holds = timedelta(minutes=_rules()["holds_minutes"])
    return (
        Opening.objects.filter(case_id=case_id, pk__gt=_last_alarm())
        .filter(at__gt=now - holds, at__lte=now)
        .exists()
    )


def open_cases() -> frozenset[str]:
    """The cases that are open to this desk now."""
    if is_waiting() or not allows(own_roles(), OPENED):
        return frozenset()
    now = datetime.now(UTC)
    holds = timedelta(minutes=_rules()["holds_minutes"])
    recent = Opening.objects.filter(pk__gt=_last_alarm(), at__gt=now - holds, at__lte=now)
    return frozenset(recent.exclude(case_id="").values_list("case_id", flat=True))


def open_for(case: Case, purpose: str, sentence: str = "") -> None:
    """Write down that this desk opens a case, and what for.

    Raises `PurposeError`; `NotCaughtUpError` on a restored desk; `BulkReadingError` after the
    alarm has been written down and every case closed. The case is then not open.
    """
    check_caught_up()
    said = checked_purpose(purpose, sentence)
    with transaction.atomic():
        broken = None if is_open(case.case_id) else _broken_rule(case.case_id)
        if broken is None:
            entry = append(OPENED, {}, subject=case.case_id, content=said)
            _keep(entry)
        else:
            _raise_alarm(broken)
    if broken is not None:
        raise BulkReadingError(
            f"more than {broken.cases} different cases were opened within {broken.minutes} "
            "minutes; the desk locked itself and the journal says so. If it was you, unlock it "
            "and go on"
        )


def checked_purpose(purpose: str, sentence: str) -> dict[str, str]:
    """Return what is written down of a purpose, or raise `PurposeError`."""
    sentence = " ".join(sentence.split())
    if purpose == OTHER:
        if not sentence or len(sentence) > LONGEST_SENTENCE:
            raise PurposeError(
                f"“other” needs a sentence of at most {LONGEST_SENTENCE} characters that says "
                "what the case is opened for"
            )
        return {"purpose": OTHER, "sentence": sentence}
    if purpose not in {known.value for known in purposes()}:
        raise PurposeError("expected one of the purposes of the page; go back and choose one")
    return {"purpose": purpose}


def _broken_rule(case_id: str) -> BulkRule | None:
    """The rule that opening one more case would break."""
    now = datetime.now(UTC)
    since_alarm = Opening.objects.filter(pk__gt=_last_alarm()).exclude(case_id=case_id)
    for rule in bulk_rules():
        recent = since_alarm.filter(at__gt=now - timedelta(minutes=rule.minutes))
        if recent.values("case_id").distinct().count() >= rule.cases:
            return rule
    return None


def _raise_alarm(rule: BulkRule) -> None:
    entry = append(ALARM, {"cases": rule.cases, "minutes": rule.minutes}, subject=ALARM_SUBJECT)
    _keep(entry)


def _last_alarm() -> int:
    latest = Opening.objects.filter(case_id="").order_by("-pk").values_list("pk", flat=True)
    return latest.first() or 0


def _keep(entry: Entry) -> None:
    case_id = entry.subject if entry.kind == OPENED else ""
    Opening.objects.create(case_id=case_id, at=entry.at)


def recent_alarms() -> list[Entry]:
    """Alarms of any desk of the team that are still to be shown, the newest first."""
    since = datetime.now(UTC) - timedelta(days=_rules()["alarm_shown_days"])
    rows = JournalEntry.objects.filter(subject=ALARM_SUBJECT, kind=ALARM).order_by("-clock")
    found = (Entry.parse(bytes(signed)) for signed in rows.values_list("signed", flat=True)[:20])
    return [entry for entry in found if entry.at > since]


def rebuild_openings() -> None:
    """Make the table of openings anew from this desk's entries."""
    Opening.objects.all().delete()
    for entry in _own_entries():
        _keep(entry)


def _own_entries() -> Iterator[Entry]:
    rows = JournalEntry.objects.filter(desk=desk_key().desk, kind__in=[OPENED, ALARM])
    for signed in rows.order_by("seq").values_list("signed", flat=True).iterator():
        yield Entry.parse(bytes(signed))
