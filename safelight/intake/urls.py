"""Every address of the intake."""

from __future__ import annotations

from django.urls import include, path, re_path

from safelight.intake import asking_work, assets, leaving, receipts, writing

urlpatterns = [
    path("", writing.form_page),
    re_path(r"^(?P<language>ru|en)/$", writing.form_page),
    re_path(r"^(?P<language>ru|en)/report$", writing.send_without_script),
    re_path(r"^(?P<language>ru|en)/receipt$", receipts.receipt_page),
    path("", include("safelight.intake.mailbox_urls")),
    path("work", asking_work.work),
    path("roster", assets.signed_roster),
    path("exit", leaving.leave),
    re_path(r"^static/(?P<name>[a-z0-9.-]{1,64})$", assets.static_file),
]
