"""For tests by Hypothesis beside others: the first draw (its tables of letters) takes a second."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
