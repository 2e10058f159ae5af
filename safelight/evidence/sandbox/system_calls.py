"""Which system calls a sandboxed program may make: a seccomp filter, written out as BPF.

A list of what is refused, not of what is allowed: what Python, a decoder or a browser calls
differs between versions of libc. It takes away what has no use in there and has been a way out
of namespaces before: tracing, keys, eBPF, io_uring, mounting, modules, sockets that no network
namespace holds (AF_VSOCK reaches the machine below). Source of the format: seccomp(2), and
`linux/filter.h`; the numbers are those of `asm/unistd.h`.
"""

from __future__ import annotations

import platform
import struct
from dataclasses import dataclass
from typing import Final

from safelight.evidence.sandbox.problems import SandboxUnavailable

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_AND: Final = 0x54  # BPF_ALU | BPF_AND | BPF_K
_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_ANY_BIT: Final = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K

_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_REFUSE: Final = 0x00050000 | 1  # EPERM
_UNKNOWN: Final = 0x00050000 | 38  # ENOSYS: libc then tries the older call

_NUMBER_AT: Final = 0
_MACHINE_AT: Final = 4
# Their low halves, on machines that are little-endian.
_FIRST_ARGUMENT_AT, _SECOND_ARGUMENT_AT, _THIRD_ARGUMENT_AT = 16, 24, 32
_CLONE_THREAD: Final = 0x00010000
_CLONE_NEW: Final = 0x7E020000  # every CLONE_NEW… that clone(2) takes
# Of the families that a network namespace holds. In a user namespace of its own a browser is root,
# and with raw sockets and netlink it reaches the packet filters, which were a way out many times.
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16
_STREAM_OR_DATAGRAM: Final = (1, 2)
_TYPE_MASK: Final = 0xF  # SOCK_NONBLOCK and SOCK_CLOEXEC stand above it
_TCP_OR_UDP: Final = (0, 6, 17)
_ROUTES_AND_DEVICES: Final = (0, 15)  # NETLINK_ROUTE, NETLINK_KOBJECT_UEVENT: both only tell
# Commands for terminals and descriptors; all others concern devices and flags of files.
_IOCTL_MASK, _IOCTL_PLAIN = 0xFFFFFF00, 0x5400

_EVERYWHERE: Final = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "mount_setattr": 442,
    "open_tree_attr": 467,
}
# What changes an open file without writing to it: rights, owner, times, attributes.
_ATTRIBUTES: Final = {
    "x86_64": (
        90, 91, 92, 93, 94, 132, 188, 189, 190, 197, 198, 199, 235, 260, 261, 268, 280,
    ),
    "aarch64": (5, 6, 7, 14, 15, 16, 52, 53, 54, 55, 88),
}  # fmt: skip
# fchmodat2, setxattrat, removexattrat, file_setattr
_ATTRIBUTES_EVERYWHERE: Final = (452, 463, 466, 469)
_IOCTL: Final = {"x86_64": 16, "aarch64": 29}
_X86_64: Final = {
    "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312,
    "keyctl": 250, "add_key": 248, "request_key": 249, "bpf": 321, "perf_event_open": 298,
    "userfaultfd": 323, "mount": 165, "umount2": 166, "pivot_root": 155, "kexec_load": 246,
    "kexec_file_load": 320, "init_module": 175, "finit_module": 313, "delete_module": 176,
    "name_to_handle_at": 303, "open_by_handle_at": 304, "acct": 163, "swapon": 167,
    "swapoff": 168, "reboot": 169, "quotactl": 179, "syslog": 103, "iopl": 172, "ioperm": 173,
    "modify_ldt": 154, "lookup_dcookie": 212, "vmsplice": 278, "settimeofday": 164,
    "clock_settime": 227, "adjtimex": 159,
}  # fmt: skip
_AARCH64: Final = {
    "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272,
    "keyctl": 219, "add_key": 217, "request_key": 218, "bpf": 280, "perf_event_open": 241,
    "userfaultfd": 282, "mount": 40, "umount2": 39, "pivot_root": 41, "kexec_load": 104,
    "kexec_file_load": 294, "init_module": 105, "finit_module": 273, "delete_module": 106,
    "name_to_handle_at": 264, "open_by_handle_at": 265, "acct": 89, "swapon": 224,
    "swapoff": 225, "reboot": 142, "quotactl": 60, "syslog": 116, "lookup_dcookie": 18,
    "vmsplice": 75, "settimeofday": 170, "clock_settime": 112, "adjtimex": 171,
}  # fmt: skip


@dataclass(frozen=True)
class _Machine:
    token: int  # AUDIT_ARCH_… of linux/audit.h
    refused: dict[str, int]
    clone: int
    unshare: int
    setns: int
    socket: int
    socketpair: int
    forks: tuple[int, ...]


