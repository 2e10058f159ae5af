"""A desk in this process: unlocked, with a database of its own, made in milliseconds.

    def test_something(desk: TestDesk) -> None:
        answer = desk.client.get("/cases/")

The first desk of a process pays for migrations and keys once; each test gets a copy
of its three files. The passphrase costs nothing here because the cost is an argument
of `set_up`, given below and nowhere in the program.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from safelight.desk.desk_files import DeskFiles
from safelight.desk.key_file import Argon2Cost, unwrapped_key
from safelight.desk.launch import (
    ENVIRON_DATA,
    ENVIRON_LAUNCH,
    ENVIRON_ROOT,
    ENVIRON_SERVER,
    DeskConfig,
    Launch,
)
from tests.support.django_project import django_project

PASSPHRASE = "correct horse battery staple"  # a published example, so nobody's passphrase
CHEAP = Argon2Cost(memory_kib=8, passes=1, lanes=1)
NAME = "desk-1"
PORT = 4711  # never bound: the in-process client only names it


@dataclass(frozen=True)
class TestDesk:
    """One unlocked desk. `client` has been let in; `recipient` is what reports are sealed to."""

    __test__ = False

    files: DeskFiles
    launch: Launch
    client: Any
    recipient: str
    verify_key: str

    @property
    def data(self) -> Path:
        return self.files.data

    def sealed(self, content: bytes | Any, *others: str) -> bytes:
        """A report (or any bytes) sealed to this desk, and to `others` if given."""
        from safelight.sealing.recipients import parse_recipient
        from safelight.sealing.seal import seal_bytes

        content = content if isinstance(content, bytes) else content.to_bytes()
        return seal_bytes(content, [parse_recipient(r) for r in (self.recipient, *others)])

    def take_in(self, *reports: Any) -> list[str]:
        """Seal, take in and open reports; return the ids of the new cases, oldest first."""
        from safelight.casework.inbox import take_in
        from safelight.casework.models import Case

        before = set(Case.objects.values_list("case_id", flat=True))
        new = []
        for report in reports:
            take_in([self.sealed(report)])
            found = set(Case.objects.values_list("case_id", flat=True)) - before
            new += sorted(found)
            before |= found
        return new

    def stranger(self, **headers: str) -> Any:
        """A client that sends `headers` and no cookie."""
        return _client(self.launch, **headers)


def _caseworker(launch: Launch) -> Any:
    """A client that presses the first purpose when a case asks for one, as a person would.

    `client.opens = False` leaves the question standing.
    """
    from django.test import Client

    class Caseworker(Client):
        opens = True

        def get(self, path: str, *args: Any, **kwargs: Any) -> Any:
            return self._opened(path, lambda: Client.get(self, path, *args, **kwargs))

        def post(self, path: str, *args: Any, **kwargs: Any) -> Any:
            return self._opened(path, lambda: Client.post(self, path, *args, **kwargs))

        def _opened(self, path: str, ask: Callable[[], Any]) -> Any:
            answer = ask()
            asked = self.opens and not path.endswith("/open") and b'class="purposes"' in (
                b"" if answer.streaming else answer.content
            )  # fmt: skip
            if not asked:
                return answer
            first = answer.text.split('name="purpose" value="')[1].split('"')[0]
            Client.post(self, f"/cases/{path.split('/')[2]}/open", {"purpose": first})
            return ask()

    return _client(launch, Caseworker)


def _client(launch: Launch, kind: Any = None, **headers: str) -> Any:
    from django.test import Client

    environ = {
        ENVIRON_LAUNCH: launch,
        ENVIRON_SERVER: launch.config.server,
        ENVIRON_ROOT: launch.config.root,
        ENVIRON_DATA: str(launch.config.data),
        "HTTP_HOST": f"127.0.0.1:{launch.config.port}",
        "HTTP_SEC_FETCH_SITE": "same-origin",
        "HTTP_ACCEPT_LANGUAGE": "en",
    }
    kind = kind or Client
    return kind(raise_request_exception=False, **(environ | headers))


@cache
def _template() -> tuple[DeskFiles, bytes, dict[str, str]]:
    """A desk made once per process, in the real way but for the cost of a guess."""
    import json

    from safelight.desk.setting_up import set_up

    data = Path(tempfile.mkdtemp(prefix="safelight-desk-template-"))
    public = set_up(data, NAME, PASSPHRASE, cost=CHEAP)
    files = DeskFiles(data)
    return files, unwrapped_key(files.key_file, PASSPHRASE), json.loads(public.to_json())


@contextmanager
def desk_in(data: Path, **config: Any) -> Iterator[TestDesk]:
    """Enter the desk's Django project with a fresh, unlocked desk in `data`."""
    from safelight.desk.sqlcipher import held_key
    from safelight.desk.unlocking import lock

    with django_project("safelight.desk.settings"):
        template, key, public = _template()
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in template.data.iterdir():
            shutil.copy(file, data / file.name)
        files = DeskFiles(data)
        held_key.hold(files.database, key)
        launch = Launch(DeskConfig(data=data, port=PORT, **config), pause=lambda _: None)
        client = _caseworker(launch)
        client.get(f"/open/{launch.token}")
        try:
            yield TestDesk(files, launch, client, public["recipient"], public["verify_key"])
        finally:
            lock()
            # What a desk does behind its pages ends with it; here the settings go as well.
            for thread in threading.enumerate():
                if thread.name.startswith("evidence-"):
                    thread.join(timeout=20)


