"""`safelight list`: what is known, check, import, forget. `--json` is described in
docs/how-to/bring-a-list.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from safelight.partners.admit import DECISIONS, Agreement, check_can_be_admitted
from safelight.partners.as_json import check_as_json, profile_as_json, yearly_as_json
from safelight.partners.as_text import check_as_text, profiles_as_text
from safelight.partners.beside import beside as put_beside
from safelight.partners.check import Examined, examine
from safelight.partners.desk_door import desk_door
from safelight.partners.problems import ListError, NotAgreedError, ProfileError
from safelight.partners.profile import Profile, YearlyLayout
from safelight.partners.profile_reading import profile_from_file, shipped_names, shipped_profile
from safelight.partners.yearly import check_yearly
from safelight.partners.yearly_text import yearly_as_text

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_PROFILE = click.option(
    "--as",
    "name",
    required=True,
    metavar="LIST",
    help="Which list it is: nypd, fbi, own-csv, yearly-by-type; see `safelight list profiles`.",
)
_MAPPING = click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A mapping of your own, with --as own-csv.",
)
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
_DATA = click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The desk's directory.",
)
_PASSPHRASE_FILE = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the passphrase from this file's first line instead of asking.",
)


@click.group("list")
def lists() -> None:
    """Check or import a list from outside: unit, ids, codes, what was refused and why."""


@lists.command("profiles")
@_AS_JSON
def profiles(as_json: bool) -> None:
    """Show which lists are known, what a row of each counts, and where it comes from."""
    found = [shipped_profile(name) for name in shipped_names()]
    if as_json:
        click.echo(_json({"profiles": [profile_as_json(profile) for profile in found]}))
    else:
        click.echo(profiles_as_text(found))


@lists.command("check")
@_FILE
@_PROFILE
@_MAPPING
@click.option(
    "--beside",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An official table of counts, or the totals of a yearly series.",
)
@click.option("--year", type=click.IntRange(1900, 2199), help="The year of the official table.")
@_AS_JSON
def check(  # noqa: PLR0917  # click passes them by name
    file: Path,
    name: str,
    mapping: Path | None,
    beside: Path | None,
    year: int | None,
    as_json: bool,
) -> None:
    """Say what a file is, without importing anything. Exit 1 if it cannot be imported."""
    profile = _profile(name, mapping)
    if isinstance(profile.layout, YearlyLayout):
        found = check_yearly(file, profile, whole_path=beside)
        click.echo(_json(yearly_as_json(found)) if as_json else yearly_as_text(found))
        return
    if beside is not None and year is None:
        raise click.UsageError("--beside needs --year")
    examined = examine(file, profile, on_progress=_show_progress)
    compared = None
    if beside is not None and not examined.check.problems:
        compared = put_beside(examined, beside, year=str(year))
    if as_json:
        click.echo(_json(check_as_json(examined.check, compared)))
    else:
        click.echo(check_as_text(examined.check, compared))
    check_can_be_admitted(examined.check)


@lists.command("import")
@_FILE
@_PROFILE
@_MAPPING
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the rows to this CSV, and their provenance beside it.",
)
@_DATA
@_PASSPHRASE_FILE
@click.option("--yes", is_flag=True, help="Agree without being asked. Read the check first.")
@click.option("--without-refused-rows", is_flag=True, help="Agree that refused rows are left out.")
@click.option(
    "--unknown-codes-as-none", is_flag=True, help="Agree that unknown codes count as no code."
)
@click.option(
    "--only-with-bias-ground", is_flag=True, help="Leave out incidents without an LGBT bias."
)
@_AS_JSON
def import_list(  # noqa: PLR0917  # click passes them by name
    file: Path,
    name: str,
    mapping: Path | None,
    out: Path | None,
    data: Path | None,
    passphrase_file: Path | None,
    yes: bool,
    without_refused_rows: bool,
    unknown_codes_as_none: bool,
    only_with_bias_ground: bool,
    as_json: bool,
) -> None:
    """Check, show, ask, then import: to a CSV of rows (--out) or into a desk (--data)."""
    if (out is None) == (data is None):
        raise click.UsageError("give either --out ROWS.csv or --data DESKDIR")
    profile = _profile(name, mapping)
    if data is not None:
        # Before the long work, not after it.
        desk_door().checked(data)
    if isinstance(profile.layout, YearlyLayout):
        raise ProfileError(
            "a yearly series holds counts, not incidents, so there are no rows to import; "
            "check it with `safelight list check --beside`"
        )
    examined = examine(file, profile, on_progress=_show_progress)
    click.echo(check_as_text(examined.check, None), err=True)
    check_can_be_admitted(examined.check)
    flags = {"refused-rows": without_refused_rows, "unknown-codes": unknown_codes_as_none}
    agreement = _agreement(examined, flags, yes=yes)
    if out is not None:
        facts = _to_file(examined, out, agreement, only_with_bias_ground=only_with_bias_ground)
    else:
        facts = _on_desk(
            data,
            passphrase_file,
            lambda: _to_desk(examined, agreement, only_with_bias_ground=only_with_bias_ground),
        )
    click.echo(_json(facts) if as_json else _sentence(facts))


@lists.command("imported")
@click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The desk's directory.",
)
@_PASSPHRASE_FILE
@_AS_JSON
def imported(data: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Show the lists on a desk."""

    def read() -> dict[str, Any]:
        from safelight.partners.desk_lists import imported_lists  # noqa: PLC0415

        return {
            "lists": [
                {
                    "list_id": one.list_id,
                    "list": one.profile,
                    "profile_version": one.profile_version,
                    "file_sha256": one.file_sha256,
                    "imported_on": one.imported_on.isoformat(),
                    "forgotten_on": one.forgotten_on.isoformat() if one.forgotten_on else None,
                    "rows_in_file": one.rows_in_file,
                    "incidents": one.incidents,
                    "incidents_with_bias_ground": one.with_bias_ground,
                    "rows_written": one.rows_of_ours,
                }
                for one in imported_lists()
            ]
        }

    facts = _on_desk(data, passphrase_file, read)
    if as_json:
        click.echo(_json(facts))
        return
    for one in facts["lists"]:
        gone = f", forgotten on {one['forgotten_on']}" if one["forgotten_on"] else ""
        click.echo(
            f"{one['list_id']}  {one['list']} (version {one['profile_version']}), imported on "
            f"{one['imported_on']}: {one['incidents']:,} incidents{gone}"
        )


