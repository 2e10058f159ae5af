"""A release document becomes a site: paths and bytes, the same bytes for the same release.

Pure: nothing is read but this package's own texts, nothing is written. `bundle` signs and
writes what this returns.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.resources import files

from safelight.publication.document import Publication, PublishedList, PublishedTable
from safelight.publication.noisy_document import NoisyPublication
from safelight.publication.noisy_pages import NoisySite, noisy_page_name
from safelight.publication.outward import Outward
from safelight.publication.pages import Site, Truth, page_name
from safelight.vocabulary.codes import LANGUAGES, Language

_TOTAL = "TOTAL"


def site_files(
    release: Publication,
    *,
    truth: Truth | None = None,
    outward: Outward | None = None,
    has_csv: bool = False,
) -> Mapping[str, bytes]:
    """Return path → content of the whole site, in the order of paths.

    `truth` is for a simulated country only; with any other release it raises
    `PublicationError`. `has_csv` as in `noisy_site_files`.
    """
    site = Site(release, truth, outward or Outward(), has_csv)
    found = _common(site, release.source)
    for language in LANGUAGES:
        for part in release.lists:
            for table in part.tables:
                name = page_name(part, table)
                found[f"{language}/{name}.html"] = site.numbers(language, part, table)
                found[f"data/{name}.{language}.csv"] = _csv(release, part, table, language)
        if truth is not None:
            found[f"{language}/truth.html"] = site.true_numbers(language)
    if truth is not None:
        plain = {
            "format": "safelight-truth/1",
            "simulated": True,
            "years": list(map(asdict, truth)),
        }
        found["data/truth.json"] = json.dumps(plain, sort_keys=True).encode() + b"\n"
    return dict(sorted(found.items()))


def noisy_site_files(
    release: NoisyPublication, *, outward: Outward | None = None, has_csv: bool = False
) -> Mapping[str, bytes]:
    """Return path → content of the pages of a release with noise, in the order of paths.

    `has_csv`: the room that made the numbers adds `data/numbers.csv` and their description.
    """
    site = NoisySite(release, outward or Outward(), has_csv)
    found = _common(site, release.source)
    for language in LANGUAGES:
        for part in release.lists:
            for table in part.crossed:
                page = site.numbers(language, part, table)
                found[f"{language}/{noisy_page_name(part, table)}.html"] = page
    return dict(sorted(found.items()))


def _common(site: Site | NoisySite, source: bytes) -> dict[str, bytes]:
    """What every publication has, whatever kind its numbers are of."""
    found: dict[str, bytes] = {
        "index.html": site.frame.choice(),
        "style.css": (files("safelight.publication") / "static" / "style.css").read_bytes(),
        "data/release.json": source,
        **site.outward.files(),
    }
    for language in LANGUAGES:
        found[f"{language}/index.html"] = site.overview(language)
        for name in ("method", "claims"):
            found[f"{language}/{name}.html"] = site.prose(language, name)
        estimated = site.undercount(language)
        if estimated is not None:
            found[f"{language}/undercount.html"] = estimated
        for name, page in site.frame.outward_pages(language):
            found[f"{language}/{name}.html"] = page
    return found


def _csv(
    release: Publication, part: PublishedList, table: PublishedTable, language: Language
) -> bytes:
    """One line per number, each with all that must be said about it: a line may travel alone."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    facts = _facts(release, part, language)
    rows.writerow([table.rows.name, table.columns.name, "count", "status", *facts])
    for row, column, count in _numbers(part, table):
        shown = ("", "hidden") if count is None else (count, "published")
        rows.writerow([row, column, *shown, *facts.values()])
    return text.getvalue().encode()


def _numbers(part: PublishedList, table: PublishedTable) -> Iterator[tuple[str, str, int | None]]:
    for row, counts, total in zip(table.rows.headings, table.cells, table.row_totals, strict=True):
        if not table.is_whole:
            for column, count in zip(table.columns.headings, counts, strict=True):
                yield row.code, column.code, count
        yield row.code, _TOTAL, total
    if table.is_whole:
        yield _TOTAL, _TOTAL, part.total
        return
    for column, total in zip(table.columns.headings, table.column_totals, strict=True):
        yield _TOTAL, column.code, total
    yield _TOTAL, _TOTAL, part.total


def _facts(release: Publication, part: PublishedList, language: Language) -> dict[str, str | int]:
    rungs = "; ".join(
        f"{heading.code}={'hidden' if count is None else count}"
        for heading, count in part.verification
    )
    return {
        "unit": part.unit,
        "list": part.id,
        "list_name": part.name.in_language(language),
        "coverage": part.coverage.in_language(language),
        "period": "/".join(release.period),
        "as_of": release.as_of.isoformat(),
        "linkage": part.linkage,
        "verification": rungs,
        "reading": part.reading,
        "threshold": release.threshold,
        "width": release.width,
        "code_version": release.code_version,
        "vocabulary_version": release.vocabulary_version,
        "data_sha256": part.data_sha256,
        "revision": release.revisions[-1].number,
        "simulated": "yes" if release.simulated else "no",
    }
