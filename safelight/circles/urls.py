"""Every address of circles, where the operator asked for them."""

from __future__ import annotations

from typing import Final

from django.urls import re_path

from safelight.circles import circle_views, entering_views, news, page, piece_views, policy_view
from safelight.circles.addresses import PAGE
from safelight.intake.addresses import EXIT
from safelight.intake.pages.shown_briefly import LAST_STEP

_CIRCLE: Final = r"^circle/(?P<circle_id>[0-9a-f]{32})"
_LANDING: Final = r"^landing/(?P<landing_id>[0-9a-f]{32})"
_PART: Final = r"(?P<part>[0-9]{1,3})"
_PIECE: Final = rf"/piece/(?P<sha256>[0-9a-f]{{64}})/{_PART}$"
_STASH: Final = r"^stash/(?P<stash_id>[0-9a-f]{32})"

_EXIT: Final = EXIT.removeprefix("/")

# These stand before the intake's, two of which are answered otherwise where there are circles.
urlpatterns = [
    re_path(r"^circles/policy/(?P<number>[0-9]{1,2})$", policy_view.policy_part),
    re_path(rf"^{PAGE}$", page.page),
    re_path(rf"^(?P<language>ru|en)/{PAGE}$", page.page),
    re_path(rf"^(?P<language>ru|en)/{PAGE}/0$", page.neutral_page),
    re_path(r"^static/(?P<name>[0-9]{2}\.js)$", page.static_module),
    re_path(rf"^{_EXIT}$", page.leave),
    re_path(rf"^{_EXIT}/(?P<token>{LAST_STEP})$", page.leave),
    re_path(rf"{_CIRCLE}$", circle_views.circle),
    re_path(rf"{_CIRCLE}/entry/(?P<sequence>[0-9]{{1,18}})/{_PART}$", circle_views.entry_part),
    re_path(rf"{_CIRCLE}/news$", news.news),
    re_path(rf"{_CIRCLE}/message$", circle_views.message),
    re_path(rf"{_CIRCLE}/commit$", circle_views.commit),
    re_path(rf"{_CIRCLE}/burn$", circle_views.burn),
    re_path(rf"{_CIRCLE}/batch$", circle_views.open_batch),
    re_path(rf"{_CIRCLE}/batches$", circle_views.batches),
    re_path(rf"{_CIRCLE}/knocks$", circle_views.knocks),
    re_path(rf"{_CIRCLE}/knock/(?P<knock_id>[0-9a-f]{{16}})$", circle_views.knock),
    re_path(r"^invitation/(?P<batch_id>[0-9a-f]{32})$", entering_views.come_in),
    re_path(rf"{_LANDING}$", entering_views.landing),
    re_path(rf"{_LANDING}/package$", entering_views.package),
    re_path(rf"{_LANDING}/last-resort$", entering_views.last_resort),
    re_path(rf"{_LANDING}/take$", entering_views.take),
    re_path(rf"{_LANDING}/welcome$", entering_views.welcome),
    re_path(
        rf"{_LANDING}/welcome/(?P<welcome_id>[0-9a-f]{{16}})/{_PART}$", entering_views.welcome_part
    ),
    re_path(rf"{_LANDING}/clear$", entering_views.clear),
    re_path(rf"{_CIRCLE}{_PIECE}", piece_views.commit_piece),
    re_path(rf"{_LANDING}{_PIECE}", piece_views.welcome_piece),
    re_path(rf"{_STASH}$", piece_views.stash),
    re_path(rf"{_STASH}/piece/{_PART}$", piece_views.stash_piece),
    re_path(rf"{_STASH}/whole$", piece_views.stash_whole),
    re_path(rf"{_STASH}/take/(?P<claim_id>[0-9a-f]{{32}})$", piece_views.take_stash),
    re_path(rf"{_STASH}/drop$", piece_views.drop_stash),
]
