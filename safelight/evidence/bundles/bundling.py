"""Make an evidence bundle of files, and continue one: note what happened to it, seal it again."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files as resources
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from safelight.evidence.bundles.bag import (
    BAG_INFO,
    CUSTODY_LOG,
    CUSTODY_TREE,
    DECLARATION,
    DESK_KEY,
    ITEMS,
    MANIFEST,
    SCRIPT,
    file_digest,
    manifest_bytes,
    walk,
)
from safelight.evidence.bundles.bundle_seal import Sealed, asked_names, seal_folder
from safelight.evidence.bundles.custody import (
    NOTED_EVENTS,
    CustodyEvent,
    CustodyWriter,
    log_lines,
)
from safelight.evidence.bundles.tree import tree_head
from safelight.evidence.bundles.verifying import examine
from safelight.evidence.problems import EvidenceError
from safelight.evidence.timestamps.asking import Asking
from safelight.evidence.timestamps.authorities import Authority
from safelight.sealing.envelope import check_envelope
from safelight.sealing.padding import FILE_SIZES
from safelight.sealing.recipients import HybridRecipient
from safelight.sealing.seal import seal_stream
from safelight.sealing.statement import key_id

MOST_ITEMS: Final = 2000
_HEADER: Final = 32 * 1024
_ENDING: Final = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(frozen=True)
class Original:
    """A file as the reporter gave it, and what keeps it sealed.

    `envelope`: the sealed file that it arrived in, if it came so; without one it is sealed now.
    `withheld`: only the sealed original and the digest go into the bundle, not the file.
    """

    source: Path
    envelope: Path | None = None
    withheld: bool = False


@dataclass(frozen=True)
class Derivative:
    """A file made from an original: a redacted picture, a rendering. `origin` is that file."""

    source: Path
    origin: Path


@dataclass(frozen=True)
class Bundle:
    """A bundle that was made or continued."""

    id: str
    folder: Path
    items: int
    fingerprint: str
    seal: Sealed


@dataclass
class _Making:
    folder: Path
    log: CustodyWriter
    recipients: Sequence[HybridRecipient]
    now: datetime
    items: list[dict[str, Any]] = field(default_factory=list)
    origins: dict[Path, str] = field(default_factory=dict)

    def add_original(self, original: Original) -> None:
        number, path = self._place("originals", original.source)
        target = self.folder / path
        digest = _copied(original.source, target)
        sealed = f"data/sealed/{number}.age"
        self._keep_sealed(original, target, self.folder / sealed)
        if original.withheld:
            target.unlink()
            path = ""
        self.origins[original.source.resolve()] = digest
        self._describe(number, original.source, path)
        self.log.add(
            CustodyEvent.ORIGINAL_ADDED,
            at=self.now,
            item=number,
            path=path,
            digest=digest,
            sealed=file_digest(self.folder / sealed),
        )

    def add_derivative(self, derivative: Derivative) -> None:
        origin = self.origins.get(derivative.origin.resolve())
        if origin is None:
            raise EvidenceError(
                "a derivative names an original that is not in this bundle; give that file too "
                "(it may be withheld)"
            )
        number, path = self._place("derivatives", derivative.source)
        digest = _copied(derivative.source, self.folder / path)
        self._describe(number, derivative.source, path)
        self.log.add(
            CustodyEvent.DERIVATIVE_ADDED,
            at=self.now,
            item=number,
            path=path,
            digest=digest,
            origin=origin,
        )

    def _place(self, kind: str, source: Path) -> tuple[str, str]:
        number = f"{len(self.items) + 1:04}"
        ending = source.suffix.lower()
        # A file's own name may say anything to a shell or a file system; it goes into items.json.
        return number, f"data/{kind}/{number}{ending if _ENDING.fullmatch(ending) else ''}"

    def _describe(self, number: str, source: Path, path: str) -> None:
        name = None if not path else os.fsencode(source.name).decode("utf-8", "replace")
        self.items.append({"item": number, "name": name})

    def _keep_sealed(self, original: Original, clear: Path, target: Path) -> None:
        target.parent.mkdir(exist_ok=True)
        if original.envelope is not None:
            _copied(original.envelope, target)
            with target.open("rb") as file:
                check_envelope(file.read(_HEADER), size=target.stat().st_size, sizes=FILE_SIZES)
        elif self.recipients:
            with clear.open("rb") as source, target.open("xb") as sink:
                seal_stream(source, sink, self.recipients, padded=True)
        else:
            raise EvidenceError(
                "an original is kept sealed: give the envelope that it came in, or a roster to "
                "seal it to"
            )


def make_bundle(
    out: Path,
    originals: Sequence[Original],
    derivatives: Sequence[Derivative],
    *,
    desk: Ed25519PrivateKey,
    recipients: Sequence[HybridRecipient],
    authorities: Sequence[Authority],
    ask: Asking,
    now: datetime,
) -> Bundle:
    """Write the bundle `out`, whole or not at all. Raises `EvidenceError`.

    `now` is the desk's clock: what the log says; what proves the time are the authorities.
    """
    if not originals or len(originals) + len(derivatives) > MOST_ITEMS:
        raise EvidenceError(f"a bundle has at least one original and at most {MOST_ITEMS} items")
    if os.path.lexists(out):
        raise EvidenceError("something of that name is there already; give the bundle another")
    unfinished = out.parent / f".{secrets.token_hex(8)}.unfinished"
    try:
        unfinished.mkdir(mode=0o700)
        for name in ("data/originals", "data/derivatives"):
            (unfinished / name).mkdir(parents=True)
        bundle_id = secrets.token_hex(16)
        log = CustodyWriter(desk, bundle_id)
        log.add(CustodyEvent.OPENED, at=now)
        making = _Making(unfinished, log, recipients, now)
        for original in originals:
            making.add_original(original)
        for derivative in derivatives:
            making.add_derivative(derivative)
        _write_payload_list(making, bundle_id)
        _write_fixed_tags(unfinished, bundle_id, desk, now)
        sealed = _seal_again(
            unfinished, 1, log, desk=desk, authorities=authorities, ask=ask, now=now
        )
        _reach_the_disk(unfinished)
        unfinished.rename(out)
    except OSError as trouble:
        raise EvidenceError(
            f"the bundle was not made ({trouble.strerror}); nothing of it is left"
        ) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Bundle(bundle_id, out, len(making.items), key_id(desk.public_key()), sealed)


def continue_bundle(
    folder: Path,
    event: CustodyEvent,
    *,
    desk: Ed25519PrivateKey,
    authorities: Sequence[Authority],
    ask: Asking,
    now: datetime,
) -> Bundle:
    """Add a line to the log of a bundle that this desk made, and seal it again.

    What is there is examined first: nothing that was changed is sealed anew. Raises
    `EvidenceError`. The folder is replaced as a whole; after a power cut between the two renames
    the earlier one stands beside it as `….before`.
    """
    if event not in NOTED_EVENTS:
        raise EvidenceError("that is not noted by hand; see `safelight evidence note --help`")
    with _alone_in(folder.parent):
        return _continued(folder, event, desk=desk, authorities=authorities, ask=ask, now=now)


@contextlib.contextmanager
def _alone_in(place: Path) -> Iterator[None]:
    """Two at a time would each seal on top of the same line, and one line would be lost."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise EvidenceError(
            "another command is continuing a bundle in that folder; wait until it is done"
        ) from None
    finally:
        os.close(descriptor)


