"""Threat: reused-launch-link: A launch address found in a terminal or a browser's history opens
the desk a second time; it works once, and only its browser's cookie lets anyone in after that.
"""

from __future__ import annotations

import pytest

from tests.support.desk import NAME, TestDesk, desk

__all__ = ["desk"]


def test_the_address_lets_one_browser_in_and_nobody_after(desk: TestDesk) -> None:
    assert desk.client.get("/cases/").status_code == 200
    second = desk.stranger()
    answer = second.get(f"/open/{desk.launch.token}")
    assert answer.status_code == 403
    assert "has been used" in answer.text
    assert answer.cookies == {}
    assert second.get("/cases/").status_code == 403


def test_the_browser_that_is_in_may_open_it_again(desk: TestDesk) -> None:
    assert desk.client.get(f"/open/{desk.launch.token}")["Location"] == "/"


def test_a_wrong_token_does_not_use_up_the_right_one(desk: TestDesk) -> None:
    from safelight.desk.launch import DeskConfig, Launch

    fresh = Launch(DeskConfig(data=desk.data, port=desk.launch.config.port))
    assert not fresh.enter("x" * 43)
    assert not fresh.enter("")
    assert fresh.enter(fresh.token)
    assert not fresh.enter(fresh.token)


def test_no_cookie_works_before_the_address_was_opened(desk: TestDesk) -> None:
    from safelight.desk.launch import DeskConfig, Launch

    fresh = Launch(DeskConfig(data=desk.data, port=desk.launch.config.port))
    assert not fresh.knows(fresh.cookie_value)
    fresh.enter(fresh.token)
    assert fresh.knows(fresh.cookie_value)
    assert not fresh.knows(fresh.cookie_value[:-1])
    assert not fresh.knows(None)


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(desk: TestDesk) -> None:
    (cookie,) = desk.client.cookies.values()
    assert cookie.key == desk.launch.cookie_name
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Strict"
    assert cookie["max-age"] == ""
    other = type(desk.launch)(desk.launch.config)
    assert other.cookie_name != desk.launch.cookie_name
    assert desk.launch.token not in repr(desk.launch)
    assert desk.launch.cookie_value not in repr(desk.launch)


@pytest.mark.parametrize("path", ["/open/one/two", "/static/none.css", "/static/../cases/"])
def test_a_page_that_is_not_there_tells_a_stranger_nothing(desk: TestDesk, path: str) -> None:
    desk.client.get("/cases/")
    known, strange = desk.client.get(path), desk.stranger().get(path)
    assert known.status_code == strange.status_code == 404
    assert "/cases/" in known.text
    assert "/lock" in known.text
    for told in ("/cases/", "/lock", "/journal/", NAME):
        assert told not in strange.text.replace(path, "")
