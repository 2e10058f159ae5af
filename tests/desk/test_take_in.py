"""`safelight desk take-in`: what came by mail, stick or picture ends as a case."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from safelight.command_line import safelight
from safelight.sealing.recipients import HybridRecipient, parse_recipient
from tests.support.desk import PASSPHRASE, TestDesk, a_report, desk
from tests.support.pocket_forms import deposit_of, frames_of, picture_of

__all__ = ["desk"]


def _recipient(desk: TestDesk) -> HybridRecipient:
    recipient = parse_recipient(desk.recipient)
    assert isinstance(recipient, HybridRecipient)
    return recipient


def _take_in(desk: TestDesk, tmp_path: Path, *paths: Path) -> tuple[dict[str, object], str]:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE, encoding="ascii")
    arguments = ["desk", "take-in", "--data", str(desk.data), "--json", *map(str, paths)]
    ran = CliRunner().invoke(safelight, [*arguments, "--passphrase-file", str(passphrase)])
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout), ran.stderr


def test_a_deposit_file_becomes_a_case_once_however_often_it_comes(
    desk: TestDesk, tmp_path: Path
) -> None:
    file = deposit_of(a_report().to_bytes(), to=_recipient(desk)).to_bytes()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "data-10.bin").write_bytes(file)
    for number, text in enumerate(frames_of(file)):
        (tmp_path / "in" / f"{number:02}.png").write_bytes(picture_of([text]))
    facts, said = _take_in(desk, tmp_path, tmp_path / "in")
    assert (facts["found"], facts["stored"], facts["known"], facts["cases"]) == (2, 1, 1, 1)
    assert "pictures of" not in said


def test_missing_pictures_are_named_so_that_they_can_be_taken_again(
    desk: TestDesk, tmp_path: Path
) -> None:
    frames = frames_of(deposit_of(a_report().to_bytes(), to=_recipient(desk)).to_bytes())
    for text in frames[:1] + frames[2:]:
        (tmp_path / f"{text[4:30].replace('/', '-')}.png").write_bytes(picture_of([text]))
    facts, said = _take_in(desk, tmp_path, *sorted(tmp_path.glob("*.png")))
    assert (facts["found"], facts["cases"]) == (0, 0)
    assert f"number 2 of {len(frames)} are missing" in said


def test_a_folder_fetched_as_a_stick_knows_deposit_files_too(
    desk: TestDesk, tmp_path: Path
) -> None:
    from safelight.casework import inbox

    deposit = deposit_of(a_report().to_bytes(), to=_recipient(desk))
    (tmp_path / "data-10.bin").write_bytes(deposit.to_bytes())
    (tmp_path / "data-11.bin").write_bytes(deposit.to_bytes()[:-7])
    arrivals = inbox.fetch_folder(tmp_path)
    assert (arrivals.found, arrivals.cases, arrivals.passed_over) == (2, 1, 1)
