"""The rules of letters: parsed strictly, signed, carried by the journal, shown at the letter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.casework.letters.writing import (
    ROOT,
    ROOT_HEX,
    a_letter,
    begin_shift,
    letter_at,
    policy,
    rules,
    signed_rules,
)
from tests.casework.test_colleagues import exchange
from tests.support.desk import TestDesk, desk_in


@pytest.fixture
def rooted(tmp_path: Path) -> Iterator[TestDesk]:
    with desk_in(tmp_path / "rooted", root=ROOT_HEX) as made:
        yield made


def take_in(desk: TestDesk, signed: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return desk.client.post("/letters/rules", {"rules": SimpleUploadedFile("r", signed)})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"shift_minutes": 121}, "shift_minutes: expected 5 to 120"),
        ({"week_minutes": 721}, "week_minutes: expected 120 to 720"),
        ({"break_minutes": 5}, "break_minutes: expected 30"),
        ({"second_reader": "nobody"}, "second_reader: expected another-person or author"),
        ({"version": 0}, "version"),
        ({"expires": "2020-01-01"}, "not before"),
        ({"signs": []}, "signs: expected a list"),
        ({"signs": [{**rules()["signs"][0], "answers": {"danger": ["MAYBE"]}}]}, "its choices"),
        ({"signs": [{**rules()["signs"][0], "answers": {"danger": [["NOW"]]}}]}, "its choices"),
        ({"signs": [{**rules()["signs"][0], "answers": {"story": ["x"]}}]}, "questions of the"),
        ({"signs": [{**rules()["signs"][0], "within_minutes": "soon"}]}, "whole number"),
        ({"signs": [{**rules()["signs"][0], "to": {"en": "x"}}]}, "expected the keys"),
        ({"signs": [{**rules()["signs"][0], "do": {"en": "a\u202eb", "ru": "x"}}]}, "control"),
        ({"signs": rules()["signs"][:1] * 2}, "each code once"),
        ({"more": 1}, "expected the keys"),
    ],
)
def test_rules_that_allow_too_much_or_are_malformed_are_refused(
    changes: dict[str, Any], why: str
) -> None:
    from safelight.casework.letters.policy import PolicyError

    policy()
    with pytest.raises(PolicyError, match=why):
        policy(**changes)


def test_without_signed_rules_the_strictest_hold_and_nobody_is_named(desk: TestDesk) -> None:
    from safelight.casework.letters.rules_in_force import rules_in_force

    found = rules_in_force(ROOT.public_key())
    assert not found.is_signed
    assert not found.policy.author_may_read(datetime.now(UTC).date())
    page = desk.client.get("/letters/").text
    assert "has signed no rules yet" in page
    assert "knows no root key" in page


def test_the_page_shows_who_is_told_by_when_and_what_the_answers_suggest(
    rooted: TestDesk,
) -> None:
    assert take_in(rooted, signed_rules()).status_code == 302
    (case_id,) = rooted.take_in(a_letter(answers={"letter": "x", "danger": "SELF"}))
    begin_shift()
    rooted.client.post(f"/letters/{case_id}/take", {"from": ""})
    page = rooted.client.get(f"/letters/{case_id}/").text
    sign = page.split("Danger to life")[1].split("</dd>")[0]
    assert "the answers say so" in sign
    assert "the coordinator of the shift" in sign
    assert "60 min" in sign
    assert "the answers say so" not in page.split("Younger than 18")[1].split("</dd>")[0]


def test_an_escalation_calls_until_somebody_says_what_came_of_it(rooted: TestDesk) -> None:
    take_in(rooted, signed_rules())
    (case_id,) = rooted.take_in(a_letter())
    given = {"sign": "danger-to-life", "note": "не хочет жить"}
    assert rooted.client.post(f"/letters/{case_id}/escalate", given).status_code == 302
    (one,) = letter_at(case_id).open_escalations
    assert timedelta(minutes=58) < one.due - one.at <= timedelta(minutes=60)
    assert "Signs of danger" in rooted.client.get("/letters/").text
    assert "не хочет жить" not in rooted.client.get("/letters/").text
    assert "не хочет жить" in rooted.client.get(f"/letters/{case_id}/").text
    done = {"escalation": one.entry, "note": "координатор знает"}
    assert rooted.client.post(f"/letters/{case_id}/settle", done | {"note": ""}).status_code == 409
    assert rooted.client.post(f"/letters/{case_id}/settle", done).status_code == 302
    assert letter_at(case_id).open_escalations == ()
    assert "Signs of danger" not in rooted.client.get("/letters/").text
    assert rooted.client.post(f"/letters/{case_id}/settle", done).status_code == 409
    other = {"sign": "full-moon", "note": ""}
    assert rooted.client.post(f"/letters/{case_id}/escalate", other).status_code == 409


def test_rules_reach_the_other_desks_and_the_highest_version_counts(two: Any) -> None:
    from safelight.casework.letters.policy import PolicyError
    from safelight.casework.letters.rules_in_force import rules_in_force, take_in_rules

    _, _, sit = two
    root = ROOT.public_key()
    take_in_rules(signed_rules(version=2, shift_minutes=60), root=root)
    for old in (1, 2):
        with pytest.raises(PolicyError, match="known here already"):
            take_in_rules(signed_rules(version=old), root=root)
    exchange(sit)
    sit(2)
    assert rules_in_force(root).policy.shift_minutes == 60
    assert not rules_in_force(Ed25519PrivateKey.generate().public_key()).is_signed
    assert not rules_in_force(None).is_signed


def test_rules_are_signed_and_shown_by_the_command(tmp_path: Path) -> None:
    import yaml

    from safelight.casework.letters.policy import PolicyError
    from safelight.casework.letters.policy_command import letters
    from safelight.sealing.roster_command import roster

    run = CliRunner()
    key = tmp_path / "root.pem"
    (tmp_path / "pw").write_text("four words in a row\n")
    passphrase = ["--passphrase-file", str(tmp_path / "pw")]
    made = run.invoke(roster, ["new-root", "--out", str(key), *passphrase])
    assert made.exit_code == 0, made.output
    source = tmp_path / "rules.yaml"
    source.write_text(yaml.safe_dump(rules(), allow_unicode=True), encoding="utf-8")
    out = tmp_path / "rules.json"
    sign = ["sign", str(source), "--root", str(key), *passphrase, "--out", str(out)]
    signed = run.invoke(letters, sign)
    assert signed.exit_code == 0, signed.output
    public = next(tmp_path.glob("*.pub"))
    shown = run.invoke(letters, ["show", str(out), "--root", str(public), "--json"])
    assert json.loads(shown.output)["signs"][0]["code"] == "danger-to-life"
    other = run.invoke(letters, ["show", str(out), "--root", ROOT_HEX])
    assert isinstance(other.exception, PolicyError)
