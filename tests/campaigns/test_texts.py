from __future__ import annotations

import random

import pytest

from safelight.campaigns.texts.folding import fold
from safelight.campaigns.texts.matching import CALIBRATED, TextIndex
from tests.support import text_edits

POST = (
    "Внимание, родители! В школе нашего района работает учитель, который скрывает, кем он "
    "является. Мы нашли его страницу и переписку. Администрация отвечает отписками. Завтра мы "
    "идём к директору и требуем объяснений, приходите все, кому дороги дети! Пишите в "
    "министерство и прокуратуру, звоните в приёмную, присылайте нам ответы."
)
# The same subject, the same words, another text.
STRANGER = (
    "Сегодня возле школы собрались родители. Они говорят, что учитель ведёт уроки хорошо, а "
    "страница, о которой пишут, ему не принадлежит. Директор обещала разобраться и попросила "
    "не верить слухам. В министерстве и прокуратуре обращений пока не видели, дети учатся."
)
FORMULA = "Об этом сообщили в пресс-службе ведомства. По данному факту возбуждено уголовное дело."


@pytest.mark.parametrize("name", list(text_edits.EDITS))
def test_an_edited_text_is_found_and_a_text_about_the_same_is_not(name: str) -> None:
    index = TextIndex()
    index.add("copy", text_edits.EDITS[name](POST, random.Random(3), "Погода на завтра. " * 9))
    index.add("stranger", STRANGER)
    assert [one.post for one in index.search(POST, thresholds=CALIBRATED)] == ["copy"]


def test_a_formula_in_common_does_not_glue_two_texts() -> None:
    index = TextIndex()
    index.add("other", f"{STRANGER} {FORMULA}")
    index.add("formula", FORMULA)
    assert index.search(f"{POST} {FORMULA}", thresholds=CALIBRATED) == []


def test_one_sentence_alone_is_found_if_it_stands_in_the_text_nearly_letter_for_letter() -> None:
    index = TextIndex()
    index.add("alone", "Завтра мы идём к директору и требуем объяснений!!")
    index.add("with an error", "Завтpа мы идем к днректору и требуем объяснений")
    index.add("another", "Завтра мы идём к директору и приносим извинения")
    index.add("a few words", "Завтра мы идём к директору")
    index.add("a formula", "По данному факту возбуждено уголовное дело")
    found = index.search(f"{POST} {FORMULA}", thresholds=CALIBRATED)
    assert sorted(one.post for one in found) == ["alone", "with an error"]


def test_a_person_may_add_a_formula() -> None:
    heading = (
        "Рубрика нашего канала: кого мы нашли на этой неделе и что с ним будет дальше, читайте"
    )
    one, other = f"{heading}. Погода хорошая.", f"{heading}. Опять снег."
    for formulas, found in (((), ["other"]), ((heading,), [])):
        index = TextIndex(formulas=formulas)
        index.add("other", other)
        assert [hit.post for hit in index.search(one, thresholds=CALIBRATED)] == found


def test_one_text_in_two_alphabets_folds_to_one() -> None:
    assert fold("Завтра учитель будет уволен") == fold("Zavtra uchitel' budet uvolen")
    assert fold("3aвтpа учитeль") == fold("Завтра учитель")
    assert fold("завтра") != fold("вчера")


def test_numbers_keep_every_digit() -> None:
    # 8 (900) 111-22-33 and 8 (900) 121-23 are two telephones.
    assert fold("дом 11, квартира 2233") != fold("дом 1, квартира 23")
