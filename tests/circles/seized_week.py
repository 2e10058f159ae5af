"""A week of circles on the real server, then the server is taken: what is in it.

    python -m tests.circles.seized_week 20 10 7

runs 20 rooms of 10 for seven days with the browser's own code (browser/tests/circles/seizure),
starting the server again for each day, and prints what was found and how well an attacker guesses
who invited whom. Small runs of the same are in tests/attacks/test_circle_week_seized.py.
"""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.live_server import Keeper, live_server
from tests.support.lying import lying
from tests.support.search_everywhere import memory_has, search

ROOT = Path(__file__).resolve().parents[2]
BROWSER = ROOT / "browser"
SHIFTED = ROOT / "tests" / "support" / "shifted_day"


@dataclass
class Week:
    """All that clients know (`told`), and where the server was found to have some of it."""

    told: dict[str, Any]
    data: Path
    found: dict[str, str] = field(default_factory=dict)

    @property
    def pairs(self) -> list[tuple[dict[str, Any], dict[str, str]]]:
        return [(room, pair) for room in self.told["rooms"] for pair in room["pairs"]]


def bundled(directory: Path) -> Path:
    program = directory / "week.mjs"
    options = ["--bundle", "--platform=node", "--format=esm", "--log-level=warning"]
    subprocess.run(
        [
            BROWSER / "node_modules" / ".bin" / "esbuild",
            "tests/circles/seizure/week.ts",
            *options,
            f"--outfile={program}",
        ],
        cwd=BROWSER,
        check=True,
    )
    return program


def needles(told: dict[str, Any]) -> dict[bytes, str]:
    """What must be nowhere: each secret in the spellings a program may hold, and what it is."""
    secrets = told["secrets"]
    wanted: dict[bytes, str] = {}
    for kind in ("texts", "names", "links"):
        for text in secrets[kind]:
            wanted[text.encode()] = kind
            wanted[text.encode("utf-16-le")] = kind
    for kind in ("linkKeys", "unused"):
        for text in secrets[kind]:
            wanted[text.encode()] = kind
            try:
                raw = bytes.fromhex(text)
            except ValueError:
                continue
            wanted[raw] = kind
            wanted[base64.b64encode(raw)[:40]] = kind
    return wanted


