"""Examine an evidence bundle: every fault by its name, or what it proves.

The readable twin of `data/verify.sh`; both must find the same in every case of
tests/attacks/test_changed_evidence.py. Nothing in the bundle is believed before it is checked
against what came by another way: the fingerprint of the desk's key and the authorities' roots.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from safelight.evidence.bundles.bag import (
    BAG_INFO,
    CUSTODY_LOG,
    CUSTODY_TREE,
    DECLARATION,
    DESK_KEY,
    ITEMS,
    MANIFEST,
    SCRIPT,
    TAG_MANIFEST,
    Found,
    file_digest,
    parse_manifest,
    read_tag_file,
    walk,
)
from safelight.evidence.bundles.bundle_seal import SEAL_NAME, SIGNATURE
from safelight.evidence.bundles.custody import (
    ITEM_EVENTS,
    NO_LINE_BEFORE,
    CustodyEvent,
    SignedEntry,
    log_lines,
)
from safelight.evidence.bundles.tree import tree_head
from safelight.evidence.problems import (
    CertificateExpired,
    EvidenceError,
    Fault,
    FaultCode,
    TimestampError,
    TimestampOfSomethingElse,
)
from safelight.evidence.timestamps.timestamp import Roots, Stamp, verified_stamp
from safelight.sealing.statement import key_id

_IDENTIFIER: Final = re.compile(rb"(?m)^External-Identifier: ([0-9a-f]{32})$")
_ITEMS_OF: Final = re.compile(rb'\A\{\n "bag": "([0-9a-f]{32})",\n')
_TAGS: Final = frozenset(
    {"bagit.txt", BAG_INFO, CUSTODY_LOG, CUSTODY_TREE, DESK_KEY, MANIFEST, SCRIPT}
)
# What a later seal may change: the log grows, and the tree over it with it.
_GROWING: Final = frozenset({CUSTODY_LOG, CUSTODY_TREE})
_STAMP_FAULTS: Final[Mapping[type[TimestampError], FaultCode]] = {
    TimestampOfSomethingElse: FaultCode.TIMESTAMP_SWAPPED,
    CertificateExpired: FaultCode.CERTIFICATE_EXPIRED,
}


@dataclass(frozen=True)
class NamedStamp:
    """A timestamp that holds: of which seal, by which authority."""

    seal: int
    authority: str
    stamp: Stamp


@dataclass(frozen=True)
class Examination:
    """What was found. `faults` empty: the bundle is what its maker sealed, as far as was asked.

    `gaps`: timestamps that were asked for and are not in the bundle, as `seals/1/name`.
    """

    bag: str
    fingerprint: str
    items: int
    entries: int
    seals: int
    stamps: tuple[NamedStamp, ...]
    gaps: tuple[str, ...]
    faults: tuple[Fault, ...]


@dataclass
class _Examining:
    folder: Path
    found: Found
    faults: list[Fault] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    stamps: list[NamedStamp] = field(default_factory=list)
    bad_stamps: int = 0

    def fault(self, code: FaultCode, where: str) -> None:
        self.faults.append(Fault(code, where))

    def read(self, name: str) -> bytes:
        path = self.found.files.get(name)
        return b"" if path is None else read_tag_file(path)

    def manifest(self, name: str, *, payload: bool) -> dict[str, str]:
        """Parse a manifest and compare each file that it lists."""
        try:
            listed = parse_manifest(self.read(name), payload=payload)
        except EvidenceError:
            self.fault(FaultCode.MALFORMED, name)
            return {}
        if not listed:
            self.fault(FaultCode.MISSING, name)
        for one, digest in listed.items():
            path = self.found.files.get(one)
            if path is None:
                self.fault(FaultCode.MISSING, one)
            elif file_digest(path) != digest:
                self.fault(FaultCode.CHANGED, one)
        return listed

    def desk_key(self, expected: str | None) -> Ed25519PublicKey | None:
        try:
            key = load_pem_public_key(self.read(DESK_KEY))
        except ValueError:
            key = None
        if not isinstance(key, Ed25519PublicKey):
            self.fault(FaultCode.MALFORMED, DESK_KEY)
            return None
        if expected is not None and key_id(key) != expected:
            self.fault(FaultCode.OTHER_KEY, DESK_KEY)
        return key

    def log(self, key: Ed25519PublicKey | None, bag: str) -> list[SignedEntry]:
        """Every line: signed, in its place, after the line before, and of this bundle."""
        try:
            lines = log_lines(self.read(CUSTODY_LOG))
        except EvidenceError:
            self.fault(FaultCode.MALFORMED, CUSTODY_LOG)
            return []
        found: list[SignedEntry] = []
        before = NO_LINE_BEFORE
        for number, line in enumerate(lines, start=1):
            where = f"{CUSTODY_LOG}:{number}"
            try:
                signed = SignedEntry.parse(line)
            except EvidenceError:
                self.fault(FaultCode.MALFORMED, where)
                return found
            if key is None or not signed.is_signed_by(key):
                self.fault(FaultCode.LOG_FORGED, where)
            if signed.entry.bag != bag and (not found or found[-1].entry.bag == bag):
                self.fault(FaultCode.MIXED, where)
            expected_number = found[-1].entry.n + 1 if found else 1
            if signed.entry.n != expected_number or signed.entry.previous != before:
                self.fault(FaultCode.LOG_LINE_MISSING, where)
            before = signed.digest
            found.append(signed)
        if found[0].entry.event is not CustodyEvent.OPENED:
            self.fault(FaultCode.LOG_LINE_MISSING, f"{CUSTODY_LOG}:1")
        if found[-1].entry.event is not CustodyEvent.SEALED:
            self.fault(FaultCode.LOG_LINE_MISSING, f"{CUSTODY_LOG}:{len(found) + 1}")
        return found

    def items(self, log: Sequence[SignedEntry], payload: Mapping[str, str]) -> int:
        """Each file of the payload entered by a line of the log, with the digest it has."""
        known = {ITEMS}
        origins: set[str] = set()
        count = 0
        for signed in log:
            entry = signed.entry
            if entry.event not in ITEM_EVENTS:
                continue
            count += 1
            sealed = f"data/sealed/{entry.item}.age" if entry.sealed else ""
            for name, digest in ((entry.path, entry.digest), (sealed, entry.sealed)):
                if not name:
                    continue
                known.add(name)
                if name not in payload:
                    self.fault(FaultCode.MISSING, name)
                elif payload[name] != digest:
                    self.fault(FaultCode.REPLACED, name)
            if entry.event is CustodyEvent.ORIGINAL_ADDED:
                origins.add(entry.digest)
            elif entry.origin not in origins:
                self.fault(FaultCode.ORIGINAL_UNKNOWN, entry.path)
        for name in sorted(payload.keys() - known):
            self.fault(FaultCode.EXTRA, name)
        return count

    def seal(
        self, number: int, of: int, key: Ed25519PublicKey | None, log: Sequence[SignedEntry]
    ) -> tuple[bytes, str]:
        """Check one seal but its timestamps; return what was signed, and whom it asked."""
        place = f"seals/{number}/"
        signed = self.read(place + TAG_MANIFEST)
        whole = key is not None and _is_signed(key, self.read(place + SIGNATURE), signed)
        if not whole:
            self.fault(FaultCode.SIGNATURE, place + SIGNATURE)
        top = self.read(TAG_MANIFEST)
        if number == of and signed != top:
            # The desk did sign this, but not for what stands here: a seal of another bundle.
            self.fault(FaultCode.MIXED if whole else FaultCode.CHANGED, TAG_MANIFEST)
        sealing = [one for one in log if one.entry.event is CustodyEvent.SEALED]
        if number > len(sealing):
            self.fault(FaultCode.LOG_LINE_MISSING, f"{CUSTODY_LOG}:{len(log) + 1}")
            return signed, ""
        if number < of:
            self._earlier(number, signed, top, log[: log.index(sealing[number - 1]) + 1])
        entry = sealing[number - 1].entry
        listed = self.read(MANIFEST)  # if there is none, that is said already
        if listed and entry.digest != hashlib.sha256(listed).hexdigest():
            self.fault(FaultCode.MIXED, MANIFEST)
        return signed, entry.asked

    def _earlier(
        self, number: int, signed: bytes, top: bytes, lines: Sequence[SignedEntry]
    ) -> None:
        """What an earlier seal signed still stands: the same files, and the log's beginning."""
        where = f"seals/{number}/{TAG_MANIFEST}"
        try:
            then, now = (parse_manifest(one, payload=False) for one in (signed, top))
        except EvidenceError:
            self.fault(FaultCode.MALFORMED, where)
            return
        log = hashlib.sha256(b"".join(one.line + b"\n" for one in lines)).hexdigest()
        if then.get(CUSTODY_LOG) != log:
            self.fault(FaultCode.LOG_REWRITTEN, where)
        before = {
            name for name in now if (match := SEAL_NAME.fullmatch(name)) and int(match[1]) < number
        }
        for name in sorted((then.keys() | before) - _GROWING):
            if then.get(name) != now.get(name):
                self.fault(FaultCode.CHANGED, name)

    def stamps_of(
        self, number: int, signed: bytes, asked: str, roots: Roots, at: datetime
    ) -> datetime:
        """Verify a seal's timestamps; return until when its successors covered what is before."""
        times = []
        for name in filter(None, asked.split("+")):
            where = f"seals/{number}/{name}"
            reply = self.read(f"{where}.tsr")
            if not reply:
                self.gaps.append(where)
                continue
            try:
                stamp = verified_stamp(
                    reply,
                    signed,
                    untrusted_request=self.read(f"{where}.tsq"),
                    roots=roots,
                    untrusted_chain=self.read(f"{where}.chain.pem"),
                    at=at,
                )
            except TimestampError as reason:
                self.bad_stamps += 1
                self.fault(_STAMP_FAULTS.get(type(reason), FaultCode.TIMESTAMP_BAD), f"{where}.tsr")
            else:
                times.append(stamp.time)
                self.stamps.append(NamedStamp(number, name, stamp))
        return min(times, default=at)


