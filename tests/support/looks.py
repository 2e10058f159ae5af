"""Looking again by itself in tests: a site of one page, a clock that can be put on, one look."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import TestDesk, a_report

LINK = "https://one.example/post/1"


def alarm_with_consent(**changes: Any) -> Any:
    """A smear alarm whose author agreed that evidence is kept."""
    told = {
        "danger": "NO",
        "deadline": "TOMORROW",
        "links": f"{LINK} и https://two.example/w?id=2",
        "may_do": ("KEEP_COPIES",),
        "exposed": ("NAME",),
        "story": "Меня травят.",
    }
    agreed: Any = {"form": "smear-alarm", "answers": told, "consent": ("EVIDENCE",)}
    return a_report(**(agreed | changes))


class Site:
    """What a capture of any address brings; `text` None: no page comes. Counts who asked."""

    def __init__(self) -> None:
        self.text: str | None = "Заголовок\nВот его адрес\n"
        self.status = 200
        self.asked: list[tuple[str, Any]] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def capture(self, url: str, *, place: Path, policy: Any, **given: Any) -> Any:
        from safelight.evidence.capture.capture_record import (
            RECORD,
            TEXT,
            WACZ,
            CaptureRecord,
            CaptureStatus,
            Gap,
            GapKind,
        )

        self.asked.append((url, policy))
        self.meanwhile()
        at = datetime.now(UTC)
        came = self.text is not None
        facts: dict[str, Any] = dict.fromkeys(("id", "title", "browser"), "x")
        facts |= dict.fromkeys(("boxed", "own_sandbox"), True)
        place.mkdir()
        (place / RECORD).write_text("{}")
        if self.text is not None:
            (place / TEXT).write_text(self.text, encoding="utf-8")
            (place / WACZ).write_bytes(b"PK" + self.text.encode())
        return CaptureRecord(
            url=url,
            final_url=url if came else "",
            status=CaptureStatus.COMPLETE if came else CaptureStatus.FAILED,
            http_status=self.status if came else 0,
            began=at,
            ended=at,
            language="ru",
            viewport=(1280, 900),
            exit="direct",
            logged_in=bool(given["login"]),
            requests=1,
            received_bytes=1,
            gaps=() if came else (Gap(GapKind.NO_PAGE, url, "err_proxy_connection_failed"),),
            **facts,
        )


def with_site(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A desk whose way out is chosen, and whose captures end at a `Site`."""
    from safelight.campaigns.case_evidence import capture_work

    site = Site()
    monkeypatch.setattr(capture_work, "capture", site.capture)
    (desk.data / "evidence.yaml").write_text("exit: socks5h://127.0.0.1:9050\n")
    return site


def captured_once(desk: TestDesk, case_id: str, *urls: str) -> None:
    """Capture these addresses by hand."""
    from safelight.campaigns.case_evidence import runs

    page = f"/cases/{case_id}/evidence"
    desk.client.get(page)
    answer = desk.client.post(f"{page}/capture", {"urls": urls or (LINK,)})
    assert answer.status_code == 302, answer.text
    assert runs.wait_until_idle(60)


def form(*urls: str, number: str = "1", unit: str = "days", days: int = 30) -> dict[str, Any]:
    """What the page sends to look again."""
    until: date = datetime.now(UTC).date() + timedelta(days=days)
    chosen = urls or (LINK,)
    return {"again": chosen, "number": number, "unit": unit, "until": until.isoformat()}


def scheduled(
    desk: TestDesk, case_id: str, *urls: str, ago: timedelta = timedelta(0), **asked: Any
) -> None:
    """Capture addresses once, and look at them again from then on; set `ago` before now."""
    from safelight.campaigns.case_evidence import scheduling

    captured_once(desk, case_id, *urls)
    sent = form(*urls, **asked)
    with pytest.MonkeyPatch.context() as patch:
        put_on(patch, -ago)
        scheduling.set_schedules(
            case_id,
            sent["again"],
            every_hours=scheduling.checked_hours(sent["number"], sent["unit"]),
            until=scheduling.checked_until(sent["until"]),
            language="en",  # as the client of these tests speaks
        )


def looked(desk: TestDesk, *, later: timedelta = timedelta(0)) -> str:
    """What the desk's thread does after a pause, `later` than now; the capture's id, or ""."""
    from safelight.campaigns.case_evidence import runs, watching

    at = datetime.now(UTC) + later
    made = watching.look_at_next(desk.data, stop=threading.Event(), refused={}, at=at)
    assert runs.wait_until_idle(60)
    return made


def put_on(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Let the journal write its entries as of another time."""
    from safelight.journal import chain

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + by

    monkeypatch.setattr(chain, "datetime", Clock)
