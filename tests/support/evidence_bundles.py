"""Evidence bundles to verify and to break: two made by one desk, stamped by two authorities."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.evidence.bundles.bag import (
    BAG_INFO,
    MANIFEST,
    TAG_MANIFEST,
    file_digest,
    manifest_bytes,
    walk,
)
from safelight.evidence.bundles.bundling import (
    Bundle,
    Derivative,
    Original,
    continue_bundle,
    make_bundle,
    published_script,
)
from safelight.evidence.bundles.custody import CustodyEvent
from safelight.evidence.bundles.verifying import Examination, examine
from safelight.evidence.timestamps.authorities import Authority
from safelight.sealing.opening import HybridIdentity
from safelight.sealing.statement import key_id
from tests.support.timestamp_authority import LocalAuthority

# Fixed, so that a test's failure can be repeated.
DESK = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_DESK = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
FINGERPRINT = key_id(DESK.public_key())
IDENTITY = HybridIdentity.generate()
CHAT, PHOTO, CAPTURE = b"<p>chat</p>\n" * 40, b"\xff\xd8photo" * 99, b"PK capture at nine" * 50
LATER_CAPTURE = b"PK capture at ten, edited" * 50


@dataclass(frozen=True)
class Bench:
    """A place with authorities, where bundles are made."""

    folder: Path

    @cached_property
    def first(self) -> LocalAuthority:
        return LocalAuthority.made(self.folder / "first", "first")

    @cached_property
    def second(self) -> LocalAuthority:
        return LocalAuthority.made(self.folder / "second", "second")

    @cached_property
    def roots(self) -> bytes:
        return self.first.roots + self.second.roots

    @cached_property
    def script(self) -> Path:
        """`verify.sh` as an expert has it: from elsewhere than the bundle."""
        path = self.folder / "experts-verify.sh"
        path.write_bytes(published_script())
        return path

    @cached_property
    def roots_file(self) -> Path:
        path = self.folder / "roots.pem"
        path.write_bytes(self.roots)
        return path

    @cached_property
    def one(self) -> Path:
        return self._made("one", CAPTURE)

    @cached_property
    def other(self) -> Path:
        """Another bundle by the same desk, whose capture is of a later hour."""
        return self._made("other", LATER_CAPTURE)

    def _made(self, name: str, capture: bytes) -> Path:
        sources = self.sources(self.folder / f"{name}-files", capture)
        made = self.bundle(self.folder / name, sources[:3], [(sources[3], sources[1])])
        assert not made.seal.gaps
        return made.folder

    @staticmethod
    def sources(place: Path, capture: bytes = CAPTURE) -> list[Path]:
        """A chat, a photo, a capture; and a picture made from the photo."""
        place.mkdir(parents=True)
        contents = {
            "result.html": CHAT,
            "Фото $(id); 1.JPG": PHOTO,
            "page.wacz": capture,
            "redacted.png": b"\x89PNG redacted",
        }
        for name, content in contents.items():
            (place / name).write_bytes(content)
        return [place / name for name in contents]

    def bundle(
        self,
        out: Path,
        originals: Sequence[Path | Original],
        derivatives: Sequence[tuple[Path, Path]] = (),
        *,
        authorities: Sequence[LocalAuthority] | None = None,
        now: datetime | None = None,
        desk: Ed25519PrivateKey = DESK,
    ) -> Bundle:
        asked = [self.first, self.second] if authorities is None else authorities
        return make_bundle(
            out,
            [one if isinstance(one, Original) else Original(one) for one in originals],
            [Derivative(*pair) for pair in derivatives],
            desk=desk,
            recipients=[IDENTITY.recipient()],
            authorities=[one.authority() for one in asked],
            ask=answering(*asked),
            now=now or datetime.now(tz=UTC),
        )

    def noted(self, bag: Path, *authorities: LocalAuthority) -> Bundle:
        asked = authorities or (self.first, self.second)
        return continue_bundle(
            bag,
            CustodyEvent.HANDED_OVER,
            desk=DESK,
            authorities=[one.authority() for one in asked],
            ask=answering(*asked),
            now=datetime.now(tz=UTC),
        )

    def copy(self, bag: Path, target: Path) -> Path:
        shutil.copytree(bag, target, symlinks=True)
        return target

    def examined(self, bag: Path, *, at: datetime | None = None) -> Examination:
        return examine(bag, desk=FINGERPRINT, roots=self.roots, at=at or datetime.now(tz=UTC))

    def python_faults(self, bag: Path, *, at: datetime | None = None) -> set[str]:
        return {f"{one.code.value} {one.where}" for one in self.examined(bag, at=at).faults}

    def script_faults(self, bag: Path, *, at: datetime | None = None) -> set[str]:
        """`code where` of each fault that verify.sh names. Its exit code must agree."""
        answer = self.run_script(bag, *([] if at is None else ["--at", at.isoformat()]))
        assert answer.returncode in {0, 1}, answer.stderr
        assert answer.stderr == ""
        named = {
            line.removeprefix("FAULT ").split(":")[0] + " " + line.split(": ")[1]
            for line in answer.stdout.splitlines()
            if line.startswith("FAULT ")
        }
        assert bool(named) == bool(answer.returncode)
        return named

    def run_script(self, bag: Path, *more: str) -> subprocess.CompletedProcess[str]:
        anchors = ("--desk-key", FINGERPRINT, "--tsa-roots", self.roots_file)
        return subprocess.run(
            ["bash", self.script, *anchors, *more, bag],
            capture_output=True,
            text=True,
            check=False,
        )


def answering(*authorities: LocalAuthority):  # type: ignore[no-untyped-def]
    """How `make_bundle` asks, without a network."""
    by_name = {one.name: one for one in authorities}

    def ask(authority: Authority, request: bytes) -> bytes:
        return by_name[authority.name].reply(request)

    return ask


def remake_manifests(bag: Path) -> None:
    """What anybody can do who changed a file: both manifests fit again."""
    files = walk(bag).files
    payload = {name: file_digest(path) for name, path in files.items() if name.startswith("data/")}
    size = sum(files[name].stat().st_size for name in payload)
    info = (bag / BAG_INFO).read_text().splitlines()[:-1]
    (bag / BAG_INFO).write_text("\n".join([*info, f"Payload-Oxum: {size}.{len(payload)}", ""]))
    (bag / MANIFEST).write_bytes(manifest_bytes(payload))
    last = f"seals/{max(int(path.name) for path in (bag / 'seals').iterdir())}/"
    tags = {
        name: file_digest(path)
        for name, path in walk(bag).files.items()
        if not name.startswith(("data/", last)) and name != TAG_MANIFEST
    }
    (bag / TAG_MANIFEST).write_bytes(manifest_bytes(tags))
    (bag / last / TAG_MANIFEST).write_bytes(manifest_bytes(tags))


def sign_again(bag: Path, desk: Ed25519PrivateKey) -> None:
    """Sign the last seal's manifest anew: with the desk's key what only an insider can do."""
    last = bag / "seals" / str(max(int(path.name) for path in (bag / "seals").iterdir()))
    (last / "signature.sig").write_bytes(desk.sign((bag / TAG_MANIFEST).read_bytes()))
