"""`safelight desk`: set up a desk, run it, fetch, verify. Everything here can be scripted."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from safelight.sealing.public_key import load_public_key

DATA = click.option(
    "--data",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The desk's directory: key file and encrypted database.",
)
PASSPHRASE_FILE = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the passphrase from this file's first line instead of asking.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


def passphrase_from(file: Path | None, *, twice: bool, prompt: str = "Passphrase") -> str:
    """Return the passphrase from the file, or ask for it on the terminal."""
    from safelight.desk.no_dump import forbid_dumps  # noqa: PLC0415
    from safelight.desk.unlocking import passphrase_in  # noqa: PLC0415

    forbid_dumps()  # before there is a secret to dump
    if file is not None:
        return passphrase_in(file)
    answer: str = click.prompt(
        prompt,
        hide_input=True,
        confirmation_prompt=twice,
        err=True,
        default="",
        show_default=False,
    )
    return answer


def say(facts: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    """Print the facts as one object, or the sentence."""
    click.echo(json.dumps(facts) if as_json else sentence)


# Commands that stand in modules of their own: name → (module, attribute).
MORE: Final[Mapping[str, tuple[str, str]]] = {
    "letters": ("safelight.desk.letters_command", "letters"),
    "counsellor": ("safelight.desk.counsellor_command", "counsellor"),
    "backup": ("safelight.desk.backups.command", "backup"),
    "backup-key": ("safelight.desk.backups.command", "backup_key"),
    "backups": ("safelight.desk.backups.command", "backups"),
    "restore": ("safelight.desk.backups.command", "restore"),
    "go-on-alone": ("safelight.desk.backups.command", "go_on_alone"),
    "continue-as": ("safelight.desk.backups.command", "continue_as"),
    "sync": ("safelight.desk.team_command", "sync"),
    "team": ("safelight.desk.team_command", "team"),
    "held-by": ("safelight.desk.team_command", "held_by"),
}


class _WithMore(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *MORE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MORE:
            return super().get_command(ctx, cmd_name)
        module, attribute = MORE[cmd_name]
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}:{attribute} is not a click command")
        return command


@click.group(cls=_WithMore)
def desk() -> None:
    """Run a caseworker's desk, or set one up.

    A desk is one directory: `desk.key.json` and `desk.db`. Both are needed to open
    it, and its passphrase; nobody can reset that.
    """


@desk.command()
@DATA
@click.option("--name", required=True, help="Public name of the desk, such as desk-1.")
@PASSPHRASE_FILE
@AS_JSON
def init(data: Path, name: str, passphrase_file: Path | None, as_json: bool) -> None:
    """Make a new encrypted desk, and NAME.public.json for the keeper of the roster."""
    from safelight.desk.key_file import PRODUCTION_COST  # noqa: PLC0415
    from safelight.desk.setting_up import set_up  # noqa: PLC0415

    passphrase = passphrase_from(passphrase_file, twice=True)
    public = set_up(data, name, passphrase, cost=PRODUCTION_COST)
    file = data / f"{public.name}.public.json"
    say(
        asdict(public) | {"public_file": str(file)},
        f"The desk {public.name} is ready in {data}. Give {file} to the keeper of the roster.",
        as_json=as_json,
    )


@desk.command()
@DATA
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 finds a free one.")
@click.option("--server", help="http://host:port, https://host or unix:/path/to/socket")
@click.option("--roster", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--root", help="The roster's public root key, 64 hex digits, or a file with them.")
@PASSPHRASE_FILE
@click.option("--demo", "guided", is_flag=True, help="Begin with the guided first page.")
@click.option(
    "--lock-after",
    type=click.FloatRange(min=0),
    default=15,
    show_default=True,
    help="Minutes without a request after which the desk locks itself; 0 never.",
)
@click.option(
    "--language", type=click.Choice(["ru", "en"]), help="Begin in it; default: the browser's."
)
@AS_JSON
def run(  # noqa: PLR0917  # click passes them by name
    data: Path,
    port: int,
    server: str | None,
    roster: Path | None,
    root: str | None,
    passphrase_file: Path | None,
    guided: bool,
    lock_after: float,
    language: str | None,
    as_json: bool,
) -> None:
    """Serve the desk on 127.0.0.1 and print the address that opens it, once."""
    from safelight.desk.launch import DeskConfig  # noqa: PLC0415
    from safelight.desk.serving import serve  # noqa: PLC0415

    root_hex = None if root is None else load_public_key(root).public_bytes_raw().hex()
    config = DeskConfig(
        data=checked_desk(data),
        port=port,
        server=server,
        roster=roster,
        root=root_hex,
        passphrase_file=passphrase_file,
        guided=guided,
        language=language,
        # The demo's visitor reads at leisure, and there is nobody to protect.
        lock_after=0 if guided else lock_after * 60,
    )
    click.echo("The desk starts. Open the address below; it works once. Ctrl-C stops.", err=True)
    serve(config, as_json=as_json)


@desk.command()
@DATA
@click.option("--server", help="http://host:port, https://host or unix:/path/to/socket")
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@PASSPHRASE_FILE
@AS_JSON
def fetch(
    data: Path, server: str | None, folder: Path | None, passphrase_file: Path | None, as_json: bool
) -> None:
    """Fetch envelopes from a server or take them in from a folder, and open them."""
    if (server is None) == (folder is None):
        raise click.UsageError("give either --server or --folder")
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        from safelight.casework import inbox  # noqa: PLC0415

        if folder is not None:
            arrivals = inbox.fetch_folder(folder)
        else:
            arrivals = inbox.fetch(str(server), on_progress=_show_progress)
    say(
        asdict(arrivals),
        f"{arrivals.found} found, {arrivals.stored} new, {arrivals.cases} cases, "
        f"{arrivals.set_aside} set aside, {arrivals.known} known, "
        f"{arrivals.passed_over} passed over",
        as_json=as_json,
    )


@desk.command("take-in")
@DATA
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@PASSPHRASE_FILE
@AS_JSON
def take_in(
    data: Path, paths: tuple[Path, ...], passphrase_file: Path | None, as_json: bool
) -> None:
    """Take in what came by hand or by mail, and open it.

    PATHS are files or folders, with sealed files in them, mail (.eml or a Maildir), or pictures
    of QR codes. Nothing there is changed or removed.
    """
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        from safelight.casework import inbox  # noqa: PLC0415
        from safelight.casework.drop_folder import Looked, envelopes_in  # noqa: PLC0415
        from safelight.casework.team.stick import files_in, take_in_files  # noqa: PLC0415

        looked = Looked()
        arrivals = inbox.take_in(envelopes_in(paths, looked))
        team = take_in_files(files_in(paths))
    for one in looked.unfinished:
        click.echo(one.sentence(), err=True)
    say(
        asdict(arrivals) | {"looked_at": asdict(looked), "team": asdict(team)},
        f"{arrivals.found} sealed found, {arrivals.stored} new, {arrivals.cases} cases, "
        f"{arrivals.added} added to cases, {arrivals.set_aside} set aside, {arrivals.known} known. "
        f"Looked at {looked.files} files: {looked.mails} mails, {looked.pictures} pictures "
        f"({looked.pictures_without_code} without a code of ours), {looked.damaged} damaged, "
        f"{looked.passed_over} passed over. From colleagues: {team.mails} mails, {team.new} new "
        f"entries, {team.refused} refused",
        as_json=as_json,
    )


@desk.command()
@DATA
@PASSPHRASE_FILE
@click.option("--new-passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def passphrase(data: Path, passphrase_file: Path | None, new_passphrase_file: Path | None) -> None:
    """Change the passphrase. Older copies of the key file keep the old one: destroy them."""
    from safelight.desk.key_file import PRODUCTION_COST  # noqa: PLC0415
    from safelight.desk.unlocking import change_passphrase  # noqa: PLC0415

    data = checked_desk(data)
    old = passphrase_from(passphrase_file, twice=False)
    new = passphrase_from(new_passphrase_file, twice=True, prompt="New passphrase")
    change_passphrase(data, old, new, cost=PRODUCTION_COST)
    click.echo("The passphrase is changed. Destroy older copies of desk.key.json.")


@desk.command()
@DATA
@click.option("--yes", is_flag=True, help="Do not ask.")
@AS_JSON
def wipe(data: Path, yes: bool, as_json: bool) -> None:
    """Destroy the desk for ever: its key first, then its database. Needs no passphrase.

    Stop a desk that runs, or lock it: until its next request it still has the key in memory.
    """
    from safelight.desk.django_start import start_django  # noqa: PLC0415
    from safelight.desk.panic_wipe import wipe as wipe_desk  # noqa: PLC0415

    data = checked_desk(data)
    if not yes:
        click.confirm(f"Destroy the desk in {data} for ever?", abort=True, err=True)
    start_django()
    wiped = wipe_desk(data)
    left = f" Could not be removed: {', '.join(wiped.left)}." if wiped.left else ""
    say(
        asdict(wiped),
        "The key is destroyed; the database opens for nobody." + left + " Destroy backups and "
        "older copies of desk.key.json too, and ask the keeper for a roster without this desk.",
        as_json=as_json,
    )


@desk.command()
@DATA
@PASSPHRASE_FILE
@click.option("--noted", metavar="SEQ:DIGEST", help="A head noted earlier; catches a rollback.")
@AS_JSON
def verify(data: Path, passphrase_file: Path | None, noted: str | None, as_json: bool) -> None:
    """Verify the whole journal; name the first bad entry and exit 1 if there is one."""
    noted_seq, noted_digest = _noted(noted)
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        from safelight.journal.verifying import verify as verify_journal  # noqa: PLC0415

        verified = verify_journal(noted_seq=noted_seq, noted_digest=noted_digest)
    say(
        asdict(verified),
        "\n".join(_verified_sentences(verified)),
        as_json=as_json,
    )


def _verified_sentences(verified: Any) -> list[str]:
    own = verified.chains[0]
    said = [
        f"{verified.entries} entries verified, unbroken. Head: {own.entries}:{own.head}",
        *(
            f"of {chain.desk}: {chain.entries} entries. Head: {chain.entries}:{chain.head}"
            for chain in verified.chains[1:]
        ),
    ]
    said += [
        f"missing: entries {gap.first} to {gap.last} of {gap.desk}; that desk signed for them and "
        "they have not come. Exchange again; if it stays so, somebody keeps them back"
        for gap in verified.missing
    ]
    said += [
        f"forked: {fork.desk} signed two different entries {fork.seq} ({fork.held[:12]} is held, "
        f"{fork.other[:12]} came too). It was put back from a backup, or somebody has its key: "
        "ask its person, and enrol it anew under another name"
        for fork in verified.forks
    ]
    return said


@desk.command()
@DATA
@PASSPHRASE_FILE
@AS_JSON
def rebuild(data: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Make the tables of cases anew from the journal, after it was verified."""
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        from safelight.casework import projecting  # noqa: PLC0415
        from safelight.journal.verifying import verify as verify_journal  # noqa: PLC0415

        verify_journal()
        cases = projecting.rebuild()
    say({"cases": cases}, f"{cases} cases made anew from the journal.", as_json=as_json)


def checked_desk(data: Path) -> Path:
    """Return the directory, absolute, or refuse one without a desk before anything is asked."""
    from safelight.desk.desk_files import DeskFiles  # noqa: PLC0415
    from safelight.desk.key_file import KeyFileError  # noqa: PLC0415

    if not DeskFiles(data).key_file.is_file():
        raise KeyFileError(
            f"there is no desk in {data}: expected desk.key.json there; "
            "make one with `safelight desk init`"
        )
    return data.resolve()


def _noted(noted: str | None) -> tuple[int | None, str | None]:
    if noted is None:
        return None, None
    seq, _, digest = noted.partition(":")
    if not seq.isdecimal() or len(digest) != 64:
        raise click.UsageError(
            "--noted is a number, a colon and 64 hex digits, as verify prints it"
        )
    return int(seq), digest


def _show_progress(arrivals: Any) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{arrivals.found} fetched, {arrivals.cases} cases", nl=False, err=True)
