"""Threat: replayed-desk-request: Whoever records a desk's request cannot use it again, later, for
another path, body or desk.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.sealing.desk_request import (
    DeskRequestError,
    SeenRequests,
    sign_request,
    verified_desk,
)
from safelight.sealing.opening import HybridIdentity
from safelight.sealing.roster import Roster, RosterDesk

KEYS = {name: Ed25519PrivateKey.generate() for name in ("desk-1", "desk-2", "gone")}
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SKEW = timedelta(minutes=5)
FIRST, LAST = date(2026, 1, 1), date(2027, 1, 1)
ROSTER = Roster(
    1,
    FIRST,
    LAST,
    tuple(
        RosterDesk(
            name,
            HybridIdentity(bytes([number]) * 32).recipient().encode(),
            key.public_key().public_bytes_raw().hex(),
            FIRST,
            date(2026, 2, 1) if name == "gone" else LAST,
        )
        for number, (name, key) in enumerate(KEYS.items())
    ),
)
BODY = b'{"ids":[1]}'


def signed(desk: str = "desk-1", now: datetime = NOW) -> str:
    return sign_request("POST", "/collect/acknowledge", BODY, desk=desk, key=KEYS[desk], now=now)


def verified(header: str, seen: SeenRequests, **changes: Any) -> str:
    given = {"method": "POST", "path": "/collect/acknowledge", "body": BODY, "now": NOW} | changes
    digest = hashlib.sha256(given["body"]).hexdigest()
    return verified_desk(
        header,
        given["method"],
        given["path"],
        digest,
        ROSTER,
        now=given["now"],
        max_skew=SKEW,
        seen=seen,
    ).name


def test_a_request_works_once() -> None:
    seen, header = SeenRequests(), signed()
    assert verified(header, seen) == "desk-1"
    with pytest.raises(DeskRequestError, match="used before"):
        verified(header, seen)
    assert verified(signed(), seen) == "desk-1"
    assert verified(signed("desk-2"), seen) == "desk-2"


def test_a_request_is_never_accepted_again_at_any_later_time() -> None:
    # The memory may forget a nonce only when its time has passed.
    for made in (-300, -299, 0, 299, 300):
        seen, header = SeenRequests(), signed(now=NOW + timedelta(seconds=made))
        assert verified(header, seen) == "desk-1"
        for later in range(0, 1300, 50):
            verified(signed(now=NOW + timedelta(seconds=later)), seen, now=NOW + later * SEC)
            with pytest.raises(DeskRequestError, match=r"used before|set the desk's clock"):
                verified(header, seen, now=NOW + later * SEC)


SEC = timedelta(seconds=1)


def test_the_memory_forgets_what_can_no_longer_be_replayed() -> None:
    seen = SeenRequests()
    for second in range(0, 3600, 60):
        now = NOW + second * SEC
        verified(signed(now=now), seen, now=now)
    assert len(seen._until) <= 6


@pytest.mark.parametrize(
    "changes",
    [{"method": "GET"}, {"path": "/collect"}, {"path": "/collect/acknowledge?"}, {"body": b"{}"}],
)
def test_a_recorded_request_does_not_do_for_another(changes: dict[str, Any]) -> None:
    header = signed()
    with pytest.raises(DeskRequestError, match="not signed by a desk"):
        verified(header, SeenRequests(), **changes)
    assert verified(header, SeenRequests()) == "desk-1"


@pytest.mark.parametrize(("seconds", "accepted"), [(-301, 0), (-300, 1), (300, 1), (301, 0)])
def test_a_request_from_another_time_is_refused(seconds: int, accepted: int) -> None:
    now = NOW + seconds * SEC
    if accepted:
        assert verified(signed(), SeenRequests(), now=now) == "desk-1"
    else:
        with pytest.raises(DeskRequestError, match="more than 300 s from the server's"):
            verified(signed(), SeenRequests(), now=now)


def test_a_desk_off_the_team_an_unknown_one_and_a_bad_signature_look_alike() -> None:
    scheme, _, rest = signed().split(" ", 2)
    said = set()
    for header in (signed("gone"), f"{scheme} nobody {rest}", f"{scheme} desk-2 {rest}"):
        with pytest.raises(DeskRequestError) as refusal:
            verified(header, SeenRequests())
        said.add(str(refusal.value))
    assert len(said) == 1


def test_refused_requests_cost_the_server_no_memory() -> None:
    seen, header = SeenRequests(), signed()
    with pytest.raises(DeskRequestError):
        verified(header, seen, body=b"other")
    assert seen._until == {}
    assert verified(header, seen) == "desk-1"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Safelight-Desk",
        "Bearer x",
        signed() + " ",
        signed() + "\n",
        signed().replace("desk-1", "Desk-1"),
        "Safelight-Desk desk-1 99999999999999999999 " + "0" * 32 + " " + "0" * 128,
        "Safelight-Desk desk-1 ١٢٣ " + "0" * 32 + " " + "0" * 128,
    ],
)
def test_a_malformed_header_is_refused_with_our_error(header: str) -> None:
    with pytest.raises(DeskRequestError, match="expected the header"):
        verified(header, SeenRequests())


def test_a_line_end_cannot_be_smuggled_into_what_is_signed() -> None:
    with pytest.raises(DeskRequestError, match="visible ASCII"):
        sign_request("GET", "/collect\n0", b"", desk="desk-1", key=KEYS["desk-1"], now=NOW)
