"""A WebDAV folder as a mirror (RFC 4918: PUT, MKCOL, DELETE; nothing is locked)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import requests

from safelight.publication.mirrors.fetching import LONGEST_SECONDS, answer_of, limited, within
from safelight.publication.mirrors.target import Credentials, MirrorError

_MADE = {200, 201, 204}
_GONE = {404, 410}
# MKCOL of what is there already is 405 (RFC 4918, 9.3.1); some servers say 301 or 409 first.
_FOLDER_THERE = {201, 301, 405}


class WebDavMirror:
    """`address` is https, or http on this machine or an onion; it ends in a slash."""

    def __init__(self, address: str, session: requests.Session, credentials: Credentials) -> None:
        self._address = address
        self._session = session
        self._folders: set[str] = set()
        if credentials.user:
            session.auth = (credentials.user, credentials.secret)

    def read(self, path: str, *, largest: int) -> bytes | None:
        return within(LONGEST_SECONDS, lambda: self._read(path, largest))

    def _read(self, path: str, largest: int) -> bytes | None:
        with answer_of(self._session, "GET", self._address + path) as answer:
            if answer.status_code in _GONE:
                return None
            if answer.status_code != 200:
                raise _refused("reading", answer.status_code)
            return limited(answer, largest=largest)

    def write(self, folder: Path, paths: Sequence[str], told: Callable[[str], None]) -> None:
        for path in paths:
            self._make_folders(path)
            content = (folder / path).read_bytes()
            with answer_of(self._session, "PUT", self._address + path, content) as answer:
                if answer.status_code not in _MADE:
                    raise _refused("writing", answer.status_code)
            told(path)

    def _make_folders(self, path: str) -> None:
        at = ""
        for part in path.split("/")[:-1]:
            at += part + "/"
            if at in self._folders:
                continue
            with answer_of(self._session, "MKCOL", self._address + at) as answer:
                if answer.status_code not in _FOLDER_THERE:
                    raise _refused("making a folder", answer.status_code)
            self._folders.add(at)

    def delete(self, paths: Sequence[str]) -> None:
        for path in paths:
            with answer_of(self._session, "DELETE", self._address + path) as answer:
                if answer.status_code not in _MADE | _GONE:
                    raise _refused("deleting", answer.status_code)


def _refused(doing: str, status: int) -> MirrorError:
    hint = {
        401: "check SAFELIGHT_MIRROR_USER and SAFELIGHT_MIRROR_SECRET",
        403: "this user may not do that there",
        507: "there is no room there",
    }.get(status, "see what the host says of itself")
    return MirrorError(f"{doing} at the mirror: expected success, got HTTP {status}; {hint}")


def dav_address(untrusted: str) -> str:
    """Turn davs://host/folder/ into the https address. Raises `MirrorError`."""
    parts = urlsplit(untrusted)
    host = parts.hostname or ""
    near = host in {"127.0.0.1", "localhost"} or host.endswith(".onion")
    if parts.scheme == "dav" and not near:
        raise MirrorError("dav:// would send the password in the clear; give davs://")
    if not host or parts.username or parts.query or parts.fragment:
        raise MirrorError("a WebDAV mirror is davs://host/folder/, without a user or a query")
    scheme = "http" if parts.scheme == "dav" else "https"
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}/"
