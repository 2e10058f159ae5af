"""What a stranger checks with coreutils and openssl alone: `sha256sums.txt` and its signature.

    openssl pkeyutl -verify -pubin -inkey publication.pub.pem -rawin \
        -in sha256sums.txt -sigfile sha256sums.sig && sha256sum --check --strict sha256sums.txt

`sha256sum` overlooks files that stand there and in no list; `safelight publication verify`
does not. The bytes signed begin with "# Safelight", so they are no other statement of ours
(a DSSE statement is signed as "DSSEv1 …").
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SUMS_NAME: Final = "sha256sums.txt"
SUMS_SIGNATURE_NAME: Final = "sha256sums.sig"


def with_checksums(
    files: Mapping[str, bytes], *, version: int, on: date, key: Ed25519PrivateKey
) -> dict[str, bytes]:
    """Return the files with the two that a standard tool checks them by."""
    lines = [f"# Safelight publication {version} of {on.isoformat()}"]
    lines += [
        f"{hashlib.sha256(content).hexdigest()}  {path}" for path, content in sorted(files.items())
    ]
    sums = ("\n".join(lines) + "\n").encode("ascii")
    return {**files, SUMS_NAME: sums, SUMS_SIGNATURE_NAME: key.sign(sums)}
