"""What is sealed opens to the same bytes, for each length around every boundary."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.errors import SafelightError
from safelight.sealing.envelope import Envelope, EnvelopeError
from safelight.sealing.header import SealedFileError, header_bytes, parse_header
from safelight.sealing.opening import (
    HybridIdentity,
    Identity,
    NoMatchError,
    PaddingError,
    PayloadError,
    X25519Identity,
    open_bytes,
    open_stream,
)
from safelight.sealing.padding import FILE_SIZES, MIB, PADDED_SIZES, plaintext_capacity
from safelight.sealing.payload import CHUNK, PAYLOAD_NONCE_SIZE, SEALED_CHUNK, plaintext_size
from safelight.sealing.recipients import Recipient
from safelight.sealing.seal import (
    MOST_RECIPIENTS,
    SealError,
    SealingWriter,
    seal_bytes,
    seal_stream,
)

DESK = HybridIdentity(bytes(range(32)))
OTHER = HybridIdentity(bytes(range(1, 33)))
CLASSIC = X25519Identity(bytes(range(32)))


class Dribbling(io.BytesIO):
    """A source that gives fewer bytes than asked for, as a pipe does."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 1000) if size and size > 0 else size)


def sealed_stream(content: bytes, recipients: list[Recipient], *, padded: bool) -> bytes:
    sink = io.BytesIO()
    length = seal_stream(io.BytesIO(content), sink, recipients, padded=padded)
    assert length == len(sink.getvalue())
    return sink.getvalue()


def opened_stream(sealed: bytes, identities: list[Identity], *, padded: bool) -> bytes:
    sink = io.BytesIO()
    written = open_stream(Dribbling(sealed), sink, identities, padded=padded)
    assert written == len(sink.getvalue())
    return sink.getvalue()


