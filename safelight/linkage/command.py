"""`safelight link`: lists in, clusters out. `--json` is described in docs/how-to/link-lists.md."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import click
import numpy as np

from safelight.linkage.as_json import linked_as_json, linked_as_text
from safelight.linkage.decision import Decision
from safelight.linkage.engine import Backend
from safelight.linkage.field_kinds import Kind
from safelight.linkage.linking import Linked, Options, link
from safelight.linkage.posterior import patterns, patterns_as_csv, sample_linkages
from safelight.linkage.records import LinkageError, Unit, list_from_csv
from safelight.linkage.results import result_file, result_folder

_LARGEST_LIST: Final = 4 * 1024**3
_SAME: Final = {"same": True, "different": False}


class _TimeLeft:
    """The share done and the minutes left, on one line of standard error, if somebody watches."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.shown = False

    def __call__(self, share: float) -> None:
        if not sys.stderr.isatty() or share <= 0:
            return
        left = (time.monotonic() - self.began) * (1 - share) / share
        self.shown = True
        click.echo(f"\r{share:4.0%}, about {left / 60:.0f} min left ", nl=False, err=True)

    def finish(self) -> None:
        if self.shown:
            click.echo("\r" + " " * 40 + "\r", nl=False, err=True)


@click.command("link")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the clusters go: list, id, cluster.",
)
@click.option(
    "--unit",
    type=click.Choice([one.value for one in Unit]),
    help="What a row stands for; else the column counting_units says so, else incidents.",
)
@click.option("--id", "id_column", metavar="COLUMN", help="The column of ids, if not a usual one.")
@click.option(
    "--once",
    multiple=True,
    metavar="LIST",
    help="A list (its file's name without ending) that surely holds nothing twice.",
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="COLUMN=KIND",
    help=f"What a column holds: {', '.join(one.value for one in Kind)}.",
)
@click.option(
    "--decisions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV: list_1, id_1, list_2, id_2, decision (same or different). They hold.",
)
@click.option(
    "--overlaps",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for plausible overlaps, as `undercount linkages` reads them.",
)
@click.option(
    "--linkages",
    type=click.IntRange(2, 200),
    default=20,
    show_default=True,
    help="How many plausible overlaps.",
)
@click.option(
    "--memory",
    "memory_gb",
    type=click.FloatRange(min=0.2, max=1000),
    default=6.0,
    show_default=True,
    help="GB that the comparison may take.",
)
@click.option("--threads", type=click.IntRange(1, 256), help="All cores unless given.")
@click.option(
    "--spark", is_flag=True, help="Compare on Spark, on this machine (the extra spark, and Java)."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def link_command(
    *,
    files: tuple[Path, ...],
    out: Path,
    unit: str | None,
    id_column: str | None,
    once: tuple[str, ...],
    kinds: tuple[str, ...],
    decisions: Path | None,
    overlaps: Path | None,
    linkages: int,
    memory_gb: float,
    threads: int | None,
    spark: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Find the records of the same incident (or person) within and across lists.

    Each FILE is one list: CSV in UTF-8 with a header; its name without ending names the
    list. Nothing is written unless all of it worked.
    """
    names = [path.stem for path in files]
    if set(once) - set(names):
        raise click.UsageError("--once names a list that is not among the files")
    if overlaps is not None and len(files) < 2:
        raise click.UsageError("--overlaps needs two or more lists")
    if not out.absolute().parent.is_dir():
        raise click.UsageError("--out is in a folder that does not exist; make it first")
    lists = [
        list_from_csv(
            _bytes(path),
            name=name,
            unit=None if unit is None else Unit(unit),
            id_column=id_column,
            once=name in once,
        )
        for path, name in zip(files, names, strict=True)
    ]
    progress = _TimeLeft()
    options = Options(
        seed=seed,
        memory_gb=memory_gb,
        threads=threads,
        kinds=dict(_kind(one) for one in kinds),
        on_progress=progress,
    )
    decided = _decisions(decisions)
    with _backend(options, spark=spark) as backend:
        found = link(lists, options=options, decisions=decided, backend=backend)
    tables = [] if overlaps is None else _overlaps(found, linkages, seed)
    progress.finish()
    if found.decisions < len(decided):
        click.echo(
            f"{len(decided) - found.decisions} of {len(decided)} decisions repeat another or are "
            "about records that are on none of these lists",
            err=True,
        )
    with _writing(), result_file(out) as file:
        file.write_text(clusters_as_csv(found), encoding="utf-8")
        if overlaps is not None:
            with result_folder(overlaps) as folder:
                for number, table in enumerate(tables, 1):
                    (folder / f"overlap-{number:03d}.csv").write_text(table, encoding="utf-8")
    told = linked_as_json(found, seed=seed)
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else linked_as_text(told))


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LinkageError(
            f"the results cannot be written ({error.strerror}); nothing is there but what was"
        ) from None


@contextmanager
def _backend(options: Options, *, spark: bool) -> Iterator[Backend | None]:
    if not spark:
        yield None
        return
    from safelight.linkage.spark import Spark, local_session  # noqa: PLC0415  needs pyspark

    session = local_session(memory_gb=options.memory_gb, threads=options.threads)
    with closing(Spark(session)) as backend:
        yield backend


def clusters_as_csv(found: Linked) -> str:
    """One line for each record: list, id, cluster. Clusters count from 1 in the lists' order."""
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\n").writerow
    write(["list", "id", "cluster"])
    numbers: dict[int, int] = {}
    labels = iter(found.label.tolist())
    for one in found.lists:
        for identity in one.ids:
            write([one.name, identity, numbers.setdefault(next(labels), len(numbers) + 1)])
    return out.getvalue()


def _overlaps(found: Linked, draws: int, seed: int) -> list[str]:
    generator = np.random.default_rng((seed, 2))
    names = [one.name for one in found.lists]
    of = found.list_numbers()
    return [
        patterns_as_csv(names, patterns(label, of, lists=len(names)))
        for label in sample_linkages(found, draws=draws, generator=generator)
    ]


def _kind(said: str) -> tuple[str, Kind]:
    title, _, kind = said.rpartition("=")
    if not title or kind not in {one.value for one in Kind}:
        raise click.UsageError("--kind is COLUMN=KIND with a kind that --help lists")
    return title.strip().casefold(), Kind(kind)


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST_LIST:
        raise LinkageError("a list of more than 4 GB does not fit; link it by year or region")
    return path.read_bytes()


def _decisions(path: Path | None) -> Sequence[Decision]:
    if path is None:
        return ()
    try:
        rows = list(csv.DictReader(io.StringIO(_bytes(path).decode("utf-8-sig"), newline="")))
        return [
            Decision(
                (row["list_1"], row["id_1"]),
                (row["list_2"], row["id_2"]),
                _SAME[row["decision"]],
            )
            for row in rows
        ]
    except (UnicodeDecodeError, KeyError, csv.Error):
        raise LinkageError(
            "the decisions are not CSV with list_1, id_1, list_2, id_2 and a decision that is "
            "'same' or 'different'"
        ) from None
