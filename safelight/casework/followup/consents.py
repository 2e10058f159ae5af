"""A consent whose last day has passed is no consent: the one place that is asked.

`until` is a day in UTC. What the report says and what the person said later in the
conversation count alike; what they took back does not (`following`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import QuerySet

from safelight.casework.followup.models import AgreedPurpose


def today() -> date:
    """The day by which consents are judged: UTC."""
    return datetime.now(UTC).date()


def holds(case_id: str, purpose: str, *, on: date) -> bool:
    """Whether the person of a case agrees to a purpose on a day."""
    return agreed_to(purpose, on=on).filter(case_id=case_id).exists()


def agreed_to(purpose: str, *, on: date) -> QuerySet[AgreedPurpose]:
    """The agreements to a purpose that hold on a day."""
    return AgreedPurpose.objects.filter(purpose=purpose, until__gte=on)


def cases_agreed_to(purpose: str, *, on: date) -> QuerySet[AgreedPurpose, Any]:
    """The ids of all cases whose person agrees to a purpose on a day, for `case_id__in=`."""
    return agreed_to(purpose, on=on).values("case_id")


def among_agreed(case_ids: Iterable[str], purpose: str, *, on: date) -> frozenset[str]:
    """Of these cases, those whose person agrees to a purpose on a day."""
    rows = agreed_to(purpose, on=on).filter(case_id__in=list(case_ids))
    return frozenset(rows.values_list("case_id", flat=True))
