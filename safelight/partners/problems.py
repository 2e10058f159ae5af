"""What can go wrong with a list from outside, as types."""

from __future__ import annotations

from safelight.errors import SafelightError


class ListError(SafelightError):
    """A list from outside was refused as a whole.

    `code` is stable and goes into `--json`; the message is for a person.
    """

    code = "list"


class ListFileError(ListError):
    """The file cannot be read as the profile says: encoding, delimiter, columns, shape."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ProfileError(ListError):
    """A mapping profile breaks its rules. Profiles are data, so the place is named."""

    code = "profile"


class IdentifierDamageError(ListError):
    """The ids are not the ids that the source gave: a spreadsheet or a program changed them."""

    code = "id-damage"


class CountingUnitError(ListError):
    """Two counts of different units were about to be compared, added or confused."""

    code = "counting-unit"


class NotAgreedError(ListError):
    """Nobody agreed to the import, so nothing was imported."""

    code = "not-agreed"
