"""Coding a case of a sample a second time, blind: another person, without the first codes.

Both begin from what the person answered in the report. Where a field only repeats such an
answer, two coders agree without having judged anything; the page of results says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework.agreement import kinds
from safelight.casework.agreement.sample import Sample, SampleError, first_coding, sample_of
from safelight.casework.cases import check_open, decide, open_case, report_in, standing_of
from safelight.casework.coding import CODED_BY_HAND, Codes, codes_to_start_from, may_be_counted
from safelight.journal.chain import desk_key, told
from safelight.journal.content import Told
from safelight.vocabulary.schema import vocabulary
from safelight.vocabulary.stat_row import SEPARATOR

_TRUE: Final = "true"


@dataclass(frozen=True, slots=True)
class Twice:
    """One case of a sample. `second` is None until another person coded it; codes by field."""

    case_id: str
    first_desk: str
    first: Mapping[str, Any]
    second_desk: str = ""
    second: Mapping[str, Any] | None = None


def twice(sample: Sample, case_id: str) -> Twice | None:
    """Return both codings of a case, or None when it is destroyed or its content has not come."""
    story = told(case_id)
    first = first_coding(case_id, story, sample.cases.get(case_id, ""))
    if first is None or first.content is None:
        return None
    codes = _read(first)
    if codes is None:
        return None
    second = _second(sample, story, first)
    if second is None:
        return Twice(case_id, first.entry.desk, codes)
    return Twice(case_id, first.entry.desk, codes, second.entry.desk, _read(second))


def _second(sample: Sample, story: list[Told], first: Told) -> Told | None:
    """The second coding that counts: of another desk, its last before the sample was closed.

    With two desks that coded at once, the one that began first.
    """
    given = [
        one
        for one in story
        if one.entry.kind == kinds.CODED_AGAIN
        and one.content is not None
        and one.content.get("sample") == sample.sample_id
        and _read(one) is not None
        and one.entry.desk != first.entry.desk
        and (sample.closing is None or one.entry.order < sample.closing)
    ]
    own = [one for one in given if one.entry.desk == given[0].entry.desk]
    return own[-1] if own else None


def _read(coding: Told) -> dict[str, Any] | None:
    """The codes of an entry; None for what a colleague's desk wrote otherwise."""
    try:
        return _by_field((coding.content or {})["codes"])
    except (KeyError, TypeError, AttributeError):
        return None


def _by_field(codes: Mapping[str, Any]) -> dict[str, Any]:
    """Codes as a row's cells or as a form gives them; sets as frozensets."""
    found: dict[str, Any] = {}
    for name in CODED_BY_HAND:
        field, cell = vocabulary().field(name), codes.get(name, "")
        if field.kind == "multi-code":
            parts = cell.split(SEPARATOR) if isinstance(cell, str) else cell
            found[name] = frozenset(str(part) for part in parts if part)
        elif field.kind == "bool":
            found[name] = cell is True or cell == _TRUE
        else:
            found[name] = str(cell)
    return found


def may_code(sample: Sample, case_id: str) -> bool:
    """Whether this desk may be the second coder of a case: it never coded it before."""
    own = desk_key().desk
    return (
        not any(one.entry.kind == "case.coded" and one.entry.desk == own for one in told(case_id))
        and case_id in sample.cases
    )


def start_codes(case_id: str) -> dict[str, Any]:
    """What the form shows at first: the person's own answers, never the first coding."""
    case = open_case(case_id)
    return codes_to_start_from(case, report_in(standing_of(case)), None)


def code_again(sample_id: str, case_id: str, codes: Codes, *, basis: str = "") -> None:
    """Keep a second coding. Coding again before the sample is closed replaces it."""
    if set(codes) != set(CODED_BY_HAND):
        raise SampleError(_("expected the fields that are coded by hand, got others"))
    with transaction.atomic():
        sample = sample_of(sample_id)
        check_open(open_case(case_id))
        if not sample.is_open:
            raise SampleError(_("this sample is closed; nothing coded now would count"))
        if not may_code(sample, case_id):
            raise SampleError(
                _("you coded this case before, so you cannot be its second coder; ask a colleague")
            )
        if not may_be_counted(case_id):
            raise SampleError(_("this person does not agree to be counted any more"))
        found = twice(sample, case_id)
        if found is not None and found.second_desk not in {"", desk_key().desk}:
            raise SampleError(_("a colleague has coded this case meanwhile; take the next one"))
        kept = {name: list(v) if isinstance(v, tuple) else v for name, v in codes.items()}
        content = {"sample": sample_id, "codes": kept, "basis": basis}
        decide(case_id, kinds.CODED_AGAIN, content)


def progress(sample: Sample) -> tuple[list[Twice], int]:
    """Every case of a sample that can still be compared, and how many are gone."""
    found = [twice(sample, case_id) for case_id in sample.cases]
    here = [one for one in found if one is not None]
    return here, len(found) - len(here)


def next_for_this_desk(sample: Sample, cases: list[Twice]) -> str | None:
    """The next case that this desk may code."""
    own = desk_key().desk
    return next(
        (
            one.case_id
            for one in cases
            if one.second is None and one.first_desk != own and may_code(sample, one.case_id)
        ),
        None,
    )
