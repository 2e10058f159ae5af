"""How long the inbox and a case page take with many cases. `python bench/casework.py [--cases N]`

A desk's real database; the cases are written by SQL, a few of them with a whole story in the
journal. The median of 15 requests through Django's client, page rendered: milliseconds of CPU
(`_ms`) and by the clock (`_wall_ms`, which says something only on a quiet machine). Then a
backup of the whole desk, verified, and its restoring, in seconds by the clock.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.desk import a_report, codes, desk_in

DAY = date(2026, 3, 14)
TIMES = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    count = parser.parse_args().cases
    with tempfile.TemporaryDirectory() as folder, desk_in(Path(folder) / "desk") as desk:
        from safelight.casework.coding import code_case

        ids = desk.take_in(*[a_report(answers={"story": f"story {n}"}) for n in range(60)])
        code_case(ids[0], codes())
        fill(count)
        follow(count)
        pages = {
            "inbox": "/cases/",
            "inbox_page_500": "/cases/?lane=reports&page=500",
            "junk": "/cases/?lane=aside",
            "coded": "/cases/?lane=coded",
            "case": f"/cases/{ids[0]}/",
            "mine": "/cases/?lane=mine",
            "today": "/today/",
            "today_all": "/today/?whose=all",
            "follow_up": f"/cases/{ids[0]}/follow-up",
            "refer": f"/cases/{ids[0]}/referrals",
            "letters": "/letters/",
            "journal": "/journal/",
            "backups": "/backups/",
        }
        facts: dict[str, Any] = {"cases": count}
        for name, path in pages.items():
            facts[name + "_ms"], facts[name + "_wall_ms"] = median_ms(desk.client, path)
        facts["search_60_open_ms"] = search_ms(desk.client, ids)
        facts["rows_for_numbers_ms"] = rows_ms()
        begun = time.perf_counter()
        from safelight.casework.cases import set_aside

        set_aside(ids[1], "test")
        facts["decision_ms"] = round((time.perf_counter() - begun) * 1000, 1)
        facts["withdrawal_ms"] = withdrawal_ms(ids[2])
        facts["backup_s"], facts["restore_s"] = backup_seconds(Path(folder))
        print(json.dumps(facts))


def median_ms(client: Any, path: str) -> tuple[float, float]:
    cpu, wall = [], []
    for _ in range(TIMES):
        begun, begun_wall = time.process_time(), time.perf_counter()
        assert client.get(path).status_code == 200
        cpu.append(time.process_time() - begun)
        wall.append(time.perf_counter() - begun_wall)
    return round(statistics.median(cpu) * 1000, 1), round(statistics.median(wall) * 1000, 1)


def backup_seconds(folder: Path) -> tuple[float, float]:
    """A backup of everything, and a desk made from it; the passphrase costs nothing here."""
    from safelight.desk.backups.backing_up import back_up
    from safelight.desk.backups.restoring import restore
    from tests.support.desk import CHEAP, PASSPHRASE

    (folder / "stick").mkdir()
    (folder / "other").mkdir()
    begun = time.perf_counter()
    made = back_up(
        folder / "stick" / "b", PASSPHRASE, key_to=folder / "other" / "key.json", cost=CHEAP
    )
    backed_up = time.perf_counter() - begun
    begun = time.perf_counter()
    restore(
        made.file,
        folder / "again",
        name="desk-1b",
        passphrase=PASSPHRASE,
        key_file=made.key_file,
        new_passphrase=None,
        cost=CHEAP,
    )
    return round(backed_up, 1), round(time.perf_counter() - begun, 1)


def withdrawal_ms(case_id: str) -> float:
    """Destroying one case among so many keys."""
    from safelight.casework.withdrawals import destroy_case
    from safelight.journal.content_keys import finish_erasure

    begun = time.process_time()
    destroy_case(case_id, why="withdrawn", proof="")
    finish_erasure()
    return round((time.process_time() - begun) * 1000, 1)


def search_ms(client: Any, ids: list[str]) -> float:
    """A search through sixty open cases: more than anybody reads in half a day."""
    from django.utils import timezone

    from safelight.casework.models import Opening

    Opening.objects.bulk_create(Opening(case_id=one, at=timezone.now()) for one in ids)
    took = []
    for _ in range(TIMES):
        begun = time.process_time()
        assert "<mark>" in client.post("/search/", {"query": "story 7"}).text
        took.append(time.process_time() - begun)
    return round(statistics.median(took) * 1000, 1)


def rows_ms() -> float:
    """Which rows may be counted today, without reading them."""
    from safelight.casework.followup.consents import cases_agreed_to, today

    begun = time.process_time()
    assert cases_agreed_to("STAT", on=today()).count() > 0
    return round((time.process_time() - begun) * 1000, 1)


def follow(count: int) -> None:
    """Who has each case, its consents and reviews, and a task for every fifth."""
    from safelight.casework.followup.models import AgreedPurpose, FollowedCase, OpenTask

    today, desks = date.today(), ["desk-1"] + ["", "desk-2", "desk-3"] * 33  # noqa: DTZ011
    numbers = range(count)
    FollowedCase.objects.bulk_create(
        (
            FollowedCase(
                case_id=f"{n:016x}",
                desk=desks[n % len(desks)],
                review_on=today + timedelta(days=n % 1500 - 20),
                review_rule="usual",
            )
            for n in numbers
        ),
        batch_size=2000,
    )
    OpenTask.objects.bulk_create(
        (
            OpenTask(
                entry=f"desk-1:{n + 10_000_000}",
                case_id=f"{n:016x}",
                content="0" * 64,
                kind="check",
                due=today + timedelta(days=n % 400 - 100),
                desk=desks[n % len(desks)],
            )
            for n in range(0, count, 5)
        ),
        batch_size=2000,
    )
    AgreedPurpose.objects.bulk_create(
        (
            AgreedPurpose(
                case_id=f"{n:016x}", purpose=purpose, until=today + timedelta(days=n % 900 - 90)
            )
            for n in numbers
            for purpose in ("STAT", "SHARE_PARTNER")
        ),
        batch_size=2000,
    )


def fill(count: int) -> None:
    """Cases with summaries and keys of their own, as a desk of many years has them."""
    from safelight.casework.models import Case
    from safelight.casework.triage import place
    from safelight.journal.content import ContentKey, sealed_content
    from safelight.journal.models import StoredKey

    lanes = ["reports"] * 12 + ["letters"] * 4 + ["urgent"] + ["aside"] * 3
    states = ["new"] * 3 + ["coded"] * 5 + ["set-aside"] * 2
    cases, keys = [], []
    for number in range(count):
        case_id = f"{number:016x}"
        key = ContentKey.generate(case_id)
        keys.append(StoredKey(key_id=key.key_id, subject=case_id, secret=key.secret))
        lane = lanes[number % len(lanes)]
        summary = {"form": "what-happened", "language": "ru", "acts": ["THR"], "counted": True}
        cases.append(
            Case(
                case_id=case_id,
                envelope=f"{number:064x}",
                mailbox=f"{number:032x}",
                received_on=DAY - timedelta(days=number % 900),
                state=states[number % len(states)],
                lane=lane,
                place=place(lane, 0),
                has_news=number % 500 == 0,
                summary=sealed_content(summary, key, kind="case.summary"),
            )
        )
    Case.objects.bulk_create(cases, batch_size=2000)
    StoredKey.objects.bulk_create(keys, batch_size=2000)


if __name__ == "__main__":
    main()
