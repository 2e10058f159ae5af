"""A yearly series by type beside the series of totals it should sum to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safelight.partners.list_file import FileFacts, ListFile
from safelight.partners.problems import ListFileError, ProfileError
from safelight.partners.profile import Profile, YearlyLayout
from safelight.partners.units import Count

_WHOLE: Final = re.compile(r"([0-9]{1,9})(?:\.0+)?")
_YEAR: Final = re.compile(r"(?:19|20|21)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class YearLine:
    """One year: the parts, the whole beside them (`None`: that year is not there)."""

    year: str
    parts: tuple[int, ...] | None
    whole: int | None
    others: tuple[int, ...]

    @property
    def sum_of_parts(self) -> int | None:
        return sum(self.parts) if self.parts is not None else None

    @property
    def missing_from_parts(self) -> int | None:
        """Whole minus sum of parts; `None` where one of them is not there."""
        if self.parts is None or self.whole is None:
            return None
        return self.whole - sum(self.parts)


@dataclass(frozen=True, slots=True)
class YearlyCheck:
    """A series by type, and its comparison with the totals where they were given."""

    profile: Profile
    file: FileFacts
    whole_file: FileFacts | None
    part_names: tuple[str, ...]
    other_names: tuple[str, ...]
    lines: tuple[YearLine, ...]
    sum_of_parts: Count
    sum_of_whole: Count | None
    sums_of_others: tuple[int, ...]
    years_out_of_bounds: tuple[str, ...]

    @property
    def disagreeing(self) -> tuple[YearLine, ...]:
        return tuple(line for line in self.lines if line.missing_from_parts not in (None, 0))

    @property
    def years_in_one_only(self) -> tuple[str, ...]:
        if self.sum_of_whole is None:
            return ()
        return tuple(line.year for line in self.lines if line.missing_from_parts is None)

    @property
    def consistent(self) -> bool:
        return not self.disagreeing and not self.years_in_one_only and not self.years_out_of_bounds


def check_yearly(path: Path, profile: Profile, *, whole_path: Path | None) -> YearlyCheck:
    """Return the check, or raise `ListFileError`. `whole_path`: the series of totals."""
    layout = profile.layout
    if not isinstance(layout, YearlyLayout):
        raise ProfileError(f"{profile.name} is a list of records, not a yearly series")
    file = ListFile(path, profile.file, required=(layout.year_column, *layout.part_columns))
    parts = _series(file)
    whole: dict[str, tuple[int, ...]] = {}
    whole_facts = None
    if whole_path is not None:
        whole_file = ListFile(
            whole_path,
            profile.file,
            required=(layout.beside_year_column, layout.beside_whole_column),
            optional=layout.beside_other_columns,
        )
        whole = _series(whole_file)
        whole_facts = whole_file.facts()
        others = whole_file.columns[2:]
    else:
        others = ()
    lines = tuple(
        YearLine(
            year,
            parts.get(year),
            whole[year][0] if year in whole else None,
            whole[year][1:] if year in whole else (),
        )
        for year in sorted({*parts, *whole})
    )
    bounded = [i for i, name in enumerate(others) if name in layout.not_more_than_whole]
    return YearlyCheck(
        profile=profile,
        file=file.facts(),
        whole_file=whole_facts,
        part_names=layout.part_columns,
        other_names=others,
        lines=lines,
        sum_of_parts=Count(sum(sum(counts) for counts in parts.values()), layout.unit),
        sum_of_whole=(
            Count(sum(counts[0] for counts in whole.values()), layout.unit)
            if whole_path is not None
            else None
        ),
        sums_of_others=tuple(
            sum(counts[i + 1] for counts in whole.values()) for i in range(len(others))
        ),
        years_out_of_bounds=tuple(
            line.year
            for line in lines
            if line.whole is not None and any(line.others[i] > line.whole for i in bounded)
        ),
    )


def _series(file: ListFile) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for row, cells in file.rows():
        if cells is None:
            raise ListFileError("ragged", f"row {row} has more or fewer cells than the header")
        if not _YEAR.fullmatch(cells[0]):
            raise ListFileError("unreadable", f"row {row}: expected a year in the first column")
        if cells[0] in found:
            raise ListFileError("repeated-year", f"row {row}: this year stands twice")
        counts = [_WHOLE.fullmatch(cell) for cell in cells[1:]]
        if not all(counts):
            raise ListFileError("unreadable", f"row {row}: expected whole numbers from 0 upwards")
        found[cells[0]] = tuple(int(count[1]) for count in counts if count is not None)
    if not found:
        raise ListFileError("empty", "the series has no year")
    return found
