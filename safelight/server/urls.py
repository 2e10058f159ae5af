"""Everything the server answers to. `intake` is the only room so far."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("safelight.intake.urls"))]

handler404 = "safelight.server.answers.not_found"
handler400 = "safelight.server.answers.not_understood"
handler500 = "safelight.server.answers.broken"
