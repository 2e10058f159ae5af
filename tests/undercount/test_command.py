from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from safelight.command_line import safelight
from safelight.undercount.answer import Options
from safelight.undercount.overlap import Overlap, OverlapError
from safelight.undercount.verdict import estimate

THREE = "a,b,c,count\n1,0,0,300\n0,1,0,220\n0,0,1,160\n1,1,0,90\n1,0,1,70\n0,1,1,50\n1,1,1,22\n"
SMALL = "a,b,c,count\n1,0,0,30\n0,1,0,22\n0,0,1,16\n1,1,0,9\n1,0,1,7\n0,1,1,5\n1,1,1,2\n"
SPARSE = "a,b,c,count\n1,0,0,40\n0,1,0,30\n0,0,1,20\n1,1,0,6\n"
FIELDS = [
    "method",
    "lists",
    "observed",
    "estimate",
    "interval",
    "level",
    "verdict",
    "reason",
    "assumption",
    "model",
    "diagnostics",
]


def run(folder: Path, table: str, *words: str) -> Result:
    path = folder / "table.csv"
    path.write_text(table, encoding="utf-8")
    command, *options = words
    return CliRunner().invoke(safelight, ["undercount", command, str(path), *options])


def estimated(folder: Path, table: str, *options: str) -> dict[str, object]:
    result = run(folder, table, "estimate", *options, "--json")
    facts: dict[str, object] = json.loads(result.stdout)
    return facts


@pytest.mark.parametrize("method", ["independence", "loglinear", "stepwise", "decomposable"])
def test_an_estimate_is_one_object_with_the_documented_fields(tmp_path: Path, method: str) -> None:
    result = run(tmp_path, THREE, "estimate", "--method", method, "--json")
    assert result.exit_code == 0
    facts = json.loads(result.stdout)
    assert list(facts) == FIELDS
    assert facts["method"] == method
    assert (facts["observed"], facts["verdict"], facts["level"]) == (912, "estimate", 0.95)
    assert facts["interval"][0] < facts["estimate"] < facts["interval"][1]
    assert facts["assumption"].endswith(".")


def test_a_lower_bound_exits_with_zero_and_is_open_above(tmp_path: Path) -> None:
    result = run(tmp_path, THREE, "estimate", "--method", "chao", "--json")
    assert result.exit_code == 0
    facts = json.loads(result.stdout)
    assert facts["verdict"] == "lower-bound"
    assert facts["estimate"] == pytest.approx(912 + (2 / 6) * 680**2 / 210)
    assert facts["interval"][1] is None


def test_a_refusal_exits_with_one_and_has_its_reason_in_the_object_too(tmp_path: Path) -> None:
    result = run(tmp_path, SPARSE, "estimate", "--json")
    assert result.exit_code == 1
    facts = json.loads(result.stdout)
    assert (facts["verdict"], facts["estimate"], facts["interval"]) == ("refused", None, None)
    assert facts["reason"].startswith("Only 6 incidents stand on more than one list")
    assert f"refused: {facts['reason']}" in result.stderr


def test_wrong_usage_exits_with_two(tmp_path: Path) -> None:
    assert run(tmp_path, THREE, "estimate", "--method", "guess").exit_code == 2
    assert run(tmp_path, THREE, "estimate", "--level", "95").exit_code == 2


def test_a_person_reads_the_verdict_first_and_always_the_assumption(tmp_path: Path) -> None:
    text = run(tmp_path, THREE, "estimate", "--method", "loglinear").stdout
    assert text.startswith("ESTIMATE ")
    assert "It rests on this: " in text
    refused = run(tmp_path, SPARSE, "estimate").stdout
    assert refused.startswith("REFUSED: no number can be given.")


def test_options_reach_the_methods(tmp_path: Path) -> None:
    def value(*options: str) -> object:
        return estimated(tmp_path, SMALL, *options)["estimate"]

    plain = value("--method", "decomposable")
    one = value("--method", "decomposable", "--delta", "1")
    assert value("--method", "decomposable", "--delta", "1", "--saturated") != one != plain
    assert value("--method", "decomposable", "--prior", "flat") != plain
    narrow = estimated(tmp_path, THREE, "--method", "independence", "--level", "0.5")
    wide = estimated(tmp_path, THREE, "--method", "independence")
    assert narrow["interval"][0] > wide["interval"][0]  # type: ignore[index]


def test_check_gives_the_published_codes_and_one_model_on_request(tmp_path: Path) -> None:
    facts = json.loads(run(tmp_path, SPARSE, "check", "--json").stdout)
    codes = {
        one["model"].removeprefix("a, b, c").lstrip(", "): one["code"] for one in facts["models"]
    }
    assert codes == {
        "": 0,
        "a:b": 1,
        "a:c": 0,
        "b:c": 0,
        "a:b, a:c": 1,
        "a:b, b:c": 1,
        "a:c, b:c": 0,
        "a:b, a:c, b:c": 2,
    }
    one = run(tmp_path, SPARSE, "check", "--terms", "a,b,c,a:b", "--json")
    assert one.exit_code == 1
    assert [model["code"] for model in json.loads(one.stdout)["models"]] == [1]
    assert run(tmp_path, SPARSE, "check", "--terms", "a,b,c,a:c").exit_code == 0


