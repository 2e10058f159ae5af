"""Writing an admitted list to ROWS.csv, with its provenance beside it: both or neither."""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from safelight.partners.admit import (
    Agreement,
    check_agreed,
    check_can_be_admitted,
    new_rows,
    provenance,
)
from safelight.partners.check import Examined
from safelight.partners.problems import ListFileError, NotAgreedError
from safelight.vocabulary.schema import vocabulary


@dataclass(frozen=True, slots=True)
class WrittenRows:
    """What was written. `without_row` counts incidents the vocabulary cannot hold, by reason."""

    rows_file: Path
    provenance_file: Path
    incidents: int
    rows: int
    rows_with_bias_ground: int
    without_row: dict[str, int]


def provenance_path(out: Path) -> Path:
    return out.with_name(f"{out.name.removesuffix('.csv')}.provenance.json")


def write_rows(
    examined: Examined,
    out: Path,
    agreement: Agreement,
    *,
    today: date,
    only_with_bias_ground: bool,
) -> WrittenRows:
    """Write both files, or raise and leave neither. An existing file is never replaced."""
    check_can_be_admitted(examined.check)
    check_agreed(examined.check, agreement)
    beside = provenance_path(out)
    for path in (out, beside):
        if path.exists():
            raise NotAgreedError(
                "a file of that name, or its provenance file, is already there; choose another "
                "--out or move it away. Nothing was imported"
            )
    kept = list(
        new_rows(examined.incidents, today=today, only_with_bias_ground=only_with_bias_ground)
    )
    rows = [new.row for new in kept if new.row is not None]
    # In the order of their random ids: the order of the source would say which row is which.
    rows.sort(key=lambda row: row.stat_id)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(
        text, [field.name for field in vocabulary().fields], lineterminator="\n"
    )
    writer.writeheader()
    for row in rows:
        writer.writerow(row.to_mapping())
    facts = provenance(examined, agreement, today=today, kept=len(kept), rows=len(rows))
    _write_both(
        (beside, json.dumps(facts, ensure_ascii=False, indent=1) + "\n"), (out, text.getvalue())
    )
    return WrittenRows(
        rows_file=out,
        provenance_file=beside,
        incidents=len(kept),
        rows=len(rows),
        rows_with_bias_ground=sum(bool(row.bias_ground) for row in rows),
        without_row=dict(Counter(new.no_row for new in kept if new.row is None)),
    )


def _write_both(*contents: tuple[Path, str]) -> None:
    temporary: list[tuple[Path, Path]] = []
    linked: list[Path] = []
    try:
        for path, text in contents:
            hidden = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            temporary.append((hidden, path))
            descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        for hidden, path in temporary:
            # A link fails where a rename would replace what somebody put there meanwhile.
            path.hardlink_to(hidden)
            linked.append(path)
    except OSError as error:
        for path in linked:
            path.unlink(missing_ok=True)
        raise ListFileError(
            "not-written",
            f"the rows could not be written ({type(error).__name__}); nothing was imported",
        ) from None
    finally:
        for hidden, _ in temporary:
            hidden.unlink(missing_ok=True)
