"""Threat: two-successors-of-a-key: two commands at once, or two verifications, make a publication
key void or a reader forget the newer publication; one waits for the other.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from safelight.publication.key_changes import key_of_today, read_key_changes
from safelight.publication.replaced_file import replace_file
from tests.publication.releases import KEY

COMMAND = (sys.executable, "-m", "safelight", "publication", "change-key")


def test_of_two_changes_at_once_one_is_refused(tmp_path: Path) -> None:
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "old.pem").write_bytes(pem)
    changes = tmp_path / "key-changes.json"
    running = [
        subprocess.Popen(
            [
                *(*COMMAND, "--from", str(tmp_path / "old.pem"), "--changes", str(changes)),
                *("--to", Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()),
            ],
            stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    said = [one.communicate(timeout=60)[1] for one in running]
    assert sorted(one.returncode for one in running) == [0, 1, 1]
    assert sum(b"named its successor already" in text for text in said) == 2
    named = read_key_changes(changes.read_bytes())
    assert len(named) == 1
    assert key_of_today(KEY.public_key(), named) != KEY.public_key()


def test_a_link_laid_out_in_the_way_is_not_written_through(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"mine")
    (tmp_path / ".reader.json.new").symlink_to(elsewhere)
    (tmp_path / "reader.json").symlink_to(elsewhere)
    replace_file(tmp_path / "reader.json", b"theirs")
    assert elsewhere.read_bytes() == b"mine"
    assert (tmp_path / "reader.json").read_bytes() == b"theirs"
