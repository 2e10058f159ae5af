from __future__ import annotations

import re
from typing import Any

import pytest

from safelight.vocabulary.stat_row import StatRow
from tests.support.desk import TestDesk, a_report, as_form, codes


def rows() -> list[StatRow]:
    from safelight.casework.rows import stat_rows

    return list(stat_rows())


def test_coding_makes_one_row_of_codes_and_one_entry(desk: TestDesk) -> None:
    from safelight.journal.chain import told
    from safelight.journal.verifying import verify

    (case_id,) = desk.take_in(a_report())
    answer = desk.client.post(f"/cases/{case_id}/", as_form(codes()))
    assert answer.status_code == 302
    (row,) = rows()
    assert row.acts == ("EXT", "FDT")
    assert row.most_serious_act == "EXT"
    assert (row.source_list, row.consent) == ("OWN", ("STAT",))
    assert (row.consent_given_at, row.consent_expires_at) == ("2026-Q1", "2029-Q1")
    assert row.coder_ids == ("desk-1",)
    assert re.fullmatch(r"20\d\d-Q[1-4]", row.received_period)
    last = told(case_id)[-1]
    assert last.content is not None
    assert (last.entry.kind, last.content["row"]) == ("case.coded", row.stat_id)
    assert last.content["codes"]["acts"] == "EXT|FDT"
    assert last.entry.body == {}, "what stays for ever tells nothing about the case"
    assert verify().entries == 5  # the fifth: it was opened


def test_the_row_can_be_rebuilt_from_the_journal_alone(desk: TestDesk) -> None:
    from safelight.journal.chain import told

    (case_id,) = desk.take_in(a_report())
    desk.client.post(f"/cases/{case_id}/", as_form(codes(fatal=True, harm=("DEATH", "PSYCH"))))
    content = told(case_id)[-1].content
    assert content is not None
    assert StatRow.from_mapping({**content["codes"], "stat_id": content["row"]}) == rows()[0]


def test_coding_again_replaces_the_row_and_keeps_both_entries(desk: TestDesk) -> None:
    from safelight.journal.chain import told

    (case_id,) = desk.take_in(a_report())
    desk.client.post(f"/cases/{case_id}/", as_form(codes()))
    first = rows()[0].stat_id
    desk.client.post(f"/cases/{case_id}/", as_form(codes(region="77", acts=("THR",))))
    (row,) = rows()
    assert (row.stat_id, row.region, row.acts) == (first, "77", ("THR",))
    coded = [one.content or {} for one in told(case_id) if one.entry.kind == "case.coded"]
    assert [(c["row"], c["codes"]["region"]) for c in coded] == [(first, "UNK"), (first, "77")]


def chosen(html: str) -> set[str]:
    inputs = re.findall(r'<input type="checkbox" name="(\w+)" value="(\w+)"[^>]* checked', html)
    selected = re.findall(r'<option value="([^"]+)" selected', html)
    return {value for _, value in inputs} | set(selected)


def test_the_page_starts_from_the_answers_and_later_from_the_last_coding(desk: TestDesk) -> None:
    (case_id,) = desk.take_in(a_report())

    at_first = chosen(desk.client.get(f"/cases/{case_id}/").text)
    assert {"FDT", "EXT", "GAY", "2026-H1", "DATE_MEET", "VICTIM", "18-24", "WEB"} - {
        "WEB"
    } <= at_first
    assert "OFFLINE_FILE" in at_first, "it came from a file"
    desk.client.post(f"/cases/{case_id}/", as_form(codes(setting="STREET", acts=("THR",))))
    later = chosen(desk.client.get(f"/cases/{case_id}/").text)
    assert {"STREET", "THR", "LIKELY", "PREMEDITATED"} <= later
    assert "FDT" not in later


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    ("changes", "en", "ru"),
    [
        ({"acts": ()}, "Tick at least one", "хотя бы одно"),
        ({"acts": ("FDT",)}, "in addition to what followed", "вместе с тем"),
        ({"bias_confidence": ""}, "Choose one", "Выберите одно"),
        ({"harm": ("DEATH",)}, "somebody died", "кто-то погиб"),
        ({"harm": ("NONE", "PSYCH")}, "stands alone", "отмечают отдельно"),
    ],
)
def test_a_coding_that_cannot_be_is_refused_in_words_and_keeps_what_was_chosen(
    desk: TestDesk, language: str, changes: dict[str, object], en: str, ru: str
) -> None:
    desk.client.post(f"/language/{language}")
    (case_id,) = desk.take_in(a_report())
    answer = desk.client.post(f"/cases/{case_id}/", as_form(codes(region="77") | changes))
    assert answer.status_code == 422
    assert (en if language == "en" else ru) in answer.text
    assert '<option value="77" selected' in answer.text
    assert 'role="alert"' in answer.text
    assert rows() == []


