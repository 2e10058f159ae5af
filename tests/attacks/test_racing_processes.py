"""Threat: racing-processes: Requests meet in several processes at one moment, on a file or on
PostgreSQL, or the database is killed and started anew; still one commit wins, an invitation works
once, a batch holds its number, log numbers have no gap, and nothing that was acknowledged is lost.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from safelight.circles.addresses import PIECE
from tests.support.circles import Circles, batch_key, invitation, knock
from tests.support.live_server import live_server
from tests.support.postgresql import Cluster, postgresql_cluster

pytestmark = pytest.mark.live

WORKERS = 3


@dataclass(frozen=True)
class Place:
    """A server with several workers, and the PostgreSQL below it if it has one."""

    circles: Circles
    cluster: Cluster | None


@pytest.fixture(scope="module", params=["file", "postgresql"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    arguments = ["--circles", "--workers", str(WORKERS)]
    with contextlib.ExitStack() as stack:
        cluster = None
        if request.param == "postgresql":
            cluster = stack.enter_context(postgresql_cluster())
            arguments += ["--database", cluster.new_database()]
        directory = tmp_path_factory.mktemp("server")
        server = stack.enter_context(live_server(directory, arguments=arguments))
        yield Place(Circles(server), cluster)
        # Not one of all these races ended in an error.
        assert "error" not in server.logs().replace("error worker.trouble", "")


def test_the_server_runs_in_several_processes(place: Place) -> None:
    # The launcher, and its workers.
    assert len(place.circles.server.processes()) == 1 + WORKERS


def test_of_a_thousand_redeemings_at_one_moment_one_comes_in(place: Place) -> None:
    circles = place.circles
    circle = circles.founded()
    number = 70 if place.cluster else 71
    assert circles.open_batch(circle, batch_key(number)).status == 201
    invited = invitation(batch_key(number))
    # A thousand on a file: tests/attacks/test_invitation_used_twice.py
    count = 1_000 if place.cluster else 100
    with ThreadPoolExecutor(32) as at_once:
        answers = list(at_once.map(lambda _: circles.come_in(invited, knock()), range(count)))
    assert sorted(one.status for one in answers) == [201, *[409] * (count - 1)]
    problems = {one.json()["problem"] for one in answers if one.status == 409}
    assert problems == {"invitation-spent"}
    # And of a batch that was signed too often no more than its eight, whoever is faster.
    many = [invitation(batch_key(number)) for _ in range(16)]
    with ThreadPoolExecutor(16) as at_once:
        statuses = [
            answer.status for answer in at_once.map(lambda one: circles.come_in(one, knock()), many)
        ]
    assert sorted(statuses) == [201] * 7 + [409] * 9
    listed = circles.ask("GET", f"{circle.path}/batches", key=circle.door.hex()).json()
    assert [one["redeemed"] for one in listed["batches"]] == [8]


def test_of_commits_whole_and_in_pieces_one_wins_each_epoch(place: Place) -> None:
    circles = place.circles
    circle = circles.founded()
    for epoch in range(3):
        key = circle.door
        tried = [
            (secrets.token_bytes(700 if n % 2 else 2 * PIECE), secrets.token_bytes(32))
            for n in range(12)
        ]

        def commit(one: tuple[bytes, bytes], key: bytes = key, epoch: int = epoch) -> int:
            at = {"key": key, "epoch": epoch, "door": one[1]}
            if len(one[0]) <= PIECE:
                return circles.commit(circle, one[0], **at).status
            circles.send_pieces(circle.path, one[0], key=key.hex())
            return circles.end_commit(circle, one[0], **at).status

        with ThreadPoolExecutor(12) as at_once:
            statuses = list(at_once.map(commit, tried))
        assert sorted(statuses) == [201, *[409] * 11]
        sealed, door = tried[statuses.index(201)]
        assert [one["bytes"] for one in circles.whole_log(circle, key)] == [sealed]
        circle.doors.append(door)


def test_numbers_rise_without_a_gap_also_for_who_reads_meanwhile(place: Place) -> None:
    circles = place.circles
    circle = circles.founded()
    said = [secrets.token_bytes(60) for _ in range(120)]
    with ThreadPoolExecutor(13) as at_once:
        answers = [at_once.submit(circles.say, circle, one) for one in said]
        seen: list[int] = []
        while len(seen) < len(said):
            page = circles.read(circle, seen[-1] if seen else 0).json()
            seen += [one["seq"] for one in page["entries"]]
            # What is read later never comes before what was read.
            assert seen == list(range(1, len(seen) + 1))
    numbers = [one.result().json()["seq"] for one in answers]
    assert sorted(numbers) == seen
    log = circles.whole_log(circle, circle.door)
    by_number = dict(zip(numbers, said, strict=True))
    assert [one["bytes"] for one in log] == [by_number[number] for number in seen]


def test_what_was_acknowledged_outlives_a_crash_of_the_database(place: Place) -> None:
    circles = place.circles
    if place.cluster is None:
        circles.server.kill()
        circles.server.start()
    circle = circles.founded()
    said = [secrets.token_bytes(60) for _ in range(20)]
    for one in said[:10]:
        assert circles.say(circle, one).status == 201
    if place.cluster is None:
        circles.server.kill()
        circles.server.start()
    else:
        # No word to the connections, no checkpoint: it comes back from its write-ahead log.
        place.cluster.restart(how="immediate")
    for one in said[10:]:
        statuses = []
        # Each worker notices the loss of its connection once, and says "later".
        while not statuses or statuses[-1] == 503:
            statuses.append(circles.say(circle, one).status)
            assert len(statuses) < 200
        assert statuses[-1] == 201
    assert [one["bytes"] for one in circles.whole_log(circle, circle.door)] == said
