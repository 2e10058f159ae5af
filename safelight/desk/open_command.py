"""`safelight open`: open sealed files into a folder, with a desk's key.

Here and not in casework, because a room may not reach up to the desk that unlocks it.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from safelight.desk.command import AS_JSON, DATA, PASSPHRASE_FILE, checked_desk, passphrase_from


@click.command("open")
@click.argument(
    "sealed", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@DATA
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the opened files go, unencrypted.",
)
@PASSPHRASE_FILE
@AS_JSON
def open_envelopes(
    sealed: tuple[Path, ...], data: Path, out: Path, passphrase_file: Path | None, as_json: bool
) -> None:
    """Open envelopes and sealed files of any size. What is opened lies unencrypted in OUT."""
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        from safelight.casework.inbox import open_to_folder  # noqa: PLC0415

        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = [open_to_folder(path, out) for path in sealed]
    if as_json:
        facts = [
            {
                "sealed": str(o.sealed),
                "opened": str(o.target),
                "size": o.size,
                "is_report": o.is_report,
            }
            for o in opened
        ]
        click.echo(json.dumps({"opened": facts}))
        return
    for one in opened:
        click.echo(f"{one.sealed.name} → {one.target} ({one.size} bytes)")
