"""Lists that are already in our codes: one column per field, under the field's name."""

from __future__ import annotations

from collections.abc import Mapping

from safelight.vocabulary.schema import VocabularyError, vocabulary
from safelight.vocabulary.stat_row import SEPARATOR, StatRow


class OwnRows:
    """Reads rows of our own columns, with the vocabulary's own rules."""

    def __init__(self) -> None:
        self._derived = {field.name for field in vocabulary().fields if field.derived}
        self._many = {
            field.name
            for field in vocabulary().fields
            if field.kind == "multi-code" or field.name == "coder_ids"
        }

    def problem(self, row: int, cells: Mapping[str, str]) -> str | None:
        """Return what is wrong with the row, by field and never by value; `None`: nothing."""
        try:
            StatRow.from_mapping(cells)
        except VocabularyError as error:
            return str(error)
        return None

    def values(self, cells: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
        """Return the fields of a row that `problem` had nothing against."""
        # A ground of bias that is there and empty says "none recorded"; it must not get lost.
        return {
            name: tuple(cell.split(SEPARATOR) if cell else ()) if name in self._many else (cell,)
            for name, cell in cells.items()
            if name not in self._derived and (cell or name in self._many)
        }
