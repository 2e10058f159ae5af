"""The pages of casework."""

from __future__ import annotations

from django.urls import path

from safelight.casework import views

app_name = "casework"
urlpatterns = [
    path("", views.inbox_page, name="inbox"),
    path("fetch", views.fetch_now, name="fetch"),
    path("take-in", views.take_in_files, name="take-in"),
    path("envelopes/<str:digest>/try-again", views.try_envelope_again, name="try-again"),
    path("<str:case_id>/", views.case_page, name="case"),
    path("<str:case_id>/set-aside", views.set_case_aside, name="set-aside"),
    path("<str:case_id>/take-back", views.take_case_back, name="take-back"),
]
