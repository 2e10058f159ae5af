"""The page of a case's campaign."""

from __future__ import annotations

from django.urls import path

from safelight.campaigns.case_campaign import pages, pictures

app_name = "campaign"
_CASE = "<str:case_id>/campaign"
urlpatterns = [
    path(f"{_CASE}", pages.campaign_page, name="case"),
    path(f"{_CASE}/wait", pages.wait_page, name="wait"),
    path(f"{_CASE}/seed/<str:item>", pictures.seed_picture, name="seed"),
    path(f"{_CASE}/found/<str:find>", pictures.found_picture, name="found"),
    path(f"{_CASE}/<str:action>", pages.act, name="act"),
]
