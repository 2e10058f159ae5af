"""The numbers: proposals, each as it would be published, and the steps to publication.

Where the rows come from and where a publication goes is not this package's business. The
desk names both in its settings, as dotted names of functions of the pipeline:
`SAFELIGHT_DRAFT`: (about=chosen tables) -> Draft, `SAFELIGHT_HAND_OVER`: (document) -> None, and
`SAFELIGHT_PUBLISHED`: (the document's SHA-256) -> the folder it was published to, or None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safelight.journal import chain
from safelight.release import review
from safelight.release.counts import ReleaseError
from safelight.release.models import Proposal, Reviewer
from safelight.release.noise.noisy_table import NoisyDraft
from safelight.release.noise.shown import noisy_shown
from safelight.release.proposal import NEXT, REASONS, ProposalState
from safelight.release.second_person import of_colleagues, reviewers
from safelight.release.shown import findings_shown, lists_shown
from safelight.release.what_next import ways_on
from safelight.release.wording import REASON, STATES

_DRAFT: Final = "SAFELIGHT_DRAFT"
_HAND_OVER: Final = "SAFELIGHT_HAND_OVER"
_PUBLISHED: Final = "SAFELIGHT_PUBLISHED"


def _named(setting: str) -> Callable[..., Any] | None:
    dotted = getattr(settings, setting, None)
    if not dotted:
        return None
    found: Callable[..., Any] = import_string(dotted)
    return found


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """All proposals, the newest first, and the button that makes one."""
    review.follow_colleagues()
    others = reviewers()
    proposals = [(proposal, STATES[proposal.state]) for proposal in Proposal.objects.defer("draft")]
    context = {
        "proposals": proposals,
        "can_propose": bool(getattr(settings, _DRAFT, None)),
        "can_add_noise": bool(getattr(settings, "SAFELIGHT_COUNTABLE", None)),
        "reviewers": list(Reviewer.objects.values_list("name", flat=True)),
        "shortest": review.SHORTEST_PASSPHRASE,
        "others": None if others is None else sorted(others),
        "of_colleagues": [] if others is None else list(of_colleagues()),
    }
    return render(request, "release/index.html", context)


@require_POST
def propose_now(request: HttpRequest) -> HttpResponse:
    """Tabulate what the desk may count now, protect it, audit it, and show the result."""
    make_draft = _named(_DRAFT)
    if make_draft is None:
        raise ReleaseError(_("Nothing can be counted yet: code a case or import a list first."))
    proposal = review.propose(
        make_draft(about=request.POST.getlist("about")),
        by=chain.desk_key().desk,
        corrects=request.POST.get("corrects", ""),
        reason=request.POST.get("reason", ""),
    )
    return redirect("release:proposal", proposal.proposal_id)


@require_POST
def enrol(request: HttpRequest) -> HttpResponse:
    """Enter a second person, who types the passphrase."""
    review.enrol_reviewer(request.POST.get("name", ""), request.POST.get("passphrase", ""))
    return redirect("release:index")


@require_GET
def proposal_page(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """One release as it would be published, with what an attacker learns of hidden cells."""
    return _page_of(request, proposal_id)


def _page_of(request: HttpRequest, proposal_id: str, *, problem: str = "") -> HttpResponse:
    found = review.open_proposal(proposal_id)
    proposal = found.proposal
    state = ProposalState(proposal.state)
    context = {
        "proposal": proposal,
        "draft": found.draft,
        "state": STATES[state],
        "lists": [] if isinstance(found.draft, NoisyDraft) else lists_shown(found.draft),
        "noisy": noisy_shown(found.draft) if isinstance(found.draft, NoisyDraft) else None,
        "audit": proposal.audit,
        "problems": findings_shown(proposal.audit) if proposal.audit else [],
        "ways": ways_on(proposal, found.draft),
        "estimate_words": _estimate_words(found),
        "can_approve": state is ProposalState.AUDITED,
        "can_publish": state is ProposalState.APPROVED,
        "can_turn_down": ProposalState.TURNED_DOWN in NEXT[state],
        "is_published": state is ProposalState.PUBLISHED,
        "has_document": state in (ProposalState.APPROVED, ProposalState.PUBLISHED),
        "turn_down_reasons": _reasons(ProposalState.TURNED_DOWN),
        "withdraw_reasons": _reasons(ProposalState.WITHDRAWN),
        "correct_reasons": _reasons(ProposalState.CORRECTED),
        "why": REASON.get(proposal.reason, ""),
        "ended": REASON.get(proposal.ended_because, ""),
        "reviewers": list(Reviewer.objects.values_list("name", flat=True)),
        "others": None if (others := reviewers()) is None else sorted(others),
        "folder": _folder_of(found) if state is ProposalState.PUBLISHED else None,
        "problem": problem,
    }
    return render(request, "release/proposal.html", context, status=400 if problem else 200)


def _estimate_words(found: review.Reviewed) -> object:
    """(reason, assumption) of an estimate in words; they are the publication's, not ours."""
    words, part = _named("SAFELIGHT_ESTIMATE_WORDS"), found.draft.undercount
    return words(part) if words is not None and part is not None else None


def _reasons(to: ProposalState) -> list[tuple[str, object]]:
    return [(reason.value, REASON[reason]) for reason in REASONS[to]]


def _folder_of(found: review.Reviewed) -> object:
    where = _named(_PUBLISHED)
    return where(found.proposal.document_sha256) if where else None


@require_POST
def approve(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Approve as a second person, by passphrase, exactly the document that was shown."""
    try:
        review.approve(
            proposal_id,
            reviewer=request.POST.get("reviewer", ""),
            passphrase=request.POST.get("passphrase", ""),
            document_sha256=request.POST.get("document_sha256", ""),
        )
    except ReleaseError as refusal:
        # Beside the passphrase: a mistyped word must not send the second person away.
        return _page_of(request, proposal_id, problem=str(refusal))
    return redirect("release:proposal", proposal_id)


@require_POST
def turn_down(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Put a proposal away for good, with the reason."""
    reason = request.POST.get("reason", "")
    review.turn_down(proposal_id, by=chain.desk_key().desk, reason=reason)
    return redirect("release:proposal", proposal_id)


@require_POST
def withdraw(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Say that a published release no longer stands, with the reason."""
    reason = request.POST.get("reason", "")
    review.withdraw(proposal_id, by=chain.desk_key().desk, reason=reason)
    return redirect("release:proposal", proposal_id)


@require_POST
def publish(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """Publish an approved release: mark it, and hand its document to the publication."""
    review.publish(proposal_id, by=chain.desk_key().desk, hand_over=_named(_HAND_OVER))
    return redirect("release:proposal", proposal_id)


@require_GET
def document(request: HttpRequest, proposal_id: str) -> HttpResponse:
    """The approved release document, for `safelight publication build --document`."""
    found = review.open_proposal(proposal_id)
    if ProposalState(found.proposal.state) not in (
        ProposalState.APPROVED,
        ProposalState.PUBLISHED,
    ):
        raise ReleaseError(_("a document leaves the desk only after a second person approved it"))
    response = HttpResponse(found.document, content_type="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="release.json"'
    return response
