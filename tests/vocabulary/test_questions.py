"""Question sets: every question skippable, short enough for the page, stable ids."""

from __future__ import annotations

import gzip
from datetime import date

import pytest

from safelight.vocabulary.questions import period_label, question_set
from safelight.vocabulary.schema import VocabularyError, vocabulary

FORM = question_set("what-happened")


def test_the_first_form_asks_these_questions_in_this_order() -> None:
    # The ids are the names of form controls, in pocket forms too: never rename one.
    assert [(q.id, q.kind, q.field) for q in FORM.questions] == [
        ("danger", "one", None),
        ("acts", "many", "acts"),
        ("lured_where", "one", "platform"),
        ("demand", "text", None),
        ("when", "one", "occurred_period"),
        ("region", "one", "region"),
        ("setting", "one", "setting"),
        ("why", "many", "bias_ground"),
        ("signs", "many", "bias_indicators"),
        ("who", "many", "perpetrator_type"),
        ("harm", "many", "harm"),
        ("police", "one", None),
        ("police_did", "one", None),
        ("police_not", "many", None),
        ("role", "one", "reporter_role"),
        ("age", "one", "victim_age_band"),
        ("story", "text", None),
        ("contact", "text", None),
        ("consent", "consent", "consent"),
    ]


def test_every_act_can_be_reported() -> None:
    asked = {code.value for code in FORM.question("acts").codes}
    assert asked == set(vocabulary().field("acts").values)


def test_every_choice_is_a_code_of_its_field_and_not_for_the_case_file() -> None:
    for question in FORM.questions:
        if question.field is not None and question.id != "when":
            for choice in question.codes:
                assert vocabulary().field(question.field).code(choice.value).tier != "S2"


def test_consent_is_asked_per_purpose() -> None:
    assert [code.value for code in FORM.question("consent").codes] == [
        "STAT",
        "SHARE_PARTNER",
        "EVIDENCE",
        "ADVOCACY",
    ]


def test_time_is_offered_in_half_years_and_never_finer() -> None:
    values = [code.value for code in FORM.question("when").offered(date(2026, 3, 1))]
    assert values[:7] == ["2026-H1", "2025-H2", "2025-H1", "2024-H2", "2024-H1", "2023-H2", "2022"]
    assert values[-2:] == ["2011", "UNK"]
    assert FORM.question("when").offered(date(2026, 7, 1))[0].value == "2026-H2"
    assert FORM.question("when").offered(date(2026, 7, 1))[0].label("ru") == "июль–декабрь 2026"


def test_an_answer_from_an_older_page_is_still_accepted() -> None:
    when = FORM.question("when")
    assert when.accepts("1999-H2")
    assert not when.accepts("1999-H3")
    assert not FORM.question("region").accepts("1999-H2")


@pytest.mark.parametrize("language", ["ru", "en"])
def test_regions_come_in_the_alphabet_of_the_reader(language: str) -> None:
    labels = [c.label(language) for c in FORM.question("region").offered(date.today(), language)]  # noqa: DTZ011
    assert labels[:-2] == sorted(labels[:-2])
    assert labels[-1] in ("неизвестно", "not known")


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_words_of_the_form_leave_room_in_a_page_of_12_kb(language: str) -> None:
    words = [FORM.title(language)]
    for question in FORM.questions:
        words += [question.label(language), question.help(language)]
        offered = question.offered(date(2026, 11, 22), language)
        words += [f'<option value="{code.value}">{code.label(language)}' for code in offered]
    assert len(gzip.compress("\n".join(words).encode(), mtime=0)) < 4_500


def test_texts_are_asked_without_blame_and_skippable_by_their_words() -> None:
    for question in FORM.questions:
        for text in (question.label("ru"), question.help("ru")):
            assert "обязательно" not in text.replace("не обязательно", "").replace(
                "Не обязательно", ""
            )
            assert "почему вы" not in text.lower()


def test_unknown_forms_versions_and_questions_are_refused() -> None:
    assert question_set("what-happened", "1") == FORM
    for form, version in (("what-happened", "99"), ("nothing", None), ("../acts", None)):
        with pytest.raises(VocabularyError, match="expected"):
            question_set(form, version)
    with pytest.raises(VocabularyError, match="expected a question of what-happened version 1"):
        FORM.question("name")


@pytest.mark.parametrize(
    ("period", "ru", "en"),
    [
        ("2019-H1", "январь–июнь 2019", "January–June 2019"),
        ("2019-H2", "июль–декабрь 2019", "July–December 2019"),
        ("1998", "1998 год", "1998"),
    ],
)
def test_a_period_that_is_offered_no_more_is_still_said_in_words(
    period: str, ru: str, en: str
) -> None:
    assert (period_label(period, "ru"), period_label(period, "en")) == (ru, en)


def test_what_is_no_period_has_no_label() -> None:
    with pytest.raises(VocabularyError, match="half-year"):
        period_label("<b>", "en")
