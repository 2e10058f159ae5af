"""Bring a publication to a mirror: only what changed, and its name last.

The manifest goes when all it names is there, and what it no longer names goes after it. A
transfer that is cut leaves a mirror that still calls itself by its old manifest; a reader who
verifies it then hears "changed", and the next transfer goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.publication.key_changes import keys_before
from safelight.publication.mirrors.folder import FolderMirror
from safelight.publication.mirrors.target import Credentials, MirrorError, Target
from safelight.sealing.manifest import SIGNED_NAME, Manifest, SignedFolderError, verified_manifest
from safelight.sealing.signed_folder import LARGEST_SIGNED, read_manifest, verify_folder


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What was done. `was`: the version that was there, 0 for none."""

    version: int
    was: int
    sent: int
    deleted: int
    kept: int


def target_of(untrusted: str, *, credentials: Credentials, proxy: str | None) -> Target:
    """Read a mirror's name as people write it (`target`). Raises `MirrorError`."""
    try:
        return _target_of(untrusted, credentials, proxy)
    except ValueError:
        # The libraries' own words may repeat a password that somebody wrote into the address.
        raise MirrorError(
            "the mirror's address or the proxy cannot be read; expected the forms that "
            "`safelight publication mirror --help` shows, without a user or a password in them"
        ) from None


def _target_of(untrusted: str, credentials: Credentials, proxy: str | None) -> Target:
    kind = untrusted.partition(":")[0] if ":" in untrusted else ""
    # Each kind brings a library of its own, which the others do not wait for.
    if kind in {"dav", "davs"}:
        from safelight.publication.mirrors.fetching import new_session  # noqa: PLC0415
        from safelight.publication.mirrors.web_dav import WebDavMirror, dav_address  # noqa: PLC0415

        return WebDavMirror(dav_address(untrusted), new_session(proxy), credentials)
    if kind == "s3":
        from safelight.publication.mirrors.s3 import S3Mirror  # noqa: PLC0415

        return S3Mirror(untrusted, credentials, proxy)
    if kind == "ssh":
        from safelight.publication.mirrors.rsync import RsyncMirror  # noqa: PLC0415

        if proxy is not None:
            raise MirrorError("for ssh the way stands in ~/.ssh/config (ProxyCommand)")
        return RsyncMirror(untrusted.removeprefix("ssh:"))
    if kind and "/" not in kind:
        raise MirrorError("a mirror is a folder, davs://…, s3://… or ssh:…; got another kind")
    if proxy is not None:
        raise MirrorError("a folder needs no proxy")
    return FolderMirror(Path(untrusted))


def mirror(
    folder: Path,
    target: Target,
    *,
    key: Ed25519PublicKey,
    anew: bool,
    told: Callable[[int, int], None],
) -> Mirrored:
    """Verify `folder`, then make the mirror the same. `told(done, of)` after each file.

    `anew` sends every file, for a mirror that lost or changed some. Raises `MirrorError`
    for a mirror that holds a newer publication, or another one of this version.
    """
    verify_folder(folder, key=key, last_seen=None)
    ours = read_manifest(folder, key=key)
    there = _manifest_there(target, (key,))
    _refuse_to_lead_back(ours, there)
    known = {} if there is None or anew else there.files
    if there is None:
        # Of a key before: what was taken back since must go. Nothing else of it is believed, as
        # whoever stole that key may have signed it.
        there = _manifest_there(target, keys_before(folder, key))
    send = [path for path, facts in ours.files.items() if known.get(path) != facts]
    done = 0

    def one_more(_path: str) -> None:
        nonlocal done
        done += 1
        told(done, len(send) + 1)

    target.write(folder, send, one_more)
    target.write(folder, [SIGNED_NAME], one_more)
    gone = [] if there is None else [path for path in there.files if path not in ours.files]
    target.delete(gone)
    kept = len(ours.files) - len(send)
    return Mirrored(ours.version, 0 if there is None else there.version, len(send), len(gone), kept)


def _manifest_there(target: Target, keys: Sequence[Ed25519PublicKey]) -> Manifest | None:
    found = target.read(SIGNED_NAME, largest=LARGEST_SIGNED)
    if found is None:
        return None
    for key in keys:
        try:
            return verified_manifest(found, key)
        except SignedFolderError:
            continue
    return None  # a stranger's, or spoilt: nothing it says of the files there is known


def _refuse_to_lead_back(ours: Manifest, there: Manifest | None) -> None:
    if there is None:
        return
    if there.version > ours.version:
        raise MirrorError(
            f"the mirror has publication {there.version}, this is {ours.version}: an old one never "
            "replaces a newer one. Mirror the newest folder"
        )
    if there.version == ours.version and there.digest != ours.digest:
        raise MirrorError(
            f"the mirror has another publication {there.version} under the same key: two desks "
            "have published, or one from an old state. Find out which is true first"
        )