@pytest.mark.parametrize(
    ("field", "value"), [("acts", "XXX"), ("region", "XXX"), ("harm", "SELF_HARM_RISK")]
)
def test_a_code_that_was_not_offered_is_refused(desk: TestDesk, field: str, value: str) -> None:
    (case_id,) = desk.take_in(a_report())
    form = as_form(codes()) | {field: [value]}
    assert desk.client.post(f"/cases/{case_id}/", form).status_code == 422
    assert rows() == []


def test_without_consent_there_is_no_row_and_the_page_says_so(desk: TestDesk) -> None:
    from safelight.casework.coding import NotCountedError, code_case

    (case_id,) = desk.take_in(a_report(consent=("EVIDENCE",)))
    html = desk.client.get(f"/cases/{case_id}/").text
    assert "did not agree to be counted" in html
    assert "Save the coding" not in html
    desk.client.post(f"/cases/{case_id}/", as_form(codes()))
    with pytest.raises(NotCountedError, match="did not agree"):
        code_case(case_id, codes())
    assert rows() == []


def test_setting_aside_takes_the_row_away_and_can_be_undone(desk: TestDesk) -> None:
    from safelight.casework.models import Bridge, Case
    from safelight.journal.chain import told

    (case_id,) = desk.take_in(a_report())
    desk.client.post(f"/cases/{case_id}/", as_form(codes()))
    stat_id = rows()[0].stat_id
    desk.client.post(f"/cases/{case_id}/set-aside", {"reason": "duplicate"})
    assert rows() == []
    assert not Bridge.objects.exists()
    last = told(case_id)[-1]
    assert (last.entry.body, last.content) == ({}, {"reason": "duplicate"})
    assert "the same was reported before" in desk.client.get("/cases/?lane=set-aside").text
    desk.client.post(f"/cases/{case_id}/take-back")
    assert Case.objects.get().state == "new"
    desk.client.post(f"/cases/{case_id}/", as_form(codes()))
    assert len(rows()) == 1
    assert rows()[0].stat_id != stat_id


@pytest.mark.parametrize("reason", ["", "because he lied"])
def test_a_reason_is_one_of_the_list_and_is_not_repeated(desk: TestDesk, reason: str) -> None:
    from safelight.casework.models import Case

    (case_id,) = desk.take_in(a_report())
    answer = desk.client.post(f"/cases/{case_id}/set-aside", {"reason": reason})
    assert answer.status_code == 400
    assert "expected one of the reasons" in answer.text
    assert "he lied" not in answer.text
    desk.client.post("/language/ru")
    said = desk.client.post(f"/cases/{case_id}/set-aside", {"reason": reason}).text
    assert "выберите одну из причин" in said
    nothing = desk.client.post(f"/cases/{case_id}/take-back").text
    assert "Состояние дела: «новое»" in nothing
    assert Case.objects.get().state == "new"


@pytest.mark.parametrize(
    ("now", "to", "allowed"),
    [
        ("new", "coded", True),
        ("new", "set-aside", True),
        ("coded", "coded", True),
        ("coded", "set-aside", True),
        ("set-aside", "new", True),
        ("new", "new", False),
        ("coded", "new", False),
        ("set-aside", "coded", False),
        ("set-aside", "set-aside", False),
    ],
)
def test_the_table_of_states(desk: TestDesk, now: str, to: str, allowed: bool) -> None:
    from safelight.casework.cases import NEXT, CaseStateError, check_move
    from safelight.casework.models import CaseState

    assert set(NEXT) == set(CaseState)
    if allowed:
        check_move(CaseState(now), CaseState(to))
        return
    with pytest.raises(CaseStateError, match=f"{now} cannot become {to}".replace("-", " ")):
        check_move(CaseState(now), CaseState(to))


