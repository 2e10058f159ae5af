"""`safelight demo` of a tiny country, running: a server, a desk with work on it, a site."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.live_server import server_environment
from tests.support.processes import ended_afterwards, free_port


@dataclass(frozen=True)
class Demo:
    """Where a running demo is."""

    server: str
    desk: str
    site: Path


@contextlib.contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """What `make demo` prints, in English."""
    environment = server_environment()
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    with (folder / "messages").open("wb") as messages:
        running = subprocess.Popen(
            [
                *(sys.executable, "-m", "safelight", "demo", "--data", str(folder / "data")),
                *("--size", "tiny", "--language", "en", "--json"),
                *("--port-server", str(free_port()), "--port-desk", str(free_port())),
            ],
            stdout=subprocess.PIPE,
            stderr=messages,
            env=environment,
        )
        with ended_afterwards(running, seconds=90):
            assert running.stdout is not None
            line = running.stdout.readline()
            assert line, (folder / "messages").read_text("utf-8")
            facts = json.loads(line)
            yield Demo(facts["server"].removesuffix("/en/"), facts["desk"], Path(facts["site"]))
