"""Threat: opening-is-kept-apart: A thief inside the running server finds no code that opens an
envelope, because none of it is loaded.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "safelight" / "sealing"
OPENING = "safelight.sealing.opening"
# `command` and `roster_command` run on a person's machine; they cannot open either.
MODULES = sorted(path for path in PACKAGE.glob("*.py") if path.stem not in ("__init__", "opening"))


def test_importing_all_of_sealing_loads_nothing_that_opens() -> None:
    names = [f"safelight.sealing.{path.stem}" for path in MODULES]
    assert len(names) > 10
    script = (
        "import importlib, json, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted(m for m in sys.modules if m.startswith('safelight'))))"
    )
    loaded = json.loads(
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout
    )
    assert set(names) <= set(loaded)
    assert OPENING not in loaded


def test_only_the_opening_module_decrypts() -> None:
    def decrypting(path: Path) -> set[str]:
        called = {
            node.func.attr
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        return called & {"decrypt", "decrypt_into", "decapsulate"}

    assert decrypting(PACKAGE / "opening.py") == {"decrypt"}
    assert {path.name: calls for path in MODULES if (calls := decrypting(path))} == {}
