"""What circles cost a device: `python bench/circles.py [RUNS]`.

CPU for one text at 25 members as a room sends it (with its proof for keepers, with how far its
sender has read, padded), a commit, following it, coming in; of the text, what making the proof and
looking at it cost, and what a keeper pays who opens a reported one; bytes on the wire; for both
cipher suites. Beside them in the same run: ts-mls as it comes (the library
below ours, with its own provider, which uses WebCrypto), and mls-rs (Rust) where `make peers`
has installed it. Both seal a bare text. Then what a browser fetches on its way into a room, as
sent.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BROWSER = ROOT / "browser"
STATIC = ROOT / "safelight" / "circles" / "static"
PEERS = ROOT / ".venv" / "peers" / "bin" / "python"

# Of these a browser fetches one; as in browser/scripts/modules.mjs.
WORDS = ("12.js", "13.js")
MOST_CPU_MS, MOST_BYTES, MOST_SCRIPT = 10.0, 1_200, 120_000


def bundled(source: str, target: Path) -> None:
    """One file that Node.js runs, from TypeScript."""
    esbuild = BROWSER / "node_modules" / ".bin" / "esbuild"
    options = ["--bundle", "--platform=node", "--format=esm", "--log-level=warning"]
    subprocess.run([esbuild, source, *options, f"--outfile={target}"], cwd=BROWSER, check=True)


def ours(runs: int) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as directory:
        program = Path(directory) / "measure.mjs"
        bundled("tests/circles/bench/measure.ts", program)
        ran = subprocess.run(
            ["node", program, str(runs)], capture_output=True, text=True, check=True
        )
    found: dict[str, dict[str, float]] = json.loads(ran.stdout)
    return found


def mls_rs(runs: int) -> dict[str, float] | None:
    if not PEERS.exists():
        return None
    script = ROOT / "bench" / "peers" / "mls_rs_messages.py"
    ran = subprocess.run([PEERS, script, str(runs)], capture_output=True, text=True, check=False)
    found: dict[str, float] | None = json.loads(ran.stdout) if ran.returncode == 0 else None
    return found


def way_into_a_room() -> dict[str, int]:
    """Bytes as sent of each module that a circle's page fetches, by name."""
    listed = STATIC / "modules.json"
    if not listed.exists():
        return {}
    needs: dict[str, list[str]] = json.loads(listed.read_text())
    modules = {module for entry, others in needs.items() for module in [entry, *others]}
    files = [STATIC / name for name in sorted(modules) if (STATIC / name).exists()]
    sent = {file.name: len(gzip.compress(file.read_bytes(), 9)) for file in files}
    words = {name: len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in WORDS}
    name = max(words, key=lambda one: words[one])
    return sent | {name: words[name]}


def print_figures(runs: int) -> None:
    found = ours(runs)
    peer = mls_rs(runs)
    if peer is not None:
        found["mls-rs"] = peer
    text_columns = ("sendMs", "frankMs", "receiveMs", "checkMs", "reportMs")
    columns = (*text_columns, "commitMs", "followMs", "joinMs")
    sizes = ("messageBytes", "commitBytes", "welcomeBytes", "keyPackageBytes")
    row = "{:<14}".format
    print(row("CPU in ms") + "".join(f"{name[:-2]:>10}" for name in columns) + f"{'text':>10}")
    for name, figures in found.items():
        cells = "".join(f"{figures[c]:>10.1f}" if c in figures else f"{'':>10}" for c in columns)
        text = figures["sendMs"] + figures["receiveMs"]
        print(row(name) + cells + f"{text:>10.1f}")
    print(row("bytes") + "".join(f"{name[:-5]:>12}" for name in sizes))
    for name, figures in found.items():
        print(row(name) + "".join(f"{int(figures[c]):>12}" if c in figures else "" for c in sizes))
    one = found["classic"]
    for name in ("ts-mls", "mls-rs"):
        if name in found:
            other = found[name]
            ratio = (one["sendMs"] + one["receiveMs"]) / (other["sendMs"] + other["receiveMs"])
            print(f"a text costs {ratio:.2f} times the CPU of {name}'s")
    for suite in ("classic", "post-quantum"):
        text = found[suite]["sendMs"] + found[suite]["receiveMs"]
        size = int(found[suite]["messageBytes"])
        held = "held" if text < MOST_CPU_MS and size < MOST_BYTES else "NOT held"
        asked = f"below {MOST_CPU_MS:g} ms and {MOST_BYTES} bytes"
        print(f"{suite}: a text costs {text:.1f} ms and {size} bytes; {asked}: {held}")


def main(runs: int) -> None:
    print_figures(runs)
    modules = way_into_a_room()
    if not modules:
        print("script on the way into a room: no page of circles is built")
        return
    total, largest = sum(modules.values()), max(modules.values())
    held = "held" if total < MOST_SCRIPT else "NOT held"
    print(f"script on the way into a room: {total} bytes in {len(modules)} modules, ", end="")
    print(f"the largest {largest}; below {MOST_SCRIPT}: {held}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
