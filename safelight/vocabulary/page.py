"""docs/vocabulary.md, made from the data: `python -m safelight.vocabulary.page`.

`--check` compares instead of writing and ends with 1 when the page is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from safelight.vocabulary.codes import Code, Crosswalk, Field, Stage, Vocabulary
from safelight.vocabulary.odihr import Rule, odihr_rules
from safelight.vocabulary.questions import QuestionSet, question_set
from safelight.vocabulary.report import REPORT_MAX_BYTES
from safelight.vocabulary.schema import vocabulary

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "vocabulary.md"
FORMS: Final = ("what-happened",)

_STATUS: Final = {
    "verified": "verified",
    "from-memory": "**from memory, not verified**",
    "no-equivalent": "no equivalent",
}

_INTRODUCTION: Final = """\
This page is made from `safelight/vocabulary/data` by `python -m safelight.vocabulary.page`;
`make check` fails when it is stale. How to change it:
[change the vocabulary](how-to/change-the-vocabulary.md). Where the crosswalks come from and
what nobody could verify: [sources](methods/vocabulary-sources.md).

Tiers: **S0** may enter a public table after disclosure control; **S1** stays inside, and
“published as” says what may be shown instead; **S2** lives in the sealed case file only;
**S3** is never collected. Codes marked **+** were added to the proposal (schema v0).\
"""


def page(words: Vocabulary) -> str:
    """Return the whole page, the same bytes for the same data."""
    lines: list[str] = [f"# Vocabulary {words.version}", "", _INTRODUCTION, ""]
    lines += ["## The statistical row", ""]
    lines += _table(
        ("Field", "English", "Русский", "Kind", "Tier", "Published as", "Note"),
        (_field_row(field) for field in words.fields),
    )
    for field in words.fields:
        if field.codes and field.name != "most_serious_act":
            lines += _field_section(field, words)
    lines += _seriousness(words.seriousness)
    lines += _odihr(words)
    lines += ["## The smear module", ""]
    for field in words.smear_fields:
        lines += _field_section(field, words)
    lines += _funnel(words.stages)
    lines += ["## In the case file only (S2)", "", *_codes(words.case_file_only), ""]
    lines += ["## Never collected (S3)", "", *_codes(words.never_collected), ""]
    for form in FORMS:
        lines += _form(question_set(form))
    lines += _sources(words)
    return "\n".join(lines).rstrip() + "\n"


def _field_row(field: Field) -> tuple[str, ...]:
    kind = field.period or field.kind
    return (
        f"`{field.name}`{' +' if field.added else ''}",
        field.label("en"),
        field.label("ru"),
        f"{kind}, derived" if field.derived else kind,
        field.tier,
        field.released_as or ("as it is" if field.tier == "S0" else "not"),
        field.note,
    )


def _field_section(field: Field, words: Vocabulary) -> list[str]:
    lines = [f"### `{field.name}`: {field.label('en')} · {field.label('ru')}", ""]
    if field.groups:
        lines += ["Published as:", "", *_codes(field.groups), ""]
    lines += [*_codes(field.codes, grouped=bool(field.groups)), ""] if field.codes else []
    lines += [f"{field.note}.", ""] if field.note and not field.codes else []
    schemes = [
        scheme for scheme in words.schemes if any(scheme in code.crosswalks for code in field.codes)
    ]
    for scheme in schemes:
        walks = [(code, code.crosswalks.get(scheme)) for code in field.codes]
        lines += [f"#### `{field.name}` in other words: {words.schemes[scheme]}", ""]
        lines += _table(
            ("Code", "There", "Called", "Status", "Source", "Note"),
            (_walk_row(code, walk) for code, walk in walks if walk is not None),
        )
    return lines


def _walk_row(code: Code, walk: Crosswalk) -> tuple[str, ...]:
    return (
        f"`{code.value}`",
        ", ".join(walk.values) or "—",
        walk.wording,
        _STATUS[walk.status],
        walk.source or "",
        walk.note,
    )


def _codes(codes: Iterable[Code], *, grouped: bool = False) -> list[str]:
    rows = []
    for code in codes:
        mark = (" +" if code.added else "") + (" (S2)" if code.tier == "S2" else "")
        meaning = [text for text in (code.definition("en"), code.definition("ru")) if text]
        row = [f"`{code.value}`{mark}", code.label("en"), code.label("ru"), " · ".join(meaning)]
        rows.append((*row, f"`{code.group}`" if code.group else "—") if grouped else tuple(row))
    head = ("Code", "English", "Русский", "Meaning")
    return _table((*head, "Published as") if grouped else head, rows)[:-1]


def _seriousness(steps: Sequence[Code]) -> list[str]:
    lines = ["## The most serious act", ""]
    lines += [
        "Exactly one act stands for a row: the first of this list that is among its acts.",
        "",
    ]
    rows = ((str(n), f"`{s.value}`", s.label("en"), s.label("ru")) for n, s in enumerate(steps, 1))
    return lines + _table(("Step", "Act", "Because", "Потому что"), rows)


def _odihr(words: Vocabulary) -> list[str]:
    rules = odihr_rules()
    acts = words.field("acts")
    lines = ["## What ODIHR would count", ""]
    lines += [
        "A row is eligible when an act of it is in one of the categories "
        + ", ".join(c for c in rules.categories if c in rules.counted)
        + ", a ground of bias is named, and the confidence in the motive is one of "
        + ", ".join(v for v in words.field("bias_confidence").values if v in rules.bias_confidence)
        + ". Discrimination and hate speech are excluded, as ODIHR excludes them (odihr-call). "
        "The names of the categories are verified (odihr-types); which act belongs where is our "
        "judgement and was not reviewed by ODIHR.",
        "",
    ]
    lines += _table(
        ("Category", "English", "Русский", "ODIHR's name"),
        (
            (f"`{c.value}`", c.label("en"), c.label("ru"), c.wording)
            for c in rules.categories.values()
        ),
    )
    rows = ((f"`{act}`", _rules_text(rules.of_act[act])) for act in acts.values)
    return lines + _table(("Act", "Category"), rows)


def _rules_text(rules: Sequence[Rule]) -> str:
    parts = []
    for rule in rules:
        tests = [("acts", rule.any_act), ("harm", rule.any_harm)]
        conditions = [f"{name} has {', '.join(sorted(any_of))}" for name, any_of in tests if any_of]
        otherwise = "otherwise " if len(rules) > 1 else ""
        parts.append(
            f"{rule.then} if {' or '.join(conditions)}" if conditions else otherwise + rule.then
        )
    return "; ".join(parts)


def _funnel(stages: Sequence[Stage]) -> list[str]:
    lines = ["## How far a case gets (F0–F11)", ""]
    lines += [
        "One row per stage reached, each with the quarter it is known as of. PENDING is not known "
        "yet (right-censored) and is never counted as a “no”.",
        "",
    ]
    for stage in stages:
        lines += [f"### `{stage.value}`: {stage.label('en')} · {stage.label('ru')}", ""]
        lines += [*_codes(stage.codes), ""] if stage.codes else []
        for detail in stage.details:
            lines += [f"`{detail.name}`: {detail.label('en')} · {detail.label('ru')}", ""]
            lines += [*_codes(detail.codes), ""]
    return lines


def _form(form: QuestionSet) -> list[str]:
    lines = [f"## Form `{form.id}`, version {form.version}", ""]
    lines += [
        f"{form.title('en')} · {form.title('ru')}. Every question can be skipped; nothing is "
        f"ticked beforehand. A whole report has at most {REPORT_MAX_BYTES:,} bytes.",
        "",
    ]
    rows = (
        (
            f"`{q.id}`",
            q.kind,
            f"`{q.field}`" if q.field else "—",
            f"{q.label('en')} {q.help('en')}".strip(),
            f"{q.label('ru')} {q.help('ru')}".strip(),
            _choices(form, q.id),
        )
        for q in form.questions
    )
    return lines + _table(("Question", "Kind", "Field", "English", "Русский", "Choices"), rows)


def _choices(form: QuestionSet, question_id: str) -> str:
    question = form.question(question_id)
    if question.max_length:
        return f"up to {question.max_length:,} characters"
    codes = f"{len(question.codes)} codes"
    if not question.recent_half_years:
        return codes
    return (
        f"the last {question.recent_half_years} half-years, {question.earlier_years} years before, "
        + ", ".join(code.value for code in question.codes)
    )


def _sources(words: Vocabulary) -> list[str]:
    rows = ((f"`{s.id}`", s.title, s.place, s.how_read) for s in words.sources.values())
    return ["## Sources", "", *_table(("Name", "Document", "Place", "How it was read"), rows)]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [*_table_lines(head, rows), ""]


def _table_lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with `--check` compare it. Returns the exit status."""
    made = page(vocabulary())
    if list(arguments) == ["--check"]:
        stale = not PAGE.is_file() or PAGE.read_text("utf-8") != made
        if stale:
            sys.stderr.write("docs/vocabulary.md is stale: python -m safelight.vocabulary.page\n")
        return int(stale)
    PAGE.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