def test_the_coding_and_its_entry_are_written_together_or_not_at_all(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.casework import cases, coding
    from safelight.casework.models import Bridge, Case, StatisticalRow
    from safelight.journal.verifying import verify

    (case_id,) = desk.take_in(a_report())
    before = verify()

    def power_cut(*_: object, **__: object) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(cases, "append", power_cut)
    with pytest.raises(OSError, match="power cut"):
        coding.code_case(case_id, codes())
    assert not StatisticalRow.objects.exists()
    assert not Bridge.objects.exists()
    assert Case.objects.get().state == "new"
    assert verify() == before


def test_a_row_knows_nothing_of_its_case(desk: TestDesk) -> None:
    from safelight.casework.models import Case, StatisticalRow

    ids = desk.take_in(*[a_report() for _ in range(8)])
    for case_id in ids:
        desk.client.post(f"/cases/{case_id}/", as_form(codes()))
    row = StatisticalRow.objects.first()
    assert row is not None
    assert {f.name for f in StatisticalRow._meta.get_fields()} == {"stat_id", "codes", "bridge"}
    case = Case.objects.get(bridge__row=row)
    text = str(row.codes) + row.stat_id
    for secret in (case.case_id, case.envelope, "заманили", "0f" * 16):
        assert secret not in text
    order = [r.stat_id for r in rows()]
    assert order == sorted(order), "not the order in which the cases came"


def test_every_field_of_the_row_is_coded_by_hand_or_filled_in_by_us(desk: TestDesk) -> None:
    from safelight.casework.coding import CODED_BY_HAND
    from safelight.vocabulary.schema import vocabulary
    from safelight.vocabulary.stat_row import SMEAR_COLUMNS

    ours = {
        "stat_id", "schema_version", "source_list", "received_period", "judgement_id",
        "counting_units", "consent", "consent_given_at", "consent_expires_at",
        "consent_withdrawn_at", "coder_ids",
    }  # fmt: skip
    derived = {field.name for field in vocabulary().fields if field.derived}
    ours |= set(SMEAR_COLUMNS)  # from the codes of the smear module, if somebody accepted them
    assert set(CODED_BY_HAND) | ours | derived == {field.name for field in vocabulary().fields}
    assert not set(CODED_BY_HAND) & (ours | derived)


def test_a_smear_alarm_starts_as_a_smear_with_the_answers_it_has(desk: TestDesk) -> None:
    alarm = a_report(form="smear-alarm", answers={"danger": "NO", "role": "VICTIM", "age": "25-34"})
    (case_id,) = desk.take_in(alarm)
    at_first = chosen(desk.client.get(f"/cases/{case_id}/").text)
    assert {"SMR", "VICTIM", "25-34"} <= at_first
    (other,) = desk.take_in(a_report(mailbox="1a" * 16))
    assert "SMR" not in chosen(desk.client.get(f"/cases/{other}/").text)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"bias_confidence": "CONFIRMED", "bias_indicators": ()}, "tick the signs"),
        ({"bias_confidence": "LIKELY", "bias_ground": ()}, "tick whom it was aimed at"),
        ({"premeditation": "PANIC_DEFENCE"}, "among the signs too"),
        ({"verification": "V2_CORROBORATED"}, "this rung stands on one"),
        ({"verification": "V3_DOCUMENTED"}, "this rung stands on one"),
        ({"verification": "V3_DOCUMENTED", "basis": "x" * 501}, "Shorten it"),
    ],
)
def test_codes_that_contradict_one_another_are_asked_about(
    desk: TestDesk, changes: dict[str, Any], why: str
) -> None:
    (case_id,) = desk.take_in(a_report())
    basis = changes.pop("basis", "")
    given = as_form(codes(**changes)) | {"basis": basis}
    answer = desk.client.post(f"/cases/{case_id}/", given)
    assert answer.status_code == 422
    assert why in answer.text.split('class="problem"')[1].split("</div>")[0]


def test_what_the_checking_stands_on_is_kept_with_the_case_and_in_no_row(desk: TestDesk) -> None:
    from safelight.casework.models import StatisticalRow

    (case_id,) = desk.take_in(a_report())
    basis = "справка из больницы, видел специалист"
    given = as_form(codes(verification="V3_DOCUMENTED")) | {"basis": f"  {basis}\n"}
    assert desk.client.post(f"/cases/{case_id}/", given).status_code == 302
    assert basis in desk.client.get(f"/cases/{case_id}/").text
    assert basis not in str(StatisticalRow.objects.get().codes)
