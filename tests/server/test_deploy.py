"""The files an operator copies: the unit is tight, and tor accepts the onion service."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from safelight.server.command import serve

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNIT = DEPLOY / "safelight.service"
SOCKET = "/run/safelight/server.sock"


def test_systemd_calls_the_unit_safe(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    ran = subprocess.run(
        [program, "security", "--offline=yes", "--no-pager", str(UNIT)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    scored = re.search(r"exposure level for safelight\.service: ([0-9.]+)", ran.stdout)
    if scored is None:
        pytest.skip("this systemd-analyze cannot judge a file")
    assert float(scored[1]) <= 0.6
    # The score falls when a line goes: the judge is not blind.
    loose = tmp_path / UNIT.name
    loose.write_text(UNIT.read_text().replace("PrivateNetwork=yes\n", ""))
    again = subprocess.run(
        [program, "security", "--offline=yes", "--no-pager", str(loose)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    worse = re.search(r"exposure level for safelight\.service: ([0-9.]+)", again.stdout)
    assert worse is not None
    assert float(worse[1]) > float(scored[1])


def test_the_unit_starts_the_server_with_options_it_has() -> None:
    line = UNIT.read_text().replace("\\\n", " ")
    (started,) = re.findall(r"(?m)^ExecStart=\S+/safelight serve (.*)$", line)
    used = set(re.findall(r"--[a-z-]+", started))
    known = set(re.findall(r"--[a-z-]+", CliRunner().invoke(serve, ["--help"]).output))
    assert used <= known
    assert f"--socket {SOCKET}" in started


def test_a_worker_may_end_what_is_under_way_before_systemd_kills_it() -> None:
    from safelight.server.starting import CONNECTIONS, LAST_UPLOADS_SECONDS

    text = UNIT.read_text()
    (seconds,) = re.findall(r"(?m)^TimeoutStopSec=(\d+)$", text)
    assert int(seconds) > LAST_UPLOADS_SECONDS
    (files,) = re.findall(r"(?m)^LimitNOFILE=(\d+)$", text)
    assert int(files) > CONNECTIONS


@pytest.mark.parametrize("name", ["torrc", "nginx.conf", "safelight.service"])
def test_all_files_speak_of_the_same_socket(name: str) -> None:
    assert SOCKET in (DEPLOY / name).read_text()


def test_tor_accepts_the_onion_service(tmp_path: Path) -> None:
    program = shutil.which("tor")
    if program is None:
        pytest.skip("tor is not installed")
    written = (DEPLOY / "torrc").read_text()
    place = "/var/lib/tor/safelight"
    assert written.count(f"HiddenServiceDir {place}") == 1
    # Log lines to the journal; a check has nobody to log to.
    torrc = written.replace(f"HiddenServiceDir {place}", f"HiddenServiceDir {tmp_path}/onion")
    torrc = torrc.replace("Log warn syslog", f"DataDirectory {tmp_path}/data")

    def said(content: str) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "torrc"
        file.write_text(content)
        return subprocess.run(
            [program, "--verify-config", "-f", str(file), "--defaults-torrc", "/dev/null"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    accepted = said(torrc)
    if "HiddenServicePoWDefensesEnabled" in accepted.stdout and accepted.returncode:
        pytest.skip("this tor is older than 0.4.8; the file says what to leave out")
    assert accepted.returncode == 0, accepted.stdout
    assert said(torrc + "HiddenServiceNoSuchThing 1\n").returncode != 0