def examine(folder: Path, *, desk: str | None, roots: bytes | None, at: datetime) -> Examination:
    """Examine a bundle and return every fault found. Raises `EvidenceError` if it is no folder.

    `desk`: the fingerprint of the desk's key (SHA-256 of the raw public key, hex) as it came by
    another way; None examines only whether the parts agree, which anybody can bring about.
    `roots`: PEM of the authorities' roots; None leaves timestamps unexamined. `at`: the time
    at which certificates must be valid, with time zone.
    """
    parsed_roots = None if roots is None else Roots.parse(roots)
    try:
        looking = _Examining(folder, walk(folder))
        return _examined(looking, desk, parsed_roots, at)
    except OSError as trouble:
        raise EvidenceError(f"the bundle cannot be read ({trouble.strerror})") from None


def _examined(
    looking: _Examining, desk: str | None, roots: Roots | None, at: datetime
) -> Examination:
    for _ in range(looking.found.unsafe):
        looking.fault(FaultCode.UNSAFE_FILE, "")
    payload = looking.manifest(MANIFEST, payload=True)
    tags = looking.manifest(TAG_MANIFEST, payload=False)
    if looking.read("bagit.txt") != DECLARATION:
        looking.fault(FaultCode.MALFORMED, "bagit.txt")
    identifier = _IDENTIFIER.search(looking.read(BAG_INFO))
    if identifier is None:
        looking.fault(FaultCode.MALFORMED, BAG_INFO)
    bag = identifier[1].decode() if identifier else ""
    described = _ITEMS_OF.match(looking.read(ITEMS))
    if described is None or described[1].decode() != bag:
        looking.fault(FaultCode.MALFORMED if described is None else FaultCode.MIXED, ITEMS)
    key = looking.desk_key(desk)
    log = looking.log(key, bag)
    if log and looking.read(CUSTODY_TREE) != tree_head([one.line for one in log]):
        looking.fault(FaultCode.LOG_REWRITTEN, CUSTODY_TREE)
    items = looking.items(log, payload)
    seals = _seals(looking)
    signed = [looking.seal(number, seals, key, log) for number in range(1, seals + 1)]
    _extra(looking, payload, tags, seals, signed[-1][1] if signed else "")
    if seals != sum(one.entry.event is CustodyEvent.SEALED for one in log):
        looking.fault(FaultCode.LOG_LINE_MISSING if log else FaultCode.MISSING, "seals")
    if roots is not None:
        # From the last to the first: a later seal's timestamp covers the earlier one's.
        covered = at
        for number in range(seals, 0, -1):
            covered = looking.stamps_of(number, *signed[number - 1], roots, covered)
        if not looking.stamps and not looking.bad_stamps:
            looking.fault(FaultCode.TIMESTAMP_MISSING, "seals")
    return Examination(
        bag=bag,
        fingerprint="" if key is None else key_id(key),
        items=items,
        entries=len(log),
        seals=seals,
        stamps=tuple(looking.stamps),
        gaps=tuple(looking.gaps),
        faults=tuple(Counter(looking.faults)),
    )


