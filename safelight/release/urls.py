"""The pages of the numbers."""

from __future__ import annotations

from django.urls import path

from safelight.release import ledger_views, views
from safelight.release.noise import views as noise_views

app_name = "release"
urlpatterns = [
    path("", views.index, name="index"),
    path("propose", views.propose_now, name="propose"),
    path("noise", noise_views.choose, name="noise"),
    path("noise/propose", noise_views.propose, name="noise-propose"),
    path("ledger", ledger_views.ledger, name="ledger"),
    path("ledger/budget", ledger_views.budget, name="budget"),
    path("ledger/agree", ledger_views.agree, name="agree"),
    path("reviewers", views.enrol, name="enrol"),
    path("<str:proposal_id>/", views.proposal_page, name="proposal"),
    path("<str:proposal_id>/approve", views.approve, name="approve"),
    path("<str:proposal_id>/turn-down", views.turn_down, name="turn-down"),
    path("<str:proposal_id>/withdraw", views.withdraw, name="withdraw"),
    path("<str:proposal_id>/publish", views.publish, name="publish"),
    path("<str:proposal_id>/release.json", views.document, name="document"),
]
