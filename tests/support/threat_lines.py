"""The table of threats in docs/threat-model.md, made from the tests that defend each line.

`python -m tests.support.threat_lines` writes it anew.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "threat-model.md"
BEGIN, END = "<!-- threats: begin -->", "<!-- threats: end -->"
LINE = re.compile(r"Threat: (?P<slug>[a-z0-9-]+): (?P<sentence>.+)")


def threat_lines() -> list[tuple[str, str]]:
    """Return (slug, sentence) of each attack test, by file name.

    Raises ValueError where a file's first docstring line is not a threat line or
    its slug is not the file's name: a defence nobody can find is soon refactored away.
    """
    lines = []
    for path in sorted((ROOT / "tests" / "attacks").glob("test_*.py")):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        head = re.sub(r"\s+", " ", docstring.split("\n\n")[0]).strip()
        match = LINE.fullmatch(head)
        slug = path.stem.removeprefix("test_").replace("_", "-")
        if match is None or match["slug"] != slug:
            raise ValueError(
                f"{path.name} must begin with a docstring 'Threat: {slug}: <one sentence>'"
            )
        lines.append((slug, match["sentence"]))
    return lines


def page_with_table(page: str) -> str:
    """Return `page` with the table between its two markers made anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = "\n".join(
        f"| {sentence} | `tests/attacks/test_{slug.replace('-', '_')}.py` |"
        for slug, sentence in threat_lines()
    )
    table = f"| The attack, and what must hold | Test |\n|---|---|\n{rows}"
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
