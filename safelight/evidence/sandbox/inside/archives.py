"""Runs in the sandbox. ZIP files: what is in them, and one member's bytes. Nothing is unpacked."""

from __future__ import annotations

import itertools
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, Final

from safelight.evidence.sandbox.inside.budget import Showing, Stopped
from safelight.evidence.sandbox.wire import (
    MEMBER,
    MEMBER_FLAGS,
    MemberFlag,
    Note,
    Stop,
    write_part,
)

# What Python's own readers raise on a ZIP file that is not one.
BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, ValueError,
    OverflowError, EOFError, OSError, LookupError,
)  # fmt: skip
_PIECE: Final = 1 << 18
_ENORMOUS_RATIO: Final = 200
_ENORMOUS: Final = 512 * 1024 * 1024
_LOCKED: Final = 0x1
_ARCHIVES: Final = (".zip", ".rar", ".7z", ".gz", ".xz", ".bz2", ".tar", ".tgz", ".jar", ".apk")


@dataclass(frozen=True)
class Listed:
    """A member with what is wrong with it."""

    info: zipfile.ZipInfo
    flags: frozenset[MemberFlag]


def opened_archive(file: IO[bytes]) -> zipfile.ZipFile:
    """Open a ZIP file, or stop."""
    try:
        return zipfile.ZipFile(file)
    except BROKEN:
        raise Stopped(Stop.DAMAGED) from None


def listed(archive: zipfile.ZipFile) -> list[Listed]:
    """Return the members in the order of the archive's own list."""
    infos = archive.infolist()
    # By place in the file, so that a member that begins before another ends is found.
    in_place = sorted(infos, key=lambda info: info.header_offset)
    overlapping: set[int] = set()
    for one, after in itertools.pairwise(in_place):
        # 30 bytes are the least a local header takes (APPNOTE 4.3.7).
        if one.header_offset + 30 + one.compress_size > after.header_offset:
            overlapping |= {id(one), id(after)}
    return [Listed(info, _flags(info, id(info) in overlapping)) for info in infos]


def _flags(info: zipfile.ZipInfo, overlaps: bool) -> frozenset[MemberFlag]:
    name = info.filename.replace("\\", "/")
    flags = set()
    if (
        name.startswith("/")
        or ".." in name.split("/")
        or name[1:2] == ":"
        or "\0" in info.orig_filename
    ):
        flags.add(MemberFlag.LEADS_OUTSIDE)
    if stat.S_ISLNK(info.external_attr >> 16):
        flags.add(MemberFlag.LINK)
    if info.flag_bits & _LOCKED:
        flags.add(MemberFlag.LOCKED)
    if overlaps:
        flags.add(MemberFlag.OVERLAPS)
    if info.file_size > max(_ENORMOUS_RATIO * info.compress_size, 1 << 20) or (
        info.file_size > _ENORMOUS
    ):
        flags.add(MemberFlag.ENORMOUS)
    if name.lower().endswith(_ARCHIVES):
        flags.add(MemberFlag.ARCHIVE)
    if info.is_dir():
        flags.add(MemberFlag.FOLDER)
    return frozenset(flags)


def show_archive(archive: zipfile.ZipFile, showing: Showing) -> None:
    """List the members, and write the bytes of the one that was asked for."""
    found = listed(archive)
    budget = showing.budget
    for number, member in enumerate(found[: budget.members]):
        bits = sum(1 << MEMBER_FLAGS.index(flag) for flag in member.flags)
        size = min(max(member.info.file_size, 0), 2**64 - 1)
        name = member.info.filename[:500].encode("utf-8", "replace")
        write_part(showing.out, b"MEMB", MEMBER.pack(size, number, bits), name)
    if len(found) > budget.members:
        showing.notes.add(Note.CUT)
    if budget.member is not None:
        if budget.member >= len(found):
            raise Stopped(Stop.EMPTY)
        data = member_bytes(archive, found[budget.member].info, most=budget.member_size)
        write_part(showing.out, b"BYTE", data)


def member_bytes(archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, most: int) -> bytes:
    """Unpack one member into memory. What it says of its size is not believed."""
    if info.flag_bits & _LOCKED:
        raise Stopped(Stop.LOCKED)
    unpacked = bytearray()
    try:
        with archive.open(info) as member:
            while piece := member.read(_PIECE):
                unpacked += piece
                if len(unpacked) > most:
                    raise Stopped(Stop.TOO_LARGE)
    except BROKEN:
        raise Stopped(Stop.DAMAGED) from None
    return bytes(unpacked)
