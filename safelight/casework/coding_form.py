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
# A rung of the ladder that somebody must have climbed: the case file says on what.
_NEEDS_A_BASIS: Final = frozenset({"V2_CORROBORATED", "V3_DOCUMENTED", "VX_REFUTED"})
LONGEST_BASIS: Final = 500
_SURE: Final = frozenset({"CONFIRMED", "LIKELY"})
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
        self.fields["basis"] = forms.CharField(
            label=_("what the checking stands on"),
            help_text=_(
                "Which second source or which document, in a sentence. It stays with the case and "
                "enters no row."
            ),
            required=False,
            max_length=LONGEST_BASIS,
            error_messages={"max_length": _("Shorten it to 500 characters.")},
        )

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
        signs = given.get("bias_indicators", [])
        if given.get("bias_confidence") in _SURE and not signs:
            self.add_error(
                "bias_indicators",
                _("A motive is confirmed or likely because of something: tick the signs."),
            )
        if given.get("bias_confidence") in _SURE and not given.get("bias_ground"):
            self.add_error(
                "bias_ground", _("A motive is confirmed or likely: tick whom it was aimed at.")
            )
        if given.get("premeditation") == "PANIC_DEFENCE" and "PANIC_ARGUMENT" not in signs:
            self.add_error(
                "bias_indicators",
                _("It is explained by “panic”: tick “he came on to me” among the signs too."),
            )
        if given.get("verification") in _NEEDS_A_BASIS and not given.get("basis", "").strip():
            self.add_error("basis", _("Say which source or document: this rung stands on one."))
        if "NONE" in harm and len(harm) > 1:
            self.add_error("harm", _("“None” stands alone: untick it, or untick the other harm."))
        return given

    def codes(self) -> dict[str, Any]:
        """Return the codes of a valid form, by field."""
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in ((name, self.cleaned_data[name]) for name in CODED_BY_HAND)
        }

    def basis(self) -> str:
        """What the checking stands on, in the words of whoever coded."""
        return " ".join(str(self.cleaned_data["basis"]).split())


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
        help_text=_definitions(field, language) if field.name in _DEFINED else "",
        error_messages={"required": _("Choose one.")},
    )


# Fields whose codes need their definition at hand; the others say it in their label.
_DEFINED: Final = frozenset({"verification", "premeditation"})


def _definitions(field: Field, language: str) -> str:
    told = [(code.label(language), code.definition(language)) for code in field.codes]
    return " ".join(f"{label[:1].upper()}{label[1:]}: {said}" for label, said in told if said)


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
