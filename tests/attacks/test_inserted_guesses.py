"""Threat: inserted-guesses: An organisation puts guesses into its list to learn whether somebody
stands on another's; quotas bound how many, and agreed noise leaves every single answer open.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from safelight.partners.overlap.noise import with_noise
from safelight.partners.overlap.organisation import offer
from safelight.partners.overlap.problems import OwnListError
from tests.partners.overlap.session import EPSILON, Session, keyed

VICTIMS = keyed(*range(100, 140))


def test_without_noise_one_guess_among_made_up_records_is_answered() -> None:
    # The weakness of every such protocol, stated in the specification; noise is the remedy.
    for guess, answer in ((120, 1), (5, 0)):
        guesses = keyed(guess, *(f"made up {number}" for number in range(30)))
        found = Session([guesses, VICTIMS]).run()["helpline"]
        assert found.patterns()[1, 1] == answer


def test_with_noise_an_answer_is_hardly_likelier_with_the_guess_than_without() -> None:
    session = Session([VICTIMS, VICTIMS], rules={"epsilon": EPSILON})
    assert session.terms.noise_scale == 8
    draws = 8_000

    def share(true: int) -> float:
        cells = np.full(1 + draws, true, dtype=np.int64)
        noisy = with_noise(cells, scale=Fraction(8))[1:]
        return sum(count >= 1 for count in noisy) / draws

    absent, present = share(0), share(1)
    # One cell moves by one: at most e^(1/8) = 1.13; the rest is room for 8,000 draws.
    assert 1 < present / absent < 1.25
    assert 0.4 < absent < 0.5


@pytest.mark.parametrize(
    ("guesses", "code"), [(keyed(*range(101)), "over-quota"), (keyed(1, 2), "undersized")]
)
def test_too_many_guesses_and_too_few_are_refused(guesses: list[dict[str, str]], code: str) -> None:
    session = Session([VICTIMS, VICTIMS], rules={"least": 20, "most": 100})
    keys = session.keys["helpline"]
    assert offer(VICTIMS, session.terms, keys, unit="incident")
    with pytest.raises(OwnListError) as refusal:
        offer(guesses, session.terms, keys, unit="incident")
    assert refusal.value.code == code


def test_one_guess_written_many_ways_is_one_guess() -> None:
    session = Session([VICTIMS, VICTIMS])
    with pytest.raises(OwnListError, match="each key on one row"):
        offer(keyed("Ab 1", "ab1", "AB  1"), session.terms, session.keys["centre"], unit="incident")
