"""How the simulated reports leave the people who wrote them: sealed, over HTTP or on a stick."""

from __future__ import annotations

import http.client
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from safelight.demo.own_reports import YEARS, answers_of, report_of
from safelight.demo.telling import Telling
from safelight.errors import SafelightError
from safelight.intake.addresses import address
from safelight.intake.work import Challenge, solved_work
from safelight.sealing.receipt import Receipt
from safelight.sealing.recipients import Recipient
from safelight.sealing.seal import seal_bytes
from safelight.vocabulary.filled_form import CONSENT_FOR

_SECONDS_OF_SILENCE = 30


class SendingError(SafelightError):
    """The server did not take a simulated report."""


@dataclass(frozen=True)
class SealedReport:
    """One envelope and the receipt whose mailbox it goes to."""

    receipt: Receipt
    envelope: bytes


def sealed(telling: Telling, recipients: Sequence[Recipient]) -> SealedReport:
    """Seal as a browser does: in the writer's place, to every desk of the roster."""
    receipt = Receipt.generate()
    report = report_of(telling, mailbox=receipt.mailbox_id.hex())
    return SealedReport(receipt, seal_bytes(report.to_bytes(), recipients))


def write_stick(folder: Path, reports: Iterable[SealedReport]) -> int:
    """Put the envelopes into `folder` under random names; return how many."""
    folder.mkdir(parents=True)
    written = 0
    for report in reports:
        (folder / f"{report.receipt.mailbox_id.hex()}.age").write_bytes(report.envelope)
        written += 1
    return written


def deposit(port: int, report: SealedReport) -> None:
    """Leave one envelope in its mailbox; raises `SendingError` unless the server kept it."""
    status = _posted(
        port,
        f"/mailbox/{report.receipt.mailbox_id.hex()}",
        report.envelope,
        {
            "Content-Type": "application/octet-stream",
            "Safelight-Verifier": report.receipt.verifier.hex(),
            "Safelight-Work": _work(port, len(report.envelope)),
        },
    )
    if status != http.client.CREATED:
        raise SendingError(f"the server answered {status} to a deposit; 201 was expected")


def _work(port: int, size: int) -> str:
    """Pay for one upload as a browser does."""
    status, body = _asked(port, "GET", "/work", None, {})
    if status != http.client.OK:
        raise SendingError(f"the server answered {status} to /work; 200 was expected")
    return solved_work(Challenge.parse(body), size=size)


def send_without_script(port: int, telling: Telling) -> None:
    """Fill in the plain form, as a browser without JavaScript does; the server seals."""
    fields: list[tuple[str, str]] = []
    for question, answer in answers_of(telling).items():
        fields += [(question, code) for code in ([answer] if isinstance(answer, str) else answer)]
    fields += [("consent", purpose) for purpose in telling.consent]
    fields += [(CONSENT_FOR, str(YEARS))]
    status = _posted(
        port,
        address(telling.language, "report"),
        urlencode(fields).encode(),
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{port}",
        },
    )
    if status != http.client.SEE_OTHER:  # to the page with the words
        raise SendingError(f"the server answered {status} to the plain form; 303 was expected")


def _posted(port: int, path: str, body: bytes, headers: dict[str, str]) -> int:
    return _asked(port, "POST", path, body, headers)[0]


def _asked(
    port: int, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS_OF_SILENCE)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError as trouble:
        raise SendingError(
            f"the server on port {port} could not be reached ({type(trouble).__name__})"
        ) from None
    finally:
        connection.close()
