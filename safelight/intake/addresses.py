"""The addresses of what people open: they stay in a browser's list of visited pages.

So they are numbers, and the scripts are letters: somebody who looks through a phone reads
`/ru/2`, and not what was asked there. (Who knows this table can look it up; only a private
window keeps nothing.) Addresses that only scripts and programs ask for have speaking names.
The scripts' letters are given in browser/scripts/modules.mjs.
"""

from __future__ import annotations

from typing import Final

# What a page is → the last step of its address.
PAGES: Final = {
    "": "",
    "report": "1",
    "smear": "2",
    "letter": "3",
    "receipt": "4",
    "help": "5",
    "upload": "6",
    "words": "7",
}
# The same as in inline/page.js, which empties the page before it goes there.
EXIT: Final = "/0"
# Below it lie the files of a publication, if the operator serves one.
PUBLISHED: Final = "8"
FORM_SCRIPT: Final = "a.js"
RECEIPT_SCRIPT: Final = "b.js"
UPLOAD_SCRIPT: Final = "j.js"


def address(language: str, page: str) -> str:
    """Return the path of a page in this language; "" is the first page."""
    return f"/{language}/{PAGES[page]}"
