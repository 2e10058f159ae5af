"""Threat: work-that-was-not-done: A flooder sends uploads with no work, forged, foreign, expired,
replayed or hoarded solutions, also across the renewal of the worker; none is kept.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Iterator

import pytest

from safelight.intake.work import Challenge, solved_work
from tests.support.live_server import Answer, LiveServer, live_server
from tests.support.raw_http import exchange, head, problem

pytestmark = pytest.mark.live
BITS = 10


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("server"), work_bits=BITS) as running:
        yield running


def challenge_of(server: LiveServer) -> Challenge:
    return Challenge.parse(server.request("GET", "/work").body)


def paid_with(server: LiveServer, work: str) -> Answer:
    return server.deposit(server.sealed(b"text"), None, Safelight_Work=work)[0]


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, str(problem(answer.body)["problem"])


def kept(server: LiveServer) -> int:
    return len(server.listed(server.keeper.desks[0]))


def test_work_that_was_not_done_for_this_server_is_refused(server: LiveServer) -> None:
    before, challenge = kept(server), challenge_of(server)
    good = solved_work(challenge, size=1)
    cheaper = challenge.text.replace(f"v1.{BITS}.", "v1.0.")
    later = challenge.text.split(".")
    later[2] = str(int(later[2]) + 3600)
    foreign = f"v1.{BITS}.9999999999.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
    unsolved = next(
        f"{challenge.text} {nonce:016x}"
        for nonce in range(10)
        if f"{challenge.text} {nonce:016x}" != good
    )
    for work in (
        "",
        "x" * 3000,
        good.upper(),
        unsolved,
        solved_work(Challenge(cheaper, 0, challenge.unit, 3600), size=1),
        solved_work(Challenge(".".join(later), BITS, challenge.unit, 3600), size=1),
        solved_work(Challenge(foreign, BITS, challenge.unit, 3600), size=1),
    ):
        assert refused(paid_with(server, work)) == (428, "work-needed")
    assert kept(server) == before
    assert paid_with(server, good).status == 201
    assert kept(server) == before + 1


def test_one_solution_pays_for_one_upload_also_when_fifty_use_it_at_once(
    server: LiveServer,
) -> None:
    before, work = kept(server), solved_work(challenge_of(server), size=1)
    statuses: list[int] = []

    def use() -> None:
        statuses.append(paid_with(server, work).status)

    threads = [threading.Thread(target=use) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] + [409] * 49
    assert kept(server) == before + 1


def test_a_solution_stays_spent_and_a_challenge_good_when_the_worker_is_renewed(
    server: LiveServer,
) -> None:
    spent, fresh = (solved_work(challenge_of(server), size=1) for _ in range(2))
    assert paid_with(server, spent).status == 201
    server.renew_worker()
    assert refused(paid_with(server, spent)) == (409, "work-spent")
    assert paid_with(server, fresh).status == 201


def solves(header: str, bits: int) -> bool:
    challenge, _, nonce = header.partition(" ")
    digest = hashlib.sha256(challenge.encode() + bytes.fromhex(nonce)).digest()
    return int.from_bytes(digest, "big") < 1 << (256 - bits)


def test_a_small_price_does_not_pay_for_a_large_upload(server: LiveServer) -> None:
    large = server.sealed(b"x" * (10 * 1024 * 1024))
    # Enough for 32 KiB; for 16 MiB by chance once in 32, so take one that is not.
    cheap = next(
        one
        for one in (solved_work(challenge_of(server), size=1) for _ in range(100))
        if not solves(one, BITS + 5)
    )
    asked = head(
        server,
        "POST",
        f"/mailbox/{secrets.token_hex(16)}",
        "Content-Type: application/octet-stream",
        f"Content-Length: {len(large)}",
        f"Safelight-Verifier: {'0' * 64}",
        f"Safelight-Work: {cheap}",
    )
    # The body never comes: nobody waits for what is not paid for.
    begun = time.monotonic()
    status, said = exchange(server, asked)
    assert (status, problem(said)["problem"]) == (428, "work-needed")
    assert time.monotonic() - begun < 10
    assert server.deposit(large)[0].status == 201


def test_challenges_hoarded_while_it_was_calm_are_refused_in_a_storm(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    calm = ("--uploads-an-hour", "100")
    with live_server(tmp_path_factory.mktemp("calm"), work_bits=0, arguments=calm) as server:
        hoarded = [solved_work(challenge_of(server), size=1) for _ in range(3)]
        assert paid_with(server, hoarded[0]).status == 201
        # 60 within five minutes are several times what is calm here.
        for _ in range(60):
            assert server.deposit(server.sealed(b"text"))[0].status == 201
        assert challenge_of(server).bits >= 3
        assert refused(paid_with(server, hoarded[1])) == (428, "work-needed")
        # Whoever asks again pays the new price and is taken.
        assert server.deposit(server.sealed(b"text"))[0].status == 201
