"""Timestamp authorities as data: a YAML file that the desk's operator writes.

None is built in: whom a court believes differs from place to place, and each authority learns
when a desk seals evidence.

```yaml
authorities:
  - name: first            # a-z, 0-9 and -; file names in the bundle begin with it
    address: https://…
    roots: first-root.pem  # beside this file; also goes to the expert, by another way
    chain: first-chain.pem # only if its replies leave out certificates in between
```
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from safelight.evidence.problems import EvidenceError

_LARGEST: Final = 1024 * 1024
MOST_AUTHORITIES: Final = 8
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True)
class Authority:
    """Whom to ask and what to believe: `roots` and `chain` are PEM."""

    name: str
    address: str
    roots: bytes = field(repr=False)
    chain: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise EvidenceError("an authority's name is 1 to 32 of a-z, 0-9 and -")
        if not self.address.startswith(("https://", "http://")):
            raise EvidenceError("an authority's address begins with https:// (or http://)")


def read_authorities(path: Path) -> tuple[Authority, ...]:
    """Read the file, and the certificates beside it. Raises `EvidenceError`."""
    try:
        untrusted = yaml.safe_load(path.read_bytes()[:_LARGEST])
    except (yaml.YAMLError, ValueError, RecursionError):
        # Not chained: the parser's error repeats the text.
        raise EvidenceError("the file of authorities is not YAML") from None
    listed = untrusted.get("authorities") if isinstance(untrusted, dict) else None
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_AUTHORITIES:
        raise EvidenceError(f"expected `authorities:` with 1 to {MOST_AUTHORITIES} entries")
    found = tuple(_authority(entry, path.parent) for entry in listed)
    if len({one.name for one in found}) != len(found):
        raise EvidenceError("two authorities have one name; give each its own")
    return found


def _authority(untrusted: Any, beside: Path) -> Authority:
    expected = {"name", "address", "roots"}
    if (
        not isinstance(untrusted, dict)
        or not expected <= set(untrusted) <= expected | {"chain"}
        or not all(isinstance(value, str) for value in untrusted.values())
    ):
        raise EvidenceError("an authority has `name`, `address`, `roots` and perhaps `chain`")
    return Authority(
        name=untrusted["name"],
        address=untrusted["address"],
        roots=_pem(untrusted, "roots", beside),
        chain=_pem(untrusted, "chain", beside) if "chain" in untrusted else b"",
    )


def _pem(entry: Mapping[str, str], which: str, beside: Path) -> bytes:
    try:
        content = (beside / entry[which]).read_bytes()[:_LARGEST]
    except (OSError, ValueError):
        raise EvidenceError(f"the file of `{which}` of an authority cannot be read") from None
    if b"-----BEGIN CERTIFICATE-----" not in content:
        raise EvidenceError(f"the file of `{which}` of an authority holds no certificate in PEM")
    return content
