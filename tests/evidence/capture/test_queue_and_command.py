"""Many addresses one after another, again on a schedule; and the commands for it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from safelight.command_line import safelight
from safelight.evidence.capture.behaviours import parse_behaviours, usual_behaviours
from safelight.evidence.capture.capture_policy import exit_through
from safelight.evidence.capture.capture_queue import (
    CaptureQueue,
    Turn,
    read_queue,
    run_queue,
    write_queue,
)
from safelight.evidence.capture.capture_record import CaptureRecord
from safelight.evidence.capture.egress.exits import Direct, Socks5
from safelight.evidence.capture.problems import BrowserUnavailable, CaptureError
from tests.evidence.capture.conftest import FeedCapture

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
URLS = ["https://one.example/", "https://two.example/"]


def test_a_capture_is_repeated_as_often_as_was_asked(tmp_path: Path, record: CaptureRecord) -> None:
    clock = [NOW]
    made: list[str] = []

    def capturing(url: str, place: Path) -> CaptureRecord:
        made.append(url)
        place.mkdir()
        return record

    queue = CaptureQueue().added(URLS, due=NOW, again=timedelta(hours=24), times=2)
    write_queue(tmp_path, queue)
    for day, expected in ((0, 2), (0.5, 2), (1, 4), (9, 6), (30, 6)):
        clock[0] = NOW + timedelta(days=day)
        queue = run_queue(tmp_path, capturing, on_change=lambda _: None, clock=lambda: clock[0])
        assert len(made) == expected, day
    assert {one.turn for one in queue.waiting} == {Turn.DONE}
    assert read_queue(tmp_path) == queue


def test_what_was_running_when_the_program_died_is_captured_again(tmp_path: Path) -> None:
    queue = CaptureQueue().added(URLS, due=NOW, again=None, times=0)
    write_queue(tmp_path, queue.taken(queue.waiting[0]))
    assert read_queue(tmp_path).waiting[0].turn is Turn.WAITING


def test_what_was_captured_when_the_program_died_is_not_captured_again(
    tmp_path: Path, feed: FeedCapture
) -> None:
    queue = CaptureQueue().added(URLS[:1], due=NOW, again=None, times=0)
    write_queue(tmp_path, queue.taken(queue.waiting[0]))
    shutil.copytree(feed.folder, tmp_path / queue.waiting[0].id)

    def again(_url: str, _place: Path) -> CaptureRecord:
        raise AssertionError("it is captured already")

    queue = run_queue(tmp_path, again, on_change=lambda _: None, clock=lambda: NOW)
    assert [(one.turn, one.status) for one in queue.waiting] == [(Turn.DONE, feed.record.status)]


def test_what_a_killed_program_left_unfinished_is_removed(
    tmp_path: Path, record: CaptureRecord
) -> None:
    left = tmp_path / ".0123456789abcdef.unfinished"
    left.mkdir()
    (left / "page.warc.gz").write_bytes(b"in the clear")
    (tmp_path / ".fedcba9876543210.unfinished").write_bytes(b"half a state file")
    outside = tmp_path / "others"
    outside.mkdir()
    (tmp_path / ".link.unfinished").symlink_to(outside)
    run_queue(tmp_path, lambda _url, _place: record, on_change=lambda _: None)
    assert [one.name for one in tmp_path.iterdir()] == ["others"]


def test_without_a_browser_everything_still_waits(tmp_path: Path, record: CaptureRecord) -> None:
    write_queue(tmp_path, CaptureQueue().added(URLS, due=NOW, again=None, times=0))

    def without(_url: str, _place: Path) -> CaptureRecord:
        raise BrowserUnavailable("no browser")

    def refusing(url: str, _place: Path) -> CaptureRecord:
        if url == URLS[0]:
            raise CaptureError("refused")
        return record

    with pytest.raises(BrowserUnavailable):
        run_queue(tmp_path, without, on_change=lambda _: None, clock=lambda: NOW)
    assert {one.turn for one in read_queue(tmp_path).waiting} == {Turn.WAITING}
    after = run_queue(tmp_path, refusing, on_change=lambda _: None, clock=lambda: NOW)
    assert [one.turn for one in after.waiting] == [Turn.REFUSED, Turn.DONE]


def test_two_programs_never_run_one_queue(tmp_path: Path) -> None:
    write_queue(tmp_path, CaptureQueue().added(URLS[:1], due=NOW, again=None, times=0))
    met: list[str] = []

    def second(_url: str, _place: Path) -> CaptureRecord:
        with pytest.raises(CaptureError, match="another program"):
            run_queue(tmp_path, second, on_change=lambda _: None, clock=lambda: NOW)
        met.append("refused")
        raise CaptureError("enough")

    run_queue(tmp_path, second, on_change=lambda _: None, clock=lambda: NOW)
    assert met == ["refused"]


def test_a_schedule_that_tells_on_the_watcher_is_refused() -> None:
    for again, times in ((timedelta(minutes=5), 3), (timedelta(hours=1), 0)):
        with pytest.raises(CaptureError, match="after an hour"):
            CaptureQueue().added(URLS, due=NOW, again=again, times=times)


@pytest.mark.parametrize("untrusted", [b"", b"[]", b'{"version":1,"waiting":[{}]}', b"[" * 9999])
def test_a_damaged_queue_is_refused(untrusted: bytes) -> None:
    with pytest.raises(CaptureError):
        CaptureQueue.parse(untrusted)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "../../elsewhere"},
        {"times": -1},
        {"times": 3, "again_hours": 0},
        {"due": "2026-03-02T09:00:00"},
    ],
)
def test_a_queue_that_leads_outside_or_never_ends_is_refused(changed: dict[str, object]) -> None:
    queue = CaptureQueue().added(URLS[:1], due=NOW, again=None, times=0)
    facts = json.loads(queue.to_json())
    assert CaptureQueue.parse(json.dumps(facts).encode()) == queue
    facts["waiting"][0] |= changed
    with pytest.raises(CaptureError, match="damaged"):
        CaptureQueue.parse(json.dumps(facts).encode())


@pytest.mark.parametrize(
    "untrusted",
    [
        b"",
        b"version: 2",
        b"version: 1\nbehaviours: [{name: a, do: run, at_most: 1}]",
        b"version: 1\nbehaviours: [{name: a, do: click, at_most: 100000}]",
        b"version: 1\nbehaviours: [{name: a, do: click, at_most: 1, script: x}]",
        b"version: 1\nbehaviours: [{name: a, do: click, at_most: 1, selectors: [1]}]",
        b"!!python/object/apply:os.system [x]",
    ],
)
def test_behaviours_are_bounded_and_hold_no_script(untrusted: bytes) -> None:
    assert [one.verb for one in usual_behaviours()].count("scroll") == 2
    with pytest.raises(CaptureError):
        parse_behaviours(untrusted)


def test_an_exit_is_named_and_no_name_is_looked_up_for_it() -> None:
    assert exit_through("socks5h://127.0.0.1:9050") == Socks5("127.0.0.1", 9050)
    assert isinstance(exit_through(None), Direct)
    one, two = (Socks5("127.0.0.1", 9050).for_one_capture() for _ in range(2))
    assert one.user != two.user
    for text in ("http://127.0.0.1:8118", "socks5h://:9050", "socks5h://host", "x"):
        with pytest.raises(CaptureError, match="socks5h"):
            exit_through(text)


@pytest.fixture
def record(feed: FeedCapture) -> CaptureRecord:
    return feed.record


def test_the_commands_say_what_a_capture_came_to_and_what_changed(
    feed: FeedCapture, tmp_path: Path
) -> None:
    def facts(*words: object, code: int) -> dict[str, object]:
        answer = CliRunner().invoke(safelight, ["evidence", "captures", *map(str, words), "--json"])
        assert answer.exit_code == code, answer.output
        found = json.loads(answer.stdout)
        assert isinstance(found, dict)
        return found

    shown = facts("show", feed.folder, code=0)
    assert (shown["status"], shown["changed"], shown["gaps"]) == ("complete", [], [])
    changed = facts("diff", feed.folder, feed.later, code=0)
    assert changed["change"] == "removed"
    assert changed["http_status"] == [200, 410]
    for name in ("record.json", *feed.record.files):
        (tmp_path / name).write_bytes((feed.folder / name).read_bytes())
    (tmp_path / "page.wacz").write_bytes(b"other")
    assert facts("show", tmp_path, code=1)["changed"] == ["page.wacz"]
    moved = replace(feed.record, url="https://elsewhere.example/")
    (tmp_path / "record.json").write_bytes(moved.to_json())
    refused = CliRunner().invoke(
        safelight, ["evidence", "captures", "diff", str(feed.folder), str(tmp_path)]
    )
    assert isinstance(refused.exception, CaptureError)


def test_who_sees_the_captor_is_said_before_anything_goes_out(tmp_path: Path) -> None:
    for words in ((), ("--direct", "--proxy", "socks5h://127.0.0.1:1")):
        answer = CliRunner().invoke(
            safelight,
            ["evidence", "capture", URLS[0], "--out", str(tmp_path / "out"), *words],
        )
        assert answer.exit_code == 2
        assert "--direct" in answer.stderr
        assert not (tmp_path / "out").exists()
