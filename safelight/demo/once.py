"""The whole path unattended: a stick between the people and the desk, a site at the end."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from safelight.demo.folder import claimed_folder
from safelight.demo.keys import (
    DESK_NAME,
    PASSPHRASE,
    REVIEWER,
    REVIEWER_PASSPHRASE,
    DemoRoster,
    make_roster,
)
from safelight.demo.list_rows import csv_bytes
from safelight.demo.overlap import linked_lists
from safelight.demo.progress import Progress
from safelight.demo.publishing import (
    Signed,
    names_and_ids,
    publish_site,
    published_totals,
    published_years,
    released,
)
from safelight.demo.sending import sealed, write_stick
from safelight.demo.simulation import Simulation, simulate
from safelight.demo.truth import YearOfTruth, truth_bytes, years_of_truth
from safelight.demo.truth_page import Published, TruthPage, truth_page
from safelight.desk.key_file import PRODUCTION_COST
from safelight.desk.setting_up import set_up
from safelight.desk.unlocking import unlocked

SITE: Final = "site"
PUBLIC_KEY: Final = "publication.pub"
TRUTH_FILE: Final = "truth.json"
LISTS: Final = "lists"


def truth_name(language: str) -> str:
    """The file of the truth page in one language."""
    return f"truth.{language}.html"


OWN_ENTRIES: Final = (SITE, PUBLIC_KEY, TRUTH_FILE, LISTS, truth_name("en"), truth_name("ru"))


@dataclass(frozen=True)
class Outcome:
    """What one run did. `totals`: what is published of each list, by its id in the release."""

    seed: int
    size: str
    reports: int
    own_rows: int
    without_consent: int
    list_rows: int
    happened: int
    on_no_list: int
    totals: Mapping[str, int | None]
    left_out: Mapping[str, str]
    files: int
    digest: str
    out: Path

    def facts(self) -> dict[str, Any]:
        """For `--json`: the fields, and where everything lies."""
        plain = {key: value for key, value in asdict(self).items() if key != "out"}
        places = {
            "site": self.out / SITE,
            "public_key": self.out / PUBLIC_KEY,
            "truth": self.out / TRUTH_FILE,
        }
        return plain | {name: str(path) for name, path in places.items()}


def run_once(out: Path, *, seed: int, size: str, progress: Progress) -> Outcome:
    """Make `out` with the published site and, beside it, what was true.

    The desk lives in a temporary folder, encrypted, and is gone afterwards.
    """
    with claimed_folder(out, OWN_ENTRIES), _temporary_folder() as private:
        with progress.step("country", seed=seed, size=size):
            simulation = simulate(seed, size)
        with progress.step("keys"):
            roster = make_keys(private)
        with progress.step("seal", reports=len(simulation.tellings)):
            write_stick(
                private / "stick",
                (sealed(telling, roster.recipients) for telling in simulation.tellings),
            )
        return publish(
            out,
            simulation,
            desk=private / "desk",
            source=private / "stick",
            sent=len(simulation.tellings),
            leave_uncoded=0,
            progress=progress,
        )


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="safelight-demo-") as temporary:
        yield Path(temporary)


def make_keys(folder: Path) -> DemoRoster:
    """Make the desk in `folder`/desk and a roster that names it."""
    public = set_up(folder / "desk", DESK_NAME, PASSPHRASE, cost=PRODUCTION_COST)
    return make_roster(
        folder, recipient=public.recipient, verify_key=public.verify_key, today=_today()
    )


def publish(
    out: Path,
    simulation: Simulation,
    *,
    desk: Path,
    source: Path | str,
    sent: int,
    leave_uncoded: int,
    progress: Progress,
    letters: Callable[[], object] | None = None,
) -> Outcome:
    """From envelopes in `source` to the signed site in `out`, on the unlocked desk.

    `letters` sends letters and works on them there; without a server there are none.
    """
    truth = years_of_truth(simulation.country, simulation.lists, simulation.tellings)
    with unlocked(desk, PASSPHRASE):
        # Models can be imported only now that Django has started.
        from safelight.demo.coder import code_all, waiting_cases  # noqa: PLC0415
        from safelight.demo.desk_work import (  # noqa: PLC0415
            import_lists,
            release_as_two,
            rows_on_desk,
            take_in,
            with_estimate,
        )
        from safelight.demo.directory import enter_places  # noqa: PLC0415
        from safelight.demo.followed_up import follow_up  # noqa: PLC0415

        # The steps say what happens; a line for each of a hundred envelopes would hide them.
        logging.getLogger("safelight").setLevel(logging.WARNING)
        with progress.step("fetch" if isinstance(source, str) else "fetch_folder"):
            take_in(source, expected=sent)
        with progress.step("code"):
            waiting = waiting_cases()
            coded = code_all(waiting[: len(waiting) - leave_uncoded])
        progress.note("code_facts", rows=coded.rows, without_consent=coded.without_consent)
        with progress.step("follow_up"):
            follow_up(simulation, today=_today())
            enter_places()
        if letters is not None:
            with progress.step("letters"):
                letters()
        files = _write_lists(out / LISTS, simulation)
        with progress.step("lists", lists=len(files)):
            taken_in = import_lists(files, today=_today())
        progress.note("lists_facts", rows=taken_in.rows)
        with progress.step("release"):
            release = released(rows_on_desk(taken_in), simulation, today=_today())
        names = names_and_ids(release)
        if len(names) > 1:
            with progress.step("estimate", lists=len(names)):
                linked = linked_lists(simulation, tuple(names), reports=sent - leave_uncoded)
                release = with_estimate(
                    release,
                    linked,
                    tuple(names.values()),
                    reviewer=REVIEWER,
                    passphrase=REVIEWER_PASSPHRASE,
                )
        signed: list[Signed] = []
        with progress.step("publish"):
            release_as_two(
                release,
                reviewer=REVIEWER,
                passphrase=REVIEWER_PASSPHRASE,
                hand_over=lambda document: signed.append(
                    publish_site(out / SITE, document, truth, today=_today())
                ),
            )
    (out / PUBLIC_KEY).write_text(signed[0].public_key + "\n", encoding="ascii")
    with progress.step("truth"):
        _write_truth(out, simulation, truth, published_years(release))
    return Outcome(
        seed=simulation.country.seed,
        size=simulation.country.size,
        reports=sent,
        own_rows=coded.rows,
        without_consent=coded.without_consent,
        list_rows=taken_in.rows,
        happened=len(simulation.country.incidents),
        on_no_list=simulation.on_no_list,
        totals=published_totals(release),
        left_out=release.left_out,
        files=signed[0].verified.files,
        digest=signed[0].verified.digest,
        out=out,
    )


def _write_lists(folder: Path, simulation: Simulation) -> list[Path]:
    """The organisations hand over their files."""
    folder.mkdir()
    files = []
    for kept in simulation.lists:
        file = folder / f"{kept.organisation}.csv"
        file.write_bytes(csv_bytes(kept))
        files.append(file)
    return files


def _write_truth(
    out: Path, simulation: Simulation, truth: Sequence[YearOfTruth], published: Published
) -> None:
    everything = truth_bytes(simulation.country, simulation.lists, simulation.tellings)
    (out / TRUTH_FILE).write_bytes(everything)
    page = TruthPage(
        country=simulation.country,
        years=truth,
        published=published,
        growth_per_year=simulation.assume.growth_per_half_year**2,
        weeks_of_campaign=simulation.assume.campaign.weeks,
        site=f"{SITE}/index.html",
        file=TRUTH_FILE,
    )
    for language, other in (("en", "ru"), ("ru", "en")):
        html = truth_page(page, language, other=truth_name(other))
        (out / truth_name(language)).write_text(html, encoding="utf-8")


def _today() -> date:
    return datetime.now(UTC).date()
