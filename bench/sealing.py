"""Sealing and opening a large file: ours beside pyrage and the `age` command, in one run.

    python bench/sealing.py [--megabytes 100] [--rounds 7] [--json]

Every contender reads one file and writes another, in a process of its own, in
turns; the best round counts, because the disk is noisier than the code. Python
contenders time their own work, without the interpreter's start; `age` is timed
as a process. Peak memory is the kernel's VmHWM. Ratios above 1 mean that we are
faster. Envelopes are of 32 KiB, in memory, one core.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

# Each child imports its own implementation only, or the peaks would be of all together.

MIB: Final = 1024 * 1024
ROOT = Path(__file__).resolve().parents[1]


Work: TypeAlias = Callable[[Path, Path], None]


def _ours(act: str, key: str) -> Work:
    from safelight.sealing.opening import open_stream, parse_identity
    from safelight.sealing.recipients import parse_recipient
    from safelight.sealing.seal import seal_stream

    def work(source: Path, target: Path) -> None:
        with source.open("rb") as read, target.open("wb") as write:
            if act == "seal":
                seal_stream(read, write, [parse_recipient(key)], padded=False)
            else:
                open_stream(read, write, [parse_identity(key)], padded=False)

    return work


def _pyrage(act: str, key: str) -> Work:
    import pyrage

    def work(source: Path, target: Path) -> None:
        if act == "seal":
            recipient = pyrage.x25519.Recipient.from_str(key)
            pyrage.encrypt_file(str(source), str(target), [recipient])
        else:
            identity = pyrage.x25519.Identity.from_str(key)
            pyrage.decrypt_file(str(source), str(target), [identity])

    return work


CHILDREN: dict[str, Callable[[str, str], Work]] = {"ours": _ours, "pyrage": _pyrage}


def run(command: list[str]) -> tuple[float, int, str]:
    """Run to the end; return seconds, peak bytes and what it printed."""
    start, peak = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        while process.poll() is None:
            try:
                status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            except OSError:
                break
            if found := re.search(r"VmHWM:\s+(\d+) kB", status):
                peak = max(peak, int(found[1]) * 1024)
            time.sleep(0.005)
        printed = process.communicate()[0]
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"failed: {' '.join(command[:4])}")
    return seconds, peak, printed


class Contender:
    """One implementation with one kind of key, and the best it did."""

    def __init__(self, name: str, program: str, recipient: str, identity: str, key: Path) -> None:
        self.name, self.program = name, program
        self.recipient, self.identity, self.key = recipient, identity, key
        self.best: dict[str, tuple[float, int]] = {}

    def turn(self, act: str, source: Path, target: Path) -> None:
        target.unlink(missing_ok=True)
        if self.program == "age":
            how = ["-r", self.recipient] if act == "seal" else ["-d", "-i", str(self.key)]
            seconds, peak, _ = run(["age", *how, "-o", str(target), str(source)])
        else:
            key = self.recipient if act == "seal" else self.identity
            child = [sys.executable, __file__, "--child", self.program, act]
            _, peak, printed = run([*child, str(source), str(target), key])
            seconds = float(printed)
        before = self.best.get(act, (float("inf"), 0))
        self.best[act] = (min(seconds, before[0]), max(peak, before[1]))


def measure(megabytes: int, rounds: int, folder: Path) -> list[Contender]:
    from safelight.sealing.opening import HybridIdentity, X25519Identity

    classic, hybrid = X25519Identity.generate(), HybridIdentity.generate()
    key = folder / "key"
    key.write_text(classic.encode() + "\n")
    pair = (classic.recipient().encode(), classic.encode(), key)
    contenders = [
        Contender(
            "safelight, post-quantum", "ours", hybrid.recipient().encode(), hybrid.encode(), key
        ),
        Contender("safelight, classic", "ours", *pair),
        Contender("pyrage, classic", "pyrage", *pair),
    ]
    if shutil.which("age"):
        contenders.append(Contender("age command, classic", "age", *pair))
    else:
        print("the age command is not installed: left out", file=sys.stderr)
    plain = folder / "plain"
    with plain.open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1_000_000))
    for number in range(1, rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr)
        for contender in contenders:
            sealed, opened = folder / "sealed", folder / "opened"
            contender.turn("seal", plain, sealed)
            contender.turn("open", sealed, opened)
            if opened.stat().st_size != plain.stat().st_size:
                raise SystemExit(f"{contender.name} did not give back what it sealed")
    return contenders


def envelopes_per_second(recipients: int) -> tuple[float, float]:
    """How many small envelopes are sealed, and opened by the last recipient, each second."""
    from safelight.sealing.opening import HybridIdentity, open_bytes
    from safelight.sealing.seal import seal_bytes

    team = [HybridIdentity.generate() for _ in range(recipients)]
    public = [identity.recipient() for identity in team]
    rates = []
    envelope = seal_bytes(b"a report", public)
    acts: tuple[Callable[[], object], ...] = (
        lambda: seal_bytes(b"a report", public),
        lambda: open_bytes(envelope, team[-1:]),
    )
    for act in acts:
        done, start = 0, time.perf_counter()
        while (passed := time.perf_counter() - start) < 1:
            act()
            done += 1
        rates.append(done / passed)
    return rates[0], rates[1]


def report(contenders: list[Contender], megabytes: int) -> dict[str, Any]:
    ours = contenders[1].best
    return {
        "megabytes": megabytes,
        "envelopes": [
            {"recipients": n, "sealed_per_s": round(sealed), "opened_per_s": round(opened)}
            for n, (sealed, opened) in ((n, envelopes_per_second(n)) for n in (1, 8))
        ],
        "contenders": [
            {
                "name": c.name,
                **{
                    f"{act}_{unit}": value
                    for act, (seconds, peak) in c.best.items()
                    for unit, value in (
                        ("mb_per_s", round(megabytes / seconds, 1)),
                        ("peak_mib", round(peak / MIB, 1)),
                        ("ours_classic_is_faster_by", round(seconds / ours[act][0], 2)),
                    )
                },
            }
            for c in contenders
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        contenders = measure(arguments.megabytes, arguments.rounds, Path(folder))
    facts = report(contenders, arguments.megabytes)
    if arguments.json:
        print(json.dumps(facts))
        return
    print(f"{arguments.megabytes} MB, file to file; ratio: how much faster ours (classic) is")
    print(f"{'':<26}{'seal MB/s':>10}{'ratio':>7}{'MiB':>6}{'open MB/s':>11}{'ratio':>7}{'MiB':>6}")
    for one in facts["contenders"]:
        row = "".join(
            f"{one[f'{act}_mb_per_s']:>{width}.0f}"
            f"{one[f'{act}_ours_classic_is_faster_by']:>7.2f}{one[f'{act}_peak_mib']:>6.0f}"
            for act, width in (("seal", 10), ("open", 11))
        )
        print(f"{one['name']:<26}{row}")
    for one in facts["envelopes"]:
        print(
            f"envelopes to {one['recipients']} desk(s): {one['sealed_per_s']} sealed/s, "
            f"{one['opened_per_s']} opened/s"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        program, act, source, target, key = sys.argv[2:]
        work = CHILDREN[program](act, key)
        start = time.perf_counter()
        work(Path(source), Path(target))
        print(time.perf_counter() - start)
    else:
        main()
