"""The pages of casework."""

from __future__ import annotations

from django.urls import path

from safelight.casework import (
    closed_case,
    conversation_views,
    funnel_views,
    opening_views,
    views,
)

app_name = "casework"
urlpatterns = [
    path("", views.inbox_page, name="inbox"),
    path("fetch", views.fetch_now, name="fetch"),
    path("take-in", views.take_in_files, name="take-in"),
    path("envelopes/<str:digest>/try-again", views.try_envelope_again, name="try-again"),
    path("<str:case_id>/", views.case_page, name="case"),
    path("<str:case_id>/open", opening_views.open_with_purpose, name="open"),
    path("<str:case_id>/set-aside", views.set_case_aside, name="set-aside"),
    path("<str:case_id>/take-back", views.take_case_back, name="take-back"),
    path("<str:case_id>/lane", views.move_case, name="lane"),
    path("<str:case_id>/undo", views.undo_decision, name="undo"),
    path("<str:case_id>/answer", conversation_views.write_answer, name="answer"),
    path("<str:case_id>/send", conversation_views.send_now, name="send"),
    path("<str:case_id>/facts", funnel_views.note_fact, name="note-fact"),
    path("<str:case_id>/strike", funnel_views.strike_fact, name="strike-fact"),
    path("<str:case_id>/files/<str:digest>", conversation_views.save_file, name="save-file"),
    path("<str:case_id>/unproven/<str:digest>", conversation_views.unproven_page, name="unproven"),
    path("<str:case_id>/locked", closed_case.decide_locked, name="locked"),
]
