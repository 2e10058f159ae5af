"""The page of a form: empty, the same for everybody; or given back with all that was typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from safelight.intake.addresses import FORM_SCRIPT
from safelight.intake.assets import roster_parts
from safelight.intake.configuration import limits
from safelight.intake.current_roster import OpenRoster
from safelight.intake.pages.inline_parts import DOORS
from safelight.intake.pages.one_length import beginning_that_fits
from safelight.intake.pages.questions import Problem, Typed, shown_questions
from safelight.intake.pages.sentences import what_the_script_says
from safelight.intake.uploads import sizes_up_to
from safelight.sealing.strict_json import parse_object
from safelight.vocabulary.filled_form import answers_in
from safelight.vocabulary.questions import QuestionSet, question_set

_LARGEST_LIST: Final = 64 * 1024


def empty_page(opened: OpenRoster, language: str, door: str, today: date) -> str:
    """Return the page that a browser with a script takes over, and one without can send."""
    more = {
        "root": opened.root.public_bytes_raw().hex(),
        "parts": len(roster_parts(opened.signed)),
        # A device whose clock is wrong can say so, and date the report by the server's day.
        "today": today.isoformat(),
        "modules": modules_of(FORM_SCRIPT),
        "largest": largest_file_sealed(),
    }
    with override(language):
        say = what_the_script_says()
        return _page(language, door, today, typed={}, problems=(), more=more | {"say": say})


def page_again(
    language: str,
    door: str,
    today: date,
    *,
    typed: Typed,
    problems: Sequence[Problem],
    ticket: str = "",
) -> str:
    """Return the form with what was typed and why it was not sent; it needs no script.

    Only a browser that runs none ever gets here. The page carries the texts, so there is
    less room for questions: those that were left out are not asked again.
    """
    answered = any(answers_in(typed, question_set(DOORS[door])).values())
    more = {"again": True, "ticket": ticket, "only_answered": answered}

    def page(texts: Typed, said: Sequence[Problem]) -> str:
        return _page(language, door, today, typed=texts, problems=said, more=more)

    with override(language):
        kept = _that_fits(typed, question_set(DOORS[door]), lambda texts: page(texts, problems))
        if kept == typed:
            return page(typed, problems)
        # A text that had to be cut is not too long any more.
        others = [problem for problem in problems if kept.get(problem.at) == typed.get(problem.at)]
        return page(kept, [Problem(too_long_to_come_back()), *others])


def too_long_to_come_back() -> str:
    """Return why only the beginning of a text is there."""
    return _(
        "This was too long to come back whole. Below is only its beginning. Send that now; write "
        "the rest afterwards with your twelve words, in parts."
    )


def _that_fits(typed: Typed, questions: QuestionSet, page: Callable[[Typed], str]) -> Typed:
    """Return the texts as they came; or, the longest first, only their beginnings.

    A page that a cut connection never brings whole would lose all of them.
    """
    most = {one.id: one.max_length for one in questions.questions if one.kind == "text"}
    texts = [name for name in most if typed.get(name)]
    kept = dict(typed)
    for name in sorted(texts, key=lambda name: len(typed[name][0]), reverse=True):
        if kept[name] == (_beginning(name, kept, page),):
            break
        # First each to what its question takes, so that no long one crowds out the others.
        kept |= {one: (kept[one][0][: most[one]],) for one in texts}
        kept[name] = (_beginning(name, kept, page),)
    return kept


def _beginning(name: str, kept: Typed, page: Callable[[Typed], str]) -> str:
    return beginning_that_fits(kept[name][0], lambda text: page({**kept, name: (text,)}))


def _page(
    language: str,
    door: str,
    today: date,
    *,
    typed: Typed,
    problems: Sequence[Problem],
    more: dict[str, Any],
) -> str:
    questions = question_set(DOORS[door])
    form = {
        "id": questions.id,
        "version": questions.version,
        "title": questions.title(language),
        "door": door,
    }
    shown = shown_questions(questions, language, today, typed=typed, problems=problems)
    if more.get("only_answered"):
        shown = [one for one in shown if one.answered or one.value or one.problem]
    page = {"language": language, "page": door, "form": form, "questions": shown}
    return render_to_string("intake/form.html", page | {"problems": problems} | more)


def largest_file_sealed() -> int:
    """Return how many bytes a file may have that a browser is to seal.

    Beside them stand a header of at most 16 recipients (26 kB), the file's own (4 kB) and
    16 bytes for each 64 KiB.
    """
    return max(sizes_up_to(limits().largest_file)) * 999 // 1000 - 64 * 1024 // 2


@cache
def modules_of(script: str) -> tuple[str, ...]:
    """Return the modules that `script` imports, so that a page asks for all of them at once."""
    built = files("safelight.intake").joinpath("static/modules.json")
    if not built.is_file():
        return ()
    listed = parse_object(built.read_bytes(), largest=_LARGEST_LIST).get(script, [])
    return tuple(str(name) for name in listed)
