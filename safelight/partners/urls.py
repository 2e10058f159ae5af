"""The pages of lists from outside, mounted by the desk at /lists/."""

from __future__ import annotations

from django.urls import path

from safelight.partners import views

app_name = "partners"
urlpatterns = [
    path("", views.index, name="index"),
    path("<str:list_id>/", views.one_list, name="list"),
]
