"""Make a bundle of what a case has, and keep it sealed with the case; hand it over, seal it again.

A bundle is made in memory where the machine has such a place (`workplace`) and kept as one ZIP
file. What is saved from here is outside the desk's reach: a withdrawal does not follow it.
"""

from __future__ import annotations

import secrets
import shutil
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files as resources
from pathlib import Path, PurePosixPath
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.campaigns.case_evidence import keeping, kinds
from safelight.campaigns.case_evidence.deciding import EvidenceRefusedError, standing
from safelight.campaigns.case_evidence.evidence_file import WaysOut
from safelight.campaigns.case_evidence.reporter_files import (
    ReportersFile,
    files_of_reporter,
    write_clear,
    write_sealed,
)
from safelight.campaigns.case_evidence.signing import evidence_signer
from safelight.campaigns.case_evidence.standing import Bundle as KnownBundle
from safelight.campaigns.case_evidence.standing import EvidenceNow, Item
from safelight.campaigns.case_evidence.workplace import private_folder
from safelight.casework.cases import check_open, decide, open_case
from safelight.casework.folding import CaseNow
from safelight.casework.models import OpeningKey
from safelight.evidence.bundles.bundling import (
    Bundle,
    Derivative,
    Original,
    continue_bundle,
    make_bundle,
)
from safelight.evidence.bundles.custody import CustodyEvent
from safelight.evidence.timestamps.asking import Asking, over_http
from safelight.sealing.recipients import HybridRecipient, parse_recipient

FOLDER: Final = "evidence"
INSTRUCTIONS: Final = "READ-ME-FIRST.txt"
# Twice in the workplace (folder and ZIP), which is memory.
_LARGEST: Final = 512 * 1024 * 1024
# Their digests stand in one entry (journal/content.py).
MOST_FILES: Final = 1000
_HOW: Final = "bundle-instructions.txt"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What goes into a bundle. Of an exhibit's original only the digest and the sealed file go."""

    reporter: tuple[ReportersFile, ...]
    items: tuple[Item, ...]
    exhibits: tuple[Item, ...]


def choose(now: CaseNow, evidence: EvidenceNow, names: Collection[str]) -> Chosen:
    """Return what these names stand for; a capture's name is all its files.

    Raises `EvidenceRefusedError` for none, for one that is no file of the case, or for too much.
    """
    wanted = set(names)
    for capture in evidence.captures:
        if capture.capture in wanted and capture.parts:
            wanted = (wanted - {capture.capture}) | {part.item for part in capture.parts}
    reporter = tuple(one for one in files_of_reporter(now) if one.envelope in wanted)
    bundles = {one.item.item for one in evidence.bundles}
    found = [one for one in evidence.every_item() if one.item in wanted and one.item not in bundles]
    exhibits = tuple(one for one in found if one in evidence.exhibits)
    items = tuple(one for one in found if one not in evidence.exhibits)
    if not (reporter or found) or len(reporter) + len(found) != len(wanted):
        raise EvidenceRefusedError(_("choose at least one file of this case for the bundle"))
    if len(reporter) + len(found) > MOST_FILES:
        raise EvidenceRefusedError(
            _("these files are too large for one bundle; make two, with fewer files each")
        )
    if sum(one.size for one in reporter) + sum(one.size for one in found) > _LARGEST:
        raise EvidenceRefusedError(
            _("these files are too large for one bundle; make two, with fewer files each")
        )
    return Chosen(reporter, items, exhibits)


def seal_bundle(case_id: str, names: Collection[str], ways: WaysOut, *, ask: Asking | None) -> str:
    """Make a bundle of these files and keep it; return its id.

    `ask` brings requests to authorities; None: over the way out that the desk's file names.
    Raises `EvidenceRefusedError`, `EvidenceError`, or what keeping a file raises.
    """
    now, evidence = standing(case_id)
    chosen = choose(now, evidence, names)
    signer = evidence_signer()
    with private_folder() as place:
        originals, derivatives, of = _laid_out(place, chosen, now, evidence)
        bag = make_bundle(
            place / FOLDER,
            originals,
            derivatives,
            desk=signer.private,
            recipients=[_own_recipient()],
            authorities=ways.authorities,
            ask=ask or over_http(ways.proxy),
            now=datetime.now(UTC),
        )
        return _keep_bundle(case_id, bag, of, bundle=secrets.token_hex(8), event="sealed")


def continue_kept(
    case_id: str, bundle: str, event: CustodyEvent, ways: WaysOut, *, ask: Asking | None
) -> None:
    """Note something in a kept bundle's log and seal it again; the file is replaced."""
    evidence = standing(case_id)[1]
    known = next((one for one in evidence.bundles if one.bundle == bundle), None)
    if known is None:
        raise EvidenceRefusedError(_("there is no such bundle in this case; reload the page"))
    signer = evidence_signer()
    with private_folder() as place:
        _unpacked(known, place)
        bag = continue_bundle(
            place / FOLDER,
            event,
            desk=signer.private,
            authorities=ways.authorities,
            ask=ask or over_http(ways.proxy),
            now=datetime.now(UTC),
        )
        _keep_bundle(case_id, bag, known.of, bundle=bundle, event=event.value, before=known.item)


def write_out(known: KnownBundle, target: Path) -> None:
    """Write a kept bundle as a new folder `target`; raises `EvidenceRefusedError`."""
    try:
        target.mkdir(mode=0o700)
        _unpacked(known, target)
    except OSError:
        raise EvidenceRefusedError(
            _("the folder could not be written; expected a new name in a folder that is there")
        ) from None


