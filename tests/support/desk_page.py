"""What every page of the desk must be, whichever room it is of."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """The elements of a page with their attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def every(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def assert_labelled_and_without_script(page: Page, *, language: str, at: str) -> None:
    """Its language, one heading, labels for all controls, ids that stand once; no code in it."""
    assert page.every("html")[0]["lang"] == language, at
    assert len(page.every("h1")) == 1, at
    assert not page.every("script"), at
    assert not page.every("style"), at
    for tag, attributes in page.tags:
        assert "style" not in attributes, (at, tag)
        assert not [name for name in attributes if name.startswith("on")], (at, tag)
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids)), at
    labelled = {label.get("for") for label in page.every("label")}
    controls = [
        control
        for tag in ("input", "select", "textarea")
        for control in page.every(tag)
        if control.get("type") != "hidden"
    ]
    assert {control.get("id") for control in controls} <= labelled, at
