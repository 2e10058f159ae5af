"""Threat: escape-from-the-sandbox: a file takes over the program that reads it and tries to write
to a home, read a secret, connect, look at other processes, fork without end or fill memory, disk
or pipe; each of it is refused or stopped, and nothing runs where there is no sandbox.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from safelight.evidence.sandbox import bounded_output
from safelight.evidence.sandbox.bounded_output import Ended, Outcome
from safelight.evidence.sandbox.confinement import MIB, Kind, run_in_sandbox, sandbox_launcher
from safelight.evidence.sandbox.problems import SandboxError, SandboxUnavailable
from tests.support.sandbox import SMALL, needs_sandbox

pytestmark = needs_sandbox
PYTHON = "/usr/bin/python3"
CANARY = "canary-7f31c2"

if not Path(PYTHON).exists():
    pytestmark = pytest.mark.skip(reason="these attackers are written for /usr/bin/python3")


def _attack(code: str, kind: Kind = Kind.PARSER, **changed: object) -> Outcome:
    program = [PYTHON, "-I", "-c", code]
    return run_in_sandbox(program, kind=kind, limits=replace(SMALL, **changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_harmless_program_ends_well_in_it(kind: Kind) -> None:
    # The control of every test below: what they see is the sandbox, not a missing interpreter.
    ended = _attack("print(40 + 2)", kind)
    assert (ended.ended, ended.untrusted_output) == (Ended.DONE, b"42\n")


@pytest.mark.parametrize("kind", list(Kind))
def test_no_file_of_the_machine_is_there(kind: Kind, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(CANARY)
    secret.chmod(0o666)
    places = [str(secret), str(Path.home()), "/etc/passwd", "/etc/hostname", "/etc/machine-id"]
    places += ["/root", "/home", "/var", "/run", "/sys", "/proc/1/environ/.."]
    code = f"import os; print([p for p in {places!r} if os.path.exists(p)])"
    assert _attack(code, kind).untrusted_output == b"[]\n"


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_outside_can_be_written(kind: Kind, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o777)
    code = f"""
import os
for place in ({os.fspath(home)!r}, "/", "/usr", "/etc", "/dev", "/usr/lib"):
    try:
        os.makedirs(place, exist_ok=True)
        open(place + "/x-canary", "w").write("x")
        # Below /tmp that is the sandbox's own memory disk; the test looks from outside.
        if not place.startswith("/tmp/"):
            print("wrote to", place)
    except OSError as refused:
        pass
open("/tmp/only-here", "w").write("x")
print("done")
"""
    assert _attack(code, kind).untrusted_output == b"done\n"
    assert list(home.iterdir()) == []
    assert not Path("/tmp/only-here").exists()
    assert not Path("/usr/lib/x-canary").exists()


@contextlib.contextmanager
def _listening() -> Iterator[tuple[int, list[str]]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        came: list[str] = []
        over = threading.Event()

        def accept() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    server.accept()[0].close()
                    came.append("somebody")

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield server.getsockname()[1], came
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_outside_can_be_reached(kind: Kind) -> None:
    with _listening() as (port, came):
        with socket.create_connection(("127.0.0.1", port)):
            pass  # the listener listens
        code = f"""
import socket
def tried(family, address, how=socket.SOCK_STREAM):
    try:
        with socket.socket(family, how) as s:
            s.settimeout(2)
            s.connect(address)
            if how == socket.SOCK_DGRAM:
                s.send(b"x")
        print("reached", address)
    except OSError:
        pass
tried(socket.AF_INET, ("127.0.0.1", {port}))
tried(socket.AF_INET, ("192.0.2.1", 80))
tried(socket.AF_INET, ("192.0.2.1", 53), socket.SOCK_DGRAM)
tried(socket.AF_INET6, ("2001:db8::1", 80))
tried(getattr(socket, "AF_VSOCK", 40), (2, {port}))
tried(socket.AF_UNIX, "/run/systemd/private")
try:
    print("resolved", socket.getaddrinfo("localhost.example", 80))
except OSError:
    pass
print("done")
"""
        assert _attack(code, kind).untrusted_output == b"done\n"
    assert came == ["somebody"]


def test_a_parser_can_make_no_process_and_no_socket() -> None:
    code = """
import os, socket
def spawned():
    os.posix_spawn("/bin/true", ["true"], {})
for what in (os.fork, socket.socket, socket.socketpair, spawned):
    try:
        what()
        print("could")
    except PermissionError:
        print("refused")
