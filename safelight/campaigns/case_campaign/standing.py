"""What a case knows of its campaign: one pure function of its entries.

    campaign.searched   what a search found          by find; the last search counts, words stay
    campaign.judged     a copy, or not               last one counts
    campaign.posting    a source read as a posting   by source, last one counts
    campaign.followed   what happened at work        by id, once
    campaign.struck     a posting or what followed   from there on
    campaign.coded      the smear module             last one counts; an empty one takes back

A find is named by what was searched for and where it was found, so that a search repeated keeps
what a person said of it. An entry whose content has not come or cannot be read changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

from safelight.campaigns.case_campaign import kinds
from safelight.campaigns.case_story import DIGEST, Step, name_in_addresses, told_in_order
from safelight.campaigns.photos.pixels import LONGEST_SIDE, Box
from safelight.campaigns.timeline.postings import Standing
from safelight.casework.folding import CaseNow
from safelight.journal.content import Told
from safelight.journal.entry import Entry
from safelight.vocabulary.codes import Field
from safelight.vocabulary.schema import vocabulary

PHOTO: Final = "photo"
TEXT: Final = "text"
CONFIRMED: Final = "CONFIRMED"
REJECTED: Final = "REJECTED"
VERDICTS: Final = (CONFIRMED, REJECTED)


@dataclass(frozen=True, slots=True)
class Find:
    """Something that looks like a copy. `seed`: the photo's item, or the passage's SHA-256.

    `source`: the capture or file it was found in; `item`: the picture or text in it. Of a photo:
    `box` in the page's pixels, `bits` or `points` that told. Of a text: `share`, `letters`.
    """

    find: str
    kind: str
    seed: str
    source: str
    item: str
    page: int = 0
    box: Box | None = None
    bits: int | None = None
    points: int = 0
    share: float = 0.0
    letters: int = 0
    verdict: str = ""
    judged_by: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """A search that ended. `words`: the beginning of the passage. `skipped`: not comparable."""

    search: str
    kind: str
    seed: str
    words: str = field(repr=False)
    looked_at: int
    skipped: int
    found: int
    left_out: int
    at: datetime
    desk: str


@dataclass(frozen=True, slots=True)
class Posting:
    """What a person reads in a source. `account`: their word for it, which leaves no case."""

    source: str
    platform: str
    account: str = field(repr=False)
    claimed: datetime | None
    exposed: tuple[str, ...]
    desk: str


@dataclass(frozen=True, slots=True)
class Followed:
    """What the employer did. `rests_on`: SHA-256 of the file or envelope that says so."""

    followed: str
    action: str
    on: date
    standing: Standing
    rests_on: str
    desk: str


@dataclass(frozen=True, slots=True)
class CampaignNow:
    """Everything a case knows of its campaign, the first first."""

    case_id: str
    searches: tuple[Search, ...] = ()
    finds: tuple[Find, ...] = ()
    postings: tuple[Posting, ...] = ()
    followed: tuple[Followed, ...] = ()
    coded: Mapping[str, tuple[str, ...]] | None = None

    def find(self, name: str) -> Find | None:
        return next((one for one in self.finds if one.find == name), None)

    def posting(self, source: str) -> Posting | None:
        return next((one for one in self.postings if one.source == source), None)


def campaign_of(now: CaseNow, story: Iterable[Told]) -> CampaignNow:
    """Return what a case knows of its campaign. `now` is the `fold` of the same entries."""
    return told_in_order(now, story, CampaignNow(now.case_id), _STEPS)


def find_name(kind: str, seed: str, item: str) -> str:
    """The name of a find: the same whenever and wherever it is found again."""
    return sha256(f"{kind}\n{seed}\n{item}".encode()).hexdigest()[:32]


def smear_fields() -> tuple[Field, ...]:
    """The fields of the smear module that a person codes."""
    return tuple(one for one in vocabulary().smear_fields if one.need == "stat")


def code_of(name: str, untrusted: Any) -> str:
    """A code of a field; raises `ValueError` for what this version does not know."""
    if not isinstance(untrusted, str) or not vocabulary().field(name).has(untrusted):
        raise ValueError("a code that this version does not know")
    return untrusted


def _searched(case: CampaignNow, entry: Entry, said: Mapping[str, Any]) -> CampaignNow:
    if said["kind"] not in (PHOTO, TEXT):
        raise ValueError("a kind of search that this version does not know")
    seed = name_in_addresses(said["seed"])
    found = [_found(one, said["kind"], seed) for one in said["found"]]
    search = Search(
        name_in_addresses(said["search"]),
        said["kind"],
        seed,
        str(said["words"]),
        int(said["looked_at"]),
        int(said["skipped"]),
        len(found),
        int(said["left_out"]),
        entry.at,
        entry.desk,
    )
    known = {one.find: one for one in case.finds}
    for one in found:
        before = known.get(one.find)
        known[one.find] = (
            replace(one, verdict=before.verdict, judged_by=before.judged_by) if before else one
        )
    return replace(case, searches=(*case.searches, search), finds=tuple(known.values()))


def _found(said: Mapping[str, Any], kind: str, seed: str) -> Find:
    item = name_in_addresses(said["item"])
    box, bits = None, said["bits"]
    if kind == PHOTO:
        left, top, right, bottom = (int(side) for side in said["box"])
        if not (0 <= left < right <= LONGEST_SIDE and 0 <= top < bottom <= LONGEST_SIDE):
            raise ValueError("expected a box within a picture")
        box = Box(left, top, right, bottom)
    page = int(said["page"])
    if not 0 <= page < 10_000:
        raise ValueError("expected the number of a page")
    return Find(
        find_name(kind, seed, item),
        kind,
        seed,
        name_in_addresses(said["source"]),
        item,
        page,
        box,
        None if bits is None else int(bits),
        int(said["points"]),
        float(said["share"]),
        int(said["letters"]),
    )


def _judged(case: CampaignNow, entry: Entry, said: Mapping[str, Any]) -> CampaignNow:
    if said["verdict"] not in VERDICTS:
        raise ValueError("a verdict that this version does not know")
    finds = tuple(
        replace(one, verdict=said["verdict"], judged_by=entry.desk)
        if one.find == said["find"]
        else one
        for one in case.finds
    )
    return replace(case, finds=finds)


def _posting(case: CampaignNow, entry: Entry, said: Mapping[str, Any]) -> CampaignNow:
    claimed = datetime.fromisoformat(said["claimed"]) if said["claimed"] else None
    if claimed is not None and claimed.tzinfo is None:
        raise ValueError("expected a time with its zone")
    known = [code.value for code in vocabulary().field("exposed").codes]
    made = Posting(
        name_in_addresses(said["source"]),
        code_of("platform", said["platform"]),
        str(said["account"]),
        claimed,
        tuple(code for code in known if code in said["exposed"]),
        entry.desk,
    )
    others = tuple(one for one in case.postings if one.source != made.source)
    return replace(case, postings=(*others, made))


def _followed(case: CampaignNow, entry: Entry, said: Mapping[str, Any]) -> CampaignNow:
    name = name_in_addresses(said["followed"])
    if any(one.followed == name for one in case.followed):
        return case
    if not DIGEST.fullmatch(said["rests_on"]):
        raise ValueError("expected a digest")
    made = Followed(
        name,
        code_of("employer_action", said["action"]),
        date.fromisoformat(said["on"]),
        Standing(said["standing"]),
        said["rests_on"],
        entry.desk,
    )
    return replace(case, followed=(*case.followed, made))


def _struck(case: CampaignNow, _entry: Entry, said: Mapping[str, Any]) -> CampaignNow:
    name = name_in_addresses(said["what"])
    return replace(
        case,
        postings=tuple(one for one in case.postings if one.source != name),
        followed=tuple(one for one in case.followed if one.followed != name),
    )


def _coded(case: CampaignNow, _entry: Entry, said: Mapping[str, Any]) -> CampaignNow:
    coded = {
        one.name: tuple(code for code in said["codes"].get(one.name, ()) if one.has(code))
        for one in smear_fields()
    }
    return replace(case, coded=coded if any(coded.values()) else None)


_STEPS: Final[Mapping[str, Step[CampaignNow]]] = {
    kinds.SEARCHED: _searched,
    kinds.JUDGED: _judged,
    kinds.POSTING: _posting,
    kinds.FOLLOWED: _followed,
    kinds.STRUCK: _struck,
    kinds.CODED: _coded,
}
