"""Versioned templates of notices: what stands in them, what the law asks, who learns what.

    template("hoster-dsa-16").required       → ("sender_kind", …)
    templates()                              → the newest version of each, in the page's order

A template is data (data/templates/<id>.<version>.yaml). A version that was ever used stays as it
is: a notice names the version it was made from. `checked` is None until a lawyer has read it; a
page shows `TO_BE_CHECKED` until then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from safelight.campaigns.notices.codes import codes, fields
from safelight.campaigns.notices.deadlines import UNITS, Span
from safelight.campaigns.notices.problems import TemplateError
from safelight.campaigns.notices.reading import (
    check_keys,
    data_folder,
    listed,
    read_yaml,
    shipped,
    wording,
)
from safelight.vocabulary.wording import Wording

TO_BE_CHECKED: Final = Wording("требует проверки юристом", "to be checked by a lawyer")
STATUSES: Final = ("verified", "from-memory")
EVERYTHING: Final = "all"
_ID: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")
_MUST: Final = (
    "id", "version", "kind", "en", "ru", "checked_by_a_lawyer", "how", "bases", "fields",
    "readers", "checklist", "deadline", "refused", "dangers", "safer", "title", "body",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Basis:
    """A rule of law that a template rests on. `status`: "verified" was read at `source`;
    "from-memory" nobody could read it."""

    law: str
    words: Wording
    status: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who gets to know what stands in a notice. `learns`: names of fields, or EVERYTHING."""

    who: str
    learns: tuple[str, ...]
    words: Wording

    def learns_of(self, name: str) -> bool:
        return EVERYTHING in self.learns or name in self.learns


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that the law asks of such a notice, and the fields that give it."""

    name: str
    needs: tuple[str, ...]
    basis: str
    words: Wording
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when an answer is due. `law` None: no day is set. `ours`: when we look again anyway."""

    law: Span | None
    ours: Span
    words: Wording

    def due(self, sent_on: date) -> date:
        """The day on which somebody looks whether an answer came."""
        return (self.law or self.ours).after(sent_on)

    @property
    def is_estimate(self) -> bool:
        """Whether that day is about right only: holidays are not known here (`Span.after`)."""
        return (self.law or self.ours).unit == "working-days"


@dataclass(frozen=True, slots=True)
class Remedy:
    """What can be done when they refuse, and within what time from the refusal."""

    words: Wording
    within: Span | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """One part of the text. Exactly one of `words`, `heading`, `list_of` is set."""

    words: Wording | None = None
    heading: Wording | None = None
    list_of: str = ""
    only_if: str = ""
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Lawyer:
    """Who checked a template, when, and for which country."""

    name: str
    on: date
    country: str


@dataclass(frozen=True, slots=True)
class Template:
    """One version of one kind of notice."""

    id: str
    version: int
    kind: str
    words: Wording
    how: Wording
    checked: Lawyer | None
    bases: tuple[Basis, ...]
    required: tuple[str, ...]
    optional: tuple[str, ...]
    readers: tuple[Reader, ...]
    checklist: tuple[Requirement, ...]
    deadline: Deadline
    refused: tuple[Remedy, ...]
    dangers: tuple[Wording, ...]
    safer: tuple[Wording, ...]
    title: Wording
    body: tuple[Block, ...] = field(repr=False)
    severe: bool = False
    addressee: Wording | None = None

    @property
    def name(self) -> str:
        """How a notice names what it was made from: "hoster-dsa-16/1"."""
        return f"{self.id}/{self.version}"

    @property
    def field_names(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)

    @property
    def to_be_checked(self) -> bool:
        return self.checked is None


def templates() -> tuple[Template, ...]:
    """The newest version of every template, by kind and id."""
    newest: dict[str, Template] = {}
    for one in _all().values():
        if one.id not in newest or newest[one.id].version < one.version:
            newest[one.id] = one
    order = list(codes("kinds"))
    return tuple(sorted(newest.values(), key=lambda one: (order.index(one.kind), one.id)))


def template(untrusted_id: str, version: int | None = None) -> Template:
    """Return one template, the newest unless a version is asked for, or raise `TemplateError`."""
    found = [one for one in _all().values() if one.id == untrusted_id]
    if version is not None:
        found = [one for one in found if one.version == version]
    if not found:
        known = ", ".join(sorted({one.id for one in _all().values()}))
        raise TemplateError(f"template: expected one of {known}; got another id or version")
    return max(found, key=lambda one: one.version)


