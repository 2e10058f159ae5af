from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from safelight.command_line import safelight
from safelight.demo.linkable import linkable_lists
from safelight.demo.simulation import simulate
from safelight.linkage.records import RecordList
from safelight.undercount.overlap import Overlap

FIELDS = [
    "unit", "lists", "records", "clusters", "clusters_of_two_or_more", "largest_cluster",
    "pairs_compared", "pairs_unsure", "expected_wrong_links", "expected_missed_links",
    "decisions", "fields", "rules", "list_pairs", "seed",
]  # fmt: skip


def write(one: RecordList, folder: Path) -> Path:
    path = folder / f"{one.name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", *one.columns])
        for row in zip(one.ids, *one.columns.values(), strict=True):
            out.writerow([cell or "" for cell in row])
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("lists")
    for one in linkable_lists(simulate(1, "tiny"), only=("own", "helpline", "legalaid")).lists:
        write(one, made)
    return made


def run(
    folder: Path, out: Path, *words: str, lists: tuple[str, ...] = ("own", "helpline")
) -> Result:
    files = [str(folder / f"{name}.csv") for name in lists]
    return CliRunner().invoke(safelight, ["link", *files, "--out", str(out), *words])


def test_lists_become_clusters_and_one_object(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "clusters.csv"
    result = run(folder, out, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert list(told) == FIELDS
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert len(rows) == told["records"] == sum(one["records"] for one in told["lists"])
    assert len({row["cluster"] for row in rows}) == told["clusters"]
    assert [path.name for path in tmp_path.iterdir()] == ["clusters.csv"]


def test_plausible_overlaps_are_tables_that_undercount_reads(folder: Path, tmp_path: Path) -> None:
    result = run(
        folder, tmp_path / "c.csv", "--overlaps", str(tmp_path / "o"), "--linkages", "3",
        lists=("own", "helpline", "legalaid"),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    tables = sorted((tmp_path / "o").iterdir())
    assert len(tables) == 3
    for table in tables:
        read = Overlap.from_csv(table.read_text(encoding="utf-8"))
        assert read.lists == ("own", "helpline", "legalaid")


def test_decisions_in_a_file_hold(folder: Path, tmp_path: Path) -> None:
    first = [row.split(",")[0] for row in (folder / "own.csv").read_text("utf-8").splitlines()[1:3]]
    told = tmp_path / "decisions.csv"
    told.write_text(
        f"list_1,id_1,list_2,id_2,decision\nown,{first[0]},own,{first[1]},same\n", encoding="utf-8"
    )
    out = tmp_path / "c.csv"
    assert run(folder, out, "--decisions", str(told)).exit_code == 0
    cluster = {
        (r["list"], r["id"]): r["cluster"] for r in csv.DictReader(out.open("r", encoding="utf-8"))
    }
    assert cluster[("own", first[0])] == cluster[("own", first[1])]
    told.write_text("list_1,id_1,list_2,id_2,decision\nown,left,own,gone,same\n", encoding="utf-8")
    unused = run(folder, out, "--decisions", str(told))
    assert "1 of 1 decisions repeat another or are about records that are on none" in unused.stderr
    told.write_text("list_1,id_1,list_2,id_2,decision\nown,1,own,2,perhaps\n", encoding="utf-8")
    refused = run(folder, out, "--decisions", str(told))
    assert refused.exit_code == 1
    assert "'same' or 'different'" in str(refused.exception)


def test_keys_of_an_exchange_link_coarse_rows_and_are_the_same_or_not(tmp_path: Path) -> None:
    def token(number: int) -> str:
        return hashlib.sha256(str(number).encode()).hexdigest()

    for name, numbers in (("own", range(60)), ("centre", range(40, 100))):
        rows = [
            f"{name}{n},R{n % 5},20{20 + n % 3}-H1,{token(n)},{'' if n % 4 else token(-n - 1)}"
            for n in numbers
        ]
        text = "\n".join(["stat_id,region,occurred_period,key_day+act,key_phone", *rows])
        (tmp_path / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    out = tmp_path / "c.csv"
    result = run(tmp_path, out, "--json", lists=("own", "centre"))
    assert result.exit_code == 0, result.output
    kinds = {one["column"]: one["kind"] for one in json.loads(result.stdout)["fields"]}
    assert (kinds["key_day+act"], kinds["key_phone"]) == ("code", "code")
    together: dict[str, set[str]] = {}
    for row in csv.DictReader(out.open(encoding="utf-8")):
        together.setdefault(row["cluster"], set()).add(row["id"])
    pairs = [one for one in together.values() if len(one) > 1]
    assert sorted(map(sorted, pairs)) == sorted([f"centre{n}", f"own{n}"] for n in range(40, 60))


def test_a_refused_run_writes_nothing_and_leaves_what_was_there(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "c.csv"
    out.write_text("earlier", encoding="utf-8")
    broken = tmp_path / "broken.csv"
    broken.write_bytes((folder / "helpline.csv").read_bytes()[:-20] + b'"')
    result = CliRunner().invoke(
        safelight,
        ["link", str(folder / "own.csv"), str(broken), "--out", str(out),
         "--overlaps", str(tmp_path / "o")],
    )  # fmt: skip
    assert result.exit_code == 1
    assert out.read_text(encoding="utf-8") == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.csv", "c.csv"]


def test_wrong_usage_exits_with_two(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "c.csv"
    assert run(folder, out, "--once", "nobody").exit_code == 2
    assert run(folder, out, "--kind", "names").exit_code == 2
    assert run(folder, out, "--overlaps", str(tmp_path / "o"), lists=("own",)).exit_code == 2
    nowhere = run(folder, tmp_path / "missing" / "c.csv")
    assert nowhere.exit_code == 2
    assert "does not exist" in nowhere.output
    assert not out.exists()
