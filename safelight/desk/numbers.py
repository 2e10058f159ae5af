"""What the numbers' pages need of this desk: its rows, as a draft, and a place to publish to.

`release` asks for them by the names in `settings` (SAFELIGHT_DRAFT, SAFELIGHT_HAND_OVER,
SAFELIGHT_PUBLISHED).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils.translation import gettext as _

from safelight.casework import rows as casework_rows
from safelight.casework.followed import followed_rows
from safelight.casework.letters.publishing import PublishedLetter, published_letters
from safelight.desk.campaign_numbers import more_tables
from safelight.desk.simulated import is_simulated
from safelight.desk.sqlcipher.held_key import held_key
from safelight.journal.chain import desk_key
from safelight.outcomes.path import START, shipped_path
from safelight.partners import desk_lists
from safelight.partners.models import ImportedList
from safelight.pipeline import ListWords, NotReleased, release_rows
from safelight.publication.bundle import build_bundle
from safelight.publication.document import Publication
from safelight.publication.letters import Letter
from safelight.publication.noisy_document import NoisyPublication
from safelight.publication.outward import Outward
from safelight.publication.site import noisy_site_files, site_files
from safelight.release.code_digest import RELEASE, code_sha256
from safelight.release.counts import ReleaseError
from safelight.release.disclosure import DisclosureRule
from safelight.release.draft import Draft
from safelight.release.figures import release_files
from safelight.release.noise.document import FORMAT as NOISY_FORMAT
from safelight.release.noise.noisy_table import Countable, CountedList
from safelight.release.revisions import revision_log
from safelight.release.table import by_list
from safelight.sealing.signed_folder import read_manifest, verify_folder
from safelight.vocabulary.codes import Language
from safelight.vocabulary.schema import vocabulary
from safelight.vocabulary.stat_row import StatRow
from safelight.vocabulary.wording import Wording

# Published with every table. Below five a count can point at a person; a reader must stay
# three whole numbers apart on any other cell.
_RULE: Final = DisclosureRule(threshold=5, width=3)
_CROSS: Final = (("act_group", "year"), ("district", "year"))
_DOCUMENT: Final = Path("data", "release.json")
_OLDEST_YEARS: Final = 15
OWN: Final = "OWN"
_OWN_LIST: Final = "own"
_OWN_COVERAGE: Final = Wording(
    ru="Сообщения, которые люди прислали нам и согласились, чтобы их считали. Здесь нет тех, кто "
    "о нас не знает, не может или не решается рассказать.",
    en="Reports that people sent to us and agreed to have counted. Whoever has not heard of us, "
    "cannot tell or does not dare to is not here.",
)


def draft_of_this_desk(*, about: Collection[str] = ()) -> Draft:
    """Tabulate, protect and audit what this desk may count now, list by list.

    `about`: which tables on smear campaigns go out with the own list (`campaign_numbers.ABOUT`).

    Of a list from outside only the incidents with a ground of bias that our vocabulary
    has: the rest of a register is other crime. Raises `ReleaseError` with the reasons.
    """
    imported = _imported_by_source()
    rows = [*casework_rows.stat_rows(), *_rows_from_outside(imported)]
    if not rows:
        raise ReleaseError("nothing can be counted yet; code a case or import a list first")
    today = datetime.now(UTC).date()
    outcome = release_rows(
        rows,
        words=_words(imported),
        years=_years(rows, today),
        as_of=today,
        rule=_RULE,
        cross=_CROSS,
        revisions=revision_log(today, reason=None),
        code_version=_code_version(),
        simulated=is_simulated(),
        more_of={OWN: more_tables(about)},
    )
    if isinstance(outcome, NotReleased):
        raise ReleaseError("these numbers cannot go out: " + "; ".join(outcome.reasons))
    if about and _OWN_LIST in outcome.left_out:
        # Left out in silence, the list would be missing because of what was asked for besides.
        raise ReleaseError(
            _("with the tables on smear campaigns your own list cannot go out: %(reason)s")
            % {"reason": outcome.left_out[_OWN_LIST]}
        )
    return outcome.draft


def years_of_exact_tables() -> tuple[int, int] | None:
    """The first and last year of this desk's exact tables, or None with nothing to count."""
    rows = rows_of_this_desk()
    years = _years(rows, datetime.now(UTC).date())
    return (years[0], years[-1]) if rows else None


def rows_of_this_desk() -> list[StatRow]:
    """Every row that may be counted today, own and from outside; raises `ReleaseError`."""
    return [*casework_rows.stat_rows(), *_rows_from_outside(_imported_by_source())]


def countable_of_this_desk() -> Countable:
    """The same rows, list by list, for a release with noise; own cases with how far they got."""
    imported = _imported_by_source()
    words = _words(imported)
    rows = by_list([*casework_rows.stat_rows(), *_rows_from_outside(imported)])
    return Countable(
        tuple(
            CountedList(
                list_id=said.list_id,
                name=said.name,
                coverage=said.coverage,
                rows=rows[source],
                furthest=_furthest() if source == OWN else {},
            )
            for source, said in words.items()
            if source in rows
        ),
        _code_version(),
        is_simulated(),
    )


