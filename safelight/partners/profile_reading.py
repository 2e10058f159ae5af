"""Reading mapping profiles, strictly: a profile decides what is counted, so a typo must not.

Every key is known or refused, every field and code is looked up in the vocabulary,
every scalar stays the string it is written as (under YAML's own rules NO becomes false).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from safelight.partners.dates import DateForm
from safelight.partners.identifiers import IdPart, IdShape
from safelight.partners.mapping_reading import read_mapped
from safelight.partners.problems import ProfileError
from safelight.partners.profile import (
    Column,
    Coverage,
    CrossTable,
    DateOrder,
    Disagreement,
    FileForm,
    Link,
    OurColumns,
    Profile,
    RecordsLayout,
    Unit,
    YearlyLayout,
)
from safelight.partners.yaml_part import Part
from safelight.vocabulary.schema import vocabulary
from safelight.vocabulary.strict_yaml import KeyTwiceError, strict_yaml
from safelight.vocabulary.wording import Wording

_LARGEST_PROFILE: Final = 256 * 1024
_DEEPEST: Final = 12
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_ENCODINGS: Final = ("utf-8", "windows-1251", "windows-1252")
_DELIMITERS: Final = {",": ",", ";": ";", "|": "|", "tab": "\t"}

_Known = TypeVar("_Known", Unit, Disagreement)


def shipped_names() -> tuple[str, ...]:
    """Return the names of the profiles that come with Safelight."""
    found = files("safelight.partners").joinpath("profiles").iterdir()
    return tuple(sorted(entry.name[:-5] for entry in found if entry.name.endswith(".yaml")))


@cache
def shipped_profile(name: str) -> Profile:
    """Return the profile called `name`, or raise `ProfileError`."""
    if name not in shipped_names():
        raise ProfileError(
            f"no list profile of that name; known are {', '.join(shipped_names())}. "
            "A list of your own: --as own-csv --mapping FILE.yaml (docs/how-to/bring-a-list.md)"
        )
    source = files("safelight.partners").joinpath(f"profiles/{name}.yaml").read_bytes()
    return parse_profile(source)


def profile_from_file(path: Path) -> Profile:
    """Return a desk's own profile, or raise `ProfileError`."""
    try:
        with path.open("rb") as file:
            source = file.read(_LARGEST_PROFILE + 1)
    except OSError as error:
        raise ProfileError(f"the mapping file cannot be read ({type(error).__name__})") from None
    if len(source) > _LARGEST_PROFILE:
        raise ProfileError(f"a mapping file has at most {_LARGEST_PROFILE} bytes, this has more")
    return parse_profile(source)


def parse_profile(untrusted: bytes) -> Profile:
    """Return a profile, or raise `ProfileError` naming the place."""
    part = Part.root(_loaded(untrusted))
    name = part.text("profile")
    if not _NAME.fullmatch(name):
        raise ProfileError("profile: expected a name of a-z, 0-9 and -, such as nypd")
    layout = _yearly(part.part("series")) if part.has("series") else _records(part)
    profile = Profile(
        name=name,
        version=part.text("version"),
        title=_wording(part.part("title")),
        holder=part.text("holder"),
        licence=part.text("licence"),
        source=part.text("source"),
        file=_file(part.part("file")),
        layout=layout,
        coverage=_coverage(part.part("coverage")),
        traps=tuple(_wording(entry) for entry in part.parts("traps")),
        cannot_express=tuple(_wording(entry) for entry in part.parts("cannot_express")),
        digest=hashlib.sha256(untrusted).hexdigest(),
        text=untrusted.decode("utf-8"),
    )
    part.finished()
    _check_columns(profile)
    return profile


def _loaded(untrusted: bytes) -> Mapping[str, Any]:
    try:
        text = untrusted.decode("utf-8")
        _check_events(text)
        content = strict_yaml(text)
    except UnicodeDecodeError:
        raise ProfileError("a profile is UTF-8 text; this is something else") from None
    except KeyTwiceError as error:
        raise ProfileError(f"line {error.line}: one key stands twice") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark is not None else "an unknown line"
        raise ProfileError(f"the profile is not YAML: {place} cannot be read") from None
    if not isinstance(content, dict):
        raise ProfileError("a profile is a mapping of keys; this is something else")
    return content


def _check_events(text: str) -> None:
    """Refuse what makes a few lines stand for gigabytes (aliases) or hours (deep nesting)."""
    depth = 0
    for event in yaml.parse(text):
        if isinstance(event, yaml.AliasEvent):
            raise ProfileError("a profile uses no YAML aliases (*name); write the values out")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ProfileError("the profile is nested too deeply")


def _wording_of(part: Part) -> Wording:
    return Wording(en=part.text("en"), ru=part.text("ru"))


def _wording(part: Part) -> Wording:
    wording = _wording_of(part)
    part.finished()
    return wording


def _file(part: Part) -> FileForm:
    encoding = part.one_of("encoding", _ENCODINGS)
    delimiter = part.one_of("delimiter", tuple(_DELIMITERS))
    form = FileForm(encoding, _DELIMITERS[delimiter], part.number("most_rows"))
    part.finished()
    return form