"""
    assert _attack(code).untrusted_output == b"refused\n" * 4


@pytest.mark.parametrize("kind", list(Kind))
def test_it_has_no_right_that_root_has_and_no_program_of_ours_in_sight(kind: Kind) -> None:
    code = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print(os.getuid(), os.getgid(), os.getgroups(), sorted(os.environ))
for name, call in (("setuid", lambda: os.setuid(0)), ("chroot", lambda: os.chroot("/tmp"))):
    try:
        call()
        print("could", name)
    except OSError:
        pass
for name, arguments in (("mount", (b"x", b"/tmp", b"tmpfs", 0, None)), ("ptrace", (16, 1, 0, 0))):
    if getattr(libc, name)(*arguments) == 0:
        print("could", name)
if libc.syscall(425, 1, 0) >= 0:
    print("could make an io_uring")
if os.path.exists("/proc"):
    print([p for p in os.listdir("/proc") if p.isdigit()])
"""
    said = _attack(code, kind).untrusted_output.decode().splitlines()
    assert not said[0].startswith(("0 ", f"{os.getuid()} "))
    assert "PATH" in said[0]
    assert not any(name in said[0] for name in ("USER", "SSH", "PYTEST", "VIRTUAL_ENV"))
    # Process 1 is bubblewrap's own, in the sandbox; 2 is the attacker.
    assert said[1:] == (["['1', '2']"] if kind is Kind.BROWSER else [])


def test_a_user_namespace_gives_a_parser_nothing_back() -> None:
    code = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print(libc.unshare(0x10000000), libc.unshare(0x00020000))
"""
    assert _attack(code).untrusted_output == b"-1 -1\n"


def test_a_fork_bomb_stops_at_the_limit() -> None:
    code = """
import os, time
n = 0
try:
    while n < 500:
        if os.fork() == 0:
            time.sleep(60)
        n += 1
except BlockingIOError:
    print("stopped", n < 8, flush=True)
    os._exit(0)
"""
    ended = _attack(code, Kind.BROWSER)
    assert (ended.ended, ended.untrusted_output) == (Ended.DONE, b"stopped True\n")


def test_children_do_not_outlive_their_program() -> None:
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            time.sleep(0.2)
            os.write(1, b"still here\\n")
time.sleep(0.5)
"""
    # stdout stays open for as long as one of them lives; so this would run out of patience.
    ended = _attack(code, Kind.BROWSER, patience=15.0)
    assert ended.ended is Ended.DONE


def test_memory_stops_at_the_limit() -> None:
    ended = _attack("x = bytearray(2 ** 30); print('filled')")
    assert (ended.ended, ended.untrusted_output) == (Ended.FAILED, b"")
    assert b"MemoryError" in ended.untrusted_complaint


@pytest.mark.parametrize("kind", list(Kind))
def test_the_disk_stops_at_the_limit(kind: Kind) -> None:
    code = """
import os
filled = 0
for place in ("/tmp", "/dev/shm"):
    try:
        for n in range(64):
            with open(f"{place}/{n}", "wb") as file:
                file.write(bytes(2 ** 18))
            filled += 2 ** 18
    except OSError:
        pass
print(filled <= 2 * 2 ** 20)
"""
    assert _attack(code, kind).untrusted_output == b"True\n"


def test_output_stops_at_the_limit() -> None:
    ended = _attack("import os\nwhile True: os.write(1, bytes(65536))")
    assert ended.ended is Ended.TOO_MUCH_OUTPUT
    assert len(ended.untrusted_output) <= MIB


def test_complaints_without_end_are_cut() -> None:
    ended = _attack("import os\nfor _ in range(400): os.write(2, bytes(65536))\nprint('done')")
    assert (ended.ended, ended.untrusted_output) == (Ended.DONE, b"done\n")
    assert len(ended.untrusted_complaint) <= 16 * 1024


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("import time; time.sleep(600)", {"patience": 1.0}),
        ("while True: pass", {"cpu_seconds": 1, "patience": 60.0}),
    ],
)
def test_time_stops_at_the_limit(code: str, changed: dict[str, object]) -> None:
    ended = _attack(code, **changed)
    assert ended.ended is not Ended.DONE
    assert ended.status != 0


def test_a_closed_pipe_does_not_keep_the_desk_waiting() -> None:
    ended = _attack("import os, time\nos.close(1); os.close(2); time.sleep(600)", patience=1.0)
    assert ended.ended is Ended.OUT_OF_TIME


def test_without_bubblewrap_nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    program = [sys.executable, "-c", f"open({os.fspath(witness)!r}, 'w')"]
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(SandboxUnavailable, match="apt-get install bubblewrap"):
        run_in_sandbox(program, kind=Kind.PARSER, limits=SMALL)
    with pytest.raises(SandboxUnavailable, match="apt-get install bubblewrap"):
        sandbox_launcher(tmp_path, program, kind=Kind.PARSER, limits=SMALL)
    assert not witness.exists()


def test_without_namespaces_nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    refusing = tmp_path / "bwrap"
    # As bubblewrap says it in a container; whatever it is, the program must not start.
    refusing.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2; exit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    program = [sys.executable, "-c", f"open({os.fspath(witness)!r}, 'w')"]
    with pytest.raises(SandboxUnavailable, match="no namespaces"):
        run_in_sandbox(program, kind=Kind.PARSER, limits=SMALL)
    assert not witness.exists()


