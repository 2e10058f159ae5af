"""Put the certificates of a timestamp reply into the order that DER asks for.

CMS (RFC 5652 §5.1) calls them a SET OF, which DER (X.690 §11.6) sorts by their bytes. OpenSSL
writes them in the order it has them, and many authorities run OpenSSL; rfc3161-client reads
DER only, and refuses such a reply. The certificates are outside what the authority signed, so
sorting them changes nothing that is proved. Only the copy that is parsed is sorted: the reply
is kept as it came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_SEQUENCE: Final = 0x30
_FIRST_FIELD: Final = 0xA0  # [0], constructed
_LONG_FORM: Final = 0x80


@dataclass(frozen=True)
class _Element:
    """Where one element stands: its tag, its first byte, its content, and what follows."""

    tag: int
    start: int
    content: int
    end: int


def _element(data: bytes, at: int, end: int) -> _Element:
    if at + 2 > end:
        raise ValueError("cut off")
    length, content = data[at + 1], at + 2
    if length & _LONG_FORM:
        octets = length & ~_LONG_FORM
        # Four octets are 4 GiB; the indefinite form (none) is BER, not DER.
        if not 1 <= octets <= 4 or content + octets > end:
            raise ValueError("a length that is not DER")
        length = int.from_bytes(data[content : content + octets], "big")
        content += octets
    if content + length > end:
        raise ValueError("cut off")
    return _Element(data[at], at, content, content + length)


def _within(data: bytes, outer: _Element) -> list[_Element]:
    found, at = [], outer.content
    while at < outer.end:
        found.append(_element(data, at, outer.end))
        at = found[-1].end
    return found


def _child(data: bytes, outer: _Element, number: int, tag: int) -> _Element:
    children = _within(data, outer)
    if number >= len(children) or children[number].tag != tag:
        raise ValueError("another structure")
    return children[number]


def with_certificates_in_order(untrusted_reply: bytes) -> bytes:
    """Return the reply with its certificates sorted; raises `ValueError` if it is no reply.

    TimeStampResp (RFC 3161 §2.4.2): status, then ContentInfo with SignedData, whose fourth
    field, if it is tagged [0], are the certificates. A reply without them comes back as it is.
    """
    data = bytes(untrusted_reply)
    reply = _element(data, 0, len(data))
    if reply.tag != _SEQUENCE or reply.end != len(data):
        raise ValueError("another structure")
    token = _child(data, reply, 1, _SEQUENCE)
    signed = _child(data, _child(data, token, 1, _FIRST_FIELD), 0, _SEQUENCE)
    fields = _within(data, signed)
    if len(fields) < 4 or fields[3].tag != _FIRST_FIELD:
        return data
    certificates = fields[3]
    members = _within(data, certificates)
    ordered = sorted(data[member.start : member.end] for member in members)
    return data[: certificates.content] + b"".join(ordered) + data[certificates.end :]
