"""Each bad input gets one clear refusal, leaves nothing, and the next good deposit works."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from safelight.intake.addresses import address
from safelight.sealing.opening import HybridIdentity
from safelight.sealing.padding import PADDED_SIZES
from safelight.sealing.receipt import Receipt
from safelight.sealing.recipients import X25519Recipient, parse_recipient
from safelight.sealing.seal import seal_bytes
from tests.support.live_server import LiveServer
from tests.support.raw_http import deposit_head, exchange, problem

pytestmark = pytest.mark.live
SMALLEST = PADDED_SIZES[0]
CLASSIC = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"


def not_an_envelope(server: LiveServer) -> bytes:
    return b"\x00" * SMALLEST


def truncated_but_padded_to_a_class(server: LiveServer) -> bytes:
    header = server.sealed(b"text").partition(b"\n---")[0]
    return header.ljust(SMALLEST, b"A")


def cut_to_nothing(server: LiveServer) -> bytes:
    return b""


def one_byte_short(server: LiveServer) -> bytes:
    return server.sealed(b"text")[:-1]


def one_byte_long(server: LiveServer) -> bytes:
    return server.sealed(b"text") + b"\x00"


def sealed_to_nobody(server: LiveServer) -> bytes:
    mac = b"--- " + b"A" * 43 + b"\n"
    return (b"age-encryption.org/v1\n" + mac).ljust(SMALLEST, b"\x00")


def _with_stanza(server: LiveServer, stanza: bytes, *, keep_own: bool) -> bytes:
    """The header of a real envelope with a classic stanza added or put in its place."""
    version, _, rest = server.sealed(b"text").partition(b"\n")
    own, _, payload = rest.partition(b"\n---")
    stanzas = (own + b"\n" if keep_own else b"") + stanza
    return (version + b"\n" + stanzas + b"---" + payload)[:SMALLEST].ljust(SMALLEST, b"\x00")


def _classic_stanza() -> bytes:
    recipient = parse_recipient(CLASSIC)
    assert isinstance(recipient, X25519Recipient)
    from safelight.sealing.seal import seal_stream

    out = io.BytesIO()
    seal_stream(io.BytesIO(b"text"), out, [recipient], padded=False)
    return out.getvalue().partition(b"\n")[2].partition(b"---")[0]


def sealed_to_a_classic_key(server: LiveServer) -> bytes:
    return _with_stanza(server, _classic_stanza(), keep_own=False)


def sealed_to_mixed_keys(server: LiveServer) -> bytes:
    return _with_stanza(server, _classic_stanza(), keep_own=True)


Case = tuple[Callable[[LiveServer], bytes], str, str]
BODIES: list[Case] = [
    (not_an_envelope, "not-an-envelope", "not an age v1 file"),
    (truncated_but_padded_to_a_class, "not-an-envelope", "header"),
    (sealed_to_nobody, "not-an-envelope", "sealed to nobody"),
    (sealed_to_a_classic_key, "not-an-envelope", "post-quantum"),
    (sealed_to_mixed_keys, "not-an-envelope", "post-quantum"),
    (cut_to_nothing, "wrong-size", "0 bytes announced"),
    (one_byte_short, "wrong-size", f"{SMALLEST - 1} bytes"),
    (one_byte_long, "wrong-size", f"{SMALLEST + 1} bytes"),
]


@pytest.mark.parametrize(
    ("make", "code", "words"), BODIES, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_bad_body_is_refused_with_its_reason_and_the_next_good_one_is_kept(
    server: LiveServer, make: Callable[[LiveServer], bytes], code: str, words: str
) -> None:
    waiting = len(server.listed(server.keeper.desks[0]))
    refused, receipt = server.deposit(make(server))
    assert refused.status == 400
    said = problem(refused.body)
    assert said["problem"] == code
    assert words in said["got"]
    # Nothing of it was kept: the same mailbox takes a good envelope as new.
    good, _ = server.deposit(server.sealed(b"text"), receipt)
    assert good.status == 201
    assert len(server.listed(server.keeper.desks[0])) == waiting + 1


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", ""])
def test_another_content_type_is_refused(server: LiveServer, content_type: str) -> None:
    sealed = server.sealed(b"text")
    refused, receipt = server.deposit(sealed, Content_Type=content_type)
    assert (refused.status, problem(refused.body)["problem"]) == (415, "wrong-type")
    assert server.deposit(sealed, receipt)[0].status == 201


@pytest.mark.parametrize("verifier", ["", "abc", "A" * 64, "0" * 63, "0" * 65])
def test_a_verifier_that_is_no_hash_is_refused(server: LiveServer, verifier: str) -> None:
    sealed = server.sealed(b"text")
    refused, receipt = server.deposit(sealed, Safelight_Verifier=verifier)
    assert (refused.status, problem(refused.body)["problem"]) == (400, "no-verifier")
    assert server.deposit(sealed, receipt)[0].status == 201


@pytest.mark.parametrize("path", ["/mailbox/", "/mailbox/abc", "/mailbox/" + "A" * 32])
def test_a_mailbox_id_of_another_form_does_not_exist(server: LiveServer, path: str) -> None:
    answer = server.request("POST", path, b"x" * 10)
    assert (answer.status, problem(answer.body)["problem"]) == (404, "no-such-page")


def test_a_body_of_unknown_length_is_refused(server: LiveServer) -> None:
    receipt = Receipt.generate()
    chunked = deposit_head(server, receipt.mailbox_id.hex(), "Transfer-Encoding: chunked")
    status, body = exchange(server, chunked + b"5\r\nhello\r\n0\r\n\r\n")
    assert (status, problem(body)["problem"]) == (411, "length-missing")
    assert server.deposit(server.sealed(b"text"), receipt)[0].status == 201


@pytest.mark.parametrize("size", PADDED_SIZES)
def test_every_size_class_is_kept_and_comes_out_byte_for_byte(
    server: LiveServer, size: int
) -> None:
    content = b"x" * (size // 2)
    sealed = server.sealed(content)
    assert len(sealed) == size
    desk = server.keeper.desks[0]
    before = {one["id"] for one in server.listed(desk)}
    assert server.deposit(sealed)[0].status == 201
    (new,) = [one for one in server.listed(desk) if one["id"] not in before]
    assert new["size"] == size
    assert server.ask_as(desk, "GET", f"/collect/{new['id']}").body == sealed


def test_an_envelope_for_people_outside_the_roster_is_kept_as_the_server_cannot_tell(
    server: LiveServer,
) -> None:
    # Honest limit: stanzas do not name their recipient. A desk sets such envelopes aside.
    stranger = HybridIdentity.generate().recipient()
    assert server.deposit(seal_bytes(b"text", [stranger]))[0].status == 201


def test_methods_that_an_address_does_not_have_are_refused(server: LiveServer) -> None:
    for method, path in [
        ("GET", "/mailbox/" + "0" * 32),
        ("PUT", address("en", "report")),
        ("DELETE", "/collect"),
        ("POST", "/en/"),
        ("POST", "/0"),
    ]:
        assert server.request(method, path).status == 405, (method, path)
