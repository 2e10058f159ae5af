"""`safelight seal`: seal files to the desks of a roster, for any channel."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import click

from safelight.sealing.padding import FILE_SIZES, MIB
from safelight.sealing.recipients import HybridRecipient
from safelight.sealing.root_key import load_root, root_beside
from safelight.sealing.roster import fingerprint, verified_roster
from safelight.sealing.seal import SealError, seal_stream
from safelight.sealing.whole_file import whole_file

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PROGRESS_EVERY: Final = 64 * MIB


class _Hashed:
    """A sink that knows the digest of what went through: the envelope's id."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self._sha256 = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self._sink.write(data)
        self._sha256.update(data)

    def digest(self) -> str:
        return self._sha256.hexdigest()


def _progress(number: int, count: int, size: int) -> Callable[[int], None]:
    told = 0

    def tell(done: int) -> None:
        nonlocal told
        if done - told >= _PROGRESS_EVERY:
            told = done
            click.echo(f"file {number} of {count}: {done // MIB} of {size // MIB} MiB", err=True)

    return tell


def _seal_one(
    file: Path, target: Path, recipients: tuple[HybridRecipient, ...], *, number: int, count: int
) -> dict[str, Any]:
    size = file.stat().st_size
    if size >= FILE_SIZES[-1]:  # before a gigabyte is sealed in vain
        raise SealError(
            f"file {number} of {count} has {size} bytes; the largest sealed file has "
            f"{FILE_SIZES[-1]}. Split it"
        )
    click.echo(f"file {number} of {count}: sealing {size} bytes", err=True)
    with file.open("rb") as source, whole_file(target) as unfinished:
        sink = _Hashed(unfinished)
        sealed = seal_stream(
            source, sink, recipients, padded=True, on_progress=_progress(number, count, size)
        )
    return {
        "file": str(file),
        "out": str(target),
        "content_bytes": size,
        "sealed_bytes": sealed,
        "sha256": sink.digest(),
    }


@click.command()
@click.argument("files", type=_FILE, nargs=-1, required=True, metavar="FILE...")
@click.option("--roster", "roster_file", type=_FILE, required=True, help="the signed roster")
@click.option(
    "--root",
    "root_key",
    envvar="SAFELIGHT_ROOT",
    show_envvar=True,
    help="root public key: hex, or a file with it; otherwise root.pub beside the roster",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="sealed file to make; with several FILEs a new folder for 1.age, 2.age, …",
)
@click.option(
    "--seen-version",
    type=click.IntRange(min=1),
    help="refuse a roster older than this version",
)
@click.option("--json", "as_json", is_flag=True, help="facts as one JSON object")
def seal(
    *,
    files: tuple[Path, ...],
    roster_file: Path,
    root_key: str | None,
    out: Path,
    seen_version: int | None,
    as_json: bool,
) -> None:
    """Seal files so that only the desks of a roster can open them.

    The sealed file says nothing of the name, and of the length only its size class.
    The original stays where it is: remove it yourself if it should not be found.
    """
    today = datetime.now(tz=UTC).date()
    root = load_root(root_key) if root_key else root_beside(roster_file)
    if not root_key:
        click.echo(
            f"root key beside the roster: fingerprint {fingerprint(root)}. Compare it with the "
            "one you were given by another way",
            err=True,
        )
    try:
        verified = verified_roster(
            roster_file.read_bytes(),
            root=root,
            today=today,
            last_seen_version=seen_version,
        )
        recipients = verified.recipients(today)
        targets = [out]
        if len(files) > 1:
            out.mkdir(mode=0o700)
            targets = [out / f"{number}.age" for number in range(1, len(files) + 1)]
        sealed = [
            _seal_one(file, target, recipients, number=number, count=len(files))
            for number, (file, target) in enumerate(zip(files, targets, strict=True), start=1)
        ]
    except OSError as error:
        raise SealError(
            f"cannot read or write ({error.strerror}); no half-sealed file is left"
        ) from None
    desks = [desk.name for desk in verified.usable_desks(today)]
    facts = {"roster_version": verified.version, "desks": desks, "sealed": sealed}
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    for one in sealed:
        click.echo(f"{one['out']}  {one['sealed_bytes']} bytes, sealed to {', '.join(desks)}")
