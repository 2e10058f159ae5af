"""Bodies are waited for as long as the views take them, and nowhere where circles are off."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.circles.addresses import CIRCLES
from safelight.server.expected_body import longest_body
from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

ID = "0" * 32
# docs/spec/circles-server.md
TAKEN = {
    f"/circle/{ID}/message": 8_192,
    f"/circle/{ID}/commit": 8_192,
    f"/circle/{ID}/batch": 256,
    f"/invitation/{ID}": 8_480,
    f"/landing/{ID}/package": 8_192,
    f"/landing/{ID}/last-resort": 8_192,
    f"/landing/{ID}/welcome": 8_192,
    f"/circle/{ID}/piece/{ID}{ID}/11": 8_192,
    f"/landing/{ID}/piece/{ID}{ID}/19": 8_192,
    f"/stash/{ID}/piece/255": 8_192,
}


def test_bodies_are_waited_for_only_where_circles_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(CIRCLES, "1")
    assert {path: longest_body("POST", path, "") for path in TAKEN} == TAKEN
    for method, path in (("GET", f"/circle/{ID}/message"), ("POST", f"/circle/{ID}")):
        assert longest_body(method, path, "") == 0
    for value in ("0", ""):
        monkeypatch.setenv(CIRCLES, value)
        assert {longest_body("POST", path, "") for path in TAKEN} == {0}


def test_with_every_view_of_circles_nothing_that_opens_is_loaded(tmp_path: Path) -> None:
    lines = """
        import safelight.circles.urls
        results["modules"] = [name for name in sys.modules if name[:9] == "safelight"]
    """
    loaded = set(run_lines(tmp_path, Keeper.with_desks(), lines)["modules"])
    assert "safelight.circles.entering" in loaded
    rooms = {name.split(".")[1] for name in loaded if "." in name}
    assert rooms <= {"server", "circles", "intake", "sealing", "vocabulary", "errors"}
    assert "safelight.sealing.opening" not in loaded
