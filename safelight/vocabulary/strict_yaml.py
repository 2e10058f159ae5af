"""YAML read strictly: every scalar stays the text it is written as, each key stands once.

Under YAML's own rules NO becomes False (Norway's old trouble, and our answer code "NO"), 0101
becomes 65 and a telephone number loses its zero. Of a key that stands twice the last would
win unseen, so that a rule somebody reads in a file need not be the rule that holds.
"""

from __future__ import annotations

from typing import Any

import yaml

_Reader: Any = yaml.BaseLoader
# In C: some ten times as fast. It recurses without Python's bound, so it reads no file that
# somebody brings.
_OwnReader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class KeyTwiceError(yaml.YAMLError):
    """A mapping, which begins in line `line`, has a key that stands twice."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}: expected each key once, got one twice")
        self.line = line


class _EachKeyOnce:
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        mapping: dict[str, Any] = super().construct_mapping(node, deep=deep)  # type: ignore[misc]
        if len(mapping) != len(node.value):
            raise KeyTwiceError(node.start_mark.line + 1)
        return mapping


class _StrictReader(_EachKeyOnce, _Reader):  # type: ignore[misc]
    pass


class _StrictOwnReader(_EachKeyOnce, _OwnReader):  # type: ignore[misc]
    pass


def strict_yaml(untrusted: str | bytes) -> Any:
    """Return the mappings, lists and texts of a file. Counting its bytes is the caller's.

    Raises `yaml.YAMLError`, of which `KeyTwiceError` is one, and for bytes in no encoding of
    YAML's or nested too deeply `ValueError` and `RecursionError`.
    """
    # Both read with a BaseLoader at heart: it makes texts and nothing else.
    return yaml.load(untrusted, Loader=_StrictReader)  # nosec B506  # noqa: S506


def own_yaml(text: str) -> Any:
    """The same of a file that comes with Safelight, faster."""
    return yaml.load(text, Loader=_StrictOwnReader)  # nosec B506  # noqa: S506
