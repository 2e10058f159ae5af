"""`safelight roster` and `safelight seal`, as a person or a script runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.command_line import safelight
from safelight.errors import SafelightError
from safelight.sealing.opening import HybridIdentity, open_file
from safelight.sealing.public_key import PublicKeyError
from safelight.sealing.roster import RosterError
from safelight.sealing.seal import SealError
from safelight.sealing.whole_file import WholeFileError

DESK = HybridIdentity(bytes(range(32)))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(safelight, [str(argument) for argument in arguments])


def facts(*arguments: str | Path) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refusal(*arguments: str | Path) -> SafelightError:
    result = run(*arguments)
    assert isinstance(result.exception, SafelightError), result.output
    return result.exception


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A folder with root.pem, root.pub, desk-1.public.json and roster.json."""
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    desk = {"name": "desk-1", "recipient": DESK.recipient().encode(), "verify_key": key}
    (tmp_path / "desk-1.public.json").write_text(json.dumps(desk))
    facts("roster", "new-root", "--out", tmp_path / "root.pem")
    facts(*sign(tmp_path, "roster.json"))
    return tmp_path


def sign(team: Path, out: str, *more: str | Path) -> list[str | Path]:
    arguments: list[str | Path] = ["roster", "sign", "--root", team / "root.pem"]
    arguments += ["--desk", team / "desk-1.public.json", "--out", team / out, *more]
    return arguments


def seal(team: Path, *files: Path, out: Path, roster: str = "roster.json") -> list[str | Path]:
    rest: list[str | Path] = ["--roster", team / roster, "--root", team / "root.pub", "--out", out]
    return ["seal", *files, *rest]


def test_a_new_root_is_private_and_told_by_its_fingerprint(team: Path) -> None:
    assert (team / "root.pem").stat().st_mode & 0o777 == 0o600
    public = (team / "root.pub").read_text().strip()
    told = facts("roster", "fingerprint", team / "root.pub")
    assert told == facts("roster", "fingerprint", public)
    assert "keep it offline" in str(refusal("roster", "fingerprint", team / "root.pem"))
    assert isinstance(refusal("roster", "new-root", "--out", team / "root.pem"), WholeFileError), (
        "a root key is never replaced"
    )


def test_a_protected_root_signs_with_its_passphrase_only(team: Path) -> None:
    (team / "words").write_text("four words or more\n")
    (team / "other").write_text("another\n")
    root = team / "protected.pem"
    facts("roster", "new-root", "--out", root, "--passphrase-file", team / "words")
    assert b"ENCRYPTED PRIVATE KEY" in root.read_bytes()

    def signing(out: str, *more: str | Path) -> list[str | Path]:
        desk = ["--desk", team / "desk-1.public.json", "--out", team / out]
        return ["roster", "sign", "--root", root, *desk, *more]

    assert "give --passphrase-file" in str(refusal(*signing("a")))
    wrong = refusal(*signing("a", "--passphrase-file", team / "other"))
    assert "passphrase is wrong" in str(wrong)
    assert not (team / "a").exists()
    assert facts(*signing("a", "--passphrase-file", team / "words"))["usable"] is True


def test_a_roster_is_shown_with_its_desks_and_only_for_its_root(team: Path) -> None:
    shown = facts("roster", "show", team / "roster.json", "--root", team / "root.pub")
    assert shown["version"] == 1
    assert shown["usable"] is True
    assert [desk["name"] for desk in shown["desks"]] == ["desk-1"]
    facts("roster", "new-root", "--out", team / "other.pem")
    reason = refusal("roster", "show", team / "roster.json", "--root", team / "other.pub")
    assert isinstance(reason, RosterError)
    assert "bad signature" in str(reason)


def test_the_next_roster_has_a_higher_version(team: Path) -> None:
    following = sign(team, "roster-2.json", "--previous", team / "roster.json")
    assert facts(*following)["version"] == 2
    again = sign(team, "x.json", "--previous", team / "roster-2.json", "--version", "2")
    assert "not higher than 2" in str(refusal(*again))
    assert not (team / "x.json").exists()


