"""Reading data/*.yaml, strictly: ours, yet a typo in it would be a promise nobody made.

Every scalar stays a string (YAML's own rules make NO a False), a key that stands twice or that
nobody knows is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

import yaml

from safelight.campaigns.notices.problems import TemplateError
from safelight.vocabulary.strict_yaml import KeyTwiceError, own_yaml
from safelight.vocabulary.wording import Wording

LANGUAGES: Final = ("ru", "en")


def data_folder() -> Traversable:
    """Where the shipped data lies."""
    return files("safelight.campaigns.notices") / "data"


def read_yaml(text: str, at: str) -> dict[str, Any]:
    """Return a mapping of strings, lists and mappings, or raise `TemplateError`."""
    try:
        content = own_yaml(text)
    except KeyTwiceError as error:
        raise TemplateError(f"{at}, {error}") from error
    except yaml.YAMLError as error:
        raise TemplateError(f"{at}: expected YAML, got something else") from error
    if not isinstance(content, dict):
        raise TemplateError(f"{at}: expected a mapping, got something else")
    return content


@cache
def shipped(name: str) -> Mapping[str, Any]:
    """Return data/<name>.yaml. Public text: caching it leaks nothing."""
    return read_yaml((data_folder() / f"{name}.yaml").read_text("utf-8"), name)


def check_keys(entry: Any, *, must: Iterable[str], may: Iterable[str] = (), at: str) -> None:
    """Raise `TemplateError` unless `entry` is a mapping with exactly these keys."""
    if not isinstance(entry, Mapping):
        raise TemplateError(f"{at}: expected a mapping, got something else")
    missing, unknown = set(must) - set(entry), set(entry) - set(must) - set(may)
    if missing or unknown:
        raise TemplateError(f"{at}: {sorted(missing)} missing, {sorted(unknown)} not known")


def wording(entry: Mapping[str, Any], *, at: str) -> Wording:
    """Return the words of an entry in both languages, or raise when one is missing."""
    for language in LANGUAGES:
        if not isinstance(entry.get(language), str) or not entry[language].strip():
            raise TemplateError(f"{at}: expected words in {LANGUAGES}, {language} is missing")
    return Wording(entry["ru"].strip(), entry["en"].strip())


def listed(entry: Any, *, at: str) -> tuple[Any, ...]:
    """Return a list as a tuple, or raise."""
    if not isinstance(entry, list):
        raise TemplateError(f"{at}: expected a list, got something else")
    return tuple(entry)
