"""Every address of the intake."""

from __future__ import annotations

from django.urls import include, path, re_path

from safelight.intake import (
    asking_work,
    assets,
    doors,
    help_page,
    leaving,
    pocket_upload,
    receipts,
    writing,
)
from safelight.intake.words_shown import LAST_STEP

urlpatterns = [
    path("", doors.first_page),
    re_path(r"^(?P<language>ru|en)/$", doors.first_page),
    re_path(r"^(?P<language>ru|en)/(?P<door>report|smear|letter)$", writing.form),
    re_path(rf"^(?P<language>ru|en)/words/(?P<token>{LAST_STEP})$", writing.words),
    re_path(r"^(?P<language>ru|en)/help$", help_page.help_page),
    re_path(r"^(?P<language>ru|en)/receipt$", receipts.receipt_page),
    re_path(r"^(?P<language>ru|en)/upload$", pocket_upload.upload_page),
    path("", include("safelight.intake.mailbox_urls")),
    path("work", asking_work.work),
    path("roster", assets.signed_roster),
    re_path(r"^roster/(?P<number>[0-9]{1,4})$", assets.roster_part),
    path("exit", leaving.leave),
    re_path(rf"^exit/(?P<token>{LAST_STEP})$", leaving.leave),
    re_path(r"^static/(?P<name>[a-z0-9.-]{1,64})$", assets.static_file),
]
