"""Draw what `bench/noise.py` printed: one-way against two-way error, a picture for each size.

python bench/noise_frontier.py PRINTED.txt > docs/methods/noise-frontier.svg
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

WIDTH, HEIGHT, LEFT, TOP, SIDE = 760, 400, 60, 40, 290
MOST_ONE, MOST_TWO = 15.0, 20.0
ROW = re.compile(r"^  (.+?) +(\d+\.\d+) ±.*?  +(\d+\.\d+) ±")
STYLES = {"tidy": ("#0b5394", ""), "chances known": ("#777777", ' stroke-dasharray="5 4"')}


def read(printed: str) -> dict[int, dict[str, tuple[float, float]]]:
    """Rows of table → name → (one-way, two-way)."""
    found: dict[int, dict[str, tuple[float, float]]] = {}
    rows = 0
    for line in printed.splitlines():
        if heading := re.match(r"^(\d+) rows, mean absolute", line):
            rows = int(heading[1])
            found[rows] = {}
        elif rows and (row := ROW.match(line)):
            found[rows][row[1].strip()] = (float(row[2]), float(row[3]))
    return found


def panel(rows: int, points: dict[str, tuple[float, float]], left: int) -> list[str]:
    def at(point: tuple[float, float]) -> tuple[float, float]:
        return left + point[0] / MOST_ONE * SIDE, TOP + SIDE - point[1] / MOST_TWO * SIDE

    out = [
        f'<text x="{left}" y="{TOP - 14}" font-weight="bold">{rows:,} rows</text>',
        f'<path d="M{left} {TOP}V{TOP + SIDE}H{left + SIDE}" fill="none" stroke="#333"/>',
        f'<text x="{left + SIDE / 2}" y="{TOP + SIDE + 36}" text-anchor="middle">'
        "one-way error</text>",
    ]
    for tick in range(0, 16, 5):
        x, y = at((tick, tick))
        out.append(f'<text x="{x:.0f}" y="{TOP + SIDE + 16}" text-anchor="middle">{tick}</text>')
        out.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{tick}</text>')
    peers = {n: p for n, p in points.items() if n.startswith(("OpenDP", "independent"))}
    if peers:
        x, y = at((min(p[0] for p in peers.values()), min(p[1] for p in peers.values())))
        out.append(
            f'<rect x="{left}" y="{y:.1f}" width="{x - left:.1f}" height="{TOP + SIDE - y:.1f}" '
            'fill="#e7f0e7"/>'
        )
    for kind, (colour, dashes) in STYLES.items():
        line = [at(point) for name, point in points.items() if name.endswith(", " + kind)]
        inside = [p for p in line if p[1] >= TOP]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in inside)
        out.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in inside]
    for name, point in peers.items():
        x, y = at((point[0], min(point[1], MOST_TWO)))
        short = name.removeprefix("OpenDP ").removesuffix(" Laplace")
        said = short if point[1] <= MOST_TWO else f"{short} ({point[1]:.0f})"
        out.append(f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="#b45f06"/>')
        out.append(f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="#7a4004">{said}</text>')
    return out


def drawn(found: dict[int, dict[str, tuple[float, float]]]) -> str:
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12" role="img">',
        "<title>One-way and two-way error of noisy tables, ours and others</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="16" y="{TOP + SIDE / 2}" text-anchor="middle" '
        f'transform="rotate(-90 16 {TOP + SIDE / 2})">two-way error</text>',
    ]
    for place, (rows, points) in enumerate(found.items()):
        out += panel(rows, points, LEFT + place * (SIDE + 60))
    out.append(
        f'<text x="{LEFT}" y="{HEIGHT - 8}"><tspan fill="#0b5394">blue: ours, by share</tspan> · '
        '<tspan fill="#555">dashed: with the true chances known</tspan> · '
        '<tspan fill="#7a4004">squares: others</tspan> · green: best of others in both</text></svg>'
    )
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    print(drawn(read(Path(sys.argv[1]).read_text(encoding="utf-8"))), end="")
