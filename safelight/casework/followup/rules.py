"""The rules a case is followed by, read from data/followup.yaml: codes, labels, hours, days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import yaml
from django.utils.translation import gettext as _

from safelight.errors import SafelightError

_FILE: Final = "followup.yaml"


class FollowUpError(SafelightError):
    """Something about following a case that cannot be written down."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A code with what it is called. `extra` holds what a list says besides."""

    value: str
    labels: Mapping[str, str]
    extra: Mapping[str, Any]

    def label(self, language: str) -> str:
        return self.labels["ru" if language.startswith("ru") else "en"]


@dataclass(frozen=True, slots=True)
class KeepingRule:
    """When a case is due: `days` after its last event. None: that part does not matter."""

    rule: str
    days: int
    labels: Mapping[str, str]
    reasons: tuple[str, ...] | None = None
    state: str | None = None
    form: str | None = None

    def fits(self, *, state: str, reason: str, form: str) -> bool:
        return (
            (self.reasons is None or (state == "set-aside" and reason in self.reasons))
            and (self.state is None or state == self.state)
            and (self.form is None or form == self.form)
        )

    def label(self, language: str) -> str:
        return self.labels["ru" if language.startswith("ru") else "en"]


@cache
def _rules() -> Mapping[str, Any]:
    text = (files("safelight.casework.followup") / "data" / _FILE).read_text("utf-8")
    return MappingProxyType(yaml.safe_load(text))


@cache
def codes(name: str) -> Mapping[str, Coded]:
    """One list of codes, in the order of the page: tasks, helpers, outcomes, contact, …"""
    return MappingProxyType(
        {
            value: Coded(
                value,
                {"en": entry["en"], "ru": entry["ru"]},
                {key: part for key, part in entry.items() if key not in {"en", "ru"}},
            )
            for value, entry in _rules()[name].items()
        }
    )


def checked(name: str, untrusted: str) -> str:
    """Return a code of a list, or raise `FollowUpError`."""
    if untrusted not in codes(name):
        raise FollowUpError(_("expected one of the choices of the page; go back and choose one"))
    return untrusted


def covered_by(helper: str) -> tuple[str, ...]:
    """The consents of which one must hold before anything goes to such a helper."""
    return tuple(codes("helpers")[helper].extra["covered_by"])


def number(name: str) -> int:
    """One number of the rules, in the unit that its name says."""
    return int(_rules()[name])


def mapping(name: str) -> Mapping[str, Any]:
    """One table of the rules that has no labels: deadlines, danger_hours, allowed."""
    return MappingProxyType(_rules()[name])


@cache
def keeping_rules() -> tuple[KeepingRule, ...]:
    """When cases are due, in the order in which the rules are asked."""
    return tuple(
        KeepingRule(
            entry["rule"],
            entry["days"],
            {"en": entry["en"], "ru": entry["ru"]},
            reasons=tuple(entry["reasons"]) if "reasons" in entry else None,
            state=entry.get("state"),
            form=entry.get("form"),
        )
        for entry in _rules()["retention"]
    )
