"""Threat: canary-on-the-server: What a browser sealed is nowhere readable on the server: not in
the database, its log, the streams, temporary files or the memory of any process.

The seal of the Python side stands in for the browser's; a journey repeats this with
real browsers. Both searches also look for something that must be there, so that a
search which finds nothing at all fails.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from safelight.vocabulary.report import Report
from tests.support.live_server import LiveServer, live_server, today
from tests.support.lying import lying
from tests.support.search_everywhere import open_files, search, spellings

pytestmark = pytest.mark.live


def sealed_report(server: LiveServer, story: str) -> bytes:
    report = Report(
        form="what-happened",
        form_version="1",
        language="ru",
        written=today(),
        sealed_by="browser",
        answers={"story": story, "acts": ("THR",)},
    )
    assert story.encode() in report.to_bytes()
    return server.sealed(report.to_bytes())


def test_a_canary_in_a_sealed_report_is_found_nowhere(tmp_path: Path) -> None:
    canary, marker = f"canary-{secrets.token_hex(16)}", f"marker-{secrets.token_hex(16)}"
    exit_to = ("--exit-to", f"https://example.org/{marker}")
    with live_server(tmp_path, arguments=exit_to) as server:
        envelopes = [sealed_report(server, f"до {canary} после") for _ in range(20)]
        for sealed in envelopes:
            answer, receipt = server.deposit(sealed)
            assert answer.status == 201
        # The roads a report takes next: the list, a fetch, the status page, refusals.
        desk = server.keeper.desks[0]
        listed = server.listed(desk)
        assert server.ask_as(desk, "GET", f"/collect/{listed[0]['id']}").body in envelopes
        server.post_form(address("ru", "receipt"), [("words", " ".join(receipt.words("ru")))])
        server.deposit(envelopes[0][:-1])

        needles = spellings(canary)
        in_envelope = lying(server.data / "mailboxes.sqlite3").as_it_lies(envelopes[-1][9000:9032])
        found = search(server, [*needles, marker.encode(), in_envelope])

        assert len(server.processes()) >= 2
        # The search does find: the marker in every process, the sealed bytes on the disk.
        for pid in server.processes():
            assert marker.encode() in found.memory[pid], "the memory search is blind"
        assert any(in_envelope in hits for hits in found.files.values()), "the file search is blind"
        assert not found.anywhere & set(needles)


def test_a_canary_typed_without_javascript_is_in_no_file(tmp_path: Path) -> None:
    canary = f"canary-{secrets.token_hex(16)}"
    with live_server(tmp_path) as server:
        for language in ("ru", "en"):
            assert server.post_form(address(language, "report"), [("story", canary)]).status == 200
            # Also on the roads where something is wrong and the form comes back.
            long = server.post_form(address(language, "report"), [("story", canary + "x" * 6000)])
            assert long.status == 422
            assert canary in long.text
            server.post_form(address(language, "report"), [("story", canary), ("age", canary)])
            server.request("POST", address(language, "report"), canary.encode(), {})
        mailboxes = [one["mailbox"].encode() for one in server.listed(server.keeper.desks[0])]
        assert len(mailboxes) == 2
        found = search(server, [*spellings(canary), *mailboxes])
        on_disk = set().union(*found.files.values())
        assert set(mailboxes) <= on_disk, "the file search is blind"
        assert on_disk <= set(mailboxes)
        assert list(server.temporary.iterdir()) == []


def test_what_was_typed_without_javascript_is_gone_from_memory_with_the_worker(
    tmp_path: Path,
) -> None:
    canary, boundary = f"canary-{secrets.token_hex(16)}", "x" * 30
    # Larger than what waits in memory, so that it takes the way over the disk as well.
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="story"\r\n\r\n{canary}\r\n'
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="files"; filename="a.txt"\r\n'
        f"Content-Type: text/plain\r\n\r\n{canary * 5000}\r\n--{boundary}--\r\n"
    )
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    with live_server(tmp_path) as server:
        assert server.post_form(address("en", "report"), [("story", canary)]).status == 200
        assert server.request("POST", address("en", "report"), parts.encode(), kind).status == 200
        needles = spellings(canary)
        assert not set().union(*search(server, needles).files.values())
        server.renew_worker()
        left = search(server, [*needles, b"mailboxes.sqlite3"])
        assert left.memory, "the memory search is blind"
        assert not left.anywhere & set(needles)


def test_the_server_has_only_its_own_files_open(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        server.post_form(address("en", "report"), [("story", "text")])
        server.deposit(server.sealed(b"text"))
        opened = open_files(server)
        assert opened, "the look at open files is blind"
        allowed = (str(server.data), str(tmp_path / "std"))
        assert [path for path in opened if not path.startswith(allowed)] == []
        assert [path for path in opened if "(deleted)" in path] == []
