"""The pages of the evidence of a case."""

from __future__ import annotations

from django.urls import path

from safelight.campaigns.case_evidence import (
    again_pages,
    bringing_pages,
    emergency_pages,
    exhibit_pages,
    looking,
    notice_acts,
    notice_pages,
    pages,
)

app_name = "evidence"
_CASE = "<str:case_id>/evidence"
urlpatterns = [
    path(f"{_CASE}", pages.evidence_page, name="case"),
    path(f"{_CASE}/wait", pages.wait_page, name="wait"),
    path(f"{_CASE}/capture", bringing_pages.capture_pages, name="capture"),
    path(f"{_CASE}/file", bringing_pages.add_file, name="add-file"),
    path(f"{_CASE}/captures/<str:capture>/seen", pages.note_seen, name="seen"),
    path(f"{_CASE}/compare/<str:before>/<str:after>", pages.compare_page, name="compare"),
    path(f"{_CASE}/again", pages.look_again, name="look-again"),
    path(f"{_CASE}/schedule", again_pages.set_again, name="set-again"),
    path(f"{_CASE}/schedule/<str:schedule>/end", again_pages.end_again, name="end-again"),
    path(f"{_CASE}/looks/read", again_pages.looks_read, name="looks-read"),
    path(f"{_CASE}/bundle", pages.make_bundle, name="make-bundle"),
    path(f"{_CASE}/bundles/<str:bundle>/note", pages.note_event, name="note-event"),
    path(f"{_CASE}/bundles/<str:bundle>/folder", pages.write_folder, name="write-folder"),
    path(f"{_CASE}/look/<str:item>", looking.look_page, name="look"),
    path(f"{_CASE}/exhibit/<str:item>", exhibit_pages.exhibit_page, name="exhibit"),
    path(f"{_CASE}/pixels/<str:item>", looking.pixels, name="pixels"),
    path(f"{_CASE}/dismiss", pages.dismiss, name="dismiss"),
    path(f"{_CASE}/save/<str:item>", pages.save_item, name="save"),
    path("<str:case_id>/notices", notice_pages.notices_page, name="notices"),
    path("<str:case_id>/notices/write", notice_pages.write_notice, name="write-notice"),
    path("<str:case_id>/notices/act", notice_acts.act_on_notice, name="act-on-notice"),
    path(
        "<str:case_id>/notices/<str:notice>/save/<str:kind>",
        notice_pages.save_notice,
        name="save-notice",
    ),
    path("<str:case_id>/emergency", emergency_pages.emergency_page, name="emergency"),
    path("<str:case_id>/emergency/<str:action>", emergency_pages.act, name="emergency-act"),
]