def lived(directory: Path, rooms: int, members: int, days: int, seed: int) -> Week:
    """The week; memory and files are searched on its last day, while the server runs."""
    arguments = [str(value) for value in (rooms, members, days, seed)]
    with subprocess.Popen(
        ["node", bundled(directory), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "NODE_NO_WARNINGS": "1"},
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        keeper = Keeper.with_desks()
        place = directory / "server"
        shown = program.stdout.readline()
        for day in range(days):
            os.environ["SAFELIGHT_TEST_DAYS"] = str(day)
            os.environ["PYTHONPATH"] = str(SHIFTED)
            try:
                with live_server(place, keeper=keeper, arguments=("--circles",)) as server:
                    assert shown == "ready\n", shown
                    program.stdin.write(f"http://127.0.0.1:{server.port}\n")
                    program.stdin.flush()
                    shown = program.stdout.readline()
                    if day == days - 1:
                        assert shown.startswith("done "), shown
                        week = Week(json.loads(shown.removeprefix("done ")), server.data)
                        wanted = needles(week.told)
                        everywhere = search(server, list(wanted))
                        week.found = {
                            hit.decode("latin-1"): wanted[hit] for hit in everywhere.anywhere
                        }
                        # The search itself can fail: what the server does keep must be found.
                        sent = bytes.fromhex(week.told["rooms"][0]["circle"])
                        kept = lying(server.data / "mailboxes.sqlite3").as_it_lies(sent)
                        assert any(memory_has(pid, [b"mailboxes"]) for pid in server.processes())
                        assert kept in (server.data / "mailboxes.sqlite3").read_bytes() or (
                            kept in (server.data / "mailboxes.sqlite3-wal").read_bytes()
                        )
            finally:
                del os.environ["SAFELIGHT_TEST_DAYS"], os.environ["PYTHONPATH"]
    return week


@dataclass(frozen=True)
class Guessed:
    """How often a way of guessing named the inviter, beside pure chance."""

    how: str
    right: int
    of: int
    by_chance: float

    @property
    def standard_deviations(self) -> float:
        """Above chance."""
        if self.of == 0:
            return 0.0
        rate = self.by_chance / self.of
        spread = (self.of * rate * (1 - rate)) ** 0.5
        return (self.right - self.by_chance) / spread if spread else 0.0


def seized_guesses(week: Week) -> list[Guessed]:
    """An attacker with every row, who knows who came in when, by which landing, guesses inviters.

    That is more than a server has: nothing in it says which landing is whose. Candidates are all
    who were inside before; each inviter was drawn evenly among them, so every way of guessing that
    uses nothing of it is right as often as chance. Ways: by who came in when, and by whose row
    lies next to the newcomer's, in the file or by its id, as long as the rows are there.
    """
    with closing(sqlite3.connect(week.data / "mailboxes.sqlite3")) as database:
        rows = database.execute("SELECT landing_id FROM circles_landing ORDER BY rowid").fetchall()
    place = {str(row[0]).replace("-", ""): at for at, row in enumerate(rows)}
    number = {landing: int(landing, 16) for landing in place}
    tried: dict[str, list[tuple[bool, float]]] = {}
    for room in week.told["rooms"]:
        inside = [room["people"][0]]
        landing_of = {pair["invitee"]: pair["landing"] for pair in room["pairs"]}
        for turn, pair in enumerate(room["pairs"]):
            guesses = {
                "the newest": inside[-1],
                "the oldest": inside[0],
                "in turn": inside[turn % len(inside)],
            }
            for how, at in (("next row", place), ("next id", number)):
                seen = [name for name in inside if landing_of.get(name) in at]
                if seen and pair["landing"] in at:
                    own = at[pair["landing"]]
                    guesses[how] = min(seen, key=lambda name: abs(at[landing_of[name]] - own))
            for how, guess in guesses.items():
                tried.setdefault(how, []).append((guess == pair["inviter"], 1 / len(inside)))
            inside.append(pair["invitee"])
    return [
        Guessed(how, sum(hit for hit, _ in all_of), len(all_of), sum(rate for _, rate in all_of))
        for how, all_of in tried.items()
    ]


def watched_guesses(week: Week) -> list[Guessed]:
    """Who watches every request, with whose line it is, guesses: the last in that room to post."""
    right, chance, of = 0, 0.0, 0
    posted: dict[str, list[tuple[str, int]]] = {}
    rooms = {room["circle"]: room for room in week.told["rooms"]}
    room_of = {name: room["circle"] for room in rooms.values() for name in room["people"]}
    inviter = {pair["invitee"]: pair["inviter"] for _room, pair in week.pairs}
    inside = {circle: [room["people"][0]] for circle, room in rooms.items()}
    for seen in week.told["watched"]:
        who, path = seen["who"], seen["path"]
        circle = room_of.get(who, "")
        if path.startswith("/invitation/") and who in inviter:
            # Of the last two members to write in this room one asked, and one, a keeper, signed.
            names = [name for name, _size in posted.get(circle, [])]
            last = list(dict.fromkeys(reversed(names)))[:2]
            of += 1
            chance += 1 / len(inside[circle])
            right += bool(last) and last[-1] == inviter[who]
            inside[circle].append(who)
        if path.endswith("/message"):
            posted.setdefault(circle, []).append((who, seen["sent"]))
    return [Guessed("watching: who asked before the keeper answered", right, of, chance)]


def told_of(week: Week) -> str:
    """The result in a few lines, for people and docs/threat-model.md."""
    people = sum(len(room["people"]) for room in week.told["rooms"])
    lines = [
        f"{people} members in {len(week.told['rooms'])} rooms, {len(week.pairs)} invited, "
        f"{len(week.told['secrets']['texts'])} texts; "
        f"{len(needles(week.told))} spellings searched, {len(week.found)} found",
    ]
    for guessed in [*seized_guesses(week), *watched_guesses(week)]:
        lines.append(
            f"{guessed.how}: {guessed.right} of {guessed.of}, by chance {guessed.by_chance:.1f} "
            f"({guessed.standard_deviations:+.1f} standard deviations)"
        )
    return "\n".join(lines)


def main(rooms: int, members: int, days: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        week = lived(Path(directory), rooms, members, days, seed=1)
        sys.stdout.write(told_of(week) + "\n")
        for hit, kind in week.found.items():
            sys.stdout.write(f"FOUND {kind}: {hit[:60]!r}\n")


if __name__ == "__main__":
    main(*(int(value) for value in sys.argv[1:4]))
