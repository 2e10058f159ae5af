"""Which code made a number: a digest that a published document carries."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

RELEASE: Final = ("safelight.release", "safelight.release.noise")


@cache
def code_sha256(*packages: str) -> str:
    """SHA-256 over the modules of these packages, in their order, then in that of their names.

    A package within one of them is named by itself.
    """
    digest = hashlib.sha256()
    for package in packages:
        for module in sorted(files(package).iterdir(), key=lambda found: found.name):
            if module.name.endswith(".py"):
                content = module.read_bytes()
                digest.update(f"{package}/{module.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()
