"""HTML and SVG as values that are escaped by construction.

`tag("p", "a < b")` gives `<p>a &lt; b</p>`: only what came out of `tag` (or `joined`)
passes unescaped. Attributes come out in the order given, so pages are deterministic.
"""

from __future__ import annotations

from html import escape
from typing import Final, NewType

Markup = NewType("Markup", str)
_VOID: Final = frozenset({"meta", "link", "br", "rect", "path", "line", "hr"})


class _Escaped(str):
    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str | int | None) -> Markup:
    """One element. `class_` is `class`, `aria_label` is `aria-label`; None leaves it out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        # In SVG an element without content needs its slash; in HTML it does no harm.
        slash = "/" if name in ("rect", "path", "line") else ""
        return _kept(f"<{name}{written}{slash}>")
    return _kept(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """Children one after another; plain text among them is escaped."""
    return _kept(
        "".join(
            child if isinstance(child, _Escaped) else escape(child, quote=False)
            for child in children
        )
    )


def fragment(trusted: str) -> Markup:
    """HTML from a file of this package. Never from a document."""
    return _kept(trusted)


def _kept(text: str) -> Markup:
    return Markup(_Escaped(text))
