"""The publication reads a release document as if it came from a stranger."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from safelight.publication.document import Publication
from safelight.publication.reading import PublicationError
from tests.publication.releases import changed, document


def test_what_the_desk_writes_is_read() -> None:
    found = Publication.parse(document())
    assert [part.id for part in found.lists] == ["own", "helpline"]
    assert found.lists[0].total == 282
    assert found.source == document()


def _first(plain: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = plain["lists"][0]
    return found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("rule"), "exactly the keys"),
        (lambda d: d.update(comment="x"), "exactly the keys"),
        (lambda d: d.update(format="safelight-release/2"), "expected safelight-release/1"),
        (lambda d: d.update(simulated="no"), "true or false"),
        (lambda d: d.update(lists=[]), "1 to 20 entries"),
        (lambda d: d.update(lists=[d["lists"][0]] * 2), "every list once"),
        (lambda d: d.update(revisions=[]), "1 to 50 entries"),
        (lambda d: d["revisions"][0].update(number=2), "without gaps"),
        (lambda d: d["rule"].update(threshold=2), "whole number from 3"),
        (lambda d: _first(d).pop("coverage"), "exactly the keys"),
        (lambda d: _first(d)["coverage"].update(ru=""), "plain text"),
        (lambda d: _first(d)["coverage"].update(en="=HYPERLINK()"), "plain text"),
        (lambda d: _first(d)["coverage"].update(en="a\u202eb"), "plain text"),
        (lambda d: _first(d)["coverage"].update(en="a\u061cb"), "plain text"),
        (lambda d: _first(d)["coverage"].update(en="a\u2028b"), "plain text"),
        (lambda d: _first(d)["coverage"].update(en="a\x9bb"), "plain text"),
        (lambda d: _first(d).update(narrative="x"), "exactly the keys"),
        (lambda d: _first(d).update(unit="victim"), "expected incident"),
        (lambda d: _first(d).update(linkage="guessed"), "expected none"),
        (lambda d: _first(d).update(id="../../etc"), "of the form"),
        (
            lambda d: _first(d)["tables"][0]["cells"][0].__setitem__(0, "a story"),
            "null, or a whole",
        ),
        (lambda d: _first(d)["tables"][0]["cells"][0].__setitem__(0, 4), "below the threshold 5"),
        (lambda d: _first(d)["tables"][0]["cells"][0].__setitem__(0, True), "null, or a whole"),
        (lambda d: _first(d)["tables"][0]["cells"][0].append(9), "3 counts"),
        (lambda d: _first(d)["tables"][0]["cells"].pop(), "9 rows"),
        (lambda d: _first(d)["verification"]["counts"].pop(), "4 counts"),
        (lambda d: d.update(as_of="yesterday"), "a day such as"),
    ],
)
def test_anything_that_is_not_in_the_format_is_refused(
    change: Callable[[dict[str, Any]], object], message: str
) -> None:
    assert Publication.parse(changed(lambda plain: None))
    with pytest.raises(PublicationError, match=message):
        Publication.parse(changed(change))


def test_a_refusal_repeats_nothing_of_the_document() -> None:
    told = "somebody wrote this"
    with pytest.raises(PublicationError) as refused:
        Publication.parse(changed(lambda d: d.update({told: told})))
    assert told not in str(refused.value)


@pytest.mark.parametrize("junk", [b"", b"[]", b"{}", b"\xff", b'{"a":1,"a":2}'])
def test_junk_is_refused(junk: bytes) -> None:
    with pytest.raises(PublicationError):
        Publication.parse(junk)


def _noisy(change: Callable[[dict[str, Any]], object]) -> bytes:
    from safelight.release.noise.document import noisy_document
    from tests.release.test_noisy_release import _draft

    plain = json.loads(noisy_document(_draft()))
    change(plain)
    return json.dumps(plain).encode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["revisions"][0].update(number=2), "without gaps"),
        (lambda d: d.update(period={"from": "2024", "to": "2023"}), "not after the last"),
        (lambda d: d.update(lists=[d["lists"][0]] * 2), "every list once"),
    ],
)
def test_both_formats_have_one_head(
    change: Callable[[dict[str, Any]], object], message: str
) -> None:
    from safelight.publication.noisy_document import NoisyPublication

    assert NoisyPublication.parse(_noisy(lambda d: None)).revisions[0].number == 1
    with pytest.raises(PublicationError, match=message):
        NoisyPublication.parse(_noisy(change))
    with pytest.raises(PublicationError, match=message):
        Publication.parse(changed(change))
