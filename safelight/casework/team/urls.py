"""The pages of the team, mounted by the desk at /team/."""

from __future__ import annotations

from django.urls import path

from safelight.casework.team import pages

app_name = "team"
urlpatterns = [
    path("", pages.team_page, name="index"),
    path("exchange", pages.exchange_now, name="exchange"),
    path("statement", pages.accept_statement, name="accept"),
    path("take-in", pages.take_in, name="take-in"),
    path("<slug:desk>/held", pages.held_page, name="held"),
]
