"""The desk's pages. Each room brings its own; this is the corridor."""

from __future__ import annotations

from django.urls import include, path

from safelight.desk import linking_pages, outcomes_page, two_person_page, views
from safelight.desk.backups import page as backup_page
from safelight.desk.releases import colleague_pages as colleague_release_pages
from safelight.desk.undercount import estimate_pages
from safelight.desk.undercount import pages as undercount_pages

urlpatterns = [
    path("", views.home, name="home"),
    path("open/<str:token>", views.enter, name="enter"),
    path("unlock", views.unlock, name="unlock"),
    path("lock", views.lock, name="lock"),
    path("wipe", views.wipe, name="wipe"),
    path("language/<str:language>", views.speak, name="speak"),
    path("guide", views.guide, name="guide"),
    path("journal/", views.journal_page, name="journal"),
    path("outcomes/", outcomes_page.outcomes_page, name="outcomes"),
    path("linking/", linking_pages.linking_page, name="linking"),
    path("linking/run", linking_pages.run_linking, name="run-linking"),
    path("linking/pair", linking_pages.pair_page, name="linking-pair"),
    path("linking/judge", linking_pages.judge_pair, name="judge-pair"),
    path("linking/take-back", linking_pages.take_judgement_back, name="take-judgement-back"),
    path("linking/sample", linking_pages.draw_audit, name="draw-audit"),
    path("numbers/all-incidents", undercount_pages.undercount_page, name="undercount"),
    path("numbers/all-incidents/look", undercount_pages.run_undercount, name="run-undercount"),
    path("numbers/estimate", estimate_pages.estimate_page, name="estimate-release"),
    path("numbers/estimate/propose", estimate_pages.propose_estimate, name="propose-estimate"),
    path(
        "numbers/colleagues/<str:proposal_id>/",
        colleague_release_pages.colleague_release,
        name="colleague-release",
    ),
    path(
        "numbers/colleagues/<str:proposal_id>/decide",
        colleague_release_pages.decide,
        name="decide-colleague-release",
    ),
    path("backups/", backup_page.backups_page, name="backups"),
    path("backups/make", backup_page.make_backup, name="make-backup"),
    path("backups/key", backup_page.give_key, name="give-backup-key"),
    path("backups/key-destroyed", backup_page.key_file_destroyed, name="key-file-destroyed"),
    path("backups/alone", backup_page.go_on_alone, name="go-on-alone"),
    path("backups/go-on-under", backup_page.go_on_under, name="go-on-under"),
    path("two-people/<str:case_id>/", two_person_page.two_person_page, name="two-person"),
    path(
        "two-people/<str:case_id>/act",
        two_person_page.act_on_two_person,
        name="act-on-two-person",
    ),
    path("static/<path:path>", views.static_file, name="static-file"),
    path("", include("safelight.casework.followup.urls")),
    path("cases/", include("safelight.casework.urls")),
    path("cases/", include("safelight.campaigns.case_evidence.urls")),
    path("cases/", include("safelight.campaigns.case_campaign.urls")),
    path("team/", include("safelight.casework.team.urls")),
    path("letters/", include("safelight.casework.letters.urls")),
    path("agreement/", include("safelight.casework.agreement.urls")),
    path("lists/", include("safelight.partners.urls")),
    path("numbers/", include("safelight.release.urls")),
]

handler400 = "safelight.desk.gate.not_understood"
handler404 = "safelight.desk.gate.not_found"
handler500 = "safelight.desk.gate.server_error"
