"""`safelight desk letters`: write down what a publication may carry of letters today."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from safelight.desk.command import (
    AS_JSON,
    DATA,
    PASSPHRASE_FILE,
    checked_desk,
    passphrase_from,
    say,
)

_FILE: Final = click.Path(dir_okay=False, path_type=Path)


@click.command()
@DATA
@click.option("--out", required=True, type=_FILE, help="For `safelight publication build`.")
@PASSPHRASE_FILE
@AS_JSON
def letters(data: Path, out: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Write letters.json: the redacted letters and answers that two people agreed to.

    Only those whose person agrees today. Write it anew for each publication: who took a letter
    back is then no longer in it.
    """
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        from safelight.casework.letters.publishing import published_letters  # noqa: PLC0415
        from safelight.publication.letters import Letter, letters_to_bytes  # noqa: PLC0415
        from safelight.sealing.whole_file import whole_file  # noqa: PLC0415
        from safelight.vocabulary.codes import LANGUAGES  # noqa: PLC0415

        found = published_letters()
        listed = [
            Letter(one.id, f"{one.day:%Y-%m}", language, one.letter, one.answer)
            for one in found
            for language in LANGUAGES
            if language == one.language
        ]
        with whole_file(out) as opened:
            opened.write(letters_to_bytes(listed))
    say({"letters": len(listed), "file": str(out)}, f"{len(listed)} letters.", as_json=as_json)
