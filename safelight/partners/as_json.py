"""The `--json` objects of `safelight list`: documented in docs/how-to/bring-a-list.md, stable.

A key is only ever added. Nothing here holds a cell of a row, an id, a file name or a path.
"""

from __future__ import annotations

from typing import Any

from safelight.partners.beside import Beside
from safelight.partners.findings import ListCheck
from safelight.partners.list_file import FileFacts
from safelight.partners.profile import Profile, RecordsLayout
from safelight.partners.yearly import YearlyCheck

FORMAT = "safelight-list-check/1"


def check_as_json(check: ListCheck, beside: Beside | None) -> dict[str, Any]:
    counts = check.counts
    return {
        "format": FORMAT,
        "list": check.profile.name,
        "profile_version": check.profile.version,
        "profile_sha256": check.profile.digest,
        "verdict": check.verdict,
        "problems": list(check.problems),
        "decisions": list(check.decisions),
        "file": _file(check.file),
        "unit": {"row": counts.rows.unit.value, "counted": counts.incidents.unit.value},
        "rows": counts.rows.number,
        "incidents": counts.incidents.number,
        "incidents_with_bias_ground": counts.with_bias_ground.number,
        "rows_with_bias_ground": counts.rows_with_bias_ground.number,
        "refused_rows": counts.refused_rows,
        "repeated_rows": counts.repeated_rows,
        "blank_rows": counts.blank_rows,
        "links": {
            link.name: {
                "incidents": link.incidents,
                "incidents_with_bias_ground": link.with_bias_ground,
                "different": link.distinct,
            }
            for link in check.links
        },
        "id_damage": [
            {
                "kind": found.kind.value,
                "ids": found.ids,
                "rows": found.rows,
                "first_rows": list(found.first_rows),
                "explanation": found.explanation,
            }
            for found in check.damage
        ],
        "colliding_incidents": check.colliding_incidents,
        "ids_contradicting_their_row": check.ids_contradicting,
        "second_rows_of_one_row_incidents": check.unit_violations,
        "refusals": [
            {"row": r.row, "reason": r.reason, "column": r.column, "message": r.message}
            for r in check.refusals
        ],
        "refusals_by_reason": dict(check.refusals_by_reason),
        "unknown_codes": [
            {
                "column": u.column,
                "value": u.value,
                "length": u.length,
                "rows": u.rows,
                "first_rows": list(u.first_rows),
            }
            for u in check.unknown_codes
        ],
        "rows_with_unknown_codes": check.unknown_total,
        "unmapped": [
            {"field": u.field, "value": u.value, "because": u.because, "incidents": u.incidents}
            for u in check.unmapped
        ],
        "incidents_without_row": [
            {
                "reason": w.reason,
                "message": w.message,
                "incidents": w.incidents,
                "incidents_with_bias_ground": w.with_bias_ground,
                "first_rows": list(w.first_rows),
            }
            for w in check.without_row
        ],
        "contradictions": [
            {
                "rows": list(c.rows),
                "column": c.column,
                "different_values": c.different_values,
                "decided": c.decided,
            }
            for c in check.contradictions
        ],
        "contradictions_total": check.contradictions_total,
        "contradiction_rule": _rule(check.profile),
        "dates_out_of_order": check.dates_out_of_order,
        "formula_cells": check.file.formula_cells,
        "years": [
            {
                "year": y.year,
                "incidents": y.incidents,
                "incidents_with_bias_ground": y.with_bias_ground,
                "reporters": y.reporters,
            }
            for y in check.years
        ],
        "first_year_of_ground": dict(check.first_year_of_ground),
        "coverage": {
            "text": check.profile.coverage.text.en,
            "no_trend": check.profile.coverage.no_trend,
            "declared": dict(check.profile.coverage.declared),
        },
        "traps": [trap.en for trap in check.profile.traps],
        "cannot_express": [text.en for text in check.profile.cannot_express],
        "beside": beside_as_json(beside) if beside is not None else None,
    }


