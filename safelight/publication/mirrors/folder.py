"""A folder as a mirror: a web server's own, or a stick that somebody carries."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from safelight.publication.mirrors.target import MirrorError
from safelight.publication.replaced_file import replace_file
from safelight.sealing.signed_folder import read_plain


class FolderMirror:
    """Each file is written beside its place and renamed, so nobody sees half of one."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def read(self, path: str, *, largest: int) -> bytes | None:
        try:
            return read_plain(self._place / path, largest=largest)
        except FileNotFoundError:
            return None

    def write(self, folder: Path, paths: Sequence[str], told: Callable[[str], None]) -> None:
        try:
            for path in paths:
                self._put(path, (folder / path).read_bytes())
                told(path)
        except OSError as trouble:
            raise MirrorError(
                f"the folder cannot be written ({trouble.strerror}); make room or mend it, then "
                "mirror again: what arrived stays, and the old publication is still named there"
            ) from None

    def _put(self, path: str, content: bytes) -> None:
        place = self._place / path
        self._make_folders(path)
        replace_file(place, content)

    def _make_folders(self, path: str) -> None:
        """One by one: a symbolic link on the way would lead the file elsewhere."""
        self._place.mkdir(parents=True, exist_ok=True)
        at = self._place
        for part in Path(path).parts[:-1]:
            at /= part
            at.mkdir(exist_ok=True)
            if at.is_symlink():
                raise MirrorError(
                    "a symbolic link stands in the mirror's folder where a folder should; "
                    "nothing is written through it. Give an empty folder"
                )

    def delete(self, paths: Sequence[str]) -> None:
        for path in paths:
            place = self._place / path
            way = [self._place / one for one in Path(path).parents if one.parts]
            if any(one.is_symlink() for one in way):
                continue  # what it would take away lies elsewhere
            with contextlib.suppress(OSError):
                place.unlink()
                # Folders that are empty now; the first that is not ends it.
                for above in place.relative_to(self._place).parents:
                    if above.parts:
                        (self._place / above).rmdir()