def test_a_launcher_confines_whoever_it_is_started_by(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    # sys.argv[1] comes from whoever starts the script, as a browser's arguments do.
    code = (
        "import os, sys; open(sys.argv[1] + '/out', 'w').write(str(os.path.exists('/etc/passwd')))"
    )
    script = sandbox_launcher(
        tmp_path,
        [PYTHON, "-I", "-c", code],
        kind=Kind.BROWSER,
        limits=SMALL,
        writable=[shared],
    )
    subprocess.run([script, shared], check=True, timeout=60)
    assert (shared / "out").read_text() == "False"
    assert shutil.which("bwrap") in script.read_text()


def test_one_sandbox_full_of_processes_leaves_room_in_the_next() -> None:
    fills = "import os, time\nfor _ in range(6):\n    if os.fork() == 0: time.sleep(60)\n"
    program = [PYTHON, "-I", "-c", fills + "print('full', flush=True)\ntime.sleep(60)"]
    with tempfile.TemporaryDirectory() as place:
        script = sandbox_launcher(Path(place), program, kind=Kind.BROWSER, limits=SMALL)
        with subprocess.Popen([script], stdout=subprocess.PIPE) as full:
            try:
                assert full.stdout is not None
                assert full.stdout.readline() == b"full\n"
                code = "import os\nprint(os.fork() >= 0)"
                assert _attack(code, Kind.BROWSER).untrusted_output.startswith(b"True\n")
            finally:
                full.kill()


def test_an_original_that_is_read_keeps_its_rights_and_times() -> None:
    # On a file of its own, which it owns as a desk's account owns the evidence on stdin.
    code = """
import array, fcntl, os
file = os.open("/tmp/own", os.O_CREAT | os.O_RDONLY)
for name, call in (
    ("rights", lambda: os.fchmod(file, 0o777)),
    ("times", lambda: os.utime(file, (1, 1))),
    ("owner", lambda: os.fchown(file, -1, -1)),
    ("attributes", lambda: os.setxattr(file, "user.seen", b"x")),
    ("path", lambda: os.chmod("/tmp/own", 0o777)),
    ("flags", lambda: fcntl.ioctl(file, 0x40086602, array.array("l", [0]))),
):
    try:
        call()
        print("could", name)
    except OSError as refused:
        print(refused.errno)
print(os.isatty(0))
"""
    assert _attack(code).untrusted_output == b"1\n" * 6 + b"False\n"


def test_a_browser_that_is_root_in_its_own_namespace_reaches_no_packet_filter() -> None:
    code = """
import ctypes, socket
ctypes.CDLL(None).unshare(0x10000000 | 0x40000000)  # users and network
for what in (
    (socket.AF_INET, socket.SOCK_STREAM, 0),
    (socket.AF_INET6, socket.SOCK_DGRAM, 17),
    (socket.AF_UNIX, socket.SOCK_SEQPACKET, 0),
    (socket.AF_NETLINK, socket.SOCK_RAW, 0),  # routes
    (socket.AF_NETLINK, socket.SOCK_RAW, 12),  # packet filters
    (socket.AF_NETLINK, socket.SOCK_RAW, 6),  # IPsec
    (socket.AF_INET, socket.SOCK_RAW, 255),
    (socket.AF_INET6, socket.SOCK_RAW, 58),
    (socket.AF_INET, socket.SOCK_STREAM, 132),  # SCTP
    (socket.AF_INET, socket.SOCK_SEQPACKET, 132),
    (socket.AF_PACKET, socket.SOCK_DGRAM, 3),
):
    try:
        socket.socket(*what).close()
        print("could")
    except OSError as refused:
        print(refused.errno)
"""
    said = _attack(code, Kind.BROWSER).untrusted_output
    assert said == b"could\n" * 4 + b"1\n" * 7


def test_a_browser_cannot_tell_which_machine_it_runs_on() -> None:
    code = """
for name in ("cmdline", "sys/kernel/random/boot_id", "version", "uptime"):
    try:
        print(len(open("/proc/" + name).read()))
    except OSError:
        print("refused")
print("MemTotal" in open("/proc/meminfo").read())
"""
    said = _attack(code, Kind.BROWSER).untrusted_output.decode().splitlines()
    assert set(said[:-1]) <= {"0", "refused"}
    assert said[-1] == "True"  # /proc is there


def test_a_link_in_place_of_a_folder_gives_nothing_away(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    before = victim.stat()
    link = tmp_path / "shared"
    link.symlink_to(victim)
    program = [PYTHON, "-I", "-c", "print(1)"]
    with pytest.raises(SandboxError, match="and no link"):
        run_in_sandbox(program, kind=Kind.BROWSER, limits=SMALL, writable=[link])
    assert (victim.stat().st_uid, victim.stat().st_ctime_ns) == (before.st_uid, before.st_ctime_ns)
    ended = run_in_sandbox(program, kind=Kind.BROWSER, limits=SMALL, writable=[victim])
    assert ended.untrusted_output == b"1\n"


def test_who_never_stops_talking_is_stopped_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0

    class AlwaysReady(selectors.DefaultSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            nonlocal looked
            looked += 1
            return super().select(None)

    monkeypatch.setattr(selectors, "DefaultSelector", AlwaysReady)
    talking = subprocess.Popen(
        ["/usr/bin/head", "-c", "8000000", "/dev/zero"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    outcome = bounded_output.watch(talking, patience=0.0, most_output=2**30)
    assert (outcome.ended, looked) == (Ended.OUT_OF_TIME, 1)
