"""What of a case's evidence may show a posting, and the course that a person's readings make."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from itertools import permutations
from typing import Final, Literal

from safelight.campaigns.case_campaign.standing import CONFIRMED, CampaignNow
from safelight.campaigns.case_evidence.standing import EvidenceNow, Item
from safelight.campaigns.timeline.chart import timeline_svg
from safelight.campaigns.timeline.postings import Campaign
from safelight.campaigns.timeline.telling import Timeline

# What `exported` writes: of our own making, and no posting.
_OURS: Final = frozenset({"application/json", "text/csv", "image/svg+xml"})


@dataclass(frozen=True, slots=True)
class Source:
    """A capture, or a file put beside the case. `item` is what proves it, by its digest."""

    name: str
    title: str = field(repr=False)
    at: datetime
    item: Item
    picture: Item | None
    text: Item | None


def sources_of(evidence: EvidenceNow) -> tuple[Source, ...]:
    """Everything that may show a posting, the first first."""
    found = []
    for one in evidence.captures:
        if one.has_page and one.at is not None:
            picture = one.part("screenshot") or one.part("pdf")
            proof = one.part("wacz") or picture or one.parts[0]
            found.append(Source(one.capture, one.url, one.at, proof, picture, one.part("text")))
    for item in evidence.files:
        if item.media_type not in _OURS:
            found.append(Source(item.item, item.name, item.at, item, item, None))
    return tuple(found)


def course_of(campaign: CampaignNow, evidence: EvidenceNow) -> Timeline | None:
    """Return the course of what was read, or None before the first posting.

    Raises `TimelineError` for times that contradict each other.
    """
    sources = {one.name: one for one in sources_of(evidence)}
    read = [one for one in campaign.postings if one.source in sources]
    if not read:
        return None
    alike = _alike(campaign)
    names = {one.source for one in read}
    postings = []
    for one in read:
        source = sources[one.source]
        stamped = [
            stamp.at
            for bundle in evidence.bundles
            if source.item.digest in bundle.of
            for stamp in bundle.stamps
        ]
        postings.append({
            "id": one.source,
            "platform": one.platform,
            "account": one.account,
            "claimed": one.claimed.isoformat() if one.claimed else None,
            "captured": source.at.isoformat(),
            "stamped": min(stamped).isoformat() if stamped else None,
            "capture_sha256": source.item.digest,
            "exposed": list(one.exposed),
            "like": sorted(alike.get(one.source, set()) & names),
        })  # fmt: skip
    followed = [
        {
            "action": one.action,
            "on": one.on.isoformat(),
            "standing": one.standing.value,
            "source_sha256": one.rests_on,
        }
        for one in campaign.followed
    ]
    facts = {"postings": postings, "consequences": followed}
    return Timeline.of(Campaign.of_file(json.dumps(facts).encode()))


def _alike(campaign: CampaignNow) -> dict[str, set[str]]:
    """Which sources share a photo or a text: only where a person confirmed both."""
    with_seed: dict[tuple[str, str], set[str]] = {}
    for one in campaign.finds:
        if one.verdict == CONFIRMED:
            with_seed.setdefault((one.kind, one.seed), set()).add(one.source)
    alike: dict[str, set[str]] = {}
    for together in with_seed.values():
        for one_source, other in permutations(together, 2):
            alike.setdefault(one_source, set()).add(other)
    return alike


def exported(course: Timeline, *, language: Literal["en", "ru"]) -> list[tuple[str, str, bytes]]:
    """Return exhibit data as files (name, media type, bytes). Accounts are numbers in all."""
    told = json.dumps(course.as_json(names=False), ensure_ascii=False, indent=2)
    chart = timeline_svg(course, language=language)
    return [
        ("campaign.json", "application/json", told.encode()),
        ("campaign.csv", "text/csv", course.as_csv(names=False).encode()),
        ("campaign.svg", "image/svg+xml", chart.encode()),
    ]
