"""A page in a browser held against WCAG 2.2 AA, as far as axe can see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

AXE = Path(__file__).resolve().parents[2] / "browser" / "node_modules" / "axe-core" / "axe.min.js"

_WCAG = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
  const found = await axe.run(document, {
    runOnly: {type: "tag", values: tags},
    rules: {"target-size": {enabled: true}}, // off unless asked for by name
    resultTypes: ["violations"], preload: false, iframes: false,
  })
  return found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(" ")}`))
}"""


def against_wcag(page: Any) -> list[str]:
    """What axe finds against it, rule and element; axe stays in the page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return list(page.evaluate(_WCAG))
