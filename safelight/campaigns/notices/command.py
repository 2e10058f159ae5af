"""`safelight notice`: kinds of notices, what each tells to whom, and drafts as files.

Works without a desk or a database. Nothing is sent.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from safelight.campaigns.notices.as_odt import as_odt
from safelight.campaigns.notices.as_pdf import as_pdf
from safelight.campaigns.notices.as_text import as_text
from safelight.campaigns.notices.codes import codes, fields
from safelight.campaigns.notices.drafting import (
    NOTHING_IS_SENT,
    Draft,
    disclosure_rows,
    drafted,
)
from safelight.campaigns.notices.facts import parsed_facts
from safelight.campaigns.notices.problems import NoticeError, NoticeRefusedError, UnshowableError
from safelight.campaigns.notices.templates import TO_BE_CHECKED, Template, template, templates
from safelight.sealing.whole_file import whole_file

_LARGEST_FACTS: Final = 1024 * 1024
_LANGUAGE = click.option(
    "--language", type=click.Choice(["ru", "en"]), default="en", show_default=True
)
_AS_JSON = click.option("--json", "is_json", is_flag=True, help="One JSON object on stdout.")
_FACTS = click.argument(
    "facts_file", metavar="FACTS.json", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
_AS = click.option("--as", "template_id", required=True, metavar="TEMPLATE")
_DAY = click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), help="Stands on the notice; today if left out."
)


@click.group("notice")
def notice() -> None:
    """Write notices: who will learn what, then PDF/A, ODT and text. Nothing is sent."""


@notice.command("kinds")
@_LANGUAGE
@_AS_JSON
def kinds(language: str, is_json: bool) -> None:
    """List the templates."""
    found = [
        {
            "template": one.id,
            "version": one.version,
            "kind": one.kind,
            "name": one.words.in_language(language),
            "checked_by_a_lawyer": not one.to_be_checked,
        }
        for one in templates()
    ]
    if is_json:
        _print_json({"templates": found})
        return
    for line in found:
        click.echo(f"{line['template']:<22} {line['name']}")
    unchecked = sum(not line["checked_by_a_lawyer"] for line in found)
    click.echo(f"\n{TO_BE_CHECKED.in_language(language)}: {unchecked}/{len(found)}")


@notice.command("show")
@click.argument("template_id", metavar="TEMPLATE")
@_LANGUAGE
@_AS_JSON
def show(template_id: str, language: str, is_json: bool) -> None:
    """Show one template: its law, its dangers, who learns what, what to fill in."""
    one = _template_json(template(template_id), language)
    if is_json:
        _print_json(one)
        return
    click.echo(f"{one['name']} ({one['template']}/{one['version']})")
    if not one["checked_by_a_lawyer"]:
        click.echo(TO_BE_CHECKED.in_language(language).upper())
    click.echo(one["how"])
    for title in ("dangers", "safer", "readers", "bases", "checklist", "required", "optional",
                  "refused"):  # fmt: skip
        click.echo(f"\n{title}:")
        for line in one[title]:
            shown = line if isinstance(line, str) else " · ".join(str(v) for v in line.values())
            click.echo(f"  - {shown}")
    click.echo(f"\n{one['deadline']}")


@notice.command("check")
@_FACTS
@_AS
@_LANGUAGE
@_DAY
@_AS_JSON
def check(
    facts_file: Path, template_id: str, language: str, day: datetime | None, is_json: bool
) -> None:
    """Say who will learn which personal datum, and what the law asks for; make nothing.

    FACTS.json: {"facts": {field: text or list}, "may_show": [field, …]}.
    """
    draft = _draft_or_refuse(facts_file, template_id, language, day, is_json)
    _tell(draft, language, is_json=is_json)


@notice.command("draft")
@_FACTS
@_AS
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@_LANGUAGE
@_DAY
@_AS_JSON
def draft_command(  # noqa: PLR0917  # click passes them by name
    facts_file: Path,
    template_id: str,
    out: Path,
    language: str,
    day: datetime | None,
    is_json: bool,
) -> None:
    """Write notice.pdf (PDF/A-2b), notice.odt and notice.txt into a new folder. Nothing is sent.

    Where the PDF's fonts lack a letter the PDF is left out, and that is said.
    """
    draft = _draft_or_refuse(facts_file, template_id, language, day, is_json)
    missing = ""
    made = {
        "notice.odt": as_odt(draft.document),
        "notice.txt": as_text(draft.document).encode(),
    }
    try:
        made["notice.pdf"] = as_pdf(draft.document)
    except UnshowableError as lacking:
        missing = str(lacking)
    if out.exists() and any(out.iterdir()):
        raise NoticeError("expected a folder that is new or empty; choose another for --out")
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in made.items():
        with whole_file(out / name) as file:
            file.write(content)
    _tell(draft, language, is_json=is_json, files=sorted(made), missing=missing)
    if missing:
        click.echo(f"no PDF: {missing}", err=True)


def _draft_or_refuse(
    facts_file: Path, template_id: str, language: str, day: datetime | None, is_json: bool
) -> Draft:
    today = datetime.now(UTC).date()
    made_from = template(template_id)
    facts, may_show = _read(facts_file)
    try:
        parsed = parsed_facts(made_from, facts, shown=may_show, language=language, today=today)
    except NoticeRefusedError as refusal:
        if is_json:
            _print_json({"refused": list(refusal.reasons)})
        raise
    return drafted(made_from, parsed, language=language, day=day.date() if day else today)


def _read(facts_file: Path) -> tuple[dict[str, Any], list[str]]:
    expected = (
        'expected JSON such as {"facts": {"urls": "https://…"}, "may_show": []}; '
        "see docs/how-to/send-notices.md"
    )
    with facts_file.open("rb") as file:
        untrusted = file.read(_LARGEST_FACTS + 1)
    try:
        document = json.loads(untrusted) if len(untrusted) <= _LARGEST_FACTS else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not set(document) <= {"facts", "may_show"}:
        raise NoticeError(expected)
    facts, may_show = document.get("facts"), document.get("may_show", [])
    if not isinstance(facts, dict) or not isinstance(may_show, list):
        raise NoticeError(expected)
    if not all(isinstance(name, str) for name in may_show):
        raise NoticeError(expected)
    return facts, may_show


def _tell(
    draft: Draft,
    language: str,
    *,
    is_json: bool,
    files: list[str] | None = None,
    missing: str = "",
) -> None:
    rows = disclosure_rows(draft, language)
    checklist = [
        {
            "name": one.requirement.name,
            "words": one.requirement.words.in_language(language),
            "basis": one.requirement.basis,
            "is_met": one.is_met,
        }
        for one in draft.checklist
    ]
    if is_json:
        _print_json(
            {
                "template": draft.template.id,
                "version": draft.template.version,
                "checked_by_a_lawyer": not draft.template.to_be_checked,
                "names_the_person": draft.names_the_person,
                "who_learns": [
                    dict(zip(("whose", "datum", "who", "how"), row, strict=True)) for row in rows
                ],
                "checklist": checklist,
                "dangers": [one.in_language(language) for one in draft.template.dangers],
                "files": files or [],
                "missing": missing,
                "sent": False,
            }
        )
        return
    for row in rows:
        click.echo(" · ".join(row))
    for line in checklist:
        click.echo(f"[{'x' if line['is_met'] else ' '}] {line['words']} ({line['basis']})")
    for danger in draft.template.dangers:
        click.echo(f"! {danger.in_language(language)}")
    if draft.template.to_be_checked:
        click.echo(f"! {TO_BE_CHECKED.in_language(language)}")
    for name in files or []:
        click.echo(name)
    click.echo(NOTHING_IS_SENT.in_language(language))


def _template_json(one: Template, language: str) -> dict[str, Any]:
    readers = codes("readers")
    return {
        "template": one.id,
        "version": one.version,
        "kind": one.kind,
        "name": one.words.in_language(language),
        "how": one.how.in_language(language),
        "checked_by_a_lawyer": not one.to_be_checked,
        "severe": one.severe,
        "dangers": [words.in_language(language) for words in one.dangers],
        "safer": [words.in_language(language) for words in one.safer],
        "readers": [
            {
                "who": readers[reader.who].words.in_language(language),
                "learns": ", ".join(reader.learns),
                "how": reader.words.in_language(language),
            }
            for reader in one.readers
        ],
        "bases": [
            {
                "law": basis.law,
                "words": basis.words.in_language(language),
                "status": basis.status,
                "source": basis.source,
            }
            for basis in one.bases
        ],
        "checklist": [
            {"words": rule.words.in_language(language), "basis": rule.basis}
            for rule in one.checklist
        ],
        "required": [_field_shown(name, language) for name in one.required],
        "optional": [_field_shown(name, language) for name in one.optional],
        "deadline": one.deadline.words.in_language(language),
        "refused": [remedy.words.in_language(language) for remedy in one.refused],
    }


def _field_shown(name: str, language: str) -> dict[str, str]:
    one = fields()[name]
    return {
        "field": name,
        "words": one.words.in_language(language),
        "choices": ", ".join(one.choices),
    }


def _print_json(document: dict[str, Any]) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
