from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from safelight.desk import key_file
from safelight.desk.key_file import (
    PRODUCTION_COST,
    Argon2Cost,
    KeyFileError,
    WeakPassphraseError,
    WrongPassphraseError,
    checked_passphrase,
    unwrapped_key,
    write_key_file,
)
from tests.support.desk import CHEAP, PASSPHRASE

KEY = bytes(range(32))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "desk.key.json"
    write_key_file(path, KEY, PASSPHRASE, cost=CHEAP)
    return path


def test_the_right_passphrase_gives_the_key_and_a_wrong_one_does_not(file: Path) -> None:
    assert unwrapped_key(file, PASSPHRASE) == KEY
    with pytest.raises(WrongPassphraseError, match="does not open this desk") as refused:
        unwrapped_key(file, "correct horse battery stapler")
    assert "stapler" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_letters_composed_in_another_way_are_the_same_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "k"
    write_key_file(path, KEY, "ёлка стойка ёжик", cost=CHEAP)
    assert unwrapped_key(path, "ёлка стойка ёжик") == KEY  # decomposed


def test_production_costs_what_the_design_asks_for() -> None:
    assert PRODUCTION_COST.memory_kib >= 64 * 1024
    assert PRODUCTION_COST.passes >= 3


def test_the_parameters_are_recorded_and_only_the_owner_may_read_them(file: Path) -> None:
    kdf = json.loads(file.read_text())["kdf"]
    assert (kdf["name"], kdf["memory_kib"], kdf["passes"], kdf["lanes"]) == ("argon2id", 8, 1, 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_two_files_of_one_passphrase_share_nothing(tmp_path: Path) -> None:
    texts = []
    for name in ("one", "two"):
        write_key_file(tmp_path / name, KEY, PASSPHRASE, cost=CHEAP)
        document = json.loads((tmp_path / name).read_text())
        texts.append((document["kdf"]["salt"], document["wrap"]["key"], document["wrap"]["nonce"]))
    assert set(texts[0]).isdisjoint(texts[1])


def test_a_new_passphrase_replaces_the_file_in_one_step(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("power cut")))
    with pytest.raises(OSError, match="power cut"):
        write_key_file(file, KEY, "another passphrase", cost=CHEAP)
    assert unwrapped_key(file, PASSPHRASE) == KEY
    monkeypatch.setattr(os, "fsync", real)
    write_key_file(file, KEY, "another passphrase", cost=CHEAP)
    assert unwrapped_key(file, "another passphrase") == KEY
    assert [p.name for p in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize(
    ("passphrase", "reason"),
    [
        ("", "has 0 characters"),
        ("short", "has 5 characters"),
        ("elevenchars", "has 11 characters"),
        ("aaaaaaaaaaaaaaaa", "fewer than 5 different"),
        ("abababababababab", "fewer than 5 different"),
    ],
)
def test_a_weak_passphrase_is_refused_with_the_reason(passphrase: str, reason: str) -> None:
    with pytest.raises(WeakPassphraseError, match=reason):
        checked_passphrase(passphrase)


def test_twelve_characters_are_enough() -> None:
    assert checked_passphrase("twelve chars") == "twelve chars"


def test_a_missing_file_says_how_to_make_a_desk(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="safelight desk init"):
        unwrapped_key(tmp_path / "desk.key.json", PASSPHRASE)


def _without(document: dict[str, Any], part: str, name: str) -> dict[str, Any]:
    del document[part][name]
    return document


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: [],
        lambda d: d | {"format": "safelight-desk-key/2"},
        lambda d: d | {"kdf": "argon2id"},
        lambda d: _without(d, "kdf", "salt"),
        lambda d: d | {"kdf": d["kdf"] | {"name": "pbkdf2"}},
        lambda d: d | {"kdf": d["kdf"] | {"salt": "zz"}},
        lambda d: d | {"kdf": d["kdf"] | {"memory_kib": "8"}},
        lambda d: d | {"kdf": d["kdf"] | {"memory_kib": True}},
        lambda d: d | {"kdf": d["kdf"] | {"memory_kib": 2**40}},
        lambda d: d | {"kdf": d["kdf"] | {"passes": 10**9}},
        lambda d: d | {"wrap": d["wrap"] | {"key": d["wrap"]["key"][2:]}},
        lambda d: d | {"padding": "x" * 5000},
    ],
)
def test_a_damaged_file_is_refused_before_anything_is_computed(
    file: Path, damage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_file, "hash_secret_raw", lambda *_, **__: pytest.fail("computed"))
    file.write_text(json.dumps(damage(json.loads(file.read_text()))))
    with pytest.raises(KeyFileError, match="key file"):
        unwrapped_key(file, PASSPHRASE)


def test_a_file_of_brackets_is_damaged_and_no_accident(file: Path) -> None:
    file.write_text("[" * 4000)
    with pytest.raises(KeyFileError, match="damaged"):
        unwrapped_key(file, PASSPHRASE)


@pytest.mark.parametrize("cost", [Argon2Cost(4, 1, 1), Argon2Cost(8, 0, 1), Argon2Cost(8, 1, 0)])
def test_a_cost_that_argon2_cannot_mean_is_refused(tmp_path: Path, cost: Argon2Cost) -> None:
    with pytest.raises(KeyFileError, match="Argon2 parameters"):
        write_key_file(tmp_path / "k", KEY, PASSPHRASE, cost=cost)
