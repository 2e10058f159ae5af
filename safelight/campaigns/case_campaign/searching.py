"""Search a case's own captures for copies of a photo or a passage, in the queue of the desk.

Every picture is decoded in the sandbox, and only files of this one case are opened: the seed and
the sources are looked up in its journal, never taken from a form.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from safelight.campaigns.case_campaign import deciding
from safelight.campaigns.case_campaign.course import Source, sources_of
from safelight.campaigns.case_campaign.standing import PHOTO, TEXT
from safelight.campaigns.case_evidence import keeping, runs
from safelight.campaigns.case_evidence.deciding import EvidenceRefusedError
from safelight.campaigns.case_evidence.reporter_files import (
    files_of_reporter,
    on_this_desk,
    write_clear,
)
from safelight.campaigns.case_evidence.standing import EvidenceNow, Item
from safelight.campaigns.case_evidence.workplace import private_folder
from safelight.campaigns.photos.comparing import CALIBRATED, compare
from safelight.campaigns.photos.describing import Captured, Seed
from safelight.campaigns.photos.opened_pictures import MOST_PICTURES, pictures_in
from safelight.campaigns.photos.pixels import PhotoError
from safelight.campaigns.texts import matching
from safelight.campaigns.texts.folding import LONGEST_TEXT, TextError, fold
from safelight.casework.cases import check_open, open_case
from safelight.casework.folding import CaseNow
from safelight.evidence.problems import EvidenceError
from safelight.evidence.sandbox.problems import SandboxError

_log: Final = logging.getLogger(__name__)
RUN: Final = "campaign"
MOST_FINDS: Final = 200  # all of a search stand in one entry
_MOST_WORDS: Final = 200


class _UnderWay:
    """How far each case's search is: numbers only, gone with the search."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._at: dict[str, tuple[int, int]] = {}

    def told(self, case_id: str) -> tuple[int, int] | None:
        with self._guard:
            return self._at.get(case_id)

    @contextmanager
    def of(self, case_id: str) -> Iterator[None]:
        try:
            yield
        finally:
            with self._guard:
                self._at.pop(case_id, None)

    def say(self, case_id: str, done: int, total: int) -> None:
        with self._guard:
            self._at[case_id] = (done, total)


_under_way: Final = _UnderWay()


def progress_of(case_id: str) -> tuple[int, int] | None:
    """How many sources the running search has looked at, and of how many; None if none runs."""
    return _under_way.told(case_id)


def seeds_of(now: CaseNow, evidence: EvidenceNow) -> list[tuple[str, str]]:
    """Files of the case that can be a seed photo and are on this desk: (name, a file's name)."""
    sent = files_of_reporter(now)
    arrived = on_this_desk(sent)
    own = [one.picture for one in sources_of(evidence) if one.picture and one.text is None]
    present = keeping.here(one.item for one in own)
    return [
        *((one.envelope, one.name) for one in sent if one.envelope in arrived),
        *((one.item, one.name) for one in own if one.item in present),
    ]


def begin_photo_search(case_id: str, seed: str) -> None:
    """Queue a search for copies of a photo of this case. Raises `EvidenceRefusedError`."""
    now, evidence, _campaign = deciding.standing(case_id)
    if seed not in dict(seeds_of(now, evidence)):
        raise EvidenceRefusedError(_("choose a photo of this case that is on this desk"))
    check_open(open_case(case_id))
    _begin(case_id, lambda: _search_photo(case_id, seed))


def begin_text_search(case_id: str, passage: str) -> None:
    """Queue a search for a passage in the texts of captures. Raises `EvidenceRefusedError`."""
    try:
        letters = len(fold(passage))
    except TextError:
        raise EvidenceRefusedError(_("the passage is too long; a part of it is enough")) from None
    if letters < matching.CALIBRATED.least_letters:
        raise EvidenceRefusedError(
            _("expected at least %(least)s letters: shorter passages are alike by chance")
            % {"least": matching.CALIBRATED.least_letters}
        )
    check_open(open_case(case_id))
    _begin(case_id, lambda: _search_text(case_id, passage))


def _begin(case_id: str, work: runs.Work) -> None:
    if any(one.kind == RUN and not one.is_over for one in runs.runs_of(case_id)):
        raise EvidenceRefusedError(_("a search of this case is under way; wait for its end"))

    def alone() -> None:
        check_open(open_case(case_id))  # withdrawn while it waited
        with _under_way.of(case_id):
            work()

    runs.begin(case_id, RUN, "", alone)


def _search_photo(case_id: str, name: str) -> None:
    now, evidence, _campaign = deciding.standing(case_id)
    with private_folder() as place:
        _write_seed(now, evidence, name, place / "seed")
        seed = _seed_of(place / "seed")
        wanted = [
            one for one in sources_of(evidence) if one.picture and one.picture.item != name
        ]  # fmt: skip
        here = keeping.here(one.picture.item for one in wanted if one.picture)
        found: list[dict[str, Any]] = []
        skipped = 0
        for number, source in enumerate(wanted):
            _under_way.say(case_id, number, len(wanted))
            if runs.is_left():
                return
            picture = source.picture
            if picture is None or picture.item not in here:
                skipped += 1
                continue
            target = place / f"picture-{number}"
            try:
                _write(picture, target)
                best = _best_in(target, seed)
            except (EvidenceError, SandboxError, PhotoError) as refusal:
                _log.info("campaign.skipped %s", type(refusal).__name__)
                skipped += 1
                continue
            finally:
                target.unlink(missing_ok=True)
            if best is not None:
                found.append(_found(source, picture) | best)
    found.sort(key=lambda one: (one["bits"] if one["how"] == "hash" else 257, -one["points"]))
    _note(
        case_id,
        PHOTO,
        name,
        words="",
        looked_at=len(wanted),
        skipped=skipped,
        found=found,
    )


