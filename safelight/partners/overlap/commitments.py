"""The commitments: every organisation is bound to its list before it sees anything of another's."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from safelight.partners.overlap.bundles import padded_number
from safelight.partners.overlap.keys import SessionKeys
from safelight.partners.overlap.message import Header, verified_header
from safelight.partners.overlap.problems import MessageError
from safelight.partners.overlap.terms import Terms
from safelight.sealing.strict_json import parse_object

_LARGEST = 4 * 1024 * 1024


def check_commitment(header: Header, terms: Terms) -> None:
    """Raise `MessageError` unless this is a commitment that the terms let in."""
    if header.kind != "commitment" or header.round != 0 or header.sender not in terms.names:
        raise MessageError(
            "out-of-order", "expected a commitment of an organisation; this is another message"
        )
    if header.unit != terms.unit:
        raise MessageError(
            "other-unit",
            f"the terms count {terms.unit}s; {header.sender} offers a list of another unit. "
            "Lists of different units cannot overlap",
        )
    # Masks come on top of records; nobody has more than all of them.
    longest = padded_number(terms.most + (terms.masks << (len(terms.organisations) - 1)))
    if not padded_number(terms.least) <= header.bundles <= longest:
        raise MessageError(
            "wrong-size",
            f"the list of {header.sender} has {header.bundles:,} bundles; the terms let one "
            f"have {padded_number(terms.least):,} to {longest:,}",
        )
    if (
        header.tokens != terms.scheme.tokens
        or header.owner != header.sender
        or header.commits == ""
        or set(header.sizes) != set(terms.names) - {header.sender}
    ):
        raise MessageError(
            "not-a-message", f"the commitment of {header.sender} is not made as the terms say"
        )


def agreed_digest(statements: Sequence[bytes]) -> str:
    """One hash over all commitments, in the order of the terms."""
    digests = b"".join(hashlib.sha256(statement).digest() for statement in statements)
    return hashlib.sha256(b"safelight-overlap/1 commitments" + digests).hexdigest()


def packed_statements(statements: Sequence[bytes]) -> bytes:
    """Signed headers in one content."""
    texts = [base64.b64encode(statement).decode("ascii") for statement in statements]
    return json.dumps({"statements": texts}).encode("ascii")


def unpacked_statements(untrusted: bytes, *, most: int) -> list[bytes]:
    """What `packed_statements` made. Raises `MessageError`."""
    try:
        texts = parse_object(untrusted, largest=_LARGEST).get("statements")
        statements = [base64.b64decode(text, validate=True) for text in texts or ()]
    except (ValueError, TypeError):
        statements = []
    if not 0 < len(statements) <= most:
        raise MessageError("not-a-message", "the signed headers of a message cannot be read")
    return statements


def checked_commitments(statements: Sequence[bytes], terms: Terms) -> list[Header]:
    """The commitments of all organisations, in the order of the terms. Raises `MessageError`."""
    headers = [verified_header(statement, terms) for statement in statements]
    for header in headers:
        check_commitment(header, terms)
    if tuple(header.sender for header in headers) != terms.names:
        raise MessageError(
            "other-commitments",
            f"expected one commitment of each of {len(terms.names)} organisations, in their order",
        )
    if len({header.commits for header in headers}) != len(headers):
        raise MessageError(
            "duplicated", "two organisations committed to one and the same list; somebody copied"
        )
    return headers


def opened_sizes(
    headers: Sequence[Header],
    terms: Terms,
    keys: SessionKeys,
    *,
    own: int,
    masks: NDArray[np.int64],
) -> tuple[int, ...]:
    """How many records each list has. Raises `MessageError` for a length that does not fit."""
    sizes = []
    for number, header in enumerate(headers):
        size = own if header.sender == keys.name else _size(header, terms, keys)
        if not terms.least <= size <= terms.most:
            raise MessageError(
                "wrong-size",
                f"{header.sender} offers {size:,} records; the terms let a list have "
                f"{terms.least:,} to {terms.most:,}",
            )
        if header.bundles != padded_number(size + masks_on(masks, number)):
            raise MessageError(
                "wrong-size",
                f"the list of {header.sender} is not as long as {size:,} records make it",
            )
        sizes.append(size)
    return tuple(sizes)


def masks_on(masks: NDArray[np.int64], number: int) -> int:
    """How many masks stand on list `number`."""
    patterns = np.arange(masks.size)
    return int(masks[(patterns >> number & 1) == 1].sum())


def _size(header: Header, terms: Terms, keys: SessionKeys) -> int:
    try:
        sealed = base64.b64decode(header.sizes[keys.name], validate=True)
    except ValueError:
        raise MessageError("not-a-message", "the size of a list is not base64") from None
    opened = keys.open(sealed, session=terms.session)
    if not (opened.isdigit() and len(opened) <= 8):
        raise MessageError("not-a-message", "the size of a list is a whole number")
    return int(opened)
