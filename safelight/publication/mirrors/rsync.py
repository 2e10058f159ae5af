"""A folder on another machine as a mirror, by rsync over ssh and that user's own ssh settings.

rsync is a program of the system: it is asked for what it does best, sending what changed.
How ssh gets there (Tor, another port, which key) stands in ~/.ssh/config.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from safelight.publication.mirrors.target import MirrorError
from safelight.sealing.manifest import SignedFolderError
from safelight.sealing.signed_folder import read_plain

# No leading dash: ssh and rsync would read it as an option.
_PLACE: Final = re.compile(r"(?:[a-z_][a-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:[A-Za-z0-9_./~-]*")
_LONGEST_SECONDS: Final = 3600
_NO_SUCH_FILE: Final = 23  # "partial transfer due to error": here, that one file is not there


class RsyncMirror:
    """`place` is user@host:folder."""

    def __init__(self, place: str) -> None:
        if not _PLACE.fullmatch(place) or ":-" in place:
            raise MirrorError("an ssh mirror is ssh:user@host:folder; got another form")
        if shutil.which("rsync") is None:
            raise MirrorError("rsync is not installed; on Debian: apt-get install rsync")
        self._place = place.rstrip("/") + "/"

    def read(self, path: str, *, largest: int) -> bytes | None:
        with tempfile.TemporaryDirectory() as here:
            bound = f"--max-size={largest}"
            code = self._run([bound, self._place + path, here + "/"], fine={0, _NO_SUCH_FILE})
            found = Path(here) / Path(path).name
            try:
                # That host may send a symbolic link, or more than was asked for.
                return read_plain(found, largest=largest)
            except (FileNotFoundError, SignedFolderError):
                if code == 0:
                    raise MirrorError(
                        f"expected a plain file of at most {largest} bytes there, got something "
                        "else; look at what stands at the mirror"
                    ) from None
                return None

    def write(self, folder: Path, paths: Sequence[str], told: Callable[[str], None]) -> None:
        if not paths:
            return
        self._run(
            ["--checksum", "--mkpath", "--chmod=D755,F644", "--files-from=-", f"{folder}/"],
            paths=paths,
            last=self._place,
        )
        for path in paths:
            told(path)

    def delete(self, paths: Sequence[str]) -> None:
        if not paths:
            return
        with tempfile.TemporaryDirectory() as nothing:
            # The folders are there and the files are not: only these are missing.
            for path in paths:
                (Path(nothing) / path).parent.mkdir(parents=True, exist_ok=True)
            self._run(
                ["--delete-missing-args", "--files-from=-", f"{nothing}/"],
                paths=paths,
                last=self._place,
            )

    def _run(
        self,
        arguments: Sequence[str],
        *,
        paths: Sequence[str] = (),
        last: str | None = None,
        fine: frozenset[int] | set[int] = frozenset({0}),
    ) -> int:
        command = ["rsync", "--recursive", "--links", *arguments, *([] if last is None else [last])]
        try:
            done = subprocess.run(  # noqa: S603 - no shell; the place was checked above
                command,
                input="\n".join(paths).encode("ascii"),
                capture_output=True,
                timeout=_LONGEST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise MirrorError("rsync did not end within an hour; try again") from None
        if done.returncode not in fine:
            raise MirrorError(
                f"rsync ended with code {done.returncode}; try `ssh` to that host by hand, and "
                "see rsync(1), EXIT VALUES"
            )
        return done.returncode