@lists.command("forget")
@click.argument("list_id")
@click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The desk's directory.",
)
@_PASSPHRASE_FILE
@click.option("--yes", is_flag=True, help="Agree without being asked.")
@_AS_JSON
def forget_list(
    list_id: str, data: Path, passphrase_file: Path | None, yes: bool, as_json: bool
) -> None:
    """Delete the incidents of one list from a desk. That it was here stays in the journal."""
    if not (yes or _asked("Delete the incidents of this list?")):
        raise NotAgreedError("nobody agreed; give --yes. Nothing was forgotten")

    def delete() -> dict[str, Any]:
        from safelight.partners.desk_lists import forget  # noqa: PLC0415

        gone = forget(list_id, today=_today())
        return {"forgotten": gone.list_id, "incidents": gone.incidents}

    facts = _on_desk(data, passphrase_file, delete)
    click.echo(
        _json(facts) if as_json else f"Forgotten: {facts['incidents']:,} incidents are deleted."
    )


def _profile(name: str, mapping: Path | None) -> Profile:
    if mapping is None:
        return shipped_profile(name)
    if name != "own-csv":
        raise click.UsageError("--mapping goes with --as own-csv")
    profile = profile_from_file(mapping)
    if profile.name in shipped_names():
        raise ProfileError(
            f"the mapping calls itself {profile.name}, which is a list that comes with Safelight; "
            "give yours a name of its own, so that rows say which mapping made them"
        )
    return profile


def _agreement(examined: Examined, flags: dict[str, bool], *, yes: bool) -> Agreement:
    """Ask at a terminal, by name; elsewhere only options agree."""
    agreed = {name for name, given in flags.items() if given}
    questions = {
        "refused-rows": f"Leave the {examined.check.counts.refused_rows:,} refused rows out?",
        "unknown-codes": f"Count unknown codes in {examined.check.unknown_total:,} rows as none?",
    }
    for name in examined.check.decisions:
        if name not in agreed and not yes and _asked(questions[name]):
            agreed.add(name)
    undecided = [name for name in examined.check.decisions if name not in agreed]
    incidents = examined.check.counts.incidents.number
    to_import = yes or (not undecided and _asked(f"Import {incidents:,} incidents?"))
    return Agreement(to_import, frozenset(agreed & set(DECISIONS)))


def _asked(question: str) -> bool:
    if not sys.stdin.isatty():
        return False
    return click.confirm(question, err=True)


def _to_file(
    examined: Examined, out: Path, agreement: Agreement, *, only_with_bias_ground: bool
) -> dict[str, Any]:
    from safelight.partners.rows_file import write_rows  # noqa: PLC0415

    written = write_rows(
        examined,
        out,
        agreement,
        today=_today(),
        only_with_bias_ground=only_with_bias_ground,
    )
    return _facts(examined) | {
        "imported": True,
        "incidents_kept": written.incidents,
        "rows_written": written.rows,
        "rows_with_bias_ground": written.rows_with_bias_ground,
        "incidents_without_row": written.without_row,
        "rows_file": str(written.rows_file),
        "provenance_file": str(written.provenance_file),
    }


def _to_desk(
    examined: Examined, agreement: Agreement, *, only_with_bias_ground: bool
) -> dict[str, Any]:
    from safelight.partners.desk_lists import import_into_desk  # noqa: PLC0415

    done = import_into_desk(
        examined, agreement, today=_today(), only_with_bias_ground=only_with_bias_ground
    )
    return _facts(examined) | {
        "imported": not done.already,
        "list_id": done.list_id,
        "incidents_kept": done.incidents,
        "rows_written": done.rows,
    }


def _facts(examined: Examined) -> dict[str, Any]:
    counts = examined.check.counts
    return {
        "list": examined.check.profile.name,
        "profile_version": examined.check.profile.version,
        "file_sha256": examined.check.file.sha256,
        "rows_in_file": counts.rows.number,
        "incidents": counts.incidents.number,
        "incidents_with_bias_ground": counts.with_bias_ground.number,
    }


def _sentence(facts: dict[str, Any]) -> str:
    if not facts["imported"]:
        return (
            f"This very file is already on the desk as list {facts['list_id']}; nothing was done."
        )
    where = facts.get("rows_file") or f"the desk as list {facts['list_id']}"
    return (
        f"Imported {facts['incidents_kept']:,} incidents from {facts['rows_in_file']:,} rows; "
        f"{facts['rows_written']:,} of them as rows, to {where}."
    )


def _on_desk(
    data: Path | None, passphrase_file: Path | None, act: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    if data is None:
        raise click.UsageError("--data is missing")
    return desk_door().unlocked(data, passphrase_file, act)


def _show_progress(rows: int) -> None:
    click.echo(f"{rows:,} rows read …", err=True)


def _today() -> date:
    return datetime.now(UTC).date()


def _json(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, indent=1)


__all__ = ["ListError", "lists"]
