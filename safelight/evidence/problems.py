"""What can be wrong with evidence: refusals when it is made, named faults when it is examined."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from safelight.errors import SafelightError


class EvidenceError(SafelightError):
    """A bundle that cannot be made, read or continued."""


class TimestampError(EvidenceError):
    """A timestamp that does not prove what it should; never passed over."""


class TimestampOfSomethingElse(TimestampError):  # noqa: N818  # named for the fault
    """A good timestamp, but of other bytes or for another request."""


class CertificateExpired(TimestampError):  # noqa: N818  # named for the fault
    """The authority's certificate was not valid at the time that counts."""


class AuthorityUnavailable(EvidenceError):  # noqa: N818  # a state, recorded as a gap
    """An authority that did not answer: a gap, which is recorded."""


class FaultCode(StrEnum):
    """The names of faults; `verify.sh` prints the same ones (docs/spec/evidence-bundle.md)."""

    UNSAFE_FILE = "unsafe-file"
    MALFORMED = "malformed"
    MISSING = "missing"
    CHANGED = "changed"
    EXTRA = "extra"
    REPLACED = "replaced"
    ORIGINAL_UNKNOWN = "original-unknown"
    MIXED = "mixed"
    LOG_LINE_MISSING = "log-line-missing"
    LOG_FORGED = "log-forged"
    LOG_REWRITTEN = "log-rewritten"
    OTHER_KEY = "other-key"
    SIGNATURE = "signature"
    TIMESTAMP_SWAPPED = "timestamp-swapped"
    TIMESTAMP_BAD = "timestamp-bad"
    TIMESTAMP_MISSING = "timestamp-missing"
    CERTIFICATE_EXPIRED = "certificate-expired"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. `where` is a path or log line of ours, never a stranger's text."""

    code: FaultCode
    where: str
