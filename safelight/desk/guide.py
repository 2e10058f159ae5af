"""The demo's guide: six steps from a sealed report to help, and to a published number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from safelight.casework.cases import next_new_case
from safelight.casework.followup.due import next_to_refer
from safelight.desk.numbers import publications
from safelight.journal.models import JournalEntry


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to do, why, where. `done` when the desk can see that it was done.

    `file` is what came of it, on this machine.
    """

    title: str | Promise
    text: str | Promise
    url: str
    link: str | Promise
    done: bool
    file: str = ""


def steps(*, since: int) -> list[Step]:
    """Return the steps, each with a link to where it is done.

    A step is done when the journal says so after its first `since` entries: the demo
    fills the desk before the visitor comes, and that is not the visitor's doing.
    """
    new = next_new_case()
    referable = next_to_refer(("SHARE_PARTNER",), today=datetime.now(UTC).date())
    here = set(JournalEntry.objects.filter(pk__gt=since).values_list("kind", flat=True))
    published = publications() if "release.published" in here else []
    case_url = reverse("casework:case", args=[new]) if new else reverse("casework:inbox")
    return [
        Step(
            _("Read a report"),
            _(
                "Fetch what has arrived. Until this moment only sealed bytes existed: the server "
                "that carried them cannot open them. This desk can."
            ),
            reverse("casework:inbox"),
            _("Open the inbox"),
            "case.made" in here,
        ),
        Step(
            _("Code it"),
            _(
                "Choose the codes that fit what the person said. The case keeps the words; the "
                "statistical row gets codes only, under a random number."
            ),
            case_url,
            _("Open the next report"),
            "case.coded" in here,
        ),
        Step(
            _("Refer it"),
            _(
                "Choose who helps, under which consent, and tick what goes along: nothing else "
                "does. Without a consent that holds the page says so, and leads to the "
                "conversation."
            ),
            reverse("followup:referrals", args=[referable]) if referable else case_url,
            _("Refer a case"),
            "case.referred" in here,
        ),
        Step(
            _("Note how far it got"),
            _(
                "Refused by the police, a court, a verdict: each is a fact with a date and a "
                "source. “Outcomes” draws all cases together and shows where they stop."
            ),
            f"{case_url}#funnel" if "case.fact" not in here else reverse("outcomes"),
            _("Note what became of a case")
            if "case.fact" not in here
            else _("See where cases stop"),
            "case.fact" in here,
        ),
        Step(
            _("See the table"),
            _(
                "Numbers too small to publish are hidden, and so are the neighbours from which "
                "they could be worked out by subtraction."
            ),
            reverse("release:index"),
            _("Go to the numbers"),
            "release.proposed" in here,
        ),
        Step(
            _("Publish it"),
            _(
                "A second person approves (the terminal names their passphrase); then come a "
                "signature and pages that any host can carry. The terminal also names the page "
                "that says what was true in the invented country, so you can judge the method."
            ),
            reverse("release:index"),
            _("Publish from the numbers"),
            bool(published),
            str(published[-1] / "index.html") if published else "",
        ),
    ]
