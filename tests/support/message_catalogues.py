"""The Russian catalogue of a package: which sentences its code and templates speak.

`python -m tests.support.message_catalogues safelight/intake` adds new sentences to
its django.po, drops those nobody speaks any more, and compiles django.mo. No GNU
gettext is needed. A test holds all three together.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, TokenType
from django.utils.text import unescape_string_literal

ROOT = Path(__file__).resolve().parents[2]
ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
Message = str | tuple[str, str]


def _of_python(path: Path) -> Iterator[Message]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
        if node.func.id in ONE and texts and isinstance(texts[0], str):
            yield texts[0]
        elif node.func.id in PLURAL:
            yield (str(texts[0]), str(texts[1]))


def _of_template(path: Path) -> Iterator[Message]:
    for token in Lexer(path.read_text("utf-8")).tokenize():
        if token.token_type != TokenType.BLOCK:
            continue
        parts = token.split_contents()
        if parts[0] in {"translate", "trans"} and parts[1][0] in "\"'":
            yield unescape_string_literal(parts[1])
        if parts[0] in {"blocktranslate", "blocktrans"}:
            raise ValueError(f"{path.name}: blocktranslate is not read here; use translate")


def spoken(package: Path) -> set[Message]:
    """Every translatable sentence of a package; a plural is a pair."""
    found: set[Message] = set()
    for path in package.rglob("*.py"):
        found.update(_of_python(path))
    for path in package.rglob("*.html"):
        found.update(_of_template(path))
    return found


def catalogue_file(package: Path) -> Path:
    return package / "locale" / "ru" / "LC_MESSAGES" / "django.po"


def catalogue(package: Path) -> Catalog:
    path = catalogue_file(package)
    if not path.exists():
        return Catalog(locale="ru", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="ru")


def compiled(source: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, source)
    return out.getvalue()


def brought_up_to_date(package: Path) -> Catalog:
    """The catalogue with exactly the sentences that are spoken, sorted."""
    old, new = catalogue(package), Catalog(locale="ru", fuzzy=False)
    # Fixed, as dates would make two runs differ; who changed what stands in the history.
    new.project, new.version = "Safelight", "1"
    new.msgid_bugs_address = new.last_translator = new.language_team = "Safelight"
    new.creation_date = new.revision_date = datetime(2026, 11, 1, tzinfo=UTC)
    new.header_comment = "# What the pages of this package say in Russian."
    for message in sorted(spoken(package), key=str):
        key = message[0] if isinstance(message, tuple) else message
        known = old.get(key)
        empty: Message = ("", "") if isinstance(message, tuple) else ""
        new.add(message, known.string if known is not None else empty)
    return new


def write(package: Path) -> None:
    new = brought_up_to_date(package)
    path = catalogue_file(package)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, new, width=100, no_location=True)
    path.with_suffix(".mo").write_bytes(compiled(new))
    missing = sum(1 for m in new if m.id and not m.string)
    print(f"{path}: {len(new)} sentences, {missing} without a translation")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        if not (ROOT / name / "__init__.py").is_file():
            sys.exit("expected packages by their folders, such as safelight/desk")
        write(ROOT / name)
