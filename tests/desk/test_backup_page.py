"""The pages about backups and about cases for two people: what they say, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safelight.desk import key_file
from tests.casework.team.real_team import Team, team_in
from tests.support.desk import CHEAP, PASSPHRASE, TestDesk, _caseworker, a_report, desk
from tests.support.desk_page import Page

__all__ = ["desk"]


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_file, "PRODUCTION_COST", CHEAP)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_in(tmp_path, count=2) as made:
        yield made


def form(folder: Path, **changes: str) -> dict[str, str]:
    for name in ("one", "two"):
        (folder / name).mkdir(exist_ok=True)
    return {
        "target": str(folder / "one" / "desk.backup"),
        "key_to": str(folder / "two" / "key.json"),
        "passphrase": PASSPHRASE,
        "again": PASSPHRASE,
    } | changes


def test_a_backup_is_made_on_the_page_and_its_key_is_named_when_it_dies(
    desk: TestDesk, tmp_path: Path
) -> None:
    from tests.attacks.test_bytes_left_after_withdrawal import receipt, report_with, withdraw

    words = receipt()
    desk.take_in(report_with(words))
    assert "There is no backup yet" in desk.client.get("/backups/").text
    page = desk.client.post("/backups/make", form(tmp_path))
    assert "read again and is whole" in page.text
    assert (tmp_path / "one" / "desk.backup").is_file()
    assert "Destroy these key files" not in page.text
    withdraw(words)
    page = desk.client.get("/backups/")
    assert "No backup opens any more" in page.text
    assert "Destroy these key files now" in page.text
    backup = page.text.split('name="backup" value="')[1].split('"')[0]
    desk.client.post("/backups/key-destroyed", {"backup": backup})
    assert "Destroy these key files now" not in desk.client.get("/backups/").text
    refused = desk.client.post("/backups/key", {"backup": backup, "key_to": str(tmp_path / "k")})
    assert refused.status_code == 422
    assert "opens for nobody" in refused.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"again": "another one"}, "passphrases are not the same"),
        ({"passphrase": "short", "again": "short"}, "too easy to guess"),
        ({"target": "desk.backup"}, "the whole path"),
        ({"target": "/nowhere/at/all/desk.backup"}, "no such folder"),
        ({"key_to": ""}, "opened by nobody"),
    ],
)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_what_cannot_be_done_is_said_on_the_page_in_its_language(
    desk: TestDesk, tmp_path: Path, changes: dict[str, str], said: str, language: str
) -> None:
    desk.client.post(f"/language/{language}")
    page = desk.client.post("/backups/make", form(tmp_path, **changes))
    assert page.status_code == 422
    assert (said in page.text) == (language == "en")
    assert 'role="alert"' in page.text
    assert not any((tmp_path / "one").iterdir())
    assert PASSPHRASE not in page.text


def test_going_on_after_a_fork_takes_a_new_name_and_the_old_chain_still_verifies(
    desk: TestDesk,
) -> None:
    from safelight.journal.chain import desk_key
    from safelight.journal.verifying import verify

    (case_id,) = desk.take_in(a_report())
    old = verify().entries
    assert desk.client.post("/backups/go-on-under", {"name": "Имя"}).status_code == 422
    assert desk.client.post("/backups/go-on-under", {"name": "desk-1"}).status_code == 422
    assert desk_key().desk == "desk-1"
    assert desk.client.post("/backups/go-on-under", {"name": "desk-1b"}).status_code == 302
    verified = verify()
    assert [(c.desk, c.entries) for c in verified.chains] == [("desk-1b", 3), ("desk-1", old)]
    assert (desk.data / "desk-1b.public.json").is_file()
    assert "desk-1b, desk-1." in desk.client.get("/backups/").text
    assert desk.client.post(f"/cases/{case_id}/lane", {"lane": "urgent"}).status_code == 302
    assert desk.client.post("/backups/go-on-under", {"name": "desk-1"}).status_code == 422


def client_at(team: Team, at: int) -> Any:
    from safelight.desk.launch import DeskConfig, Launch
    from tests.support.desk import PORT

    team.sit(at)
    launch = Launch(DeskConfig(data=team.seats[at].data, port=PORT), pause=lambda _: None)
    client = _caseworker(launch)
    client.get(f"/open/{launch.token}")
    return client


@pytest.mark.parametrize("language", ["en", "ru"])
def test_two_people_open_a_case_by_pages_alone(team: Team, language: str) -> None:
    from safelight.casework.inbox import take_in
    from safelight.casework.models import Case
    from safelight.journal.held_open import close_all
    from safelight.sealing.recipients import parse_recipient
    from safelight.sealing.seal import seal_bytes

    clients = [client_at(team, at) for at in range(2)]
    for client in clients:
        client.post(f"/language/{language}")
    team.sit(0)
    recipient = parse_recipient(team.seats[0].recipient)
    take_in([seal_bytes(a_report(answers={"story": "вдвоём"}).to_bytes(), [recipient])])
    case_id = Case.objects.get().case_id
    place = f"/two-people/{case_id}/"

    def act(at: int, **said: Any) -> Any:
        team.sit(at)
        return clients[at].post(f"{place}act", said)

    assert act(0, do="mark", first="desk-1", second="desk-2").status_code == 422, "not open yet"
    clients[0].get(f"/cases/{case_id}/")
    assert act(0, do="mark", first="desk-1", second="desk-1").status_code == 422
    assert act(0, do="mark", first="desk-1", second="desk-2").status_code == 302
    team.everybody_exchanges(rounds=2)
    for at in range(2):
        team.sit(at)
        led = clients[at].get(f"/cases/{case_id}/")
        assert (led.status_code, led.headers["Location"]) == (302, place)
        page = Page(clients[at].get(place).text)
        assert len(page.every("h1")) == 1
        assert not page.every("script")
        assert "вдвоём" not in clients[at].get("/cases/?lane=locked").text.replace(
            "только вдвоём", ""
        )
    assert act(0, do="ask", purpose="other", sentence="").status_code == 422
    assert act(0, do="ask", purpose="other", sentence="к юристу").status_code == 302
    team.everybody_exchanges(rounds=2)
    team.sit(1)
    asked = clients[1].get(place).text
    assert "к юристу" in asked
    question = asked.split('name="question" value="')[1].split('"')[0]
    assert act(0, do="release", question=question).status_code == 422, "not one's own"
    assert act(1, do="release", question=question).status_code == 302
    team.everybody_exchanges(rounds=2)
    assert act(0, do="open", question=question).status_code == 302
    opened = clients[0].get(place).text
    assert "вдвоём</blockquote>" in opened
    assert act(0, do="close").status_code == 302
    assert "вдвоём</blockquote>" not in clients[0].get(place).text
    assert act(0, do="open", question=question).status_code == 422, "good for one opening"
    assert act(0, do="nonsense").status_code == 422
    close_all()
