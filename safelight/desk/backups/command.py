"""`safelight desk backup`, `restore` and what belongs to them; and going on after a fork."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

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
_SEALED_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@DATA
@click.option("--to", "target", required=True, type=_FILE, help="The new file to write.")
@click.option("--key-to", type=_FILE, help="Write the backup key here too, on another stick.")
@PASSPHRASE_FILE
@click.option(
    "--backup-passphrase-file",
    type=_SEALED_FILE,
    help="Seal the backup under this passphrase; default: the desk's.",
)
@AS_JSON
def backup(  # noqa: PLR0917  # click passes them by name
    data: Path,
    target: Path,
    key_to: Path | None,
    passphrase_file: Path | None,
    backup_passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Write a sealed, verified backup of the desk to one new file. The desk may be in use.

    It opens with its passphrase and the backup key that colleagues' desks hold, or the key file.
    After somebody takes a report back, the key is destroyed: make a new backup then.
    """
    from safelight.desk.backups.backing_up import back_up  # noqa: PLC0415
    from safelight.desk.key_file import PRODUCTION_COST  # noqa: PLC0415
    from safelight.desk.unlocking import passphrase_in, unlocked  # noqa: PLC0415

    passphrase = passphrase_from(passphrase_file, twice=False)
    own = passphrase if backup_passphrase_file is None else passphrase_in(backup_passphrase_file)
    with unlocked(checked_desk(data), passphrase):
        made = back_up(target, own, key_to=key_to, cost=PRODUCTION_COST, on_progress=_show)
    where = f" Its key is in {key_to}: keep the two apart." if key_to is not None else (
        " Colleagues' desks have its key after the next exchange: exchange now."
    )  # fmt: skip
    say(
        asdict(made)
        | {"file": str(made.file), "key_file": str(made.key_file) if made.key_file else None},
        f"Backed up to {made.file}, {made.size} bytes, up to entry {made.seq}; read again and "
        f"whole. Backup key: {made.backup}.{where}",
        as_json=as_json,
    )


def _show(step: str) -> None:
    click.echo(f"{step}…", err=True)


@click.command("backup-key")
@click.argument("backup")
@DATA
@click.option("--to", "target", required=True, type=_FILE, help="The new file to write.")
@PASSPHRASE_FILE
@AS_JSON
def backup_key(
    backup: str, data: Path, target: Path, passphrase_file: Path | None, as_json: bool
) -> None:
    """Write the key of a backup to a file, for a colleague whose desk is lost.

    BACKUP is the id that the backup names. The file opens nothing without the backup and its
    passphrase; destroy it when the desk is restored.
    """
    from safelight.desk.backups.backing_up import write_key  # noqa: PLC0415
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        write_key(backup, target)
    say(
        {"backup": backup, "key_file": str(target)},
        f"The key of {backup} is in {target}. Destroy it when the desk is restored.",
        as_json=as_json,
    )


@click.command()
@DATA
@click.option("--key-destroyed", metavar="BACKUP", help="Its key files were destroyed by hand.")
@PASSPHRASE_FILE
@AS_JSON
def backups(
    data: Path, key_destroyed: str | None, passphrase_file: Path | None, as_json: bool
) -> None:
    """List the backups that the journal knows, and which of them still open."""
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        from safelight.casework.team import backup_keys  # noqa: PLC0415

        if key_destroyed is not None:
            backup_keys.note_key_file_destroyed(key_destroyed)
        known = [_facts(one) for one in backup_keys.backups_known()]
    lines = [
        f"{one['backup']} of {one['desk']}: {one['backups']} backups, the latest {one['latest']}; "
        + ("opens" if one["opens"] else "opens for nobody: a report was taken back since")
        + (f"; {one['key_files']} key files to destroy" if one["must_destroy_files"] else "")
        for one in known
    ]
    say({"backups": known}, "\n".join(lines) or "No backup was made yet.", as_json=as_json)


def _facts(one: Any) -> dict[str, Any]:
    return {
        "backup": one.backup,
        "desk": one.desk,
        "backups": one.backups,
        "latest": one.latest.at.date().isoformat() if one.latest else None,
        "opens": one.is_alive,
        "key_files": one.files_left,
        "must_destroy_files": bool(one.files_left and not one.is_alive),
    }


@click.command()
@click.argument("file", type=_SEALED_FILE)
@click.option("--into", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", required=True, help="A new name: the old one has a chain already.")
@click.option("--key", "key_file", type=_SEALED_FILE, help="The key file of this backup.")
@PASSPHRASE_FILE
@click.option("--new-passphrase-file", type=_SEALED_FILE)
@AS_JSON
def restore(  # noqa: PLR0917  # click passes them by name
    file: Path,
    into: Path,
    name: str,
    key_file: Path | None,
    passphrase_file: Path | None,
    new_passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Make a desk from a backup, in an empty directory and under a new name.

    It is a new desk for the team: the keeper enrols it, and it opens no case until colleagues'
    entries have come, as somebody may have taken a report back.
    """
    from safelight.desk.backups.restoring import restore as restore_desk  # noqa: PLC0415
    from safelight.desk.key_file import PRODUCTION_COST  # noqa: PLC0415
    from safelight.desk.unlocking import passphrase_in  # noqa: PLC0415

    passphrase = passphrase_from(passphrase_file, twice=False, prompt="Passphrase of the backup")
    restored = restore_desk(
        file,
        into,
        name=name,
        passphrase=passphrase,
        key_file=key_file,
        new_passphrase=None if new_passphrase_file is None else passphrase_in(new_passphrase_file),
        cost=PRODUCTION_COST,
        on_progress=_show,
    )
    public = into / f"{name}.public.json"
    say(
        asdict(restored.public) | {"public_file": str(public), "was": asdict(restored.was)},
        f"The desk {restored.was.desk} of {restored.was.made} is restored in {into} as {name}, up "
        f"to entry {restored.was.seq}. Give {public} to the keeper; then exchange with a "
        "colleague's desk: until then no case opens. Destroy the key file.",
        as_json=as_json,
    )


@click.command("go-on-alone")
@DATA
@PASSPHRASE_FILE
def go_on_alone(data: Path, passphrase_file: Path | None) -> None:
    """Say of a restored desk that nobody else has a desk: nothing to wait for."""
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        from safelight.casework.team import restored  # noqa: PLC0415

        restored.go_on_alone()
    click.echo("Written down. Cases open again.")


@click.command("continue-as")
@click.argument("name")
@DATA
@PASSPHRASE_FILE
@AS_JSON
def continue_as(name: str, data: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Go on under a new NAME, with a new chain, after colleagues named a fork of this desk.

    What the old chain holds stays as it is. The keeper enrols the new name.
    """
    from safelight.desk.backups.new_chain import continue_under  # noqa: PLC0415
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    data = checked_desk(data)
    with unlocked(data, passphrase_from(passphrase_file, twice=False)):
        public = continue_under(data, name)
    file = data / f"{name}.public.json"
    say(
        asdict(public) | {"public_file": str(file)},
        f"This desk is {name} from now on. Give {file} to the keeper of the roster.",
        as_json=as_json,
    )