def test_a_table_that_is_not_one_is_refused_without_repeating_it(tmp_path: Path) -> None:
    result = run(tmp_path, THREE.replace("300", "very many"), "estimate")
    assert isinstance(result.exception, OverlapError)
    assert "line 2: the count is a whole number" in str(result.exception)
    assert "very many" not in str(result.exception)


def test_linkages_are_combined_and_their_share_of_the_variance_is_said(tmp_path: Path) -> None:
    paths = []
    for number, shared in enumerate(("22", "17", "12")):
        path = tmp_path / f"{number}.csv"
        path.write_text(THREE.replace("1,1,1,22", f"1,1,1,{shared}"), encoding="utf-8")
        paths.append(str(path))
    words = ["undercount", "linkages", *paths, "--method", "independence"]
    facts = json.loads(CliRunner().invoke(safelight, [*words, "--json"]).stdout)
    assert [part["observed"] for part in facts["parts"]] == [912, 907, 902]
    assert 0 < facts["linkage_share"] < 1
    assert facts["interval"][0] < facts["estimate"] < facts["interval"][1]
    assert "of the variance is linkage" in CliRunner().invoke(safelight, words).stdout


def test_pictures_of_families_and_posteriors_come_from_the_command_line(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    run(tmp_path, THREE, "estimate", "--plots", str(folder))
    assert sorted(path.name for path in folder.iterdir()) == [
        "families.svg",
        "leave-one-out.svg",
        "posterior-decomposable.svg",
        "posterior-latent-class.svg",
    ]
    alone = tmp_path / "alone"
    run(tmp_path, THREE, "estimate", "--method", "decomposable", "--plots", str(alone))
    text = (alone / "posterior-decomposable.svg").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "912 were observed" in text
    refused = run(tmp_path, THREE, "estimate", "--method", "chao", "--plots", str(alone))
    assert refused.exit_code == 2


def test_what_is_known_of_matching_noise_and_strata_reaches_the_answer(tmp_path: Path) -> None:
    words = ("--method", "independence")
    plain = estimated(tmp_path, THREE, *words)
    told = estimated(tmp_path, THREE, *words, "--match-recall", "0.9", "0.95")
    assert told["estimate"] < plain["estimate"]  # type: ignore[operator]
    assert "between 90% and 95%" in str(told["assumption"])
    noisy = estimated(tmp_path, THREE, *words, "--noise-scale", "5")
    assert noisy["interval"][1] > plain["interval"][1]  # type: ignore[index]
    header, *rows = THREE.splitlines()
    years = [f"{year},{row}" for year in (2023, 2024) for row in rows]
    by_year = "\n".join([f"year,{header}", *years])
    total = estimated(tmp_path, by_year, *words, "--strata", "year")
    assert total["estimate"] == pytest.approx(2 * plain["estimate"], rel=1e-6)  # type: ignore[operator]
    assert run(tmp_path, by_year, "estimate", *words, "--strata", "month").exception is not None


@pytest.mark.parametrize("method", ["stepwise", "decomposable", "all"])
def test_a_run_tells_how_far_it_is_and_can_be_cancelled(method: str) -> None:
    told: list[float] = []

    def cancel(share: float) -> None:
        told.append(share)
        if share > 0.2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        estimate(
            Overlap.from_csv(THREE),
            method=method,
            options=Options(seed=1, on_progress=cancel),
        )
    assert told == sorted(told)
    assert told[-1] > 0.2


@pytest.mark.parametrize("scale", [10**6, 10**9])
def test_huge_counts_are_fitted_like_others(tmp_path: Path, scale: int) -> None:
    counts = [30, 22, 9, 16, 7, 5, 2]
    rows = [
        ",".join(str(pattern >> k & 1) for k in range(3)) + f",{scale * count}"
        for pattern, count in enumerate(counts, start=1)
    ]
    table = "\n".join(["a,b,c,count", *rows])
    for method in ("independence", "loglinear", "stepwise"):
        facts = estimated(tmp_path, table, "--method", method)
        low, high = facts["interval"]  # type: ignore[misc]
        assert 91 * scale < low < facts["estimate"] < high < 250 * scale  # type: ignore[operator]


def test_more_incidents_than_there_are_people_are_refused(tmp_path: Path) -> None:
    result = run(tmp_path, THREE.replace("300", "3" + "0" * 13), "estimate")
    assert "fewer people" in str(result.exception)
