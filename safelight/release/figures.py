"""Every number of a release document with all that it must carry, one line each.

Documents say common things once, above the numbers; a line of CSV may travel alone. A
number that lacks something is not written: `ReleaseError`, and the test that holds this is
`tests/release/test_figures.py`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from safelight.release import document as exact
from safelight.release.counts import ReleaseError
from safelight.release.dimensions import PERIOD
from safelight.release.noise import document as noisy

CSV_PATH: Final = "data/numbers.csv"
PACKAGE_PATH: Final = "data/datapackage.json"
DOCUMENT_PATH: Final = "data/release.json"
_EXACT_ASSUMPTION: Final = "rows-as-coded"
# A spreadsheet would run a cell that begins with one of these.
_FORMULA: Final = ("=", "+", "-", "@")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number. `value` "" is hidden; `low` and `high` are its interval, or what `reading`
    says: a documented count is a lower bound of what happened."""

    list_id: str
    table: str
    cell: str
    value: str
    low: str
    high: str
    level: str
    reading: str
    unit: str
    coverage_en: str
    coverage_ru: str
    period: str
    as_of: str
    linkage: str
    verification: str
    assumption: str
    rule: str
    data_sha256: str
    code_version: str
    vocabulary_version: str
    revision: str
    simulated: str


# A hidden number has none of these; everything else stands with every number.
_MAY_BE_EMPTY: Final = frozenset({"value", "low", "high", "level", "cell"})
_MEANINGS: Final[Mapping[str, str]] = {
    "list_id": "Which list was counted; lists are never added",
    "table": "Axes of the table, joined by x; total for all incidents",
    "cell": "axis=code of this number, joined by ;",
    "value": "The number; empty where it is hidden",
    "low": "Lower end of the interval; a documented count itself, which is a lower bound",
    "high": "Upper end of the interval; empty for a documented count",
    "level": "How often intervals made like this hold the count; empty for a documented count",
    "reading": "What kind of number this is",
    "unit": "What one counted thing is",
    "coverage_en": "What the list could see, in English",
    "coverage_ru": "What the list could see, in Russian",
    "period": "First and last year counted",
    "as_of": "The day as of which rows were counted",
    "linkage": "How incidents were linked across lists",
    "verification": "How many of the list's incidents stand on which rung, V0 to V3",
    "assumption": "What must be true for the number to mean what it says",
    "rule": "The disclosure rule and its parameters",
    "data_sha256": "Digest, or commitment, of the rows that were counted",
    "code_version": "The program that counted, with a digest of its code",
    "vocabulary_version": "The codes",
    "revision": "Number and reason of the last revision",
    "simulated": "yes where the country is invented",
}


def figures(document: bytes) -> tuple[Figure, ...]:
    """All numbers of a release document, with everything beside each.

    Raises ReleaseError where a number would be without something it must carry.
    """
    parsed = json.loads(document)
    found = (
        *(figure for part in parsed["lists"] for figure in _of_list(parsed, part)),
        *_of_undercount(parsed),
    )
    for figure in found:
        for field in fields(figure):
            if field.name not in _MAY_BE_EMPTY and not getattr(figure, field.name):
                raise ReleaseError(
                    f"a number is without {field.name}; it is not published, propose the "
                    "numbers again with everything said"
                )
    return found


def _of_list(document: Mapping[str, Any], part: Mapping[str, Any]) -> Iterator[Figure]:
    last = document["revisions"][-1]
    with_noise = document["format"] == noisy.FORMAT
    rule = document["rule"]
    common: dict[str, str] = {
        "list_id": part["id"],
        "reading": "count-with-noise" if with_noise else part["reading"],
        "unit": part["unit"],
        "coverage_en": part["coverage"]["en"],
        "coverage_ru": part["coverage"]["ru"],
        "period": f"{document['period']['from']}/{document['period']['to']}",
        "as_of": document["as_of"],
        "linkage": part["linkage"],
        "verification": _mix(part["verification"], with_noise=with_noise),
        "assumption": part["assumption"] if with_noise else _EXACT_ASSUMPTION,
        "rule": _noise_rule(rule) if with_noise else _suppression_rule(rule),
        "data_sha256": part["data_sha256"],
        "code_version": document["code_version"],
        "vocabulary_version": document["vocabulary_version"],
        "revision": f"{last['number']}: {last['reason']['en']}",
        "simulated": "yes" if document["simulated"] else "no",
        "level": rule["level"] if with_noise else "",
    }
    numbers = _noisy_numbers(part) if with_noise else _exact_numbers(part)
    for table, cell, value, low, high in numbers:
        yield Figure(table=table, cell=cell, value=value, low=low, high=high, **common)