def _code_version() -> str:
    """The version with a digest of the code that counts and hides, as PEP 440 has it."""
    return f"{version('safelight')}+{code_sha256(*RELEASE)[:16]}"


def _furthest() -> dict[str, str]:
    """By row: the furthest stage of the way that each counted case has reached."""
    stages = {stage.name: stage for stage in shipped_path().main}
    found = {}
    for row_id, case in followed_rows():
        reached = [
            fact.stage
            for fact in case.facts
            if fact.stage in stages and stages[fact.stage].meaning(fact.code) == "reach"
        ]
        found[row_id] = max(reached, key=lambda name: stages[name].order, default=START)
    return found


def _imported_by_source() -> dict[str, ImportedList]:
    """The imported lists by the code their rows stand under; refuse two under one code."""
    found: dict[str, ImportedList] = {}
    for imported in desk_lists.imported_lists():
        if imported.forgotten_on is not None:
            continue
        sources = {row.source_list for row in desk_lists.stat_rows(imported.list_id)}
        if len(sources) > 1:
            # by_list() would take it apart, and add its rows to lists that are not it.
            raise ReleaseError(
                f"the rows of list {imported.list_id} stand under {len(sources)} kinds of list; "
                "forget it (`safelight list forget`) and import each kind as a list of its own"
            )
        for source in sources:
            if source in found or source == OWN:
                # by_list() would add them, and one incident may stand on both.
                raise ReleaseError(
                    f"two lists on this desk stand under {source}, and lists are never "
                    "added; forget one of them (`safelight list forget`) or code it as another kind"
                )
            found[source] = imported
    return found


def _rows_from_outside(imported: dict[str, ImportedList]) -> Iterator[StatRow]:
    for one in imported.values():
        yield from (row for row in desk_lists.stat_rows(one.list_id) if row.bias_ground)


def _words(imported: dict[str, ImportedList]) -> dict[str, ListWords]:
    words = {OWN: ListWords(_OWN_LIST, _name(OWN), _OWN_COVERAGE)}
    for source, one in imported.items():
        coverage = one.provenance["coverage"]
        words[source] = ListWords(
            source.lower().replace("_", "-"),
            _name(source),
            Wording(ru=coverage["ru"], en=coverage["en"]),
        )
    return words


def _name(source: str) -> Wording:
    code = vocabulary().field("source_list").code(source)
    return Wording(ru=code.label("ru"), en=code.label("en"))


def _years(rows: list[StatRow], today: date) -> range:
    """The years of the tables: from an even year, so that the first one tells nothing.

    A period that began with the oldest incident would say that its first year has one, and
    a hidden count of that year would no longer be "none to four".
    """
    known = [int(row.occurred_period[:4]) for row in rows if row.occurred_period[:4].isdecimal()]
    oldest = max(min(known, default=today.year), today.year - _OLDEST_YEARS)
    return range(oldest - oldest % 2, today.year + 1)


# --- publishing -------------------------------------------------------------


def publications() -> list[Path]:
    """Return the folders published from this desk, the oldest first."""
    folder = held_key().database.parent / "publications"
    return sorted(path for path in folder.glob("[0-9]*") if path.is_dir())


def publication_of(document_sha256: str) -> Path | None:
    """Return the folder a document was published to, the newest if it was more than once."""
    found = [path for path in publications() if path.name.endswith(f"-{document_sha256[:8]}")]
    return found[-1] if found else None


def _is_published(folder: Path, document: bytes, key: Ed25519PublicKey) -> bool:
    """Whether the last publication is this very release: power went before the journal had it."""
    try:
        if (folder / _DOCUMENT).read_bytes() != document:
            return False
    except OSError:
        return False
    verify_folder(folder, key=key, last_seen=None)
    return True


def publish_document(document: bytes) -> None:
    """Write the signed site of a release beside the database, as the next publication.

    Signed with the desk's key; what is in the folder is public and lies there unencrypted.
    """
    before = publications()
    private = desk_key().private
    if before and _is_published(before[-1], document, private.public_key()):
        return
    previous = read_manifest(before[-1], key=private.public_key()) if before else None
    number = (previous.version if previous else 0) + 1
    # The digest keeps two publications of one number apart, should a backup be restored.
    name = f"{number:04d}-{hashlib.sha256(document).hexdigest()[:8]}"
    build_bundle(
        held_key().database.parent / "publications" / name,
        _files(document),
        key=private,
        on=datetime.now(UTC).date(),
        previous=previous,
    )


def _files(document: bytes) -> Mapping[str, bytes]:
    """The site with the letters that were agreed, and every number with all it carries."""
    outward = Outward(letters=tuple(_letter(one) for one in published_letters()))
    if json.loads(document)["format"] == NOISY_FORMAT:
        release = NoisyPublication.parse(document)
        site = noisy_site_files(release, outward=outward, has_csv=True)
    else:
        site = site_files(Publication.parse(document), outward=outward, has_csv=True)
    return {**release_files(document), **site}


def _letter(agreed: PublishedLetter) -> Letter:
    language: Language = "ru" if agreed.language == "ru" else "en"
    return Letter(agreed.id, agreed.day.strftime("%Y-%m"), language, agreed.letter, agreed.answer)
