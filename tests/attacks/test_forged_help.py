"""Threat: forged-help: Whoever takes over the server sends people in danger to a helper of their
own, or brings an old list back; only a list that the root key signed, newer than the last and
not expired, is shown, and the page works without one.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.intake.addresses import address
from safelight.sealing.help_list import HelpList, HelpListError, sign_help_list
from safelight.sealing.statement import sign_statement
from tests.support.live_server import Keeper, LiveServer, live_server, today

TRAP = "call the trap"


def listed(how: str = "call 112", **changes: Any) -> dict[str, Any]:
    both = {"ru": "слова", "en": "words"}
    helper = {"name": both, "what": both, "how": {"ru": how, "en": how}}
    return {
        "version": 2,
        "issued": today().isoformat(),
        "expires": (today() + timedelta(days=30)).isoformat(),
        "regions": [{"name": both, "helpers": [helper]}],
    } | changes


def signed(key: Ed25519PrivateKey, how: str = "call 112", **changes: Any) -> bytes:
    return sign_help_list(HelpList.parse(listed(how, **changes)), key)


def put(server: LiveServer, content: bytes) -> str:
    server.roster_file.with_name("help.json").write_bytes(content)
    answer = server.request("GET", address("en", "help"))
    assert answer.status == 200
    assert "This is not a crisis line" in answer.text
    return answer.text


@pytest.mark.live
def test_only_a_signed_current_and_newer_list_is_shown(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        key = server.keeper.root
        assert "There is no list of helpers" in server.request("GET", address("en", "help")).text
        assert "call 112" in put(server, signed(key))
        stranger = Ed25519PrivateKey.generate()
        yesterday = (today() - timedelta(days=1)).isoformat()
        payload = json.dumps(listed(TRAP)).encode()
        for forged in (
            signed(stranger, TRAP),
            signed(key, version=3).replace(b'"payload":"ey', b'"payload":"eX'),
            sign_statement(payload, "application/vnd.safelight.roster+json", key),
            signed(key, TRAP, issued="2020-01-01", expires=yesterday),
            signed(key, TRAP, version=1),
            b"{" * 10_000,
            b"",
        ):
            page = put(server, forged)
            assert TRAP not in page
            assert "There is no list of helpers" in page
        server.renew_worker()
        assert TRAP not in put(server, signed(key, TRAP, version=1)), "also after a restart"
        assert "call 112" in put(server, signed(key)), "the last one itself is still good"
        assert "newer number" in put(server, signed(key, "newer number", version=3))
        assert "help.refused reason=list 1 is older than list 2" in server.logs()
        assert TRAP not in server.logs()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"version": 0}, "version: expected"),
        ({"version": True}, "version: expected"),
        ({"version": "9" * 5000}, "version: expected"),
        ({"expires": "2020-01-01"}, "expires: expected a day not before"),
        ({"issued": "soon"}, "issued: expected a day"),
        ({"regions": []}, "regions: expected a list"),
        ({"regions": "all"}, "regions: expected a list"),
        ({"more": 1}, "the list: expected the keys"),
    ],
)
def test_a_list_that_is_none_is_refused_by_its_kind(changes: dict[str, Any], reason: str) -> None:
    assert HelpList.parse(listed()).version == 2
    with pytest.raises(HelpListError, match=reason):
        HelpList.parse(listed(**changes))


@pytest.mark.parametrize("how", ["two\nlines", "mark\u202eed", "", "x" * 301])
def test_a_text_that_hides_something_is_refused(how: str) -> None:
    with pytest.raises(HelpListError, match="a helper's how: expected"):
        HelpList.parse(listed(how))


def test_a_list_that_would_not_come_through_is_never_signed() -> None:
    import random

    def any_text(rng: random.Random) -> dict[str, str]:
        return dict.fromkeys(
            ("ru", "en"), "".join(chr(rng.randrange(0x400, 0x450)) for _ in "x" * 250)
        )

    rng = random.Random(1)
    helpers = [{key: any_text(rng) for key in ("name", "what", "how")} for _ in range(20)]
    region = {"name": {"ru": "слова", "en": "words"}, "helpers": helpers}
    with pytest.raises(HelpListError, match="too long for a page"):
        HelpList.parse(listed(regions=[region]))


def test_the_command_signs_what_the_server_shows(tmp_path: Path) -> None:
    from click.testing import CliRunner
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from safelight.sealing.help_command import help_list

    keeper = Keeper.with_desks()
    root = tmp_path / "root.pem"
    root.write_bytes(keeper.root.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    guide = Path(__file__).parents[2] / "docs" / "how-to" / "show-who-helps.md"
    example = guide.read_text("utf-8").split("```yaml")[1].split("```")[0]
    text = "\n".join(line[3:] for line in example.splitlines())
    expires = (today() + timedelta(days=90)).isoformat()
    (tmp_path / "helpers.yaml").write_text(
        text.replace("2026-11-22", today().isoformat()).replace("2027-02-22", expires), "utf-8"
    )
    out = tmp_path / "help.json"
    arguments = ["sign", str(tmp_path / "helpers.yaml"), "--root", str(root), "--out", str(out)]
    made = CliRunner().invoke(help_list, [*arguments, "--json"], catch_exceptions=False)
    assert made.exit_code == 0
    assert json.loads(made.output)["helpers"] == 1
    shown = CliRunner().invoke(help_list, ["show", str(out), "--root", keeper.root_hex, "--json"])
    assert shown.output == made.output
    stranger = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    refused = CliRunner().invoke(help_list, ["show", str(out), "--root", stranger])
    assert isinstance(refused.exception, HelpListError)
