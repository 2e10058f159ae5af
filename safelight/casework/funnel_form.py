"""The form by which a person notes how far a case got, made from the vocabulary."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _

from safelight.casework.funnel_facts import REASON_NOT, Noted, details_of
from safelight.outcomes.path import START
from safelight.outcomes.when import When, WhenError
from safelight.vocabulary.schema import vocabulary

_DETAILED: Final = "F9_VERDICT"
_NOT_REPORT: Final = "F1_DECISION:NOT_REPORT"
_SHORT: Final = 10  # "2026-05-17"


class FactForm(forms.Form):
    """`noted()` is what `funnel_facts.note_fact` takes."""

    use_required_attribute = False

    def __init__(self, data: Any, *, language: str, today: date, start: Noted | None) -> None:
        super().__init__(data, initial=_initial(start))
        self._today = today
        blank = ("", _("— choose —"))
        self.fields["what"] = forms.ChoiceField(
            label=_("What became known"),
            choices=[blank, *_stages(language)],
            error_messages={"required": _("Choose one.")},
        )
        self.fields["when"] = forms.CharField(
            label=_("When (2026-05-17, 2026-05, 2026-Q2, 2026; empty if not known)"),
            required=False,
            max_length=_SHORT,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
        self.fields["source"] = forms.ChoiceField(
            label=_("Who says so"),
            required=False,
            choices=[("", _("not noted")), *_codes(vocabulary().field("source_list"), language)],
        )
        reasons = next(f for f in vocabulary().stage("F1_DECISION").details if f.name == REASON_NOT)
        self.fields["reasons"] = forms.MultipleChoiceField(
            label=_("Why not (only with “not to report it”)"),
            required=False,
            choices=_codes(reasons, language),
            widget=forms.CheckboxSelectMultiple,
        )
        for field in details_of(_DETAILED):
            self.fields[field.name] = forms.ChoiceField(
                label=field.label(language),
                required=False,
                choices=[("", _("not noted")), *_codes(field, language)],
            )

    def clean(self) -> dict[str, Any]:
        """Say in the page's language what `note_fact` would refuse."""
        given = self.cleaned_data
        text = given.get("when", "").strip()
        if text:
            try:
                if When.parse(text).first > self._today:
                    self.add_error("when", _("This date is still to come."))
            except WhenError:
                self.add_error(
                    "when", _("Write 2026-05-17, 2026-05, 2026-Q2, 2026-H1 or 2026, or nothing.")
                )
        what = given.get("what", "")
        if given.get("reasons") and what != _NOT_REPORT:
            self.add_error("reasons", _("Reasons belong to the decision not to report."))
        if not what.startswith(_DETAILED):
            for field in details_of(_DETAILED):
                if given.get(field.name):
                    self.add_error(field.name, _("This belongs to a verdict."))
        return given

    def noted(self) -> Noted:
        """Return what was entered into a valid form."""
        given = self.cleaned_data
        stage, _colon, code = given["what"].partition(":")
        return Noted(
            stage,
            code,
            when=given["when"].strip(),
            source=given["source"],
            reasons=tuple(given["reasons"]),
            details={field.name: given[field.name] for field in details_of(_DETAILED)},
        )


def _initial(start: Noted | None) -> dict[str, Any]:
    if start is None:
        return {}
    return {
        "what": f"{start.stage}:{start.code}",
        "source": start.source,
        "reasons": list(start.reasons),
    }


def _stages(language: str) -> list[tuple[str, Any]]:
    return [
        (
            f"{stage.value.split('_')[0]} · {stage.label(language)}",
            [(f"{stage.value}:{code.value}", code.label(language)) for code in stage.codes],
        )
        for stage in vocabulary().stages
        if stage.value != START
    ]


def _codes(field: Any, language: str) -> list[tuple[str, str]]:
    return [(code.value, code.label(language)) for code in field.codes]