def _of_undercount(document: Mapping[str, Any]) -> Iterator[Figure]:
    """The documented count of all lists together with noise, and the estimate or its refusal."""
    part = document.get("undercount")
    if part is None:
        return
    used = [one for one in document["lists"] if one["id"] in part["lists"]]
    last, rule, linkage = document["revisions"][-1], part["rule"], part["linkage"]
    with_noise = document["format"] == noisy.FORMAT
    share = "" if linkage["share"] is None else f" share={linkage['share']}%"
    common: dict[str, str] = {
        "list_id": "+".join(part["lists"]),
        "table": "undercount",
        "level": part["level"],
        "unit": part["unit"],
        "coverage_en": " + ".join(one["coverage"]["en"] for one in used),
        "coverage_ru": " + ".join(one["coverage"]["ru"] for one in used),
        "period": f"{document['period']['from']}/{document['period']['to']}",
        "as_of": document["as_of"],
        "linkage": f"{linkage['method']} linkages={linkage['linkages']}{share}",
        "verification": " + ".join(
            f"{one['id']}: {_mix(one['verification'], with_noise=with_noise)}" for one in used
        ),
        "rule": f"{_noise_rule(rule)} changes={rule['changes']} scale={rule['scale']:.6g}",
        "data_sha256": part["data_sha256"],
        "code_version": f"{document['code_version']} {part['code_sha256']}",
        "vocabulary_version": document["vocabulary_version"],
        "revision": f"{last['number']}: {last['reason']['en']}",
        "simulated": "yes" if document["simulated"] else "no",
    }
    for cell, reading, assumption, ends in (
        ("documented", "count-with-noise", "records-linked-as-plausible", part["documented"]),
        (
            "estimate",
            f"{part['verdict']}: {part['reason']}",
            part["assumption"],
            part["estimate"] or [None, None, None],
        ),
    ):
        value, low, high = ("" if end is None else str(end) for end in ends)
        yield Figure(
            cell=cell,
            reading=reading,
            assumption=assumption,
            value=value,
            low=low,
            high=high,
            **common,
        )


def _noise_rule(rule: Mapping[str, Any]) -> str:
    return (
        f"{rule['noise']} {rule['measure']}={rule['amount']} protects={rule['protects']} "
        f"contributions={rule['contributions']}"
    )


def _suppression_rule(rule: Mapping[str, Any]) -> str:
    return f"suppression threshold={rule['threshold']} width={rule['width']}"


def _mix(verification: Mapping[str, Any], *, with_noise: bool) -> str:
    if with_noise:
        headings = verification["axes"][0]["headings"]
        counts = [cell[0] for cell in verification["cells"]]
    else:
        headings, counts = verification["headings"], verification["counts"]
    return ";".join(
        f"{heading['code'][:2]}={'hidden' if count is None else count}"
        for heading, count in zip(headings, counts, strict=True)
    )


_Number = tuple[str, str, str, str, str]


def _exact_numbers(part: Mapping[str, Any]) -> Iterator[_Number]:
    def said(table: str, cell: str, count: int | None) -> _Number:
        shown = "" if count is None else str(count)
        return table, cell, shown, shown, ""

    yield said("total", "", part["total"])
    mix = part["verification"]
    for heading, count in zip(mix["headings"], mix["counts"], strict=True):
        yield said("verification", f"verification={heading['code']}", count)
    for table in part["tables"]:
        rows, columns = table["rows"], table["columns"]
        name = f"{rows['name']} x {columns['name']}"
        for heading, total in zip(rows["headings"], table["row_totals"], strict=True):
            yield said(name, f"{rows['name']}={heading['code']}", total)
        if columns["name"] == PERIOD:
            continue  # one column: its cells are the totals of its rows, and its total is theirs
        for heading, total in zip(columns["headings"], table["column_totals"], strict=True):
            yield said(name, f"{columns['name']}={heading['code']}", total)
        for row, cells in zip(rows["headings"], table["cells"], strict=True):
            for column, count in zip(columns["headings"], cells, strict=True):
                at = f"{rows['name']}={row['code']};{columns['name']}={column['code']}"
                yield said(name, at, count)


def _noisy_numbers(part: Mapping[str, Any]) -> Iterator[_Number]:
    yield ("total", "", *map(str, part["total"]))  # type: ignore[misc]
    for table in (part["verification"], *part["tables"]):
        name = " x ".join(axis["name"] for axis in table["axes"])
        yield from _cells(name, table["axes"], table["cells"], "")


def _cells(
    table: str, axes: Sequence[Mapping[str, Any]], cells: Sequence[Any], at: str
) -> Iterator[_Number]:
    for heading, inner in zip(axes[0]["headings"], cells, strict=True):
        here = f"{at}{axes[0]['name']}={heading['code']}"
        if len(axes) > 1:
            yield from _cells(table, axes[1:], inner, f"{here};")
        else:
            value, low, high = inner
            yield table, here, str(value), str(low), str(high)


def release_files(document: bytes) -> Mapping[str, bytes]:
    """The document, all its numbers as CSV, and a description of both (Data Package, v1).

    Equal documents give equal bytes.
    """
    lines = figures(document)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    names = [field.name for field in fields(Figure)]
    writer.writerow(names)
    for figure in lines:
        writer.writerow([_cell(getattr(figure, name)) for name in names])
    numbers = table.getvalue().encode("utf-8")
    return {
        DOCUMENT_PATH: document,
        CSV_PATH: numbers,
        PACKAGE_PATH: _package(document, numbers),
    }


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _package(document: bytes, numbers: bytes) -> bytes:
    number = ("value", "low", "high")
    said = {
        "profile": "tabular-data-package",
        "name": "safelight-release",
        "id": hashlib.sha256(document).hexdigest(),
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": "numbers",
                "path": "numbers.csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": len(numbers),
                "hash": f"sha256:{hashlib.sha256(numbers).hexdigest()}",
                "schema": {
                    "fields": [
                        {
                            "name": field.name,
                            "type": "number" if field.name in number else "string",
                            "description": _MEANINGS[field.name],
                        }
                        for field in fields(Figure)
                    ],
                    "missingValues": [""],
                },
            },
            {
                "name": "release",
                "path": "release.json",
                "mediatype": "application/json",
                "bytes": len(document),
                "hash": f"sha256:{hashlib.sha256(document).hexdigest()}",
            },
        ],
    }
    return exact.canonical(said)
