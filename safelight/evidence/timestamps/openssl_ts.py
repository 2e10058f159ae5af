"""The second opinion on a timestamp: `openssl ts -verify`, if OpenSSL is on this machine."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Final

from safelight.evidence.problems import TimestampError

_PATIENCE: Final = 30.0  # seconds


def openssl_accepts(
    untrusted_reply: bytes,
    data: bytes,
    *,
    request: bytes,
    roots: bytes,
    chain: bytes,
    at: datetime,
) -> bool:
    """Return True if OpenSSL agrees, False if it is not installed; raise `TimestampError` else.

    Certificates are held against the time `at`. What is asked twice: that the reply is of
    `data`, and that it answers `request` (imprint and nonce).
    """
    program = shutil.which("openssl")
    if program is None:
        return False
    with tempfile.TemporaryDirectory(prefix="safelight-ts-") as place:
        files = {"reply": untrusted_reply, "data": data, "request": request, "roots": roots}
        if chain:
            files["chain"] = chain
        for name, content in files.items():
            (Path(place) / name).write_bytes(content)
        for what in (["-data", "data"], ["-queryfile", "request"]):
            asked = [program, "ts", "-verify", *what, "-in", "reply", "-CAfile", "roots"]
            asked += ["-attime", str(int(at.timestamp())), *(["-untrusted", "chain"] * bool(chain))]
            try:
                said = subprocess.run(  # noqa: S603  # our own words only; bytes go by files
                    asked,
                    cwd=place,
                    env={"OPENSSL_CONF": "/dev/null"},
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    check=False,
                    timeout=_PATIENCE,
                )
            except subprocess.TimeoutExpired:
                raise TimestampError("openssl did not answer; try again") from None
            if said.returncode != 0:
                raise TimestampError("rfc3161-client takes this timestamp, `openssl ts` does not")
    return True
