"""What to do after the audit refused a release: a way that leads somewhere, as a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from safelight.release.completeness import Finding
from safelight.release.draft import Draft
from safelight.release.models import Proposal
from safelight.release.noise.noisy_table import NoisyDraft

# Exact numbers of what went out before: a change can be read off, whatever is hidden.
_NEEDS_NOISE: Final = frozenset({Finding.CHANGE, Finding.EXACT_AFTER_NOISE})


@dataclass(frozen=True)
class Way:
    """One thing to do. `address` is "" where there is nothing to press."""

    sentence: str
    address: str = ""
    label: str = ""


def ways_on(proposal: Proposal, draft: Draft | NoisyDraft) -> tuple[Way, ...]:
    """Ways on from what the audit found; none where it passed, or found a defect of ours."""
    audit: dict[str, Any] = proposal.audit or {}
    found = {problem["finding"] for problem in audit.get("problems", ())}
    ways: list[Way] = []
    if found & _NEEDS_NOISE:
        ways.append(
            Way(
                _(
                    "Publish with noise instead. Chance hides what changed since the last release, "
                    "so that it can go out at any time. It costs privacy budget."
                ),
                _noise(proposal, draft),
                _("See what the noise would do"),
            )
        )
    if Finding.CHANGE in found:
        waits = _(
            "Or wait until more has come in: of every number that is published twice, "
            "%(threshold)d incidents or more, or none. Then propose the numbers anew."
        )
        threshold = draft.rule.threshold if isinstance(draft, Draft) else 0
        ways.append(Way(waits % {"threshold": threshold}))
    if Finding.NAMED in found:
        ways.append(
            Way(
                _(
                    "Choose a smaller privacy loss, or fewer tables with fewer cells: both make "
                    "the noise larger against what it hides."
                ),
                _noise(proposal, draft),
                _("Choose anew"),
            )
        )
    if Finding.NOT_PAID_FOR in found:
        ways.append(
            Way(_("Look whether the budget was set and spent."), reverse("release:ledger"),
                _("The ledger"))
        )  # fmt: skip
    return tuple(ways)


def _noise(proposal: Proposal, draft: Draft | NoisyDraft) -> str:
    """The form of a release with noise, filled in with the same years and the same correction."""
    chosen = {"from": draft.years[0], "to": draft.years[-1]}
    correction = {"corrects": proposal.corrects, "reason": proposal.reason}
    facts = {**chosen, **(correction if proposal.corrects else {})}
    return f"{reverse('release:noise')}?{urlencode(facts)}"