def _own_recipient() -> HybridRecipient:
    text = OpeningKey.objects.order_by("-made_on").values_list("recipient", flat=True)[0]
    found = parse_recipient(text)
    if not isinstance(found, HybridRecipient):
        raise EvidenceRefusedError(_("this desk's own key cannot seal originals; update it"))
    return found


def _laid_out(
    place: Path, chosen: Chosen, now: CaseNow, evidence: EvidenceNow
) -> tuple[list[Original], list[Derivative], list[str]]:
    originals: list[Original] = []
    of: list[str] = []
    by_digest: dict[str, Path] = {}
    for number, one in enumerate(chosen.reporter):
        clear = _named(place / "r" / str(number), one.name)
        sealed = clear.with_name("sealed.age.original")
        digest = write_clear(one, clear)
        write_sealed(one, sealed)
        originals.append(Original(clear, envelope=sealed))
        by_digest[digest] = clear
        of.append(digest)
    for number, item in enumerate(chosen.items):
        clear = _written(item, place / "i" / str(number))
        originals.append(Original(clear))
        by_digest[item.digest] = clear
        of.append(item.digest)
    derivatives = []
    for number, exhibit in enumerate(chosen.exhibits):
        if exhibit.origin not in by_digest:
            hidden = _withheld(place / "o" / str(number), exhibit.origin, now, evidence)
            originals.append(hidden)
            by_digest[exhibit.origin] = hidden.source
        derived = _written(exhibit, place / "d" / str(number))
        derivatives.append(Derivative(derived, by_digest[exhibit.origin]))
        of.append(exhibit.digest)
    return originals, derivatives, of


def _withheld(folder: Path, digest: str, now: CaseNow, evidence: EvidenceNow) -> Original:
    """The original of an exhibit: its digest and the sealed file go in, the file does not."""
    item = next((one for one in evidence.every_item() if one.digest == digest), None)
    if item is not None:
        return Original(_written(item, folder), withheld=True)
    for number, one in enumerate(files_of_reporter(now)):
        clear = _named(folder / str(number), one.name)
        if write_clear(one, clear) == digest:
            sealed = clear.with_name("sealed.age.original")
            write_sealed(one, sealed)
            return Original(clear, envelope=sealed, withheld=True)
    raise EvidenceRefusedError(_("the original of an exhibit is not on this desk any more"))


def _named(folder: Path, untrusted_name: str) -> Path:
    """A place in a folder of its own. The name is kept for `items.json`, as far as it is one."""
    folder.mkdir(parents=True)
    # Letters of any script; no separator, no control character, no leading dot; 255 bytes.
    name = "".join(c for c in untrusted_name if c.isprintable() and c not in "/\\\0").strip(". ")
    name = name.encode("utf-8", "replace")[-200:].decode("utf-8", "ignore")
    return folder / (name or "file")


def _written(item: Item, folder: Path) -> Path:
    target = _named(folder, item.name)
    with target.open("xb") as sink:
        for piece in keeping.pieces_of(item.item):
            sink.write(piece)
    return target


def _keep_bundle(
    case_id: str,
    bag: Bundle,
    of: Sequence[str],
    *,
    bundle: str,
    event: str,
    before: Item | None = None,
) -> str:
    packed = bag.folder.parent / "bundle.zip"
    _packed(bag, packed)
    content: dict[str, Any] = {
        "bundle": bundle,
        "bag": bag.id,
        "fingerprint": bag.fingerprint,
        "of": list(of),
        "stamps": [
            {"authority": name, "at": stamp.time.isoformat()}
            for name, stamp in bag.seal.stamps.items()
        ],
        "gaps": [{"what": gap.authority, "why": gap.reason} for gap in bag.seal.gaps],
        "event": event,
        "seals": bag.seal.number,
    }
    with packed.open("rb") as source, transaction.atomic():
        check_open(open_case(case_id))
        kept = keeping.keep(case_id, source)
        content["file"] = {
            "item": kept.item,
            "role": "bundle",
            "name": f"evidence-{bag.id[:8]}.zip",
            "type": "application/zip",
            "size": kept.size,
            "digest": kept.digest,
        }
        decide(case_id, kinds.BUNDLED, content)
        if before is not None:
            keeping.drop(case_id, before.item)
    return bundle


def instructions() -> str:
    """What an expert does with a bundle. On purpose without the key's fingerprint."""
    place = resources("safelight.campaigns.case_evidence") / "data" / _HOW
    return place.read_text("utf-8")


def _packed(bag: Bundle, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(_entry(INSTRUCTIONS), instructions())
        for path in sorted(bag.folder.rglob("*")):
            if path.is_file():
                name = str(PurePosixPath(FOLDER) / path.relative_to(bag.folder).as_posix())
                with (
                    path.open("rb") as source,
                    archive.open(_entry(name), "w", force_zip64=True) as sink,
                ):
                    shutil.copyfileobj(source, sink, 1024 * 1024)


def _entry(name: str) -> zipfile.ZipInfo:
    # The same day in each: a ZIP's own times are the machine's, without a zone, and prove nothing.
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _unpacked(known: KnownBundle, place: Path) -> None:
    """Unpack what this desk packed and kept under the case's key."""
    packed = place / "kept.zip"
    with packed.open("xb") as sink:
        for piece in keeping.pieces_of(known.item.item):
            sink.write(piece)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(place)
    packed.unlink()
