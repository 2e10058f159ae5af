"""`safelight pocket`: the same bytes for the same roster, with a statement beside them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from safelight.command_line import safelight
from safelight.intake.pocket.form import LARGEST_POCKET_FORM, build_pocket_form
from safelight.intake.pocket.questions import FORMS, question_sets_as_data
from safelight.vocabulary.questions import question_set
from tests.support.pocket_forms import a_roster

ROOT = Ed25519PrivateKey.generate()
TODAY = datetime.now(UTC).date()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(safelight, ["pocket", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    roster, _ = a_roster(issued=TODAY, root=ROOT)
    (tmp_path / "roster.json").write_bytes(roster)
    (tmp_path / "root.pub").write_text(ROOT.public_key().public_bytes_raw().hex(), "ascii")
    (tmp_path / "root.pem").write_bytes(
        ROOT.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return tmp_path


def build(folder: Path, *more: object, out: str = "form.html") -> Result:
    given = ("--roster", folder / "roster.json", "--root", folder / "root.pub")
    return run("build", *given, "--out", folder / out, *more)


def test_a_form_is_built_twice_alike_and_verified_with_its_statement(folder: Path) -> None:
    facts = json.loads(build(folder, "--sign", folder / "root.pem", "--json").stdout)
    assert build(folder, out="again.html").exit_code == 0
    assert (folder / "form.html").read_bytes() == (folder / "again.html").read_bytes()
    root, statement = ("--root", folder / "root.pub"), ("--statement", facts["statement"])
    verified = run("verify", folder / "form.html", *root, *statement, "--json")
    assert verified.exit_code == 0, verified.output
    assert json.loads(verified.stdout)["sha256"] == facts["sha256"]
    assert facts["last_day"] == (TODAY + timedelta(days=30)).isoformat()


def test_a_form_for_four_desks_stays_below_the_budget_and_too_many_are_refused() -> None:
    for desks, fits in ((4, True), (16, False)):
        roster, _ = a_roster(issued=TODAY, root=ROOT, desks=desks)
        if fits:
            form = build_pocket_form(roster, ROOT.public_key())
            assert len(form.content) < LARGEST_POCKET_FORM
        else:
            with pytest.raises(Exception, match="fewer desks"):
                build_pocket_form(roster, ROOT.public_key())


def test_every_question_of_every_door_is_inside_as_the_vocabulary_has_it() -> None:
    data = question_sets_as_data()
    assert [one["id"] for one in data] == list(FORMS)
    for one in data:
        asked = question_set(one["id"])
        assert one["version"] == asked.version
        assert [question["id"] for question in one["questions"]] == [q.id for q in asked.questions]
        for question, original in zip(one["questions"], asked.questions, strict=True):
            codes = {code[0] for code in question.get("codes", [])}
            assert codes == {code.value for code in original.codes}
            assert question["label"] == [original.label("en"), original.label("ru")]
            condition = original.only_if.as_text() if original.only_if else None
            assert question.get("only_if") == condition


def test_places_come_in_the_order_that_the_server_gives_them() -> None:
    for form in FORMS:
        for question in question_set(form).questions:
            if not question.sorted_by_label:
                continue
            data = next(d for d in question_sets_as_data() if d["id"] == form)
            entry = next(q for q in data["questions"] if q["id"] == question.id)
            for column, language in ((1, "en"), (2, "ru")):
                named = sorted(entry["codes"][: entry["alphabetic"]], key=lambda c: c[column])
                ordered = [*named, *entry["codes"][entry["alphabetic"] :]]
                offered = question.offered(TODAY, language)
                assert [code[0] for code in ordered] == [code.value for code in offered]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (("--sign", "root.pub"), "not a root key in PEM"),
        (("--passphrase-file", "root.pub"), "belongs to --sign"),
    ],
)
def test_a_wrong_call_is_refused_with_its_reason_and_leaves_no_form(
    folder: Path, more: tuple[str, str], problem: str
) -> None:
    result = build(folder, more[0], folder / more[1])
    assert result.exit_code != 0
    assert problem in f"{result.output} {result.exception}"
    assert not (folder / "form.html").exists()


def test_a_form_that_exists_is_not_replaced(folder: Path) -> None:
    (folder / "form.html").write_text("somebody's", "ascii")
    assert build(folder).exit_code != 0
    assert (folder / "form.html").read_text("ascii") == "somebody's"


def test_no_form_is_built_for_a_roster_that_nobody_could_use_today(folder: Path) -> None:
    old, _ = a_roster(issued=TODAY - timedelta(days=60), root=ROOT)
    (folder / "roster.json").write_bytes(old)
    result = build(folder)
    assert "expired" in str(result.exception)
    assert not (folder / "form.html").exists()
