"""What the page shows of a case's campaign, in its language."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from safelight.campaigns.case_campaign.course import Source, course_of, sources_of
from safelight.campaigns.case_campaign.deciding import FIRST_ACCOUNT, rests_on_choices, standing
from safelight.campaigns.case_campaign.notices_shown import by_kind, proposed_takedown
from safelight.campaigns.case_campaign.row_columns import is_smear
from safelight.campaigns.case_campaign.searching import RUN, progress_of, seeds_of
from safelight.campaigns.case_campaign.standing import (
    CONFIRMED,
    PHOTO,
    CampaignNow,
    Find,
    smear_fields,
)
from safelight.campaigns.case_evidence import keeping, runs
from safelight.campaigns.case_evidence.refusals import in_words
from safelight.campaigns.case_evidence.standing import EvidenceNow
from safelight.campaigns.case_evidence.wording import RUNS
from safelight.campaigns.notices.recording import case_notices
from safelight.campaigns.timeline.chart import timeline_svg
from safelight.campaigns.timeline.postings import Standing, TimelineError
from safelight.campaigns.timeline.telling import Timeline, smear_codes
from safelight.casework.folding import CaseNow
from safelight.casework.followup.consents import today
from safelight.casework.followup.shown import language
from safelight.vocabulary.schema import vocabulary


@dataclass(frozen=True, slots=True)
class Choice:
    """One code to choose."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ShownFind:
    """Something that looks like a copy. `title`: where, a stranger's words."""

    find: Find
    title: str = field(repr=False)
    at: datetime | None
    percent: int
    is_here: bool


@dataclass(frozen=True, slots=True)
class ShownSource:
    """What may show a posting, and its form."""

    source: Source
    is_read: bool
    is_open: bool
    account: str = field(repr=False)
    day: str
    time: str
    platforms: tuple[Choice, ...]
    exposed: tuple[Choice, ...]
    told: str
    copies: int


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One posting in the text beside the chart."""

    who: str
    platform: str
    claimed: datetime | None
    captured: datetime
    stamped: datetime | None
    exposed: str
    copied_from: str


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field of the smear module. `proposed`: what follows from the course, in words."""

    name: str
    label: str
    is_multi: bool
    choices: tuple[Choice, ...]
    proposed: str


def campaign_context(case_id: str, entered: QueryDict | None) -> dict[str, Any]:
    """What the page shows. `entered`: a form that was refused, to show it again as it was."""
    now, evidence, campaign = standing(case_id)
    course, course_problem = _course(campaign, evidence)
    notices = case_notices(case_id)
    mine = [one for one in runs.runs_of(case_id) if one.kind == RUN]
    return {
        "campaign": campaign,
        "seeds": seeds_of(now, evidence),
        "seed_names": dict(seeds_of(now, evidence)),
        "photo_finds": [one for one in _finds(campaign, evidence) if one.find.kind == PHOTO],
        "text_finds": [one for one in _finds(campaign, evidence) if one.find.kind != PHOTO],
        "last_search": campaign.searches[-1] if campaign.searches else None,
        "sources": [_source(one, campaign, entered) for one in sources_of(evidence)],
        "course": course,
        "course_problem": course_problem,
        "runs": [{"run": one, "state": RUNS[one.state]} for one in mine if one.state != "done"],
        "is_running": any(not one.is_over for one in mine),
        "problems": [one.problem for one in mine if one.state == "refused"],
        "progress": progress_of(case_id),
        "is_counted": is_smear(now),
        "passage": entered.get("passage", "") if entered else "",
        **_course_shown(course),
        **_followed(now, evidence, campaign, entered),
        "notices": by_kind(notices, today=today()),
        "fields": _fields(campaign, course, proposed_takedown(notices)),
    }


def _course(campaign: CampaignNow, evidence: EvidenceNow) -> tuple[Timeline | None, str]:
    try:
        return course_of(campaign, evidence), ""
    except TimelineError as refusal:
        return None, in_words(refusal)


def _finds(campaign: CampaignNow, evidence: EvidenceNow) -> list[ShownFind]:
    sources = {one.name: one for one in sources_of(evidence)}
    present = keeping.here(one.item for one in campaign.finds)
    shown = []
    for one in campaign.finds:
        source = sources.get(one.source)
        if source is None:
            continue  # its capture has not come to this desk
        percent = round(100 * one.share)
        shown.append(ShownFind(one, source.title, source.at, percent, one.item in present))
    return sorted(shown, key=lambda one: bool(one.find.verdict))


