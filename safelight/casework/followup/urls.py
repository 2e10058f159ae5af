"""The pages of following a case: three of each case, and three across cases."""

from __future__ import annotations

from django.urls import path

from safelight.casework.followup import case_pages, desk_pages, referral_pages

app_name = "followup"
_CASE = "cases/<str:case_id>"
urlpatterns = [
    path("today/", desk_pages.today_page, name="today"),
    path("today/done", desk_pages.task_done, name="done"),
    path("today/<str:subject>/told", desk_pages.receiver_told, name="receiver-told"),
    path("search/", desk_pages.search_page, name="search"),
    path("places/", desk_pages.places_page, name="places"),
    path("places/from-list", desk_pages.take_over_helpers, name="take-over"),
    path("places/<str:place_id>", desk_pages.change_place, name="change-place"),
    path(f"{_CASE}/follow-up", case_pages.follow_up, name="case"),
    path(f"{_CASE}/follow-up/<str:action>", case_pages.act, name="act"),
    path(f"{_CASE}/destroy", case_pages.destroy, name="destroy"),
    path(f"{_CASE}/referrals", referral_pages.referrals, name="referrals"),
    path(f"{_CASE}/referrals/refused", referral_pages.refused, name="refused"),
    path(f"{_CASE}/referrals/<str:entry>", referral_pages.sheet, name="sheet"),
    path(f"{_CASE}/referrals/<str:entry>/hand-over", referral_pages.hand_over, name="hand-over"),
    path(f"{_CASE}/referrals/<str:entry>/outcome", referral_pages.outcome, name="outcome"),
]