def _is_signed(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _seals(looking: _Examining) -> int:
    """How many seals stand in the bundle, from 1 on without a gap."""
    numbers = {
        int(match[1]) for name in looking.found.files if (match := SEAL_NAME.fullmatch(name))
    }
    if not numbers:
        looking.fault(FaultCode.MISSING, "seals/1")
    elif numbers != set(range(1, len(numbers) + 1)):
        looking.fault(FaultCode.MISSING, "seals")
        return 0
    return len(numbers)


def _extra(
    looking: _Examining,
    payload: Mapping[str, str],
    tags: Mapping[str, str],
    seals: int,
    asked: str,
) -> None:
    """Name files that nothing lists. The last seal's own files cannot list themselves."""
    last = f"seals/{seals}/"
    allowed = {TAG_MANIFEST, last + TAG_MANIFEST, last + SIGNATURE}
    for name in filter(None, asked.split("+")):
        allowed |= {f"{last}{name}{ending}" for ending in (".tsq", ".tsr", ".chain.pem")}
    for name in sorted(looking.found.files):
        if name not in payload and name not in tags and name not in allowed:
            looking.fault(FaultCode.EXTRA, name)
    for name in sorted(tags):
        match = SEAL_NAME.fullmatch(name)
        if name not in _TAGS and (match is None or int(match[1]) >= seals):
            looking.fault(FaultCode.EXTRA, name)
    for name in sorted(_TAGS - tags.keys()):
        looking.fault(FaultCode.MISSING, name)
