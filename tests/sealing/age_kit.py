"""The C2SP CCTV age kit, read at test time from the npm package that carries it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COUNT = 143
_DUMP = """
const kit = await import(process.argv[1]);
const files = Object.entries(kit);
const found = files.map(([name, file]) => [name, Buffer.from(file).toString("base64")]);
process.stdout.write(JSON.stringify(found));
"""


@dataclass(frozen=True)
class KitFile:
    """One vector: what must come of opening `sealed` with these identities."""

    name: str
    expect: str
    payload: str | None
    identities: tuple[str, ...]
    passphrases: tuple[str, ...]
    armored: bool
    sealed: bytes


def _parsed(name: str, raw: bytes) -> KitFile:
    head, _, body = raw.partition(b"\n\n")
    fields: dict[str, list[str]] = {}
    for line in head.decode("utf-8").splitlines():
        key, _, value = line.partition(": ")
        fields.setdefault(key, []).append(value)
    known = {"expect", "payload", "identity", "passphrase", "armored", "file key", "comment"}
    assert set(fields) <= known | {"compressed"}, f"{name} has a field this reader does not know"
    if fields.get("compressed") == ["zlib"]:
        body = zlib.decompress(body)
    return KitFile(
        name=name,
        expect=fields["expect"][0],
        payload=fields.get("payload", [None])[0],
        identities=tuple(fields.get("identity", ())),
        passphrases=tuple(fields.get("passphrase", ())),
        armored=fields.get("armored") == ["yes"],
        sealed=body,
    )


@cache
def age_kit() -> tuple[KitFile, ...]:
    """All vectors, from `$SAFELIGHT_AGE_KIT` or browser/node_modules/cctv-age; else a skip."""
    folder = Path(
        os.environ.get("SAFELIGHT_AGE_KIT") or ROOT / "browser" / "node_modules" / "cctv-age"
    )
    if not (folder / "index.js").is_file():
        pytest.skip("the age kit is not installed: `make test` does it (npm ci in browser/)")
    node = shutil.which("node") or shutil.which("node", path=str(ROOT / ".venv" / "bin"))
    if node is None:
        pytest.skip("no node to read the age kit with: `make test` brings one")
    dumped = subprocess.run(
        [node, "--input-type=module", "-e", _DUMP, (folder / "index.js").as_uri()],
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    return tuple(_parsed(name, base64.b64decode(data)) for name, data in json.loads(dumped))
