"""Every address of the intake."""

from __future__ import annotations

from django.urls import path, re_path

from safelight.intake import asking_work, assets, collecting, depositing, leaving, receipts, writing

urlpatterns = [
    path("", writing.form_page),
    re_path(r"^(?P<language>ru|en)/$", writing.form_page),
    re_path(r"^(?P<language>ru|en)/report$", writing.send_without_script),
    re_path(r"^(?P<language>ru|en)/receipt$", receipts.receipt_page),
    re_path(r"^mailbox/(?P<mailbox_id>[0-9a-f]{32})$", depositing.deposit),
    path("work", asking_work.work),
    path("collect", collecting.collect_list),
    path("collect/acknowledge", collecting.collect_acknowledge),
    re_path(r"^collect/(?P<envelope_id>[0-9a-f]{16})$", collecting.collect_envelope),
    path("roster", assets.signed_roster),
    path("exit", leaving.leave),
    re_path(r"^static/(?P<name>[a-z0-9.-]{1,64})$", assets.static_file),
]
