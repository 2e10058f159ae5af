"""The rules of the house that no linter knows."""

from __future__ import annotations

import re
import subprocess
import symtable
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "safelight"
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "migrations" not in p.parts)


def committed_files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    return [ROOT / name.decode() for name in listing.split(b"\0") if name]


def test_package_init_files_stay_empty() -> None:
    # A re-export in an __init__ slips past the import contracts.
    full = [str(p.relative_to(ROOT)) for p in PACKAGE.rglob("__init__.py") if p.read_text().strip()]
    assert full == []


def test_no_room_has_a_name_that_says_nothing() -> None:
    nameless = {"utils", "common", "core", "services", "helpers", "manager", "misc"}
    assert [str(p.relative_to(ROOT)) for p in MODULES if p.stem in nameless] == []


def test_a_module_is_a_page_of_thought() -> None:
    too_long = {
        str(p.relative_to(ROOT)): lines
        for p in MODULES
        if (lines := len(p.read_text(encoding="utf-8").splitlines())) > 600
    }
    assert too_long == {}


IMPORT = re.compile(r"\bfrom (safelight[\w.]*) import (?:\(([^)]*)\)|([\w, ]+))")


def imports_of(text: str) -> Iterator[tuple[str, str]]:
    """Module and name of each import, also of one inside a string that a child process runs."""
    for module, several, line in IMPORT.findall(text):
        for name in re.sub(r"#.*", "", several or line).split(","):
            if words := name.split():
                yield module, words[0]


def is_there(module: str, name: str) -> bool:
    place = ROOT / module.replace(".", "/")
    if (place / f"{name}.py").is_file() or (place / name).is_dir():
        return True
    written = place.with_suffix(".py")
    return written.is_file() and name in names_of(written)


@cache
def names_of(module: Path) -> frozenset[str]:
    table = symtable.symtable(module.read_text(encoding="utf-8"), str(module), "exec")
    return frozenset(table.get_identifiers())


def test_an_import_in_a_string_names_what_is_there() -> None:
    # No type checker looks into strings, and such a test may be the last of a long run.
    found = {
        f"{path.relative_to(ROOT)}: {module}.{name}"
        for path in committed_files()
        if path.suffix == ".py" and path.exists()
        for module, name in imports_of(path.read_text(encoding="utf-8"))
        if not is_there(module, name)
    }
    assert found == set()


# Spelt in halves, so that this file does not find itself.
FORBIDDEN = re.compile(
    "|".join(
        (
            "py" + r"pi\.org",
            "files\\.python" + "hosted",
            "npm" + r"js\.(org|com)",
            "deb\\.deb" + r"ian\.org",
            r"\bregistry\.[a-z]+\.[a-z]{2,}",
        )
    )
)


def test_no_committed_file_names_a_package_registry() -> None:
    found = []
    for path in committed_files():
        if not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {m.group()}" for m in FORBIDDEN.finditer(text)]
    assert found == []


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md"])
def test_every_file_a_front_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:safelight|browser|tests|docs|bench|vectors)/[\w./-]+)`", text))
    named |= set(re.findall(r"\]\(([\w./-]+)\)", text))
    assert named, f"{page} names no file; the pattern or the page is wrong"
    assert sorted(name for name in named if not (ROOT / name).exists()) == []
