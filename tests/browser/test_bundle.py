"""What is served is what was read: the committed script equals a rebuild, and stays harmless."""

from __future__ import annotations

import re
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from tests.browser.node import run_script

STATIC = Path(str(files("safelight.intake").joinpath("static")))
SCRIPT = (STATIC / "report.js").read_text("utf-8")


def test_the_committed_bundle_equals_a_rebuild_byte_for_byte() -> None:
    checked = run_script("check-bundle.mjs")
    assert checked.returncode == 0, checked.stderr


def test_one_changed_byte_of_anything_served_is_found(tmp_path: Path) -> None:
    served = tmp_path / "static"
    shutil.copytree(STATIC, served)
    for name in ("report.js", "words-ru.js"):
        content = (served / name).read_bytes()
        (served / name).write_bytes(content[:-1] + b" ")
    (served / "words-en.js").unlink()
    checked = run_script("check-bundle.mjs", served)
    assert checked.returncode == 1
    for problem in ("report.js: ", "words-ru.js: ", "words-en.js is missing"):
        assert problem in checked.stderr
    assert "report.licenses.txt" not in checked.stderr


@pytest.mark.parametrize(
    "forbidden",
    [
        r"\bconsole\.",
        r"\blocalStorage\b",
        r"\bsessionStorage\b",
        r"\bindexedDB\b",
        r"\bdocument\.cookie\b",
        r"\bhistory\.",
        r"\.innerHTML\b",
        r"\beval\(",
        r"new Function\b",
        r"\bWebAssembly\b",
        r"\bMath\.random\b",
        r"\bnavigator\.",
    ],
)
def test_the_bundle_leaves_no_trace_and_runs_under_the_strict_policy(forbidden: str) -> None:
    lines = (line for line in SCRIPT.splitlines() if not line.lstrip().startswith(("//", "*")))
    code = "\n".join(lines)
    assert re.search(forbidden, code) is None


def test_the_bundle_cannot_open_what_it_seals() -> None:
    assert re.search(r"\bEncrypter = class\b|\bclass Encrypter\b", SCRIPT)
    assert "Decrypter" not in SCRIPT
    assert "src/sealing/opening.ts" not in SCRIPT


def test_the_bundle_asks_for_no_address_but_the_mailbox() -> None:
    addresses = re.findall(r"[\"'`](https?://[^\"'`]*|/[a-z][^\"'`]*)[\"'`]", SCRIPT)
    assert addresses == ["/mailbox/${mailbox.id}"]
    assert SCRIPT.count("fetch(") == 2  # one call of ours, one of the browser's
