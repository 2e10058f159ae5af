"""Threat: beginnings-lock-an-owner-out: Somebody who has seen a mailbox id begins as many uploads
for it as one mailbox may have; the owner of the key begins theirs all the same, and the
stranger's go with a withdrawal.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.live_server import live_server
from tests.support.tus import Tus, later, metadata

pytestmark = pytest.mark.live

# uploads.MOST_OF_A_MAILBOX; that module is not loaded outside the server.
MOST = 32


def test_a_strangers_beginnings_are_counted_apart(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        tus = Tus(server)
        _, receipt = server.deposit(server.sealed(b"report"))
        strangers = metadata(mailbox=receipt.mailbox_id.hex(), verifier="1" * 64)
        for _ in range(MOST):
            assert tus.create(32_768, strangers).status == 201
        one_more = tus.create(32_768, strangers)
        assert (one_more.status, one_more.json()["problem"]) == (409, "too-many-uploads")
        sealed = server.sealed(b"more")
        begun = tus.create(len(sealed), later(receipt))
        assert begun.status == 201
        assert tus.send(begun.headers["location"], sealed).status == 204
        (_, second) = server.listed(server.keeper.desks[0])
        assert second["size"] == len(sealed)
        taken_back = server.request(
            "POST",
            f"/mailbox/{receipt.mailbox_id.hex()}/withdraw",
            headers={
                "Safelight-Key": receipt.auth_key.hex(),
                "Safelight-Withdrawal": receipt.withdrawal_proof.hex(),
            },
        )
        assert taken_back.json()["state"] == "withdrawn"
        # Nothing waits there any more, so the count begins anew.
        assert tus.create(32_768, strangers).status == 201