def _best_in(file: Path, seed: Seed) -> dict[str, Any] | None:
    """The best likeness in any page or frame of a file."""
    best = None
    pages = 0
    for page, picture in pictures_in(file, most=MOST_PICTURES):
        pages += 1
        likeness = compare(seed, Captured.of(picture), thresholds=CALIBRATED)
        if likeness is None:
            continue
        rank = likeness.bits if likeness.how == "hash" and likeness.bits is not None else 257
        if best is None or (rank, -likeness.inliers) < best[0]:
            best = ((rank, -likeness.inliers), page, likeness)
    if not pages:
        raise PhotoError("expected at least one picture in the file, got none")
    if best is None:
        return None
    _rank, page, likeness = best
    box = likeness.box
    return {
        "page": page,
        "box": [box.left, box.top, box.right, box.bottom],
        "how": likeness.how,
        "bits": likeness.bits,
        "points": likeness.inliers,
    }


def _seed_of(file: Path) -> Seed:
    refused = EvidenceRefusedError(
        _("this photo cannot be searched for: nothing is in it to find it by; give another")
    )
    try:
        first = next(pictures_in(file, most=1), None)
    except PhotoError:
        first = None
    seed = Seed.of(first[1]) if first is not None else None
    if seed is None or not seed.comparable:
        raise refused
    return seed


def _write_seed(now: CaseNow, evidence: EvidenceNow, name: str, target: Path) -> None:
    item = evidence.item(name)
    if item is not None:
        _write(item, target)
        return
    sent = next((one for one in files_of_reporter(now) if one.envelope == name), None)
    if sent is None:
        raise EvidenceRefusedError(_("choose a photo of this case that is on this desk"))
    write_clear(sent, target)


def _write(item: Item, target: Path) -> None:
    with target.open("xb") as sink:
        for piece in keeping.pieces_of(item.item):
            sink.write(piece)


def _search_text(case_id: str, passage: str) -> None:
    evidence = deciding.standing(case_id)[1]
    wanted = [one for one in sources_of(evidence) if one.text is not None]
    here = keeping.here(one.text.item for one in wanted if one.text)
    index = matching.TextIndex()
    by_name = {one.name: one for one in wanted}
    skipped = 0
    for number, source in enumerate(wanted):
        _under_way.say(case_id, number, len(wanted))
        if runs.is_left():
            return
        if source.text is None or source.text.item not in here:
            skipped += 1
            continue
        try:
            index.add(source.name, _text(source.text))
        except TextError:
            skipped += 1
    found = []
    for one in index.search(passage, thresholds=matching.CALIBRATED):
        source = by_name[one.post]
        if source.text is not None:
            likeness = {"share": round(one.share, 3), "letters": one.letters}
            found.append(_found(source, source.text) | likeness)
    seed = sha256(passage.encode()).hexdigest()
    _note(
        case_id,
        TEXT,
        seed,
        words=passage[:_MOST_WORDS],
        looked_at=len(wanted),
        skipped=skipped,
        found=found,
    )


def _text(item: Item) -> str:
    with keeping.kept_file(item.item) as file:
        return file.read(4 * LONGEST_TEXT).decode("utf-8", "replace")[:LONGEST_TEXT]


def _found(source: Source, item: Item) -> dict[str, Any]:
    nothing = {"page": 0, "box": [], "how": "", "bits": None, "points": 0}
    return nothing | {"source": source.name, "item": item.item, "share": 0.0, "letters": 0}


def _note(
    case_id: str,
    kind: str,
    seed: str,
    *,
    words: str,
    looked_at: int,
    skipped: int,
    found: Sequence[dict[str, Any]],
) -> None:
    if runs.is_left():
        return
    deciding.note_searched(
        case_id,
        {
            "search": secrets.token_hex(8),
            "kind": kind,
            "seed": seed,
            "words": words,
            "thresholds": _thresholds(kind),
            "looked_at": looked_at,
            "skipped": skipped,
            "found": list(found[:MOST_FINDS]),
            "left_out": len(found[MOST_FINDS:]),
        },
    )


def _thresholds(kind: str) -> dict[str, float]:
    if kind == PHOTO:
        bits, points = CALIBRATED.most_bits, CALIBRATED.least_inliers
        return {"most_bits": bits, "least_inliers": points}
    text = matching.CALIBRATED
    return {
        "least_share": text.least_share,
        "least_letters": text.least_letters,
        "least_likeness": text.least_likeness,
        "least_whole": text.least_whole,
        "least_whole_likeness": text.least_whole_likeness,
    }
