"""The estimate on its page: the verdict first, the truth only where a country is invented."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from safelight.publication.document import Publication
from safelight.publication.noisy_document import NoisyPublication
from safelight.publication.reading import PublicationError
from safelight.publication.site import noisy_site_files, site_files
from safelight.publication.undercount_document import ASSUMPTIONS, REASONS
from safelight.publication.wording import texts
from safelight.release import estimate as written
from safelight.release.document import release_document
from safelight.release.noise.document import noisy_document
from safelight.undercount.rules import shipped_rules
from safelight.vocabulary.codes import LANGUAGES
from tests.publication.releases import TRUTH
from tests.publication.releases import document as plain_document
from tests.release.estimates import estimate
from tests.release.tables import usual_draft, usual_list
from tests.release.test_noisy_release import _draft

PAGE_LIMIT = 12_000
VERDICTS = ("estimate", "lower-bound", "refused")
LISTS = ("own", "helpline", "media")


@cache
def document(verdict: str, *, simulated: bool = False) -> bytes:
    theirs: dict[str, Any] = {"consent": (), "consent_given_at": None}
    lists = (
        usual_list(),
        usual_list(list_id="helpline", source_list="HELPLINE", **theirs),
        usual_list(list_id="media", source_list="MEDIA", **theirs),
    )
    draft = replace(usual_draft(*lists, simulated=simulated), undercount=estimate(verdict))
    return release_document(draft)


@cache
def noisy(verdict: str) -> bytes:
    draft = _draft()
    part = estimate(verdict)
    one = draft.lists[0]
    named = tuple(
        replace(one, statement=replace(one.statement, list_id=list_id)) for list_id in LISTS
    )
    return noisy_document(replace(draft, lists=named, undercount=part))


def _text(page: bytes) -> str:
    """Without thousands apart, so that numbers can be looked for."""
    plain = page.decode().replace("\u202f", "").replace(",", "")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", plain))


@pytest.mark.parametrize("verdict", VERDICTS)
def test_what_the_desk_writes_is_read_in_both_formats(verdict: str) -> None:
    for found in (
        Publication.parse(document(verdict)).undercount,
        NoisyPublication.parse(noisy(verdict)).undercount,
    ):
        part = estimate(verdict)
        assert found is not None
        assert (found.verdict, found.reason) == (part.verdict, part.reason)
        assert found.documented.value == part.documented.value
        assert (found.estimate is None) == (verdict == "refused")
        assert found.lists == part.measured.lists
        assert found.share == part.linkage_share


def test_a_release_without_an_estimate_has_no_page_and_no_word_of_one() -> None:
    files = site_files(Publication.parse(plain_document()))
    assert Publication.parse(plain_document()).undercount is None
    assert not any("undercount" in name for name in files)
    assert b"undercount.html" not in files["en/index.html"]


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_verdict_reason_assumption_and_all_that_a_number_carries(
    verdict: str, language: str
) -> None:
    words = texts("ru" if language == "ru" else "en")
    found = Publication.parse(document(verdict))
    part = found.undercount
    assert part is not None
    for files in (site_files(found), noisy_site_files(NoisyPublication.parse(noisy(verdict)))):
        content = files[f"{language}/undercount.html"]
        assert len(content) < PAGE_LIMIT
        page = _text(content)
        assert words.say(f"reason_{part.reason}").replace(",", "") in page
        assert words.say(f"assumption_{part.assumption}").replace(",", "") in page
        assert str(part.documented.value) in page
        assert part.data_sha256 in page
        assert part.code_sha256 in page
        assert "ε = 1" in page
        assert "2022–2024" in page
        refused = words.say("undercount_refused")
        assert (refused in page) == (verdict == "refused")
        if part.estimate is not None:
            shown = part.estimate.low if verdict == "lower-bound" else part.estimate.value
            assert str(shown) in page
        assert b"<script" not in content
        assert b'href="undercount.html"' in files[f"{language}/index.html"]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_the_truth_stands_beside_it_for_an_invented_country_only(verdict: str) -> None:
    happened = str(sum(year.happened for year in TRUTH))
    simulated = Publication.parse(document(verdict, simulated=True))
    beside = site_files(simulated, truth=TRUTH)
    alone = site_files(Publication.parse(document(verdict)))
    for language in LANGUAGES:
        said = texts(language).say("undercount_happened")
        assert happened in _text(beside[f"{language}/undercount.html"])
        assert said in _text(beside[f"{language}/undercount.html"])
        assert said not in _text(alone[f"{language}/undercount.html"])


def test_the_press_page_says_what_may_be_claimed_of_each_verdict() -> None:
    for verdict, en, ru in (
        ("estimate", "It is estimated that between", "По оценке произошло от"),
        ("lower-bound", "no upper end", "верхнего конца у числа нет"),
        ("refused", "A refusal is not a number", "Отказ — не число"),
    ):
        files = site_files(Publication.parse(document(verdict)))
        assert en in _text(files["en/claims.html"])
        assert ru in _text(files["ru/claims.html"])
        assert "undercount.html" in files["en/claims.html"].decode()
        for language in LANGUAGES:
            assert len(files[f"{language}/method.html"]) < PAGE_LIMIT
            assert len(files[f"{language}/claims.html"]) < PAGE_LIMIT


def test_every_reason_a_desk_can_give_has_a_sentence_in_both_languages() -> None:
    rules = {(rule.verdict, rule.name) for rule in shipped_rules().rules}
    known = {(verdict, one) for verdict, reasons in REASONS.items() for one in reasons}
    assert rules <= known
    own = {written.AGREED, written.NOISE_DECIDES, written.LOST_IN_NOISE}
    assert {one for _, one in known - rules} == own
    assert dict(written.ASSUMPTIONS) == dict(ASSUMPTIONS)
    for language in LANGUAGES:
        for _, reason in known:
            assert texts(language).say(f"reason_{reason}").endswith(".")
        for assumption in ASSUMPTIONS.values():
            assert texts(language).say(f"assumption_{assumption}")


def _part(plain: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = plain["undercount"]
    return found


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.update(note="a sentence about somebody"),
        lambda p: p.pop("assumption"),
        lambda p: p.update(assumption="somebody"),
        lambda p: p.update(verdict="somebody"),
        lambda p: p.update(verdict=["estimate"]),
        lambda p: p.update(verdict="refused"),
        lambda p: p.update(verdict="refused", reason="too-few-shared"),
        lambda p: p.update(reason="two-lists"),
        lambda p: p.update(estimate=None),
        lambda p: p.update(estimate=[5, 6, 7]),
        lambda p: p.update(estimate=[5, 4, None]),
        lambda p: p.update(estimate=[5.5, 4, 7]),
        lambda p: p.update(estimate=[True, 0, 7]),
        lambda p: p.update(documented=[5, 4, None]),
        lambda p: p.update(lists=["own", "police"]),
        lambda p: p.update(lists=["own", "own"]),
        lambda p: p.update(level="1"),
        lambda p: p["linkage"].update(share=101),
        lambda p: p["linkage"].update(share=None),
        lambda p: p["linkage"].update(linkages=1),
        lambda p: p["rule"].update(scale=0.0),
        lambda p: p["rule"].update(amount="0"),
        lambda p: p["rule"].update(protects="nobody"),
        lambda p: p["tables"].pop(),
        lambda p: p["tables"][0].append(3),
        lambda p: p["tables"][0].__setitem__(0, "a sentence about somebody"),
        lambda p: p.update(data_sha256="somebody"),
    ],
)
def test_what_is_not_in_the_format_has_no_way_onto_the_page(
    change: Callable[[dict[str, Any]], object],
) -> None:
    for source, parse in (
        (document("estimate"), Publication.parse),
        (noisy("estimate"), NoisyPublication.parse),
    ):
        assert parse(source)
        plain = json.loads(source)
        change(_part(plain))
        with pytest.raises(PublicationError) as refused:
            parse(json.dumps(plain).encode())
        assert "somebody" not in str(refused.value)


def test_a_key_beside_the_estimate_is_still_refused() -> None:
    for source, parse in (
        (document("refused"), Publication.parse),
        (noisy("refused"), NoisyPublication.parse),
    ):
        plain = json.loads(source)
        plain["estimates"] = plain["undercount"]
        with pytest.raises(PublicationError, match="exactly the keys"):
            parse(json.dumps(plain).encode())