@cache
def _all() -> Mapping[str, Template]:
    found: dict[str, Template] = {}
    folder = data_folder() / "templates"
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml"):
            for one in read_templates(file.read_text("utf-8"), file.name):
                if one.name in found:
                    raise TemplateError(f"{file.name}: {one.name} stands in two files")
                found[one.name] = one
    return MappingProxyType(found)


def read_templates(text: str, at: str) -> Iterator[Template]:
    """Read one file: a template, or one with `variants` that each replace some of its keys."""
    content = read_yaml(text, at)
    variants = content.pop("variants", None)
    if variants is None:
        yield _template(content, at)
        return
    for name, changes in variants.items():
        whole = dict(content) | {key: part for key, part in changes.items() if key != "add"}
        for key, more in changes.get("add", {}).items():
            whole[key] = [*listed(whole.get(key), at=f"{at}.{key}"), *listed(more, at=at)]
        yield _template(whole | {"id": name}, f"{at}:{name}")


def _template(entry: Mapping[str, Any], at: str) -> Template:
    check_keys(entry, must=_MUST, may=("severe", "addressee"), at=at)
    if not _ID.fullmatch(entry["id"]) or not entry["version"].isdigit():
        raise TemplateError(f"{at}: expected an id of letters and dashes and a whole version")
    if entry["kind"] not in codes("kinds"):
        raise TemplateError(f"{at}.kind: expected one of {', '.join(codes('kinds'))}")
    check_keys(entry["fields"], must=("required", "optional"), at=f"{at}.fields")
    required = _field_names(entry["fields"]["required"], at)
    optional = _field_names(entry["fields"]["optional"], at)
    both = (*required, *optional)
    if len(set(both)) != len(both):
        raise TemplateError(f"{at}.fields: expected each field once")
    body = tuple(_blocks(entry["body"], f"{at}.body"))
    _check_body(body, required, optional, at)
    readers = tuple(_reader(one, both, at) for one in listed(entry["readers"], at=at))
    if not any(one.who == "RECIPIENT" and EVERYTHING in one.learns for one in readers):
        raise TemplateError(f"{at}.readers: the recipient learns everything; say so")
    return Template(
        entry["id"],
        int(entry["version"]),
        entry["kind"],
        wording(entry, at=at),
        how=wording(entry["how"], at=f"{at}.how"),
        checked=_lawyer(entry["checked_by_a_lawyer"], at),
        bases=tuple(_basis(one, at) for one in listed(entry["bases"], at=at)),
        required=required,
        optional=optional,
        readers=readers,
        checklist=tuple(_requirement(one, both, at) for one in listed(entry["checklist"], at=at)),
        deadline=_deadline(entry["deadline"], at),
        refused=tuple(_remedy(one, at) for one in listed(entry["refused"], at=at)),
        dangers=tuple(wording(one, at=at) for one in listed(entry["dangers"], at=at)),
        safer=tuple(wording(one, at=at) for one in listed(entry["safer"], at=at)),
        title=wording(entry["title"], at=f"{at}.title"),
        body=body,
        severe=entry.get("severe") == "true",
        addressee=wording(entry["addressee"], at=at) if "addressee" in entry else None,
    )


def _field_names(entry: Any, at: str) -> tuple[str, ...]:
    names = listed(entry, at=f"{at}.fields")
    unknown = [name for name in names if name not in fields()]
    if unknown:
        raise TemplateError(f"{at}.fields: {unknown} stand in no fields.yaml")
    return names


def _lawyer(entry: Any, at: str) -> Lawyer | None:
    if entry == "false":
        return None
    check_keys(entry, must=("name", "on", "country"), at=f"{at}.checked_by_a_lawyer")
    return Lawyer(entry["name"], date.fromisoformat(entry["on"]), entry["country"])


def _basis(entry: Any, at: str) -> Basis:
    check_keys(entry, must=("law", "status", "en", "ru"), may=("source",), at=f"{at}.bases")
    if entry["status"] not in STATUSES or (entry["status"] == "verified") != ("source" in entry):
        raise TemplateError(f"{at}.bases: verified needs a source, from-memory has none")
    return Basis(entry["law"], wording(entry, at=at), entry["status"], entry.get("source", ""))