def _continued(
    folder: Path,
    event: CustodyEvent,
    *,
    desk: Ed25519PrivateKey,
    authorities: Sequence[Authority],
    ask: Asking,
    now: datetime,
) -> Bundle:
    fingerprint = key_id(desk.public_key())
    found = examine(folder, desk=fingerprint, roots=None, at=now.astimezone(UTC))
    if found.faults:
        named = ", ".join(sorted({fault.code.value for fault in found.faults}))
        raise EvidenceError(
            f"this bundle is not as this desk sealed it ({named}); nothing was added"
        )
    token = secrets.token_hex(8)
    unfinished = folder.parent / f".{token}.unfinished"
    before = folder.parent / f"{folder.name}.{token}.before"
    try:
        shutil.copytree(folder, unfinished)
        lines = log_lines((unfinished / CUSTODY_LOG).read_bytes())
        log = CustodyWriter(desk, found.bag, lines=lines)
        log.add(event, at=now)
        sealed = _seal_again(
            unfinished,
            found.seals + 1,
            log,
            desk=desk,
            authorities=authorities,
            ask=ask,
            now=now,
        )
        _reach_the_disk(unfinished)
        folder.rename(before)
        unfinished.rename(folder)
        shutil.rmtree(before)
    except OSError as trouble:
        raise EvidenceError(
            f"the bundle was not continued ({trouble.strerror}); it stands as before"
        ) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Bundle(found.bag, folder, found.items, fingerprint, sealed)


def published_script() -> bytes:
    """Return `verify.sh` as this version has it."""
    return resources("safelight.evidence.bundles").joinpath("data", SCRIPT).read_bytes()


def _reach_the_disk(folder: Path) -> None:
    """A power cut after this takes nothing that was reported as done."""
    places = [path for path in folder.rglob("*") if path.is_dir()]
    for path in (*walk(folder).files.values(), *places, folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _copied(source: Path, target: Path) -> str:
    """Copy the bytes and return their digest, of what was written."""
    shutil.copyfile(source, target)
    return file_digest(target)


def _write_payload_list(making: _Making, bundle_id: str) -> None:
    for kind in ("originals", "derivatives"):
        place = making.folder / "data" / kind
        if not any(place.iterdir()):
            place.rmdir()
    # The salt makes the manifest's digest unguessable for who sees only a proof.
    described = {"bag": bundle_id, "salt": secrets.token_hex(16), "items": making.items}
    (making.folder / ITEMS).write_text(
        json.dumps(described, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    digests = {name: file_digest(path) for name, path in walk(making.folder).files.items()}
    (making.folder / MANIFEST).write_bytes(manifest_bytes(digests))


def _write_fixed_tags(folder: Path, bundle_id: str, desk: Ed25519PrivateKey, now: datetime) -> None:
    payload = [path for name, path in walk(folder).files.items() if name.startswith("data/")]
    size = sum(path.stat().st_size for path in payload)
    (folder / "bagit.txt").write_bytes(DECLARATION)
    (folder / BAG_INFO).write_text(
        f"Bag-Software-Agent: Safelight\nBagging-Date: {now:%Y-%m-%d}\n"
        f"External-Identifier: {bundle_id}\nPayload-Oxum: {size}.{len(payload)}\n",
        encoding="ascii",
    )
    (folder / DESK_KEY).write_bytes(
        desk.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    (folder / SCRIPT).write_bytes(published_script())


def _seal_again(
    folder: Path,
    number: int,
    log: CustodyWriter,
    *,
    desk: Ed25519PrivateKey,
    authorities: Sequence[Authority],
    ask: Asking,
    now: datetime,
) -> Sealed:
    log.add(
        CustodyEvent.SEALED,
        at=now,
        digest=file_digest(folder / MANIFEST),
        asked=asked_names(authorities),
    )
    (folder / CUSTODY_LOG).write_bytes(log.to_bytes())
    (folder / CUSTODY_TREE).write_bytes(tree_head(log.lines))
    return seal_folder(folder, number, desk=desk, authorities=authorities, ask=ask, now=now)
