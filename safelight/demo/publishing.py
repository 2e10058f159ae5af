"""From the desk's rows to a signed site, with what was true beside what is published.

The truth is joined to the site after the release document is finished, and only because
the document itself says that the country is simulated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.demo.facts import ALL_LISTS, OWN
from safelight.demo.list_rows import SOURCE_LISTS
from safelight.demo.list_words import list_words
from safelight.demo.simulation import Simulation
from safelight.demo.truth import YearOfTruth
from safelight.errors import SafelightError
from safelight.pipeline import NotReleased, Released, release_rows
from safelight.publication.bundle import build_bundle
from safelight.publication.document import Publication, PublishedList
from safelight.publication.pages import TruthYear
from safelight.publication.site import site_files
from safelight.release.disclosure import DisclosureRule
from safelight.release.draft import Revision
from safelight.release.figures import release_files
from safelight.sealing.signed_folder import Verified, verify_folder
from safelight.vocabulary.stat_row import StatRow
from safelight.vocabulary.wording import Wording

# Below five a count can point at a person; a reader must stay three apart on any other.
_RULE: Final = DisclosureRule(threshold=5, width=3)
# In the tiny country every cell of the second table would be hidden.
_CROSS: Final = (("act_group", "year"), ("district", "year"))
_CROSS_OF_THE_TINY: Final = (("act_group", "year"),)
_FIRST: Final = Wording("первый выпуск", "first release")


class DemoReleaseError(SafelightError):
    """The audit refused the demo's release."""


@dataclass(frozen=True)
class Signed:
    """A publication on disk: its key, and what verifying it with that key found."""

    public_key: str
    verified: Verified


def source_list(name: str) -> str:
    """The vocabulary's code of one of the simulation's lists."""
    return "OWN" if name == OWN else SOURCE_LISTS[name]


def released(rows: Iterable[StatRow], simulation: Simulation, *, today: date) -> Released:
    """Tabulate, protect and audit; `DemoReleaseError` if the audit finds anything."""
    country = simulation.country
    outcome = release_rows(
        rows,
        words=list_words(),
        years=range(simulation.assume.first_day.year, country.as_of.year + 1),
        as_of=country.as_of,
        rule=_RULE,
        cross=_CROSS_OF_THE_TINY if country.size == "tiny" else _CROSS,
        revisions=(Revision(1, today, _FIRST),),
        code_version=version("safelight"),
        simulated=True,
    )
    if isinstance(outcome, NotReleased):
        raise DemoReleaseError("the audit refused the release: " + "; ".join(outcome.reasons))
    return outcome


def names_and_ids(release: Released) -> Mapping[str, str]:
    """Name in the simulation → id in the release, of the lists that go out."""
    out = {part.statement.list_id for part in release.draft.lists}
    words = list_words()
    ids = {name: words[source_list(name)].list_id for name in ALL_LISTS}
    return {name: list_id for name, list_id in ids.items() if list_id in out}


def published_years(release: Released) -> Mapping[str, Mapping[int, int | None]]:
    """What goes out, by list of the simulation and year; None where hidden or left out."""
    parts = {part.id: part for part in Publication.parse(release.document).lists}
    words = list_words()
    return {name: _by_year(parts.get(words[source_list(name)].list_id)) for name in ALL_LISTS}


def published_totals(release: Released) -> Mapping[str, int | None]:
    """The published total of each list in the release, by its id there."""
    return {part.id: part.total for part in Publication.parse(release.document).lists}


def _by_year(part: PublishedList | None) -> Mapping[int, int | None]:
    if part is None:
        return {}
    table = part.tables[0]
    return {
        int(heading.code): total
        for heading, total in zip(table.columns.headings, table.column_totals, strict=True)
    }


def publish_site(
    folder: Path, document: bytes, truth: Sequence[YearOfTruth], *, today: date
) -> Signed:
    """Write the signed site of an approved document to a new folder, verify it, forget the key."""
    key = Ed25519PrivateKey.generate()
    words = list_words()
    years = tuple(
        TruthYear(
            year=year.year,
            happened=year.happened,
            on_no_list=year.on_no_list,
            on_list={words[source_list(name)].list_id: year.on_list[name] for name in ALL_LISTS},
        )
        for year in truth
    )
    site = site_files(Publication.parse(document), truth=years, has_csv=True)
    files = {**release_files(document), **site}
    build_bundle(folder, files, key=key, on=today, previous=None)
    public = key.public_key()
    verified = verify_folder(folder, key=public, last_seen=None)
    return Signed(public.public_bytes_raw().hex(), verified)