def _source(source: Source, campaign: CampaignNow, entered: QueryDict | None) -> ShownSource:
    read = campaign.posting(source.name)
    account = read.account if read else FIRST_ACCOUNT
    platform = read.platform if read else ""
    exposed: tuple[str, ...] = read.exposed if read else ()
    claimed = read.claimed if read else None
    day = f"{claimed:%Y-%m-%d}" if claimed else ""
    time = f"{claimed:%H:%M}" if claimed else ""
    is_open = entered is not None and entered.get("source") == source.name
    if entered is not None and is_open:
        account, platform = entered.get("account", ""), entered.get("platform", "")
        exposed = tuple(entered.getlist("exposed"))
        day, time = entered.get("day", ""), entered.get("time", "")
    copies = {
        one.seed for one in campaign.finds if one.source == source.name and one.verdict == CONFIRMED
    }
    return ShownSource(
        source,
        read is not None,
        is_open,
        account,
        day,
        time,
        _choices("platform", (platform,)),
        _choices("exposed", exposed),
        ", ".join(_label("exposed", code) for code in read.exposed) if read else "",
        len(copies),
    )


def _choices(name: str, chosen: tuple[str, ...], *, row: bool = False) -> tuple[Choice, ...]:
    """`row`: without the codes that stand in no statistical row."""
    return tuple(
        Choice(code.value, code.label(language()), code.value in chosen)
        for code in vocabulary().field(name).codes
        if not (row and code.tier == "S2")
    )


def _label(name: str, code: str) -> str:
    return vocabulary().field(name).code(code).label(language())


def _account(label: str) -> str:
    """The course says `account 3`; here in the page's language."""
    return f"{_('Account')} {label.rsplit(' ', 1)[1]}"


def _course_shown(course: Timeline | None) -> dict[str, Any]:
    if course is None:
        return {"steps": [], "chart": ""}
    who = {one.posting.id: _account(one.account) for one in course.steps}
    drawn: Literal["en", "ru"] = "ru" if language().startswith("ru") else "en"
    chart = timeline_svg(course, language=drawn).encode()
    steps = [
        ShownStep(
            _account(one.account),
            _label("platform", one.posting.platform),
            one.posting.claimed,
            one.posting.captured,
            one.posting.stamped,
            ", ".join(_label("exposed", code) for code in one.posting.exposed),
            who.get(one.copied or "", ""),
        )
        for one in course.steps
    ]
    return {
        "steps": steps,
        "first": steps[0],
        "spread": [(_label("platform", code), count) for code, count in course.spread.items()],
        "was_exposed": [_label("exposed", code) for code in course.exposed],
        "chart": "data:image/svg+xml;base64," + base64.b64encode(chart).decode("ascii"),
    }


def _followed(
    now: CaseNow, evidence: EvidenceNow, campaign: CampaignNow, entered: QueryDict | None
) -> dict[str, Any]:
    given: Mapping[str, Any] = entered if entered is not None and "rests_on" in entered else {}
    names = dict(rests_on_choices(now, evidence))
    report = _("what the person told us (the report)")
    standings: dict[Standing, str | Promise] = {
        Standing.CLAIM: _("claim"),
        Standing.VERIFIED: _("verified"),
    }
    return {
        "every_followed": [
            (
                one,
                _label("employer_action", one.action),
                standings[one.standing],
                names.get(one.rests_on) or (report if one.rests_on == now.envelope else ""),
            )
            for one in sorted(campaign.followed, key=lambda one: one.on)
        ],
        "actions": _choices("employer_action", (given.get("action", ""),)),
        "rests_on": [
            Choice(digest, name or report, given.get("rests_on", "") == digest)
            for digest, name in names.items()
        ],
        "entered_on": given.get("on", ""),
        "entered_standing": given.get("standing", ""),
    }


def _fields(campaign: CampaignNow, course: Timeline | None, takedown: str) -> list[ShownField]:
    proposed = dict(smear_codes(course)) if course is not None else {}
    if takedown:
        proposed["takedown"] = takedown
    shown = []
    for one in smear_fields():
        said = proposed.get(one.name, ())
        codes = (said,) if isinstance(said, str) else said
        # What was accepted stands; a proposal fills only a form that nobody has accepted yet.
        chosen = codes if campaign.coded is None else campaign.coded.get(one.name, ())
        shown.append(
            ShownField(
                one.name,
                one.label(language()),
                one.kind == "multi-code",
                _choices(one.name, chosen, row=True),
                ", ".join(one.code(code).label(language()) for code in codes),
            )
        )
    return shown
