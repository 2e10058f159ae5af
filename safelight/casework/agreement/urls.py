"""The pages of coding a sample twice."""

from __future__ import annotations

from django.urls import path

from safelight.casework.agreement import views

app_name = "agreement"
urlpatterns = [
    path("", views.index_page, name="index"),
    path("draw", views.draw_sample, name="draw"),
    path("<str:sample_id>/", views.sample_page, name="sample"),
    path("<str:sample_id>/end", views.end_sample, name="end"),
    path("<str:sample_id>/<str:case_id>/", views.coding_page, name="code"),
]
