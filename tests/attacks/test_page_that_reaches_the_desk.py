"""Threat: page-that-reaches-the-desk: A page from elsewhere, open in the same browser, sends
requests to the desk's port (forged forms, DNS rebinding, another local port); all are refused.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.desk import PORT, TestDesk, a_report, as_form, codes, desk

__all__ = ["desk"]

OURS = f"http://127.0.0.1:{PORT}"


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        f"attacker.example:{PORT}",
        "127.0.0.1",
        f"127.0.0.1:{PORT + 1}",
        f"localhost:{PORT}",
        f"127.0.0.1.:{PORT}",
        f"[::1]:{PORT}",
        "",
    ],
)
def test_a_name_that_was_pointed_at_this_machine_is_refused(desk: TestDesk, host: str) -> None:
    assert desk.client.get("/cases/").status_code == 200
    answer = desk.client.get("/cases/", HTTP_HOST=host)
    assert answer.status_code == 421
    assert "case" not in answer.text


FROM_HERE = [
    {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": OURS},
    # Our own pages say no-referrer, and browsers then send this with our own forms.
    {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "null"},
    {"HTTP_SEC_FETCH_SITE": None, "HTTP_ORIGIN": OURS},
]
FROM_ELSEWHERE = [
    {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "https://attacker.example"},
    {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "null"},
    {"HTTP_SEC_FETCH_SITE": "cross-site"},
    # Another port of this machine is the same *site*: SameSite cookies go along.
    {"HTTP_SEC_FETCH_SITE": "same-site", "HTTP_ORIGIN": "http://127.0.0.1:8000"},
    {"HTTP_SEC_FETCH_SITE": "same-site"},
    {"HTTP_SEC_FETCH_SITE": "none"},
    {"HTTP_SEC_FETCH_SITE": None, "HTTP_ORIGIN": "https://attacker.example"},
    {"HTTP_SEC_FETCH_SITE": None, "HTTP_ORIGIN": "null"},
    {"HTTP_SEC_FETCH_SITE": None},
    {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "https://attacker.example"},
]


def _client_with(desk: TestDesk, given: dict[str, str | None]) -> object:
    client = desk.stranger()
    client.cookies = desk.client.cookies
    client.defaults.pop("HTTP_SEC_FETCH_SITE")
    client.defaults.update({name: value for name, value in given.items() if value is not None})
    return client


@pytest.mark.parametrize("headers", FROM_ELSEWHERE)
def test_a_form_on_another_page_changes_nothing(
    desk: TestDesk, headers: dict[str, str | None]
) -> None:
    from safelight.casework.models import Case
    from safelight.desk.sqlcipher.held_key import is_held

    case_id = desk.take_in(a_report())[0]
    client = _client_with(desk, headers)
    for path, fields in (
        (f"/cases/{case_id}/", as_form(codes())),
        (f"/cases/{case_id}/set-aside", {"reason": "flood"}),
        ("/lock", {}),
        ("/cases/fetch", {}),
    ):
        answer = client.post(path, fields)  # type: ignore[attr-defined]
        assert answer.status_code == 403, path
        assert "another site" in answer.text
    assert Case.objects.get().state == "new"
    assert is_held()


@pytest.mark.parametrize("headers", FROM_HERE)
def test_our_own_forms_work(desk: TestDesk, headers: dict[str, str | None]) -> None:
    from safelight.casework.models import Case

    case_id = desk.take_in(a_report())[0]
    client: Any = _client_with(desk, headers)
    opened = client.post(f"/cases/{case_id}/open", {"purpose": "new-report"})
    assert opened.url == f"/cases/{case_id}/"
    assert client.post(f"/cases/{case_id}/", as_form(codes())).status_code == 302
    assert Case.objects.get().state == "coded"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_page_cannot_load_or_frame_ours(desk: TestDesk, site: str) -> None:
    for path in ("/cases/", "/static/desk/desk.css", f"/open/{desk.launch.token}"):
        assert desk.client.get(path, HTTP_SEC_FETCH_SITE=site).status_code == 403
    answer = desk.client.get("/cases/")
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer


def test_what_changes_something_is_never_done_by_a_link(desk: TestDesk) -> None:
    case_id = desk.take_in(a_report())[0]
    for path in ("/lock", "/cases/fetch", "/cases/take-in", f"/cases/{case_id}/set-aside"):
        assert desk.client.get(path).status_code == 405, path


@pytest.mark.parametrize("path", ["/", "/cases/", "/no-such-page", "/unlock", "/static/x.css"])
def test_every_answer_is_kept_nowhere_and_tells_nobody_where_it_came_from(
    desk: TestDesk, path: str
) -> None:
    for client in (desk.client, desk.stranger(), desk.stranger(HTTP_HOST="attacker.example")):
        answer = client.get(path)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "script-src" not in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
