"""What can be wrong with a file of evidence. Apart, for what is loaded before the database is."""

from __future__ import annotations

from safelight.errors import SafelightError


class EvidenceFileError(SafelightError):
    """A file of evidence that is not here, was changed, or is too large."""
