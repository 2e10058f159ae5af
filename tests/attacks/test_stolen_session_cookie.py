"""Threat: stolen-session-cookie: Somebody copies the cookie out of the caseworker's browser and
uses it from elsewhere; it opens nothing through another site, nothing after a restart or a lock,
and reading with it in bulk locks the desk.
"""

from __future__ import annotations

from typing import Any

import pytest

from safelight.desk.launch import Launch
from tests.support.desk import PASSPHRASE, TestDesk, _client, a_report, desk

__all__ = ["desk"]


def thief(desk: TestDesk, launch: Launch | None = None, **headers: str) -> Any:
    """A client with nothing but the copied cookie."""
    client = _client(launch or desk.launch, **headers)
    client.cookies[desk.launch.cookie_name] = desk.launch.cookie_value
    return client


def test_after_a_restart_the_cookie_is_worth_nothing(desk: TestDesk) -> None:
    assert thief(desk).get("/cases/").status_code == 200, "until then it is the person's own key"
    again = Launch(desk.launch.config)
    assert again.cookie_name != desk.launch.cookie_name
    refused = thief(desk, again).get("/cases/")
    assert refused.status_code == 403
    assert "stop the desk and start it again" in refused.text


def test_after_a_lock_it_needs_the_passphrase(desk: TestDesk) -> None:
    (case_id,) = desk.take_in(a_report(answers={"story": "тайна"}))
    desk.client.get(f"/cases/{case_id}/")
    desk.client.post("/lock")
    client = thief(desk)
    for path in ("/cases/", f"/cases/{case_id}/", "/backups/", "/journal/"):
        led = client.get(path)
        assert (led.status_code, led.headers["Location"]) == (302, "/unlock"), path
    assert client.post("/unlock", {"passphrase": "a guess of the thief"}).status_code == 403
    assert desk.client.post("/unlock", {"passphrase": PASSPHRASE}).status_code == 302


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_SEC_FETCH_SITE": "same-site"},
        {"HTTP_ORIGIN": "http://127.0.0.1:9999"},
        {"HTTP_HOST": "desk.attacker.example:4711"},
    ],
)
def test_through_another_site_it_changes_nothing(desk: TestDesk, headers: dict[str, str]) -> None:
    from safelight.casework.models import Case

    (case_id,) = desk.take_in(a_report())
    answer = thief(desk, **headers).post(f"/cases/{case_id}/lane", {"lane": "urgent"})
    assert answer.status_code in (403, 421)
    assert Case.objects.get().lane == "reports"


def test_reading_in_bulk_with_it_locks_the_desk_and_the_team_is_told(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.casework import opening
    from safelight.casework.opening import BulkRule, recent_alarms
    from safelight.desk.sqlcipher.held_key import is_held

    monkeypatch.setattr(opening, "bulk_rules", lambda: (BulkRule(cases=2, minutes=10),))
    ids = desk.take_in(*[a_report(answers={"story": f"тайна {n}"}) for n in range(4)])
    purpose = next(one.value for one in opening.purposes() if one.value != "other")
    client, read = thief(desk), 0
    for case_id in ids:
        client.post(f"/cases/{case_id}/open", {"purpose": purpose})
        read += "тайна" in client.get(f"/cases/{case_id}/").text
    assert read == 2
    assert not is_held()
    assert "The desk locked itself" in client.get("/unlock?locked=bulk").text
    desk.client.post("/unlock", {"passphrase": PASSPHRASE})
    assert len(recent_alarms()) == 1


def test_it_does_not_live_on_the_disk_longer_than_the_browser_runs(desk: TestDesk) -> None:
    fresh = Launch(desk.launch.config)
    given = _client(fresh).get(f"/open/{fresh.token}").cookies[fresh.cookie_name]
    assert (given["httponly"], given["samesite"]) == (True, "Strict")
    assert not given["expires"]
    assert not given["max-age"]
