"""Threat: mixed-upload-parts: Somebody joins parts of two uploads, parts that are not theirs, or
one part twice; the join is refused, or what comes of it opens nowhere and takes from nobody.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from safelight.sealing.header import SealedFileError
from safelight.sealing.opening import open_bytes
from safelight.sealing.receipt import Receipt
from tests.support.live_server import live_server
from tests.support.raw_http import problem
from tests.support.tus import Tus, first

pytestmark = pytest.mark.live


def test_parts_of_two_uploads_do_not_become_an_envelope_that_opens(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        tus, desk = Tus(server), server.keeper.desks[0]
        one, two = server.sealed(b"one"), server.sealed(b"two")
        cut = 20_000
        digest = hashlib.sha256(one).hexdigest()

        def parts() -> list[str]:
            return [tus.partial(one[:cut]), tus.partial(two[cut:])]

        # With the digest, which a client may announce, nothing is kept.
        refused = tus.join(parts(), first(Receipt.generate(), sha256=digest))
        assert (refused.status, problem(refused.body)["problem"]) == (400, "wrong-digest")
        assert server.listed(desk) == []
        # Without it the server cannot know; the desk does.
        assert tus.join(parts(), first(Receipt.generate())).status == 201
        (line,) = server.listed(desk)
        mixed = server.ask_as(desk, "GET", f"/collect/{line['id']}").body
        with pytest.raises(SealedFileError):
            open_bytes(mixed, [desk.identity])


def test_a_part_is_used_once_and_only_whole_and_in_its_own_kind(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        tus, sealed = Tus(server), server.sealed(b"text")
        half = len(sealed) // 2
        parts = [tus.partial(sealed[:half]), tus.partial(sealed[half:])]
        owner, thief = Receipt.generate(), Receipt.generate()
        assert tus.join(parts, first(owner)).status == 201
        whole = tus.create(len(sealed), first(Receipt.generate())).headers["location"]
        begun = tus.create(half, Upload_Concat="partial").headers["location"]
        final = tus.join(parts, first(owner)).headers["location"]
        for tried in (
            parts,  # whoever learned the addresses of a joined upload
            [parts[0], parts[0]],
            [begun, tus.partial(sealed[half:])],
            [whole],
            [final],
        ):
            refused = tus.join(tried, first(thief))
            assert (refused.status, problem(refused.body)["problem"]) == (409, "not-a-part")
        guessed = ["/upload/" + "0" * 32]
        assert tus.join(guessed, first(thief)).status == 404
        lines = server.listed(server.keeper.desks[0])
        assert [one["mailbox"] for one in lines] == [owner.mailbox_id.hex()]
