"""Threat: hostile-mail: Somebody mails the desk's drop folder messages built to hurt: nested, huge,
in encodings that do not exist; each is survived, and the report beside them is taken in.
"""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from safelight.casework.drop_folder import Looked, envelopes_in
from tests.support.pocket_forms import deposit_of

GOOD = deposit_of(b"a report")
ENCODED = base64.encodebytes(GOOD.to_bytes())


def _nested(depth: int) -> bytes:
    head = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level)
        for level in range(depth)
    )
    return head + b"Content-Type: text/plain\n\nx\n"


def _forwarded(depth: int) -> bytes:
    return b"Content-Type: message/rfc822\n\n" * depth + b"Subject: x\n\nx\n"


HOSTILE = {
    "nested 30 deep": _nested(30),
    "nested 5,000 deep": _nested(5000),
    "forwarded 5,000 times": _forwarded(5000),
    "100,000 parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    "an encoding that does not exist": b"Content-Transfer-Encoding: klingon\n\nx\n",
    "broken base64": b"Content-Transfer-Encoding: base64\n\n" + b"A" * 99_999 + b"=\xff\n",
    "a broken uuencoded part": b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 \xff\n!!!\n",
    "a header of a megabyte": b"Subject: " + b"=?utf-8?b?QUFB?=" * 60_000 + b"\n\nx\n",
    "a character set that does not exist": b"Content-Type: text/plain; charset=\xff\xfe\n\nx\n",
    "nothing": b"",
    "zeros": bytes(100_000),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_message_is_survived_and_the_next_one_read(tmp_path: Path, what: str) -> None:
    (tmp_path / "1.eml").write_bytes(HOSTILE[what])
    (tmp_path / "2.eml").write_bytes(b"Content-Transfer-Encoding: base64\n\n" + ENCODED)
    looked = Looked()
    assert list(envelopes_in([tmp_path], looked)) == [GOOD.envelopes[0].sealed]
    assert looked.mails == 2


def test_a_message_that_claims_to_be_a_picture_is_read_by_its_bytes(tmp_path: Path) -> None:
    head = b"Content-Type: image/png; name=../../../etc/passwd\nContent-Transfer-Encoding: base64"
    (tmp_path / "1.eml").write_bytes(head + b"\n\n" + ENCODED)
    assert list(envelopes_in([tmp_path], Looked())) == [GOOD.envelopes[0].sealed]
    assert [path.name for path in tmp_path.iterdir()] == ["1.eml"]
