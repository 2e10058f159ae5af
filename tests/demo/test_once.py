"""`safelight demo --once`: the whole path by itself, and a site that says what the lists say."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from safelight.demo.facts import ALL_LISTS
from safelight.demo.simulation import Simulation, simulate
from safelight.demo.truth import truth_bytes, years_of_truth
from safelight.vocabulary.schema import vocabulary
from safelight.vocabulary.stat_row import most_serious

pytestmark = pytest.mark.live

SEED = 20
THRESHOLD = 5
YEARS = [str(year) for year in range(2022, 2027)]


@dataclass(frozen=True)
class Run:
    out: Path
    temporary: Path
    facts: dict[str, Any]
    messages: str
    environment: dict[str, str]

    def safelight(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return _safelight(*arguments, temporary=self.temporary, environment=self.environment)

    @property
    def release(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.out / "site/data/release.json").read_bytes())
        return document


def _safelight(
    *arguments: str, temporary: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "safelight", *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        env=environment | {"TMPDIR": str(temporary)},
        check=False,
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, program_environment: dict[str, str]) -> Run:
    place = tmp_path_factory.mktemp("demo")
    temporary = place / "temporary"
    temporary.mkdir()
    out = place / "out"
    done = _safelight(
        *("demo", "--once", "--out", str(out), "--seed", str(SEED), "--json", "--language", "en"),
        temporary=temporary,
        environment=program_environment,
    )
    assert done.returncode == 0, done.stderr
    return Run(out, temporary, json.loads(done.stdout), done.stderr, program_environment)


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return simulate(SEED, "small")


def _counted(run: Run, simulation: Simulation) -> dict[str, list[tuple[str, str, str]]]:
    """(most serious act, region, year) of each countable row, by list: counted without Safelight's
    importer, inbox or tables, from what people and organisations handed over."""
    rows = {
        "own": [
            (
                most_serious(telling.codes["acts"]),
                telling.codes["oblast"][0],
                telling.codes["occurred_period"][0][:4],
            )
            for telling in simulation.tellings
            if "STAT" in telling.consent
        ]
    }
    for list_id, file in (("helpline",) * 2, ("legal-aid", "legalaid"), ("media",) * 2):
        with (run.out / "lists" / f"{file}.csv").open(encoding="utf-8", newline="") as sheet:
            rows[list_id] = [
                (row["most_serious_act"], row["region"], row["occurred_period"][:4])
                for row in csv.DictReader(sheet)
                if row["bias_ground"]
            ]
    return rows


def test_the_bundle_verifies_with_the_key_beside_it_and_with_no_other(run: Run) -> None:
    site, key = str(run.out / "site"), str(run.out / "publication.pub")
    good = run.safelight("publication", "verify", site, "--key", key)
    assert good.returncode == 0, good.stderr
    other = run.safelight("publication", "verify", site, "--key", "00" * 32)
    assert other.returncode == 1
    assert "refused" in other.stderr


def test_every_published_number_is_what_an_independent_count_of_the_lists_gives(
    run: Run, simulation: Simulation
) -> None:
    group_of = vocabulary().field("most_serious_act").group_of
    district_of = vocabulary().field("region").group_of
    counted = _counted(run, simulation)
    shown = 0
    assert [part["id"] for part in run.release["lists"]] == list(counted)
    for part in run.release["lists"]:
        rows = counted[part["id"]]
        assert part["total"] == len(rows)
        for table, code_of in zip(
            part["tables"], (_first(group_of), _second(district_of)), strict=True
        ):
            cells = Counter((code_of(row), row[2]) for row in rows)
            for code, published in _published_cells(table):
                assert published in (None, cells[code])
                assert published is None or published >= THRESHOLD
                shown += published is not None
            for year, published in zip(YEARS, table["column_totals"], strict=True):
                assert published in (None, sum(row[2] == year for row in rows))
    assert shown > 20


def _first(of: Any) -> Any:
    return lambda row: of(row[0])


def _second(of: Any) -> Any:
    return lambda row: of(row[1])


def _published_cells(table: dict[str, Any]) -> Iterator[tuple[tuple[str, str], int | None]]:
    for heading, cells in zip(table["rows"]["headings"], table["cells"], strict=True):
        for year, published in zip(YEARS, cells, strict=True):
            yield (heading["code"], year), published


def test_the_police_list_is_too_short_to_publish_once_the_motive_is_gone(run: Run) -> None:
    assert set(run.facts["left_out"]) == {"police"}
    assert "police" not in run.facts["totals"]


def test_the_truth_stands_beside_what_was_published(run: Run, simulation: Simulation) -> None:
    truth = (run.out / "truth.json").read_bytes()
    assert truth == truth_bytes(simulation.country, simulation.lists, simulation.tellings)
    years = years_of_truth(simulation.country, simulation.lists, simulation.tellings)
    for language in ("ru", "en"):
        page = (run.out / f"truth.{language}.html").read_text(encoding="utf-8")
        in_site = (run.out / "site" / language / "truth.html").read_text(encoding="utf-8")
        for year in years:
            assert f"<td>{year.happened}</td>" in page
            assert f">{year.happened}<" in in_site
    own = next(part for part in run.release["lists"] if part["id"] == "own")
    assert own["total"] < run.facts["happened"]


def test_the_site_shows_truth_documented_count_and_the_estimate_or_its_refusal(run: Run) -> None:
    """Noise is drawn anew each time, so the verdict may differ; what it says must hold."""
    part = run.release["undercount"]
    assert part["lists"] == [one["id"] for one in run.release["lists"]]
    value, low, high = part["documented"]
    assert low <= value <= high
    if part["verdict"] == "refused":
        assert part["estimate"] is None
    else:
        assert part["estimate"][1] <= part["estimate"][0]
    with (run.out / "site/data/numbers.csv").open(encoding="utf-8", newline="") as sheet:
        lines = {line["cell"]: line for line in csv.DictReader(sheet)
                 if line["table"] == "undercount"}  # fmt: skip
    assert lines["documented"]["value"] == str(value)
    assert lines["estimate"]["reading"] == f"{part['verdict']}: {part['reason']}"
    for language, refusal in (("ru", "Число назвать нельзя"), ("en", "No number can be given")):
        page = (run.out / "site" / language / "undercount.html").read_text(encoding="utf-8")
        assert f">{run.facts['happened']}<" in page
        assert f"{value} ({low}–{high})" in page
        assert (refusal in page) == (part["verdict"] == "refused")
        assert len(page.encode()) < 12_000


def test_no_story_and_no_name_is_found_in_what_is_published(
    run: Run, simulation: Simulation
) -> None:
    published = [path.read_bytes() for path in (run.out / "site").rglob("*") if path.is_file()]
    published += [(run.out / f"truth.{language}.html").read_bytes() for language in ("ru", "en")]
    everything = b"\n".join(published)
    assert "вымышленн".encode() in everything.lower()  # the search can find Russian text
    stories = {
        sentence.strip()
        for telling in simulation.tellings
        for sentence in telling.narrative.split(".")
        if len(sentence.strip()) > 12
    }
    assert len(stories) > 40
    names = {person.name.surname for person in simulation.country.people}
    names |= {record.name for kept in simulation.lists for record in kept.records}
    for secret in stories | names:
        assert secret.encode() not in everything, "a story or a name was published"
    ids = {record.stat_id for kept in simulation.lists for record in kept.records}
    assert not any(stat_id.encode() in everything for stat_id in ids)


def test_nothing_of_the_desk_is_left_behind(run: Run) -> None:
    assert list(run.temporary.iterdir()) == []
    assert {path.name for path in run.out.iterdir()} == {
        *(".safelight-demo.json", "site", "publication.pub", "truth.json", "lists"),
        *("truth.en.html", "truth.ru.html"),
    }


def test_it_says_what_it_does_and_how_long_each_step_took(run: Run) -> None:
    steps = [line for line in run.messages.splitlines() if line.startswith("== ")]
    assert len(steps) >= 8
    assert all(line.endswith(" s") for line in steps)
    assert set(run.facts["seconds"]) >= {"country", "keys", "seal", "code", "release", "publish"}


def test_lists_are_never_added(run: Run) -> None:
    totals = [part["total"] for part in run.release["lists"]]
    assert "total" not in run.release
    assert sum(totals) > 0.8 * run.facts["happened"]  # what adding would claim
    assert set(run.facts["totals"]) == {part["id"] for part in run.release["lists"]}
    assert len(ALL_LISTS) == len(totals) + len(run.facts["left_out"])


def test_a_folder_that_is_somebody_elses_is_refused_before_anything_is_done(
    tmp_path: Path, program_environment: dict[str, str]
) -> None:
    (tmp_path / "cases.db").write_text("precious")
    refused = _safelight(
        *("demo", "--once", "--out", str(tmp_path)),
        temporary=tmp_path,
        environment=program_environment,
    )
    assert refused.returncode == 1
    assert "refused" in refused.stderr
    assert "was left as it is" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["cases.db"]
