"""Spark finds the clusters that DuckDB finds. Skipped without the extra `spark` or Java."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from safelight.command_line import safelight
from safelight.demo.linkable import linkable_lists
from safelight.demo.simulation import simulate
from safelight.linkage import linking
from safelight.linkage.engine import DuckDB
from safelight.linkage.linking import Options, link
from safelight.linkage.records import LinkageError
from safelight.linkage.spark import Spark, local_session


def test_spark_finds_the_same_pairs_and_clusters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("no Java")
    (tmp_path / "called-here").mkdir()
    monkeypatch.chdir(tmp_path / "called-here")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
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
    # Nothing of it stays: no warehouse where it was called, none in the temporary folder.
    assert list(Path.cwd().iterdir()) == []
    assert list(tmp_path.glob("safelight-spark-*")) == []


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


def test_the_folder_that_spark_was_given_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ours, theirs = tmp_path / "safelight-spark-1", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
        (folder / "left.parquet").touch()
        stopped: list[bool] = []
        spark = object.__new__(Spark)
        spark._counting = DuckDB(memory_gb=1)
        spark._session = SimpleNamespace(
            conf=SimpleNamespace(get=lambda name, default, at=folder: f"file:{at}"),
            stop=lambda stopped=stopped: stopped.append(True),
        )
        spark.close()
        assert stopped
    assert not ours.exists()
    assert (theirs / "left.parquet").exists()  # a warehouse that somebody else set is theirs
