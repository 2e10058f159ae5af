"""A notice as an OpenDocument text (ISO/IEC 26300), to be edited before it goes.

The smallest file that is one: our own four parts in a ZIP, the same bytes for the same notice.
It says nothing about who made it, when or with what.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from html import escape
from typing import Final

from safelight.campaigns.notices.document import Document, Heading, Items, Part

MEDIA_TYPE: Final = "application/vnd.oasis.opendocument.text"
_OASIS: Final = "urn:oasis:names:tc:opendocument:xmlns"
_NAMES: Final = " ".join(
    f'xmlns:{short}="{long}"'
    for short, long in (
        ("office", f"{_OASIS}:office:1.0"),
        ("style", f"{_OASIS}:style:1.0"),
        ("text", f"{_OASIS}:text:1.0"),
        ("fo", f"{_OASIS}:xsl-fo-compatible:1.0"),
        ("svg", f"{_OASIS}:svg-compatible:1.0"),
    )
)
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MANIFEST: Final = (
    f'{_HEAD}<manifest:manifest xmlns:manifest="{_OASIS}:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" '
    f'manifest:media-type="{MEDIA_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    '<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
_COUNTRY: Final = {"ru": "RU", "en": "GB"}


def as_odt(document: Document) -> bytes:
    """Return the file's bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        # First and stored, so that its kind can be read at a fixed place (part 2, 3.3).
        _write(archive, "mimetype", MEDIA_TYPE, zipfile.ZIP_STORED)
        _write(archive, "META-INF/manifest.xml", _MANIFEST, zipfile.ZIP_DEFLATED)
        _write(archive, "content.xml", _content(document), zipfile.ZIP_DEFLATED)
        _write(archive, "styles.xml", _styles(document.language), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _write(archive: zipfile.ZipFile, name: str, text: str, method: int) -> None:
    # A fixed time: when a notice was written says nothing to its recipient.
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = method
    archive.writestr(entry, text.encode())


def _content(document: Document) -> str:
    body = [
        *(_paragraph(line, "Address") for line in document.recipient),
        _paragraph("", "Address"),
        *(_paragraph(line, "Address") for line in document.sender),
        f'<text:h text:style-name="Title" text:outline-level="1">{_text(document.title)}</text:h>',
        *(line for part in document.parts for line in _part(part)),
        *(_paragraph(line, "Signature") for line in (*document.signature, document.day_shown)),
    ]
    return (
        f'{_HEAD}<office:document-content {_NAMES} office:version="1.3">'
        f"<office:automatic-styles>{_LIST_STYLE}</office:automatic-styles>"
        f"<office:body><office:text>{''.join(body)}</office:text></office:body>"
        "</office:document-content>"
    )


_LIST_STYLE: Final = (
    '<text:list-style style:name="Numbers"><text:list-level-style-number text:level="1" '
    'style:num-format="1" style:num-suffix="."><style:list-level-properties '
    'text:list-level-position-and-space-mode="label-alignment">'
    '<style:list-level-label-alignment text:label-followed-by="listtab" '
    'fo:text-indent="-0.7cm" fo:margin-left="0.7cm"/></style:list-level-properties>'
    "</text:list-level-style-number></text:list-style>"
)


def _part(part: Part) -> Iterator[str]:
    if isinstance(part, Heading):
        words = _text(part.text)
        yield f'<text:h text:style-name="Heading" text:outline-level="2">{words}</text:h>'
    elif isinstance(part, Items):
        style = "Code" if part.code else "Body"
        items = "".join(
            f"<text:list-item>{_paragraph(item, style)}</text:list-item>" for item in part.items
        )
        yield f'<text:list text:style-name="Numbers">{items}</text:list>'
    else:
        yield _paragraph(part.text, "Body")


def _paragraph(text: str, style: str) -> str:
    return f'<text:p text:style-name="{style}">{_text(text)}</text:p>'


def _text(text: str) -> str:
    # Runs of spaces, tabs and line ends are elements of their own here (part 3, 6.1.2).
    words = (
        escape(text, quote=False).replace("\t", "<text:tab/>").replace("\n", "<text:line-break/>")
    )
    return words.replace("  ", " <text:s/>")


def _styles(language: str) -> str:
    def paragraph(name: str, layout: str, letters: str = "") -> str:
        return (
            f'<style:style style:name="{name}" style:family="paragraph">'
            f"<style:paragraph-properties {layout}/>"
            f"<style:text-properties {letters}/></style:style>"
        )

    return (
        f'{_HEAD}<office:document-styles {_NAMES} office:version="1.3">'
        "<office:font-face-decls>"
        '<style:font-face style:name="Serif" svg:font-family="\'Liberation Serif\'" '
        'style:font-family-generic="roman"/>'
        '<style:font-face style:name="Mono" svg:font-family="\'Liberation Mono\'" '
        'style:font-family-generic="modern" style:font-pitch="fixed"/>'
        "</office:font-face-decls><office:styles>"
        '<style:default-style style:family="paragraph"><style:text-properties '
        f'style:font-name="Serif" fo:font-size="11pt" fo:language="{language}" '
        f'fo:country="{_COUNTRY[language]}"/></style:default-style>'
        + paragraph("Address", 'fo:margin-left="8cm"')
        + paragraph("Title", 'fo:margin-top="1cm" fo:margin-bottom="0.5cm"',
                    'fo:font-size="14pt" fo:font-weight="bold"')
        + paragraph("Heading", 'fo:margin-top="0.4cm" fo:margin-bottom="0.15cm"',
                    'fo:font-weight="bold"')
        + paragraph("Body", 'fo:margin-bottom="0.25cm"')
        + paragraph("Code", 'fo:margin-bottom="0.1cm"', 'style:font-name="Mono" fo:font-size="9pt"')
        + paragraph("Signature", 'fo:margin-top="0.4cm"')
        + "</office:styles><office:automatic-styles>"
        '<style:page-layout style:name="A4"><style:page-layout-properties '
        'fo:page-width="21cm" fo:page-height="29.7cm" fo:margin-top="2cm" '
        'fo:margin-bottom="2cm" fo:margin-left="2.5cm" fo:margin-right="2cm"/></style:page-layout>'
        "</office:automatic-styles><office:master-styles>"
        '<style:master-page style:name="Standard" style:page-layout-name="A4"/>'
        "</office:master-styles></office:document-styles>"
    )  # fmt: skip
