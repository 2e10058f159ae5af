"""Spellings of one name meet; other names do not. The names are invented stems or given names."""

from __future__ import annotations

import numpy as np
import pytest

from safelight.demo.invented_names import invent_name, romanised
from safelight.linkage.contacts import handle, phone
from safelight.linkage.names import fold_name, folded, sound, stem
from safelight.linkage.when import windows


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Щедромира", "Shchedromira"),
        ("Щедромира", "Schedromira"),
        ("Юлодар", "Iulodar"),
        ("Юлодар", "Yulodar"),
        ("Хавелий", "Khavelii"),
        ("Цветозар", "Tsvetozar"),
        ("Тулёхятов", "Tulekhiatov"),
    ],
)
def test_romanisations_fold_into_one_spelling(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_all_three_schemes_of_romanisation_nearly_always_meet() -> None:
    rng = np.random.default_rng(1)
    words = [part for _ in range(100) for part in invent_name(rng, "M").spelled("short").split()]
    met = sum(stem(word) == stem(romanised(word, n)) for word in words for n in range(3))
    assert met >= 0.85 * 3 * len(words)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Брязатов", "Брязатова"), ("Вежденский", "Вежденская"), ("Саша", "Александр"),
     ("Саша", "Александра"), ("Маша", "Мария"), ("Sasha", "Александр")],
)  # fmt: skip
def test_genders_and_diminutives_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("Маша", "Даша"), ("Иван", "Илья"), ("Лев", "Лена")])
def test_other_names_keep_other_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


def test_order_and_patronymic_do_not_matter() -> None:
    assert fold_name("Брязатов Тармил Ведомарович") == fold_name("Тармил Брязатов")
    assert fold_name("Брязатов Т.").initials == {"t"}


def test_a_sound_survives_a_slip() -> None:
    assert sound("neumann") == sound("neuman")
    assert sound("Щедромир") != sound("Юлодар")


def test_phones_and_profiles_have_one_form() -> None:
    assert phone("+7 (123) 456-78-90") == phone("81234567890") == "1234567890"
    assert phone("12") is None
    assert handle("https://vk.com/Some_One") == handle("@someone") == handle("t.me/some.one/")
    assert handle("@") is None


def test_coarse_dates_are_windows() -> None:
    day, month, half, year, other = windows(["2024-03-05", "2024-03", "2024-H1", "2024", "soon"])
    assert day is not None
    assert month is not None
    assert half is not None
    assert year is not None
    assert other is None
    assert day[0] == day[1]
    assert year[0] == half[0] < month[0] <= day[0] <= month[1] < half[1] < year[1]


def test_slashes_are_read_as_the_column_shows() -> None:
    first, _ = windows(["03/05/2024", "12/31/2024"])
    same, _ = windows(["05/03/2024", "31/12/2024"])
    assert first == same == windows(["2024-03-05"])[0]
    assert windows(["30.02.2024", "2024-13-01", "2024-Q9"]) == [None, None, None]
