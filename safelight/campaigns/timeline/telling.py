"""A campaign's course: who seems to have been first, who seems to have copied whom, what followed.

*Seems*: the earliest posting that somebody captured need not be the first there was, and the
time a page shows is its author's claim. The words of every export say so. Accounts are called
account 1, account 2, …; a person who releases the names passes `names=True`.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from safelight.campaigns.timeline.postings import Campaign, Posting, Standing
from safelight.vocabulary.schema import vocabulary

CAVEAT: Final = (
    "Earliest of what was captured; earlier postings may exist. Claimed times are what pages "
    "show; only a stamped time is proved."
)
_FORMULA_SIGNS: Final = "=+-@\t\r\n"
_BANDS: Final = ((2, "0-2"), (7, "3-7"), (30, "8-30"))


@dataclass(frozen=True, slots=True)
class Step:
    """One posting in its place. `copied`: the earliest posting like it, or None for a first."""

    posting: Posting
    account: str
    copied: str | None
    by_claim: bool  # whether its place rests on what the page claims


@dataclass(frozen=True, slots=True)
class Timeline:
    """Steps in order of `known_since`."""

    campaign: Campaign
    steps: tuple[Step, ...]

    @classmethod
    def of(cls, campaign: Campaign) -> Timeline:
        ordered = sorted(campaign.postings, key=_order)
        accounts: dict[tuple[str, str], str] = {}
        alike = _both_ways(ordered)
        steps = []
        for place, posting in enumerate(ordered):
            who = (posting.platform, posting.account)
            label = accounts.setdefault(who, f"account {len(accounts) + 1}")
            before = [earlier.id for earlier in ordered[:place] if earlier.id in alike[posting.id]]
            by_claim = posting.claimed is not None and posting.claimed < posting.captured
            steps.append(Step(posting, label, before[0] if before else None, by_claim))
        return cls(campaign, tuple(steps))

    @property
    def first(self) -> Step:
        return self.steps[0]

    @property
    def spread(self) -> dict[str, int]:
        """How many postings on each platform, in the vocabulary's order."""
        counted = Counter(step.posting.platform for step in self.steps)
        return {
            code: counted[code] for code in vocabulary().field("platform").values if counted[code]
        }

    @property
    def exposed(self) -> tuple[str, ...]:
        told = {code for step in self.steps for code in step.posting.exposed}
        return tuple(code for code in vocabulary().field("exposed").values if code in told)

    def as_json(self, *, names: bool) -> dict[str, Any]:
        """Exhibit data, with the hashes of the captures it rests on. No account without `names`."""
        return {
            "caveat": CAVEAT,
            "postings": [_told(step, names=names) for step in self.steps],
            "platforms": self.spread,
            "exposed": list(self.exposed),
            "followed": [
                {
                    "action": one.action, "on": one.on.isoformat(),
                    "standing": one.standing.value, "source_sha256": one.source_sha256,
                }
                for one in sorted(self.campaign.consequences, key=lambda one: (one.on, one.action))
            ],
        }  # fmt: skip

    def as_csv(self, *, names: bool) -> str:
        """The postings of `as_json`, a row each, for a spreadsheet."""
        out = io.StringIO()
        rows = [_told(step, names=names) for step in self.steps]
        table = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
        table.writeheader()
        for row in rows:
            table.writerow({name: _cell(value) for name, value in row.items()})
        return out.getvalue()


def smear_codes(timeline: Timeline) -> Mapping[str, str | tuple[str, ...]]:
    """Propose codes of the smear module for a caseworker to accept or change; it decides nothing.

    Only what follows from the timeline: platform, exposed, and from *verified* consequences
    the employer's action and the days to it. A claim alone leaves both unknown. S2 codes stay
    with the case and are not proposed for a row.
    """
    field = vocabulary().field("exposed")
    proposed: dict[str, str | tuple[str, ...]] = {
        "platform": tuple(timeline.spread),
        "exposed": tuple(c for c in timeline.exposed if field.code(c).tier != "S2"),
        "employer_action": "UNK",
        "days_to_consequence_band": "UNK",
    }
    verified = [c for c in timeline.campaign.consequences if c.standing is Standing.VERIFIED]
    if verified:
        last = max(verified, key=lambda one: one.on)
        first = min(verified, key=lambda one: one.on)
        days = (first.on - timeline.first.posting.known_since.date()).days
        proposed["employer_action"] = last.action
        if days >= 0:  # else a time is wrong, and a person finds out which
            band = next((name for most, name in _BANDS if days <= most), "31+")
            nothing = all(one.action == "NONE" for one in verified)
            proposed["days_to_consequence_band"] = "NONE" if nothing else band
    return proposed


def _told(step: Step, *, names: bool) -> dict[str, Any]:
    posting = step.posting
    told = {
        "id": posting.id,
        "account": step.account,
        "platform": posting.platform,
        "claimed": _iso(posting.claimed),
        "captured": _iso(posting.captured),
        "stamped": _iso(posting.stamped),
        "order_rests_on_claim": step.by_claim,
        "seems_copied_from": step.copied,
        "exposed": list(posting.exposed),
        "capture_sha256": posting.capture_sha256,
    }
    return told | {"account_name": posting.account} if names else told


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "|".join(value) if isinstance(value, list) else str(value or "")
    # An account's name is a stranger's text, and a spreadsheet runs what begins like a formula.
    return f"'{text}" if text[:1] in _FORMULA_SIGNS and text else text


def _both_ways(postings: list[Posting]) -> dict[str, set[str]]:
    alike: dict[str, set[str]] = {posting.id: set(posting.like) for posting in postings}
    for posting in postings:
        for other in posting.like:
            alike[other].add(posting.id)
    return alike


def _order(posting: Posting) -> tuple[datetime, datetime, str]:
    return (posting.known_since, posting.captured, posting.id)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
