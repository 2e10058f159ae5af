"""`safelight overlap`: how many incidents stand on several lists, without showing the lists.

Everything goes by files, each for one reader (docs/how-to/count-a-private-overlap.md).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import click

from safelight.partners.desk_door import DeskDoor, desk_door
from safelight.partners.overlap.folder import Folder
from safelight.partners.overlap.key_list import read_records
from safelight.partners.overlap.keys import Card
from safelight.partners.overlap.organisation import Organisation
from safelight.partners.overlap.problems import TermsError
from safelight.partners.overlap.result import check_transcript, transcript_terms
from safelight.partners.overlap.scheme import Scheme
from safelight.partners.overlap.steps import (
    check_code,
    count_result,
    join_message,
    offer_list,
    read_message,
    relay_message,
    result_facts,
    status_facts,
)
from safelight.partners.overlap.terms import UNITS, Terms
from safelight.sealing.whole_file import whole_file

_BETWEEN_WORDS: Final = 2.0  # seconds
_LARGEST_SMALL_FILE: Final = 16 * 1024 * 1024
_PATH = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.option(
    "--dir",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="This participant's folder for this session.",
)
_OUT = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write; else into the folder's `out`.",
)
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


class PayingDoor(DeskDoor, Protocol):
    """The door to a desk that also books a session in its privacy ledger."""

    def pay(self, terms: Terms, name: str, only_check: bool) -> None:
        """Book it in the desk that is unlocked now. Raises `NotPaidError`."""
        ...


@click.group("overlap")
def overlap() -> None:
    """Count incidents on several lists without showing anybody a list."""


@overlap.command("card")
@click.argument("name")
@_FOLDER
@_AS_JSON
def card(name: str, folder: Path, as_json: bool) -> None:
    """Draw the keys of one session for an organisation or a relay, and write its card."""
    Folder.made(folder, name)
    facts = {"card": str(folder / f"{name}.card.json")}
    _tell(facts, f"Give this card to the convener: {facts['card']}", as_json=as_json)


@overlap.command("terms")
@click.argument("cards", nargs=-1, required=True, type=_PATH)
@_FOLDER
@click.option("--relay", required=True, type=_PATH, help="The card of the relay.")
@click.option("--unit", required=True, type=click.Choice(UNITS), help="What one record is.")
@click.option("--from", "first", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--until", "last", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="COLUMN[+COLUMN…]",
    help="Records agree if this key is equal; given several times, if one of them is.",
)
@click.option(
    "--similar",
    multiple=True,
    metavar="COLUMN[+COLUMN…]",
    help="Records agree if these columns are similar (3 of 64 bands of 4 rows over 2-grams).",
)
@click.option("--least", required=True, type=int, help="Records that a list must have.")
@click.option("--most", required=True, type=int, help="Records that a list may have.")
@click.option("--masks", required=True, type=int, help="Hide counts from the relay by up to this.")
@click.option(
    "--epsilon", type=Fraction, help="Noise on every count, such as 1/2. None if left out."
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@_AS_JSON
def terms(  # noqa: PLR0917  # click passes them by name
    cards: tuple[Path, ...],
    folder: Path,
    relay: Path,
    unit: str,
    first: datetime,
    last: datetime,
    keys: tuple[str, ...],
    similar: tuple[str, ...],
    least: int,
    most: int,
    masks: int,
    epsilon: Fraction | None,
    out: Path,
    as_json: bool,
) -> None:
    """Write the terms, as the convener: CARDS of all organisations, in the order of the table."""
    made = Terms.made(
        Folder(folder).keys(),
        [Card.read(_small(path)) for path in cards],
        Card.read(_small(relay)),
        unit=unit,
        first_day=first.date(),
        last_day=last.date(),
        scheme=_scheme(keys, similar),
        least=least,
        most=most,
        masks=masks,
        epsilon=epsilon,
    )
    with whole_file(out) as file:
        file.write(made.statement)
    facts = {"terms": str(out), "code": made.code}
    said = f"Send {out} to everybody, and read this code to them by voice: {made.code}"
    _tell(facts, said, as_json=as_json)


@overlap.command("show")
@click.argument("terms_file", metavar="TERMS", type=_PATH)
@_AS_JSON
def show(terms_file: Path, as_json: bool) -> None:
    """Say what terms hold, and their code. Compare the code by voice with everybody."""
    found = Terms.parse(_small(terms_file))
    _tell(_terms_facts(found), _terms_text(found), as_json=as_json)


@overlap.command("offer")
@click.argument("list_file", metavar="LIST.csv", type=_PATH)
@_FOLDER
@click.option("--terms", "terms_file", required=True, type=_PATH)
@click.option("--code", required=True, help="The code of the terms, as you heard it by voice.")
@click.option("--unit", required=True, type=click.Choice(UNITS), help="What one row of LIST is.")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="With noise: the desk in whose privacy ledger it is booked.",
)
@click.option("--passphrase-file", type=_PATH, help="Of that desk; else it is asked for.")
@click.option("--without-ledger", is_flag=True, help="With noise: no ledger is kept here.")
@_OUT
@_AS_JSON
def offer(
    *,
    list_file: Path,
    folder: Path,
    terms_file: Path,
    code: str,
    unit: str,
    data: Path | None,
    passphrase_file: Path | None,
    without_ledger: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Blind a list here and commit to it. Only a hash leaves.

    Noise costs epsilon for each session: it is booked in the ledger of the desk in --data
    before anything leaves, and refused where too little is left.
    """
    found = Terms.parse(_small(terms_file))
    click.echo(_terms_text(found), err=True)
    if found.epsilon is not None and (data is None) is not without_ledger:
        raise click.UsageError(
            "these terms have noise: give --data (the desk whose privacy ledger books it), or say "
            "--without-ledger"
        )
    check_code(found, code)
    records = read_records(list_file, found.scheme, most=found.most)

    def offered(here: Folder) -> Organisation:
        progress = _progress("blinded")
        return offer_list(here, found, records, unit=unit, code=code, on_progress=progress)

    here = Folder(folder)
    if found.epsilon is None or data is None:
        state = offered(here)
    else:
        door: PayingDoor = desk_door()  # type: ignore[assignment]  # desk/partners/overlap_command.py
        paying = Folder(folder, pay=door.pay)
        state = door.unlocked(data, passphrase_file, lambda: offered(paying))
    facts = {"records": state.records, "bundles": state.bundles.number}
    _tell_written(here, out, facts, as_json=as_json)


