"""One way to read a public key, for every command; a private one is refused by all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from safelight.command_line import safelight
from safelight.sealing.public_key import PublicKeyError, load_public_key, parse_public_key

_KEY = Ed25519PrivateKey.generate()
_HEX = _KEY.public_key().public_bytes_raw().hex()


def _pem(kind: PrivateFormat, lock: KeySerializationEncryption | None = None) -> bytes:
    return _KEY.private_bytes(Encoding.PEM, kind, lock or NoEncryption())


def test_hex_and_a_file_of_it_are_read_alike(tmp_path: Path) -> None:
    file = tmp_path / "root.pub"
    file.write_text(f"{_HEX.upper()}\n", encoding="ascii")
    expected = _KEY.public_key().public_bytes_raw()
    for given in (_HEX, f"  {_HEX}\n", str(file)):
        assert load_public_key(given).public_bytes_raw() == expected


def test_a_file_whose_path_is_as_long_as_a_key_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "k" * 60 + ".pub"
    Path(name).write_text(_HEX, encoding="ascii")
    assert load_public_key(name) == _KEY.public_key()


@pytest.mark.parametrize(
    "secret",
    [
        _pem(PrivateFormat.PKCS8),
        _pem(PrivateFormat.OpenSSH),
        _pem(PrivateFormat.PKCS8, BestAvailableEncryption(b"x")),
        b"AGE-SECRET-KEY-PQ-1QQQ",
    ],
)
def test_a_private_key_is_called_one_and_never_shown(tmp_path: Path, secret: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(secret)
    readers: list[Callable[[], object]] = [
        lambda: load_public_key(str(file)),
        lambda: parse_public_key(secret.decode()),
    ]
    for read in readers:
        with pytest.raises(PublicKeyError, match="this is a private key") as refusal:
            read()
        assert secret.decode().splitlines()[-1] not in str(refusal.value)


@pytest.mark.parametrize("given", ["", "0" * 63, "0" * 65, "g" * 64, "no-such-file", "a\0b"])
def test_anything_else_is_refused(given: str) -> None:
    with pytest.raises(PublicKeyError, match="64 hex digits"):
        load_public_key(given)


@pytest.mark.parametrize(
    "command",
    [
        ("desk", "run", "--data", "D", "--root", "K"),
        ("publication", "verify", "D", "--key", "K"),
        ("publication", "mirror", "D", "T", "--key", "K"),
        ("roster", "fingerprint", "K"),
        ("team", "show", "F", "--root", "K"),
    ],
)
def test_every_command_refuses_a_private_key(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "D").mkdir()
    (tmp_path / "F").write_bytes(b"{}")
    key = tmp_path / "key.pem"
    key.write_bytes(_pem(PrivateFormat.PKCS8))
    places = {"D": tmp_path / "D", "T": tmp_path / "T", "F": tmp_path / "F", "K": key}
    ran = CliRunner().invoke(safelight, [str(places.get(word, word)) for word in command])
    assert isinstance(ran.exception, PublicKeyError), ran.output
    assert "this is a private key" in str(ran.exception)