_MACHINES: Final = {
    "x86_64": _Machine(0xC000003E, _X86_64, 56, 272, 308, 41, 53, (57, 58)),
    "aarch64": _Machine(0xC00000B7, _AARCH64, 220, 97, 268, 198, 199, ()),
}
_CLONE3: Final = 435


def system_call_filter(
    *, processes: bool, namespaces: bool, sockets: bool, attributes: bool
) -> bytes:
    """Return the filter for bubblewrap's `--seccomp`, in the byte order of this machine.

    `processes`: new processes may be made, and not only threads; `namespaces`: also in
    namespaces of their own, as a browser's sandbox needs; `sockets`: Unix, TCP and UDP, and what
    tells of routes and devices; otherwise none at all; `attributes`: rights, times and attributes
    of files may be changed: whoever owns a file may do so with a descriptor that only reads,
    and evidence is handed in as one. Raises `SandboxUnavailable` on a machine
    whose numbers are not known here.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        raise SandboxUnavailable(
            f"the sandbox knows the system calls of {' and '.join(_MACHINES)}, and this machine is "
            f"{platform.machine()}; open hostile files on another one"
        )
    program = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_EQUAL, 1, 0, machine.token),
        (_RETURN, 0, 0, _KILL),  # another machine's calls have other numbers
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    if platform.machine() == "x86_64":
        # x32: the same calls under second numbers.
        program += [(_AT_LEAST, 0, 1, 0x40000000), (_RETURN, 0, 0, _UNKNOWN)]
    refused = {**_EVERYWHERE, **machine.refused}
    numbers = sorted(refused.values())
    if not namespaces:
        numbers += [machine.unshare, machine.setns]
    if not processes:
        numbers += machine.forks
    if not sockets:
        numbers += [machine.socket, machine.socketpair]
    if not attributes:
        numbers += [*_ATTRIBUTES[platform.machine()], *_ATTRIBUTES_EVERYWHERE]
    for number in numbers:
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    if not namespaces:
        # Its flags lie in memory, where a filter cannot look.
        program += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _UNKNOWN)]
    if not processes:
        program += [
            (_EQUAL, 0, 3, machine.clone),
            (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
            (_ANY_BIT, 1, 0, _CLONE_THREAD),
            (_RETURN, 0, 0, _REFUSE),
            (_LOAD, 0, 0, _NUMBER_AT),
        ]
    if not namespaces:
        program += [
            (_EQUAL, 0, 3, machine.clone),
            (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
            (_ANY_BIT, 0, 1, _CLONE_NEW),
            (_RETURN, 0, 0, _REFUSE),
            (_LOAD, 0, 0, _NUMBER_AT),
        ]
    if not attributes:
        program += [(_EQUAL, 0, 5, _IOCTL[platform.machine()])]
        program += [(_LOAD, 0, 0, _SECOND_ARGUMENT_AT), (_AND, 0, 0, _IOCTL_MASK)]
        program += [(_EQUAL, 1, 0, _IOCTL_PLAIN), (_RETURN, 0, 0, _REFUSE)]
        program += [(_LOAD, 0, 0, _NUMBER_AT)]
    if sockets:
        plain = [
            (_LOAD, 0, 0, _SECOND_ARGUMENT_AT),
            (_AND, 0, 0, _TYPE_MASK),
            *_refuse_but(_STREAM_OR_DATAGRAM),
            (_LOAD, 0, 0, _THIRD_ARGUMENT_AT),
            *_refuse_but(_TCP_OR_UDP),
            (_RETURN, 0, 0, _ALLOW),
        ]
        telling = [
            (_LOAD, 0, 0, _THIRD_ARGUMENT_AT),
            *_refuse_but(_ROUTES_AND_DEVICES),
            (_RETURN, 0, 0, _ALLOW),
        ]
        kinds = [
            (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
            (_EQUAL, 0, 1, _UNIX),
            (_RETURN, 0, 0, _ALLOW),
            (_EQUAL, 3, 0, _INET),
            (_EQUAL, 2, 0, _INET6),
            (_EQUAL, 1 + len(plain), 0, _NETLINK),
            (_RETURN, 0, 0, _REFUSE),
            *plain,
            *telling,
        ]
        program += [(_EQUAL, 0, len(kinds), machine.socket), *kinds]
    program += [(_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *step) for step in program)


def _refuse_but(values: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """Steps that go on only where one of `values` was loaded."""
    found = [(_EQUAL, len(values) - at, 0, value) for at, value in enumerate(values)]
    return [*found, (_RETURN, 0, 0, _REFUSE)]
