"""docs/vocabulary.md is made from the data, and both say the same."""

from __future__ import annotations

import pytest

from safelight.vocabulary import page
from safelight.vocabulary.schema import vocabulary


def test_the_page_is_what_the_data_makes() -> None:
    made = page.page(vocabulary())
    assert page.page(vocabulary()) == made
    assert page.PAGE.read_text("utf-8") == made, "run: python -m safelight.vocabulary.page"


def test_the_page_has_every_code_in_both_languages() -> None:
    made = page.page(vocabulary())
    for field in (*vocabulary().fields, *vocabulary().smear_fields):
        for code in field.codes:
            assert f"| `{code.value}`" in made
            assert code.label("en") in made
            assert code.label("ru") in made


def test_the_page_says_what_nobody_verified() -> None:
    made = page.page(vocabulary())
    walks = [w for code in vocabulary().field("acts").codes for w in code.crosswalks.values()]
    remembered = sum(walk.status == "from-memory" for walk in walks)
    assert made.count("**from memory, not verified**") == remembered == 7


def test_a_stale_page_is_noticed(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pathlib import Path

    stale = Path(str(tmp_path)) / "vocabulary.md"
    monkeypatch.setattr(page, "PAGE", stale)
    assert page.main(["--check"]) == 1
    assert "is stale" in capsys.readouterr().err
    assert page.main([]) == 0
    assert page.main(["--check"]) == 0
    stale.write_text(stale.read_text("utf-8") + " ", "utf-8")
    assert page.main(["--check"]) == 1