def a_report(**changes: Any) -> Any:
    """A report whose author agreed to be counted; `changes` replace its fields.

    `consent` may be a tuple of purposes, which then hold for three years.
    """
    from safelight.vocabulary.consent import last_day
    from safelight.vocabulary.report import Report

    fields: dict[str, Any] = {
        "form": "what-happened",
        "form_version": "1",
        "language": "ru",
        "written": date(2026, 3, 14),
        "sealed_by": "browser",
        "answers": {
            "acts": ("FDT", "EXT"),
            "when": "2026-H1",
            "region": "UNK",
            "setting": "DATE_MEET",
            "why": ("GAY",),
            "who": ("VIGILANTE_GROUP",),
            "role": "VICTIM",
            "age": "18-24",
            "story": "Меня заманили на встречу.",
        },
        "consent": ("STAT",),
        "mailbox": "0f" * 16,
    }
    made = fields | changes
    if not isinstance(made["consent"], Mapping):
        made["consent"] = dict.fromkeys(made["consent"], last_day(made["written"], 3))
    return Report(**made)


def codes(**changes: Any) -> dict[str, Any]:
    """What a caseworker chooses for `a_report`, as `code_case` takes it."""
    return {
        "acts": ("FDT", "EXT"),
        "occurred_period": "2026-H1",
        "occurred_precision": "YEAR",
        "region": "UNK",
        "setting": "DATE_MEET",
        "bias_ground": ("GAY",),
        "bias_indicators": ("TARGET_SELECTION",),
        "bias_confidence": "LIKELY",
        "premeditation": "PREMEDITATED",
        "perpetrator_type": ("VIGILANTE_GROUP",),
        "perpetrators_band": "4+",
        "victims_band": "1",
        "victim_age_band": "18-24",
        "victim_gender": "UNK",
        "harm": ("PSYCH",),
        "fatal": False,
        "reporter_role": "VICTIM",
        "channel": "WEB",
        "verification": "V1_COHERENT",
    } | changes


def as_form(chosen: dict[str, Any]) -> dict[str, Any]:
    """The same codes as a browser posts them."""
    return {
        name: "on" if value is True else list(value) if isinstance(value, tuple) else value
        for name, value in chosen.items()
        if value is not False
    }


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestDesk]:
    """A fresh desk in this test's temporary directory."""
    with desk_in(tmp_path / "desk") as made:
        yield made
