"""`safelight publication` from the outside: arguments, JSON, exit codes."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.publication.releases import document


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "safelight", "publication", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Path]:
    """A key file, its public half and a folder published with it."""
    place = tmp_path_factory.mktemp("publication")
    made = _run("new-key", place / "key.pem", "--json")
    assert made.returncode == 0, made.stderr
    (place / "release.json").write_bytes(document())
    built = _run(
        "build", place / "site", "--document", place / "release.json", "--key", place / "key.pem"
    )
    assert built.returncode == 0, built.stderr
    return place / "key.pem", json.loads(made.stdout)["public_key"], place / "site"


def test_a_key_is_private_and_never_overwritten(published: tuple[Path, str, Path]) -> None:
    key_file, _, _ = published
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    again = _run("new-key", key_file)
    assert again.returncode == 1
    assert "never overwritten" in again.stderr


def test_the_public_half_lies_beside_the_key_and_verifies(
    published: tuple[Path, str, Path],
) -> None:
    key_file, public, folder = published
    public_file = key_file.with_suffix(".pub")
    assert public_file.read_text("ascii").strip() == public
    assert _run("verify", folder, "--key", public_file).returncode == 0


def test_a_key_never_takes_the_place_of_a_public_half(tmp_path: Path) -> None:
    (tmp_path / "a.pub").write_text("what readers were given")
    assert _run("new-key", tmp_path / "a.pem").returncode == 1
    assert not (tmp_path / "a.pem").exists()
    assert _run("new-key", tmp_path / "b.pub").returncode == 1
    assert _run("new-key", tmp_path / "b.pem").returncode == 0


def test_what_verify_prints_is_what_last_seen_takes(published: tuple[Path, str, Path]) -> None:
    _, public, folder = published
    noted = _run("verify", folder, "--key", public).stdout.split("--last-seen ")[1].split()[0]
    assert _run("verify", folder, "--key", public, "--last-seen", noted).returncode == 0


def test_verify_says_what_it_verified_as_one_object(published: tuple[Path, str, Path]) -> None:
    _, public, folder = published
    done = _run("verify", folder, "--key", public, "--json")
    facts = json.loads(done.stdout)
    assert done.returncode == 0
    assert facts["version"] == 1
    assert facts["rollback_checked"] is False
    assert len(facts["digest"]) == 64


def test_a_refusal_is_exit_code_one_with_its_reason(published: tuple[Path, str, Path]) -> None:
    _, public, folder = published
    refused = _run("verify", folder, "--key", public, "--last-seen", "7", "--json")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "7 was seen before" in refused.stderr


def test_wrong_usage_is_exit_code_two(published: tuple[Path, str, Path]) -> None:
    assert _run("verify", published[2]).returncode == 2


def test_a_release_with_noise_is_built_and_verified_too(tmp_path: Path) -> None:
    from safelight.release.noise.document import noisy_document
    from tests.release.test_noisy_release import _draft

    (tmp_path / "release.json").write_bytes(noisy_document(_draft()))
    key = json.loads(_run("new-key", tmp_path / "k.pem", "--json").stdout)["public_key"]
    built = _run(
        *("build", tmp_path / "site", "--key", tmp_path / "k.pem"),
        *("--document", tmp_path / "release.json", "--json"),
    )
    assert built.returncode == 0, built.stderr
    assert "numbers.csv" not in (tmp_path / "site" / "en" / "own-district-by-year.html").read_text()
    assert _run("verify", tmp_path / "site", "--key", key).returncode == 0
