"""Reading `data/*.yaml` into the frozen types of `codes.py`, strictly.

The files are ours, yet they are read as if they were not: a duplicate key, a
missing label or a code that stands in two groups would silently move people from
one number to another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final, cast

from safelight.vocabulary.codes import (
    KINDS,
    LANGUAGES,
    PENDING,
    STATUSES,
    Code,
    Crosswalk,
    Field,
    Kind,
    Language,
    PeriodKind,
    Source,
    Stage,
    Status,
    Vocabulary,
    VocabularyError,
    frozen,
)
from safelight.vocabulary.strict_yaml import KeyTwiceError, own_yaml

_CODE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+\-]*")
_CODE_KEYS: Final = frozenset({"en", "ru", "en_def", "ru_def", "tier", "group", "added"})


def read_data(name: str) -> dict[str, Any]:
    """Return `data/<name>.yaml` as nested dicts, lists and strings."""
    text = files("safelight.vocabulary").joinpath(f"data/{name}.yaml").read_text("utf-8")
    try:
        content = own_yaml(text)
    except KeyTwiceError as reason:
        raise VocabularyError(f"vocabulary data, {reason}") from None
    if not isinstance(content, dict):
        raise VocabularyError(f"data/{name}.yaml: expected a mapping, got something else")
    return content


def read_labels(entry: Mapping[str, Any], *, at: str) -> Mapping[Language, str]:
    """Return the labels of `entry` in every language, or raise if one is missing."""
    missing = [language for language in LANGUAGES if not entry.get(language)]
    if missing:
        raise VocabularyError(f"{at}: expected labels in {LANGUAGES}, {missing} missing")
    return frozen({language: str(entry[language]) for language in LANGUAGES})


def read_code(value: str, entry: Mapping[str, Any], *, at: str) -> Code:
    """Return one code; unknown keys are refused, so that a typo cannot be a silent default."""
    if _CODE_NAME.fullmatch(value) is None:
        raise VocabularyError(f"{at}: {value!r} is not a code name")
    unknown = set(entry) - _CODE_KEYS
    if unknown:
        raise VocabularyError(f"{at}: {value} has unknown keys {sorted(unknown)}")
    definitions = {
        language: str(entry[f"{language}_def"])
        for language in LANGUAGES
        if entry.get(f"{language}_def")
    }
    if definitions and len(definitions) != len(LANGUAGES):
        raise VocabularyError(f"{at}: {value} is defined in one language only")
    return Code(
        value=value,
        labels=read_labels(entry, at=f"{at}.{value}"),
        definitions=frozen(definitions),
        tier=str(entry.get("tier", "S1")),
        group=cast("str | None", entry.get("group")),
        added=entry.get("added") == "true",
    )


def read_codes(entries: Mapping[str, Mapping[str, Any]], *, at: str) -> tuple[Code, ...]:
    """Return the codes of one list in the order they are written."""
    return tuple(read_code(value, entry, at=at) for value, entry in entries.items())


def read_vocabulary() -> Vocabulary:
    """Return the vocabulary as the data files have it, or raise `VocabularyError`."""
    schema = read_data("schema")
    sources, schemes, crosswalks = _read_crosswalks()
    lists = read_data("lists") | {
        "act": read_data("acts"),
        "bias": read_data("bias"),
        "region": read_data("regions"),
    }
    smear = read_data("smear")
    funnel = read_data("funnel")
    boundaries = read_data("boundaries")
    order = read_data("seriousness")
    return Vocabulary(
        version=str(schema["version"]),
        also_reads=tuple(str(version) for version in schema["also_reads"]),
        fields=tuple(
            _read_field(name, entry, lists | smear["lists"], crosswalks)
            for name, entry in schema["stat_row"].items()
        ),
        smear_fields=tuple(
            _read_field(name, entry, smear["lists"], crosswalks)
            for name, entry in smear["fields"].items()
        ),
        stages=_read_stages(funnel, crosswalks),
        case_file_only=read_codes(boundaries["case_file_only"], at="case_file_only"),
        never_collected=read_codes(boundaries["never_collected"], at="never_collected"),
        seriousness=read_codes(order["steps"], at="seriousness"),
        sources=sources,
        schemes=schemes,
    )


_Crosswalks = Mapping[str, Mapping[str, Mapping[str, Crosswalk]]]


def _read_field(
    name: str, entry: Mapping[str, Any], lists: Mapping[str, Any], crosswalks: _Crosswalks
) -> Field:
    kind = str(entry["kind"])
    if kind not in KINDS:
        raise VocabularyError(f"{name}: {kind!r} is not one of {KINDS}")
    codes: tuple[Code, ...] = ()
    groups: tuple[Code, ...] = ()
    if "list" in entry:
        listed = lists[entry["list"]]
        codes = _with_crosswalks(
            read_codes(listed["codes"], at=name), crosswalks.get(entry["list"], {}), at=name
        )
        groups = read_codes(listed.get("groups", {}), at=f"{name} groups")
    _check_groups(name, codes, groups)
    return Field(
        name=name,
        kind=cast("Kind", kind),
        tier=str(entry.get("tier", "S1")),
        need=str(entry.get("need", "stat")),
        labels=read_labels(entry, at=name),
        codes=codes,
        groups=groups,
        period=cast("PeriodKind | None", entry.get("period")),
        released_as=str(entry.get("released_as", "")),
        note=str(entry.get("note", "")),
        derived=entry.get("derived") == "true",
        added=entry.get("added") == "true",
    )


def _check_groups(name: str, codes: Sequence[Code], groups: Sequence[Code]) -> None:
    known = {group.value for group in groups}
    for code in codes:
        if code.group is not None and code.group not in known:
            raise VocabularyError(f"{name}: {code.value} is in group {code.group}, not listed")
        if groups and code.group is None and code.tier != "S2":
            raise VocabularyError(f"{name}: {code.value} is in none of the groups")


def _with_crosswalks(
    codes: tuple[Code, ...], per_code: Mapping[str, Mapping[str, Crosswalk]], *, at: str
) -> tuple[Code, ...]:
    unknown = set(per_code) - {code.value for code in codes}
    if unknown:
        raise VocabularyError(f"{at}: crosswalks for {sorted(unknown)}, which are not codes")
    return tuple(
        Code(
            code.value,
            code.labels,
            code.definitions,
            code.tier,
            code.group,
            code.added,
            per_code.get(code.value, {}),
        )
        for code in codes
    )


def _read_stages(funnel: Mapping[str, Any], crosswalks: _Crosswalks) -> tuple[Stage, ...]:
    pending = read_code(PENDING, funnel["pending"], at="funnel")
    stages = []
    for value, entry in funnel["stages"].items():
        codes = read_codes(entry.get("codes", {}), at=value)
        # A stage that needs no answer (F0: we recorded it) cannot be pending.
        if codes and PENDING not in {code.value for code in codes}:
            codes = (*codes, pending)
        details = tuple(
            _read_field(name, {**detail, "list": name}, {name: detail}, crosswalks)
            for name, detail in entry.get("details", {}).items()
        )
        stages.append(Stage(value, read_labels(entry, at=value), codes, details))
    return tuple(stages)


def _read_crosswalks() -> tuple[Mapping[str, Source], Mapping[str, str], _Crosswalks]:
    data = read_data("crosswalks")
    sources = {
        name: Source(name, entry["title"], entry["how_read"], entry.get("place", ""))
        for name, entry in data["sources"].items()
    }
    schemes = {name: str(entry["title"]) for name, entry in data["schemes"].items()}
    found: dict[str, dict[str, dict[str, Crosswalk]]] = {}
    for scheme, description in data["schemes"].items():
        of_list = found.setdefault(description["list"], {})
        for value, entry in _entries(description).items():
            of_list.setdefault(value, {})[scheme] = _read_crosswalk(scheme, value, entry, sources)
    return sources, schemes, found


def _entries(scheme: Mapping[str, Any]) -> dict[str, Any]:
    same = scheme.get("same", {"codes": ()})
    entries = {
        code: {"values": [code], "status": same["status"], "source": same["source"]}
        for code in same["codes"]
    }
    doubled = set(entries) & set(scheme["entries"])
    if doubled:
        raise VocabularyError(f"crosswalks.yaml: {sorted(doubled)} stand in a scheme twice")
    return {**entries, **scheme["entries"]}


def _read_crosswalk(
    scheme: str, value: str, entry: Mapping[str, Any], sources: Mapping[str, Source]
) -> Crosswalk:
    status, source = entry["status"], entry.get("source")
    values = tuple(entry.get("values", ()))
    if status not in STATUSES:
        raise VocabularyError(f"{scheme}, {value}: status is not one of {STATUSES}")
    if status == "verified" and source not in sources:
        raise VocabularyError(f"{scheme}, {value}: verified, but names no listed source")
    if (status == "no-equivalent") != (not values):
        raise VocabularyError(f"{scheme}, {value}: values and status contradict each other")
    return Crosswalk(
        scheme,
        values,
        cast("Status", status),
        source,
        entry.get("wording", ""),
        entry.get("note", ""),
    )
