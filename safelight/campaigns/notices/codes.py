"""Closed codes of notices, and the fields that may stand in one: data/codes.yaml, fields.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

from safelight.campaigns.notices.problems import TemplateError, UnknownCodeError
from safelight.campaigns.notices.reading import check_keys, shipped, wording
from safelight.vocabulary.wording import Wording

FieldKind: TypeAlias = Literal[
    "line", "short", "words", "email", "date", "urls", "captures", "choice", "choices"
]
About: TypeAlias = Literal["", "person", "sender", "poster"]
Ending: TypeAlias = Literal["granted", "partly", "refused", "silent"]
LISTS: Final = ("kinds", "outcomes", "channels", "agreed", "readers")


@dataclass(frozen=True, slots=True)
class Code:
    """One code. `ends`: the wait for an answer is over, and as what ("" it is not). `after`: of
    something that happens after the wait. `takedown`: what the smear module calls it. `report`:
    what the reporter ticks in an alarm who allows this kind of notice.
    """

    value: str
    words: Wording
    ends: str = ""
    after: bool = False
    takedown: str = ""
    report: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that may stand in a notice. `about`: whose datum it is; "" nobody's. `chosen`:
    it goes only where a caseworker says so as well as filling it in.
    """

    name: str
    kind: FieldKind
    words: Wording
    about: About = ""
    chosen: bool = False
    choices: Mapping[str, Wording] = field(default_factory=dict)
    default: str = ""


@cache
def codes(name: str) -> Mapping[str, Code]:
    """One list of codes, in the order of the page."""
    found = {}
    for value, entry in shipped("codes")[name].items():
        at = f"codes.{name}.{value}"
        check_keys(entry, must=("en", "ru"), may=("ends", "after", "takedown", "report"), at=at)
        found[value] = Code(
            value,
            wording(entry, at=at),
            ends=entry.get("ends", ""),
            after=entry.get("after") == "true",
            takedown=entry.get("takedown", ""),
            report=entry.get("report", ""),
        )
        if found[value].ends and found[value].ends not in get_args(Ending):
            raise TemplateError(f"{at}.ends: expected one of {get_args(Ending)}")
    return MappingProxyType(found)


def code(name: str, untrusted: str) -> Code:
    """Return one code of a list, or raise `UnknownCodeError` without repeating what came."""
    found = codes(name).get(untrusted)
    if found is None:
        raise UnknownCodeError(
            f"{name}: expected one of {', '.join(codes(name))}; got something else"
        )
    return found


@cache
def fields() -> Mapping[str, Field]:
    """Every field that a template may ask for."""
    found = {}
    for name, entry in shipped("fields")["fields"].items():
        at = f"fields.{name}"
        check_keys(
            entry,
            must=("kind", "en", "ru"),
            may=("about", "chosen", "choices", "default"),
            at=at,
        )
        if entry["kind"] not in get_args(FieldKind) or entry.get("about", "") not in get_args(
            About
        ):
            raise TemplateError(f"{at}: a kind or an owner that nobody knows")
        choices = {
            value: wording(words, at=f"{at}.{value}")
            for value, words in entry.get("choices", {}).items()
        }
        if bool(choices) != (entry["kind"] in {"choice", "choices"}):
            raise TemplateError(f"{at}: expected choices where the kind is one, and only there")
        if entry.get("default") and entry["default"] not in choices:
            raise TemplateError(f"{at}: expected a default that can be chosen")
        found[name] = Field(
            name,
            entry["kind"],
            wording(entry, at=at),
            about=entry.get("about", ""),
            chosen=entry.get("chosen") == "true",
            choices=MappingProxyType(choices),
            default=entry.get("default", ""),
        )
    return MappingProxyType(found)


@cache
def telling_words() -> re.Pattern[str]:
    """What finds words that tell an orientation or identity, in a text that is case-folded."""
    data = shipped("fields")
    beginnings = "|".join(re.escape(word) for word in data["telling"])
    whole = "|".join(re.escape(word) for word in data["telling_whole"])
    return re.compile(rf"\b(?:(?:{beginnings})|(?:{whole})\b)")


@cache
def telling_in_addresses() -> re.Pattern[str]:
    """The same for addresses, where words stand in one another: anti_lgbt, mygayteacher."""
    data = shipped("fields")
    return re.compile("|".join(re.escape(word) for word in (*data["telling"], "gay")))


def besides(name: str) -> Wording:
    """What a notice tells besides its fields is called, in the table of who learns what."""
    return wording(shipped("fields")["besides"][name], at=f"fields.besides.{name}")
