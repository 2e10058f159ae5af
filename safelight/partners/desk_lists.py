"""Importing into a desk, forgetting, reading back: one transaction and one journal entry each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction

from safelight.journal.chain import append
from safelight.partners.admit import (
    Agreement,
    NewRow,
    check_agreed,
    check_can_be_admitted,
    new_rows,
    provenance,
)
from safelight.partners.check import Examined
from safelight.partners.models import ImportedList, ListedIncident
from safelight.partners.problems import ListError
from safelight.vocabulary.stat_row import StatRow

_AT_ONCE: Final = 500


class ListedAlreadyError(ListError):
    """The same incidents are on this desk from another copy of the list."""

    code = "listed-already"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `already`: this very file had been imported; nothing was done now."""

    list_id: str
    already: bool
    incidents: int
    with_bias_ground: int
    rows: int


def import_into_desk(
    examined: Examined,
    agreement: Agreement,
    *,
    today: date,
    only_with_bias_ground: bool,
) -> Imported:
    """Keep the list on the unlocked desk, all of it or nothing, with its journal entry.

    The same file again is recognised and not imported twice. Another copy of the same list
    that shares incidents with one already here is refused, as they would be counted twice.
    """
    check = examined.check
    check_can_be_admitted(check)
    known = ImportedList.objects.filter(
        file_sha256=check.file.sha256, profile=check.profile.name, forgotten_on=None
    ).first()
    if known is not None:
        return _as_imported(known, already=True)
    check_agreed(check, agreement)
    kept = list(
        new_rows(examined.incidents, today=today, only_with_bias_ground=only_with_bias_ground)
    )
    rows = sum(new.row is not None for new in kept)
    _check_one_source(kept)
    with transaction.atomic():
        _check_not_listed([new.source_key for new in kept])
        imported = ImportedList.objects.create(
            list_id=secrets.token_hex(8),
            profile=check.profile.name,
            profile_version=check.profile.version,
            profile_sha256=check.profile.digest,
            profile_text=check.profile.text,
            file_sha256=check.file.sha256,
            imported_on=today,
            row_unit=check.counts.rows.unit.value,
            counted_unit=check.counts.incidents.unit.value,
            rows_in_file=check.counts.rows.number,
            incidents=len(kept),
            with_bias_ground=sum(new.has_bias_ground for new in kept),
            rows_of_ours=rows,
            provenance=provenance(examined, agreement, today=today, kept=len(kept), rows=rows),
        )
        ListedIncident.objects.bulk_create(
            (
                ListedIncident(
                    imported=imported,
                    source_key=new.source_key,
                    first_row=new.first_row,
                    has_bias_ground=new.has_bias_ground,
                    stat_id=new.row.stat_id if new.row is not None else None,
                    codes=new.row.to_mapping() if new.row is not None else None,
                    no_row=new.no_row,
                )
                for new in kept
            ),
            batch_size=_AT_ONCE,
        )
        append(
            "list.imported",
            {
                "profile": imported.profile,
                "profile_version": imported.profile_version,
                "profile_sha256": imported.profile_sha256,
                "file_sha256": imported.file_sha256,
                "row_unit": imported.row_unit,
                "rows_in_file": imported.rows_in_file,
                "counted_unit": imported.counted_unit,
                "incidents": imported.incidents,
                "with_bias_ground": imported.with_bias_ground,
                "rows": imported.rows_of_ours,
                "agreed_to": sorted(agreement.decisions & set(check.decisions)),
            },
            subject=imported.list_id,
        )
    return _as_imported(imported, already=False)


def forget(list_id: str, *, today: date) -> Imported:
    """Delete the incidents of a list; its line and its journal entries stay."""
    with transaction.atomic():
        imported = ImportedList.objects.filter(list_id=list_id, forgotten_on=None).first()
        if imported is None:
            raise ListError(
                "no list of that number is on this desk; `safelight list imported` shows them"
            )
        ListedIncident.objects.filter(imported=imported).delete()
        imported.forgotten_on = today
        imported.save(update_fields=["forgotten_on"])
        append(
            "list.forgotten",
            {"profile": imported.profile, "incidents": imported.incidents},
            subject=imported.list_id,
        )
    return _as_imported(imported, already=False)


def imported_lists() -> list[ImportedList]:
    """Return every list, the newest first, forgotten ones last."""
    found = ImportedList.objects.order_by("-imported_on", "list_id")
    return sorted(found, key=lambda imported: imported.forgotten_on is not None)


def stat_rows(list_id: str) -> Iterator[StatRow]:
    """Yield the rows of one list, in the order of their random ids.

    One list at a time: lists are beside each other, never added. Rows without a ground of
    bias are among them; incidents the vocabulary cannot hold are not (see `ImportedList`).
    """
    found = ListedIncident.objects.filter(imported_id=list_id, stat_id__isnull=False)
    for codes in found.order_by("stat_id").values_list("codes", flat=True).iterator():
        if codes is not None:
            yield StatRow.from_mapping(codes)


def _check_one_source(kept: list[NewRow]) -> None:
    sources = {new.row.source_list for new in kept if new.row is not None}
    if len(sources) > 1:
        raise ListError(
            f"the rows of this file stand under {len(sources)} kinds of list (source_list), but a "
            "file is one list, counted for itself; import each kind as a file of its own. "
            "Nothing was imported"
        )


def _check_not_listed(source_keys: list[str]) -> None:
    shared: dict[str, int] = {}
    for start in range(0, len(source_keys), _AT_ONCE):
        found = ListedIncident.objects.filter(source_key__in=source_keys[start : start + _AT_ONCE])
        for list_id in found.values_list("imported_id", flat=True):
            shared[list_id] = shared.get(list_id, 0) + 1
    if shared:
        list_id, incidents = max(shared.items(), key=lambda item: item[1])
        raise ListedAlreadyError(
            f"{incidents} of these incidents are already on this desk, from list {list_id}; they "
            f"would be counted twice. Forget that list first: safelight list forget {list_id}"
        )


def _as_imported(imported: ImportedList, *, already: bool) -> Imported:
    return Imported(
        list_id=imported.list_id,
        already=already,
        incidents=imported.incidents,
        with_bias_ground=imported.with_bias_ground,
        rows=imported.rows_of_ours,
    )
