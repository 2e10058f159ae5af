"""Everything the server answers to: circles if asked for, the intake, and what was published."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from safelight.circles.addresses import has_circles
from safelight.intake.addresses import PUBLISHED
from safelight.server.published import is_published, published_file

urlpatterns: list[URLPattern | URLResolver] = []
if has_circles():
    urlpatterns.append(path("", include("safelight.circles.urls")))
urlpatterns.append(path("", include("safelight.intake.urls")))
if is_published():
    urlpatterns.append(
        re_path(rf"^{PUBLISHED}/(?P<name>(?:[a-zA-Z0-9_.-]+/)*[a-zA-Z0-9_.-]*)$", published_file)
    )

handler404 = "safelight.server.answers.not_found"
handler400 = "safelight.server.answers.not_understood"
handler500 = "safelight.server.answers.broken"
