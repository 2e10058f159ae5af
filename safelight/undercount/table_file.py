"""From a table in a file to an answer: `estimate_table` is all that a notebook needs."""

from __future__ import annotations

from pathlib import Path

from safelight.undercount.answer import Answer, Options
from safelight.undercount.overlap import LARGEST_TABLE, Overlap, OverlapError
from safelight.undercount.verdict import estimate


def estimate_table(path: Path | str, *, method: str = "all", seed: int = 0) -> Answer:
    """Read a CSV of inclusion patterns (`Overlap.from_csv`) and answer it (`estimate`).

    Raises `OverlapError` for a table that cannot be, `OSError` for a file that cannot be
    read. A refusal to estimate is an answer.
    """
    overlap = Overlap.from_csv(table_text(Path(path)))
    return estimate(overlap, method=method, options=Options(seed=seed))


def table_text(path: Path) -> str:
    """The file as text. No more is read of it than the largest table has."""
    with path.open("rb") as file:
        # A character takes up to four bytes; what is too long is refused here or when parsed.
        untrusted = file.read(4 * LARGEST_TABLE + 1)
    if len(untrusted) > 4 * LARGEST_TABLE:
        raise OverlapError(f"a table of more than {LARGEST_TABLE} characters is no overlap")
    try:
        return untrusted.decode("utf-8")
    except UnicodeDecodeError:
        raise OverlapError("the table is not UTF-8 text; save it as CSV in UTF-8") from None
