"""The desk's pages. Each room brings its own; this is the corridor."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from safelight.desk import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("open/<str:token>", views.enter, name="enter"),
    path("unlock", views.unlock, name="unlock"),
    path("lock", views.lock, name="lock"),
    path("language/<str:language>", views.speak, name="speak"),
    path("guide", views.guide, name="guide"),
    path("journal/", views.journal_page, name="journal"),
    path("static/<path:path>", views.static_file, name="static-file"),
    path("cases/", include("safelight.casework.urls")),
]
for room, prefix in (("partners", "lists/"), ("release", "numbers/")):
    if find_spec(f"safelight.{room}.urls") is not None:
        urlpatterns.append(path(prefix, include(f"safelight.{room}.urls")))

handler404 = "safelight.desk.gate.not_found"
handler500 = "safelight.desk.gate.server_error"
