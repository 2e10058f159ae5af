"""Bech32 (BIP 173) without its length limit on the data part, as C2SP age.md asks."""

from __future__ import annotations

from typing import Final

_ALPHABET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUE_OF: Final = {character: value for value, character in enumerate(_ALPHABET)}
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_CHARACTERS: Final = 6
# A hybrid recipient has 1,959 characters; the checksum runs over every one of them.
LONGEST: Final = 4096


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            if top >> bit & 1:
                check ^= generator
    return check


def _expanded(prefix: str) -> list[int]:
    return [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]


def encode(prefix: str, data: bytes) -> str:
    """Return the lowercase Bech32 string of `data` under the lowercase `prefix`."""
    values, held, bits = [], 0, 0
    for byte in data:
        held, bits = held << 8 | byte, bits + 8
        while bits >= 5:
            bits -= 5
            values.append(held >> bits & 31)
        held &= (1 << bits) - 1
    if bits:
        values.append(held << 5 - bits & 31)
    check = _polymod(_expanded(prefix) + values + [0] * _CHECKSUM_CHARACTERS) ^ 1
    values += [check >> 5 * (5 - place) & 31 for place in range(_CHECKSUM_CHARACTERS)]
    return prefix + "1" + "".join(_ALPHABET[value] for value in values)


def decode(untrusted: str) -> tuple[str, bytes]:
    """Return (prefix in lower case, data). Raises `ValueError` that repeats nothing of the input.

    Wholly upper or wholly lower case only; padding bits must be zero and fewer than five.
    """
    if len(untrusted) > LONGEST:
        raise ValueError(f"{len(untrusted)} characters, at most {LONGEST} are read")
    if not untrusted.isascii() or untrusted not in (untrusted.lower(), untrusted.upper()):
        raise ValueError("not wholly in lower or upper case ASCII")
    text = untrusted.lower()
    prefix, separator, characters = text.rpartition("1")
    if not separator or not prefix or len(characters) < _CHECKSUM_CHARACTERS:
        raise ValueError("no Bech32 prefix, separator and checksum")
    if any(not 33 <= ord(character) <= 126 for character in prefix):
        raise ValueError("a character that Bech32 does not have")
    try:
        values = [_VALUE_OF[character] for character in characters]
    except KeyError:
        raise ValueError("a character that Bech32 does not have") from None
    if _polymod(_expanded(prefix) + values) != 1:
        raise ValueError("the checksum does not match: a character was changed or lost")
    data, held, bits = bytearray(), 0, 0
    for value in values[:-_CHECKSUM_CHARACTERS]:
        held, bits = held << 5 | value, bits + 5
        if bits >= 8:
            bits -= 8
            data.append(held >> bits)
        held &= (1 << bits) - 1
    if bits >= 5 or held:
        raise ValueError("left-over bits that are not zero padding")
    return prefix, bytes(data)
