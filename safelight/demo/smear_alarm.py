"""A smear alarm in the demo, and the posts it is about: invented, served on this machine only.

So a newcomer can go from an alarm to captures, notices and a bundle without looking at anything
that hurts somebody. The desk's `evidence.yaml` allows captures of that one port of 127.0.0.1.
"""

from __future__ import annotations

import functools
import html
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import yaml

from safelight.demo.sending import SealedReport
from safelight.sealing.receipt import Receipt
from safelight.sealing.recipients import Recipient
from safelight.sealing.seal import seal_bytes
from safelight.vocabulary.consent import last_day
from safelight.vocabulary.questions import question_set
from safelight.vocabulary.report import Report

FORM: Final = "smear-alarm"
SETTINGS: Final = "evidence.yaml"
_YEARS: Final = 3


def _told() -> Mapping[str, Any]:
    text = (files("safelight.demo") / "data" / "smear_alarm.yaml").read_text("utf-8")
    return dict(yaml.safe_load(text))


def alarm(
    recipients: tuple[Recipient, ...], *, place: str, language: str, today: date
) -> SealedReport:
    """The alarm about the posts at `place`, sealed as a browser does."""
    told = _told()
    receipt = Receipt.generate()
    answers = {
        name: tuple(answer) if isinstance(answer, list) else answer
        for name, answer in told["answers"].items()
    }
    answers |= {name: text[language] for name, text in told["words"].items()}
    answers["links"] = "\n".join(f"{place}/{number}" for number in range(1, len(told["posts"]) + 1))
    report = Report(
        form=FORM,
        form_version=question_set(FORM).version,
        language=language,
        written=today,
        sealed_by="browser",
        answers=answers,
        consent={purpose: last_day(today, _YEARS) for purpose in told["consent"]},
        mailbox=receipt.mailbox_id.hex(),
    )
    return SealedReport(receipt, seal_bytes(report.to_bytes(), recipients))


class _Posts(BaseHTTPRequestHandler):
    """Answers with one of the invented posts, to whoever asks on this machine."""

    posts: tuple[bytes, ...]

    def do_GET(self) -> None:
        name = self.path.removeprefix("/")
        is_post = name.isascii() and name.isdigit() and 0 < int(name) <= len(self.posts)
        body = self.posts[int(name) - 1] if is_post else b"nothing here"
        self.send_response(200 if is_post else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The demo's terminal is for people."""


def _pages() -> tuple[bytes, ...]:
    told = _told()
    return tuple(
        (
            '<!doctype html><html lang="ru"><meta charset="utf-8">'
            f"<title>{html.escape(told['channel'])}</title>"
            f"<h1>{html.escape(told['channel'])}</h1>"
            f"<p><time>{html.escape(post['day'])}</time></p><p>{html.escape(post['text'])}</p></html>"
        ).encode()
        for post in told["posts"]
    )


@contextmanager
def posts_served() -> Iterator[str]:
    """Serve the posts on a free port of 127.0.0.1; yield the address they stand under."""
    handler = type("Posts", (_Posts,), {"posts": _pages()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(
        target=functools.partial(server.serve_forever, poll_interval=0.2), daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def allow_captures(desk: Path, place: str) -> None:
    """Write the desk's `evidence.yaml`: a direct way out, and that one port of this machine."""
    port = int(place.rsplit(":", 1)[1])
    (desk / SETTINGS).write_text(
        f"# Written by the demo, whose posts are invented and on this machine.\n"
        f"exit: direct\nloopback_ports: [{port}]\n",
        encoding="utf-8",
    )


def this_day() -> date:
    """Today in UTC."""
    return datetime.now(UTC).date()
