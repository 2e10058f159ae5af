"""What somebody gets who installs only this package's wheel, far from this repository.

The wheel goes into a new environment. Beside it stand the distributions that its own
metadata names for `safelight[analytics]`, linked from this environment, so that nothing is
fetched and nothing that the metadata forgets can be seen.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = "a,b,c,count\n1,0,0,300\n0,1,0,220\n0,0,1,160\n1,1,0,90\n1,0,1,70\n0,1,1,50\n1,1,1,22\n"
HOW_TO = ROOT / "docs" / "how-to" / "estimate-an-undercount.md"


def named_by(name: str, extra: str) -> set[str]:
    """The distributions that one needs, and those that they need."""
    found = set()
    for line in distribution(name).requires or ():
        asked, _, condition = line.partition(";")
        if "extra ==" in condition and f'"{extra}"' not in condition.replace("'", '"'):
            continue
        other = re.split(r"[ <>=!~\[(]", asked.strip(), maxsplit=1)[0]
        try:
            distribution(other)
        except PackageNotFoundError:  # for another platform
            continue
        found |= {other} | named_by(other, "no extra")
    return found


def link(name: str, into: Path) -> None:
    for file in distribution(name).files or ():
        top = file.parts[0]
        if top not in ("..", "__pycache__") and not (into / top).exists():
            (into / top).symlink_to(Path(str(distribution(name).locate_file(top))))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `bin/python` and `bin/safelight`, made from the wheel."""
    folder = tmp_path_factory.mktemp("installed")
    source = folder / "source"
    shutil.copytree(
        ROOT / "safelight", source / "safelight", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        pytest.skip("uv, which builds the wheel, is not beside this Python")
    subprocess.run(
        [
            *(uv, "build", "--wheel", "--no-build-isolation", "--offline", "--quiet"),
            *("--python", sys.executable, "--out-dir", folder, source),
        ],
        check=True,
    )
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel],
        check=True,
    )
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    for name in named_by("safelight", "analytics"):
        link(name, packages)
    (folder / "table.csv").write_text(TABLE, encoding="utf-8")
    return folder


def run(installed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.defpath, "HOME": str(installed)}
    program = str(installed / "venv" / "bin" / words[0])
    return subprocess.run(
        [program, *words[1:]],
        cwd=installed,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_three_lines_of_the_how_to_work_from_the_wheel(installed: Path) -> None:
    (code,) = re.findall(r"```python\n(from safelight.undercount.*?)```", HOW_TO.read_text(), re.S)
    assert len([line for line in code.splitlines() if line]) == 3
    code = code.replace("TABLE.csv", "table.csv").replace('"all"', '"loglinear"')
    answer = run(installed, "python", "-c", code)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("estimate 1")


def test_one_line_of_shell_works_from_the_wheel(installed: Path) -> None:
    words = ("undercount", "estimate", "table.csv", "--method", "stepwise", "--json")
    answer = run(installed, "safelight", *words)
    assert answer.returncode == 0, answer.stderr
    facts = json.loads(answer.stdout)
    assert facts["observed"] == 912
    assert facts["interval"][0] < facts["estimate"] < facts["interval"][1]
    check = run(installed, "safelight", "undercount", "check", "table.csv")
    assert check.stdout.startswith("8 of 8 models") or "of 8 models" in check.stdout


def test_the_wheel_is_what_runs_and_brings_no_desk(installed: Path) -> None:
    where = run(installed, "python", "-c", "import safelight.errors as e; print(e.__file__)")
    assert str(installed) in where.stdout
    missing = run(installed, "python", "-c", "import django")
    assert "No module named 'django'" in missing.stderr
