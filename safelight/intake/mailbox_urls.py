"""The addresses of mailboxes: what programs, scripts and desks speak to."""

from __future__ import annotations

from django.urls import path, re_path

from safelight.intake import collecting, conversing, depositing, team_exchange, uploading

urlpatterns = [
    re_path(r"^mailbox/(?P<mailbox_id>[0-9a-f]{32})$", depositing.deposit),
    re_path(r"^mailbox/(?P<mailbox_id>[0-9a-f]{32})/read$", conversing.read),
    re_path(
        r"^mailbox/(?P<mailbox_id>[0-9a-f]{32})/read/(?P<answer_id>[^/]{1,32})/(?P<part>[^/]{1,9})$",
        conversing.read_part,
    ),
    re_path(r"^mailbox/(?P<mailbox_id>[0-9a-f]{32})/withdraw$", conversing.withdraw),
    path("upload", uploading.uploads_page),
    re_path(r"^upload/(?P<name>[0-9a-f]{32})$", uploading.upload_page),
    path("collect", collecting.collect_list),
    path("collect/acknowledge", collecting.collect_acknowledge),
    re_path(r"^collect/(?P<envelope_id>[0-9a-f]{16})$", collecting.collect_envelope),
    re_path(r"^collect/answer/(?P<mailbox_id>[0-9a-f]{32})$", collecting.collect_answer),
    path("team", team_exchange.team_list),
    path("team/acknowledge", team_exchange.team_acknowledge),
    re_path(r"^team/(?P<name>[a-z0-9-]{1,32})$", team_exchange.team_place),
]
