"""Spark finds the clusters that DuckDB finds. Skipped without the extra `spark` or Java."""

from __future__ import annotations

import shutil

import pytest
from click.testing import CliRunner

from safelight.command_line import safelight
from safelight.demo.linkable import linkable_lists
from safelight.demo.simulation import simulate
from safelight.linkage import linking
from safelight.linkage.linking import Options, link
from safelight.linkage.records import LinkageError


def test_spark_finds_the_same_pairs_and_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("no Java")
    from safelight.linkage.spark import Spark, local_session

    monkeypatch.setattr(linking, "ALL_PAIRS", 1_000)  # so that rules with lists of keys are used
    lists = linkable_lists(simulate(1, "small"), only=("own", "helpline", "legalaid")).lists
    chosen = Options(seed=1, threads=1)
    here = link(lists, options=chosen)
    spark = Spark(local_session(memory_gb=2, threads=1))
    try:
        there = link(lists, options=chosen, backend=spark)
        with pytest.raises(LinkageError, match=r"^Spark stopped") as refused:
            spark.ask("SELECT secret FROM nowhere")
    finally:
        spark.close()
    assert here.rules
    assert there.rules == here.rules
    assert there.compared_pairs == here.compared_pairs
    assert there.label.tolist() == here.label.tolist()
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_without_spark_it_says_what_to_install(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("spark")
    (folder / "one.csv").write_text("id,names\n1,a\n2,b\n", encoding="utf-8")
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    words = ["link", str(folder / "one.csv"), "--out", str(folder / "out.csv"), "--spark"]
    refused = CliRunner().invoke(safelight, words)
    assert refused.exit_code == 1
    assert "safelight[spark]" in str(refused.exception)
    assert not (folder / "out.csv").exists()
