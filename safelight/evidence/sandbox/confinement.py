"""Run a program on hostile input where it can hurt nobody: bubblewrap, and nothing without it.

Inside there is no network but an empty loopback, no home, no other process, no name or time of
this machine; `/usr` and what is named `readable` can be read, a small memory disk and what is
named `writable` can be written. The environment is empty. A seccomp filter and limits stand
over it (docs/adr/0024-hostile-files-become-pixels.md).

Two ways into it. A person's own account makes a user namespace. Root mounts with its own
rights and gives them all up before the program starts, which then is a user that nobody else is:
the kernel counts no processes for root, so a fork bomb would pass, and counts those of one user
in all sandboxes together. It also works in containers that allow no user namespaces.
"""

from __future__ import annotations

import functools
import os
import secrets
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Final

from safelight.evidence.sandbox.bounded_output import Ended, Outcome, watch
from safelight.evidence.sandbox.problems import SandboxError, SandboxUnavailable
from safelight.evidence.sandbox.system_calls import system_call_filter

MIB: Final = 1024 * 1024
# What a program finds of /etc. No passwd, hosts, machine-id: they say whose machine this is.
_OF_ETC: Final = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts")
# Which machine it is, since when, and from which disk it started: a browser could say so outside.
_TELLING_OF_PROC: Final = (
    "/proc/cmdline", "/proc/sys/kernel/random/boot_id", "/proc/version", "/proc/uptime",
)  # fmt: skip
_NOBODY: Final = 65534
# Above what systemd and containers give to their own (systemd.io, "Users, Groups, UIDs and GIDs").
_FIRST_UNUSED: Final = 2_000_000_000
_UNUSED: Final = 100_000_000
_SCRATCH: Final = "/tmp"  # noqa: S108  # nosec B108  # a memory disk inside
_FILTER_FD: Final = 9


class Kind(StrEnum):
    """What is let in beside the files.

    `PARSER`: one process, no socket at all, no /proc. `BROWSER`: processes, /proc of its own,
    /dev/shm, sockets within an empty network, and a further sandbox of its own making.
    """

    PARSER = "parser"
    BROWSER = "browser"


@dataclass(frozen=True)
class Limits:
    """What a program may use up; beyond it, it is stopped.

    `memory`: bytes of address space of each process; None for a browser, which reserves
    terabytes that it never uses. `scratch`: bytes of its memory disk. `file`: bytes of the
    largest file. `output`: bytes on stdout. `patience`: seconds by the clock on the wall.
    """

    patience: float
    cpu_seconds: int
    memory: int | None
    processes: int
    scratch: int
    file: int
    output: int


def run_in_sandbox(
    program: Sequence[str],
    *,
    kind: Kind,
    limits: Limits,
    readable: Sequence[Path] = (),
    writable: Sequence[Path] = (),
    stdin: IO[bytes] | None = None,
) -> Outcome:
    """Run `program` (an absolute path and arguments) to its end and return what became of it.

    `readable` and `writable` stand inside under the paths that they have outside; run by root,
    a writable folder is given to the user without name as whom the program runs, and what
    is readable must be so for everybody. A link in place of a writable folder is refused. `stdin`
    is a file opened for reading: the way to hand in a hostile file without a path. What comes out
    is untrusted. Raises `SandboxUnavailable`
    where there is no sandbox; never runs without it.
    """
    check_available()
    with _filter_file(kind) as filter_file:
        argv = _confined(
            program,
            kind=kind,
            limits=limits,
            readable=readable,
            writable=writable,
            filter_fd=filter_file.fileno(),
        )
        process = subprocess.Popen(  # noqa: S603  # our own words; hostile bytes go by stdin
            argv,
            env={},
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(filter_file.fileno(),),
            start_new_session=True,
        )
    return watch(process, patience=limits.patience, most_output=limits.output)


def sandbox_launcher(
    folder: Path,
    program: Sequence[str],
    *,
    kind: Kind,
    limits: Limits,
    readable: Sequence[Path] = (),
    writable: Sequence[Path] = (),
) -> Path:
    """Write a small script into `folder` that runs `program` plus the script's own arguments.

    For a program that something else starts and ends, as playwright does with a browser (its
    `executable_path`). File descriptors pass through, such as the pipes 3 and 4 of
    `--remote-debugging-pipe`; 9 is taken. It dies with who started it. Of `limits`,
    `patience` and `output` are that starter's to keep. Inside, a browser reaches nothing: give
    it a `writable` folder with a Unix socket in it, and something inside that listens on
    loopback and speaks to that socket. Raises `SandboxUnavailable`.
    """
    check_available()
    filter_path = folder / "system-calls.bpf"
    filter_path.write_bytes(_filter(kind))
    argv = _confined(
        program,
        kind=kind,
        limits=limits,
        readable=readable,
        writable=writable,
        filter_fd=_FILTER_FD,
    )
    script = folder / "launcher.sh"
    script.write_text(
        f"#!/bin/sh\nexec {_FILTER_FD}<{shlex.quote(os.fspath(filter_path))}\n"
        f'exec /usr/bin/env -i {shlex.join(argv)} "$@"\n',
        encoding="utf-8",
    )
    script.chmod(0o700)
    return script