def pattern(length: int) -> bytes:
    return (b"0123456789abcdef\x80\x00\x00" * (length // 19 + 1))[:length]


LENGTHS = [0, 1, 15, 16, 17, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("identity", [DESK, CLASSIC], ids=["hybrid", "classic"])
def test_unpadded_files_open_at_every_chunk_boundary(identity: Identity, length: int) -> None:
    content = pattern(length)
    recipient = (DESK if identity is DESK else CLASSIC).recipient()
    sealed = sealed_stream(content, [recipient], padded=False)
    assert opened_stream(sealed, [identity], padded=False) == content
    payload = len(sealed) - parse_header(sealed).length - PAYLOAD_NONCE_SIZE
    assert plaintext_size(payload) == length


def capacity(size: int, recipients: int = 1) -> int:
    header = len(seal_bytes(b"", [DESK.recipient()] * recipients))
    assert header == PADDED_SIZES[0]
    overhead = parse_header(seal_bytes(b"", [DESK.recipient()] * recipients)).length + 16
    return plaintext_capacity(size, overhead)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_each_size_class_is_filled_to_its_edge_and_then_the_next_is_taken(index: int) -> None:
    size, following = PADDED_SIZES[index], PADDED_SIZES[index + 1]
    room = capacity(size) - 1  # one byte is the padding's marker
    for length, expected in ((room - 1, size), (room, size), (room + 1, following)):
        content = pattern(length)
        envelope = seal_bytes(content, [DESK.recipient()])
        assert len(envelope) == expected
        assert Envelope.parse(envelope).recipients == 1
        assert open_bytes(envelope, [DESK]) == content


def test_the_largest_envelope_is_filled_to_its_edge_and_one_byte_more_is_refused() -> None:
    content = bytes(capacity(16 * MIB) - 1)
    envelope = seal_bytes(content, [DESK.recipient()])
    assert len(envelope) == 16 * MIB
    assert open_bytes(envelope, [DESK]) == content
    with pytest.raises(SealError, match="does not fit into the largest size, 16777216"):
        seal_bytes(content + b"x", [DESK.recipient()])


@pytest.mark.parametrize("recipients", range(1, MOST_RECIPIENTS + 1))
def test_every_number_of_recipients_reaches_every_size_exactly(recipients: int) -> None:
    # 16 lengths in each 65,552 cannot occur; none of ours may be among them.
    header = parse_header(seal_bytes(b"", [DESK.recipient()] * recipients)).length
    for size in FILE_SIZES:
        plaintext = plaintext_capacity(size, header + PAYLOAD_NONCE_SIZE)
        chunks = max(1, -(-plaintext // CHUNK))
        assert header + PAYLOAD_NONCE_SIZE + plaintext + 16 * chunks == size


def test_more_recipients_than_an_envelope_has_room_for_are_refused() -> None:
    recipient = DESK.recipient()
    assert Envelope.parse(seal_bytes(b"", [recipient] * MOST_RECIPIENTS)).recipients == 16
    with pytest.raises(SealError, match="at most 16 recipients; got 17"):
        seal_bytes(b"", [recipient] * (MOST_RECIPIENTS + 1))
    file_key = bytes(16)
    header = header_bytes(file_key, [recipient.wrap(file_key)] * (MOST_RECIPIENTS + 1))
    with pytest.raises(EnvelopeError, match="at most 16 recipients; got 17"):
        Envelope.parse(header.ljust(PADDED_SIZES[0], b"\0"))


@pytest.mark.parametrize(
    ("payload", "plaintext"),
    [
        (0, None),
        (15, None),
        (16, 0),
        (17, 1),
        (SEALED_CHUNK, CHUNK),
        (SEALED_CHUNK + 1, None),
        (SEALED_CHUNK + 16, None),  # a final chunk may not be empty
        (SEALED_CHUNK + 17, CHUNK + 1),
        (2 * SEALED_CHUNK, 2 * CHUNK),
    ],
)
def test_sixteen_lengths_after_each_full_chunk_do_not_occur(
    payload: int, plaintext: int | None
) -> None:
    assert plaintext_size(payload) == plaintext


def test_a_file_larger_than_any_envelope_is_padded_to_the_next_doubling() -> None:
    sealed = sealed_stream(bytes(16 * MIB), [DESK.recipient()], padded=True)
    assert len(sealed) == 32 * MIB
    assert opened_stream(sealed, [DESK], padded=True) == bytes(16 * MIB)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"\x80", b"\x80\0", b"\0\x80", b"\x80\0\x80", b"a\x80" + bytes(200_000)],
    ids=["nothing", "zero", "marker", "marker-zero", "zero-marker", "two", "chunks-of-zeros"],
)
def test_content_that_looks_like_padding_comes_back_whole(content: bytes) -> None:
    assert open_bytes(seal_bytes(content, [DESK.recipient()]), [DESK]) == content


@settings(max_examples=40)
@given(
    pieces=st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.integers(0, 3 * CHUNK).map(bytes),
            st.integers(0, 2 * CHUNK).map(pattern),
            st.sampled_from([b"\x80", b"\x80\0"]),
        ),
        max_size=8,
    ),
    padded=st.booleans(),
)
def test_content_written_in_any_pieces_opens_to_the_same_bytes(
    pieces: list[bytes], padded: bool
) -> None:
    sink = io.BytesIO()
    writer = SealingWriter(sink, [CLASSIC.recipient()], padded=padded)
    for piece in pieces:
        writer.write(piece)
    assert writer.finish() == len(sink.getvalue())
    if padded:
        assert len(sink.getvalue()) in PADDED_SIZES
    assert opened_stream(sink.getvalue(), [CLASSIC], padded=padded) == b"".join(pieces)


def test_any_of_several_recipients_opens_and_a_stranger_does_not() -> None:
    envelope = seal_bytes(b"to two desks", [DESK.recipient(), OTHER.recipient()])
    for identities in ([DESK], [OTHER], [CLASSIC, OTHER]):
        assert open_bytes(envelope, identities) == b"to two desks"
    stranger = HybridIdentity(bytes(32))
    with pytest.raises(NoMatchError, match=r"sealed to 2 recipient\(s\), none"):
        open_bytes(envelope, [stranger, CLASSIC])


def test_two_envelopes_of_one_content_share_no_secret_part() -> None:
    first, second = (seal_bytes(b"same", [DESK.recipient()]) for _ in range(2))
    assert parse_header(first).stanzas != parse_header(second).stanzas
    assert first[-SEALED_CHUNK // 4 :] != second[-SEALED_CHUNK // 4 :]


def test_every_single_byte_changed_in_a_small_file_is_noticed() -> None:
    sealed = sealed_stream(b"short", [CLASSIC.recipient()], padded=False)
    unnoticed = []
    for at in range(len(sealed)):
        for mask in (0x01, 0x80):
            changed = bytearray(sealed)
            changed[at] ^= mask
            try:
                opened_stream(bytes(changed), [CLASSIC], padded=False)
            except SealedFileError:
                continue
            unnoticed.append((at, mask))
    assert unnoticed == []
    assert opened_stream(sealed, [CLASSIC], padded=False) == b"short"


def test_bytes_changed_in_an_envelopes_hybrid_header_are_noticed() -> None:
    sealed = sealed_stream(b"short", [DESK.recipient()], padded=False)
    for at in [*range(0, len(sealed), 23), *range(len(sealed) - 60, len(sealed))]:
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(SealedFileError):
            opened_stream(bytes(changed), [DESK], padded=False)
    assert opened_stream(sealed, [DESK], padded=False) == b"short"


@pytest.mark.parametrize("length", [CHUNK, 2 * CHUNK, 3 * CHUNK + 5])
def test_a_file_cut_at_or_near_a_chunk_boundary_is_noticed(length: int) -> None:
    content = pattern(length)
    sealed = sealed_stream(content, [CLASSIC.recipient()], padded=False)
    start = parse_header(sealed).length + PAYLOAD_NONCE_SIZE
    assert opened_stream(sealed, [CLASSIC], padded=False) == content
    cuts = {
        start + boundary + offset
        for boundary in range(0, len(sealed) - start, SEALED_CHUNK)
        for offset in (-1, 0, 1, 15, 16, 17)
    }
    for cut in sorted(cut for cut in cuts if start <= cut < len(sealed)):
        with pytest.raises(PayloadError, match=r"cut off|changed"):
            opened_stream(sealed[:cut], [CLASSIC], padded=False)
    for cut in range(start):
        with pytest.raises(SealedFileError):
            opened_stream(sealed[:cut], [CLASSIC], padded=False)


def test_chunks_that_change_places_are_noticed() -> None:
    sealed = sealed_stream(pattern(3 * CHUNK), [CLASSIC.recipient()], padded=False)
    start = parse_header(sealed).length + PAYLOAD_NONCE_SIZE
    one, two, three = (
        sealed[start + n * SEALED_CHUNK : start + (n + 1) * SEALED_CHUNK] for n in range(3)
    )
    for order in ((two, one, three), (one, one, three), (one, three), (one, two, three, three)):
        with pytest.raises(PayloadError):
            opened_stream(sealed[:start] + b"".join(order), [CLASSIC], padded=False)
    assert len(opened_stream(sealed[:start] + one + two + three, [CLASSIC], padded=False))


def test_a_file_without_padding_does_not_open_as_an_envelope() -> None:
    sealed = sealed_stream(b"plain", [DESK.recipient()], padded=False)
    with pytest.raises(PaddingError, match="not padded as an envelope"):
        open_bytes(sealed, [DESK])


def test_a_finished_writer_takes_nothing_more() -> None:
    writer = SealingWriter(io.BytesIO(), [CLASSIC.recipient()], padded=False)
    writer.finish()
    with pytest.raises(SealError, match="finished, or"):
        writer.write(b"more")
    with pytest.raises(SealError, match="finished, or"):
        writer.finish()


def test_a_writer_that_was_not_finished_leaves_a_file_that_does_not_open() -> None:
    sink = io.BytesIO()
    writer = SealingWriter(sink, [CLASSIC.recipient()], padded=False)
    writer.write(pattern(2 * CHUNK + 1))
    with pytest.raises(PayloadError, match="cut off"):
        opened_stream(sink.getvalue(), [CLASSIC], padded=False)


class FailingOnce(io.BytesIO):
    """An output that fails at its second chunk, or takes only a part of it, and then goes on."""

    def __init__(self, *, by: str) -> None:
        super().__init__()
        self.by, self.calls = by, 0

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self.calls += 1
        if self.calls == 3 and self.by == "raising":
            super().write(data)
            raise OSError("no room")
        if self.calls == 3:
            return super().write(data[:100])
        return super().write(data)


@pytest.mark.parametrize("by", ["raising", "taking a part"])
def test_a_writer_whose_output_failed_never_uses_a_nonce_again(by: str) -> None:
    sink = FailingOnce(by=by)
    writer = SealingWriter(sink, [CLASSIC.recipient()], padded=False)
    with pytest.raises((OSError, SealError), match=r"no room|took 100 of 65552"):
        writer.write(pattern(3 * CHUNK))
    written = len(sink.getvalue())
    for attempt in (lambda: writer.write(b"again"), writer.finish):
        with pytest.raises(SealError, match="output failed"):
            attempt()
    assert len(sink.getvalue()) == written


def test_an_output_that_takes_a_part_is_noticed_when_opening() -> None:
    sealed = sealed_stream(pattern(3 * CHUNK), [CLASSIC.recipient()], padded=False)
    with pytest.raises(SealError, match="took 100 of"):
        open_stream(io.BytesIO(sealed), FailingOnce(by="taking a part"), [CLASSIC], padded=False)


@settings(max_examples=150)
@given(data=st.data())
def test_a_damaged_header_raises_nothing_but_our_errors(data: st.DataObject) -> None:
    sealed = bytearray(SMALL_FILE)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(sealed)))
        kind = data.draw(st.sampled_from(["change", "insert", "remove", "repeat"]))
        piece = data.draw(st.binary(min_size=1, max_size=8) | st.sampled_from(HEADER_PARTS))
        if kind == "change":
            sealed[at : at + len(piece)] = piece
        elif kind == "insert":
            sealed[at:at] = piece
        elif kind == "remove":
            del sealed[at : at + len(piece)]
        else:
            sealed[at:at] = sealed[max(0, at - 70) : at]
    try:
        content = opened_stream(bytes(sealed), [CLASSIC], padded=False)
    except SafelightError:
        return
    assert bytes(sealed) == SMALL_FILE
    assert content == b"fuzz"


@settings(max_examples=100)
@given(st.binary(max_size=400))
def test_bytes_from_anywhere_raise_nothing_but_our_errors(untrusted: bytes) -> None:
    with pytest.raises(SealedFileError):
        parse_header(b"age-encryption.org/v1\n-> " + untrusted)


SMALL_FILE = sealed_stream(b"fuzz", [CLASSIC.recipient()], padded=False)
HEADER_PARTS = [b"\n", b"-> ", b"--- ", b" ", b"=", b"\r\n", b"X25519", b"scrypt", b"\xff"]
