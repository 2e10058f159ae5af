"""The demo's smear alarm: it opens as an urgent case whose links lead to posts on this machine."""

from __future__ import annotations

import urllib.request
from datetime import date

from tests.support.desk import TestDesk, desk

__all__ = ["desk"]


def test_the_alarm_becomes_an_urgent_case_whose_posts_are_served_here(desk: TestDesk) -> None:
    from safelight.campaigns.case_evidence.evidence_file import DIRECT, read_ways_out
    from safelight.casework.inbox import take_in
    from safelight.casework.models import Case
    from safelight.demo.smear_alarm import alarm, allow_captures, posts_served
    from safelight.sealing.recipients import parse_recipient

    recipients = (parse_recipient(desk.recipient),)
    with posts_served() as place:
        sent = alarm(recipients, place=place, language="ru", today=date(2026, 11, 22))
        allow_captures(desk.data, place)
        take_in([sent.envelope])
        case = Case.objects.get()
        assert case.lane == "urgent"
        page = desk.client.get(f"/cases/{case.case_id}/emergency").text
        assert f"{place}/1" in page
        assert "Telegram" in page
        for number in (1, 2):
            with urllib.request.urlopen(f"{place}/{number}", timeout=90) as post:
                assert "Вымышленный канал" in post.read().decode()
        ways = read_ways_out(desk.data)
        assert ways.exit == DIRECT
        assert ways.loopback_ports == {int(place.rsplit(":", 1)[1])}