def _reader(entry: Any, both: tuple[str, ...], at: str) -> Reader:
    check_keys(entry, must=("who", "learns", "en", "ru"), at=f"{at}.readers")
    if entry["who"] not in codes("readers"):
        raise TemplateError(f"{at}.readers: expected one of {', '.join(codes('readers'))}")
    learns = (EVERYTHING,) if entry["learns"] == EVERYTHING else listed(entry["learns"], at=at)
    if set(learns) - {EVERYTHING, *both}:
        raise TemplateError(f"{at}.readers: a field that the template does not have")
    return Reader(entry["who"], learns, wording(entry, at=at))


def _requirement(entry: Any, both: tuple[str, ...], at: str) -> Requirement:
    check_keys(
        entry, must=("id", "needs", "basis", "en", "ru"), may=("optional",), at=f"{at}.checklist"
    )
    needs = listed(entry["needs"], at=at)
    if set(needs) - set(both):
        raise TemplateError(f"{at}.checklist: a field that the template does not have")
    return Requirement(
        entry["id"], needs, entry["basis"], wording(entry, at=at), entry.get("optional") == "true"
    )


def _span(entry: Any, at: str) -> Span:
    check_keys(entry, must=("number", "unit"), at=at)
    if entry["unit"] not in UNITS or not entry["number"].isdigit() or not int(entry["number"]):
        raise TemplateError(f"{at}: expected a number of {', '.join(UNITS)}")
    return Span(int(entry["number"]), entry["unit"])


def _deadline(entry: Any, at: str) -> Deadline:
    check_keys(entry, must=("ours", "en", "ru"), may=("law",), at=f"{at}.deadline")
    law = _span(entry["law"], f"{at}.deadline.law") if "law" in entry else None
    return Deadline(law, _span(entry["ours"], f"{at}.deadline.ours"), wording(entry, at=at))


def _remedy(entry: Any, at: str) -> Remedy:
    check_keys(entry, must=("en", "ru"), may=("within",), at=f"{at}.refused")
    within = _span(entry["within"], f"{at}.refused.within") if "within" in entry else None
    if within is not None and within.unit == "working-days":
        # Whoever looks late for an answer loses days; whoever objects late loses the right.
        raise TemplateError(f"{at}.refused.within: expected days or months; working days are an "
                            "estimate, so write the days that they last at least")  # fmt: skip
    return Remedy(wording(entry, at=at), within)


def _blocks(entries: Any, at: str) -> Iterator[Block]:
    for entry in listed(entries, at=at):
        if set(entry) == {"use"}:
            yield from _blocks(shipped("shared")[entry["use"]], f"shared.{entry['use']}")
            continue
        check_keys(entry, must=(), may=("en", "ru", "heading", "list", "if", "unless"), at=at)
        told = [key for key in ("en", "heading", "list") if key in entry]
        if len(told) != 1:
            raise TemplateError(f"{at}: expected one of words, heading, list in a block")
        yield Block(
            words=wording(entry, at=at) if "en" in entry else None,
            heading=wording(entry["heading"], at=at) if "heading" in entry else None,
            list_of=entry.get("list", ""),
            only_if=entry.get("if", ""),
            unless=entry.get("unless", ""),
        )


def places_of(words: str) -> tuple[str, ...]:
    """The names of fields that a text has places for."""
    return tuple(_PLACE.findall(words))


def _check_body(
    body: tuple[Block, ...], required: tuple[str, ...], optional: tuple[str, ...], at: str
) -> None:
    for block in body:
        for condition in filter(None, (block.only_if, block.unless)):
            name, _, value = condition.partition("=")
            known = name in fields() and (not value or value in fields()[name].choices)
            if not known:
                raise TemplateError(f"{at}.body: a condition on what cannot be chosen")
        named = [block.list_of] if block.list_of else []
        for told in filter(None, (block.words, block.heading)):
            ru, en = places_of(told.ru), places_of(told.en)
            if set(ru) != set(en):
                raise TemplateError(f"{at}.body: the two languages name different fields")
            named += ru
        for name in named:
            if name not in fields():
                raise TemplateError(f"{at}.body: a place for a field that nobody knows")
            # A template that uses a shared part need not have all of its fields.
            if name not in required and block.only_if.partition("=")[0] != name:
                raise TemplateError(
                    f"{at}.body: {name} may be empty; its text needs the condition `if: {name}`"
                )
