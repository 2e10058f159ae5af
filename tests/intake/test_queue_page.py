"""A form without script that has to wait: nothing typed is lost, the place in the queue is kept."""

from __future__ import annotations

from pathlib import Path

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

WAITING = """
    from safelight.intake.pages import writing
    from safelight.intake.budget import Admitted, Wait
    form = "application/x-www-form-urlencoded"
    asked = []
    def decide(ticket, *, size):
        asked.append([ticket, size])
        return Admitted() if ticket == "v1.place" else Wait(3, "v1.place" if room else "")
    def send(more=""):
        return client.post("/ru/3", "letter=typed&topic=LOVE&topic=FAITH" + more,
                           content_type=form)
    with mock.patch.object(writing, "admitted", decide):
        room = True
        waits = send()
        results["waits"] = [waits.status_code, waits.content.decode()]
        room = False
        full = send()
        results["full"] = [full.status_code, full.content.decode()]
        results["taken"] = send("&ticket=v1.place").status_code
        results["wrong"] = client.post("/ru/3", "topic=NONE", content_type=form).status_code
    results["asked"] = asked
"""


def test_who_waits_gets_everything_back_with_a_place_and_a_time(tmp_path: Path) -> None:
    found = run_lines(tmp_path, Keeper.with_desks(), WAITING)
    status, page = found["waits"]
    assert status == 503
    assert "Место в очереди за вами: нажмите «Отправить» ещё раз через 3 минуты." in page
    assert '<input type="hidden" name="ticket" value="v1.place">' in page
    assert ">\ntyped</textarea>" in page
    assert page.count(" checked") == 2
    status, page = found["full"]
    assert status == 503
    assert "очень многие" in page
    assert 'name="ticket"' not in page
    assert ">\ntyped</textarea>" in page
    assert found["taken"] == 303
    assert found["wrong"] == 422
    # A place is used up by asking, so nobody asks for a form that has another fault.
    assert [ticket for ticket, _size in found["asked"]] == [None, None, "v1.place"]
    assert {size for _ticket, size in found["asked"]} == {32 * 1024}
