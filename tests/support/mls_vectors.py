"""Write vectors/mls from the official files: `python -m tests.support.mls_vectors FOLDER`.

Keeps the cases of the cipher suites that circles' code can run and says how many it left out.
The same input gives the same bytes: no time stands in the gzip header.
"""

import argparse
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

# RFC 9420, section 17.1: X25519 with AES-128-GCM, and with ChaCha20-Poly1305. The others need
# curves (P-256, P-384, P-521, X448) that no circle uses and that are left out of what is served.
KEPT_SUITES = (1, 3)
FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "mls"


def kept(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cases of kept suites, and those that belong to no suite."""
    return [case for case in cases if case.get("cipher_suite", KEPT_SUITES[0]) in KEPT_SUITES]


def packed(cases: list[dict[str, Any]]) -> bytes:
    """JSON without blanks, compressed."""
    plain = json.dumps(cases, separators=(",", ":"), sort_keys=True).encode()
    return gzip.compress(plain, compresslevel=9, mtime=0)


def main() -> None:
    """Read the official files, write ours and `kept.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("originals", type=Path, help="the folder test-vectors, with *.json")
    originals: Path = parser.parse_args().originals
    FOLDER.mkdir(parents=True, exist_ok=True)
    listed = {}
    for original in sorted(originals.glob("*.json")):
        untrusted = original.read_bytes()
        cases = json.loads(untrusted)
        chosen = kept(cases)
        (FOLDER / f"{original.stem}.json.gz").write_bytes(packed(chosen))
        listed[original.stem] = {
            "official": len(cases),
            "kept": len(chosen),
            "sha256_of_official": hashlib.sha256(untrusted).hexdigest(),
        }
    (FOLDER / "kept.json").write_text(json.dumps(listed, indent=2) + "\n")


if __name__ == "__main__":
    main()
