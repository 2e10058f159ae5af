"""`safelight desk counsellor`: vouch for somebody who counsels in circles under a pseudonym."""

from __future__ import annotations

from datetime import UTC, datetime
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
@click.option("--pseudonym", required=True, help="What rooms call them; no real name.")
@click.option("--key", required=True, help="The 64 hex digits that their page shows.")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The last day.")
@click.option("--out", required=True, type=_FILE, help="To bring to the counsellor.")
@PASSPHRASE_FILE
@AS_JSON
def counsellor(
    *,
    data: Path,
    pseudonym: str,
    key: str,
    until: datetime,
    out: Path,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Sign that this desk vouches for a counsellor, for at most 92 days.

    Rooms believe it while this desk is on the roster and the signed rules of circles name it.
    The journal says that it was done, without the pseudonym.
    """
    from safelight.circles.counsellor_statement import (  # noqa: PLC0415
        CounsellorStatement,
        sign_counsellor,
    )
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    statement = CounsellorStatement(pseudonym, key.strip().lower(), until.date())
    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        from django.db import transaction  # noqa: PLC0415

        from safelight.journal.chain import append, desk_key  # noqa: PLC0415
        from safelight.sealing.whole_file import whole_file  # noqa: PLC0415

        own = desk_key()
        signed = sign_counsellor(statement, own.private, today=datetime.now(tz=UTC).date())
        with transaction.atomic():
            append(
                "counsellor.vouched",
                {"key": statement.key, "until": statement.valid_until.isoformat()},
            )
        with whole_file(out) as opened:
            opened.write(signed)
    say(
        {"desk": own.desk, "until": statement.valid_until.isoformat(), "file": str(out)},
        f"Desk {own.desk} vouches until {statement.valid_until}.",
        as_json=as_json,
    )
