"""Whether words or an address tell an orientation or identity, as far as the list of words goes.

It makes the program ask and point; it decides nothing. Words of another spelling, another language
or another coding of an address (windows-1251) are not found.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import unquote

from safelight.campaigns.notices.codes import telling_in_addresses, telling_words
from safelight.campaigns.notices.unseen import without_unseen

# An address within an address is quoted once more each time; four passes are bounded work.
_MOST_QUOTED: Final = 4
# A label has at most 63 octets (RFC 1035, 2.3.4). Anywhere: an address may stand in a query.
_ACE_LABEL: Final = re.compile(r"(?<![a-z0-9-])xn--([a-z0-9-]{1,59})(?![a-z0-9-])")


def words_tell(text: str) -> bool:
    """Whether a text has words that tell."""
    return telling_words().search(_folded(text)) is not None


def address_tells(address: str) -> bool:
    """Whether an address has them: in its host (also as `xn--…`), path, query or fragment."""
    for _ in range(_MOST_QUOTED):
        address = unquote(address)
    shown = _folded(_ACE_LABEL.sub(_decoded, _folded(address)))
    # "_" is a letter to a regular expression, and no letter in an address.
    return bool(telling_in_addresses().search(shown)) or words_tell(shown.replace("_", " "))


def _decoded(label: re.Match[str]) -> str:
    try:
        return label[1].encode("ascii").decode("punycode")
    except UnicodeError:  # no name of anything: it tells nobody anything
        return label[0]


def _folded(text: str) -> str:
    composed = unicodedata.normalize("NFKC", without_unseen(text))
    return composed.casefold().replace("ё", "е")