def _records(part: Part) -> RecordsLayout:
    unit = part.part("unit")
    ours = part.is_text("fields")
    if ours and part.text("fields") != "our-columns":
        raise ProfileError("fields: expected a mapping of fields, or our-columns")
    disagreement = _known(Disagreement, unit, "when_rows_disagree")
    id_column = unit.text("id_column")
    layout = RecordsLayout(
        row_unit=_known(Unit, unit, "row"),
        row_means=_wording(unit.part("row_means")),
        incident_unit=_known(Unit, unit, "incident"),
        incident_label=_wording(unit.part("incident_label")),
        id_column=id_column,
        id_shape=_id_shape(unit.part("id")),
        row_key=unit.texts("row_key"),
        links=tuple(_link(link) for link in unit.parts("links")),
        columns=_our_columns() if ours else tuple(_column(c) for c in part.parts("columns")),
        disagreement=disagreement,
        disagreement_means=_wording(unit.part("when_rows_disagree_means")),
        mapped=OurColumns() if ours else read_mapped(part.part("fields")),
        cross_table=_cross_table(part.part("cross_table")) if part.has("cross_table") else None,
        date_order=_date_order(part.part("date_order")) if part.has("date_order") else None,
    )
    unit.finished()
    return layout


def _our_columns() -> tuple[Column, ...]:
    required = {"stat_id"}
    return tuple(
        Column(name=field.name, required=field.name in required) for field in vocabulary().fields
    )


def _known(kind: type[_Known], part: Part, key: str) -> _Known:
    return kind(part.one_of(key, tuple(member.value for member in kind)))


def _id_shape(part: Part) -> IdShape:
    shape = IdShape(
        pattern=part.pattern("pattern"),
        means=part.text("means"),
        digits=part.number("digits") if part.has("digits") else None,
        regular=part.pattern("regular") if part.has("regular") else None,
        may_end_in_zeros=part.yes("may_end_in_zeros"),
        parts=tuple(_id_part(entry) for entry in part.parts("parts")),
    )
    part.finished()
    return shape


def _id_part(part: Part) -> IdPart:
    found = re.fullmatch(r"([1-9][0-9]?)-([1-9][0-9]?)", part.text("digits"))
    if found is None or int(found[1]) > int(found[2]):
        raise ProfileError(f"{part.at}.digits: expected a range such as 1-4")
    id_part = IdPart(int(found[1]), int(found[2]), part.text("column"))
    part.finished()
    return id_part


def _link(part: Part) -> Link:
    link = Link(part.text("name"), part.text("column"), _wording_of(part))
    part.finished()
    return link


def _column(part: Part) -> Column:
    column = Column(
        name=part.text("name"),
        per_incident=part.one_of("per", ("incident", "row"), default="incident") == "incident",
        required=not part.yes("optional"),
        show_values=part.yes("show_values"),
    )
    part.finished()
    return column


def _cross_table(part: Part) -> CrossTable:
    table = CrossTable(
        unit=_known(Unit, part, "unit"),
        header_starts_with=part.text("header_starts_with"),
        total_label=part.text("total_label"),
        row_column=part.text("row_column"),
        category_column=part.text("category_column"),
        year_column=part.text("year_column"),
        aliases=part.part("aliases").all_texts() if part.has("aliases") else {},
        explanation=_wording(part.part("explanation")),
    )
    part.finished()
    return table


def _date_order(part: Part) -> DateOrder:
    earlier, later = part.part("earlier"), part.part("later")
    order = DateOrder(
        year_column=earlier.text("year"),
        month_column=earlier.text("month"),
        date_column=later.text("date"),
        date_form=DateForm(later.one_of("format", tuple(form.value for form in DateForm))),
        means=_wording(part.part("means")),
    )
    for piece in (earlier, later, part):
        piece.finished()
    return order


def _coverage(part: Part) -> Coverage:
    coverage = Coverage(
        text=_wording(part.part("text")),
        year_column=part.optional_text("year_column"),
        reporter_column=part.optional_text("reporter_column"),
        reporter_label=(
            _wording(part.part("reporter_label")) if part.has("reporter_label") else None
        ),
        declared=part.part("declared").all_texts() if part.has("declared") else {},
        no_trend=part.yes("no_trend"),
    )
    part.finished()
    return coverage


def _yearly(part: Part) -> YearlyLayout:
    beside = part.part("beside")
    layout = YearlyLayout(
        unit=_known(Unit, part, "unit"),
        year_column=part.text("year"),
        part_columns=part.texts("parts"),
        beside_year_column=beside.text("year"),
        beside_whole_column=beside.text("whole"),
        beside_other_columns=beside.texts("others"),
        not_more_than_whole=beside.texts("not_more_than_whole"),
    )
    beside.finished()
    part.finished()
    return layout


def _check_columns(profile: Profile) -> None:
    """Every column that a rule reads must be an expected one."""
    layout = profile.layout
    if isinstance(layout, YearlyLayout):
        return
    required = {column.name for column in layout.columns if column.required}
    missing = set() if isinstance(layout.mapped, OurColumns) else profile.columns_read() - required
    if missing:
        raise ProfileError(
            f"columns that the profile reads but does not require: {', '.join(sorted(missing))}"
        )
