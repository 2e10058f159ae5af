"""Tests that open hostile files need the sandbox; without one they are skipped and say why."""

from __future__ import annotations

import pytest

from safelight.evidence.sandbox.confinement import MIB, Limits, check_available
from safelight.evidence.sandbox.problems import SandboxUnavailable
from tests.support.browsers import installed


def _why_not() -> str:
    try:
        check_available()
    except SandboxUnavailable as missing:
        return str(missing)
    return ""


_MISSING = _why_not()
needs_sandbox = pytest.mark.skipif(bool(_MISSING), reason=_MISSING)


def need_boxed_browser() -> None:
    """Skip what captures a page where the sandbox cannot be: nothing is captured outside it."""
    for program in ("chromium", "bwrap"):
        installed(program)
    if _MISSING:
        pytest.skip(_MISSING)


SMALL = Limits(
    patience=20, cpu_seconds=4, memory=512 * MIB, processes=8, scratch=MIB, file=MIB, output=MIB
)
