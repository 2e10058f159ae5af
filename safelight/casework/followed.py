"""Cases as `outcomes` follows them: facts under the case's key, strata from the coded row.

Counted are the cases that are counted as a row: somebody read and coded them, and the person
agreed. Nothing that says whose it is goes along: codes and dates only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any, Final

from safelight.casework.folding import KnownFact
from safelight.casework.followup.consents import cases_agreed_to, today
from safelight.casework.models import Bridge
from safelight.casework.summaries import STATISTICS
from safelight.journal.content import ContentKey, key_id_of, opened_content, sealed_content
from safelight.journal.content_keys import key_of, keys_of
from safelight.outcomes.facts import CaseFacts, StageFact
from safelight.outcomes.path import START
from safelight.outcomes.when import When
from safelight.vocabulary.codes import UNKNOWN
from safelight.vocabulary.odihr import odihr_category
from safelight.vocabulary.schema import vocabulary
from safelight.vocabulary.stat_row import SEPARATOR

_SEALED_AS: Final = "case.funnel"
_OWN: Final = "OWN"
_AT_ONCE: Final = 500  # SQLite takes a limited number of values in one question
# ODIHR's categories of attacks and threats: physical, sexual and psychological violence.
_VIOLENT: Final = frozenset({"V", "T"})
SEVERAL: Final = "SEVERAL"
# What funnels can be compared by, and the vocabulary's field that names its values.
STRATA: Final[Mapping[str, str]] = {
    "act": "most_serious_act",
    "ground": "bias_ground",
    "region": "region",
    "age": "victim_age_band",
    "channel": "channel",
    "verification": "verification",
    "year": "",
}


def sealed_facts(case_id: str, facts: tuple[KnownFact, ...]) -> bytes:
    """Seal what `outcomes` needs of a case under the case's key; nothing for no facts."""
    if not facts:
        return b""
    lines = [[f.stage, f.code, f.when, f.source, list(f.reasons)] for f in facts]
    return sealed_content({"facts": lines}, key_of(case_id), kind=_SEALED_AS)


def _opened(sealed: bytes, keys: Mapping[str, ContentKey]) -> Iterator[StageFact]:
    key = keys.get(key_id_of(sealed)) if sealed else None
    if key is None:
        return
    for stage, code, when, source, reasons in opened_content(sealed, key, kind=_SEALED_AS)["facts"]:
        yield StageFact(
            stage=stage,
            code=code,
            when=When.parse(when) if when else None,
            source=source,
            reasons=tuple(reasons),
        )


def followed_cases() -> Iterator[CaseFacts]:
    """Yield every counted case with its facts, its strata and whether it was violent.

    Only those whose consent to statistics holds today.
    """
    for _row_id, case in followed_rows():
        yield case


def followed_rows() -> Iterator[tuple[str, CaseFacts]]:
    """The same, each with the id of its row, so that a release can count both together."""
    agreed = cases_agreed_to(STATISTICS, on=today())
    counted = (
        Bridge.objects.filter(case_id__in=agreed)
        .order_by("case_id")
        .values_list("case_id", "case__received_on", "case__funnel", "row__codes", "row_id")
    )
    rows = counted.iterator()
    while some := list(islice(rows, _AT_ONCE)):
        with_facts = [case_id for case_id, _on, sealed, _codes, _row in some if sealed]
        keys = {key.key_id: key for key in keys_of(with_facts)}
        for _id, received_on, sealed, codes, row_id in some:
            yield row_id, _followed(received_on, tuple(_opened(bytes(sealed), keys)), codes)


def _followed(
    received_on: date, facts: tuple[StageFact, ...], codes: Mapping[str, Any]
) -> CaseFacts:
    period = codes["occurred_period"]
    recorded = StageFact(stage=START, when=When.on(received_on), source=_OWN)
    return CaseFacts(
        facts=(recorded, *facts),
        occurred=None if period == UNKNOWN else When.parse(period),
        violent=odihr_category(_codes(codes["acts"]), _codes(codes["harm"])) in _VIOLENT,
        strata={name: _stratum(name, codes) for name in STRATA},
    )


def _codes(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(SEPARATOR)) if cell else ()


def _stratum(name: str, codes: Mapping[str, Any]) -> str:
    if name == "year":
        return str(codes["occurred_period"])[:4]
    value = str(codes[STRATA[name]])
    if name == "region":
        return vocabulary().field("region").code(value).group or value
    return SEVERAL if SEPARATOR in value else value
