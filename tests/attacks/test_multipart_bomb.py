"""Threat: multipart-bomb: A form made to exhaust or confuse the way without script (thousands of
parts, endless headers, boundaries in boundaries, files without end, paths for names) is refused
within bounds, and nothing of it stays.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.intake.test_arriving_form import FORM
from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines


def test_each_bomb_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    found: dict[str, Any] = run_lines(
        tmp_path,
        Keeper.with_desks(),
        FORM
        + """
import re, time
small = b"x" * 10
bombs = {
    "ten thousand texts": form(*[part("story", b"x")] * 10_000),
    "a hundred files": form(*[part("files", small, "a.jpg")] * 100),
    "eleven files": form(*[part("files", small, "a.jpg")] * 11),
    "much text": form(part("story", "я".encode() * 1001)),
    "text beyond memory": form(part("story", b"x" * 6_000_000)),
    "a header without end": form(b"X-A: " + b"a" * 1_000_000 + b"\\r\\n\\r\\n" + small),
    "a file in a strange field": form(part("story", small, "a.jpg")),
    "false base64": form(part("files", b"!!!!?", "a.jpg",
                              extra="\\r\\nContent-Transfer-Encoding: base64")),
    "no boundary at all": b"x" * 1_000_000,
    "nothing": b"",
    "half boundaries": b"--B\\r\\n" + b"--" * 1_000_000,
}
for name, body in bombs.items():
    before = time.process_time()
    results[name] = arrived(body)
    results[name]["seconds"] = time.process_time() - before
other = "multipart/form-data; boundary=" + "b" * 300
results["a long boundary"] = arrived(b"x" * 100, kind=other)
results["no form"] = arrived(b"a=b", kind="application/x-www-form-urlencoded")
results["no length"] = arrived(b"x", length="")
results["a length of ten gigabytes"] = arrived(b"x", length=10**10)
os.environ["SAFELIGHT_SERVER_LARGEST_FILE"] = str(4 * 1024 * 1024)
results["a file larger than the largest"] = arrived(
    form(part("files", bytes(3 * 1024 * 1024), "a.jpg")))
results["a good one"] = arrived(form(part("story", small), part("files", small, "../../etc/x")))
# Not ru_maxrss: it remembers how large the process was that started this one.
results["memory"] = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
""",
    )
    memory = found.pop("memory")
    good = found.pop("a good one")
    assert good["fields"] == {"story": ["x" * 10]}
    refusals = {name: told.get("refused") for name, told in found.items()}
    assert set(refusals.values()) <= {
        "not-a-form",
        "form-too-large",
        "too-large",
        "length-missing",
    }, refusals
    assert refusals["eleven files"] == refusals["much text"] == "form-too-large"
    assert refusals["a file larger than the largest"] == "form-too-large"
    assert refusals["no boundary at all"] == refusals["false base64"] == "not-a-form"
    for name, told in found.items():
        assert told["rows"] == [0, 0, 0], name
        assert told.get("seconds", 0) < 5, name
    assert memory < 300_000  # KiB: a process that holds Django, and never a bomb's sum
