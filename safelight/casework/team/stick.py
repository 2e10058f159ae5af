"""Mail between desks as files: on a stick, or by whatever way carries files.

    safelight team mail v1\\n   then the envelope, sealed to one colleague

The first line tells the desk's other door (`casework.inbox`) that this is no report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from safelight.casework.team import standing
from safelight.casework.team.exchanging import Exchanged, mails_for_a_stick
from safelight.casework.team.taking_in import KNOWN, REFUSED, TAKEN, WAITS, take_in_sealed
from safelight.journal.chain import desk_key
from safelight.sealing.envelope import PADDED_SIZES
from safelight.sealing.whole_file import whole_file

FIRST_LINE: Final = b"safelight team mail v1\\n"
SUFFIX: Final = ".team"
_NAME: Final = re.compile(r"for-(?P<desk>[a-z0-9-]{1,32})-[0-9]{4,}\.team")
_LARGEST: Final = PADDED_SIZES[-1] + len(FIRST_LINE)


@dataclass(frozen=True, slots=True)
class Written:
    """Files that were written for colleagues."""

    files: tuple[str, ...]


def write_to_folder(folder: Path) -> Written:
    """Write what each colleague has not confirmed, as files for it alone.

    Raises `NoTeamError`, `TeamStatementError` (expired), `WholeFileError`. Files that are there
    stay; a new one takes the next free number.
    """
    day = standing.today()
    team = standing.team_to_exchange_with(day)
    files = []
    for colleague in standing.colleagues(team, day):
        number = 1
        for sealed in mails_for_a_stick(colleague, team):
            while (path := folder / f"for-{colleague.name}-{number:04}{SUFFIX}").exists():
                number += 1
            with whole_file(path) as file:
                file.write(FIRST_LINE + sealed)
            files.append(path.name)
    return Written(tuple(files))


def take_in_files(files: Iterable[tuple[str, bytes]]) -> Exchanged:
    """Take in files (name, content) of this kind.

    Others, and those whose name says that they are for a colleague, are passed over without a
    word: one stick goes round the whole team.
    """
    done, own = Exchanged(), desk_key().desk
    for untrusted_name, untrusted in files:
        named = _NAME.fullmatch(untrusted_name)
        if not untrusted.startswith(FIRST_LINE) or (named and named["desk"] != own):
            continue
        found = take_in_sealed(untrusted[len(FIRST_LINE) :])
        done = replace(
            done,
            mails=done.mails + (found.outcome == TAKEN),
            new=done.new + len(found.taken.new),
            known=done.known + (found.outcome == KNOWN),
            refused=done.refused + (found.outcome == REFUSED),
            waits=done.waits + (found.outcome == WAITS),
        )
    return done


def files_in(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of this kind among these files and in these folders: name, content."""
    for path in paths:
        inside = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        for file in inside:
            if file.is_symlink() or not file.is_file() or file.stat().st_size > _LARGEST:
                continue
            with file.open("rb") as opened:
                if opened.read(len(FIRST_LINE)) == FIRST_LINE:
                    yield file.name, FIRST_LINE + opened.read(_LARGEST)
