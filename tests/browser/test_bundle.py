"""What is served is what was read: the committed script equals a rebuild, and stays harmless."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from safelight.intake.addresses import FORM_SCRIPT, RECEIPT_SCRIPT, UPLOAD_SCRIPT
from tests.browser.node import run_script

STATIC = Path(str(files("safelight.intake").joinpath("static")))
MODULES: dict[str, list[str]] = json.loads((STATIC / "modules.json").read_text("utf-8"))
# Everything that runs in a reporter's browser, whichever page it is on.
SCRIPTS = {path.name: path.read_text("utf-8") for path in sorted(STATIC.glob("*.js"))}
MOST_BYTES = 11_000  # with headers, an answer of at most 12,000


def test_the_committed_bundle_equals_a_rebuild_byte_for_byte() -> None:
    checked = run_script("check-bundle.mjs")
    assert checked.returncode == 0, checked.stderr


def test_one_changed_byte_of_anything_served_is_found(tmp_path: Path) -> None:
    served = tmp_path / "static"
    shutil.copytree(STATIC, served)
    for name in ("a.js", "q.js", "ru.js"):
        content = (served / name).read_bytes()
        (served / name).write_bytes(content[:-1] + b" ")
    (served / "en.js").unlink()
    (served / "left-over.js").write_bytes(b"")
    checked = run_script("check-bundle.mjs", served)
    assert checked.returncode == 1
    for problem in (
        "a.js: ",
        "q.js: ",
        "ru.js: ",
        "en.js is missing",
        "left-over.js is built from nothing",
    ):
        assert problem in checked.stderr
    assert "licenses.txt" not in checked.stderr


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
def test_the_scripts_leave_no_trace_and_run_under_the_strict_policy(forbidden: str) -> None:
    for name, script in SCRIPTS.items():
        lines = (line for line in script.splitlines() if not line.lstrip().startswith(("//", "*")))
        assert re.search(forbidden, "\n".join(lines)) is None, name


def test_every_script_comes_through_a_network_that_cuts_after_some_kilobytes() -> None:
    sizes = {name: len(gzip.compress(text.encode(), 9)) for name, text in SCRIPTS.items()}
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}


def test_a_page_can_ask_for_every_module_at_once() -> None:
    assert set(MODULES) == {FORM_SCRIPT, RECEIPT_SCRIPT, UPLOAD_SCRIPT}
    for entry, modules in MODULES.items():
        assert entry in SCRIPTS
        asked = set()
        for name in modules:
            needs = r'^const \{.+\} = await safelightModule\("([^"]+)"\);$'
            asked |= set(re.findall(needs, SCRIPTS[name], re.MULTILINE))
        assert asked <= set(modules), entry
        assert [name for name in modules if f'"{name}"' not in SCRIPTS[entry]] == []


def test_the_form_cannot_open_what_it_seals() -> None:
    report = "\n".join(SCRIPTS[name] for name in MODULES[FORM_SCRIPT])
    assert "class Encrypter" in report
    assert "src/sealing/opening.ts" not in report


def test_the_scripts_ask_for_no_address_but_our_own() -> None:
    for script in SCRIPTS.values():
        assert re.findall(r"[\"'`]https?://[^\"'`]*[\"'`]", script) == []
    ours = "\n".join(text for text in SCRIPTS.values() if "/* node_modules/" not in text)
    addresses = set(re.findall(r"[\"'`](/[a-z][^\"'`]*)[\"'`]", ours))
    assert {address.split("/")[1] for address in addresses} == {
        "mailbox",
        "roster",
        "upload",
        "work",
    }
