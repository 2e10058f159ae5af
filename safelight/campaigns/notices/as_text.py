"""A notice as plain text, to be copied into a form or a mail."""

from __future__ import annotations

from safelight.campaigns.notices.document import Document, Heading, Items, Part


def as_text(document: Document) -> str:
    """Return the whole notice; lines are not wrapped, because forms wrap by themselves."""
    blocks = [
        "\n".join(document.recipient),
        "\n".join(document.sender),
        document.title,
        *(_part(part) for part in document.parts),
        "\n".join((*document.signature, document.day_shown)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def body_text(document: Document) -> str:
    """The same without addresses, title and signature: for the field of a form."""
    return "\n\n".join(_part(part) for part in document.parts) + "\n"


def _part(part: Part) -> str:
    if isinstance(part, Items):
        return "\n".join(f"{number}. {item}" for number, item in enumerate(part.items, 1))
    return part.text.upper() if isinstance(part, Heading) else part.text
