"""The npm lock: whole for every platform, and silent about where it came from."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.browser.node import BROWSER

LOCK = (BROWSER / "package-lock.json").read_text("utf-8")
PACKAGES: dict[str, dict[str, Any]] = json.loads(LOCK)["packages"]


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in LOCK
    assert re.findall(r"https?://[^\"]*(?:registry|npmjs|\.tgz)[^\"]*", LOCK) == []
    assert "omit-lockfile-registry-resolved=true" in (BROWSER / ".npmrc").read_text("utf-8")


def test_every_package_is_pinned_by_its_hash_and_none_is_missing() -> None:
    # An optional package of another platform that is absent makes `npm ci` refuse the lock.
    for place, package in PACKAGES.items():
        if place:
            assert package.get("integrity", "").startswith("sha512-"), place
        for name in package.get("optionalDependencies", {}):
            assert f"node_modules/{name}" in PACKAGES, f"{place} lacks {name}"


def test_the_bundle_has_one_version_of_each_noble_package() -> None:
    found = {
        place.removeprefix("node_modules/"): package["version"]
        for place, package in PACKAGES.items()
        if "@noble/" in place
    }
    assert found == {
        "@noble/ciphers": "2.1.1",
        "@noble/curves": "2.0.1",
        "@noble/hashes": "2.0.1",
        "@noble/post-quantum": "0.5.4",
    }


def test_nothing_of_a_package_runs_while_it_is_installed_except_what_can_be_left_out() -> None:
    # esbuild and fsevents check or build themselves; `npm ci --ignore-scripts` is enough.
    with_scripts = {place for place, package in PACKAGES.items() if package.get("hasInstallScript")}
    assert with_scripts <= {"node_modules/esbuild", "node_modules/fsevents"}
