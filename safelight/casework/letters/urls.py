"""The pages of letters."""

from __future__ import annotations

from django.urls import path

from safelight.casework.letters import queue_views, views
from safelight.casework.letters.publication_views import (
    agree_to_texts,
    publication_page,
    take_letter_out,
)

app_name = "letters"
urlpatterns = [
    path("", queue_views.queue_page, name="queue"),
    path("shift", queue_views.change_shift, name="shift"),
    path("rules", queue_views.take_in, name="rules"),
    path("<str:case_id>/", views.letter_page, name="letter"),
    path("<str:case_id>/take", views.take_letter, name="take"),
    path("<str:case_id>/hand", views.hand_letter, name="hand"),
    path("<str:case_id>/draft", views.keep_draft, name="draft"),
    path("<str:case_id>/read", views.second_reading, name="read"),
    path("<str:case_id>/answer", views.put_on_its_way, name="answer"),
    path("<str:case_id>/escalate", views.escalate_letter, name="escalate"),
    path("<str:case_id>/settle", views.settle_escalation, name="settle"),
    path("<str:case_id>/undo", views.undo_step, name="undo"),
    path("<str:case_id>/publish", publication_page, name="publish"),
    path("<str:case_id>/agree", agree_to_texts, name="agree"),
    path("<str:case_id>/take-out", take_letter_out, name="take-out"),
]