def test_a_classic_desk_is_not_signed_for(team: Path) -> None:
    file = team / "desk-1.public.json"
    classic = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
    file.write_text(json.dumps({**json.loads(file.read_text()), "recipient": classic}))
    assert "expected a post-quantum recipient" in str(refusal(*sign(team, "x.json")))


def test_a_file_is_sealed_to_the_roster_and_opens_on_the_desk(team: Path) -> None:
    content = team / "photo.jpg"
    content.write_bytes(b"pixels" * 100)
    told = facts(*seal(team, content, out=team / "photo.age"))
    assert told["desks"] == ["desk-1"]
    assert told["sealed"][0]["sealed_bytes"] == (team / "photo.age").stat().st_size == 32 * 1024
    open_file(team / "photo.age", team / "opened.jpg", [DESK], padded=True)
    assert (team / "opened.jpg").read_bytes() == content.read_bytes()
    assert isinstance(refusal(*seal(team, content, out=team / "photo.age")), WholeFileError)


def test_several_files_go_into_a_folder_under_names_that_say_nothing(team: Path) -> None:
    files = [team / "one.txt", team / "two.txt"]
    for number, file in enumerate(files):
        file.write_bytes(b"%d" % number)
    told = facts(*seal(team, *files, out=team / "sealed"))
    assert sorted(path.name for path in (team / "sealed").iterdir()) == ["1.age", "2.age"]
    assert [one["out"] for one in told["sealed"]] == [
        str(team / "sealed" / name) for name in ("1.age", "2.age")
    ]
    open_file(team / "sealed" / "2.age", team / "opened", [DESK], padded=True)
    assert (team / "opened").read_bytes() == b"1"


def test_progress_goes_to_standard_error_and_facts_to_standard_output(team: Path) -> None:
    result = run(*seal(team, team / "root.pub", out=team / "e"), "--json")
    assert "file 1 of 1: sealing 65 bytes" in result.stderr
    assert list(json.loads(result.stdout)) == ["roster_version", "desks", "sealed"]


def test_a_roster_that_is_older_than_the_one_seen_is_not_sealed_to(team: Path) -> None:
    arguments = seal(team, team / "root.pub", out=team / "e")
    assert "older than 7" in str(refusal(*arguments, "--seen-version", "7"))
    assert not (team / "e").exists()
    assert facts(*arguments, "--seen-version", "1")["roster_version"] == 1


def test_a_file_too_large_for_any_size_is_refused_before_work(team: Path) -> None:
    large = team / "large"
    with large.open("wb") as file:
        file.truncate(1 << 30)  # sparse: takes no room
    reason = refusal(*seal(team, large, out=team / "e"))
    assert isinstance(reason, SealError)
    assert "Split it" in str(reason)
    assert not (team / "e").exists()


def test_a_missing_roster_is_wrong_usage(team: Path) -> None:
    result = run(*seal(team, team / "root.pub", out=team / "e", roster="nowhere.json"))
    assert result.exit_code == 2


def test_root_key_beside_the_roster_is_used_and_its_fingerprint_shown(
    team: Path, tmp_path: Path
) -> None:
    letter = tmp_path / "letter"
    letter.write_text("text")
    result = run("seal", letter, "--roster", team / "roster.json", "--out", tmp_path / "a.age")
    assert result.exit_code == 0, result.output
    shown = run("roster", "fingerprint", team / "root.pub").output
    assert any(word in result.stderr for word in shown.split() if len(word) == 4)

    (team / "root.pub").unlink()
    problem = refusal("seal", letter, "--roster", team / "roster.json", "--out", tmp_path / "b.age")
    assert isinstance(problem, PublicKeyError)
    assert "--root" in str(problem)
    assert not (tmp_path / "b.age").exists()


def test_another_root_key_beside_the_roster_is_refused(team: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_text("text")
    (team / "root.pub").write_text(
        Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    )
    problem = refusal("seal", letter, "--roster", team / "roster.json", "--out", tmp_path / "a.age")
    assert isinstance(problem, RosterError)