def check_available() -> None:
    """Raise `SandboxUnavailable` if there is no sandbox; it says what to install or allow."""
    _found_working(shutil.which("bwrap"))


@functools.cache  # only success is remembered: an exception is not
def _found_working(bwrap: str | None) -> None:
    if bwrap is None:
        raise SandboxUnavailable(
            "hostile files are opened only in a sandbox, and bubblewrap is not installed; "
            "run: sudo apt-get install bubblewrap (docs/how-to/set-up-a-desk.md)"
        )
    tried = Limits(
        patience=20, cpu_seconds=5, memory=None, processes=4, scratch=MIB, file=MIB, output=0
    )
    with _filter_file(Kind.PARSER) as filter_file:
        argv = _confined(
            ["/usr/bin/true"],
            kind=Kind.PARSER,
            limits=tried,
            readable=(),
            writable=(),
            filter_fd=filter_file.fileno(),
        )
        process = subprocess.Popen(  # noqa: S603  # our own words only
            argv,
            env={},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(filter_file.fileno(),),
            start_new_session=True,
        )
    if watch(process, patience=tried.patience, most_output=0).ended is not Ended.DONE:
        raise SandboxUnavailable(
            "hostile files are opened only in a sandbox, and this system gives bubblewrap no "
            "namespaces, as in most containers and chroots; use a desk of its own, or allow them "
            "(docs/how-to/set-up-a-desk.md)"
        )


def _confined(
    program: Sequence[str],
    *,
    kind: Kind,
    limits: Limits,
    readable: Sequence[Path],
    writable: Sequence[Path],
    filter_fd: int,
) -> list[str]:
    root = os.geteuid() == 0
    user = _FIRST_UNUSED + secrets.randbelow(_UNUSED) if root else _NOBODY
    argv = [_where("bwrap"), "--die-with-parent", "--new-session", "--unshare-pid"]
    argv += ["--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    argv += ["--hostname", "sandbox", "--cap-drop", "ALL"]
    if root:
        # Needed to become another, and given up in the same breath (setpriv below).
        argv += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
    else:
        argv += ["--unshare-user", "--uid", str(user), "--gid", str(user)]
    argv += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib64"):
        if Path("/", name).exists():
            argv += ["--symlink", f"usr/{name}", f"/{name}"]
    for name in _OF_ETC:
        argv += ["--ro-bind-try", name, name]
    argv += ["--dev", "/dev", "--remount-ro", "/dev"]
    memory_disk = ["--perms", "1777", "--size", str(limits.scratch), "--tmpfs"]
    if kind is Kind.BROWSER:
        argv += [*memory_disk, "/dev/shm", "--proc", "/proc"]  # noqa: S108  # nosec B108  # inside
        for name in _TELLING_OF_PROC:
            argv += ["--ro-bind-try", "/dev/null", name]
    argv += [*memory_disk, _SCRATCH]
    # After the memory disk, because what is bound may lie in the real /tmp.
    for path in readable:
        argv += _bound("--ro-bind", path)
    for path in writable:
        _give(path, user if root else None)
        argv += _bound("--bind", path)
    argv += ["--remount-ro", "/", "--chdir", _SCRATCH, "--seccomp", str(filter_fd)]
    for name, value in (("PATH", "/usr/bin:/bin"), ("LANG", "C.UTF-8"), ("HOME", _SCRATCH)):
        argv += ["--setenv", name, value]
    argv += ["--"]
    if root:
        argv += ["/usr/bin/setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        argv += ["--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all"]
        argv += ["--no-new-privs"]
    # Set inside: outside, all processes of this account would count.
    argv += ["/usr/bin/prlimit", "--core=0", f"--nproc={limits.processes}"]
    argv += [f"--fsize={limits.file}", f"--cpu={limits.cpu_seconds}", "--nofile=1024"]
    if limits.memory is not None:
        argv += [f"--as={limits.memory}"]
    return [*argv, "--", *program]


def _give(path: Path, user: int | None) -> None:
    """A link would let a program that once wrote beside it choose what it is given next."""
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        raise SandboxError(
            "expected a folder that the sandbox may write to, and no link; got something else"
        ) from None
    try:
        if user is not None:
            os.fchown(folder, user, user)
    finally:
        os.close(folder)


def _bound(how: str, path: Path) -> list[str]:
    """The folders above are made anew: where they are private outside, nobody could pass them."""
    place = path.absolute()
    above = [
        parent for parent in reversed(place.parents) if parent.parts[1:2] not in {(), ("usr",)}
    ]
    made = [word for parent in above for word in ("--perms", "0755", "--dir", os.fspath(parent))]
    return [*made, how, os.fspath(place), os.fspath(place)]


def _filter(kind: Kind) -> bytes:
    browser = kind is Kind.BROWSER
    return system_call_filter(
        processes=browser, namespaces=browser, sockets=browser, attributes=browser
    )


def _filter_file(kind: Kind) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115  # its owner closes it
    file.write(_filter(kind))
    file.seek(0)
    return file


def _where(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SandboxUnavailable(f"{name} was here a moment ago and is gone; install it again")
    return found