def beside_as_json(beside: Beside) -> dict[str, Any]:
    nonzero, below_five, ones = beside.small_cells
    return {
        "year": beside.year,
        "table_sha256": beside.table_sha256,
        "unit": beside.official_total.unit.value,
        "list_total": beside.ours_total.number,
        "table_total": beside.official_total.number,
        "equal": beside.equal,
        "differing": beside.differing,
        "categories": [
            {
                "category": line.category,
                "list": line.ours.number,
                "table": line.official.number,
                "difference": line.difference,
            }
            for line in beside.lines
        ],
        "cells": [
            {
                "label": cell.label,
                "category": cell.category,
                "list": cell.ours,
                "table": cell.official,
                "difference": cell.difference,
                "rows": list(cell.rows),
            }
            for cell in beside.cells
        ],
        "placed_differently_at_least": beside.at_least_moved,
        "candidates": beside.candidates,
        "could_be_category_alone": beside.could_be_category_alone,
        "could_be_place_alone": beside.could_be_place_alone,
        "recorded_in_another_year": beside.recorded_in_another_year,
        "in_categories_the_table_lacks": beside.only_in_list,
        "wrong_totals_in_table": beside.wrong_totals,
        "table_cells": {"not_zero": nonzero, "below_five": below_five, "one": ones},
        "explanation": beside.explanation.en,
        "can_be_said": list(beside.can_be_said()),
        "cannot_be_said": list(beside.cannot_be_said()),
    }


def yearly_as_json(check: YearlyCheck) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "list": check.profile.name,
        "profile_version": check.profile.version,
        "profile_sha256": check.profile.digest,
        "verdict": "consistent" if check.consistent else "inconsistent",
        "file": _file(check.file),
        "beside_file": _file(check.whole_file) if check.whole_file is not None else None,
        "unit": check.sum_of_parts.unit.value,
        "parts": list(check.part_names),
        "others": list(check.other_names),
        "sum_of_parts": check.sum_of_parts.number,
        "sum_of_whole": check.sum_of_whole.number if check.sum_of_whole is not None else None,
        "sums_of_others": dict(zip(check.other_names, check.sums_of_others, strict=True)),
        "years": [
            {
                "year": line.year,
                "parts": list(line.parts) if line.parts is not None else None,
                "sum_of_parts": line.sum_of_parts,
                "whole": line.whole,
                "missing_from_parts": line.missing_from_parts,
            }
            for line in check.lines
        ],
        "disagreeing": {line.year: line.missing_from_parts for line in check.disagreeing},
        "years_in_one_series_only": list(check.years_in_one_only),
        "years_out_of_bounds": list(check.years_out_of_bounds),
        "coverage": {"text": check.profile.coverage.text.en},
        "traps": [trap.en for trap in check.profile.traps],
        "cannot_express": [text.en for text in check.profile.cannot_express],
    }


def profile_as_json(profile: Profile) -> dict[str, Any]:
    layout = profile.layout
    records = isinstance(layout, RecordsLayout)
    return {
        "list": profile.name,
        "version": profile.version,
        "sha256": profile.digest,
        "title": {"en": profile.title.en, "ru": profile.title.ru},
        "holder": profile.holder,
        "licence": profile.licence,
        "source": profile.source,
        "layout": "records" if records else "yearly-series",
        "unit": (
            {"row": layout.row_unit.value, "counted": layout.incident_unit.value}
            if isinstance(layout, RecordsLayout)
            else {"row": layout.unit.value, "counted": layout.unit.value}
        ),
        "official_table": isinstance(layout, RecordsLayout) and layout.cross_table is not None,
    }


def _file(facts: FileFacts) -> dict[str, Any]:
    return {
        "sha256": facts.sha256,
        "bytes": facts.size,
        "compressed": facts.compressed,
        "encoding": facts.encoding,
        "byte_order_mark": facts.byte_order_mark,
        "columns_not_read": facts.unread_columns,
    }


def _rule(profile: Profile) -> str:
    layout = profile.layout
    return layout.disagreement.value if isinstance(layout, RecordsLayout) else ""
