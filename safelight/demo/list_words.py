"""The demo's statements about its lists, read from `data/list_words.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import yaml

from safelight.pipeline import ListWords
from safelight.vocabulary.wording import Wording


def list_words() -> Mapping[str, ListWords]:
    """What is said of each list, by source list."""
    text = files("safelight.demo").joinpath("data/list_words.yaml").read_text(encoding="utf-8")
    raw: dict[str, Any] = yaml.safe_load(text)
    return {
        source: ListWords(said["id"], Wording(**said["name"]), Wording(**said["coverage"]))
        for source, said in raw.items()
    }
