"""The coding page's form, made from the vocabulary in the language of the page."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _

from safelight.casework.coding import CODED_BY_HAND, fields_by_hand
from safelight.vocabulary.codes import UNKNOWN, Field
from safelight.vocabulary.questions import period_label, question_set

# What must be chosen by a person; everything else may stay "unknown".
_NO_DEFAULT: Final = frozenset({"bias_confidence", "reporter_role"})
# Beyond this many codes (the regions) a list is shown under its groups, in alphabet.
_LONG_LIST: Final = 30
_Choices = list[tuple[str, Any]]


class CodingForm(forms.Form):
    """Fields are added in `__init__`; `codes()` is what `coding.code_case` takes."""

    use_required_attribute = False  # the server's own message says more than the browser's

    def __init__(self, *args: Any, language: str, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._language = language
        for field in fields_by_hand():
            shown = self.initial.get(field.name)
            self.fields[field.name] = _form_field(field, language, today, shown)

    def clean(self) -> dict[str, Any]:
        """Say in the page's language what `StatRow` would refuse."""
        given = self.cleaned_data
        acts, harm = given.get("acts", []), given.get("harm", [])
        if acts == ["FDT"]:
            self.add_error(
                "acts",
                _(
                    "A fake date is coded in addition to what followed. Add that act, or "
                    "“threat” if the person got away."
                ),
            )
        if not given.get("fatal") and ("KIL" in acts or "DEATH" in harm):
            self.add_error(
                "fatal", _("The acts or the harm say that somebody died: tick this too.")
            )
        if "NONE" in harm and len(harm) > 1:
            self.add_error("harm", _("“None” stands alone: untick it, or untick the other harm."))
        return given

    def codes(self) -> dict[str, Any]:
        """Return the codes of a valid form, by field."""
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in ((name, self.cleaned_data[name]) for name in CODED_BY_HAND)
        }


def _form_field(field: Field, language: str, today: date, shown: Any) -> forms.Field:
    label = field.label(language)
    if field.kind == "bool":
        return forms.BooleanField(label=label, required=False)
    if field.kind == "multi-code":
        return forms.MultipleChoiceField(
            label=label,
            required=field.name == "acts",
            choices=_code_choices(field, language),
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Tick at least one.")},
        )
    if field.period is not None:
        choices = _period_choices(language, today, shown)
    elif len(field.codes) > _LONG_LIST:
        choices = _grouped_choices(field, language)
    else:
        choices = _code_choices(field, language)
    blank = field.name in _NO_DEFAULT or not any(value == UNKNOWN for value, _label in choices)
    return forms.ChoiceField(
        label=label,
        choices=[("", _("— choose —")), *choices] if blank else choices,
        initial=None if blank else UNKNOWN,
        error_messages={"required": _("Choose one.")},
    )


def _code_choices(field: Field, language: str) -> _Choices:
    # S2 codes belong to the case file and may not stand in a row (DESIGN: two stores).
    return [(code.value, code.label(language)) for code in field.codes if code.tier != "S2"]


def _grouped_choices(field: Field, language: str) -> _Choices:
    choices: _Choices = []
    for group in field.groups:
        members = [code for code in field.codes if code.group == group.value and code.tier != "S2"]
        listed = sorted((code.label(language), code.value) for code in members)
        if len(listed) == 1:
            choices.append((listed[0][1], listed[0][0]))
        elif listed:
            choices.append((group.label(language), [(value, label) for label, value in listed]))
    return choices


def _period_choices(language: str, today: date, shown: Any) -> _Choices:
    question = next(
        q for q in question_set("what-happened").questions if q.field == "occurred_period"
    )
    choices: _Choices = [(code.value, code.label(language)) for code in question.offered(today)]
    if shown and all(value != shown for value, _label in choices):
        # Coded years ago, and still true; anything else is for the field to refuse.
        known = question.accepts(str(shown))
        choices.append((str(shown), period_label(str(shown), language) if known else str(shown)))
    return choices
