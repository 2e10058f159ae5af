"""Release documents for tests, made the way the desk makes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.publication.document import Publication
from safelight.publication.pages import TruthYear
from safelight.release.document import release_document
from safelight.vocabulary.wording import Wording
from tests.release.tables import USUAL, usual_draft, usual_list

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
ON = date(2025, 3, 2)
TRUTH = tuple(
    TruthYear(year, happened=300 + year % 10, on_no_list=140, on_list={"own": 100, "helpline": 60})
    for year in (2022, 2023, 2024)
)


def document(*, simulated: bool = False) -> bytes:
    """Two lists, one table each; the row ids, and so the data digests, are new each process."""
    return _document(simulated)


@cache
def _document(simulated: bool) -> bytes:
    theirs = [[2 * count for count in row] for row in USUAL]
    helpline = usual_list(
        theirs, list_id="helpline", source_list="HELPLINE", consent=(), consent_given_at=None
    )
    named = replace(helpline.statement, name=Wording("горячая линия", "a helpline"))
    return release_document(
        usual_draft(usual_list(), replace(helpline, statement=named), simulated=simulated)
    )


def release(*, simulated: bool = False) -> Publication:
    return Publication.parse(document(simulated=simulated))


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The document with one thing changed, as somebody with an editor would."""
    plain = json.loads(document())
    change(plain)
    return json.dumps(plain).encode()
