"""Threat: forged-pocket-form: Somebody hands out a pocket form with their own key, an old roster or
a changed script; verifying refuses every changed byte, the form what its root did not sign.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.errors import SafelightError
from safelight.intake.pocket.form import (
    PocketFormError,
    build_pocket_form,
    check_statement,
    signed_statement,
    verified_pocket_form,
)
from tests.support.browsers import playwright_browser
from tests.support.pocket_forms import a_roster

ROOT, ATTACKER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
TODAY = datetime.now(UTC).date()
ROSTER, _ = a_roster(issued=TODAY, root=ROOT)
THEIRS, _ = a_roster(issued=TODAY, root=ATTACKER)
FORM = build_pocket_form(ROSTER, ROOT.public_key())
DATA = b'<script type="application/json" id="data">'


def with_data(change: Callable[[dict[str, Any]], None]) -> bytes:
    before, _, rest = FORM.content.partition(DATA)
    data, _, after = rest.partition(b"</script>")
    found = json.loads(data)
    change(found)
    encoded = json.dumps(found, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return before + DATA + encoded.encode() + b"</script>" + after


def their_roster(data: dict[str, Any]) -> None:
    data["roster"] = THEIRS.decode()


def their_root(data: dict[str, Any]) -> None:
    data["root"] = ATTACKER.public_key().public_bytes_raw().hex()


def both(data: dict[str, Any]) -> None:
    their_roster(data)
    their_root(data)


def a_question_more(data: dict[str, Any]) -> None:
    data["forms"][0]["questions"].append(
        {"id": "name", "kind": "text", "label": ["Your name?", "Ваше имя?"], "longest": 60}
    )


CHANGED = {
    "their roster": with_data(their_roster),
    "their root key": with_data(their_root),
    "both": with_data(both),
    "a question more": with_data(a_question_more),
    "a script more": FORM.content.replace(b"<main>", b"<main><script>x()</script>"),
    "another policy": FORM.content.replace(b"connect-src 'none'", b"connect-src *"),
    "a line more": FORM.content + b"\n",
    "a byte less": FORM.content[:-1],
    "nothing": b"",
    "an endless file": FORM.content + b" " * 200_000,
}


def test_the_form_as_it_was_built_is_accepted() -> None:
    assert verified_pocket_form(FORM.content, ROOT.public_key()).digest == FORM.digest


@pytest.mark.parametrize("what", CHANGED)
def test_verifying_refuses_a_form_that_was_changed(what: str) -> None:
    with pytest.raises(SafelightError):
        verified_pocket_form(CHANGED[what], ROOT.public_key())


def test_verifying_refuses_every_changed_byte() -> None:
    for at in range(0, len(FORM.content), 997):
        changed = bytearray(FORM.content)
        changed[at] ^= 1
        with pytest.raises(SafelightError):
            verified_pocket_form(bytes(changed), ROOT.public_key())


def test_a_statement_is_about_one_file_and_by_one_key() -> None:
    statement = signed_statement(FORM, ROOT)
    check_statement(statement, FORM.content, ROOT.public_key())
    with pytest.raises(PocketFormError, match="changed after it was signed"):
        check_statement(statement, CHANGED["a question more"], ROOT.public_key())
    with pytest.raises(PocketFormError, match="bad signature"):
        check_statement(signed_statement(FORM, ATTACKER), FORM.content, ROOT.public_key())
    with pytest.raises(PocketFormError):
        check_statement(ROSTER, FORM.content, ROOT.public_key())  # signed, but another kind


@pytest.mark.browser
def test_a_form_with_a_roster_its_root_did_not_sign_lets_nobody_type(tmp_path: Path) -> None:
    old, _ = a_roster(issued=TODAY - timedelta(days=60), root=ROOT)
    forms = {
        "theirs.html": CHANGED["their roster"],
        "old.html": with_data(lambda data: data.update(roster=old.decode())),
        "script.html": FORM.content.replace(
            b"<main>",
            b"<main><script>document.title = 'ran'</script>"
            b"<img src=https://example.invalid/x onerror=\"document.title = 'ran'\">",
        ),
    }
    with playwright_browser("chromium") as page:
        blocked: list[tuple[str, str]] = []
        arrived: list[str] = []
        page.on("requestfailed", lambda asked: blocked.append((asked.url, asked.failure)))
        page.on("requestfinished", lambda asked: arrived.append(asked.url))
        for name, content in forms.items():
            (tmp_path / name).write_bytes(content)
            page.goto((tmp_path / name).as_uri())
            page.wait_for_selector("h1")
            if name == "script.html":
                assert page.title() != "ran"
            else:
                assert page.locator("button.door, textarea").count() == 0
                assert page.locator(".problem").count() == 1
        assert blocked == [("https://example.invalid/x", "csp")]
        assert all(url.startswith("file:") for url in arrived), arrived