@overlap.command("join")
@click.argument("message", type=_PATH)
@_FOLDER
@_OUT
@_AS_JSON
def join(message: Path, folder: Path, out: Path | None, as_json: bool) -> None:
    """Take in what the relay sent, and write the answer. Once for each organisation."""
    here = Folder(folder)
    state = join_message(here, read_message(message), on_progress=_progress("blinded"))
    _tell_written(here, out, {"waits_for": state.waits_for}, as_json=as_json)


@overlap.command("relay")
@click.argument("messages", nargs=-1, required=True, type=_PATH)
@_FOLDER
@click.option("--terms", "terms_file", type=_PATH, help="With the first message.")
@_OUT
@_AS_JSON
def relay(
    messages: tuple[Path, ...],
    folder: Path,
    terms_file: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Take in what organisations sent, as the relay; write what follows once all have."""
    found = None if terms_file is None else Terms.parse(_small(terms_file))
    here = Folder(folder)
    written: list[Path] = []
    for path in messages:
        _, follows = relay_message(
            here, read_message(path), terms=found, on_progress=_progress("unblinded")
        )
        if follows:
            written += here.written_again(out or folder / "out")
    _tell_status(here, written, {}, as_json=as_json)


@overlap.command("count")
@click.argument("message", metavar="RESULT", type=_PATH)
@_FOLDER
@_OUT
@_AS_JSON
def count(message: Path, folder: Path, out: Path | None, as_json: bool) -> None:
    """Take in the result: write the table of inclusion patterns, and the transcript."""
    here = Folder(folder)
    found = count_result(here, read_message(message))
    paths = here.written_again(out or folder / "out")
    state = here.state()
    facts = result_facts(found, state.terms) | {"written": [str(path) for path in paths]}
    scale = found.noise_scale
    noise = f" --noise-scale {scale:g}" if scale else ""
    said = f"{found.to_csv()}Next: safelight undercount estimate {paths[0]}{noise}"
    _tell(facts, said, as_json=as_json)


@overlap.command("again")
@_FOLDER
@_OUT
@_AS_JSON
def again(folder: Path, out: Path | None, as_json: bool) -> None:
    """Write once more what followed from the last step."""
    _tell_written(Folder(folder), out, {}, as_json=as_json)


@overlap.command("status")
@_FOLDER
@_AS_JSON
def status(folder: Path, as_json: bool) -> None:
    """Say where this participant stands, and for what or whom it waits."""
    facts = status_facts(Folder(folder))
    _tell(facts, f"{facts['name']} waits for: {facts['waits_for']}", as_json=as_json)


@overlap.command("verify")
@click.argument("transcript", type=_PATH)
@click.option("--code", required=True, help="The code of the terms, as agreed by voice.")
@_AS_JSON
def verify(transcript: Path, code: str, as_json: bool) -> None:
    """Verify a transcript: everybody signed every step of a session with this code."""
    untrusted = _small(transcript)
    found = transcript_terms(untrusted)
    check_code(found, code)
    headers = check_transcript(untrusted, found)
    facts = {
        "verified": True,
        "session": found.code,
        "lists": {header.owner: header.bundles for header in headers},
    }
    said = f"Verified: {len(headers)} lists, each passed once through every organisation."
    _tell(facts, said, as_json=as_json)


def _scheme(keys: tuple[str, ...], similar: tuple[str, ...]) -> Scheme:
    if bool(keys) == bool(similar):
        raise click.UsageError("give either --key or --similar")
    columns = tuple(tuple(key.split("+")) for key in keys or similar)
    if similar:
        return Scheme.similar(columns)
    kind: Literal["one-key", "any-key"] = "one-key" if len(columns) == 1 else "any-key"
    return Scheme(kind, columns)


def _terms_facts(found: Terms) -> dict[str, Any]:
    return {
        "code": found.code,
        "organisations": list(found.names),
        "relay": found.relay.name,
        "convener": found.convener,
        "unit": found.unit,
        "from": found.first_day.isoformat(),
        "until": found.last_day.isoformat(),
        "scheme": found.scheme.as_json(),
        "least": found.least,
        "most": found.most,
        "masks": found.masks,
        "epsilon": None if found.epsilon is None else str(found.epsilon),
        "noise_scale": float(found.noise_scale),
    }


def _terms_text(found: Terms) -> str:
    if found.scheme.kind == "banded":
        agree = f"{', '.join(found.scheme.columns)} are written alike"
    else:
        agree = "equal: " + ", or ".join(" and ".join(key) for key in found.scheme.keys)
    noise = (
        "true counts"
        if found.epsilon is None
        else f"noise of scale {float(found.noise_scale):g} (epsilon {found.epsilon})"
    )
    return (
        f"Code: {found.code}\n"
        f"{', '.join(found.names)}, with {found.relay.name} as relay\n"
        f"Records: {found.unit}s from {found.first_day} to {found.last_day}; they agree where "
        f"{agree}\n"
        f"Lists of {found.least:,} to {found.most:,} records; {noise}; "
        f"up to {found.masks:,} masks on each pattern"
    )


def _progress(done_to_them: str) -> Callable[[int, int], None]:
    began = last = time.monotonic()

    def say(done: int, of: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _BETWEEN_WORDS or not done:
            return
        last = now
        left = (now - began) * (of - done) / done
        click.echo(f"{done:,} of {of:,} {done_to_them}, about {left:.0f} s left", err=True)

    return say


def _small(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST_SMALL_FILE:
        raise TermsError(f"at most {_LARGEST_SMALL_FILE:,} bytes are read of such a file")
    return path.read_bytes()


def _tell_written(here: Folder, out: Path | None, facts: dict[str, Any], *, as_json: bool) -> None:
    _tell_status(here, here.written_again(out or here.path / "out"), facts, as_json=as_json)


def _tell_status(here: Folder, paths: list[Path], facts: dict[str, Any], *, as_json: bool) -> None:
    facts |= {"written": [str(path) for path in paths]} | status_facts(here)
    lines = [f"Written: {path}" for path in paths]
    lines.append(f"{facts['name']} waits for: {facts['waits_for']}")
    _tell(facts, "\n".join(lines), as_json=as_json)


def _tell(facts: dict[str, Any], said: str, *, as_json: bool) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False, indent=1) if as_json else said)
