"""The release document: what leaves the desk, as canonical JSON (docs/spec/publication.md).

It holds published counts, `null` for every hidden cell without saying why it is hidden,
and all that a number must carry. The site, the downloads and the bundle are made of it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from safelight.release.counts import GRAND_TOTAL, Cell, cell
from safelight.release.draft import Draft, ListRelease, count_system
from safelight.release.estimate import in_document
from safelight.release.table import UNIT, VERIFICATION_LEVELS, Table
from safelight.vocabulary.schema import vocabulary

FORMAT: Final = "safelight-release/1"


def release_document(draft: Draft) -> bytes:
    """Return the bytes that are approved, signed and published; the same draft, the same bytes."""
    document = {
        "format": FORMAT,
        "simulated": draft.simulated,
        "as_of": draft.as_of.isoformat(),
        "period": {"from": str(draft.years[0]), "to": str(draft.years[-1])},
        "code_version": draft.code_version,
        "vocabulary_version": draft.vocabulary_version,
        "rule": {"threshold": draft.rule.threshold, "width": draft.rule.width},
        "revisions": [
            {
                "number": revision.number,
                "on": revision.on.isoformat(),
                "reason": revision.reason.as_json(),
            }
            for revision in draft.revisions
        ],
        "lists": [_list(part) for part in draft.lists],
    }
    if draft.undercount is not None:
        document["undercount"] = in_document(draft.undercount)
    return canonical(document)


def canonical(document: Any) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8: equal facts are equal bytes."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def document_digest(document: bytes) -> str:
    """SHA-256 (hex) by which an approval names exactly what it approves."""
    return hashlib.sha256(document).hexdigest()


def _list(part: ListRelease) -> dict[str, Any]:
    said = part.statement
    system = count_system(part.tables)
    counts = dict(zip(system.cells, system.counts, strict=True))

    def shown(**codes: str) -> int | None:
        return _shown(counts, part, cell(**codes))

    return {
        "id": said.list_id,
        "name": said.name.as_json(),
        "coverage": said.coverage.as_json(),
        "unit": UNIT,
        "linkage": said.linkage,
        "reading": said.reading,
        "data_sha256": said.data_sha256,
        "total": _shown(counts, part, GRAND_TOTAL),
        "verification": {
            "headings": [
                _heading(level, vocabulary().field("verification").code(level).label)
                for level in VERIFICATION_LEVELS
            ],
            "counts": [shown(verification=level) for level in VERIFICATION_LEVELS],
        },
        "tables": [_table(table, counts, part) for table in part.tables],
    }


def _table(table: Table, counts: dict[Cell, int], part: ListRelease) -> dict[str, Any]:
    rows, columns = table.rows, table.columns
    return {
        "rows": rows.as_json(),
        "columns": columns.as_json(),
        "cells": [
            [_shown(counts, part, table.cell(row, column)) for column in columns.codes]
            for row in rows.codes
        ],
        "row_totals": [_shown(counts, part, table.cell(row)) for row in rows.codes],
        "column_totals": [
            _shown(counts, part, table.cell(column=column)) for column in columns.codes
        ],
    }


def _shown(counts: dict[Cell, int], part: ListRelease, name: Cell) -> int | None:
    return None if name in part.hidden else counts[name]


def _heading(code: str, label: Any) -> dict[str, Any]:
    return {"code": code, "label": {"ru": label("ru"), "en": label("en")}}
