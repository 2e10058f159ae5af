"""One mapping inside a profile, read key by key; what nobody read is refused at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from safelight.partners.problems import ProfileError


class Part:
    """A mapping of a profile and the place it stands in, for messages."""

    def __init__(self, content: object, at: str) -> None:
        if not isinstance(content, Mapping) or not all(isinstance(key, str) for key in content):
            raise ProfileError(f"{at}: expected a mapping of keys, got something else")
        self._content: Mapping[str, Any] = content
        self._read: set[str] = set()
        self.at = at

    @classmethod
    def root(cls, content: Mapping[str, Any]) -> Part:
        return cls(content, "profile")

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def has(self, key: str) -> bool:
        return key in self._content

    def is_text(self, key: str) -> bool:
        return isinstance(self._content.get(key), str)

    def _get(self, key: str) -> Any:
        if key not in self._content:
            raise ProfileError(f"{self.at}.{key}: expected, but not there")
        self._read.add(key)
        return self._content[key]

    def text(self, key: str) -> str:
        value = self._get(key)
        if not isinstance(value, str) or not value.strip():
            raise ProfileError(f"{self.at}.{key}: expected text, got nothing or something else")
        return value.strip()

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if self.has(key) else None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; a list that is not there is empty."""
        if not self.has(key):
            return ()
        value = self._get(key)
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise ProfileError(f"{self.at}.{key}: expected a list, got something else")
        if not all(isinstance(item, str) for item in value):
            raise ProfileError(f"{self.at}.{key}: expected a list of texts")
        if len(set(value)) != len(value):
            raise ProfileError(f"{self.at}.{key}: expected each value once, got one twice")
        return tuple(value)

    def number(self, key: str) -> int:
        value = self.text(key)
        if not re.fullmatch(r"[0-9]{1,9}", value):
            raise ProfileError(f"{self.at}.{key}: expected a whole number")
        return int(value)

    def yes(self, key: str) -> bool:
        """Return whether the key says yes; a key that is not there says no."""
        return self.has(key) and self.one_of(key, ("yes", "no")) == "yes"

    def one_of(self, key: str, allowed: Sequence[str], *, default: str | None = None) -> str:
        if default is not None and not self.has(key):
            return default
        value = self._get(key)
        if value not in allowed:
            raise ProfileError(f"{self.at}.{key}: expected one of {', '.join(allowed)}")
        return str(value)

    def pattern(self, key: str) -> re.Pattern[str]:
        try:
            return re.compile(self.text(key))
        except re.error:
            raise ProfileError(f"{self.at}.{key}: expected a regular expression") from None

    def part(self, key: str) -> Part:
        return Part(self._get(key), f"{self.at}.{key}")

    def parts(self, key: str) -> tuple[Part, ...]:
        """Return a list of mappings; a list that is not there is empty."""
        if not self.has(key):
            return ()
        value = self._get(key)
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise ProfileError(f"{self.at}.{key}: expected a list, got something else")
        return tuple(Part(item, f"{self.at}.{key}[{i}]") for i, item in enumerate(value, 1))

    def all_texts(self) -> Mapping[str, str]:
        return {key: self.text(key) for key in self}

    def finished(self) -> None:
        """Refuse a key that nobody read: it is a typo, and a typo must not be a silent default."""
        unread = len(set(self._content) - self._read)
        if unread:
            raise ProfileError(
                f"{self.at}: {unread} keys that a profile does not have; "
                "see docs/how-to/bring-a-list.md"
            )
