"""The form of one notice: what is known already is filled in, what nobody may assume is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from django.http import QueryDict

from safelight.campaigns.case_evidence.emergency import Alarm
from safelight.campaigns.case_evidence.standing import EvidenceNow
from safelight.campaigns.notices.codes import codes, fields
from safelight.campaigns.notices.drafting import Draft, drafted
from safelight.campaigns.notices.facts import AS_PERSON, TELLING, parsed_facts
from safelight.campaigns.notices.standing import NoticeNow
from safelight.campaigns.notices.templates import Template, templates

# What was exposed, as a notice may say it: nothing that names an orientation or an illness.
_SHOWN: Final[Mapping[str, str]] = {
    "NAME": "NAME",
    "PHOTO": "PHOTO",
    "INTIMATE_IMAGE": "PRIVATE_LIFE",
    "HOME_ADDRESS": "HOME_ADDRESS",
    "PHONE": "PHONE",
    "WORKPLACE": "WORKPLACE",
    "SCHOOL": "WORKPLACE",
    "FAMILY": "FAMILY",
    "ORIENTATION": "PRIVATE_LIFE",
    "TRANS_STATUS": "PRIVATE_LIFE",
    "HIV_HEALTH": "PRIVATE_LIFE",
    "CHATS": "CHATS",
    "DOCUMENTS": "DOCUMENTS",
}
# Taken over from the notice before, so that it is typed once.
_TAKEN_OVER: Final = (
    "sender_kind", "sender_name", "sender_email", "sender_address", "mandate", "account",
    "statements",
)  # fmt: skip
# The three of an emergency: for each the kinds that can stand there, the first that there is.
SLOTS: Final = (
    ("PLATFORM", "HOSTER"),
    ("HOSTER", "DATA_PROTECTION"),
    ("EMPLOYER", "IMAGE", "HONOUR"),
)


_ANY_PLATFORM: Final = "platform-other"
_FORM_OF: Final[Mapping[str, str]] = {"INSTAGRAM": "meta"}


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field of the form. `value` as text; `values`: the codes ticked, of a field with many."""

    name: str
    kind: str
    label: str
    required: bool
    chosen: bool
    is_shown: bool
    value: str = field(default="", repr=False)
    values: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()


def suggested(made: Sequence[NoticeNow], platforms: Sequence[str]) -> list[tuple[Template, bool]]:
    """The three notices of an emergency, each with whether one like it was made.

    `platforms`: codes of the vocabulary, as the alarm names them. The platform's own form comes
    first, or the one for any platform.
    """
    wanted = [*(f"platform-{_FORM_OF.get(one, one.lower())}" for one in platforms), _ANY_PLATFORM]
    found: list[Template] = []
    for kinds in SLOTS:
        of_kind = [
            one for kind in kinds for one in templates() if one.kind == kind and one not in found
        ]
        named = [one for name in wanted for one in of_kind if one.id == name]
        if of_kind:
            found.append((*named, *of_kind)[0])
    done = {notice.kind for notice in made}
    return [(one, one.kind in done) for one in found]


def others(first: Sequence[Template]) -> list[tuple[str, list[Template]]]:
    """All other templates, by kind, for a list under the three."""
    known = {one.id for one in first}
    groups = {kind: [one for one in templates() if one.kind == kind] for kind in codes("kinds")}
    left = {kind: [one for one in some if one.id not in known] for kind, some in groups.items()}
    return [(kind, some) for kind, some in left.items() if some]


def start_values(
    evidence: EvidenceNow, alarm: Alarm, made: Sequence[NoticeNow]
) -> dict[str, str | tuple[str, ...]]:
    """What is known already: addresses and digests of captures, what was exposed, who writes."""
    caught = [one for one in evidence.captures if one.has_page and one.seen != "OTHER"]
    urls = list(dict.fromkeys([*(one.url for one in caught), *alarm.links]))
    copies = [
        f"{part.digest} {part.at.date().isoformat()}"
        for one in caught
        for part in one.parts
        if part.role in ("wacz", "screenshot")
    ] + [f"{one.digest} {one.at.date().isoformat()}" for one in evidence.files]
    exposed = alarm.exposed if evidence.exposed is None else evidence.exposed
    shown = {_SHOWN[code] for code in exposed if code in _SHOWN}
    values: dict[str, str | tuple[str, ...]] = {
        "urls": "\n".join(urls[:50]),
        "captures": "\n".join(copies[:50]),
        "shown": tuple(shown),
    }
    if caught:
        values["seen_on"] = max(one.at or one.asked_at for one in caught).date().isoformat()
    for notice in made[-1:]:
        for name in _TAKEN_OVER:
            if isinstance(notice.facts.get(name), str):
                values[name] = notice.facts[name]
    return values


def fields_shown(
    made_from: Template,
    values: Mapping[str, str | tuple[str, ...]],
    shown: Sequence[str],
    language: str,
) -> list[ShownField]:
    """The fields of a template with these values, in its order."""
    found = []
    for name in made_from.field_names:
        one = fields()[name]
        value = values.get(name, one.default)
        found.append(
            ShownField(
                name,
                one.kind,
                one.words.in_language(language),
                name in made_from.required,
                one.chosen,
                name in shown,
                value=value if isinstance(value, str) else "",
                values=value if isinstance(value, tuple) else (),
                choices=tuple(
                    (code, words.in_language(language)) for code, words in one.choices.items()
                ),
            )
        )
    return found


def given_values(made_from: Template, given: QueryDict) -> dict[str, str | tuple[str, ...]]:
    """What a form sent, by field."""
    found: dict[str, str | tuple[str, ...]] = {}
    for name in made_from.field_names:
        if fields()[name].kind == "choices":
            found[name] = tuple(given.getlist(f"f-{name}"))
        else:
            found[name] = given.get(f"f-{name}", "")
    return found


def given_shown(given: QueryDict) -> list[str]:
    """What the form says may be shown."""
    known = {*(name for name, one in fields().items() if one.chosen), TELLING, AS_PERSON}
    return [name for name in given.getlist("shown") if name in known]


def draft_of(
    made_from: Template, values: Mapping[str, Any], shown: Sequence[str], language: str
) -> Draft:
    """Return the draft, or raise `NoticeRefusedError` with every reason at once."""
    today = datetime.now(UTC).date()
    facts = parsed_facts(made_from, values, shown=shown, language=language, today=today)
    return drafted(made_from, facts, language=language, day=today)


def this_day() -> date:
    """Today in UTC."""
    return datetime.now(UTC).date()
