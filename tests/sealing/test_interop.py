"""Other implementations open our classic files, and we theirs."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
from pathlib import Path

import pyrage
import pytest

from safelight.sealing.armor import armored, dearmored, is_armored
from safelight.sealing.opening import (
    HybridIdentity,
    X25519Identity,
    open_stream,
    parse_identity,
)
from safelight.sealing.payload import CHUNK
from safelight.sealing.recipients import parse_recipient
from safelight.sealing.seal import seal_stream

IDENTITY = X25519Identity(bytes(range(32)))
LENGTHS = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]


def content_of(length: int) -> bytes:
    return (b"interop " * (length // 8 + 1))[:length]


def sealed(content: bytes) -> bytes:
    sink = io.BytesIO()
    seal_stream(io.BytesIO(content), sink, [IDENTITY.recipient()], padded=False)
    return sink.getvalue()


def opened(file: bytes) -> bytes:
    sink = io.BytesIO()
    open_stream(io.BytesIO(file), sink, [IDENTITY], padded=False)
    return sink.getvalue()


@pytest.fixture(scope="session")
def age() -> str:
    found = shutil.which("age")
    if found is None:
        pytest.skip("the age command is not installed; `make system-packages` installs it")
    return found


def run(*command: str, stdin: bytes) -> bytes:
    return subprocess.run(command, input=stdin, capture_output=True, check=True, timeout=60).stdout


@pytest.fixture
def identity_file(tmp_path: Path) -> str:
    file = tmp_path / "identity"
    file.write_text(IDENTITY.encode() + "\n")
    return str(file)


def test_recipients_are_written_as_age_writes_them(age: str, identity_file: str) -> None:
    keygen = shutil.which("age-keygen")
    assert keygen, f"age is at {age}, age-keygen is not installed with it"
    printed = run(keygen, "-y", identity_file, stdin=b"").decode().strip()
    assert printed == IDENTITY.recipient().encode()
    assert str(pyrage.x25519.Identity.from_str(IDENTITY.encode()).to_public()) == printed
    assert parse_recipient(printed) == IDENTITY.recipient()


@pytest.mark.parametrize("length", LENGTHS)
def test_age_opens_ours_and_we_open_ages(age: str, identity_file: str, length: int) -> None:
    content, recipient = content_of(length), IDENTITY.recipient().encode()
    ours = sealed(content)
    assert run(age, "-d", "-i", identity_file, stdin=ours) == content
    assert run(age, "-d", "-i", identity_file, stdin=armored(ours).encode()) == content
    assert opened(run(age, "-r", recipient, stdin=content)) == content
    theirs = run(age, "-a", "-r", recipient, stdin=content)
    assert is_armored(theirs)
    assert opened(dearmored(theirs)) == content
    assert armored(dearmored(theirs)).encode() == theirs


@pytest.mark.parametrize("length", LENGTHS)
def test_pyrage_opens_ours_and_we_open_pyrages(length: int) -> None:
    content = content_of(length)
    identity = pyrage.x25519.Identity.from_str(IDENTITY.encode())
    ours = sealed(content)
    assert pyrage.decrypt(ours, [identity]) == content
    assert pyrage.decrypt(armored(ours).encode(), [identity]) == content
    theirs = pyrage.encrypt(content, [identity.to_public()])
    assert opened(theirs) == content
    theirs = pyrage.encrypt(content, [identity.to_public()], armored=True)
    assert is_armored(theirs)
    assert opened(dearmored(theirs)) == content


def test_age_opens_a_padded_file_and_shows_the_padding(age: str, identity_file: str) -> None:
    sink = io.BytesIO()
    seal_stream(io.BytesIO(b"content"), sink, [IDENTITY.recipient()], padded=True)
    plain = run(age, "-d", "-i", identity_file, stdin=sink.getvalue())
    assert plain.rstrip(b"\0") == b"content\x80"


# The example strings of C2SP age.md: no other implementation here reads hybrid keys.
SPEC_IDENTITY = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"
SPEC_RECIPIENT_DIGEST = "a091dd7e0ee9d62b75173dcc98441a0424baa941e66a8776e570a4ae60ff61ea"
SPEC_X25519_IDENTITY = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
SPEC_X25519_RECIPIENT = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"


def test_keys_of_the_specification_read_and_derive_as_it_says() -> None:
    hybrid = parse_identity(SPEC_IDENTITY)
    assert isinstance(hybrid, HybridIdentity)
    assert hybrid.encode() == SPEC_IDENTITY
    recipient = hybrid.recipient().encode()
    assert hashlib.sha256(recipient.encode()).hexdigest() == SPEC_RECIPIENT_DIGEST
    classic = parse_identity(SPEC_X25519_IDENTITY)
    assert classic.encode() == SPEC_X25519_IDENTITY
    assert classic.recipient().encode() == SPEC_X25519_RECIPIENT
