"""Says what the demo is doing and how long it took, in the reader's language, on stderr."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any

import click
import yaml


@cache
def _messages() -> Mapping[str, Mapping[str, str]]:
    text = files("safelight.demo").joinpath("data/messages.yaml").read_text(encoding="utf-8")
    messages: dict[str, Any] = yaml.safe_load(text)
    return messages


def sentence(key: str, language: str, **values: object) -> str:
    """The demo's sentence `key` in `language` ("ru" or "en")."""
    return _messages()[key][language].format(**values)


class Progress:
    """Steps of one run. Messages go to standard error; standard output is for results."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.seconds: dict[str, float] = {}
        self._started = time.monotonic()

    @contextmanager
    def step(self, key: str, **values: object) -> Iterator[None]:
        """Announce a step, then say how long it took."""
        began = time.monotonic()
        click.echo(f"== {self.say(key, **values)} … ", err=True, nl=False)
        try:
            yield
        except BaseException:
            click.echo("", err=True)
            raise
        self.seconds[key] = round(time.monotonic() - began, 2)
        click.echo(self.say("took", seconds=f"{self.seconds[key]:.1f}"), err=True)

    def note(self, key: str, **values: object) -> None:
        click.echo(f"   {self.say(key, **values)}", err=True)

    def say(self, key: str, **values: object) -> str:
        return sentence(key, self.language, **values)

    @property
    def total_seconds(self) -> float:
        return round(time.monotonic() - self._started, 2)
