"""On a desk: one transaction, one journal entry, the same file known again, undone on request."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from safelight.partners.admit import Agreement
from safelight.partners.check import Examined, examine
from safelight.partners.problems import ListError, NotAgreedError
from safelight.partners.profile_reading import shipped_profile
from tests.partners.lists import GAY, JEWISH, nypd_row, write_csv
from tests.support.desk import TestDesk
from tests.support.message_catalogues import (
    ROOT,
    brought_up_to_date,
    catalogue,
    catalogue_file,
    compiled,
    spoken,
)

TODAY = date(2026, 2, 3)
YES = Agreement(to_import=True, decisions=frozenset())
NO = Agreement(to_import=False, decisions=frozenset())


def examined(tmp_path: Path, *rows: dict[str, str], name: str = "list.csv") -> Examined:
    return examine(write_csv(tmp_path / name, rows), shipped_profile("nypd"))


def import_(found: Examined, agreement: Agreement = YES) -> Any:
    from safelight.partners.desk_lists import import_into_desk

    return import_into_desk(found, agreement, today=TODAY, only_with_bias_ground=False)


ROWS = (
    nypd_row(10000, arrest="M1"),
    nypd_row(10000, arrest="M2"),
    nypd_row(10001, motive=JEWISH),
    nypd_row(10002, offence="RESISTING ARREST"),
)


def journal() -> list[Any]:
    from safelight.journal.chain import entries

    return [entry for entry in entries() if entry.kind.startswith("list.")]


def test_an_import_is_kept_with_its_journal_entry(desk: TestDesk, tmp_path: Path) -> None:
    from safelight.journal.verifying import verify
    from safelight.partners.desk_lists import imported_lists, stat_rows

    found = examined(tmp_path, *ROWS)
    done = import_(found)
    assert (done.already, done.incidents, done.with_bias_ground, done.rows) == (False, 3, 2, 2)
    (imported,) = imported_lists()
    assert (imported.row_unit, imported.counted_unit) == ("arrest-pair", "incident")
    assert imported.provenance["check"]["rows"] == 4
    (entry,) = journal()
    assert (entry.kind, entry.subject) == ("list.imported", done.list_id)
    assert entry.body["file_sha256"] == found.check.file.sha256
    assert entry.body["profile_version"] == shipped_profile("nypd").version
    assert (entry.body["rows_in_file"], entry.body["incidents"], entry.body["rows"]) == (4, 3, 2)
    assert verify().entries >= 1
    assert sorted(row.bias_ground for row in stat_rows(done.list_id)) == [(), ("GAY",)]


def test_without_agreement_the_desk_stays_as_it_was(desk: TestDesk, tmp_path: Path) -> None:
    from safelight.partners.models import ImportedList

    with pytest.raises(NotAgreedError):
        import_(examined(tmp_path, *ROWS), NO)
    assert (ImportedList.objects.count(), journal()) == (0, [])


def test_an_import_that_fails_half_way_leaves_nothing(
    desk: TestDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.partners import desk_lists
    from safelight.partners.models import ImportedList, ListedIncident

    def no_journal(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    found = examined(tmp_path, *ROWS)
    with monkeypatch.context() as patched:
        patched.setattr(desk_lists, "append", no_journal)
        with pytest.raises(OSError, match="disk is full"):
            import_(found)
    assert (ImportedList.objects.count(), ListedIncident.objects.count()) == (0, 0)
    assert import_(found).incidents == 3


def test_the_same_file_is_recognised_and_not_imported_twice(desk: TestDesk, tmp_path: Path) -> None:
    from safelight.partners.models import ListedIncident

    first = import_(examined(tmp_path, *ROWS))
    again = import_(examined(tmp_path, *ROWS), NO)
    assert (again.already, again.list_id) == (True, first.list_id)
    assert (ListedIncident.objects.count(), len(journal())) == (3, 1)


def test_another_copy_with_the_same_incidents_is_refused_until_the_first_is_forgotten(
    desk: TestDesk, tmp_path: Path
) -> None:
    from safelight.partners.desk_lists import ListedAlreadyError, forget, imported_lists

    first = import_(examined(tmp_path, *ROWS))
    newer = examined(tmp_path, *ROWS, nypd_row(10003), name="newer.csv")
    with pytest.raises(ListedAlreadyError, match=f"3 of these incidents .* {first.list_id}"):
        import_(newer)
    forget(first.list_id, today=TODAY)
    second = import_(newer)
    assert second.incidents == 4
    assert [one.list_id for one in imported_lists()] == [second.list_id, first.list_id]
    assert [entry.kind for entry in journal()] == [
        "list.imported",
        "list.forgotten",
        "list.imported",
    ]


def test_forgetting_deletes_the_incidents_and_keeps_the_trace(
    desk: TestDesk, tmp_path: Path
) -> None:
    from safelight.partners.desk_lists import forget
    from safelight.partners.models import ImportedList, ListedIncident

    done = import_(examined(tmp_path, *ROWS))
    forget(done.list_id, today=TODAY)
    assert ListedIncident.objects.count() == 0
    assert ImportedList.objects.get().forgotten_on == TODAY
    with pytest.raises(ListError, match="no list of that number"):
        forget(done.list_id, today=TODAY)


def test_the_page_shows_unit_coverage_counts_and_warnings(desk: TestDesk, tmp_path: Path) -> None:
    assert "No list yet" in desk.client.get("/lists/").text
    done = import_(examined(tmp_path, *ROWS))
    page = desk.client.get("/lists/").text
    for said in (
        "New York City police",
        "arrest pair (one complaint with one arrest)",
        "A row of this list is not an incident. Never count its rows.",
        "Complaints that New York City police recorded",
    ):
        assert said in page
    one = desk.client.get(f"/lists/{done.list_id}/").text
    for said in (
        "up to eleven rows",
        "none of its offences has an act code",
        "an arrest is linked",
        shipped_profile("nypd").traps[0].en,
        done.list_id,
    ):
        assert said in one
    assert ROWS[0]["Full Complaint ID"] not in page + one
    assert desk.client.get("/lists/0000/").status_code == 404


def test_the_page_speaks_russian(desk: TestDesk, tmp_path: Path) -> None:
    done = import_(examined(tmp_path, *ROWS))
    desk.client.post("/language/ru")
    pages = desk.client.get("/lists/").text + desk.client.get(f"/lists/{done.list_id}/").text
    for said in (
        "Списки извне",
        "Строка этого списка — не случай.",
        "Полиция Нью-Йорка",
        "Чего не выражает наш словарь",
    ):
        assert said in pages


def test_a_mapping_that_this_version_can_no_longer_read_does_not_break_the_page(
    desk: TestDesk, tmp_path: Path
) -> None:
    from safelight.partners.models import ImportedList

    done = import_(examined(tmp_path, *ROWS))
    ImportedList.objects.update(profile_text="profile: of-another-time")
    answer = desk.client.get(f"/lists/{done.list_id}/")
    assert answer.status_code == 200
    assert "Complaints that New York City police recorded" in answer.text


def test_a_locked_desk_shows_no_list(desk: TestDesk, tmp_path: Path) -> None:
    import_(examined(tmp_path, nypd_row(10000, motive=GAY)))
    desk.client.post("/lock")
    answer = desk.client.get("/lists/")
    assert answer.status_code in (302, 303)
    assert "/unlock" in answer["Location"]


def test_the_catalogue_has_exactly_the_sentences_that_are_spoken() -> None:
    """Else: python -m tests.support.message_catalogues safelight/partners"""
    package = ROOT / "safelight" / "partners"
    now = catalogue(package)
    assert {m.id if isinstance(m.id, str) else tuple(m.id) for m in now if m.id} == spoken(package)
    assert [m.id for m in now if m.id and not m.string] == []
    compiled_file = catalogue_file(package).with_suffix(".mo")
    assert compiled(brought_up_to_date(package)) == compiled_file.read_bytes()
